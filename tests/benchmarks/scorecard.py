"""What a month's scorecards cost, against the one statement they stand on.

500 suppliers, 200,000 receipt lines, each of an order line, and an inspection for every
tenth. The control runs the statement and nothing else; the subject also scores, grades
and stores 500 cards.
"""

import statistics
import sys
import time
from datetime import date, datetime
from typing import Any

from tests.benchmarks._report import Goal, report
from tools import database
from tools.console import say
from tools.environment import set_up

DATABASE = "bench_scorecard"
SUPPLIERS = 500
LINES = 200_000
ROUNDS = 7
PERIOD = date(2026, 3, 1)
START, END = datetime(2026, 3, 1), datetime(2026, 4, 1)

# Rows only: the statement reads nothing that Odoo would compute from them.
FILL = """
WITH supplier AS (
    SELECT id FROM res_partner WHERE ref = 'BENCH'
), numbered AS (
    SELECT id, row_number() OVER () - 1 AS place FROM supplier
), purchase AS (
    INSERT INTO purchase_order (
        name, partner_id, company_id, currency_id, picking_type_id, date_order, state)
    SELECT 'B' || place, id, {company}, {currency}, {picking_type}, '2026-03-01',
           'purchase' FROM numbered RETURNING id, partner_id
), picking AS (
    INSERT INTO stock_picking (
        name, partner_id, company_id, picking_type_id, location_id, location_dest_id,
        state, move_type)
    SELECT 'R' || place, id, {company}, {picking_type}, {source}, {target}, 'done',
           'direct' FROM numbered RETURNING id, partner_id
), line AS (
    INSERT INTO purchase_order_line (
        name, order_id, partner_id, company_id, product_id, product_qty,
        product_uom_qty, price_unit, date_planned)
    SELECT 'L' || n, purchase.id, purchase.partner_id, {company}, {product}, 10, 10, 1,
           timestamp '2026-03-01' + (n % 30) * interval '1 day'
      FROM generate_series(1, {lines}) n
      JOIN numbered ON numbered.place = n % {suppliers}
      JOIN purchase ON purchase.partner_id = numbered.id
    RETURNING id, partner_id, date_planned
)
INSERT INTO stock_move (
    reference, product_id, product_uom, product_uom_qty, product_qty, quantity, state,
    date, company_id, location_id, location_dest_id, picking_id, purchase_line_id,
    procure_method)
SELECT 'M', {product}, {uom}, 10, 10, 10 - (line.id % 9 = 0)::int, 'done',
       line.date_planned + (line.id % 7 - 5) * interval '8 hours', {company}, {source},
       {target}, picking.id, line.id, 'make_to_stock'
  FROM line JOIN picking ON picking.partner_id = line.partner_id
"""
INSPECT = """
INSERT INTO quality_inspection (
    name, operation, plan_id, product_id, lot_id, partner_id, company_id, state,
    decided_at, quantity)
SELECT 'I' || move.id, 'receipt', {plan}, {product}, {lot}, picking.partner_id, {company},
       CASE WHEN move.id % 13 = 0 THEN 'failed' ELSE 'passed' END, move.date, 10
  FROM stock_move move JOIN stock_picking picking ON picking.id = move.picking_id
 WHERE move.reference = 'M' AND move.id % 10 = 0
"""


def fill(env: Any) -> None:
    """Write what 500 suppliers delivered in a month."""
    env["res.partner"].create(
        [{"name": f"Supplier {number}", "ref": "BENCH"} for number in range(SUPPLIERS)]
    )
    warehouse = env["stock.warehouse"].search([], limit=1)
    product = env["product.product"].create(
        {"name": "Part", "is_storable": True, "tracking": "lot"}
    )
    plan = env["quality.inspection.plan"].create(
        {"name": "Parts", "product_id": product.id}
    )
    lot = env["stock.lot"].create({"name": "L", "product_id": product.id})
    env.flush_all()
    names = {
        "suppliers": SUPPLIERS,
        "lines": LINES,
        "company": warehouse.company_id.id,
        "currency": warehouse.company_id.currency_id.id,
        "picking_type": warehouse.in_type_id.id,
        "source": env.ref("stock.stock_location_suppliers").id,
        "target": warehouse.lot_stock_id.id,
        "product": product.id,
        "uom": product.uom_id.id,
        "plan": plan.id,
        "lot": lot.id,
    }
    for statement in (FILL, INSPECT):
        env.cr.execute(statement.format(**names))
    env.cr.commit()
    for table in ("stock_move", "purchase_order_line", "quality_inspection"):
        env.cr.execute(f"ANALYZE {table}")
    env.invalidate_all()


def run_statement(env: Any) -> float:
    """Return the milliseconds of the statement alone."""
    from odoo.addons.supplier_quality.models.quality_scorecard_queries import (  # noqa: PLC0415
        prepare_figures,
    )

    statement = prepare_figures(env, env.company, START, END)
    start = time.perf_counter()
    env.cr.execute(statement)
    rows = env.cr.fetchall()
    milliseconds = (time.perf_counter() - start) * 1000
    assert len(rows) >= SUPPLIERS, f"{len(rows)} suppliers"
    return milliseconds


def run_scorecards(env: Any) -> float:
    """Return the milliseconds of a month's scorecards, stored."""
    env["quality.scorecard"].search([]).unlink()
    env.flush_all()
    env.invalidate_all()
    start = time.perf_counter()
    cards = env["quality.scorecard"]._compute_period(env.company, PERIOD)
    env.flush_all()
    milliseconds = (time.perf_counter() - start) * 1000
    assert len(cards) >= SUPPLIERS, f"{len(cards)} scorecards"
    assert {card.grade for card in cards} - {False}, "no grades"
    return milliseconds


def main() -> int:
    environment = set_up()
    paths, postgres = environment.paths, environment.postgres
    base = database.ensure_base_template(paths, postgres, environment.odoo)
    database.copy(paths, postgres, base, DATABASE)
    try:
        database.install(paths, DATABASE, ["supplier_quality"], demo=False)
        from tests.benchmarks._odoo import open_environment  # noqa: PLC0415

        with open_environment(paths, DATABASE) as env:
            say(f"  {LINES} receipt lines of {SUPPLIERS} suppliers …")
            fill(env)
            run_statement(env)
            run_scorecards(env)
            rounds = [(run_statement(env), run_scorecards(env)) for _n in range(ROUNDS)]
    finally:
        database.drop(paths, postgres, DATABASE)
    statement, cards = (statistics.median(column) for column in zip(*rounds, strict=True))
    figures = {
        "suppliers": SUPPLIERS,
        "receipt_lines": LINES,
        "statement_ms": round(statement),
        "scorecards_ms": round(cards),
    }
    ratio = statistics.median(with_cards / alone for alone, with_cards in rounds)
    return report(
        "scorecard", figures, [Goal("vs_one_statement", ratio, 3, better="lower")]
    )


if __name__ == "__main__":
    sys.exit(main())
