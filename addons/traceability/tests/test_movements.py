from psycopg2.errors import RestrictViolation

from odoo.exceptions import UserError
from odoo.tests import tagged
from odoo.tools import mute_logger

from .common import TraceCase


@tagged("post_install", "-at_install")
class TestMovements(TraceCase):
    """Whatever moves a lot leaves an edge, in the same transaction."""

    def kinds(self, lot):
        edges = self.env["traceability.edge"].search(
            ["|", ("input_lot_id", "=", lot.id), ("output_lot_id", "=", lot.id)],
            order="id",
        )
        return edges.mapped("kind")

    def test_moves_inside_and_packages(self):
        lot = self.stocked("R1", 10)
        shelf = self.env["stock.location"].create(
            {"name": "Shelf", "location_id": self.stock.id}
        )
        package = self.env["stock.package"].create({"name": "BOX-1"})
        picking = self.transfer(lot, 4, self.stock, shelf, self.supplier, "int")
        picking.move_line_ids.result_package_id = package
        edge = self.edges(kind="internal", input_lot_id=lot.id)
        self.assertEqual((edge.location_id, edge.location_dest_id), (self.stock, shelf))
        self.assertEqual((edge.quantity, edge.result_package_id), (4, package))
        self.assertEqual(self.forward(lot), {"R1"})

    def test_counting_leaves_the_difference(self):
        lot = self.stocked("R1", 10)
        quant = lot.quant_ids.filtered(lambda quant: quant.location_id == self.stock)
        for counted in (7, 12):
            quant.with_context(inventory_mode=True).inventory_quantity = counted
            quant.action_apply_inventory()
        loss = self.edges(kind="adjustment", input_lot_id=lot.id)
        gain = self.edges(kind="adjustment", output_lot_id=lot.id)
        self.assertEqual((loss.quantity, gain.quantity), (3, 5))
        events = self.env["traceability.lot.event"].search(
            [("lot_id", "=", lot.id), ("kind", "=", "adjustment")], order="id"
        )
        self.assertEqual(events.mapped("quantity"), [-3, 5])

    def test_returns_both_ways(self):
        lot = self.stocked("R1", 10)
        self.ship(lot, 6)
        self.take_back(lot, 2)
        self.transfer(lot, 1, self.stock, self.suppliers, self.supplier, "out")
        self.assertEqual(
            self.kinds(lot), ["receipt", "shipment", "customer_return", "vendor_return"]
        )
        back = self.edges(kind="vendor_return", input_lot_id=lot.id)
        self.assertEqual((back.partner_id, back.quantity), (self.supplier, 1))

    def test_a_drop_shipment_is_both(self):
        lot = self.lot("R1")
        self.transfer(lot, 5, self.suppliers, self.customers, self.customer, "in")
        self.assertEqual(sorted(self.kinds(lot)), ["receipt", "shipment"])

    def test_a_drop_shipment_went_to_the_customer_and_comes_back_from_there(self):
        lot = self.lot("R1")
        picking = self.transfer(
            lot, 5, self.suppliers, self.customers, self.supplier, "in", self.customer
        )
        wizard = self.env["stock.return.picking"].create({"picking_id": picking.id})
        wizard.product_return_moves.quantity = 2
        action = wizard.action_create_returns()
        back = self.env["stock.picking"].browse(action["res_id"])
        self.fill(back.move_ids, {lot: 2})
        back.button_validate()
        partners = {
            edge.kind: edge.partner_id
            for edge in self.edges(product_id=self.raw.id)
        }
        self.assertEqual(partners["receipt"], self.supplier)
        self.assertEqual(partners["shipment"], self.customer)
        self.assertEqual(partners["customer_return"], self.customer)
        self.assertEqual(partners["vendor_return"], self.supplier)

    def test_scrap_is_not_counting(self):
        lot = self.stocked("R1", 10)
        self.env["stock.scrap"].create(
            {
                "product_id": self.raw.id,
                "lot_id": lot.id,
                "scrap_qty": 3,
                "location_id": self.stock.id,
            }
        ).do_scrap()
        self.assertEqual(self.kinds(lot), ["receipt", "scrap"])

    def test_quantities_are_in_the_products_unit(self):
        dozen = self.env.ref("uom.product_uom_dozen")
        lot = self.lot("R1")
        picking = self.receive_lot(lot, 10)
        picking.move_line_ids.write({"product_uom_id": dozen.id, "quantity": 2})
        edge = self.edges(kind="receipt", output_lot_id=lot.id)
        self.assertEqual((edge.quantity, edge.uom_id), (24, self.raw.uom_id))

    def test_correcting_a_finished_line_corrects_the_edge(self):
        lot, other = self.stocked("R1", 10), self.stocked("R2", 10)
        line = self.ship(lot, 6).move_line_ids
        line.quantity = 4
        self.assertEqual(self.edges(kind="shipment", input_lot_id=lot.id).quantity, 4)
        line.lot_id = other
        self.assertFalse(self.edges(kind="shipment", input_lot_id=lot.id))
        self.assertEqual(self.edges(kind="shipment", input_lot_id=other.id).quantity, 4)
        line.quantity = 0
        self.assertFalse(self.edges(kind="shipment", input_lot_id=other.id))

    def test_a_line_added_to_a_finished_transfer_is_an_edge(self):
        lot, other = self.stocked("R1", 10), self.stocked("R2", 10)
        move = self.ship(lot, 6).move_ids
        values = move.move_line_ids.copy_data()[0]
        self.env["stock.move.line"].create(
            {**values, "lot_id": other.id, "quantity": 1, "move_id": move.id}
        )
        self.assertEqual(self.edges(kind="shipment", input_lot_id=other.id).quantity, 1)

    def test_a_lot_with_a_history_cannot_be_deleted(self):
        lot = self.stocked("R1", 10)
        self.ship(lot, 10)
        with self.assertRaisesRegex(UserError, "a recall must find it"):
            lot.unlink()
        with (
            mute_logger("odoo.sql_db"),
            self.assertRaises(RestrictViolation),
            self.env.cr.savepoint(),
        ):
            self.env.cr.execute("DELETE FROM traceability_lot_event")
