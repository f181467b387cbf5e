"""Deliveries, as a warehouse clerk makes them."""

from tests.plant.setup import Plant


def make_delivery(plant: Plant, product: int, quantity: float) -> tuple[int, int]:
    """Create and confirm a delivery. Returns the ids of picking and move."""
    odoo, ids = plant.odoo, plant.ids
    customers = odoo.ref("stock.stock_location_customers")
    places = {"location_id": ids["lot_stock_id"], "location_dest_id": customers}
    picking = odoo.create(
        "stock.picking",
        picking_type_id=ids["out_type_id"],
        partner_id=ids["customer"],
        **places,
    )
    move = odoo.create(
        "stock.move",
        product_id=product,
        product_uom_qty=quantity,
        picking_id=picking,
        **places,
    )
    odoo.call("stock.picking", "action_confirm", [picking])
    return picking, move


def fill_line(plant: Plant, picking: int, move: int, lot: int, quantity: float) -> None:
    """Enter by hand which lot goes, as a picker would."""
    odoo = plant.odoo
    found = odoo.get(
        "stock.move", move, "product_id", "location_id", "location_dest_id"
    )
    odoo.call(
        "stock.move.line",
        "unlink",
        odoo.search("stock.move.line", ("move_id", "=", move)),
    )
    odoo.create(
        "stock.move.line",
        move_id=move,
        picking_id=picking,
        lot_id=lot,
        quantity=quantity,
        picked=True,
        **{name: value[0] for name, value in found.items() if name != "id"},
    )
