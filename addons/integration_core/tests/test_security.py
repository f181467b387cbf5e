from odoo import Command
from odoo.exceptions import AccessError
from odoo.tests import new_test_user
from odoo.tools import file_open

from .common import IntegrationCase

GROUP = "integration_core.integration_core_group_%s"


class TestSecurity(IntegrationCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.grant("connection.tested")
        cls.users = {
            role: new_test_user(cls.env, f"test-{role}", GROUP % role)
            for role in ("operator", "manager", "approver", "auditor")
        }

    def test_every_model_of_this_addon_has_access_rules(self):
        models = self.env["ir.model"].search(
            [
                ("model", "=like", "integration.%"),
                ("abstract", "=", False),
                ("transient", "=", False),
            ]
        )
        self.assertGreater(len(models), 10)
        without = models.filtered(lambda model: not model.access_ids)
        self.assertFalse(without.mapped("model"))

    def test_service_user_is_no_employee_and_cannot_sign_in(self):
        user = self.system.user_id
        self.assertFalse(user.has_group("base.group_user"))
        self.assertFalse(user.has_group("base.group_system"))
        self.env.flush_all()
        self.env.cr.execute("SELECT password FROM res_users WHERE id = %s", (user.id,))
        self.assertFalse(self.env.cr.fetchone()[0])

    def test_service_user_has_the_groups_of_its_scopes_and_no_longer(self):
        group = self.env["res.groups"].create({"name": "Needed by a handler"})
        contract = self.system.scope_ids
        contract.service_group_ids = [Command.link(group.id)]
        self.system.scope_ids = [Command.set(contract.ids)]
        self.assertIn(group, self.system.user_id.group_ids)
        self.system.scope_ids = False
        self.assertNotIn(group, self.system.user_id.group_ids)

    def test_machine_sees_its_own_messages_only(self):
        other = self.env["integration.system"].create(
            {
                "name": "Other",
                "code": "other",
                "state": "active",
            }
        )
        mine = self.receive("connection.tested", {"text": "mine"})
        theirs = self.receive("connection.tested", {"text": "theirs"}, system=other)
        Message = self.env["integration.message"].with_user(self.system.user_id)
        self.assertEqual(Message.search([("id", "in", (mine | theirs).ids)]), mine)
        with self.assertRaises(AccessError):
            Message.browse(theirs.id).read(["payload"])

    def test_companies_are_kept_apart(self):
        company = self.env["res.company"].create({"name": "Plant B"})
        other = self.env["integration.system"].create(
            {
                "name": "B",
                "code": "plant-b",
                "state": "active",
                "company_id": company.id,
            }
        )
        message = self.receive("connection.tested", {"text": "b"}, system=other)
        operator = self.users["operator"]
        Message = self.env["integration.message"].with_user(operator)
        self.assertFalse(Message.search([("id", "=", message.id)]))
        with self.assertRaises(AccessError):
            message.delivery_ids.with_user(operator).action_replay()

    def test_who_may_decide_about_deliveries(self):
        delivery = self.receive("connection.tested", {"text": "x"}).delivery_ids
        delivery.state = "dead"
        for role in ("auditor", "approver"):
            with self.subTest(role=role), self.assertRaises(AccessError):
                delivery.with_user(self.users[role]).action_replay()
        delivery.with_user(self.users["operator"]).action_replay()
        self.assertEqual(delivery.state, "pending")

    def test_who_may_connect_systems(self):
        for role in ("operator", "auditor", "approver"):
            with self.subTest(role=role), self.assertRaises(AccessError):
                self.system.with_user(self.users[role]).issue_credential("bearer")
        issued = self.system.with_user(self.users["manager"]).issue_credential("bearer")
        self.assertTrue(issued["secret"])

    def test_manager_connects_a_system_without_being_administrator(self):
        Systems = self.env["integration.system"].with_user(self.users["manager"])
        system = Systems.create({"name": "New", "code": "new-one"})
        system.action_activate()
        self.assertEqual(system.user_id.sudo().login, "integration.new-one")

    def test_people_cannot_write_the_log(self):
        for role, user in self.users.items():
            for model in (
                "integration.message",
                "integration.delivery",
                "integration.attempt",
            ):
                with self.subTest(role=role, model=model):
                    self.assertFalse(
                        self.env[model].with_user(user).has_access("create")
                    )
                    self.assertFalse(
                        self.env[model].with_user(user).has_access("write")
                    )

    def test_neutralized_copy_speaks_to_nobody(self):
        endpoint = self.env["integration.endpoint"].create(
            {
                "name": "Sink",
                "system_id": self.system.id,
                "url": "https://sink.example.com",
            }
        )
        self.system.issue_credential("bearer")
        self.env.flush_all()
        with file_open("integration_core/data/neutralize.sql") as file:
            self.env.cr.execute(file.read())
        self.env.invalidate_all()
        self.assertFalse(endpoint.url)
        self.assertEqual(endpoint.state, "disabled")
        self.assertEqual(self.system.state, "suspended")
        self.assertEqual(set(self.system.credential_ids.mapped("state")), {"revoked"})
        lanes = self.env["integration.lane"].with_context(active_test=False).search([])
        self.assertFalse(any(lanes.cron_ids.mapped("active")))
