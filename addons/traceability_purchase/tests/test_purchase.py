from odoo import Command

from odoo.addons.traceability.tests.common import TraceCase


class TestPurchase(TraceCase):
    def test_a_receipt_names_order_supplier_and_the_suppliers_lot(self):
        order = self.env["purchase.order"].create(
            {
                "partner_id": self.supplier.id,
                "order_line": [
                    Command.create({"product_id": self.raw.id, "product_qty": 5})
                ],
            }
        )
        order.button_confirm()
        lot = self.lot("R1")
        lot.supplier_lot = "HEAT-77"
        move = order.picking_ids.move_ids
        self.fill(move, {lot: 5})
        order.picking_ids.button_validate()
        edge = self.edges(kind="receipt", output_lot_id=lot.id)
        self.assertEqual(edge.purchase_order_id, order)
        self.assertEqual(edge.partner_id, self.supplier)
        self.assertEqual(edge.supplier_lot, "HEAT-77")
