"""Counting what fails authentication, without a write per attempt.

Each process adds up and writes one append-only bucket every few seconds, so a flood of
wrong signatures costs the database next to nothing.
"""

import time
from collections import Counter

from odoo.tools import SQL

FLUSH_SECONDS = 10

_counts = Counter()
_flushed_at = {}


def count_rejection(env, system_id):
    """Count one request that did not authenticate.

    :param system_id: the system it claimed to be, or None when there is none.
    """
    dbname = env.cr.dbname
    _counts[dbname, system_id] += 1
    now = time.monotonic()
    if now - _flushed_at.get(dbname, -FLUSH_SECONDS) < FLUSH_SECONDS:
        return
    _flushed_at[dbname] = now
    for key in [key for key in _counts if key[0] == dbname]:
        count = _counts.pop(key)
        env.cr.execute(
            SQL(
                "INSERT INTO integration_rejection (system_id, count, recorded_at)"
                " VALUES (%s, %s, now() AT TIME ZONE 'UTC')",
                key[1],
                count,
            )
        )
