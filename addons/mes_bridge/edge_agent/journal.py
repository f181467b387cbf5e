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
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from .errors import Refusal
from .events import Event, number
from .group import Group
from .journal_outgoing import Outgoing
from .journal_schema import write_values
from .memory import Memory, Stream
from .records import Accepted, Limits, explain, full, get_shard

KEEP_EVERY = 10_000


@dataclass
class _Ticket:
    """What one caller waits for."""

    events: Sequence[Event]
    keep: Mapping[str, str | None]
    results: list[Accepted | Refusal] = field(default_factory=list)
    error: Refusal | None = None
    is_done: bool = False


class Journal(Outgoing):
    """What is taken in, in one file; see ``JournalFile`` for its parameters."""

    def __init__(
        self,
        folder: Path,
        limits: Limits | None = None,
        wall: Callable[[], float] = time.time,
    ) -> None:
        self._group = Group(self._write)
        super().__init__(folder, limits, wall)

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
        shard = get_shard(order_key, event.key)
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
