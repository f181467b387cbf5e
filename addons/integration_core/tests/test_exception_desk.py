import json
from datetime import timedelta
from unittest.mock import patch

from psycopg2.errors import RestrictViolation

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import new_test_user, tagged
from odoo.tools import mute_logger

from ..lib.errors import BusinessError, PermanentError
from ..models import integration_exception_routing
from .common import IntegrationCase


class DeskCase(IntegrationCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.grant("connection.tested")
        cls.operator, cls.chief = (
            new_test_user(
                cls.env,
                login=login,
                groups="integration_core.integration_core_group_operator",
            )
            for login in ("desk-operator", "desk-chief")
        )

    def handle_with(self, handle):
        Handler = self.env.registry["integration.handler.connection.tested"]
        self.startPatcher(patch.object(Handler, "_handle", handle))

    def refuse_short_texts(self):
        """Texts below three letters are refused, under one cause."""
        handled = []

        def handle(handler, message):
            text = message._get_payload()["text"]
            if len(text) < 3:
                raise BusinessError("Too short", fingerprint="short")
            handled.append(text)

        self.handle_with(handle)
        return handled

    def hello(self, text="hi", **envelope):
        message = self.receive("connection.tested", {"text": text}, **envelope)
        return message.delivery_ids


@tagged("post_install", "-at_install")
class TestRouting(DeskCase):
    """Each exception gets an owner and a time, and is not forgotten."""

    def make_rule(self, **values):
        return self.env["integration.exception.rule"].create(
            {
                "name": "Rule",
                "user_id": self.operator.id,
                "escalate_user_id": self.chief.id,
                "deadline_hours": 2,
                **values,
            }
        )

    def test_owner_and_deadline_come_from_the_first_rule_that_fits(self):
        self.make_rule(category="technical", user_id=self.chief.id, sequence=1)
        self.make_rule(sequence=2)
        self.refuse_short_texts()
        exception = self.hello().exception_id
        self.assertEqual(exception.user_id, self.operator)
        self.assertEqual(exception.deadline, exception.create_date + timedelta(hours=2))
        self.assertEqual(exception.activity_ids.user_id, self.operator)

    def test_without_a_rule_it_goes_to_who_answers_for_the_system(self):
        self.env["integration.exception.rule"].search([]).unlink()
        self.refuse_short_texts()
        self.system.responsible_id = self.operator
        exception = self.hello().exception_id
        self.assertEqual(exception.user_id, self.operator)
        self.assertEqual(exception.activity_ids.user_id, self.operator)

    def test_without_anybody_every_manager_hears_of_it(self):
        self.env["integration.exception.rule"].search([]).unlink()
        manager = new_test_user(
            self.env, "desk-manager", "integration_core.integration_core_group_manager"
        )
        self.refuse_short_texts()
        exception = self.hello().exception_id
        self.assertFalse(exception.user_id)
        self.assertIn(manager, exception.activity_ids.user_id)

    def test_low_ones_behind_many_urgent_ones_are_escalated_too(self):
        self.make_rule()
        self.refuse_short_texts()
        exception = self.hello().exception_id
        now = fields.Datetime.now()
        exception.deadline = now - timedelta(minutes=1)
        exception.copy(
            {"fingerprint": "other", "priority": "3", "deadline": now + timedelta(days=1)}
        )
        with patch.object(integration_exception_routing, "REFRESH_MAX", 1):
            self.env["integration.exception"]._cron_tend()
        self.assertEqual(exception.escalation_level, 1)

    def test_overdue_is_escalated_once_in_its_interval(self):
        self.make_rule()
        self.refuse_short_texts()
        exception = self.hello().exception_id
        exception.deadline = fields.Datetime.now() - timedelta(minutes=1)
        for _run in range(2):
            self.env["integration.exception"]._cron_tend()
        self.assertEqual((exception.escalation_level, exception.priority), (1, "1"))
        self.assertIn(self.chief, exception.activity_ids.user_id)
        exception.escalated_at -= timedelta(hours=5)
        self.env["integration.exception"]._cron_tend()
        self.assertEqual((exception.escalation_level, exception.priority), (2, "2"))

    def test_critical_flow_is_never_low(self):
        self.env["integration.policy"].create(
            {"contract_code": "connection.tested", "criticality": "line_stop"}
        )
        self.refuse_short_texts()
        self.assertEqual(self.hello().exception_id.priority, "2")

    def test_what_stops_the_line_is_said_by_policies_in_force(self):
        policy = self.env["integration.policy"].create(
            {"contract_code": "connection.tested", "criticality": "line_stop"}
        )
        Dashboard = self.env["integration.dashboard"]
        self.assertIn("connection.tested", Dashboard._get_line_stop_domain()[1][2])
        policy.state = "retired"
        self.assertNotIn("connection.tested", Dashboard._get_line_stop_domain()[1][2])

    def test_broken_look_at_impact_does_not_lose_the_exception(self):
        self.refuse_short_texts()
        Exceptions = self.env.registry["integration.exception"]
        with (
            patch.object(Exceptions, "_find_impacts", side_effect=KeyError),
            self.assertLogs("odoo.addons.integration_core", "ERROR"),
        ):
            delivery = self.hello()
        self.assertEqual(delivery.exception_id.state, "open")


@tagged("post_install", "-at_install")
class TestDecisions(DeskCase):
    """Buttons resolve, and leave a trace."""

    def correct(self, exception, text, **values):
        action = exception.with_user(self.operator).action_correct()
        wizard = self.env[action["res_model"]].browse(action["res_id"])
        wizard = wizard.with_user(self.operator)
        wizard.write(
            {"payload": json.dumps({"text": text}), "reason": "Phone", **values}
        )
        wizard.action_resubmit()

    def test_corrected_message_runs_in_its_place_and_stays_as_sent(self):
        handled = self.refuse_short_texts()
        first = self.hello("hi", order_key="A")
        second = self.hello("hello", order_key="A", process_now=False)
        self.correct(first.exception_id, "hi there")
        self.work_off(first | second)
        self.assertEqual(handled, ["hi there", "hello"])
        self.assertEqual(first.message_id.payload, {"text": "hi"})
        correction = self.env["integration.correction"].search(
            [("delivery_id", "=", first.id)]
        )
        self.assertEqual(correction.user_id, self.operator)
        self.assertEqual(
            (correction.before, correction.after),
            ({"text": "hi"}, {"text": "hi there"}),
        )

    def test_one_correction_serves_all_with_the_same_fault(self):
        self.refuse_short_texts()
        same = self.hello("hi") | self.hello("hi")
        other = self.hello("ho")
        exception = same.exception_id
        self.correct(exception, "hi there", scope="all")
        self.assertEqual(set(same.mapped("state")), {"pending"})
        self.assertEqual((other.state, exception.state), ("parked", "open"))

    def test_correction_must_satisfy_the_contract_and_say_why(self):
        self.refuse_short_texts()
        exception = self.hello().exception_id
        for values in (
            {"payload": "{"},
            {"payload": '{"text": 5}'},
            {"payload": '{"text": "hi"}'},
            {"reason": " "},
        ):
            with self.subTest(values=values), self.assertRaises(UserError):
                self.correct(exception, "hi there", **values)

    def test_correction_cannot_be_edited_or_made_by_hand(self):
        self.refuse_short_texts()
        exception = self.hello().exception_id
        self.correct(exception, "hi there")
        correction = self.env["integration.correction"].search([], limit=1)
        with self.assertRaises(AccessError):
            correction.with_user(self.operator).copy()
        with self.assertRaises(RestrictViolation), mute_logger("odoo.sql_db"):
            self.env.cr.execute("UPDATE integration_correction SET reason = 'x'")

    def test_left_out_message_lets_its_followers_go(self):
        self.refuse_short_texts()
        delivery = self.hello(order_key="A")
        exception = delivery.exception_id
        action = exception.with_user(self.operator).action_ask_skip()
        wizard = self.env[action["res_model"]].browse(action["res_id"])
        wizard = wizard.with_user(self.operator)
        for reason in (False, " "):
            wizard.reason = reason
            with self.assertRaises(UserError):
                wizard.action_confirm()
        wizard.reason = "Sent twice"
        wizard.action_confirm()
        self.assertEqual((delivery.state, exception.state), ("cancelled", "resolved"))
        decided = delivery.attempt_ids.filtered(lambda a: a.outcome == "cancelled")
        self.assertEqual(decided.excerpt, "Sent twice")
        self.assertEqual(delivery.decision_reason, "Sent twice")
        self.assertIn("Sent twice", exception.resolution)

    def test_nothing_is_cancelled_or_settled_without_a_reason(self):
        self.refuse_short_texts()
        delivery = self.hello()
        exception = delivery.exception_id
        for decide in (
            *(delivery.action_cancel, delivery.action_resolve),
            *(exception.action_skip, exception.action_resolve),
        ):
            for arguments in ((), ("  ",), (None,), ({"a": 1},)):
                with self.assertRaises(UserError):
                    decide(*arguments)
        self.assertEqual((delivery.state, exception.state), ("parked", "open"))

    def test_the_last_one_decided_elsewhere_closes_the_exception(self):
        self.refuse_short_texts()
        first, second = self.hello(), self.hello()
        exception = first.exception_id
        self.assertEqual(second.exception_id, exception)
        first.action_cancel("Sent twice")
        self.assertEqual(exception.state, "open")
        second.action_replay()
        self.assertEqual(exception.state, "resolved")

    def test_posted_by_hand_names_the_document(self):
        self.refuse_short_texts()
        delivery = self.hello()
        exception = delivery.exception_id
        action = exception.with_user(self.operator).action_post_by_hand()
        wizard = self.env[action["res_model"]].browse(action["res_id"])
        wizard = wizard.with_user(self.operator)
        with self.assertRaises(UserError):
            wizard.action_settle()
        partner = self.env.user.partner_id
        wizard.write({"note": "Paper 4711", "document": f"res.partner,{partner.id}"})
        wizard.action_settle()
        self.assertEqual((delivery.state, delivery.res_id), ("resolved", partner.id))
        self.assertIn("Paper 4711", exception.resolution)


@tagged("post_install", "-at_install")
class TestTechnical(DeskCase):
    """A failure is no decision: it is gathered by cause and runs again."""

    def fail(self):
        def handle(handler, message):
            raise PermanentError("Out of order")

        self.handle_with(handle)

    def test_dead_letters_of_one_cause_are_one_failure(self):
        self.fail()
        deliveries = self.hello() | self.hello()
        exception = deliveries.exception_id
        self.assertEqual((len(exception), exception.category), (1, "technical"))
        self.assertEqual(exception.delivery_count, 2)

    def test_dead_letters_of_different_causes_are_told_apart(self):
        def handle(handler, message):
            raise PermanentError(message._get_payload()["text"])

        self.handle_with(handle)
        one = self.hello("No press 12") | self.hello("No press 13")
        other = self.hello("No material")
        self.assertEqual((len(one.exception_id), len(other.exception_id)), (1, 1))
        self.assertNotEqual(one.exception_id, other.exception_id)

    def test_one_refusal_with_many_numbers_is_one_exception(self):
        def handle(handler, message):
            text = message._get_payload()["text"]
            raise UserError(
                handler.env._("Lot '%s' is gone.", text) + f" {len(text)} kg are left."
            )

        self.handle_with(handle)
        deliveries = self.hello("A") | self.hello("B 17") | self.hello("C/0815")
        self.assertEqual(len(deliveries.exception_id), 1)
        self.assertIn(":connection.tested:", deliveries.exception_id.fingerprint)

    def test_trying_again_replays_and_closes(self):
        self.fail()
        delivery = self.hello()
        exception = delivery.exception_id
        exception.with_user(self.operator).action_retry()
        self.assertEqual((delivery.state, exception.state), ("pending", "resolved"))

    def test_replayed_one_by_one_closes_it_too(self):
        self.fail()
        delivery = self.hello()
        exception = delivery.exception_id
        delivery.action_replay()
        self.env["integration.exception"]._cron_tend()
        self.assertEqual(exception.state, "resolved")

    def test_summary_counts_what_waits(self):
        self.fail()
        self.hello()
        summary = self.env["integration.exception.summary"].create({})
        self.assertIn("Given up after its attempts", summary.content)

    def test_people_change_the_owner_and_the_deadline_and_nothing_else(self):
        """What happened, and that it is settled, is not written over RPC."""
        self.refuse_short_texts()
        exception = self.hello("x").exception_id.with_user(self.operator)
        for vals in (
            {"state": "resolved"},
            {"resolution": "All is well"},
            {"description": "Nothing happened"},
            {"external_code": "OTHER"},
            {"kind_id": self.env["integration.exception.kind"].search([], limit=1).id},
            {"company_id": self.env.company.id},
            {"escalation_level": 0},
        ):
            with self.subTest(vals=vals), self.assertRaises(AccessError):
                exception.write(vals)
        exception.write({"user_id": self.chief.id, "deadline": "2030-01-01 00:00:00"})
        exception.action_take()
        exception.action_refresh_impact()
        exception.action_skip("Never mind")
        self.assertEqual((exception.state, exception.user_id), ("resolved", self.operator))
