from datetime import timedelta

from odoo.exceptions import AccessError, UserError
from odoo.tests import new_test_user

from ..models import integration_message_queries as queries
from .common import IntegrationCase

GROUP = "integration_core.integration_core_group_%s"


class TestReplay(IntegrationCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.grant("connection.tested")
        cls.operator = new_test_user(cls.env, "replay-operator", GROUP % "operator")
        cls.approver = new_test_user(
            cls.env,
            "replay-approver",
            f"{GROUP % 'operator'},{GROUP % 'approver'}",
        )

    def dead(self, count=1, **values):
        deliveries = self.env["integration.delivery"]
        for _number in range(count):
            message = self.receive(
                "connection.tested", {"text": "x"}, process_now=False
            )
            deliveries |= message.delivery_ids
        deliveries.write({"state": "dead", "attempt_count": 5, **values})
        return deliveries

    def replay(self, **values):
        values = {"reason": "The plant was down", "system_id": self.system.id, **values}
        return self.env["integration.replay"].with_user(self.operator).create(values)

    def test_a_filter_finds_what_it_says_and_previews_it(self):
        early = self.dead(2, received_at=queries.now() - timedelta(days=2))
        late = self.dead()
        replay = self.replay(date_from=queries.now() - timedelta(days=1))
        self.assertEqual(replay.preview_ids, late)
        replay.date_from = False
        self.assertEqual(replay.match_count, 3)
        replay.date_to = queries.now() - timedelta(days=1)
        self.assertEqual(replay.preview_ids, early)

    def test_replay_keeps_the_message_and_says_who(self):
        delivery = self.dead()
        message = delivery.message_id
        replay = self.replay()
        replay.action_submit()
        self.assertEqual((replay.state, replay.replayed_count), ("done", 1))
        self.assertEqual((delivery.state, delivery.attempt_count), ("pending", 0))
        self.assertEqual(delivery.message_id, message)
        self.assertEqual(delivery.attempt_ids.user_id, self.operator)
        self.work_off(delivery)
        self.assertEqual(delivery.state, "done")

    def test_the_reason_of_an_earlier_decision_does_not_stay(self):
        delivery = self.dead()
        delivery.with_user(self.operator).action_cancel("A mistake")
        self.replay(delivery_state="cancelled").action_submit()
        self.assertEqual((delivery.state, delivery.decision_reason), ("pending", False))

    def test_replay_keeps_its_pace_and_order(self):
        deliveries = self.dead(3)
        replay = self.replay(per_minute=30)
        replay.action_submit()
        moments = deliveries.sorted("id").mapped("next_attempt_at")
        pauses = [
            (second - first).total_seconds()
            for first, second in zip(moments, moments[1:], strict=False)
        ]
        self.assertEqual(pauses, [2, 2])

    def test_what_odoo_applied_is_left_out(self):
        done = self.receive("connection.tested", {"text": "x"}).delivery_ids
        replay = self.replay(delivery_ids=[(6, 0, (done | self.dead()).ids)])
        self.assertEqual((replay.match_count, replay.skipped_count), (1, 1))
        replay.action_submit()
        self.assertEqual((done.state, replay.replayed_count), ("done", 1))
        with self.assertRaisesRegex(UserError, "would happen twice"):
            done.with_user(self.operator).action_replay()

    def test_nothing_to_replay_is_said(self):
        with self.assertRaisesRegex(UserError, "nothing to replay"):
            self.replay().action_submit()

    def ask(self):
        self.env["integration.policy"].create(
            {"system_id": self.system.id, "replay_needs_approval": True}
        )
        delivery = self.dead()
        replay = self.replay()
        self.assertTrue(replay.needs_approval)
        replay.action_submit()
        self.assertEqual((replay.state, delivery.state), ("waiting", "dead"))
        return replay, delivery

    def test_a_second_person_approves_what_was_asked_for_and_nothing_else(self):
        replay, delivery = self.ask()
        later = self.dead()
        with self.assertRaises(AccessError):
            replay.with_user(self.operator).action_approve()
        replay.with_user(self.approver).action_approve()
        self.assertEqual((delivery.state, later.state), ("pending", "dead"))
        self.assertEqual(replay.decided_by, self.approver)

    def test_nobody_approves_their_own_request(self):
        self.operator.group_ids += self.env.ref(GROUP % "approver")
        replay, _delivery = self.ask()
        with self.assertRaisesRegex(UserError, "second person"):
            replay.with_user(self.operator).action_approve()

    def test_decisions_are_not_written_by_hand(self):
        replay, _delivery = self.ask()
        mine = replay.with_user(self.approver)
        for vals in (
            {"requested_by": self.operator.id},
            {"state": "draft"},
            {"delivery_ids": [(5,)]},
        ):
            with self.subTest(vals=vals), self.assertRaises(AccessError):
                mine.write(vals)
        with self.assertRaises(AccessError):
            self.replay(state="waiting", requested_by=self.env.uid)

    def test_a_rejected_replay_replays_nothing(self):
        replay, delivery = self.ask()
        replay.with_user(self.approver).action_reject()
        self.assertEqual((replay.state, delivery.state), ("rejected", "dead"))
        with self.assertRaises(UserError):
            replay.with_user(self.approver).action_approve()

    def test_the_button_of_one_delivery_asks_for_approval_too(self):
        self.env["integration.policy"].create(
            {"system_id": self.system.id, "replay_needs_approval": True}
        )
        delivery = self.dead()
        action = delivery.with_user(self.operator).action_replay()
        self.assertEqual(action["res_model"], "integration.replay")
        self.assertEqual(delivery.state, "dead")
