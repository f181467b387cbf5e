"""Counting what is not stored one by one: what fails authentication, and duplicates.

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
    _count(env, system_id, "unauthenticated", 1)


def count_duplicates(env, system_id, count):
    """Count messages that were accepted before and got their first answer again."""
    _count(env, system_id, "duplicate", count)


def _count(env, system_id, kind, count):
    dbname = env.cr.dbname
    _counts[dbname, system_id, kind] += count
    now = time.monotonic()
    if now - _flushed_at.get(dbname, -FLUSH_SECONDS) < FLUSH_SECONDS:
        return
    _flushed_at[dbname] = now
    for key in [key for key in _counts if key[0] == dbname]:
        count = _counts.pop(key)
        env.cr.execute(
            SQL(
                # Its system may be gone since: that is no reason to refuse this caller.
                "INSERT INTO integration_rejection (system_id, kind, count, recorded_at)"
                " VALUES ((SELECT id FROM integration_system WHERE id = %s), %s, %s,"
                " now() AT TIME ZONE 'UTC')",
                key[1],
                key[2],
                count,
            )
        )
