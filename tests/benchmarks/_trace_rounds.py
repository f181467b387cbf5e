"""One size of the genealogy: generates it and measures, in one Odoo process.

``python -m tests.benchmarks._trace_rounds <configuration> <database> <lines> <with core>``
prints one line of JSON: seconds by question and by who answers.
"""

import json
import statistics
import sys
import time

import odoo
from odoo import api
from odoo.modules.registry import Registry
from odoo.tools import config

from tests.benchmarks._genealogy import TABLES, generate
from tests.benchmarks._recall_rounds import compare_recalls

ROUNDS = 7
CORE_LIMIT_SECONDS = 60
# The best statement known for the question, on the same table: nothing checked, nothing
# counted, only the rows. A negative vertex is a batch without lot.
BY_HAND = """
WITH RECURSIVE reached (vertex) AS (
    SELECT %(lot)s
     UNION
    SELECT edge.{far} FROM reached
      JOIN traceability_edge edge ON edge.{near} = reached.vertex
     WHERE edge.{far} IS NOT NULL AND edge.kind <> 'internal')
SELECT edge.input_vertex, edge.output_vertex, edge.confidence, edge.id, edge.kind,
       edge.quantity::float8, edge.product_id, edge.move_id, edge.picking_id,
       edge.production_id, edge.partner_id
  FROM reached CROSS JOIN LATERAL (
       SELECT * FROM traceability_edge edge
        WHERE edge.{near} = reached.vertex AND edge.kind <> 'internal' OFFSET 0) edge
"""


def ask_by_hand(env, lot_id, direction):
    ends = {"near": "input_vertex", "far": "output_vertex"}
    if direction == "backward":
        ends = {"near": "output_vertex", "far": "input_vertex"}
    env.cr.execute("SET LOCAL jit = off")
    env.cr.execute(BY_HAND.format(**ends), {"lot": lot_id})
    return env.cr.fetchall()


def ask(env, lot_id, direction):
    trace = env["traceability.edge"].trace(env["stock.lot"].browse(lot_id), direction)
    return trace.rows


def measure(question, *arguments):
    start = time.perf_counter()
    rows = question(*arguments)
    return time.perf_counter() - start, len(rows)


def compare(env, lot_id, direction):
    """Return medians of both, in turn."""
    seconds = {"subject": [], "by_hand": []}
    for _round in range(ROUNDS + 1):
        for name, question in (("subject", ask), ("by_hand", ask_by_hand)):
            taken, rows = measure(question, env, lot_id, direction)
            seconds[name].append(taken)
    return {
        "rows": rows,
        **{name: statistics.median(found[1:]) for name, found in seconds.items()},
    }


def tidy(cr):
    """Do what PostgreSQL's autovacuum would, now and not while something is measured."""
    cr._cnx.autocommit = True
    for table in TABLES:
        cr.execute(f"VACUUM ANALYZE {table}")
    cr._cnx.autocommit = False


class TimeIsUpError(Exception):
    pass


def unfold_report(env, lot_id, deadline):
    """Follow a lot forward through core's report, each lot once, until the time is up.

    A lot's report lists its moves; where one "was used in", that report lists what was
    made, whose lots are opened in turn: as a person would do it.
    """
    Report = env["stock.traceability.report"]
    seen, todo = {lot_id}, [lot_id]
    while todo:
        lot = todo.pop()
        for line in Report.with_context(active_id=lot, model="stock.lot").get_lines():
            if time.perf_counter() > deadline:
                raise TimeIsUpError
            if not line["is_used"]:
                continue
            used = Report.with_context(
                active_id=line["model_id"],
                model="stock.move.line",
                lot_name=line["lot_name"],
            ).get_lines()
            fresh = {made["lot_id"] for made in used if made["lot_id"]} - seen
            seen |= fresh
            todo += fresh
    return seen


def ask_core(env, lot_id):
    """Return the seconds of core's two ways; ``finished`` tells whether it got there.

    Core is as Odoo ships it: without our index of move lines by lot.
    """
    figures = {}
    env.cr.execute("DROP INDEX stock_move_line_trace_lot_index")
    env.invalidate_all()
    start = time.perf_counter()
    try:
        lots = len(unfold_report(env, lot_id, start + CORE_LIMIT_SECONDS))
    except TimeIsUpError:
        lots = None  # its time is the limit then: a lower bound
    figures["report"] = {
        "seconds": time.perf_counter() - start,
        "finished": lots is not None,
        "lots": lots,
    }
    env.invalidate_all()
    start = time.perf_counter()
    env["stock.lot"].browse(lot_id)._find_delivery_ids_by_lot_iterative()
    figures["deliveries"] = {"seconds": time.perf_counter() - start, "finished": True}
    figures["limit_seconds"] = CORE_LIMIT_SECONDS
    return figures


def main():
    configuration, database, lines, with_core = sys.argv[1:]
    config.parse_config(
        ["-c", configuration, "--log-level", "error"], setup_logging=True
    )
    with Registry(database).cursor() as cr:
        env = api.Environment(cr, api.SUPERUSER_ID, {})
        found = generate(env, int(lines), core_links=with_core == "core")
        cr.commit()
        tidy(cr)
        figures = {
            "lines": found["lines"],
            "median_lot": found["median"],
            "hub_forward": compare(env, found["hub"], "forward"),
            "median_forward": compare(env, found["median"], "forward"),
            "finished_backward": compare(env, found["finished"], "backward"),
        }
        if with_core == "core":
            figures["core"] = ask_core(env, found["hub"])
        figures["recall"] = compare_recalls(env, found)
        cr.rollback()
    print(json.dumps(figures), flush=True)


if __name__ == "__main__":
    assert odoo
    main()
