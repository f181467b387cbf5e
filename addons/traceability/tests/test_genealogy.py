from psycopg2.errors import RestrictViolation

from odoo.exceptions import UserError
from odoo.tools import mute_logger

from .common import TraceCase


class TestGenealogy(TraceCase):
    def test_receipt_leads_from_the_supplier_to_the_lot(self):
        lot = self.lot("R1")
        picking = self.receive_lot(lot, 100)
        edge = self.edges(kind="receipt", output_lot_id=lot.id)
        self.assertEqual((edge.partner_id, edge.quantity), (self.supplier, 100))
        self.assertEqual(edge.picking_id, picking)

    def test_production_leads_from_each_input_to_the_output(self):
        first, second, output = (
            self.lot("R1"),
            self.lot("R2"),
            self.lot("F1", self.finished),
        )
        self.receive_lot(first, 10)
        self.receive_lot(second, 10)
        production = self.produce({first: 6, second: 4}, output, 5)
        edges = self.edges(production_id=production.id)
        self.assertEqual(
            {edge.input_lot_id: edge.quantity for edge in edges}, {first: 6, second: 4}
        )
        self.assertEqual(edges.output_lot_id, output)
        self.assertEqual(set(edges.mapped("confidence")), {"exact"})

    def test_posting_again_doubles_nothing(self):
        raw, output = self.lot("R1"), self.lot("F1", self.finished)
        self.receive_lot(raw, 10)
        production = self.produce({raw: 10}, output, 5)
        (production.move_raw_ids | production.move_finished_ids)._write_traceability()
        self.assertEqual(len(self.edges(production_id=production.id)), 1)
        events = self.env["traceability.lot.event"].search([("lot_id", "=", output.id)])
        self.assertEqual(events.mapped("kind"), ["production"])

    def test_walk_both_ways(self):
        raw, middle, last = (
            self.lot("R1"),
            self.lot("F1", self.finished),
            self.lot("F2", self.finished),
        )
        self.receive_lot(raw, 20)
        self.produce({raw: 10}, middle, 5)
        self.produce({raw: 10}, last, 5)
        Edge = self.env["traceability.edge"]
        forward = set(Edge.closure(raw).reached)
        self.assertEqual(forward, {raw.id, middle.id, last.id})
        self.assertEqual(
            list(Edge.closure(last, "backward").reached), [last.id, raw.id]
        )

    def test_ledger_tells_the_life_of_a_lot(self):
        lot = self.lot("R1")
        self.receive_lot(lot, 10)
        lot._set_disposition("quarantined", "Rust")
        lot._set_disposition("released", "Cleaned")
        self.ship(lot, 4)
        events = self.env["traceability.lot.event"].search(
            [("lot_id", "=", lot.id)], order="id"
        )
        self.assertEqual(
            events.mapped("kind"), ["receipt", "hold", "release", "shipment"]
        )
        self.assertEqual(events[1].reason, "Rust")
        self.assertEqual(events.user_id, self.env.user)

    def test_ledger_is_append_only(self):
        lot = self.lot("R1")
        self.receive_lot(lot, 10)
        event = self.env["traceability.lot.event"].search([("lot_id", "=", lot.id)])
        with self.assertRaises(UserError):
            event.quantity = 1
        with (
            mute_logger("odoo.sql_db"),
            self.assertRaises(RestrictViolation),
            self.env.cr.savepoint(),
        ):
            self.env.cr.execute("DELETE FROM traceability_lot_event")

    def test_scrap_is_an_end(self):
        lot = self.lot("R1")
        self.receive_lot(lot, 10)
        self.env["stock.scrap"].create(
            {
                "product_id": self.raw.id,
                "lot_id": lot.id,
                "scrap_qty": 3,
                "location_id": self.stock.id,
            }
        ).do_scrap()
        self.assertEqual(self.edges(kind="scrap", input_lot_id=lot.id).quantity, 3)
