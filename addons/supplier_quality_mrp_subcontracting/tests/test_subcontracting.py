from odoo import Command
from odoo.exceptions import UserError

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
        picking.button_validate()
        return picking

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
