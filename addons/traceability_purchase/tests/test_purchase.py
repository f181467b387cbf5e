from odoo import Command

from odoo.addons.traceability.tests.common import TraceCase


class TestPurchase(TraceCase):
    def setUp(self):
        super().setUp()
        order = self.env["purchase.order"].create(
            {
                "partner_id": self.supplier.id,
                "order_line": [
                    Command.create({"product_id": self.raw.id, "product_qty": 5})
                ],
            }
        )
        order.button_confirm()
        self.raw_lot = self.lot("R1")
        self.raw_lot.supplier_lot = "HEAT-77"
        self.fill(order.picking_ids.move_ids, {self.raw_lot: 5})
        order.picking_ids.button_validate()
        self.purchase = order

    def test_a_receipt_names_order_supplier_and_the_suppliers_lot(self):
        edge = self.edges(kind="receipt", output_lot_id=self.raw_lot.id)
        self.assertEqual(edge.purchase_order_id, self.purchase)
        self.assertEqual(edge.partner_id, self.supplier)
        self.assertEqual(edge.supplier_lot, "HEAT-77")

    def test_ledger_rows_of_what_was_bought_know_the_order_and_are_found_by_it(self):
        self.stocked("R2", 5)
        self.ship(self.raw_lot, 1)
        self.purchase.picking_ids.move_line_ids.quantity = 6
        Event = self.env["traceability.lot.event"]
        rows = Event.search([("lot_id.product_id", "=", self.raw.id)])
        bought = rows.filtered(lambda row: row.kind in ("receipt", "correction"))
        bought = bought.filtered(lambda row: row.lot_id == self.raw_lot)
        self.assertEqual(len(bought), 2)
        number = self.purchase.name
        self.assertEqual(
            rows._find_orders(), dict.fromkeys(bought, [("po", number)])
        )
        self.assertEqual(Event.search(Event._get_order_domain("po", number)), bought)
        for kind, other in (("inv", number), ("po", "P-UNKNOWN")):
            self.assertFalse(Event.search(Event._get_order_domain(kind, other)))
