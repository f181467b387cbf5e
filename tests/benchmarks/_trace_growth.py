"""Asks the same of an ordinary lot in a small database and in a large one, in turn.

``python -m tests.benchmarks._trace_growth <configuration> <database> <lot> <database> <lot>``
prints one line of JSON: the median seconds in each.
"""

import json
import statistics
import sys
import time
from contextlib import ExitStack

import odoo
from odoo import api
from odoo.modules.registry import Registry
from odoo.tools import config

ROUNDS = 200


def main():
    configuration, *places = sys.argv[1:]
    config.parse_config(
        ["-c", configuration, "--log-level", "error"], setup_logging=True
    )
    with ExitStack() as stack:
        lots = {}
        for name, lot_id in zip(places[::2], places[1::2], strict=True):
            cr = stack.enter_context(Registry(name).cursor())
            env = api.Environment(cr, api.SUPERUSER_ID, {})
            lots[name] = env["stock.lot"].browse(int(lot_id))
        seconds = {name: [] for name in lots}
        for _round in range(ROUNDS):
            for name, lot in lots.items():
                start = time.perf_counter()
                rows = lot.env["traceability.edge"].trace(lot).rows
                seconds[name].append(time.perf_counter() - start)
                assert rows
    medians = {
        name: statistics.median(found[ROUNDS // 10 :])
        for name, found in seconds.items()
    }
    print(json.dumps(medians), flush=True)


if __name__ == "__main__":
    assert odoo
    main()
