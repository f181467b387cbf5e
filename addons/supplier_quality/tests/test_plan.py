from psycopg2.errors import CheckViolation, UniqueViolation

from odoo import Command
from odoo.exceptions import UserError, ValidationError
from odoo.tools import mute_logger

from .common import QualityCase


class TestPlan(QualityCase):
    """The most specific plan wins, and what was used is not edited."""

    def find_plan(self, product):
        picking = self.receive_lots(product=product, **{"L": 10})
        return picking.inspection_ids.plan_id

    def test_category_plan_covers_its_products_and_those_below(self):
        below = self.env["product.category"].create(
            {"name": "Clear", "parent_id": self.category.id}
        )
        plan = self.make_plan(name="Resins", categ_id=self.category.id)
        for category in (self.category, below):
            product = self.make_product("Any", categ_id=category.id)
            self.assertEqual(self.find_plan(product), plan)

    def test_plan_of_the_supplier_goes_before_the_general_one(self):
        special = self.make_plan(
            name="Special", product_id=self.resin.id, partner_id=self.supplier.id
        )
        self.assertEqual(self.find_plan(self.resin), special)
        special.active = False
        self.assertEqual(self.inspection(**{"R-2": 1}).plan_id, self.plan)

    def test_contact_of_the_supplier_counts_as_the_supplier(self):
        special = self.make_plan(
            name="Special", product_id=self.resin.id, partner_id=self.supplier.id
        )
        contact = self.env["res.partner"].create(
            {"name": "Dispatch", "parent_id": self.supplier.id}
        )
        picking = self.make_receipt(5)
        picking.partner_id = contact
        self.fill(picking, **{"R-1": 5})
        self.validate(picking)
        self.assertEqual(picking.inspection_ids.plan_id, special)
        self.assertEqual(picking.inspection_ids.partner_id, self.supplier)

    def test_plan_of_another_company_does_not_apply(self):
        other = self.env["res.company"].create({"name": "Other plant"})
        product = self.make_product("Any")
        self.make_plan(name="Other", product_id=product.id, company_id=other.id)
        self.assertFalse(self.find_plan(product))

    def test_one_active_plan_per_scope(self):
        with mute_logger("odoo.sql_db"), self.assertRaises(UniqueViolation):
            self.make_plan(product_id=self.resin.id)

    def test_plan_is_for_a_product_or_a_category(self):
        for scope in ({}, {"product_id": self.resin.id, "categ_id": self.category.id}):
            with (
                self.subTest(scope=scope),
                mute_logger("odoo.sql_db"),
                self.assertRaises(CheckViolation),
                self.env.cr.savepoint(),
            ):
                self.make_plan(**scope)

    def test_product_needs_lots(self):
        bolt = self.make_product("Bolt", tracking="none")
        with self.assertRaises(ValidationError):
            self.make_plan(product_id=bolt.id)

    def test_minimum_is_not_above_the_maximum(self):
        with self.assertRaises(ValidationError):
            self.viscosity.write({"min_value": 1300})

    def test_used_characteristics_are_not_edited(self):
        self.inspection().with_user(self.inspector).action_start()
        for change in (
            lambda: self.viscosity.write({"max_value": 9999}),
            self.viscosity.unlink,
            lambda: self.plan.write(
                {"characteristic_ids": [Command.create({"code": "PH", "name": "pH"})]}
            ),
        ):
            with self.assertRaisesRegex(UserError, "New version"):
                change()

    def test_new_version_takes_over_and_past_verdicts_keep_their_limits(self):
        first = self.enter(self.inspection(**{"R-1": 1}), viscosity=1150)
        first.action_conclude()
        action = self.plan.with_user(self.manager).action_new_version()
        newer = self.env["quality.inspection.plan"].browse(action["res_id"])
        newer.characteristic_ids.filtered(lambda c: c.code == "VISCOSITY").write(
            {"max_value": 1100}
        )
        second = self.inspection(**{"R-2": 1})
        self.assertEqual((newer.version, second.plan_id), (2, newer))
        self.assertFalse(self.plan.active)
        self.assertEqual((first.verdict, first.plan_id), ("passed", self.plan))

    def test_plan_without_characteristics_holds_and_cannot_pass(self):
        product = self.make_product("Any")
        plan = self.make_plan(product_id=product.id, characteristic_ids=[])
        picking = self.receive_lots(product=product, **{"L": 1})
        inspection = picking.inspection_ids
        self.assertEqual(inspection.plan_id, plan)
        self.assertEqual(inspection.lot_id.disposition, "pending")
        self.assertEqual(inspection.verdict, "open")
        with self.assertRaises(UserError):
            inspection.action_start()

    def test_plans_are_found_with_one_query_however_many_lines(self):
        counts = []
        for number in (1, 20):
            names = {f"N{number}-{place}": 1 for place in range(number)}
            picking = self.receive_lots(**names)
            lines = picking.move_line_ids
            self.env.invalidate_all()
            lines.mapped(lambda line: line._get_received_goods())
            before = self.env.cr.sql_log_count
            self.env["quality.inspection.plan"]._find_for_lines(lines)
            counts.append(self.env.cr.sql_log_count - before)
        self.assertEqual(*counts)
