"""The tables of the journal, and how a file with them is opened."""

import sqlite3
from collections.abc import Mapping
from pathlib import Path

# Twice what it grows to: it is written over in place, which is cheaper than growing it.
LOG_BYTES = 8 * 1024 * 1024

# message: what Odoo has not confirmed yet; a row goes when its receipt comes.
# known: everything that was taken in, in its order, and what became of it.
# stream: how far each order key had been counted when it was last written down.
# quarantine: what Odoo refused for good, and what a person decided about it.
#
# Rows are only ever added at the end: a row in the middle of a file costs a page in the
# log for each message. What has to be looked up is in memory, see memory.py.
SCHEMA = """
CREATE TABLE IF NOT EXISTS meta (name TEXT PRIMARY KEY, value TEXT) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS message (
    position INTEGER PRIMARY KEY AUTOINCREMENT,
    shard INTEGER NOT NULL,
    order_key TEXT NOT NULL,
    key TEXT NOT NULL,
    taken_at REAL NOT NULL,
    body BLOB NOT NULL
);
CREATE TABLE IF NOT EXISTS known (
    position INTEGER PRIMARY KEY,
    key TEXT NOT NULL,
    digest BLOB NOT NULL,
    order_key TEXT NOT NULL,
    epoch TEXT,
    sequence INTEGER,
    state TEXT
);
CREATE TABLE IF NOT EXISTS stream (
    order_key TEXT PRIMARY KEY,
    epoch TEXT NOT NULL,
    last INTEGER NOT NULL,
    position INTEGER NOT NULL
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS quarantine (
    position INTEGER PRIMARY KEY,
    order_key TEXT NOT NULL,
    key TEXT NOT NULL,
    shard INTEGER NOT NULL,
    taken_at REAL NOT NULL,
    body BLOB NOT NULL,
    problem TEXT NOT NULL,
    set_aside_at REAL NOT NULL,
    decision TEXT
);
CREATE INDEX IF NOT EXISTS quarantine_key ON quarantine (key);
CREATE TABLE IF NOT EXISTS clock_offset (
    at REAL NOT NULL, offset_seconds REAL NOT NULL, cause TEXT NOT NULL
);
"""


# Where each stream stands: as it was written down, then what was counted after that.
STREAMS = """
SELECT order_key, epoch, last, position FROM stream
UNION ALL
SELECT order_key, epoch, sequence, max(position) FROM known
 WHERE sequence IS NOT NULL AND position > (
       SELECT coalesce(max(CAST(value AS INTEGER)), 0) FROM meta
        WHERE name = 'streams_kept')
 GROUP BY order_key
"""


def connect(path: Path, synchronous: str = "FULL") -> sqlite3.Connection:
    """Open a database file for one writer and any number of readers.

    :param synchronous: ``FULL``: a commit is on the disk when it returns.
    """
    connection = sqlite3.connect(
        path, timeout=30, isolation_level=None, check_same_thread=False
    )
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute(f"PRAGMA synchronous={synchronous}")
    # After a flood the log gives its room back.
    connection.execute(f"PRAGMA journal_size_limit={LOG_BYTES}")
    return connection


def write_values(cursor: sqlite3.Cursor, values: Mapping[str, str | None]) -> None:
    """Write values by their name; None: there is none any more."""
    cursor.executemany(
        "REPLACE INTO meta VALUES (?, ?)",
        [(name, value) for name, value in values.items() if value is not None],
    )
    cursor.executemany(
        "DELETE FROM meta WHERE name = ?",
        [(name,) for name, value in values.items() if value is None],
    )


def find_damage(connection: sqlite3.Connection) -> str | None:
    """Return what is wrong with a file, or None. Reads all of it."""
    try:
        ((verdict,), *_rest) = connection.execute("PRAGMA quick_check(1)").fetchall()
    except sqlite3.DatabaseError as error:
        return str(error)
    return None if verdict == "ok" else verdict
