from odoo import Command

from odoo.addons.lot_disposition.exceptions import LotOnHoldError
from odoo.addons.lot_disposition.tests.common import DispositionCase


class TestSale(DispositionCase):
    def sell(self):
        order = self.env["sale.order"].create(
            {
                "partner_id": self.env["res.partner"].create({"name": "Nordic Boats"}).id,
                "warehouse_id": self.warehouse.id,
                "order_line": [
                    Command.create(
                        {"product_id": self.product.id, "product_uom_qty": 4}
                    )
                ],
            }
        )
        order.action_confirm()
        return order

    def ship(self, order):
        move = order.picking_ids.move_ids
        move.move_line_ids.unlink()
        line = self.prepare_line(self.customers, 4, self.lot_a)
        move.move_line_ids = [Command.create(line)]
        move.picked = True
        order.picking_ids._action_done()
        self.env.flush_all()

    def test_permit_for_one_order(self):
        self.hold(self.lot_a, "restricted")
        order, other = self.sell(), self.sell()
        self.env["lot.disposition.permit"].create(
            {
                "lot_id": self.lot_a.id,
                "reason": "Customer accepts",
                "order_ref": f"sale.order,{order.id}",
            }
        )
        with self.assertRaises(LotOnHoldError), self.env.cr.savepoint():
            self.ship(other)
        self.env.invalidate_all()
        self.ship(order)
        self.assertEqual(order.picking_ids.state, "done")

    def test_hold_names_the_customer(self):
        order = self.sell()
        order.picking_ids.action_assign()
        (entry,) = self.hold(order.picking_ids.move_line_ids.lot_id)
        impact = self.env["lot.disposition.impact"].search(
            [("entry_id", "=", entry.id)]
        )
        self.assertEqual(impact.partner_id, order.partner_id)
