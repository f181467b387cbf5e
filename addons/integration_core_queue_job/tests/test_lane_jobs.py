"""Lanes as jobs: one for each worker, on the channel of its tier."""

from datetime import timedelta
from unittest.mock import patch

from odoo.tools import file_open

from odoo.addons.integration_core.models import integration_message_queries as queries
from odoo.addons.integration_core.tests.common import IntegrationCase

from ..hooks import hand_over, take_back
from ..models.integration_lane import CHANNEL


class TestLaneJobs(IntegrationCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.grant("connection.tested")
        cls.lane = cls.env["integration.lane"].search([("tier", "=", "1")])
        cls.env["queue.job"].search([]).unlink()

    def jobs(self):
        self.env.flush_all()
        return self.env["queue.job"].search([])

    def watch(self):
        """Run the scheduled action. Returns the lanes it had to work off itself."""
        worked = []
        with (
            self.enter_registry_test_mode(),
            self.registry.cursor() as cr,
            patch.object(
                type(self.lane), "_work", lambda lane: worked.append(lane.tier)
            ),
        ):
            self.env(cr=cr)["integration.lane"]._cron_start_workers()
        self.env.invalidate_all()
        return worked

    def test_one_job_for_each_worker_however_often_it_is_asked_for(self):
        self.lane.worker_count = 2
        for _time in range(3):
            self.lane._start_workers()
        jobs = self.jobs()
        self.assertEqual(len(jobs), 2)
        self.assertEqual(set(jobs.mapped("channel")), {CHANNEL % "1"})
        self.assertEqual(set(jobs.mapped("method_name")), {"_work"})
        # One that runs may be about to end: another has to look after what comes now.
        jobs.state = "started"
        self.lane._start_workers()
        self.assertEqual(len(self.jobs()), 4)

    def test_jobs_replace_scheduled_actions_until_uninstalled(self):
        crons = self.lane.with_context(active_test=False).cron_ids
        hand_over(self.env)
        self.assertFalse(any(crons.mapped("active")))
        self.lane.worker_count += 1
        crons = self.lane.with_context(active_test=False).cron_ids
        self.assertEqual(len(crons), self.lane.worker_count)
        self.assertFalse(any(crons.mapped("active")))
        take_back(self.env)
        self.assertTrue(all(crons.mapped("active")))

    def test_lost_notification_is_made_up_for(self):
        self.assertFalse(self.watch())
        self.assertFalse(self.jobs())
        self.receive("connection.tested", {"text": "x"}, process_now=False)
        self.assertFalse(self.watch())
        self.assertEqual(self.jobs().mapped("channel"), [CHANNEL % "1"])

    def test_without_a_job_runner_the_work_is_done_all_the_same(self):
        self.receive("connection.tested", {"text": "x"}, process_now=False)
        self.assertFalse(self.watch())
        early = queries.now() - timedelta(minutes=5)
        self.env.cr.execute("UPDATE queue_job SET date_created = %s", [early])
        self.env.invalidate_all()
        with self.assertLogs("odoo.addons.integration_core_queue_job", "WARNING"):
            self.assertEqual(self.watch(), ["1"])
        self.jobs().write({"state": "started"})
        self.assertFalse(self.watch())

    def test_a_copy_begins_no_job_of_the_original(self):
        self.lane._start_workers()
        self.assertEqual(self.jobs().mapped("state"), ["pending"] * len(self.jobs()))
        with file_open("integration_core_queue_job/data/neutralize.sql") as file:
            self.env.cr.execute(file.read())
        self.env.invalidate_all()
        self.assertEqual(set(self.jobs().mapped("state")), {"cancelled"})
