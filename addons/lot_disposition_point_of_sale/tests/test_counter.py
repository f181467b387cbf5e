from odoo import Command

from odoo.addons.lot_disposition.exceptions import LotOnHoldError
from odoo.addons.lot_disposition.tests.common import DispositionCase


class TestCounter(DispositionCase):
    def setUp(self):
        super().setUp()
        self.product.available_in_pos = True
        self.config = self.env["pos.config"].create({"name": "Counter"})
        self.config.open_ui()
        self.config.current_session_id.set_opening_control(0, None)

    def sell(self, lot_name, quantity=2):
        order = self.env["pos.order"].create(
            {
                "session_id": self.config.current_session_id.id,
                "company_id": self.env.company.id,
                "amount_tax": 0,
                "amount_total": 10,
                "amount_paid": 0,
                "amount_return": 0,
                "lines": [
                    Command.create(
                        {
                            "product_id": self.product.id,
                            "qty": quantity,
                            "price_unit": 5,
                            "price_subtotal": 10,
                            "price_subtotal_incl": 10,
                            "pack_lot_ids": [Command.create({"lot_name": lot_name})],
                        }
                    )
                ],
            }
        )
        order.add_payment(
            {
                "pos_order_id": order.id,
                "amount": 10,
                "payment_method_id": self.config.payment_method_ids[0].id,
            }
        )
        return order

    def test_held_lot_is_not_sold(self):
        self.hold(self.lot_a)
        order = self.sell("LOT-A")
        for action in (
            order.action_pos_order_paid,
            lambda: order._process_saved_order(False),
        ):
            with self.assertRaisesRegex(LotOnHoldError, "LOT-A"):
                action()
        self.assertEqual(order.state, "draft")
        self.assertEqual(self.on_hand(self.lot_a), 10)

    def test_held_lot_is_not_offered(self):
        offered = self.env["pos.order.line"].get_existing_lots
        ask = (self.env.company.id, self.config.id, self.product.id)
        self.assertIn("LOT-A", [lot["name"] for lot in offered(*ask)])
        self.hold(self.lot_a)
        names = [lot["name"] for lot in offered(*ask)]
        self.assertIn("LOT-B", names)
        self.assertNotIn("LOT-A", names)

    def test_released_lot_is_sold(self):
        order = self.sell("LOT-B")
        order.action_pos_order_paid()
        self.assertEqual(order.state, "paid")

    def test_what_could_not_be_booked_is_looked_into(self):
        order = self.sell("LOT-A")
        order.lines.pack_lot_ids.unlink()
        self.hold(self.lot_a)
        self.hold(self.lot_b)
        order.action_pos_order_paid()
        order._create_order_picking()
        picking = order.picking_ids
        self.assertNotEqual(picking.state, "done")
        self.assertIn("counter", str(picking.activity_ids.mapped("summary")))

    def test_goods_held_on_a_shelf_are_not_booked_out_of_the_stock_around_it(self):
        self.product = self.env["product.product"].create(
            {"name": "Screw", "is_storable": True, "available_in_pos": True}
        )
        shelf = self.make_place("Shelf")
        self.env["stock.quant"]._update_available_quantity(self.product, shelf, 10)
        shelf._set_disposition("quarantined", "Leaking roof")
        order = self.sell("")
        order.lines.pack_lot_ids.unlink()
        order.action_pos_order_paid()
        order._create_order_picking()
        self.assertNotEqual(order.picking_ids.state, "done")
        around = self.product.with_context(location=self.stock.id)
        self.assertEqual(around.qty_available, 10)

    def test_session_closes_though_a_lot_was_stopped_after_it_was_sold(self):
        session = self.config.current_session_id
        for name in ("LOT-A", "LOT-B"):
            self.sell(name).action_pos_order_paid()
        self.hold(self.lot_a)
        session._create_picking_at_end_of_session()
        self.assertEqual(self.on_hand(self.lot_a), 10)
        pickings = self.env["stock.picking"].search(
            [("pos_session_id", "=", session.id)]
        )
        self.assertNotIn("done", pickings.mapped("state"))
        self.assertIn("counter", str(pickings.activity_ids.mapped("summary")))
