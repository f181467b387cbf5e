"""A lot in stock, to be held and to be tried: made over JSON-RPC like anybody would."""

from dataclasses import dataclass
from typing import Any

from tests.plant.rpc import Odoo


@dataclass
class HeldStock:
    """What the tests of a hold need to know of the warehouse.

    :param odoo: an administrator.
    """

    odoo: Odoo
    product: int
    stock: int
    customers: int
    out_type: int
    unit: int

    @classmethod
    def set_up(cls, odoo: Odoo, name: str) -> "HeldStock":
        product = odoo.create(
            "product.product", name=name, is_storable=True, tracking="lot"
        )
        (warehouse,) = odoo.read(
            "stock.warehouse", fields=["lot_stock_id", "out_type_id"], limit=1
        )
        (customers,) = odoo.search(
            "stock.location", ("usage", "=", "customer"), limit=1
        )
        (unit,) = odoo.read("product.product", ("id", "=", product), fields=["uom_id"])
        return cls(
            odoo,
            product,
            warehouse["lot_stock_id"][0],
            customers,
            warehouse["out_type_id"][0],
            unit["uom_id"][0],
        )

    def make_lots(self, names: list[str], quantity: float) -> list[int]:
        """Return new lots with so much of each in stock."""
        lots: list[int] = self.odoo.call(
            "stock.lot",
            "create",
            [{"name": name, "product_id": self.product} for name in names],
        )
        quants = self.odoo.call(
            "stock.quant",
            "create",
            [
                {
                    "product_id": self.product,
                    "location_id": self.stock,
                    "lot_id": lot,
                    "inventory_quantity": quantity,
                }
                for lot in lots
            ],
            context={"inventory_mode": True},
        )
        self.odoo.call("stock.quant", "action_apply_inventory", quants)
        return lots

    def prepare_line(self, lot: int, quantity: float, **values: Any) -> dict[str, Any]:
        return {
            "product_id": self.product,
            "product_uom_id": self.unit,
            "lot_id": lot,
            "quantity": quantity,
            "location_id": self.stock,
            "location_dest_id": self.customers,
            **values,
        }

    def prepare_move(self, lines: list[dict[str, Any]], **values: Any) -> dict[str, Any]:
        return {
            "product_id": self.product,
            "product_uom_qty": sum(line["quantity"] for line in lines),
            "location_id": self.stock,
            "location_dest_id": self.customers,
            "move_line_ids": [(0, 0, line) for line in lines],
            "picked": True,
            **values,
        }

    def make_delivery(self, odoo: Odoo, lot: int, quantity: float = 2) -> int:
        """Return a delivery whose line names the lot."""
        move = self.prepare_move([self.prepare_line(lot, quantity)])
        picking = odoo.create(
            "stock.picking",
            picking_type_id=self.out_type,
            location_id=self.stock,
            location_dest_id=self.customers,
            move_ids=[(0, 0, move)],
        )
        odoo.call("stock.picking", "action_confirm", [picking])
        return picking

    def find_lines(self, odoo: Odoo, picking: int) -> list[int]:
        """Return the move lines of a delivery; there must be some to try anything."""
        lines = odoo.search("stock.move.line", ("move_id.picking_id", "=", picking))
        assert lines, "The delivery has no lines."
        return lines

    def validate(self, odoo: Odoo, picking: int) -> None:
        odoo.call(
            "stock.picking",
            "button_validate",
            [picking],
            context={"skip_backorder": True, "skip_sms": True, "cancel_backorder": True},
        )

    def on_hand(self, lot: int) -> float:
        quants = self.odoo.read(
            "stock.quant",
            ("lot_id", "=", lot),
            ("location_id.usage", "=", "internal"),
            fields=["quantity"],
        )
        return sum(quant["quantity"] for quant in quants)

    def count_gone(self, lot: int) -> int:
        """Return how many lines took this lot away."""
        return self.odoo.count(
            "stock.move.line",
            ("lot_id", "=", lot),
            ("state", "=", "done"),
            ("location_dest_id.usage", "in", ("customer", "production", "inventory")),
        )
