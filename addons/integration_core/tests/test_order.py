import os
import random
from datetime import timedelta

from ..models import integration_delivery_queries as delivery_queries
from ..models import integration_message_queries as queries
from .common import IntegrationCase

KEY = "WO-1"


class TestOrder(IntegrationCase):
    """Late, early and missing messages, as the policy of their flow says."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.grant("connection.tested")
        cls.policy = cls.env["integration.policy"].create(
            {
                "system_id": cls.system.id,
                "contract_code": "connection.tested",
                "late_rule": "wait",
            }
        )

    def setUp(self):
        super().setUp()
        self.applied = applied = []

        def handle(handler, message):
            applied.append(message.sequence or message.payload["text"])

        Handler = type(self.env["integration.handler.connection.tested"])
        self.patch(Handler, "_handle", handle)

    def send(self, sequence=None, *, text="hi", **envelope):
        envelope = {"order_key": KEY, "sequence": sequence, **envelope}
        message = self.receive(
            "connection.tested", {"text": text}, process_now=False, **envelope
        )
        return message.delivery_ids

    def work(self, *, after_seconds=0):
        """Claim and handle until nothing is due, as a lane does."""
        lanes = self.env["integration.lane"].search([])
        Delivery = self.env["integration.delivery"]
        if after_seconds:
            moved = Delivery.search([("state", "=", "pending")])
            for delivery in moved:
                delivery.received_at -= timedelta(seconds=after_seconds)
                delivery.next_attempt_at -= timedelta(seconds=after_seconds)
        for _round in range(20):
            self.env.flush_all()
            claimed = [
                delivery_id
                for lane in lanes
                for delivery_id in delivery_queries.claim(
                    self.env.cr, lane.id, 1, direction="in", limit=50, lease_seconds=60
                )
            ]
            self.env.invalidate_all()
            if not claimed:
                return
            deliveries = Delivery.browse(claimed)
            deliveries.write({"state": "pending"})
            for delivery in deliveries:
                delivery.attempt_count -= 1
            self.work_off(deliveries)
        self.fail("The lane does not come to rest.")

    def test_a_gap_is_waited_for_and_closes(self):
        third, second = self.send(3), self.send(2)
        self.work()
        self.assertEqual(self.applied, [])
        self.assertEqual(set((third | second).mapped("state")), {"pending"})
        self.assertEqual(third.attempt_count, 0)
        self.send(1)
        self.work()
        self.assertEqual(self.applied, [1, 2, 3])

    def test_any_arrival_within_the_window_ends_in_order(self):
        for sequence in (4, 2, 5, 1, 3):
            self.send(sequence)
            self.work()
        self.assertEqual(self.applied, [1, 2, 3, 4, 5])

    def test_a_gap_that_stays_is_raised_and_keeps_its_followers(self):
        self.send(1)
        self.work()
        third, fourth = self.send(3), self.send(4)
        self.work(after_seconds=120)
        self.assertEqual(third.state, "parked")
        self.assertEqual(third.exception_id.kind_id.code, "integration_core.sequence_gap")
        self.assertIn("number 2 is missing", third.last_error)
        self.assertEqual(fourth.state, "pending")
        return third, fourth

    def test_what_was_missing_releases_what_was_raised(self):
        third, fourth = self.test_a_gap_that_stays_is_raised_and_keeps_its_followers()
        exception = third.exception_id
        self.send(2)
        self.work()
        self.assertEqual(self.applied, [1, 2, 3, 4])
        self.assertEqual((third.state, fourth.state), ("done", "done"))
        self.assertEqual(exception.state, "resolved")

    def test_a_person_may_go_on_without_what_is_missing(self):
        third, fourth = self.test_a_gap_that_stays_is_raised_and_keeps_its_followers()
        third.exception_id.action_retry()
        self.work()
        self.assertEqual(self.applied, [1, 3, 4])
        late = self.send(2)
        self.work()
        self.assertEqual(late.exception_id.kind_id.code, "integration_core.late_message")
        self.assertEqual(fourth.state, "done")

    def test_a_stream_heard_from_its_middle_begins_there_after_the_window(self):
        self.send(7)
        self.work()
        self.assertEqual(self.applied, [])
        self.work(after_seconds=120)
        self.assertEqual(self.applied, [7])

    def test_a_new_epoch_begins_again(self):
        for sequence in (1, 2):
            self.send(sequence, epoch="9")
        self.send(1, epoch="10")
        self.work()
        self.assertEqual(self.applied, [1, 2, 1])

    def test_late_ones_are_ignored_by_policy(self):
        self.policy.late_rule = "ignore"
        self.send(5)
        self.work()
        late = self.send(4)
        self.work()
        self.assertEqual((late.state, self.applied), ("ignored", [5]))
        self.assertIn("ignored", late.result_text)

    def test_by_time_where_the_sender_does_not_count(self):
        self.policy.late_rule = "raise"
        now = queries.now()
        self.send(text="new", occurred_at=now)
        self.work()
        late = self.send(text="old", occurred_at=now - timedelta(minutes=1))
        self.work()
        self.assertEqual((late.state, self.applied), ("parked", ["new"]))

    def test_latest_wins(self):
        self.policy.order_rule = "latest_wins"
        for sequence in (2, 3, 1):
            self.send(sequence)
            self.work()
        self.assertEqual(self.applied, [2, 3])

    def test_stale_messages_are_ignored(self):
        self.policy.write({"late_rule": "apply", "stale_after_seconds": 60})
        old = queries.now() - timedelta(minutes=2)
        stale = self.send(1, occurred_at=old)
        self.work()
        self.assertEqual((stale.state, self.applied), ("ignored", []))

    def test_without_order_nobody_waits_for_anybody(self):
        self.policy.order_rule = "none"
        first = self.send(1)
        first.state = "dead"
        self.send(2)
        self.work()
        self.assertEqual(self.applied, [2])

    def test_other_streams_go_their_own_way(self):
        self.send(3)
        self.send(1, order_key="WO-2")
        self.work()
        self.assertEqual(self.applied, [1])

    def test_without_a_policy_what_waits_together_is_sorted(self):
        self.policy.unlink()
        for sequence in (3, 1, 2):
            self.send(sequence)
        self.work()
        self.assertEqual(self.applied, [1, 2, 3])
        for sequence in (5, 4):
            self.send(sequence)
            self.work()
        self.assertEqual(self.applied[3:], [5, 4])

    def test_any_permutation_ends_alike(self):
        rounds = int(os.environ.get("ORDER_SHUFFLES", "5"))
        for number in range(rounds):
            chance = random.Random(number)
            self.applied.clear()
            first = chance.choice((0, 1))
            stream = list(range(first, first + 5))
            expected = list(stream)
            chance.shuffle(stream)
            begun = first == 1  # before it number 1 seems to begin the stream
            left_out = chance.choice(stream[1:])
            for sequence in stream:
                delivery = self.send(sequence, order_key=f"S-{number}", text="0")
                if sequence == left_out and delivery.state == "pending":
                    delivery.action_cancel("Left out")
                begun = begun or sequence == 0
                if begun and chance.random() < 0.5:
                    self.work()
            self.work()
            applied = [int(sequence) for sequence in self.applied]
            with self.subTest(stream=stream, left_out=left_out):
                self.assertEqual(applied, [n for n in expected if n != left_out])

    def test_number_zero_may_come_after_number_one(self):
        self.send(1)
        self.work()
        zero = self.send(0)
        self.work()
        self.assertEqual(zero.state, "done")

    def test_what_is_stale_is_missed_by_nobody(self):
        self.policy.stale_after_seconds = 60
        old = queries.now() - timedelta(minutes=2)
        self.send(1, occurred_at=old)
        self.send(2)
        self.work()
        self.assertEqual(self.applied, [2])

    def test_what_is_left_out_is_missed_by_nobody(self):
        first, third, second = self.send(1), self.send(3), self.send(2)
        fourth = self.send(4)
        third.action_cancel("Twice")
        first.action_cancel("Twice")
        self.work()
        self.assertEqual((second.state, fourth.state), ("done", "done"))
        self.assertEqual(self.applied, [2, 4])

    def test_who_leaves_out_what_was_raised_lets_its_followers_go(self):
        third, fourth = self.test_a_gap_that_stays_is_raised_and_keeps_its_followers()
        third.exception_id.action_skip("The partner lost them")
        self.work()
        self.assertEqual((fourth.state, self.applied), ("done", [1, 4]))

    def test_what_is_late_against_the_target_is_counted(self):
        self.policy.latency_target_seconds = 1
        self.send(1)
        self.work(after_seconds=30)
        self.assertEqual(self.policy.late_count, 1)

    def test_what_waits_beyond_the_target_is_late_already(self):
        self.policy.latency_target_seconds = 10
        delivery = self.send(1)
        self.assertEqual(self.policy.late_count, 0)
        delivery.received_at -= timedelta(seconds=11)
        self.policy.invalidate_recordset(["late_count"])
        self.assertEqual(self.policy.late_count, 1)

    def test_a_flow_with_a_policy_of_its_own_is_not_late_for_the_general_one(self):
        general = self.env["integration.policy"].search(
            [("system_id", "=", False), ("contract_code", "=", False)]
        ) or self.policy.create({"direction": "in"})
        before = general.late_count
        self.policy.latency_target_seconds = 1
        self.send(1)
        self.work(after_seconds=30)
        general.invalidate_recordset(["late_count"])
        self.assertEqual(general.late_count, before)
