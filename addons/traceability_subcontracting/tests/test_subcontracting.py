from odoo import Command

from odoo.addons.traceability.tests.common import TraceCase


class TestSubcontracting(TraceCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.subcontractor = cls.env["res.partner"].create({"name": "Painter"})
        cls.painted = cls.product("PAINTED")
        cls.recipe(
            cls.painted,
            {cls.raw: 2},
            type="subcontract",
            subcontractor_ids=[Command.link(cls.subcontractor.id)],
        )

    def test_each_received_lot_comes_from_the_components_sent(self):
        raw = self.stocked("R1", 20)
        place = self.subcontractor.property_stock_subcontractor
        self.transfer(raw, 10, self.stock, place, self.subcontractor, "int")
        lots = [self.lot(name, self.painted) for name in ("S1", "S2")]
        picking = self.env["stock.picking"].create(
            {
                "picking_type_id": self.warehouse.in_type_id.id,
                "partner_id": self.subcontractor.id,
                "location_id": self.suppliers.id,
                "location_dest_id": self.stock.id,
                "move_ids": [
                    Command.create(
                        {
                            "product_id": self.painted.id,
                            "product_uom_qty": 4,
                            "product_uom": self.painted.uom_id.id,
                            "location_id": self.suppliers.id,
                            "location_dest_id": self.stock.id,
                        }
                    )
                ],
            }
        )
        picking.action_confirm()
        self.fill(picking.move_ids, {lots[0]: 3, lots[1]: 1})
        picking.button_validate()
        orders = picking._get_subcontract_production()
        self.assertEqual(set(orders.mapped("state")), {"done"})
        edges = self.env["traceability.edge"].search(
            [("production_id", "in", orders.ids)]
        )
        self.assertEqual(
            {edge.output_lot_id.name: edge.quantity for edge in edges},
            {"S1": 6, "S2": 2},
        )
        self.assertEqual(edges.input_lot_id, raw)
        self.assertEqual(edges.partner_id, self.subcontractor)
        self.assertEqual(self.forward(raw), {"R1", "S1", "S2"})
        recall = self.env["traceability.recall"].create(
            {"scope": "receipt", "picking_id": picking.id}
        )
        recall.action_run()
        suspect = recall.line_ids.filtered("is_start").lot_id
        self.assertEqual(set(suspect.mapped("name")), {"S1", "S2"})
        rows = self.env["traceability.lot.event"].search([("lot_id", "=", lots[0].id)])
        received = rows.filtered(lambda row: row.kind == "receipt")
        self.assertEqual((received.quantity, received.partner_id), (3, self.subcontractor))

    def test_what_a_subcontractor_sends_to_the_customer_is_at_the_customer(self):
        raw, lot = self.stocked("R1", 20), self.lot("S1", self.painted)
        place = self.subcontractor.property_stock_subcontractor
        self.transfer(raw, 10, self.stock, place, self.subcontractor, "int")
        ends = {
            "location_id": self.suppliers.id,
            "location_dest_id": self.customers.id,
        }
        line = {
            "product_id": self.painted.id,
            "product_uom_qty": 4,
            "partner_id": self.customer.id,
            **ends,
        }
        picking = self.env["stock.picking"].create(
            {
                "picking_type_id": self.warehouse.in_type_id.id,
                "partner_id": self.subcontractor.id,
                "move_ids": [Command.create(line)],
                **ends,
            }
        )
        picking.move_ids.partner_id = self.customer
        picking.action_confirm()
        self.fill(picking.move_ids, {lot: 4})
        picking.button_validate()
        self.assertEqual(self.edges(kind="receipt", output_lot_id=lot.id).partner_id,
                         self.subcontractor)  # fmt: skip
        wizard = self.env["stock.return.picking"].create({"picking_id": picking.id})
        wizard.product_return_moves.quantity = 1
        back = self.env["stock.picking"].browse(wizard.action_create_returns()["res_id"])
        self.fill(back.move_ids, {lot: 1})
        back.button_validate()
        recall = self.env["traceability.recall"].create({"lot_id": raw.id})
        recall.action_run()
        customer = recall.customer_ids
        self.assertEqual((customer.partner_id, customer.quantity), (self.customer, 3))
