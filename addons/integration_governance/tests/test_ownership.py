from odoo import Command
from odoo.exceptions import AccessError, ValidationError
from odoo.tests import tagged

from .common import GovernanceCase


@tagged("post_install", "-at_install")
class TestOwnership(GovernanceCase):
    """A system cannot write what it does not own, whatever its handler does."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["integration.system"].search([]).sudo().environment = "test"

    def own(self, *fields, **values):
        return self.env["integration.ownership"].create(
            {
                "name": "Partners",
                "model_id": self.env.ref("base.model_res_partner").id,
                "field_ids": self.env["ir.model.fields"]
                .search([("model", "=", "res.partner"), ("name", "in", fields)])
                .ids,
                **values,
            }
        )

    def write_partner(self, **vals):
        """Let the handler write to the partner, the long way round."""
        partner = self.partner

        def handle(handler, message):
            target = partner.with_env(handler.env).sudo().with_context(lang="en_US")
            target.write(vals)
            return target

        self.handle_with(handle)
        return self.hello()

    def test_kept_and_recorded_while_the_rest_is_applied(self):
        rule = self.own("name", reaction="keep")
        delivery = self.write_partner(name="Other", city="Lyon")
        self.assertEqual(delivery.state, "done")
        self.assertEqual((self.partner.name, self.partner.city), ("Acme", "Lyon"))
        conflict = self.env["integration.ownership.conflict"].search(
            [("rule_id", "=", rule.id)]
        )
        self.assertEqual((conflict.ours, conflict.theirs), ("Acme", "Other"))
        self.assertEqual(conflict.message_uuid, delivery.message_id.uuid)
        conflict.action_take()
        self.assertEqual((self.partner.name, conflict.state), ("Other", "taken"))

    def test_refused_message_changes_nothing(self):
        self.own("name", reaction="refuse")
        delivery = self.write_partner(name="Other", city="Lyon")
        self.assertEqual(delivery.state, "dead")
        self.assertFalse(self.partner.city)
        self.assertIn("belongs to Odoo", delivery.last_error)

    def test_asked_message_waits_and_is_allowed_once(self):
        self.own("name", reaction="ask")
        delivery = self.write_partner(name="Other")
        exception = delivery.exception_id
        self.assertEqual(exception.kind_id.code, "integration_governance.ownership")
        with self.assertRaises(AccessError):
            exception.with_user(self.approver).action_allow_write()
        exception.with_user(self.manager).action_allow_write()
        self.work_off(delivery)
        self.assertEqual((delivery.state, self.partner.name), ("done", "Other"))
        self.assertEqual(self.write_partner(name="Third").state, "parked")

    def test_owner_writes_freely_and_same_value_is_no_conflict(self):
        self.own("name", reaction="refuse", owner="system", system_id=self.system.id)
        self.assertEqual(self.write_partner(name="Other").state, "done")
        self.env["integration.ownership"].search([]).state = "retired"
        self.own("city", reaction="refuse")
        self.assertEqual(self.write_partner(city=False, name="Third").state, "done")

    def test_field_goes_before_the_whole_record(self):
        self.own(reaction="refuse")
        self.own(
            "city",
            name="City",
            reaction="refuse",
            owner="system",
            system_id=self.system.id,
        )
        self.assertEqual(self.write_partner(city="Lyon").state, "done")
        self.assertEqual(self.write_partner(name="Other").state, "dead")

    def test_whole_record_covers_making_and_deleting(self):
        self.own(reaction="ask")

        def handle(handler, message):
            handler.env["res.partner"].sudo().create({"name": "New"})

        self.handle_with(handle)
        self.assertEqual(self.hello().state, "parked")

    def test_people_are_none_of_it(self):
        self.own("name", reaction="refuse")
        self.partner.name = "By hand"
        self.assertEqual(self.partner.name, "By hand")

    def test_one_owner_for_one_field(self):
        self.own("name", "city")
        with self.assertRaises(ValidationError):
            self.own("name", name="Again")

    def test_matrix_tells_who_owns_what(self):
        self.own("city", owner="system", system_id=self.system.id)
        matrix = self.env["integration.ownership"].with_user(self.manager).get_matrix()
        [row] = [r for r in matrix["rows"] if r["field"] == "City"]
        owners = [cell["column"] for cell in row["cells"] if cell["owner"]]
        self.assertEqual(owners, [self.system.id])

    def test_same_links_and_empty_text_are_no_conflict(self):
        self.own("category_id", "city", reaction="refuse")
        old, new = self.env["res.partner.category"].create([{"name": "A"}, {"name": "B"}])
        self.partner.category_id = old
        for commands in (
            [Command.set(old.ids)],
            [Command.link(old.id)],
            [Command.unlink(new.id)],
            [Command.clear(), Command.link(old.id)],
        ):
            delivery = self.write_partner(category_id=commands, city="", comment="x")
            self.assertEqual(delivery.state, "done", delivery.last_error)
        for commands in (
            [Command.set((old | new).ids)],
            [Command.link(new.id)],
            [Command.clear()],
            [Command.create({"name": "C"})],
            [Command.update(old.id, {"name": "C"})],
        ):
            self.assertEqual(self.write_partner(category_id=commands).state, "dead")

    def test_conflict_is_only_of_the_records_that_differ(self):
        rule = self.own("city", reaction="keep")
        both = self.partner | self.other
        self.other.city = "Lyon"

        def handle(handler, message):
            both.with_env(handler.env).sudo().write({"city": "Lyon"})

        self.handle_with(handle)
        self.hello()
        found = self.env["integration.ownership.conflict"].search(
            [("rule_id", "=", rule.id)]
        )
        self.assertEqual(found.mapped("res_id"), self.partner.ids)

    def test_conflict_is_decided_with_its_buttons_only(self):
        rule = self.own("name", reaction="keep")
        self.write_partner(name="Other")
        conflict = self.env["integration.ownership.conflict"].search(
            [("rule_id", "=", rule.id)]
        )
        for vals in (
            {"state": "kept", "decided_by": self.approver.id},
            {"theirs": "Mine"},
            {"res_id": self.other.id},
        ):
            with self.assertRaises(AccessError):
                conflict.with_user(self.manager).write(vals)
        with self.assertRaises(AccessError):
            conflict.with_user(self.approver).action_keep()
        conflict.with_user(self.manager).action_keep()
        self.assertEqual((conflict.state, conflict.decided_by), ("kept", self.manager))
