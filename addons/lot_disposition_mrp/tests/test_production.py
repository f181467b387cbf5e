"""Held lots in production: consumed, produced, taken apart."""

from odoo import Command

from odoo.addons.lot_disposition.exceptions import LotOnHoldError
from odoo.addons.lot_disposition.tests.common import DispositionCase


class TestProduction(DispositionCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.made, cls.by_product = cls.env["product.product"].create(
            [
                {"name": name, "is_storable": True, "tracking": "lot"}
                for name in ("Hull", "Offcut")
            ]
        )
        cls.bom = cls.env["mrp.bom"].create(
            {
                "product_tmpl_id": cls.made.product_tmpl_id.id,
                "product_qty": 1,
                "bom_line_ids": [
                    Command.create({"product_id": cls.product.id, "product_qty": 2})
                ],
                "byproduct_ids": [
                    Command.create({"product_id": cls.by_product.id, "product_qty": 1})
                ],
            }
        )

    def make_order(self, quantity=2):
        order = self.env["mrp.production"].create(
            {"product_id": self.made.id, "product_qty": quantity, "bom_id": self.bom.id}
        )
        order.action_confirm()
        return order

    def make_lot_of(self, product, name):
        return self.env["stock.lot"].create({"name": name, "product_id": product.id})

    def finish(self, order, raw_lot):
        order.lot_producing_ids = self.make_lot_of(self.made, f"HULL-{order.id}")
        order.qty_producing = order.product_qty
        raw = order.move_raw_ids
        raw.move_line_ids.unlink()
        line = self.prepare_line(self.production, 4, raw_lot)
        raw.move_line_ids = [Command.create(line)]
        raw.picked = True
        by_product = order.move_byproduct_ids
        by_product.quantity = 2
        by_product.move_line_ids.lot_id = self.by_lot
        by_product.picked = True
        order.button_mark_done()
        self.env.flush_all()

    def setUp(self):
        super().setUp()
        self.by_lot = self.make_lot_of(self.by_product, "OFF-1")

    def test_held_lot_is_not_reserved_nor_consumed(self):
        self.hold(self.lot_a)
        order = self.make_order()
        order.action_assign()
        self.assertNotIn(self.lot_a, order.move_raw_ids.move_line_ids.lot_id)
        with self.assertRaisesRegex(LotOnHoldError, "LOT-A"):
            self.finish(order, self.lot_a)

    def test_by_product_comes_in_and_stays_held(self):
        self.hold(self.by_lot)
        self.finish(self.make_order(), self.lot_b)
        self.assertEqual(self.on_hand(self.by_lot), 2)
        self.assertEqual(self.by_lot.disposition, "quarantined")

    def test_held_lot_is_not_taken_apart(self):
        order = self.make_order()
        self.finish(order, self.lot_b)
        lot = order.lot_producing_ids
        self.hold(lot)
        unbuild = self.env["mrp.unbuild"].create(
            {
                "product_id": self.made.id,
                "mo_id": order.id,
                "lot_id": lot.id,
                "product_qty": 1,
            }
        )
        with self.assertRaisesRegex(LotOnHoldError, "HULL"):
            unbuild.action_unbuild()
            self.env.flush_all()

    def test_permit_for_what_is_made_and_for_one_order(self):
        self.hold(self.lot_a, "restricted")
        order, other = self.make_order(), self.make_order()
        self.env["lot.disposition.permit"].create(
            {
                "lot_id": self.lot_a.id,
                "reason": "Good enough for hulls",
                "order_ref": f"mrp.production,{order.id}",
                "made_product_ids": [Command.set(self.made.ids)],
            }
        )
        with self.assertRaises(LotOnHoldError), self.env.cr.savepoint():
            self.finish(other, self.lot_a)
        self.env.invalidate_all()
        self.finish(order, self.lot_a)
        self.assertEqual(order.state, "done")

    def test_hold_names_the_order_and_what_waits_for_it(self):
        order = self.make_order(5)
        order.action_assign()
        customer = self.env["res.partner"].create({"name": "Nordic Boats"})
        delivery = self.env["stock.move"].create(
            {
                "product_id": self.made.id,
                "product_uom_qty": 5,
                "location_id": self.stock.id,
                "location_dest_id": self.customers.id,
                "partner_id": customer.id,
                "procure_method": "make_to_order",
                "state": "waiting",
            }
        )
        order.move_finished_ids.filtered(
            lambda move: move.product_id == self.made
        ).move_dest_ids = delivery
        held = order.move_raw_ids.move_line_ids.lot_id[:1]
        (entry,) = self.hold(held)
        self.hold((self.lot_a | self.lot_b) - held)
        impacts = self.env["lot.disposition.impact"].search(
            [("lot_id", "in", (self.lot_a | self.lot_b).ids)]
        )
        self.assertIn(order.name, impacts.mapped("document_name"))
        self.assertIn(customer, impacts.partner_id)
        self.assertIn(entry.reason, str(order.message_ids.mapped("body")))


class TestComponentWithoutLot(DispositionCase):
    def test_what_is_held_on_a_shelf_is_not_consumed_from_the_stock_around_it(self):
        screw, made = self.env["product.product"].create(
            [{"name": name, "is_storable": True} for name in ("Screw", "Box")]
        )
        shelf = self.make_place("Shelf")
        self.env["stock.quant"]._update_available_quantity(screw, shelf, 10)
        shelf._set_disposition("quarantined", "Leaking roof")
        order = self.env["mrp.production"].create(
            {
                "product_id": made.id,
                "product_qty": 2,
                "move_raw_ids": [
                    Command.create({"product_id": screw.id, "product_uom_qty": 4})
                ],
            }
        )
        order.action_confirm()
        order.qty_producing = 2
        order.move_raw_ids.write({"quantity": 4, "picked": True})
        with self.assertRaisesRegex(LotOnHoldError, "Leaking roof"):
            order.button_mark_done()
