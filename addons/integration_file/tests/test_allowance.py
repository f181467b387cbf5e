import time
from unittest.mock import patch

from odoo.addons.integration_core import shared_throttle

from ..models import integration_feed_mixin as mixin
from .common import FeedCase, fresh_allowances


class TestAllowance(FeedCase):
    """What does not fit into an allowance goes on where it stopped, and ends."""

    def setUp(self):
        super().setUp()
        self.enterContext(fresh_allowances())
        self.now = time.time()
        clock = patch.object(shared_throttle.time, "time", lambda: self.now)
        self.enterContext(clock)
        self.enterContext(patch.object(mixin, "CHUNK", 20))

    def run_until_done(self, feed, runs=9):
        """Run every ten minutes. Returns after how many times nothing is left."""
        for number in range(1, runs + 1):
            self.run_feed(feed)
            if not feed.last_error:
                return number
            self.assertIn("allowance", feed.last_error)
            self.now += 600
        return self.fail(f"{len(self.texts())} of them")

    def test_a_file_that_is_larger_than_the_allowance_is_taken_in_bit_by_bit(self):
        self.system.write({"rate_limit_per_minute": 1, "rate_burst": 10})
        source = self.create_source(expression="{text: text || `7`}")
        lines = [f"line {number}" if number % 3 else "" for number in range(1, 46)]
        self.drop("a.csv", "text\n" + "".join(f'"{line}"\n' for line in lines))
        self.assertGreater(self.run_until_done(source), 1)
        self.assertEqual(self.texts(), list(filter(None, lines)))
        pickup = source.pickup_ids
        self.assertEqual((pickup.message_count, pickup.refused_count), (45, 15))
        self.assertEqual(source.refused_count, 15, "each is told once")
        self.assertFalse(source.progress)

    def test_the_allowance_of_a_flow_is_not_used_up_by_what_is_in_already(self):
        self.env["integration.policy"].create(
            {
                "system_id": self.system.id,
                "contract_code": self.contract.code,
                "rate_limit_per_minute": 5,
            }
        )
        source = self.create_source()
        lines = [f"line {number}" for number in range(1, 31)]
        self.drop("a.csv", "text\n" + "\n".join(lines) + "\n")
        self.assertGreater(self.run_until_done(source), 1)
        self.assertEqual(self.texts(), lines)
