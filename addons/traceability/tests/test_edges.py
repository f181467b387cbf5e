from psycopg2 import IntegrityError

from odoo.tests import tagged
from odoo.tools import mute_logger

from .common import TraceCase


@tagged("post_install", "-at_install")
class TestEdges(TraceCase):
    """Whatever crosses our border leaves a step, in the same transaction."""

    def test_receipt_leads_from_supplier_into_lot(self):
        lot = self.receive("B-1", 10)
        [edge] = self.edges(lot)
        self.assertEqual(edge.kind, "receipt")
        self.assertEqual(edge.output_lot_id, lot)
        self.assertFalse(edge.input_lot_id)
        self.assertEqual(edge.partner_id, self.supplier)
        self.assertEqual(edge.quantity, 10)
        self.assertEqual(edge.product_uom_id, self.kilogram)
        self.assertEqual(edge.confidence, "exact")
        self.assertEqual(edge.picking_id.picking_type_id, self.warehouse.in_type_id)
        self.assertEqual(edge.company_id, self.env.company)

    def test_typed_lot_name_is_linked_to_the_lot_it_creates(self):
        move = self.env["stock.move"].create(
            {
                "product_id": self.board.id,
                "product_uom_qty": 3,
                "product_uom": self.board.uom_id.id,
                "location_id": self.suppliers.id,
                "location_dest_id": self.stock.id,
                "picking_type_id": self.warehouse.in_type_id.id,
            }
        )
        move._action_confirm()
        move.move_line_ids.write({"lot_name": "B-TYPED", "quantity": 3})
        move.picked = True
        move._action_done()
        self.assertEqual(
            self.edges(
                kind="receipt", move_line_id=move.move_line_ids.id
            ).output_lot_id.name,
            "B-TYPED",
        )

    def test_shipment_and_return_run_both_ways(self):
        lot = self.receive("B-1", 10)
        self.ship(lot, 6)
        self.take_back(lot, 2)
        [shipment] = self.edges(lot, kind="shipment")
        self.assertEqual(shipment.input_lot_id, lot)
        self.assertEqual((shipment.partner_id, shipment.quantity), (self.customer, 6))
        [back] = self.edges(lot, kind="customer_return")
        self.assertEqual(back.output_lot_id, lot)
        self.assertEqual((back.partner_id, back.quantity), (self.customer, 2))

    def test_return_to_the_vendor_is_no_delivery(self):
        lot = self.receive("B-1", 10)
        self.move(
            self.stock,
            self.suppliers,
            lot,
            4,
            kind=self.warehouse.out_type_id,
            partner=self.supplier,
        )
        [edge] = self.edges(lot, kind="vendor_return")
        self.assertEqual((edge.input_lot_id, edge.quantity), (lot, 4))
        self.assertFalse(self.edges(lot, kind="shipment"))

    def test_drop_shipment_is_receipt_and_shipment(self):
        lot = self.make_lot("B-DROP")
        self.move(self.suppliers, self.customers, lot, 5)
        self.assertEqual(
            sorted(self.edges(lot).mapped("kind")), ["receipt", "shipment"]
        )

    def test_scrap_ends_at_the_lot(self):
        lot = self.receive("B-1", 10)
        self.env["stock.scrap"].create(
            {"product_id": self.board.id, "lot_id": lot.id, "scrap_qty": 3}
        ).action_validate()
        [edge] = self.edges(lot, kind="scrap")
        self.assertEqual((edge.input_lot_id, edge.quantity), (lot, 3))
        self.assertFalse(edge.output_lot_id)
        self.assertFalse(edge.partner_id)

    def test_moves_inside_and_inventory_leave_no_step(self):
        lot = self.receive("B-1", 10)
        shelf = self.env["stock.location"].create(
            {"name": "Shelf", "location_id": self.stock.id}
        )
        self.move(self.stock, shelf, lot, 4)
        quant = lot.quant_ids.filtered(lambda q: q.location_id == shelf)
        quant.with_context(inventory_mode=True).inventory_quantity = 3
        quant.action_apply_inventory()
        self.assertEqual(self.edges(lot).mapped("kind"), ["receipt"])

    def test_quantities_are_in_the_unit_of_the_product(self):
        ton = self.env.ref("uom.product_uom_ton")
        lot = self.make_lot("B-1")
        move = self.move(self.suppliers, self.stock, lot, 10)
        line = self.edges(lot).move_line_id
        self.assertEqual(line, move.move_line_ids)
        line.write({"product_uom_id": ton.id, "quantity": 0.5})
        self.assertEqual(self.edges(lot).quantity, 500)

    def test_posting_again_doubles_nothing(self):
        lot = self.receive("B-1", 10)
        move = self.ship(lot, 6)
        before = self.edges(lot).mapped("natural_key")
        events = self.events(lot)
        move._record_traceability()
        self.assertEqual(self.edges(lot).mapped("natural_key"), before)
        self.assertEqual(self.edges(lot, kind="shipment").quantity, 6)
        self.assertEqual(self.events(lot), events)

    def test_correcting_a_finished_line_corrects_the_step(self):
        lot, other = self.receive("B-1", 10), self.receive("B-2", 10)
        line = self.ship(lot, 6).move_line_ids
        line.quantity = 4
        self.assertEqual(self.edges(lot, kind="shipment").quantity, 4)
        line.lot_id = other
        self.assertFalse(self.edges(lot, kind="shipment"))
        self.assertEqual(self.edges(other, kind="shipment").quantity, 4)
        line.quantity = 0
        self.assertFalse(self.edges(other, kind="shipment"))

    def test_a_line_added_to_a_finished_move_is_a_step(self):
        lot, other = self.receive("B-1", 10), self.receive("B-2", 10)
        move = self.ship(lot, 6)
        self.env["stock.move.line"].create(
            {**self.line_vals(other, 1, move), "move_id": move.id}
            | {"picking_id": move.picking_id.id}
        )
        self.assertEqual(self.edges(other, kind="shipment").quantity, 1)

    def test_a_lot_with_history_cannot_be_deleted(self):
        lot = self.receive("B-1", 10)
        self.ship(lot, 10)
        with (
            mute_logger("odoo.sql_db"),
            self.assertRaises(IntegrityError),
            self.env.cr.savepoint(),
        ):
            lot.unlink()
            self.env.flush_all()
        self.assertTrue(lot.exists())
