from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.tests import new_test_user

from .common import INSPECTOR, MANAGER, STOCK_USER, QualityCase


class TestSecurity(QualityCase):
    """Who may read, inspect and decide, and in which company."""

    def test_stock_user_receives_but_does_not_inspect(self):
        picking = self.receive_lots(user=self.stock_user, **{"R-1": 5})
        inspection = picking.inspection_ids.with_user(self.stock_user)
        self.assertEqual(inspection.state, "draft")
        for attempt in (
            inspection.action_start,
            inspection.action_conclude,
            inspection.action_cancel,
            lambda: inspection.write({"user_id": False}),
            inspection.unlink,
            lambda: inspection.result_ids.create(
                {
                    "inspection_id": inspection.id,
                    "characteristic_id": self.look.id,
                    "outcome": "pass",
                }
            ),
            lambda: inspection.nonconformance_ids.create(
                {"lot_id": inspection.lot_id.id, "description": "x"}
            ),
        ):
            with self.assertRaises(AccessError):
                attempt()
        self.assertEqual(inspection.sudo().state, "draft")

    def test_stock_user_cannot_conclude_what_others_filled_in(self):
        inspection = self.enter(self.inspection())
        with self.assertRaises(AccessError):
            inspection.with_user(self.stock_user).action_conclude()
        self.assertEqual(inspection.lot_id.disposition, "pending")

    def test_states_are_not_written_past_the_results(self):
        inspection = self.inspection().with_user(self.manager)
        for vals in (
            {"state": "passed"},
            {"decided_by_id": self.manager.id},
            {"receipt_line_ids": [Command.clear()]},
        ):
            with self.subTest(vals=vals), self.assertRaises(AccessError):
                inspection.write(vals)
        vals = {"plan_id": self.plan.id, "lot_id": inspection.lot_id.id}
        with self.assertRaises(AccessError):
            inspection.create(dict(vals, state="passed"))
        sneaked = inspection.with_context(default_state="passed").create(vals)
        self.assertEqual(sneaked.state, "draft")

    def test_inspector_does_not_change_what_is_inspected_or_how_thoroughly(self):
        inspection = self.inspection().with_user(self.inspector)
        other = self.env["stock.lot"].create({"name": "X", "product_id": self.resin.id})
        for vals in ({"lot_id": other.id}, {"quantity": 1}, {"partner_id": False}):
            with self.subTest(vals=vals), self.assertRaises(UserError):
                inspection.with_user(self.manager).write(vals)
        with self.assertRaises(AccessError):
            inspection.write({"sample_size": 5})
        inspection.with_user(self.manager).sample_size = 5
        self.assertEqual(inspection.sample_size, 5)

    def test_closed_nonconformance_is_history(self):
        found = self.env["quality.nonconformance"].create(
            {
                "product_id": self.resin.id,
                "description": "Dirty",
                "resolution": "Cleaned",
            }
        )
        found.with_user(self.manager).action_close()
        with self.assertRaises(UserError):
            found.with_user(self.manager).write({"description": "Nothing"})

    def test_origin_of_a_result_is_not_chosen(self):
        inspection = self.inspection().with_user(self.inspector)
        inspection.action_start()
        with self.assertRaises(AccessError):
            inspection.result_ids[0].write({"value": 0.1, "source": "message"})

    def test_inspector_does_not_write_plans_or_cancel(self):
        with self.assertRaises(AccessError):
            self.plan.with_user(self.inspector).write({"sample_size": 2})
        with self.assertRaises(AccessError):
            self.viscosity.with_user(self.inspector).write({"max_value": 9999})
        with self.assertRaises(AccessError):
            self.inspection().with_user(self.inspector).action_cancel()

    def test_manager_writes_plans(self):
        self.plan.with_user(self.manager).sample_size = 2
        self.assertEqual(self.plan.sample_size, 2)

    def test_buyer_reads_and_does_not_write(self):
        buyer = new_test_user(self.env, "quality-buyer", "purchase.group_purchase_user")
        inspection = self.enter(self.inspection(), look="fail")
        inspection.action_conclude()
        found = inspection.nonconformance_ids.with_user(buyer)
        self.assertIn("Appearance", found.description)
        self.assertEqual(found.inspection_id.result_ids.mapped("source"), ["user"] * 3)
        with self.assertRaises(AccessError):
            found.write({"severity": "minor"})

    def test_service_user_of_a_laboratory_is_an_inspector_and_no_manager(self):
        self.grant("inspection.resulted")
        user = self.system.user_id
        self.assertTrue(user.has_group(INSPECTOR))
        self.assertTrue(user.has_group(STOCK_USER))
        self.assertFalse(user.has_group(MANAGER))

    def test_records_of_other_companies_are_invisible(self):
        inspection = self.enter(self.inspection(), look="fail")
        inspection.action_conclude()
        other = self.env["res.company"].create({"name": "Other plant"})
        stranger = new_test_user(
            self.env,
            "quality-stranger",
            MANAGER,
            company_id=other.id,
            company_ids=[Command.set(other.ids)],
        )
        for record in (
            inspection,
            inspection.result_ids,
            inspection.nonconformance_ids,
            self.plan,
            self.viscosity,
        ):
            with self.subTest(model=record._name):
                domain = [("id", "in", record.ids)]
                model = self.env[record._name].with_user(stranger)
                self.assertFalse(model.search(domain))
                with self.assertRaises(AccessError):
                    model.browse(record.ids[0]).read(["display_name"])

    def test_shared_plan_serves_every_company(self):
        self.plan.company_id = False
        other = self.env["res.company"].create({"name": "Other plant"})
        stranger = new_test_user(
            self.env,
            "quality-stranger",
            INSPECTOR,
            company_id=other.id,
            company_ids=[Command.set(other.ids)],
        )
        self.assertTrue(self.plan.with_user(stranger).name)
