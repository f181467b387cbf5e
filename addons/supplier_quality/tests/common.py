from odoo import Command
from odoo.tests import new_test_user

from odoo.addons.integration_core.tests.common import IntegrationCase


class QualityCase(IntegrationCase):
    """A product with a plan, and receipts of it."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.warehouse = cls.env["stock.warehouse"].search(
            [("company_id", "=", cls.env.company.id)], limit=1
        )
        cls.supplier = cls.env["res.partner"].create({"name": "Rheinharz Chemie"})
        cls.product = cls.env["product.product"].create(
            {
                "name": "Resin",
                "default_code": "RES",
                "is_storable": True,
                "tracking": "lot",
            }
        )
        cls.plan = cls.env["quality.inspection.plan"].create(
            {
                "name": "Incoming resin",
                "product_id": cls.product.id,
                "characteristic_ids": [
                    Command.create(
                        {
                            "code": "VISC",
                            "name": "Viscosity",
                            "minimum": 800,
                            "maximum": 1200,
                            "unit": "mPa·s",
                        }
                    ),
                    Command.create(
                        {
                            "code": "CLARITY",
                            "name": "Clarity",
                            "kind": "attributive",
                        }
                    ),
                ],
            }
        )
        cls.receiver = new_test_user(cls.env, "receiver", "stock.group_stock_user")

    def receive_goods(self, lots, *, product=None, done=None, user=None):
        """Receive ``{lot name: quantity}``. ``done``: quantities actually received."""
        product = product or self.product
        env = self.env(user=user) if user else self.env
        picking = env["stock.picking"].create(
            {
                "picking_type_id": self.warehouse.in_type_id.id,
                "partner_id": self.supplier.id,
                "location_id": self.env.ref("stock.stock_location_suppliers").id,
                "location_dest_id": self.warehouse.lot_stock_id.id,
            }
        )
        move = env["stock.move"].create(
            {
                "product_id": product.id,
                "product_uom_qty": sum(lots.values()),
                "product_uom": product.uom_id.id,
                "picking_id": picking.id,
                "location_id": picking.location_id.id,
                "location_dest_id": picking.location_dest_id.id,
            }
        )
        picking.action_confirm()
        self.fill(move, done or lots)
        picking.with_context(skip_backorder=True).button_validate()
        return picking

    def fill(self, move, lots):
        move.move_line_ids = [
            Command.clear(),
            *(
                Command.create(
                    {
                        "product_id": move.product_id.id,
                        "product_uom_id": move.product_uom.id,
                        "location_id": move.location_id.id,
                        "location_dest_id": move.location_dest_id.id,
                        "lot_name": name,
                        "quantity": quantity,
                    }
                )
                for name, quantity in lots.items()
            ),
        ]
        move.picked = True

    def enter(self, inspection, viscosity, clarity="pass"):
        for result in inspection.result_ids:
            if result.kind == "measured":
                result.value = viscosity
            else:
                result.judgement = clarity
