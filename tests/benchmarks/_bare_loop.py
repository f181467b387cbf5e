"""The control of a queue: claims rows and writes records, and nothing else.

Run as a process of its own: ``python -m tests.benchmarks._bare_loop <configuration>
<database> <user>``. It says ``ready``, waits for a line, works until nothing is left and
prints when it began and ended.
"""

import sys
import time

import odoo
from odoo import api
from odoo.modules.registry import Registry
from odoo.tools import config

BATCH = 50
CLAIM = """
    DELETE FROM integration_benchmark_row WHERE id IN (
        SELECT id FROM integration_benchmark_row ORDER BY id LIMIT %s
        FOR UPDATE SKIP LOCKED)
    RETURNING (payload->>'picking')::integer, payload->>'origin'
"""


def work(registry, user_id):
    while True:
        with registry.cursor() as cr:
            cr.execute("SET TRANSACTION ISOLATION LEVEL READ COMMITTED")
            cr.execute(CLAIM, (BATCH,))
            rows = cr.fetchall()
            if not rows:
                return
            env = api.Environment(cr, user_id, {})
            ids = [picking for picking, _origin in rows]
            env["stock.picking"].browse(ids).benchmark_read_ahead()
            for picking, origin in rows:
                env["stock.picking"].browse(picking).write({"origin": origin})
            env.flush_all()
            cr.commit()


def main():
    configuration, database, user_id = sys.argv[1:]
    config.parse_config(["-c", configuration, "--log-level", "error"], setup_logging=True)
    registry = Registry(database)
    print("ready", flush=True)
    sys.stdin.readline()
    begin = time.time()
    work(registry, int(user_id))
    print(begin, time.time(), flush=True)


if __name__ == "__main__":
    assert odoo
    main()
