"""What may be lost: readings that the next one makes outdated.

A file of its own, so that no flood of readings takes room or time from the journal. When
it is full the oldest go, and are counted.
"""

import sqlite3
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from .errors import Refusal
from .events import Event
from .journal_schema import connect
from .records import Accepted, Stored, explain, get_shard

SCHEMA = """
CREATE TABLE IF NOT EXISTS message (
    position INTEGER PRIMARY KEY AUTOINCREMENT,
    shard INTEGER NOT NULL,
    order_key TEXT NOT NULL,
    key TEXT NOT NULL,
    body BLOB NOT NULL
);
CREATE TABLE IF NOT EXISTS meta (name TEXT PRIMARY KEY, value INTEGER) WITHOUT ROWID;
"""


class Telemetry:
    """A ring of readings on the disk."""

    name = "telemetry"

    def __init__(
        self,
        folder: Path,
        max_messages: int = 100_000,
        wall: Callable[[], float] = time.time,
    ) -> None:
        self.max_messages = max_messages
        self.arrived = threading.Condition()
        self.delivered = self.appended = 0
        self._wall = wall
        self._lock = threading.Lock()
        path = folder / "telemetry.db"
        try:
            self._open(path)
        except sqlite3.DatabaseError:
            # Nothing in it is worth waiting for a person.
            for part in ("", "-wal", "-shm"):
                path.with_name(path.name + part).unlink(missing_ok=True)
            self._open(path)

    def _open(self, path: Path) -> None:
        # A power cut may cost the last readings, never the file.
        self._connection = connect(path, synchronous="NORMAL")
        self._connection.executescript(SCHEMA)
        ((self.messages,),) = self._connection.execute("SELECT count(*) FROM message")
        rows = self._connection.execute("SELECT name, value FROM meta").fetchall()
        counts = dict(rows)
        self.dropped = counts.get("dropped", 0)
        self.refused = counts.get("refused", 0)

    def close(self) -> None:
        """Let go of the file."""
        with self._lock:
            self._connection.close()

    def append(self, events: Sequence[Event]) -> list[Accepted | Refusal]:
        """Take readings in; the oldest go when there are too many.

        :raises Refusal: 503 or 507, when the disk fails.
        """
        rows = [
            (
                get_shard(event.order_key, event.key),
                event.order_key,
                event.key,
                event.body,
            )
            for event in events
        ]
        with self._lock:
            try:
                last = self._write(rows)
            except sqlite3.Error as error:
                raise explain(error) from error
        with self.arrived:
            self.arrived.notify_all()
        first = last - len(rows) + 1
        return [Accepted(first + i, None) for i in range(len(rows))]

    def _write(self, rows: list[tuple[int, str, str, bytes]]) -> int:
        with self._connection as connection:
            connection.execute("BEGIN IMMEDIATE")
            connection.executemany(
                "INSERT INTO message (shard, order_key, key, body) VALUES (?, ?, ?, ?)",
                rows,
            )
            ((last,),) = connection.execute("SELECT max(position) FROM message")
            excess = self.messages + len(rows) - self.max_messages
            if excess > 0:
                connection.execute(
                    "DELETE FROM message WHERE position IN"
                    " (SELECT position FROM message ORDER BY position LIMIT ?)",
                    (excess,),
                )
                self._add(connection, "dropped", excess)
        self.messages += len(rows) - max(0, excess)
        self.appended += len(rows)
        self.dropped += max(0, excess)
        return last

    def fetch(
        self,
        limit: int,
        max_bytes: int,
        *,
        share: tuple[int, int] = (0, 1),
        skip: Sequence[str] = (),
    ) -> list[Stored]:
        """Return what comes next, oldest first; see ``Journal.fetch``."""
        with self._lock:
            rows = self._connection.execute(
                "SELECT position, order_key, key, body FROM message"
                " WHERE shard % ? = ? ORDER BY position LIMIT ?",
                (share[1], share[0], limit + len(skip)),
            ).fetchall()
        left_out, size, found = set(skip), 0, []
        for row in rows:
            size += len(row[3])
            if (row[1] or row[2]) in left_out or (found and size > max_bytes):
                continue
            found.append(Stored(*row))
        return found[:limit]

    def settle(self, receipts: Sequence[tuple[Stored, str]]) -> None:
        """Let go of readings that Odoo has confirmed."""
        self.delivered += self._remove([stored for stored, _receipt in receipts])

    def set_aside(self, refused: Sequence[tuple[Stored, str]]) -> None:
        """Give up readings that Odoo refused; they are counted."""
        removed = self._remove([stored for stored, _problem in refused])
        if removed:
            self.refused += removed
            with self._lock, self._connection as connection:
                self._add(connection, "refused", removed)

    def _remove(self, messages: Sequence[Stored]) -> int:
        with self._lock, self._connection as connection:
            connection.execute("BEGIN IMMEDIATE")
            removed = connection.executemany(
                "DELETE FROM message WHERE position = ?",
                [(stored.position,) for stored in messages],
            ).rowcount
        removed = max(0, removed)
        self.messages -= removed
        return removed

    def _add(self, connection: sqlite3.Connection, name: str, count: int) -> None:
        connection.execute(
            "INSERT INTO meta VALUES (?, ?)"
            " ON CONFLICT DO UPDATE SET value = value + excluded.value",
            (name, count),
        )
