"""The journal: what is taken in is on the disk before anybody is told so.

Guarantees, whatever dies at whatever moment:

1. An event that was acknowledged is in the file (``synchronous=FULL``).
2. An event leaves the file only with Odoo's receipt, or by a person's decision.
3. The events of one order key are numbered without gaps, in the order of their coming.
   The number is part of what is kept: however often it is sent, it is the same bytes.
4. The same source and id is taken in once.

Appends of several threads that wait at the same time share one commit.
"""

import sqlite3
import threading
import time
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

from .disk import Reserve
from .epoch import begin_epoch, read_epoch
from .errors import AgentError, Refusal
from .events import Event, number
from .group import Group
from .journal_schema import SCHEMA, connect, find_damage, write_values
from .memory import Memory, Stream, write_streams
from .records import Accepted, Limits, Stored, explain, full, is_full

SHARDS = 1 << 16
KEEP_EVERY = 10_000


@dataclass
class _Ticket:
    """What one caller waits for."""

    events: Sequence[Event]
    keep: Mapping[str, str | None]
    results: list[Accepted | Refusal] = field(default_factory=list)
    error: Refusal | None = None
    is_done: bool = False


class Journal:
    """One file, one writer at a time.

    :param folder: holds the file and its write-ahead log.
    :raises AgentError: when the file is damaged or the clock cannot be right.
    """

    name = "journal"

    def __init__(
        self,
        folder: Path,
        limits: Limits | None = None,
        wall: Callable[[], float] = time.time,
    ) -> None:
        self.limits = limits or Limits()
        self.path = folder / "journal.db"
        self.arrived = threading.Condition()
        self.appended = self.delivered = self.refused = self.commits = 0
        self._wall = wall
        self._reserve = Reserve(folder / "reserve", self.limits.reserve_bytes)
        self._group = Group(self._write)
        self._write_lock = threading.Lock()
        self._read_lock = threading.Lock()
        self._open()

    def _open(self) -> None:
        try:
            self._writer = connect(self.path)
            damage = find_damage(self._writer)
            if not damage:
                self._writer.executescript(SCHEMA)
                self.memory = Memory.load(self._writer)
                self._reader = connect(self.path)
        except sqlite3.DatabaseError as error:
            damage = str(error)
        if damage:
            raise AgentError(
                f"{self.path} is damaged ({damage}). Run the agent with --salvage: it "
                "keeps the file aside and carries over everything that can be read."
            )
        self._reserve.fill()
        self._begin()
        self._count()

    def close(self) -> None:
        """Fold the log into the file and let go of it."""
        with suppress(sqlite3.Error):
            # On a full disk a restart counts them again from what is known.
            self.keep_streams()
        with self._write_lock, self._read_lock:
            self._reader.close()
            self._writer.close()

    # Taking in

    def append(
        self, events: Sequence[Event], keep: Mapping[str, str | None] | None = None
    ) -> list[Accepted | Refusal]:
        """Write events to the disk, in this order. Returns when they are there.

        :param keep: values by name, written in the same transaction; None: no longer.
        :returns: per event what became of it; a repetition is accepted again.
        :raises Refusal: 507 or 503, when nothing at all was written.
        """
        ticket = _Ticket(events, keep or {})
        self._group.run(ticket)
        if ticket.error:
            raise ticket.error
        if not ticket.is_done:
            raise Refusal(503, "journal-failed", "Nothing was taken in, see the log.")
        return ticket.results

    def _write(self, tickets: list[_Ticket]) -> None:
        with self._write_lock:
            self._write_admitted(tickets)
        with self.arrived:
            self.arrived.notify_all()

    def _write_admitted(self, tickets: list[_Ticket]) -> None:
        tickets = self._admit(tickets)
        if not tickets:
            return
        before = self._last_position
        try:
            with self._transaction() as cursor:
                fresh, size = self._take_in(cursor, tickets)
        except sqlite3.Error as error:
            self._last_position = before
            self._refuse(tickets, explain(error))
            return
        self.memory.merge(fresh)
        self.messages += len(fresh.positions)
        self.bytes += size
        self.appended += len(fresh.positions)
        for ticket in tickets:
            ticket.is_done = True
        if self._last_position - self._streams_kept > KEEP_EVERY:
            with suppress(sqlite3.Error), self._transaction() as cursor:
                self._keep_streams(cursor)

    def _admit(self, tickets: list[_Ticket]) -> list[_Ticket]:
        """Refuse what there is no room for. Returns the others."""
        limits = self.limits
        if not self._reserve.has_room(limits.min_free_bytes, self._get_inner_bytes):
            self._refuse(tickets, full("The disk is nearly full."))
            return []
        messages, size, admitted = self.messages, self.bytes, []
        for ticket in tickets:
            messages += len(ticket.events)
            size += sum(len(event.body) for event in ticket.events)
            if messages > limits.max_messages or size > limits.max_bytes:
                self._refuse([ticket], full("The journal has reached its limit."))
            else:
                admitted.append(ticket)
        return admitted

    def _refuse(self, tickets: list[_Ticket], refusal: Refusal) -> None:
        for ticket in tickets:
            ticket.error, ticket.is_done = refusal, True
            self.refused += len(ticket.events)

    def _take_in(
        self, cursor: sqlite3.Cursor, tickets: list[_Ticket]
    ) -> tuple[Memory, int]:
        """Insert what is new. Returns what has to be remembered once it is committed,
        and the bytes."""
        now, fresh, size = self._wall(), Memory(), 0
        for ticket in tickets:
            ticket.results = []
            if ticket.keep:
                write_values(cursor, ticket.keep)
            for event in ticket.events:
                result = self._find_earlier(cursor, event, fresh)
                if result is None:
                    result, length = self._insert(cursor, event, now, fresh)
                    size += length
                ticket.results.append(result)
        return fresh, size

    def _find_earlier(
        self, cursor: sqlite3.Cursor, event: Event, fresh: Memory
    ) -> Accepted | Refusal | None:
        position = fresh.positions.get(event.key) or self.memory.positions.get(event.key)
        if position is None:
            return None
        digest, sequence = cursor.execute(
            "SELECT digest, sequence FROM known WHERE position = ?", (position,)
        ).fetchone()
        if digest == event.digest:
            return Accepted(position, sequence, replayed=True)
        return Refusal(
            422,
            "id-reused",
            "An event with this source and id was taken in with other content. Send "
            "changed content under a new id.",
        )

    def _insert(
        self, cursor: sqlite3.Cursor, event: Event, now: float, fresh: Memory
    ) -> tuple[Accepted, int]:
        body, epoch, sequence = event.body, None, None
        position = self._last_position = self._last_position + 1
        order_key = event.order_key
        if order_key and not event.counts_itself:
            before = fresh.streams.get(order_key) or self.memory.streams.get(order_key)
            epoch = before.epoch if before else self.epoch
            sequence = before.last + 1 if before else 1
            fresh.streams[order_key] = Stream(epoch, sequence, position)
            body = number(body, sequence, epoch)
        shard = zlib.crc32((order_key or event.key).encode()) % SHARDS
        cursor.execute(
            "INSERT INTO message VALUES (?, ?, ?, ?, ?, ?)",
            (position, shard, order_key, event.key, now, body),
        )
        cursor.execute(
            "INSERT INTO known VALUES (?, ?, ?, ?, ?, ?, NULL)",
            (position, event.key, event.digest, order_key, epoch, sequence),
        )
        fresh.positions[event.key] = position
        return Accepted(position, sequence), len(body)

    # Delivering

    def fetch(
        self,
        limit: int,
        max_bytes: int,
        *,
        share: tuple[int, int] = (0, 1),
        skip: Sequence[str] = (),
    ) -> list[Stored]:
        """Return what comes next, oldest first.

        :param share: ``(i, n)``: only the i-th of n parts; a key is in one part.
        :param skip: order keys (or keys, of messages without one) left alone for now.
        """
        found: list[Stored] = []
        size, left_out = 0, set(skip)
        with self._read_lock:
            rows = self._reader.execute(
                "SELECT position, order_key, key, body FROM message"
                " WHERE shard % ? = ? ORDER BY position",
                (share[1], share[0]),
            )
            for row in rows:
                if left_out and (row[1] or row[2]) in left_out:
                    continue
                size += len(row[3])
                if found and (size > max_bytes or len(found) >= limit):
                    break
                found.append(Stored(*row))
                if len(found) >= limit:
                    break
            rows.close()
        return found

    def settle(self, receipts: Sequence[tuple[Stored, str]]) -> None:
        """Let go of messages that Odoo has confirmed.

        :param receipts: each with the id that Odoo gave it.
        """
        self._relieve(self._settle, receipts)

    def _settle(self, receipts: Sequence[tuple[Stored, str]]) -> None:
        with self._write_lock:
            with self._transaction(is_relief=True) as cursor:
                cursor.executemany(
                    "DELETE FROM message WHERE position = ?",
                    [(stored.position,) for stored, _receipt in receipts],
                )
                cursor.executemany(
                    "UPDATE known SET state = ? WHERE position = ?",
                    [(receipt, stored.position) for stored, receipt in receipts],
                )
            self.messages -= len(receipts)
            self.bytes -= sum(len(stored.body) for stored, _receipt in receipts)
            self.delivered += len(receipts)

    def set_aside(self, refused: Sequence[tuple[Stored, str]]) -> None:
        """Move messages that will never be taken into quarantine.

        :param refused: each with Odoo's problem details, JSON.
        """
        self._relieve(self._set_aside, refused)

    def _set_aside(self, refused: Sequence[tuple[Stored, str]]) -> None:
        now = self._wall()
        with self._write_lock:
            with self._transaction(is_relief=True) as cursor:
                for stored, problem in refused:
                    cursor.execute(
                        "INSERT INTO quarantine SELECT position, order_key, key, shard,"
                        " taken_at, body, ?, ?, NULL FROM message WHERE position = ?",
                        (problem, now, stored.position),
                    )
                    cursor.execute(
                        "DELETE FROM message WHERE position = ?", (stored.position,)
                    )
            self.messages -= len(refused)
            self.bytes -= sum(len(stored.body) for stored, _problem in refused)
            self.quarantined += len(refused)

    def find(self, key: str) -> dict[str, object] | None:
        """Return what became of an event, by its source and id; None: never seen."""
        rows = self.query(
            "SELECT position, sequence, state,"
            " EXISTS (SELECT 1 FROM message m WHERE m.position = known.position)"
            " FROM known WHERE position = ?",
            self.memory.positions.get(key, 0),
        )
        if not rows:
            return None
        position, sequence, state, is_pending = rows[0]
        found = {"position": position, "sequence": sequence, "message": state}
        if is_pending:
            return found | {"state": "pending"}
        return found | {"state": "delivered" if state else "quarantined"}

    def take_position(self) -> int:
        """Return a position that no message has; within a transaction."""
        self._last_position += 1
        return self._last_position

    def count(self, *, messages: int = 0, size: int = 0, quarantined: int = 0) -> None:
        """Take note of what another transaction moved."""
        with self._write_lock:
            self.messages += messages
            self.bytes += size
            self.quarantined += quarantined

    # Inside

    def _relieve(
        self,
        write: Callable[[Sequence[tuple[Stored, str]]], None],
        pairs: Sequence[tuple[Stored, str]],
    ) -> None:
        """Let go of messages; on a disk that is nearly full in smaller steps."""
        if not pairs:
            return
        try:
            write(pairs)
        except sqlite3.OperationalError as error:
            if not is_full(error) or len(pairs) == 1:
                raise
            half = len(pairs) // 2
            self._relieve(write, pairs[:half])
            self._relieve(write, pairs[half:])

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Cursor]:
        """Write something else, with the journal to oneself."""
        with self._write_lock, self._transaction() as cursor:
            yield cursor

    def query(self, statement: str, *values: object) -> list[tuple]:
        """Read what is committed."""
        with self._read_lock:
            return self._reader.execute(statement, values).fetchall()

    @contextmanager
    def _transaction(self, *, is_relief: bool = False) -> Iterator[sqlite3.Cursor]:
        cursor = self._writer.cursor()
        if is_relief and self._reserve.is_needed():
            # Even deleting needs room in the log: fold that into the file first.
            self._reserve.release()
            with suppress(sqlite3.Error):
                self._writer.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
        try:
            cursor.execute("BEGIN IMMEDIATE")
            yield cursor
            cursor.execute("COMMIT")
            self.commits += 1
        except BaseException:
            if self._writer.in_transaction:
                cursor.execute("ROLLBACK")
            raise

    def _get_inner_bytes(self) -> int:
        """Return what delivered messages left free inside the file."""
        ((pages,),) = self._writer.execute("PRAGMA freelist_count").fetchall()
        ((size,),) = self._writer.execute("PRAGMA page_size").fetchall()
        return pages * size

    def _count(self) -> None:
        self.messages, self.bytes = self._writer.execute(
            "SELECT count(*), coalesce(sum(length(body)), 0) FROM message"
        ).fetchone()
        # No position is given twice, also when its message is gone.
        ((self._last_position,),) = self._writer.execute(
            "SELECT max((SELECT coalesce(max(position), 0) FROM known),"
            " (SELECT coalesce(max(position), 0) FROM quarantine),"
            " (SELECT coalesce(max(seq), 0) FROM sqlite_sequence))"
        ).fetchall()
        self._streams_kept = self._last_position
        ((self.quarantined,),) = self._writer.execute(
            "SELECT count(*) FROM quarantine WHERE decision IS NULL"
        ).fetchall()

    def _begin(self) -> None:
        cursor = self._writer.cursor()
        epoch = read_epoch(cursor)
        self.epoch = epoch or begin_epoch(cursor, self._wall())

    def raise_epoch(self, *, recount: bool = False) -> None:
        """Let streams that begin from now on have a later epoch.

        :param recount: all streams begin anew, as after a restored backup.
        """
        with self.transaction() as cursor:
            self.epoch = begin_epoch(cursor, self._wall())
            if recount:
                cursor.execute("DELETE FROM stream")
                self.memory.forget_streams([*self.memory.streams])
                write_streams(cursor, self.memory, self._last_position)

    def keep_streams(self) -> None:
        """Write down how far the streams are counted."""
        with self.transaction() as cursor:
            self._keep_streams(cursor)

    def _keep_streams(self, cursor: sqlite3.Cursor) -> None:
        write_streams(cursor, self.memory, self._last_position)
        self.memory.unwritten.clear()
        self._streams_kept = self._last_position
