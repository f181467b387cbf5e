from datetime import datetime

from odoo import Command, fields
from odoo.exceptions import UserError
from odoo.tools import SQL

from odoo.addons.supplier_quality.tests.common import QualityCase


class TestSubcontracting(QualityCase):
    """A subcontractor's delivery, as Odoo books it: from one internal place to another."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        part = cls.env["product.product"].create({"name": "Part", "is_storable": True})
        cls.env["mrp.bom"].create(
            {
                "product_tmpl_id": cls.product.product_tmpl_id.id,
                "type": "subcontract",
                "subcontractor_ids": [Command.link(cls.supplier.id)],
                "bom_line_ids": [
                    Command.create({"product_id": part.id, "product_qty": 1})
                ],
            }
        )
        cls.env["stock.quant"]._update_available_quantity(
            part, cls.env.company.subcontracting_location_id, 100
        )

    def receive_subcontracted(self, name="A", quantity=5):
        picking = self.env["stock.picking"].create(
            {
                "picking_type_id": self.warehouse.in_type_id.id,
                "partner_id": self.supplier.id,
                "location_id": self.env.ref("stock.stock_location_suppliers").id,
                "location_dest_id": self.warehouse.lot_stock_id.id,
                "move_ids": [
                    Command.create(
                        {
                            "product_id": self.product.id,
                            "product_uom_qty": quantity,
                            "product_uom": self.product.uom_id.id,
                            "location_id": self.env.ref(
                                "stock.stock_location_suppliers"
                            ).id,
                            "location_dest_id": self.warehouse.lot_stock_id.id,
                        }
                    )
                ],
            }
        )
        picking.action_confirm()
        self.assertEqual(picking.move_ids.location_id.usage, "internal")
        self.deliver(picking, name, quantity)
        return picking

    def deliver(self, picking, name, quantity):
        self.lot = self.env["stock.lot"].create(
            {"name": name, "product_id": self.product.id}
        )
        picking.move_ids.move_line_ids.unlink()
        picking.move_ids.move_line_ids = [
            Command.create(
                {
                    "product_id": self.product.id,
                    "product_uom_id": self.product.uom_id.id,
                    "location_id": picking.move_ids.location_id.id,
                    "location_dest_id": picking.location_dest_id.id,
                    "picking_id": picking.id,
                    "lot_id": self.lot.id,
                    "quantity": quantity,
                }
            )
        ]
        picking.move_ids.picked = True
        picking.with_context(skip_backorder=True).button_validate()

    def test_delivery_is_inspected_and_pending(self):
        picking = self.receive_subcontracted()
        self.assertEqual(picking.state, "done")
        inspection = picking.inspection_ids
        self.assertEqual((inspection.operation, inspection.quantity), ("receipt", 5))
        self.assertEqual(inspection.partner_id, self.supplier)
        self.assertEqual(self.lot.disposition, "pending")
        self.assertEqual(picking._get_subcontract_production().state, "done")

    def test_it_is_inspected_once(self):
        self.plan.copy({"name": "Output", "operation": "production"})
        picking = self.receive_subcontracted()
        self.assertEqual(self.lot.inspection_ids, picking.inspection_ids)

    def test_subcontractor_is_checked_against_the_vendor_list(self):
        self.env.company.vendor_list_mode = "block"
        with self.assertRaisesRegex(UserError, "approved vendor list"):
            self.receive_subcontracted()

    def test_what_failed_goes_back_to_the_order_it_came_in_with(self):
        picking = self.receive_subcontracted()
        inspection = picking.inspection_ids
        self.enter(inspection, 1480)
        inspection.action_decide()
        decision = self.env["quality.nonconformance.decision"].create(
            {
                "nonconformance_id": inspection.nonconformance_ids.id,
                "decision": "return",
                "quantity": 5,
            }
        )
        decision.action_execute()
        self.assertEqual(
            decision.picking_id.move_ids.origin_returned_move_id, picking.move_ids
        )

    def receive_order(self, name, quantity):
        """An order of five that is due today, received in this quantity."""
        order = self.env["purchase.order"].create(
            {
                "partner_id": self.supplier.id,
                "order_line": [
                    Command.create(
                        {"product_id": self.product.id, "product_qty": 5, "price_unit": 1}
                    )
                ],
            }
        )
        order.button_confirm()
        order.order_line.date_planned = datetime.combine(
            fields.Date.today(), datetime.min.time()
        )
        picking = order.picking_ids
        self.assertTrue(picking.move_ids.is_subcontract)
        self.deliver(picking, name, quantity)
        return picking.inspection_ids

    def test_deliveries_count_in_the_scorecard(self):
        for name, quantity, value in (("G", 5, 1000), ("B", 3, 1480)):
            inspection = self.receive_order(name, quantity)
            self.enter(inspection, value)
            inspection.action_decide()
        cards = self.env["quality.scorecard"]._compute_period(
            self.env.company, fields.Date.today()
        )
        card = cards.filtered(lambda card: card.partner_id == self.supplier)
        self.assertEqual((card.received_quantity, card.nonconforming_quantity), (8, 3))
        self.assertEqual(card.ppm, 375_000)
        self.assertEqual(card.acceptance, 50)
        self.assertEqual((card.due_count, card.otif_count), (2, 1))

    def test_what_goes_on_to_a_subcontractor_is_no_delivery(self):
        picking = self.receive_subcontracted()
        there = self.env.company.subcontracting_location_id
        statement = self.env["stock.move"]._prepare_supplied(SQL("move"), SQL("source"))
        for place, supplied in ((picking.location_dest_id, True), (there, False)):
            move = picking.move_ids
            self.env.flush_all()
            self.env.cr.execute(
                SQL(
                    "SELECT %s FROM (SELECT id, is_subcontract, origin_returned_move_id,"
                    " location_id, %s AS"
                    " location_dest_id FROM stock_move) move JOIN stock_location source"
                    " ON source.id = move.location_id WHERE move.id = %s",
                    statement,
                    place.id,
                    move.id,
                )
            )
            with self.subTest(place=place.display_name):
                self.assertEqual(self.env.cr.fetchone()[0], supplied)
