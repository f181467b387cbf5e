from datetime import date, datetime

from dateutil.relativedelta import relativedelta

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import new_test_user

from .common import QualityCase


class TestVendorList(QualityCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.product.categ_id = cls.env["product.category"].create({"name": "Resins"})

    def make_order(self):
        return self.env["purchase.order"].create(
            {
                "partner_id": self.supplier.id,
                "order_line": [
                    (
                        0,
                        0,
                        {
                            "product_id": self.product.id,
                            "product_qty": 5,
                            "price_unit": 1,
                        },
                    )
                ],
            }
        )

    def approve(self, state="approved", **values):
        return self.env["quality.approved.vendor"].create(
            {"partner_id": self.supplier.id, "state": state, **values}
        )

    def test_off_by_default(self):
        order = self.make_order()
        self.assertFalse(order.vendor_warning)
        order.button_confirm()
        self.assertEqual(order.state, "purchase")

    def test_warns_in_the_discussion(self):
        self.env.company.vendor_list_mode = "warn"
        order = self.make_order()
        self.assertIn("not on the approved vendor list", order.vendor_warning)
        order.button_confirm()
        self.assertEqual(order.state, "purchase")
        self.assertIn("approved vendor list", str(order.message_ids.mapped("body")))

    def test_blocks_until_approved(self):
        self.product.categ_id.vendor_list_mode = "block"
        order = self.make_order()
        with self.assertRaisesRegex(UserError, "approved vendor list"):
            order.button_confirm()
        self.approve(product_id=self.product.id)
        order.button_confirm()
        self.assertEqual(order.state, "purchase")

    def test_product_goes_before_category_and_expiry_counts(self):
        self.product.product_tmpl_id.vendor_list_mode = "block"
        self.approve()
        self.approve("blocked", category_id=self.product.categ_id.id)
        with self.assertRaisesRegex(UserError, "is blocked"):
            self.make_order().button_confirm()
        line = self.approve(product_id=self.product.id, date_until=date(2020, 1, 1))
        with self.assertRaisesRegex(UserError, "run out"):
            self.make_order().button_confirm()
        line.date_until = False
        self.make_order().button_confirm()

    def test_reason_of_a_manager_goes_past_it_on_order_and_receipt(self):
        self.env.company.vendor_list_mode = "block"
        buyer = new_test_user(self.env, "buyer", "purchase.group_purchase_user")
        order = self.make_order()
        with self.assertRaises(AccessError):
            order.with_user(buyer).vendor_override_reason = "Urgent"
        order.vendor_override_reason = "Line down, sorted on arrival"
        order.button_confirm()
        self.assertEqual(order.state, "purchase")
        self.fill(order.picking_ids.move_ids, {"A": 5})
        order.picking_ids.button_validate()
        self.assertEqual(order.picking_ids.state, "done")

    def test_receipt_is_blocked_too(self):
        self.env.company.vendor_list_mode = "block"
        with self.assertRaisesRegex(UserError, "approved vendor list"):
            self.receive_goods({"A": 5})


class TestScorecard(QualityCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.period = fields.Date.today().replace(day=1)

    def compute(self, period=None):
        cards = self.env["quality.scorecard"]._compute_period(
            self.env.company, period or self.period
        )
        return cards.filtered(lambda card: card.partner_id == self.supplier)

    def receive_order(self, *, days_late=0, quantity=5):
        order = self.env["purchase.order"].create(
            {
                "partner_id": self.supplier.id,
                "order_line": [
                    (
                        0,
                        0,
                        {
                            "product_id": self.product.id,
                            "product_qty": 5,
                            "price_unit": 1,
                        },
                    )
                ],
            }
        )
        order.button_confirm()
        planned = datetime.combine(fields.Date.today(), datetime.min.time())
        order.order_line.date_planned = planned - relativedelta(days=days_late)
        self.fill(order.picking_ids.move_ids, {f"L{order.id}": quantity})
        order.picking_ids.with_context(skip_backorder=True).button_validate()
        return self.env["stock.lot"].search([("name", "=", f"L{order.id}")])

    def test_rates_of_a_month(self):
        good, bad = self.receive_order(), self.receive_order(quantity=3)
        for lot, value in ((good, 1000), (bad, 1480)):
            self.enter(lot.inspection_ids, value)
            lot.inspection_ids.action_decide()
        card = self.compute()
        self.assertEqual((card.received_quantity, card.nonconforming_quantity), (8, 3))
        self.assertEqual(card.ppm, 375_000)
        self.assertEqual(card.acceptance, 50)
        self.assertEqual((card.due_count, card.otif_count), (2, 1))
        self.assertEqual(card.response, -1)
        self.assertTrue(card.grade)

    def test_no_data_is_minus_one_and_no_grade(self):
        action = self.env["quality.corrective.action"].create(
            {"title": "x", "partner_id": self.supplier.id}
        )
        action.action_send()
        self.assertFalse(self.compute())
        action.sudo().first_answered_at = fields.Datetime.now()
        card = self.compute()
        self.assertEqual((card.ppm, card.acceptance, card.delivery), (-1, -1, -1))
        self.assertEqual(card.score, 100)

    def test_computed_again_is_the_same_card_with_its_trend(self):
        self.receive_order()
        first = self.compute()
        last_month = self.period - relativedelta(months=1)
        self.env["quality.scorecard"].create(
            {
                "partner_id": self.supplier.id,
                "company_id": self.env.company.id,
                "period": last_month,
                "score": 60,
                "grade": "C",
            }
        )
        again = self.compute()
        self.assertEqual(again, first)
        self.assertEqual(again.trend, again.score - 60)

    def test_grade_has_the_consequence_of_its_rule(self):
        line = self.env["quality.approved.vendor"].create(
            {"partner_id": self.supplier.id, "state": "approved"}
        )
        lot = self.receive_order(quantity=3)
        self.enter(lot.inspection_ids, 1480)
        lot.inspection_ids.action_decide()
        card = self.compute()
        self.assertEqual(card.grade, "D")
        card._apply_rules()
        self.assertEqual(line.state, "conditional")
        self.assertIn("Grade D", line.reason)
        self.assertIn("tightened", card.consequence)
        self.assertEqual(self.receive_order().inspection_ids.severity, "tightened")

    def test_nobody_writes_a_score(self):
        self.receive_order()
        manager = new_test_user(
            self.env, "qm", "lot_disposition.lot_disposition_group_manager"
        )
        with self.assertRaises(AccessError):
            self.compute().with_user(manager).score = 100
