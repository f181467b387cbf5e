from odoo import Command

from odoo.addons.integration_core.tests.common import IntegrationCase


class TraceCase(IntegrationCase):
    """A raw lot becomes a finished lot, which can be shipped."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.warehouse = cls.env["stock.warehouse"].search(
            [("company_id", "=", cls.env.company.id)], limit=1
        )
        cls.stock = cls.warehouse.lot_stock_id
        cls.suppliers = cls.env.ref("stock.stock_location_suppliers")
        cls.customers = cls.env.ref("stock.stock_location_customers")
        cls.supplier = cls.env["res.partner"].create({"name": "Mill"})
        cls.customer = cls.env["res.partner"].create(
            {"name": "Acme", "email": "quality@acme.example.com"}
        )
        cls.raw, cls.finished = (
            cls.env["product.product"].create(
                {
                    "name": name,
                    "default_code": name,
                    "is_storable": True,
                    "tracking": "lot",
                }
            )
            for name in ("RAW", "FIN")
        )
        cls.bom = cls.env["mrp.bom"].create(
            {
                "product_tmpl_id": cls.finished.product_tmpl_id.id,
                "product_qty": 1,
                "bom_line_ids": [
                    Command.create({"product_id": cls.raw.id, "product_qty": 2})
                ],
            }
        )

    def lot(self, name, product=None):
        return self.env["stock.lot"].create(
            {"name": name, "product_id": (product or self.raw).id}
        )

    def transfer(self, lot, quantity, source, destination, partner, code):
        picking_type = self.warehouse[f"{code}_type_id"]
        picking = self.env["stock.picking"].create(
            {
                "picking_type_id": picking_type.id,
                "partner_id": partner.id,
                "location_id": source.id,
                "location_dest_id": destination.id,
            }
        )
        move = self.env["stock.move"].create(
            {
                "product_id": lot.product_id.id,
                "product_uom_qty": quantity,
                "product_uom": lot.product_uom_id.id,
                "picking_id": picking.id,
                "location_id": source.id,
                "location_dest_id": destination.id,
            }
        )
        move._action_confirm()
        move.move_line_ids.unlink()
        move.move_line_ids = [
            Command.create(
                {
                    "picking_id": picking.id,
                    "product_id": lot.product_id.id,
                    "product_uom_id": lot.product_uom_id.id,
                    "lot_id": lot.id,
                    "location_id": source.id,
                    "location_dest_id": destination.id,
                    "quantity": quantity,
                }
            ),
        ]
        move.picked = True
        picking.with_context(skip_sms=True).button_validate()
        self.assertEqual(picking.state, "done")
        return picking

    def receive_lot(self, lot, quantity):
        return self.transfer(
            lot, quantity, self.suppliers, self.stock, self.supplier, "in"
        )

    def ship(self, lot, quantity):
        return self.transfer(
            lot, quantity, self.stock, self.customers, self.customer, "out"
        )

    def take_back(self, lot, quantity):
        return self.transfer(
            lot, quantity, self.customers, self.stock, self.customer, "in"
        )

    def produce(self, inputs, output, quantity):
        """Make ``quantity`` of ``output`` from ``{lot: quantity}``."""
        production = self.env["mrp.production"].create(
            {
                "product_id": output.product_id.id,
                "product_qty": quantity,
                "bom_id": self.bom.id,
            }
        )
        production.action_confirm()
        move = production.move_raw_ids
        move.move_line_ids.unlink()
        move.move_line_ids = [
            *(
                Command.create(
                    {
                        "product_id": lot.product_id.id,
                        "lot_id": lot.id,
                        "quantity": used,
                        "product_uom_id": lot.product_uom_id.id,
                        "location_id": move.location_id.id,
                        "location_dest_id": move.location_dest_id.id,
                    }
                )
                for lot, used in inputs.items()
            ),
        ]
        move.picked = True
        production.lot_producing_ids = [Command.set(output.ids)]
        production.qty_producing = quantity
        production.with_context(skip_consumption=True).button_mark_done()
        self.assertEqual(production.state, "done")
        return production

    def edges(self, **values):
        domain = [(name, "=", value) for name, value in values.items()]
        return self.env["traceability.edge"].search(domain)
