"""Reserves and validates deliveries in one database; a process of its own.

``python -m tests.benchmarks._hold_rounds <configuration> <database> stock <lots>`` makes
the stock and ends. ``… rounds <held lots>`` holds some of it where that is possible, says
``ready``, then for each line ``<number of lines>`` on its input makes one delivery with so
many lines of a lot each, reserves it, validates it, takes it all back, and prints
``<seconds> <processor seconds> <queries>`` of reserving and validating.
"""

import sys
import time

import odoo
from odoo import SUPERUSER_ID, api
from odoo.modules.registry import Registry
from odoo.tools import config

from tests.benchmarks._side_by_side import answer, read_processor_seconds

BATCH = 1000
LOTS_OF_PRODUCT = 10
# So that no lot runs out, however many rounds there are.
STOCK = 1000


def make_stock(env, lots):
    """Make products of ten lots each, all of them in the warehouse's stock."""
    env = env(context=dict(env.context, tracking_disable=True, mail_create_nolog=True))
    count = lots // LOTS_OF_PRODUCT
    products = env["product.product"].create(
        [
            {
                "name": f"Benchmark {number:06}",
                "default_code": f"BENCH-{number:06}",
                "is_storable": True,
                "tracking": "lot",
            }
            for number in range(count)
        ]
    )
    stock = env["stock.warehouse"].search([], limit=1).lot_stock_id
    vals_list = [
        {"name": f"BENCH-{number}", "product_id": products[number % count].id}
        for number in range(lots)
    ]
    for start in range(0, lots, BATCH):
        created = env["stock.lot"].create(vals_list[start : start + BATCH])
        env["stock.quant"].create(
            [
                {
                    "product_id": lot.product_id.id,
                    "location_id": stock.id,
                    "lot_id": lot.id,
                    "quantity": STOCK,
                }
                for lot in created
            ]
        )
        env.cr.commit()  # the stock is there before the rounds begin
        env.invalidate_all()


def hold_some(env, held):
    """Hold lots of many products; every product keeps some that are free."""
    lots = env["stock.lot"].search([("name", "=like", "BENCH-%")], order="id")
    names = [f"BENCH-{(number * 101) % len(lots)}" for number in range(held)]
    lots.filtered(lambda lot: lot.name in names)._set_disposition(
        "quarantined", "Benchmark"
    )
    env.cr.commit()  # they are held before the rounds begin


def make_delivery(env, products, warehouse, count):
    """Return a confirmed delivery that nothing is reserved for yet."""
    customers = env.ref("stock.stock_location_customers")
    picking = env["stock.picking"].create(
        {
            "picking_type_id": warehouse.out_type_id.id,
            "location_id": warehouse.lot_stock_id.id,
            "location_dest_id": customers.id,
        }
    )
    env["stock.move"].create(
        [
            {
                "product_id": product.id,
                "product_uom_qty": 1,
                "picking_id": picking.id,
                "location_id": warehouse.lot_stock_id.id,
                "location_dest_id": customers.id,
            }
            for product in products[:count]
        ]
    )
    picking.move_ids._action_confirm(merge=False)
    env.flush_all()
    env.invalidate_all()
    return picking


def run(env, products, warehouse, count):
    """Return what reserving and validating took, then take it back.

    :returns: seconds, processor seconds of this process and its database's, queries.
    """
    picking = make_delivery(env, products, warehouse, count)
    if picking.move_line_ids:
        raise AssertionError("It was reserved before the clock ran.")
    before, used = env.cr.sql_log_count, read_processor_seconds(env)
    start = time.perf_counter()
    picking.move_ids._action_assign()
    picking.move_ids.picked = True
    picking.move_ids._action_done()
    env.flush_all()
    # What the database looks at when the transaction ends is part of the price.
    env.cr.execute("SET CONSTRAINTS ALL IMMEDIATE")
    seconds = time.perf_counter() - start
    queries = env.cr.sql_log_count - before - 1  # that of the constraints
    used = read_processor_seconds(env) - used
    done = picking.move_ids.filtered(lambda move: move.state == "done")
    if len(done) != count:
        raise AssertionError(f"{len(done)} of {count} lines were done.")
    if "disposition" in env["stock.lot"]._fields and any(
        lot.disposition != "released" for lot in done.move_line_ids.lot_id
    ):
        raise AssertionError("A held lot was shipped.")
    env.cr.rollback()
    env.invalidate_all()
    return seconds, used, queries


def main():
    configuration, database, task, number = sys.argv[1:]
    config.parse_config(["-c", configuration, "--log-level", "error"], setup_logging=True)
    with Registry(database).cursor() as cr:
        env = api.Environment(cr, SUPERUSER_ID, {})
        if task == "stock":
            make_stock(env, int(number))
            return
        if "disposition" in env["stock.lot"]._fields:
            hold_some(env, int(number))
        products = env["product.product"].search(
            [("default_code", "=like", "BENCH-%")], order="default_code"
        )
        warehouse = env["stock.warehouse"].search([], limit=1)
        warehouse.out_type_id.reservation_method = "manual"
        cr.commit()
        cr.execute("ANALYZE")
        cr.commit()
        answer(lambda line: " ".join(map(str, run(env, products, warehouse, int(line)))))


if __name__ == "__main__":
    assert odoo
    main()
