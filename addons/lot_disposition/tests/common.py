from odoo import Command
from odoo.tests import TransactionCase, new_test_user

GROUPS = "stock.group_stock_user"


class DispositionCase(TransactionCase):
    """Two lots of one product, ten of each in stock."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.warehouse = cls.env["stock.warehouse"].search(
            [("company_id", "=", cls.env.company.id)], limit=1
        )
        cls.stock = cls.warehouse.lot_stock_id
        cls.customers = cls.env.ref("stock.stock_location_customers")
        cls.suppliers = cls.env.ref("stock.stock_location_suppliers")
        cls.product = cls.env["product.product"].create(
            {
                "name": "Steel plate",
                "is_storable": True,
                "tracking": "lot",
            }
        )
        cls.production = cls.product.property_stock_production
        cls.lot_a, cls.lot_b = (cls.make_lot(name) for name in ("LOT-A", "LOT-B"))
        cls.stock_user = new_test_user(cls.env, "stock-user", GROUPS)
        cls.inspector = new_test_user(
            cls.env, "inspector", "lot_disposition.lot_disposition_group_inspector"
        )

    @classmethod
    def make_lot(cls, name, quantity=10):
        lot = cls.env["stock.lot"].create({"name": name, "product_id": cls.product.id})
        cls.env["stock.quant"]._update_available_quantity(
            cls.product, cls.stock, quantity, lot_id=lot
        )
        return lot

    def hold(self, lot, status="quarantined", reason="Hardness too low"):
        return lot._set_disposition(status, reason)

    def make_move(self, destination, quantity=4, *, lot=None, source=None, **values):
        """A confirmed move; with ``lot``, its line is filled in and picked."""
        move = self.env["stock.move"].create(
            {
                "product_id": self.product.id,
                "product_uom_qty": quantity,
                "product_uom": self.product.uom_id.id,
                "location_id": (source or self.stock).id,
                "location_dest_id": destination.id,
                **values,
            }
        )
        move._action_confirm()
        if lot:
            move.move_line_ids.unlink()
            line = self.prepare_line(destination, quantity, lot, source=source)
            move.move_line_ids = [Command.create(line)]
            move.picked = True
        return move

    def prepare_line(self, destination, quantity, lot, *, source=None):
        return {
            "product_id": self.product.id,
            "product_uom_id": self.product.uom_id.id,
            "location_id": (source or self.stock).id,
            "location_dest_id": destination.id,
            "lot_id": lot.id,
            "quantity": quantity,
        }

    def make_place(self, name, **values):
        return self.env["stock.location"].create(
            {"name": name, "location_id": self.stock.id, **values}
        )

    def quant_of(self, lot):
        return self.env["stock.quant"].search(
            [("lot_id", "=", lot.id), ("location_id", "=", self.stock.id)]
        )

    def on_hand(self, lot):
        return sum(
            self.env["stock.quant"]
            .search(
                [
                    ("lot_id", "=", lot.id),
                    ("location_id.usage", "=", "internal"),
                ]
            )
            .mapped("quantity")
        )
