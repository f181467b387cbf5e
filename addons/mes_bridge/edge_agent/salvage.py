"""What can be saved of a damaged journal.

Messages keep their bytes, and with them their id, epoch and sequence: one that Odoo had
already is recognised there. Streams begin a later epoch. A row of which a part is damaged
stays behind: half a message must not reach Odoo, nor anything the journal stumbles over.
"""

import json
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .errors import Refusal
from .events import find_faults, get_digest, is_meant, parse
from .journal import Journal
from .journal_schema import connect
from .records import Limits, get_shard

MAX_POSITION = 1 << 53
DIGEST_BYTES = 16
EPOCH_DIGITS = 15

COLUMNS = {
    "message": ("position", "shard", "order_key", "key", "taken_at", "body"),
    "quarantine": (
        *("position", "order_key", "key", "shard", "taken_at", "body", "problem"),
        *("set_aside_at", "decision"),
    ),
    "known": ("position", "key", "digest", "order_key", "epoch", "sequence", "state"),
    "meta": ("name", "value"),
}
# What was taken in, and of which nothing is left that could be sent.
LOST = """
SELECT position, key FROM known
 WHERE state IS NULL
   AND position NOT IN (SELECT position FROM message)
   AND position NOT IN (SELECT position FROM quarantine)
 ORDER BY position
"""


@dataclass(frozen=True)
class _Damaged:
    """The files of one damaged journal, kept aside."""

    folder: Path
    name: str

    @property
    def file(self) -> Path:
        return self.folder / f"{self.name}.db"

    @property
    def lost(self) -> Path:
        return self.folder / f"{self.name}-lost.txt"


def salvage(folder: Path, limits: Limits) -> str:
    """Keep the file aside and fill a new one. Returns a sentence that says what was
    saved, and where the ids of what was lost are."""
    damaged = _keep_aside(folder)
    journal = Journal(folder, limits)
    with journal.transaction() as cursor:
        for table, accept in ACCEPT.items():
            _carry_over(damaged.file, cursor, table, accept)
        _leave_out_altered(cursor)
        _remember(cursor)
        lost = _forget_lost(cursor)
    journal.close()
    journal = Journal(folder, limits)
    journal.raise_epoch(recount=True)
    journal.close()
    said = (
        f"{journal.messages} messages and {journal.quarantined} in quarantine were "
        f"carried over. The damaged file is {damaged.file}."
    )
    if lost:
        damaged.lost.write_text("".join(f"{json.dumps(key)}\n" for key in lost))
        said += (
            f" {len(lost)} messages cannot be read: their sources and ids are in "
            f"{damaged.lost}. Let them be sent again; they are taken in."
        )
    return said


def _keep_aside(folder: Path) -> _Damaged:
    stamp = time.strftime("%Y%m%d-%H%M%S", time.gmtime())
    damaged = _Damaged(folder, f"damaged-{stamp}")
    for part in ("", "-wal", "-shm"):
        file = folder / f"journal.db{part}"
        if file.exists():
            file.rename(folder / f"{damaged.name}.db{part}")
    return damaged


def _carry_over(
    file: Path,
    cursor: sqlite3.Cursor,
    table: str,
    accept: Callable[[dict[str, Any]], bool],
) -> None:
    """Copy the rows of a table that are whole."""
    columns = COLUMNS[table]
    marks = ", ".join("?" * len(columns))
    for values in _read(file, table):
        row = dict(zip(columns, values, strict=True))
        if accept(row):
            cursor.execute(
                f"INSERT OR REPLACE INTO {table} ({', '.join(columns)}) VALUES ({marks})",
                [*row.values()],
            )


def _read(file: Path, table: str) -> Iterator[tuple]:
    """Return the rows that can be read: from both ends, then one by one between."""
    key = COLUMNS[table][0]
    query = f"SELECT {', '.join(COLUMNS[table])} FROM {table}"
    try:
        connection = connect(file)
    except sqlite3.DatabaseError:
        return
    with closing(connection):
        reached = []
        for direction in ("ASC", "DESC"):
            last = None
            try:
                for row in connection.execute(f"{query} ORDER BY {key} {direction}"):
                    last = row[0] if _is_position(row[0]) else last
                    yield row
                return
            except sqlite3.DatabaseError:
                reached.append(last)
        if None in reached:
            return
        for position in range(reached[0] + 1, reached[1]):
            with suppress(sqlite3.DatabaseError):
                yield from connection.execute(f"{query} WHERE {key} = ?", (position,))


def _leave_out_altered(cursor: sqlite3.Cursor) -> None:
    """Leave out what is no longer what was taken in."""
    # A message was compared with its key already.
    cursor.execute(
        "DELETE FROM known WHERE EXISTS (SELECT 1 FROM message m"
        " WHERE m.position = known.position AND m.key <> known.key)"
    )
    for table in ("message", "quarantine"):
        rows = cursor.execute(
            "SELECT position, body, digest, sequence, epoch"
            f" FROM {table} JOIN known USING (position)"
        )
        altered = [(position,) for position, *values in rows if not is_meant(*values)]
        cursor.executemany(f"DELETE FROM {table} WHERE position = ?", altered)


def _remember(cursor: sqlite3.Cursor) -> None:
    """Know again what waits, where that was lost: it may be sent to us once more."""
    unknown = cursor.execute(
        "SELECT position, key, body, order_key FROM message"
        " WHERE position NOT IN (SELECT position FROM known)"
    ).fetchall()
    for position, key, body, order_key in unknown:
        event = json.loads(body)
        epoch = sequence = None
        if [*event][-2:] == ["sequence", "epoch"]:
            # In this order they are from us.
            epoch, sequence = event.pop("epoch"), event.pop("sequence")
        cursor.execute(
            "INSERT INTO known VALUES (?, ?, ?, ?, ?, ?, NULL)",
            (position, key, get_digest(event), order_key, epoch, sequence),
        )


def _forget_lost(cursor: sqlite3.Cursor) -> list[str]:
    """Forget what was lost: sent again, it must not pass for a repetition. Returns the
    keys."""
    lost = cursor.execute(LOST).fetchall()
    cursor.executemany(
        "DELETE FROM known WHERE position = ?", [(p,) for p, _key in lost]
    )
    return [key for _position, key in lost]


def _is_whole_message(row: dict[str, Any]) -> bool:
    """Tell whether it is the event that its key names. Its shard is worked out anew."""
    if not (_is_position(row["position"]) and isinstance(row["body"], bytes)):
        return False
    try:
        event = parse(row["body"])
    except Refusal:
        return False
    if not isinstance(event, dict) or find_faults(event):
        return False
    row["shard"] = get_shard(row["order_key"], row["key"])
    return (
        row["key"] == f"{event.get('source')}\n{event.get('id')}"
        and row["order_key"] == (event.get("subject") or "")
        and isinstance(row["taken_at"], float)
    )


def _is_whole_refusal(row: dict[str, Any]) -> bool:
    texts = (row["order_key"], row["key"], row["problem"])
    return (
        _is_position(row["position"])
        and all(isinstance(text, str) for text in texts)
        and isinstance(row["body"], bytes)
        and isinstance(row["shard"], int)
        and isinstance(row["taken_at"], float)
        and isinstance(row["set_aside_at"], float)
        and isinstance(row["decision"], str | None)
    )


def _is_whole_memory(row: dict[str, Any]) -> bool:
    return (
        _is_position(row["position"])
        and isinstance(row["key"], str)
        and isinstance(row["order_key"], str)
        and isinstance(row["digest"], bytes)
        and len(row["digest"]) == DIGEST_BYTES
        and isinstance(row["epoch"], str | None)
        and (row["sequence"] is None or _is_position(row["sequence"]))
        and isinstance(row["state"], str | None)
    )


def _is_whole_value(row: dict[str, Any]) -> bool:
    name, value = row["name"], row["value"]
    if not (isinstance(name, str) and isinstance(value, str)):
        return False
    if name in {"epoch", "streams_kept"}:
        return value.isascii() and value.isdigit() and len(value) <= EPOCH_DIGITS
    return True


def _is_position(value: object) -> bool:
    return isinstance(value, int) and 0 < value < MAX_POSITION


ACCEPT = {
    "message": _is_whole_message,
    "quarantine": _is_whole_refusal,
    "known": _is_whole_memory,
    "meta": _is_whole_value,
}
