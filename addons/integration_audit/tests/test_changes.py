from odoo.exceptions import AccessError, UserError
from odoo.tests import new_test_user

from odoo.addons.integration_core.tests.common import IntegrationCase

GROUP = "integration_core.integration_core_group_%s"


class TestChanges(IntegrationCase):
    """Who changed what of the configuration is in a ledger."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.manager = new_test_user(cls.env, "change-manager", GROUP % "manager")

    def find(self, record, operation):
        return self.env["integration.change"].search(
            [
                ("res_model", "=", record._name),
                ("res_id", "=", record.id),
                ("operation", "=", operation),
            ],
            limit=1,
        )

    def test_a_change_says_who_what_and_from_what_to_what(self):
        self.system.with_user(self.manager).rate_burst = 17
        entry = self.find(self.system, "changed")
        self.assertEqual(entry.user_id, self.manager)
        self.assertEqual(entry.changes, {"rate_burst": [2000, 17]})
        self.assertIn("2000 → 17", entry.changes_text)
        self.assertTrue(entry.path)

    def test_what_does_not_change_anything_is_no_change(self):
        before = self.env["integration.change"].search_count([])
        self.system.write({"rate_burst": self.system.rate_burst})
        self.assertEqual(self.env["integration.change"].search_count([]), before)

    def test_creating_and_deleting_are_on_record(self):
        policy = self.env["integration.policy"].create(
            {"contract_code": "connection.tested", "criticality": "high"}
        )
        self.assertEqual(
            self.find(policy, "created").changes["criticality"], [None, "high"]
        )
        self.env.flush_all()
        policy.unlink()
        deleted = self.find(policy, "deleted")
        self.assertEqual(deleted.changes["criticality"], ["high", None])

    def test_scopes_are_on_record(self):
        self.grant("connection.tested")
        entry = self.find(self.system, "changed")
        self.assertEqual(entry.changes["scope_ids"], [[], self.system.scope_ids.ids])

    def test_secrets_are_not(self):
        issued = self.system.issue_credential("bearer")
        self.system.issue_credential("hmac")
        self.env.flush_all()
        self.env.cr.execute(
            "SELECT string_agg(changes::text, '') FROM integration_change"
            " WHERE res_model = 'integration.credential'"
        )
        (text,) = self.env.cr.fetchone()
        self.assertNotIn(issued["secret"], text)
        self.env.cr.execute("SELECT token_hash, secret_encrypted FROM integration_credential")
        for row in self.env.cr.fetchall():
            for stored in filter(None, row):
                self.assertNotIn(stored, text)

    def test_roles_given_and_taken_are_on_record(self):
        user = new_test_user(self.env, "change-nobody")
        user.group_ids += self.env.ref(GROUP % "approver")
        before, after = self.find(user, "changed").changes["group_ids"]
        self.assertEqual((before, after), ([], [GROUP % "approver"]))

    def test_the_ledger_is_not_edited(self):
        self.system.rate_burst = 17
        entry = self.find(self.system, "changed")
        with self.assertRaises(UserError):
            entry.path = "elsewhere"
        with self.assertRaises(AccessError):
            entry.with_user(self.manager).create(entry.copy_data()[0])

    def test_the_ledger_is_sealed(self):
        self.assertIn("integration.change", self.env["integration.seal"]._get_ledgers())
