from datetime import date, datetime

from dateutil.relativedelta import relativedelta

from odoo import Command, fields
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
        self.supplier = self.env["res.partner"]
        with self.assertRaisesRegex(UserError, "not named.*approved vendor list"):
            self.receive_goods({"A": 5})

    def test_receipt_of_an_order_is_checked_whoever_is_written_on_it(self):
        order = self.make_order()
        order.button_confirm()
        self.env.company.vendor_list_mode = "block"
        other = self.env["res.partner"].create({"name": "Approved Ltd"})
        self.approve(partner_id=other.id)
        picking = order.picking_ids
        self.fill(picking.move_ids, {"A": 5})
        for partner in (other, other.browse()):
            picking.partner_id = partner
            with self.assertRaisesRegex(UserError, "Rheinharz.*approved vendor list"):
                picking.button_validate()

    def test_approving_a_draft_is_no_way_around(self):
        self.env.company.vendor_list_mode = "block"
        order = self.make_order()
        with self.assertRaisesRegex(UserError, "approved vendor list"):
            order.button_approve()
        self.assertEqual(order.state, "draft")

    def test_blocking_a_contact_blocks_its_company(self):
        self.env.company.vendor_list_mode = "block"
        contact = self.env["res.partner"].create(
            {"name": "Sales", "parent_id": self.supplier.id}
        )
        self.approve()
        self.approve("blocked", partner_id=contact.id, product_id=self.product.id)
        with self.assertRaisesRegex(UserError, "is blocked"):
            self.make_order().button_confirm()

    def test_what_is_added_to_a_confirmed_order_is_bought_as_well(self):
        self.env.company.vendor_list_mode = "block"
        line = self.approve(product_id=self.product.id)
        order = self.make_order()
        order.button_confirm()
        other = self.product.create({"name": "Another resin", "is_storable": True})
        vals = {"order_id": order.id, "product_qty": 1, "price_unit": 1}
        line.state = "blocked"  # what was bought already is not bought once more
        order.order_line.create({**vals, "product_id": self.product.id})
        with self.assertRaisesRegex(UserError, "Another resin"):
            order.order_line.create({**vals, "product_id": other.id})
        with self.assertRaisesRegex(UserError, "Another resin"):
            order.order_line.product_id = other

    def test_reason_is_the_managers_however_it_gets_there(self):
        buyer = new_test_user(self.env, "buyer", "purchase.group_purchase_user")
        orders = self.env["purchase.order"].with_user(buyer)
        vals = {"partner_id": self.supplier.id}
        with self.assertRaises(AccessError):
            orders.create({**vals, "vendor_override_reason": "Urgent"})
        with self.assertRaises(AccessError):
            orders.with_context(default_vendor_override_reason="Urgent").create(vals)
        self.env["ir.default"].with_user(buyer).set(
            "purchase.order", "vendor_override_reason", "Urgent", user_id=True
        )
        with self.assertRaises(AccessError):
            orders.create(vals)


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

    def test_units_are_converted_and_services_are_no_deliveries(self):
        dozen = self.env.ref("uom.product_uom_dozen")
        service = self.env["product.product"].create({"name": "Test", "type": "service"})
        order = self.env["purchase.order"].create(
            {
                "partner_id": self.supplier.id,
                "order_line": [
                    Command.create(
                        {
                            "product_id": self.product.id,
                            "product_qty": 2,
                            "product_uom_id": dozen.id,
                            "price_unit": 1,
                        }
                    ),
                    Command.create(
                        {"product_id": service.id, "product_qty": 1, "price_unit": 1}
                    ),
                ],
            }
        )
        order.button_confirm()
        order.order_line.date_planned = datetime.combine(
            fields.Date.today(), datetime.min.time()
        )
        move = order.picking_ids.move_ids
        self.fill(move, {"DOZEN": 20})
        move.move_line_ids.product_uom_id = self.product.uom_id
        order.picking_ids.with_context(skip_backorder=True).button_validate()
        card = self.compute()
        self.assertEqual((card.due_count, card.otif_count), (1, 0))
        self.assertEqual(card.received_quantity, 20)

    def test_branches_have_cards_of_their_own(self):
        branch = self.env["res.company"].create(
            {"name": "Branch", "parent_id": self.env.company.id}
        )
        self.env["quality.corrective.action"].create(
            {
                "title": "x",
                "partner_id": self.supplier.id,
                "company_id": branch.id,
            }
        ).sudo().write(
            {
                "sent_at": datetime.now() - relativedelta(months=1, days=1),
                "first_answered_at": datetime.now() - relativedelta(months=1),
            }
        )
        self.env["quality.scorecard"]._cron_compute_last_month()
        card = self.env["quality.scorecard"].search([("company_id", "=", branch.id)])
        self.assertEqual(card.partner_id, self.supplier)

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

    def test_day_ends_where_the_goods_are_received(self):
        self.env.company.partner_id.tz = "America/Los_Angeles"
        for hours, on_time in ((1, 1), (8, 0)):
            with self.subTest(hours=hours):
                lot = self.receive_order()
                move = self.env["stock.move.line"].search([("lot_id", "=", lot.id)]).move_id
                move.purchase_line_id.date_planned = datetime(2026, 3, 10, 19)
                move.date = datetime(2026, 3, 11, hours)
                card = self.compute(date(2026, 3, 1))
                self.assertEqual(card.otif_count, on_time)
                move.purchase_line_id.date_planned = datetime(2020, 1, 1)

    def test_month_begins_where_the_goods_are_received(self):
        self.env.company.partner_id.tz = "America/Los_Angeles"
        lot = self.receive_order()
        move = self.env["stock.move.line"].search([("lot_id", "=", lot.id)]).move_id
        move.date = datetime(2026, 4, 1, 3)
        self.assertEqual(self.compute(date(2026, 3, 1)).received_quantity, 5)
        self.assertFalse(self.compute(date(2026, 4, 1)))

    def test_partial_and_early_receipts_are_in_full_on_the_day(self):
        order = self.receive_order(quantity=3)
        move = self.env["stock.move.line"].search([("lot_id", "=", order.id)]).move_id
        self.assertEqual(self.compute().otif_count, 0)
        line = move.purchase_line_id
        rest = move.copy({"picking_id": move.picking_id.copy().id, "product_uom_qty": 2})
        rest.purchase_line_id = line
        rest._action_confirm()
        self.fill(rest, {"REST": 2})
        rest._action_done()
        rest.date = line.date_planned - relativedelta(days=20)
        self.assertEqual(self.compute().otif_count, 1)

    def test_who_never_answers_is_not_without_data(self):
        action = self.env["quality.corrective.action"].create(
            {"title": "x", "partner_id": self.supplier.id}
        )
        action.action_send()
        last_month = self.period - relativedelta(days=1)
        action.sudo().sent_at = self.period - relativedelta(days=11)
        card = self.compute(last_month)
        self.assertEqual((card.response, card.score), (11, 0))
        action.sudo().sent_at = self.period - relativedelta(days=2)
        self.assertFalse(self.compute(last_month))

    def test_goods_that_fail_again_after_sorting_are_not_more_goods(self):
        lot = self.receive_order()
        self.receive_order()
        self.enter(lot.inspection_ids, 1480)
        lot.inspection_ids.action_decide()
        line = self.env["quality.nonconformance.decision"].create(
            {
                "nonconformance_id": lot.inspection_ids.nonconformance_ids.id,
                "decision": "sort",
                "quantity": 5,
            }
        )
        line.action_execute()
        self.enter(line.inspection_id, 1480)
        line.inspection_id.action_decide()
        self.assertEqual(self.compute().ppm, 500_000)

    def test_average_is_one_of_months_with_data(self):
        for month, value in ((1, 80), (2, -1), (3, 60)):
            self.env["quality.scorecard"].create(
                {
                    "partner_id": self.supplier.id,
                    "company_id": self.env.company.id,
                    "period": date(2026, month, 1),
                    "acceptance": value,
                    "ppm": -1,
                }
            )
        ((acceptance, ppm),) = self.env["quality.scorecard"]._read_group(
            [("partner_id", "=", self.supplier.id)], [], ["acceptance:avg", "ppm:avg"]
        )
        self.assertEqual((acceptance, ppm), (70, -1))

    def test_nobody_writes_a_score(self):
        self.receive_order()
        manager = new_test_user(
            self.env, "qm", "lot_disposition.lot_disposition_group_manager"
        )
        with self.assertRaises(AccessError):
            self.compute().with_user(manager).score = 100
