from odoo.tests import tagged

from odoo.addons.integration_core.tests.common import IntegrationCase


@tagged("post_install", "-at_install")
class TestEvents(IntegrationCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.subscribe("receipt.done", "shipment.dispatched")
        cls.warehouse = cls.env["stock.warehouse"].search(
            [("company_id", "=", cls.env.company.id)], limit=1
        )
        cls.product = cls.env["product.product"].create(
            {"name": "Bolt", "default_code": "BO-1", "is_storable": True}
        )

    def move(self, kind, source, destination, quantity):
        picking = self.env["stock.picking"].create(
            {
                "picking_type_id": self.warehouse[f"{kind}_type_id"].id,
                "location_id": source.id,
                "location_dest_id": destination.id,
            }
        )
        self.env["stock.move"].create(
            {
                "product_id": self.product.id,
                "product_uom_qty": quantity,
                "picking_id": picking.id,
                "location_id": source.id,
                "location_dest_id": destination.id,
            }
        )
        picking.action_confirm()
        picking.move_ids.quantity = quantity
        picking.move_ids.picked = True
        picking.button_validate()
        self.assertEqual(picking.state, "done")
        return picking

    def test_receipt_and_shipment_say_what_moved(self):
        stock = self.warehouse.lot_stock_id
        vendors = self.env.ref("stock.stock_location_suppliers")
        customers = self.env.ref("stock.stock_location_customers")
        receipt = self.move("in", vendors, stock, 5)
        shipment = self.move("out", stock, customers, 2)
        for event, picking, quantity in (
            ("receipt.done", receipt, 5),
            ("shipment.dispatched", shipment, 2),
        ):
            message = self.published(event, picking)
            self.assertEqual(message.payload["transfer"], picking.name)
            (line,) = message.payload["lines"]
            self.assertEqual((line["item"], line["quantity"]), ("BO-1", quantity))
        self.assertFalse(self.published("receipt.done", shipment))

    def test_internal_transfer_is_neither(self):
        stock = self.warehouse.lot_stock_id
        shelf = self.env["stock.location"].create(
            {"name": "Shelf", "location_id": stock.id}
        )
        self.env["stock.quant"]._update_available_quantity(self.product, stock, 1)
        picking = self.move("int", stock, shelf, 1)
        for event in ("receipt.done", "shipment.dispatched"):
            self.assertFalse(self.published(event, picking))
