import json
from unittest.mock import patch

from odoo import fields
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import new_test_user

from odoo.addons.integration_core.lib.errors import BusinessError
from odoo.addons.integration_core.tests.common import IntegrationCase

GROUP = "integration_core.integration_core_group_%s"
CLEARED = "integration_audit.integration_audit_group_cleared"
EXPORT = "base.group_allow_export"


class TestRedaction(IntegrationCase):
    """People see of a payload what its policy leaves open; the log stays whole."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.grant("connection.tested")
        cls.policy = cls.env["integration.policy"].create(
            {
                "system_id": cls.system.id,
                "contract_code": "connection.tested",
                "redacted_members": "text",
            }
        )
        cls.operator = new_test_user(
            cls.env, "redacted", f"{GROUP % 'operator'},{EXPORT}"
        )
        cls.cleared = new_test_user(
            cls.env, "cleared", f"{GROUP % 'operator'},{CLEARED},{EXPORT}"
        )

    def setUp(self):
        super().setUp()
        self.message = self.receive("connection.tested", {"text": "4711-secret"})

    def read_as(self, user, record, name):
        (row,) = record.with_user(user).read([name])
        return str(row[name])

    def test_the_payload_is_hidden_and_kept(self):
        self.assertEqual(self.read_as(self.operator, self.message, "payload"), "{'text': '•••'}")
        self.assertNotIn("4711", self.read_as(self.operator, self.message, "payload_text"))
        self.assertIn("4711", self.read_as(self.cleared, self.message, "payload"))
        self.assertIn("4711", self.read_as(self.cleared, self.message, "payload_text"))
        self.assertEqual(self.message.payload, {"text": "4711-secret"})

    def test_what_is_shown_of_it_to_map_a_code_is_hidden_too(self):
        shown = self.message.with_user(self.operator)._get_shown_payload()
        self.assertEqual(shown, {"text": "•••"})
        shown = self.message.with_user(self.cleared)._get_shown_payload()
        self.assertEqual(shown, {"text": "4711-secret"})

    def test_what_repeats_it_is_hidden_too(self):
        delivery = self.message.delivery_ids
        delivery.last_error = "Cannot take 4711-secret today"
        self.assertEqual(
            self.read_as(self.operator, delivery, "last_error"), "Cannot take ••• today"
        )

    def test_it_can_neither_be_exported_nor_searched_for(self):
        Message = self.env["integration.message"].with_user(self.operator)
        with self.assertRaises(AccessError):
            self.message.with_user(self.operator).export_data(["uuid", "payload"])
        with self.assertRaises(AccessError):
            Message.search([("payload", "!=", False)])
        self.assertTrue(self.message.with_user(self.cleared).export_data(["payload"]))

    def test_no_other_question_finds_it_out(self):
        delivery = self.message.delivery_ids.with_user(self.operator)
        delivery.sudo().last_error = "Cannot take 4711-secret"
        delivery.sudo().result = {"summary": "Took 4711-secret"}
        message = self.message.with_user(self.operator)
        self.assertNotIn("4711", self.read_as(self.operator, delivery, "result_text"))
        self.assertNotIn("4711", str(message.copy_data()))
        for attempt in (
            lambda: message.export_data(["delivery_ids/last_error"]),
            lambda: delivery.export_data(["message_id/payload"]),
            lambda: delivery.search([], order="last_error"),
            lambda: delivery.search([("message_id.payload", "!=", False)]),
            lambda: delivery.formatted_read_group([], ["last_error"]),
            lambda: message.formatted_read_group([], [], ["payload:array_agg"]),
            lambda: message.onchange({}, [], {"payload": {}}),
        ):
            with self.assertRaises(AccessError):
                attempt()

    def test_where_no_policy_hides_anything_nothing_is_refused(self):
        self.env["integration.policy"].search([]).redacted_members = False
        message = self.message.with_user(self.operator)
        self.assertIn("4711", str(message.export_data(["payload"])["datas"]))

    def test_what_people_read_of_an_exception_does_not_tell_it(self):
        Handler = self.env.registry["integration.handler.connection.tested"]
        self.startPatcher(patch.object(Handler, "_handle", self.refuse))
        delivery = self.receive("connection.tested", {"text": "4711-secret"}).delivery_ids
        self.assertEqual(delivery.state, "parked")
        self.assertIn("4711", delivery.last_error)
        exception = delivery.exception_id
        self.assertEqual(exception.name, "Nobody takes •••")
        self.assertNotIn("4711", exception.description + str(exception.activity_ids))

    @staticmethod
    def refuse(handler, message):
        raise BusinessError(f"Nobody takes {message.payload['text']}")

    def test_answers_of_playbooks_hide_it_too(self):
        run = self.env["integration.playbook.run"].new(
            {"message_id": self.message.id, "payload": {"text": "4711-secret"}}
        )
        rules = run.with_user(self.operator)._get_redaction_rules()
        self.assertEqual(run._redact_value(run.payload, rules), {"text": "•••"})

    def test_corrections_hide_it_and_keep_it(self):
        delivery = self.message.delivery_ids
        whole = {"text": "4711-secret", "more": {"note": "about 4711-secret", "n": 1}}
        delivery.payload = whole
        Wizard = self.env["integration.correction.wizard"].with_user(self.operator)
        shown = json.loads(Wizard._write(delivery.with_user(self.operator)))
        self.assertNotIn("4711", str(shown))
        shown["more"]["n"] = 2
        after = Wizard._complete_payload(delivery, shown)
        self.assertEqual(after, {**whole, "more": {**whole["more"], "n": 2}})
        shown["more"]["note"] = "moved: •••"
        with self.assertRaises(UserError):
            Wizard._complete_payload(delivery, shown)
        correction = self.env["integration.correction"].create(
            {
                "delivery_id": delivery.id,
                "company_id": delivery.company_id.id,
                "user_id": self.env.uid,
                "corrected_at": fields.Datetime.now(),
                "reason": "Told on the phone",
                "before": whole,
                "after": after,
            }
        )
        for name in ("before", "after"):
            self.assertNotIn("4711", self.read_as(self.operator, correction, name))
            self.assertIn("4711", self.read_as(self.cleared, correction, name))

    def test_shadow_runs_hide_it_too(self):
        if "integration.shadow.run" not in self.env:
            self.skipTest("shadow runs come with integration_governance")
        delivery, now = self.message.delivery_ids, fields.Datetime.now()
        values = {"name": ["Acme", "4711-secret"]}
        run = self.env["integration.shadow.run"].create(
            {
                "delivery_id": delivery.id,
                "company_id": delivery.company_id.id,
                "ran_at": now,
                "compare_at": now,
                "effects": [
                    {"operation": "write", "model": "x", "name": "y", "values": values}
                ],
            }
        )
        for name in ("effects", "effect_text"):
            self.assertNotIn("4711", self.read_as(self.operator, run, name))
            self.assertIn("4711", self.read_as(self.cleared, run, name))

    def test_a_change_of_the_policy_takes_effect_at_once(self):
        self.policy.redacted_members = False
        self.assertIn("4711", self.read_as(self.operator, self.message, "payload"))

    def test_a_path_that_cannot_be_read_is_refused(self):
        with self.assertRaises(ValidationError):
            self.policy.redacted_members = "customer..email"
