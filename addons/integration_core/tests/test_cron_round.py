"""How long workers run that share a round of a cron process."""

from unittest.mock import patch

from odoo.tests import BaseCase
from odoo.tools import config

from .. import cron_round
from ..cron_round import POLL_SECONDS, RUN_SECONDS, action_of_round, get_run_seconds


class Clock:
    """Stands in for ``time``: so much has passed, so much was computed."""

    now = 1000.0
    computed = 0.0

    def monotonic(self):
        return self.now

    def process_time(self):
        return self.computed

    def run(self, seconds, share=0.0):
        self.now += seconds
        self.computed += seconds * share


class TestCronRound(BaseCase):
    def setUp(self):
        super().setUp()
        self.clock = Clock()
        self.startPatcher(patch.object(cron_round, "time", self.clock))
        self.startPatcher(patch.object(cron_round, "_round", cron_round._Round()))

    def limit(self, real=120, real_cron=-1, cpu=60):
        limits = {
            "limit_time_real": real,
            "limit_time_real_cron": real_cron,
            "limit_time_cpu": cpu,
        }
        self.startPatcher(patch.dict(config.options, limits))

    def work(self, cursor, share=0.0):
        """Run one lane for as long as it may. Returns the seconds."""
        with action_of_round(cursor):
            seconds = get_run_seconds()
            self.clock.run(seconds, share)
        return seconds

    def test_lanes_of_one_round_stay_within_it_together(self):
        self.limit()
        for waited in (0, 30, 69):
            # The round before it ends here.
            self.work(object())
            self.clock.run(waited)
            cursor = object()
            lanes = [self.work(cursor) for _lane in range(3)]
            self.assertLess(waited + sum(lanes), 0.95 * 120)
            self.assertGreater(min(lanes), 1)

    def test_in_a_round_of_its_own_it_runs_its_full_time(self):
        self.limit()
        self.work(object())
        self.clock.run(2)
        self.assertEqual(self.work(object()), RUN_SECONDS)

    def test_who_waited_for_long_had_not_waited_longer_than_a_poll(self):
        self.limit()
        self.work(object())
        self.clock.run(3600)
        self.assertGreater(self.work(object()), (0.9 * 120 - POLL_SECONDS) / 2)

    def test_what_computes_stays_within_its_limit(self):
        self.limit(real=1200)
        cursor = object()
        self.assertLess(sum(self.work(cursor, share=1.0) for _lane in range(4)), 60)

    def test_what_other_actions_took_counts(self):
        self.limit()
        self.work(object())
        cursor = object()
        with action_of_round(cursor):
            self.clock.run(90)
        self.assertLess(self.work(cursor), 14)

    def test_the_limit_of_scheduled_actions_counts_where_there_is_one(self):
        self.limit(real_cron=30)
        self.assertEqual(self.work(object()), cron_round.SHORTEST_SECONDS)
        self.limit(real_cron=0)
        self.assertEqual(self.work(object()), RUN_SECONDS)

    def test_outside_of_scheduled_actions_the_limit_of_a_request_counts(self):
        self.limit(real=30, real_cron=0)
        self.assertAlmostEqual(get_run_seconds(), 20.25)
