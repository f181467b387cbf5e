from odoo.tests import TransactionCase, new_test_user, tagged

from odoo.addons.integration_core.tests import access

# Work, not configuration: who decided stands in their chatter or attempts.
WORK = {
    "integration.discrepancy",
    "integration.duplicate",
    "integration.exception",
    "integration.ownership.conflict",
    "integration.reconciliation",
    "integration.replay",
    "integration.restart",
    "integration.restart.step",
}


@tagged("post_install", "-at_install")
class TestCoverage(TransactionCase):
    """Whatever people may change of the integration is on record."""

    def find(self, record):
        return self.env["integration.change"].search(
            [("res_model", "=", record._name), ("res_id", "=", record.id)], limit=1
        )

    def find_writable(self):
        """Return the tables of the integration that some role may write."""
        grants = self.env["ir.model.access"].search(
            [
                ("model_id.model", "in", access.find_models(self.env)),
                ("perm_write", "=", True),
            ]
        )
        names = set(grants.model_id.mapped("model"))
        return {
            name
            for name in names
            if name.startswith("integration.") and not self.env[name]._transient
        }

    def test_every_model_that_people_write_is_audited_or_is_work(self):
        audited = set(
            self.env.registry.descendants(["integration.audited.mixin"], "_inherit")
        )
        writable = self.find_writable()
        self.assertGreater(len(writable), 20)
        self.assertFalse(writable - audited - WORK)
        self.assertFalse(WORK & audited)

    def test_settings_of_the_integration_are_on_record(self):
        Settings = self.env["ir.config_parameter"]
        key = "integration_governance.four_eyes"
        Settings.search([("key", "=", key)]).unlink()
        Settings.set_param(key, "never")
        Settings.set_param(key, "always")
        setting = Settings.search([("key", "=", key)])
        self.assertEqual(self.find(setting).changes, {"value": ["never", "always"]})
        Settings.set_param("web.something", "1")
        other = Settings.search([("key", "=", "web.something")])
        self.assertFalse(self.find(other))

    def test_a_rule_about_exceptions_says_who_changed_it(self):
        manager = new_test_user(
            self.env,
            "coverage-manager",
            "integration_core.integration_core_group_manager",
        )
        rule = self.env["integration.exception.rule"].create(
            {"name": "Night", "user_id": manager.id}
        )
        rule.with_user(manager).deadline_hours = 7
        entry = self.find(rule)
        self.assertEqual((entry.user_id, entry.changes), (manager, {"deadline_hours": [0, 7]}))
