"""Validates a receipt and a delivery, once per line on standard input.

``python -m tests.benchmarks._upkeep_rounds <configuration> <database> <lines>`` prints
processor seconds, as JSON.
"""

import json
import sys

import odoo
from odoo import Command, api
from odoo.modules.registry import Registry
from odoo.tools import config

from tests.benchmarks._side_by_side import answer, read_processor_seconds

PRODUCTS = 20


def prepare_picking(env, kind, lots):
    warehouse = env["stock.warehouse"].search([], limit=1)
    ends = {
        "in": (env.ref("stock.stock_location_suppliers"), warehouse.lot_stock_id),
        "out": (warehouse.lot_stock_id, env.ref("stock.stock_location_customers")),
    }[kind]
    picking = env["stock.picking"].create(
        {
            "picking_type_id": warehouse[f"{kind}_type_id"].id,
            "partner_id": env["res.partner"].create({"name": "Partner"}).id,
            "location_id": ends[0].id,
            "location_dest_id": ends[1].id,
        }
    )
    for product, own in lots.grouped("product_id").items():
        move = env["stock.move"].create(
            {
                "product_id": product.id,
                "product_uom_qty": len(own),
                "product_uom": product.uom_id.id,
                "picking_id": picking.id,
                "location_id": ends[0].id,
                "location_dest_id": ends[1].id,
            }
        )
        move._action_confirm()
        move.move_line_ids.unlink()
        move.move_line_ids = [
            Command.create(
                {
                    "product_id": product.id,
                    "product_uom_id": product.uom_id.id,
                    "lot_id": lot.id,
                    "quantity": 1,
                    "location_id": ends[0].id,
                    "location_dest_id": ends[1].id,
                    "picking_id": picking.id,
                    "picked": True,
                }
            )
            for lot in own
        ]
        move.picked = True
    env.flush_all()
    return picking


def validate(env, lines):
    products = env["product.product"].create(
        [
            {"name": f"Product {number}", "is_storable": True, "tracking": "lot"}
            for number in range(PRODUCTS)
        ]
    )
    lots = env["stock.lot"].create(
        [
            {"name": f"LOT-{number}", "product_id": products[number % PRODUCTS].id}
            for number in range(lines)
        ]
    )
    seconds = {}
    for kind in ("in", "out"):
        picking = prepare_picking(env, kind, lots)
        used = read_processor_seconds(env)
        picking.with_context(skip_sms=True).button_validate()
        env.flush_all()
        seconds[kind] = read_processor_seconds(env) - used
        assert picking.state == "done"
    return seconds


def main():
    configuration, database, lines = sys.argv[1:]
    config.parse_config(
        ["-c", configuration, "--log-level", "error"], setup_logging=True
    )
    registry = Registry(database)

    def work(_line):
        with registry.cursor() as cr:
            seconds = validate(api.Environment(cr, api.SUPERUSER_ID, {}), int(lines))
            cr.rollback()
        return json.dumps(seconds)

    answer(work)


if __name__ == "__main__":
    assert odoo
    main()
