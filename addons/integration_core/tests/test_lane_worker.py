"""What a lane's worker takes on, and when it starts its peers."""

import time
from unittest.mock import patch

from .. import wake, worker
from ..lib.errors import BusinessError
from ..models import integration_delivery_queries as delivery_queries
from ..worker import LaneWorker
from .common import IntegrationCase


class TestLaneWorker(IntegrationCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.grant("connection.tested")

    def hello(self, **envelope):
        return self.receive(
            "connection.tested", {"text": "hi"}, process_now=False, **envelope
        ).delivery_ids

    def test_order_within_a_key_is_kept_by_the_claim(self):
        a1 = self.hello(order_key="A")
        a2 = self.hello(order_key="A")
        b1 = self.hello(order_key="B")
        lane = a1.lane_id
        claim = {"direction": "in", "limit": 10, "lease_seconds": 60}
        first = delivery_queries.claim(self.env.cr, lane.id, 1, **claim)
        self.assertEqual(first, [a1.id, b1.id])
        self.assertEqual(delivery_queries.claim(self.env.cr, lane.id, 1, **claim), [])
        self.env.invalidate_all()
        a1._park(BusinessError("wait"))
        self.env.flush_all()
        self.assertEqual(delivery_queries.claim(self.env.cr, lane.id, 1, **claim), [])
        a1.action_resolve("Booked on paper")
        self.env.flush_all()
        self.assertEqual(delivery_queries.claim(self.env.cr, lane.id, 1, **claim), [a2.id])

    def test_a_key_that_waits_hides_nobody_behind_it(self):
        waiting = [self.hello(order_key="A") for _n in range(4)]
        other = self.hello(order_key="B")
        lane = waiting[0].lane_id
        claim = {"direction": "in", "limit": 10, "lease_seconds": 60}
        with patch.object(delivery_queries, "LOOK_AHEAD", 3):
            # The first one is looked at only, and is enough to go on with.
            first = delivery_queries.claim(self.env.cr, lane.id, 1, **claim)
            self.assertEqual(first, waiting[0].ids)
            # Now all that is near waits for it.
            nothing = delivery_queries.claim(
                self.env.cr, lane.id, 1, **claim, may_look_beyond=lambda: False
            )
            self.assertEqual(nothing, [])
            second = delivery_queries.claim(self.env.cr, lane.id, 1, **claim)
            self.assertEqual(second, other.ids)
            self.assertEqual(delivery_queries.claim(self.env.cr, lane.id, 1, **claim), [])

    def test_a_claim_reads_what_it_takes_whatever_the_statistics_say(self):
        # Taken while nothing waits, as autovacuum does before a backlog comes.
        self.fill_lane("done", 3000)
        self.env.cr.execute("ANALYZE integration_delivery")
        lane = self.fill_lane("pending", 400)
        before = self.count_rows_read()
        claimed = delivery_queries.claim(
            self.env.cr, lane.id, 1, direction="in", limit=100, lease_seconds=60
        )
        self.assertEqual(len(claimed), 100)
        self.assertLess(self.count_rows_read() - before, 1000)
        before = self.count_rows_read()
        scopes = [f"scope-{number}" for number in range(201, 301)]
        lanes = delivery_queries.find_follower_lanes(self.env.cr, scopes)
        self.assertEqual(lanes, lane.ids)
        self.assertLess(self.count_rows_read() - before, 250)

    def test_a_claim_planned_on_an_empty_log_reads_no_more_of_a_full_one(self):
        lane = self.hello().lane_id
        claim = {"direction": "in", "limit": 20, "lease_seconds": 60}
        for _turn in range(10):  # the session keeps its plan from the sixth on
            delivery_queries.claim(self.env.cr, lane.id, 1, **claim)
        self.fill_lane("done", 3000)
        before = self.count_rows_read()
        claimed = delivery_queries.claim(self.env.cr, lane.id, 1, **claim)
        self.assertEqual(claimed, [])
        self.assertLess(self.count_rows_read() - before, 100)

    def test_a_run_that_is_out_of_time_leaves_at_once_and_asks_for_another(self):
        lane = self.env["integration.lane"].search([], limit=1)
        with (
            patch.object(worker, "get_run_seconds", return_value=0),
            patch.object(worker, "start_workers") as start,
            patch.object(LaneWorker, "_go_to_sleep") as go_to_sleep,
        ):
            LaneWorker(self.registry, lane).run()
        start.assert_called_once_with(self.env.cr.dbname, lane.ids)
        go_to_sleep.assert_not_called()

    def test_a_run_that_finds_nothing_to_do_warms_up(self):
        lane = self.env["integration.lane"].search([], limit=1)
        for found, calls in ((False, 1), (True, 0)):
            lane_worker = LaneWorker(self.registry, lane)
            with (
                patch.object(lane_worker, "_work_once", side_effect=[found, False]),
                patch.object(lane_worker, "_linger", return_value=False),
                patch.object(lane_worker, "_go_to_sleep", return_value=False),
                patch.object(lane_worker, "_warm_up") as warm_up,
            ):
                lane_worker.run()
            self.assertEqual(warm_up.call_count, calls)
        # What it reads is there to be read.
        lane_worker._warm_up()

    def test_of_all_that_follow_only_the_next_is_looked_for(self):
        lane = self.fill_lane("pending", 1000, scope="one")
        before = self.count_rows_read()
        lanes = delivery_queries.find_follower_lanes(self.env.cr, ["one"])
        self.assertEqual(lanes, lane.ids)
        self.assertLess(self.count_rows_read() - before, 10)

    def fill_lane(self, state, count, scope=None):
        """Insert deliveries, each with an order key of its own. Returns their lane."""
        first = self.hello()
        self.env.flush_all()
        self.env.cr.execute(
            """
            INSERT INTO integration_delivery (
                message_id, direction, system_id, company_id, contract_id, lane_id,
                order_scope, order_epoch, order_sequence, state, attempt_count,
                received_at, next_attempt_at)
            SELECT -nextval('integration_delivery_id_seq'), d.direction, d.system_id,
                   d.company_id, d.contract_id, d.lane_id, COALESCE(%s, 'scope-' || number), '',
                   d.order_sequence, %s, 0, d.received_at, d.received_at
              FROM integration_delivery d, generate_series(1, %s) number
             WHERE d.id = %s
            """,
            (scope, state, count, first.id),
        )
        first.state = "done"
        self.env.flush_all()
        return first.lane_id

    def count_rows_read(self):
        self.env.cr.execute(
            "SELECT seq_tup_read + idx_tup_fetch FROM pg_stat_xact_user_tables"
            " WHERE relname = 'integration_delivery'"
        )
        return self.env.cr.fetchone()[0]

    def test_a_worker_with_more_than_it_takes_on_starts_those_that_sleep(self):
        lane = self.env["integration.lane"].search([], limit=1)
        lane.worker_count = 2
        one, other = (LaneWorker(self.registry, lane) for _worker in range(2))
        with patch.object(worker, "start_workers") as start, one._session() as cr:
            one._call_peers(cr)
            start.assert_called_once_with(self.env.cr.dbname, lane.ids)
            one._call_peers(cr)
            start.assert_called_once()  # once in a while is enough
            with other._session():
                one.next_call = 0
                one._call_peers(cr)
                start.assert_called_once()  # nobody sleeps

    def test_a_worker_that_fills_its_hands_calls_for_its_peers(self):
        lane = self.env["integration.lane"].search([], limit=1)
        lane.worker_count = 2
        busy = LaneWorker(self.registry, lane)
        for claimed, calls in ((busy.claim_size, 1), (busy.claim_size - 1, 0)):
            with (
                patch.object(busy, "_rescue"),
                patch.object(busy, "_handle"),
                patch.object(busy, "_claim", return_value=(list(range(claimed)), [])),
                patch.object(busy, "_call_peers") as call,
            ):
                busy._work_once(None)
            self.assertEqual(call.call_count, calls)

    def test_cron_processes_are_called_for_a_new_trigger_and_reminded_once_in_a_while(self):
        lane = self.env["integration.lane"].search([], limit=1)
        self.env.cr.execute(
            "DELETE FROM ir_cron_trigger WHERE cron_id IN %s", (tuple(lane.cron_ids.ids),)
        )
        calls = []

        def start(last_call):
            target = "odoo.addons.integration_core.models.integration_lane"
            with (
                patch.dict(wake._last_notification, {self.env.cr.dbname: last_call}),
                patch(f"{target}.notify_cron_workers", calls.append),
            ):
                lane._start_workers()
                self.env.cr.postcommit.run()
            return len(calls)

        just_now = time.monotonic()
        self.assertEqual(start(just_now), 1)  # a new trigger
        self.assertEqual(start(just_now), 1)  # that still waits
        self.assertEqual(start(just_now - wake.REMINDER_SECONDS - 1), 2)

    def test_a_worker_that_starts_leaves_no_trigger_behind(self):
        lane = self.env["integration.lane"].search([], limit=1)
        # sudo: scheduled actions are the administrators'; what Odoo does is done as it.
        triggers = self.env["ir.cron.trigger"].sudo()
        waiting = [("cron_id", "in", lane.cron_ids.ids)]
        lane._start_workers()
        self.assertTrue(triggers.search_count(waiting))
        for cron in lane.cron_ids:
            # sudo: as above; Odoo calls this when the action starts.
            cron.sudo()._clear_schedule({"id": cron.id})
        self.assertFalse(triggers.search_count(waiting))

    def test_all_that_is_due_is_looked_at_once_in_a_while(self):
        lane = self.env["integration.lane"].search([], limit=1)
        worker = LaneWorker(self.registry, lane)
        looks = [worker._may_look_beyond() for _turn in range(3)]
        self.assertEqual(looks, [True, False, False])
        self.assertTrue(worker.is_look_put_off)
        worker.next_look_beyond = 0
        self.assertTrue(worker._may_look_beyond())
