from odoo.exceptions import AccessError, ValidationError
from odoo.tests import new_test_user

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

    def test_a_change_of_the_policy_takes_effect_at_once(self):
        self.policy.redacted_members = False
        self.assertIn("4711", self.read_as(self.operator, self.message, "payload"))

    def test_a_path_that_cannot_be_read_is_refused(self):
        with self.assertRaises(ValidationError):
            self.policy.redacted_members = "customer..email"
