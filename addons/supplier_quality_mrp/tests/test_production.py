from odoo.fields import Command

from odoo.addons.supplier_quality.tests.common import QualityCase


class TestProduction(QualityCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.plan.operation = "production"
        part = cls.env["product.product"].create({"name": "Part", "is_storable": True})
        cls.env["stock.quant"]._update_available_quantity(
            part, cls.warehouse.lot_stock_id, 100
        )
        cls.bom = cls.env["mrp.bom"].create(
            {
                "product_tmpl_id": cls.product.product_tmpl_id.id,
                "bom_line_ids": [Command.create({"product_id": part.id, "product_qty": 1})],
            }
        )

    def produce(self, quantity, lot_name):
        production = self.env["mrp.production"].create(
            {"product_id": self.product.id, "product_qty": quantity, "bom_id": self.bom.id}
        )
        production.action_confirm()
        production.lot_producing_ids = self.env["stock.lot"].create(
            {"name": lot_name, "product_id": self.product.id}
        )
        production.qty_producing = quantity
        production.set_qty_producing()
        production.with_context(skip_backorder=True).button_mark_done()
        return production

    def test_output_is_inspected_and_pending(self):
        production = self.produce(3, "OUT-1")
        inspection = production.inspection_ids
        self.assertEqual((inspection.operation, inspection.quantity), ("production", 3))
        self.assertFalse(inspection.partner_id)
        self.assertEqual(inspection.lot_id.disposition, "pending")
        self.enter(inspection, 1480)
        inspection.action_decide()
        self.assertEqual(inspection.nonconformance_ids.production_id, production)

    def test_receipts_take_another_plan(self):
        self.assertFalse(self.receive_goods({"A": 5}).inspection_ids)
