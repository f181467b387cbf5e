from odoo import Command
from odoo.tests import new_test_user

from odoo.addons.integration_core.tests.common import IntegrationCase

INSPECTOR = "lot_disposition.lot_disposition_group_inspector"
MANAGER = "lot_disposition.lot_disposition_group_manager"
STOCK_USER = "stock.group_stock_user"


class QualityFactories:
    """A resin with lots, its plan of three characteristics, and its supplier."""

    @classmethod
    def setUpQuality(cls):
        cls.warehouse = cls.env["stock.warehouse"].search(
            [("company_id", "=", cls.env.company.id)], limit=1
        )
        cls.stock = cls.warehouse.lot_stock_id
        cls.suppliers = cls.env.ref("stock.stock_location_suppliers")
        cls.customers = cls.env.ref("stock.stock_location_customers")
        cls.supplier = cls.env["res.partner"].create(
            {"name": "Resin Works", "ref": "SUP-7", "is_company": True}
        )
        cls.category = cls.env["product.category"].create({"name": "Resins"})
        cls.resin = cls.make_product("Test resin", "TEST-RESIN")
        cls.plan = cls.make_plan(product_id=cls.resin.id)
        cls.moisture, cls.viscosity, cls.look = cls.plan.characteristic_ids
        cls.stock_user = new_test_user(cls.env, "quality-stock", STOCK_USER)
        cls.inspector = new_test_user(cls.env, "quality-inspector", INSPECTOR)
        cls.manager = new_test_user(cls.env, "quality-manager", MANAGER)

    @classmethod
    def make_product(cls, name, code=False, **values):
        return cls.env["product.product"].create(
            {
                "name": name,
                "default_code": code,
                "is_storable": True,
                "tracking": "lot",
                "uom_id": cls.env.ref("uom.product_uom_kgm").id,
                "categ_id": cls.category.id,
                **values,
            }
        )

    @classmethod
    def make_plan(cls, **values):
        return cls.env["quality.inspection.plan"].create(
            {
                "name": "Resin, incoming",
                "sampling": "fixed",
                "sample_size": 1,
                "characteristic_ids": [
                    Command.create(
                        {
                            "code": "MOISTURE",
                            "name": "Moisture",
                            "limit_type": "maximum",
                            "max_value": 0.2,
                            "unit": "%",
                            "decimals": 2,
                        }
                    ),
                    Command.create(
                        {
                            "code": "VISCOSITY",
                            "name": "Viscosity",
                            "min_value": 900,
                            "max_value": 1200,
                            "unit": "mPa·s",
                            "decimals": 0,
                        }
                    ),
                    Command.create(
                        {"code": "LOOK", "name": "Appearance", "kind": "attribute"}
                    ),
                ],
                **values,
            }
        )

    def make_receipt(self, quantity=100, *, product=None, source=None):
        """A confirmed receipt of the supplier, nothing received yet."""
        product = product or self.resin
        picking_type = self.warehouse.in_type_id
        source = source or self.suppliers
        picking = self.env["stock.picking"].create(
            {
                "picking_type_id": picking_type.id,
                "partner_id": self.supplier.id,
                "location_id": source.id,
                "location_dest_id": self.stock.id,
                "move_ids": [
                    Command.create(
                        {
                            "product_id": product.id,
                            "product_uom": product.uom_id.id,
                            "product_uom_qty": quantity,
                            "location_id": source.id,
                            "location_dest_id": self.stock.id,
                        }
                    )
                ],
            }
        )
        picking.action_confirm()
        return picking

    def fill(self, picking, **quantities):
        """Put lots (name → quantity) onto the receipt, all picked."""
        move = picking.move_ids
        move.move_line_ids.unlink()
        for name, quantity in quantities.items():
            self.add_line(picking, lot_name=name, quantity=quantity)
        move.picked = True

    def add_line(self, picking, **values):
        move = picking.move_ids
        return self.env["stock.move.line"].create(
            {
                "move_id": move.id,
                "picking_id": picking.id,
                "product_id": move.product_id.id,
                "product_uom_id": move.product_uom.id,
                "location_id": picking.location_id.id,
                "location_dest_id": picking.location_dest_id.id,
                **values,
            }
        )

    def receive_lots(self, *, product=None, user=None, source=None, **quantities):
        """Receive lots (name → quantity) in one validated receipt."""
        quantity = sum(quantities.values())
        picking = self.make_receipt(quantity, product=product, source=source)
        self.fill(picking, **quantities)
        self.validate(picking, user=user)
        return picking

    def validate(self, picking, user=None):
        """Validate as the warehouse does; what is missing goes to a backorder."""
        result = (
            picking.with_user(user or self.stock_user)
            .with_context(skip_backorder=True)
            .button_validate()
        )
        self.assertIs(result, True)
        self.assertEqual(picking.state, "done")

    def lot(self, name, product=None):
        lot = self.env["stock.lot"].search(
            [("name", "=", name), ("product_id", "=", (product or self.resin).id)]
        )
        self.assertEqual(len(lot), 1, f"One lot {name}")
        return lot

    def inspection(self, **quantities):
        """Receive one lot and return its inspection."""
        quantities = quantities or {"R-1": 100}
        picking = self.receive_lots(**quantities)
        self.assertEqual(len(picking.inspection_ids), 1)
        return picking.inspection_ids

    def enter(self, inspection, moisture=0.1, viscosity=1000, look="pass", user=None):
        """Record results by hand, as an inspector."""
        inspection = inspection.with_user(user or self.inspector)
        if inspection.state == "draft":
            inspection.action_start()
        for characteristic, vals in (
            (self.moisture, {"value": moisture}),
            (self.viscosity, {"value": viscosity}),
            (self.look, {"outcome": look}),
        ):
            rows = inspection.result_ids.filtered(
                lambda row, one=characteristic: row.characteristic_id == one
            )
            rows.write(vals)
        return inspection

    def ship(self, lot, quantity=1):
        """Try to ship a quantity of a lot at once."""
        move = self.env["stock.move"].create(
            {
                "product_id": lot.product_id.id,
                "product_uom": lot.product_id.uom_id.id,
                "product_uom_qty": quantity,
                "location_id": self.stock.id,
                "location_dest_id": self.customers.id,
            }
        )
        move._action_confirm()
        move.move_line_ids = [
            Command.clear(),
            Command.create(
                {
                    "product_id": lot.product_id.id,
                    "product_uom_id": lot.product_id.uom_id.id,
                    "location_id": self.stock.id,
                    "location_dest_id": self.customers.id,
                    "lot_id": lot.id,
                    "quantity": quantity,
                }
            ),
        ]
        move.picked = True
        move._action_done()
        return move

    def published(self, code, record):
        return self.env["integration.message"].search(
            [
                ("contract_code", "=", code),
                ("res_model", "=", record._name),
                ("res_id", "=", record.id),
            ]
        )


class QualityCase(QualityFactories, IntegrationCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.setUpQuality()
