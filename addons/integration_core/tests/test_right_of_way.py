"""What is urgent goes first: workers of lower tiers make room."""

from unittest.mock import patch

from .. import right_of_way, worker
from ..right_of_way import LONGEST_SECONDS, LOOK_SECONDS, RightOfWay
from ..worker import LaneWorker
from .common import IntegrationCase


class Clock:
    """Stands in for ``time``: sleeping moves it on, and ``after`` is called then."""

    def __init__(self):
        self.now = 1000.0
        self.slept = 0.0
        self.after = None

    def monotonic(self):
        return self.now

    def sleep(self, seconds):
        self.now += seconds
        self.slept += seconds
        if self.after:
            self.after()


class TestRightOfWay(IntegrationCase):
    def setUp(self):
        super().setUp()
        self.clock = Clock()
        self.startPatcher(patch.object(right_of_way, "time", self.clock))
        # Two processes, each with its own view.
        self.urgent, self.bulk = RightOfWay(), RightOfWay()
        self.urgent.leave()
        self.addCleanup(self.urgent.leave)

    def give(self):
        """Make room. Returns the seconds it took."""
        before = self.clock.slept
        self.bulk.give()
        return self.clock.slept - before

    def test_nobody_waits_for_a_free_way(self):
        self.assertEqual(self.give(), 0)

    def test_room_is_made_until_the_urgent_one_is_through(self):
        self.urgent.take()
        looks = []

        def look():
            looks.append(1)
            if len(looks) == 3:
                self.urgent.leave()

        self.clock.after = look
        self.assertAlmostEqual(self.give(), 3 * LOOK_SECONDS)

    def test_one_that_never_leaves_is_not_waited_for(self):
        self.urgent.take()
        self.assertAlmostEqual(self.give(), LONGEST_SECONDS, delta=2 * LOOK_SECONDS)
        self.assertEqual(self.give(), 0)

    def test_however_much_is_urgent_four_fifths_of_the_time_are_kept(self):
        given = 0.0
        for _millisecond in range(1000):
            self.urgent.take()
            given += self.give()
            self.clock.now += 0.001
        passed = self.clock.now - 1000.0
        self.assertAlmostEqual(given / passed, 0.2, delta=0.02)

    def test_what_another_clock_wrote_takes_nothing(self):
        self.clock.now += 1e6
        self.urgent.take()
        self.clock.now -= 1e6
        self.assertEqual(self.give(), 0)

    def test_room_is_made_between_sql_statements(self):
        self.urgent.take()
        with self.bulk.giving():
            self.env.cr.execute("SELECT 1")
        self.assertGreater(self.clock.slept, 0)
        self.clock.now += 1
        self.clock.slept = 0
        self.urgent.take()
        self.env.cr.execute("SELECT 1")
        self.assertEqual(self.clock.slept, 0)

    def test_the_worker_of_tier_1_is_through_once_it_has_handled(self):
        taken = []

        def handle(*_arguments):
            taken.append(self.give() > 0)
            self.clock.now += 1
            return True

        for tier in ("1", "3"):
            lane = self.env["integration.lane"].search([("tier", "=", tier)])
            lane_worker = LaneWorker(self.registry, lane)
            self.addCleanup(lane_worker.marker.close)
            with patch.object(worker, "handle_batch", handle):
                lane_worker._handle([1])
            self.assertEqual(self.bulk._taken_until(), right_of_way.FREE)
        self.assertEqual(taken, [True, False])

    def test_workers_of_lower_tiers_make_room(self):
        for tier, makes_room in (("1", False), ("2", True), ("3", True)):
            lane = self.env["integration.lane"].search([("tier", "=", tier)])
            lane_worker = LaneWorker(self.registry, lane)
            self.addCleanup(lane_worker.marker.close)
            self.urgent.take()
            with lane_worker._making_room():
                self.env.cr.execute("SELECT 1")
            self.assertEqual(self.clock.slept > 0, makes_room, tier)
            self.clock.slept = 0
            self.clock.now += 1
            lane_worker.right_of_way._kept_until = 0
