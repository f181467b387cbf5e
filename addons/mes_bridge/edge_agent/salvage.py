"""What can be saved of a damaged journal.

Messages keep their bytes, and with them their id, epoch and sequence: one that Odoo had
already is recognised there. Streams begin a later epoch.
"""

import sqlite3
import time
from collections.abc import Iterator
from pathlib import Path

from .journal import Journal
from .journal_schema import connect
from .records import Limits

COPIED = {
    "message": "position, shard, order_key, key, taken_at, body",
    "quarantine": "position, order_key, key, shard, taken_at, body, problem,"
    " set_aside_at, decision",
    "known": "position, key, digest, order_key, epoch, sequence, state",
    "meta": "name, value",
}


def salvage(folder: Path, limits: Limits) -> str:
    """Keep the file aside and fill a new one. Returns a sentence that says what was
    saved."""
    stamp = time.strftime("%Y%m%d-%H%M%S", time.gmtime())
    for part in ("", "-wal", "-shm"):
        file = folder / f"journal.db{part}"
        if file.exists():
            file.rename(folder / f"damaged-{stamp}.db{part}")
    damaged = folder / f"damaged-{stamp}.db"
    journal = Journal(folder, limits)
    counts = dict.fromkeys(COPIED, 0)
    with journal.transaction() as cursor:
        for table, columns in COPIED.items():
            marks = ", ".join("?" * (columns.count(",") + 1))
            for row in _read(damaged, table, columns):
                cursor.execute(
                    f"INSERT OR REPLACE INTO {table} ({columns}) VALUES ({marks})", row
                )
                counts[table] += 1
    journal.close()
    journal = Journal(folder, limits)
    journal.raise_epoch(recount=True)
    journal.close()
    return (
        f"{counts['message']} messages and {counts['quarantine']} in quarantine were "
        f"carried over. The damaged file is {damaged}."
    )


def _read(file: Path, table: str, columns: str) -> Iterator[tuple]:
    """Return the rows of a table as far as they can be read: from both of its ends."""
    try:
        connection = connect(file)
    except sqlite3.DatabaseError:
        return
    key = "name" if table == "meta" else "position"
    for direction in ("ASC", "DESC"):
        try:
            yield from connection.execute(
                f"SELECT {columns} FROM {table} ORDER BY {key} {direction}"
            )
        except sqlite3.DatabaseError:
            # Beyond this page nothing can be read from this end.
            continue
        break
    connection.close()
