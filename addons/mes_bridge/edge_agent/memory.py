"""What the journal has to look up for each event, kept in memory and read at the start."""

import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass, field

from .journal_schema import STREAMS


@dataclass(frozen=True)
class Stream:
    """How far one order key is counted, and where its last event stands."""

    epoch: str
    last: int
    position: int


@dataclass
class Memory:
    """Ids that were taken in, and streams. Changed only after the commit that says so.

    :param unwritten: order keys that were counted since they were last written down.
    """

    positions: dict[str, int] = field(default_factory=dict)
    streams: dict[str, Stream] = field(default_factory=dict)
    unwritten: set[str] = field(default_factory=set)

    @classmethod
    def load(cls, connection: sqlite3.Connection) -> "Memory":
        """Read the file's tables."""
        known = connection.execute("SELECT key, position FROM known ORDER BY position")
        memory = cls(positions=dict(known))
        for key, epoch, last, position in connection.execute(STREAMS):
            memory.streams[key] = Stream(epoch, last, position)
            memory.unwritten.add(key)
        return memory

    def merge(self, other: "Memory") -> None:
        """Take over what a transaction has made durable."""
        self.positions.update(other.positions)
        self.streams.update(other.streams)
        self.unwritten.update(other.streams)

    def forget_ids(self, rows: Iterable[tuple[int, str]]) -> None:
        """Forget ids: ``(position, key)``, unless the key came again."""
        for position, key in rows:
            if self.positions.get(key) == position:
                del self.positions[key]

    def forget_streams(self, keys: Iterable[str]) -> None:
        """Forget how far order keys are counted."""
        for key in keys:
            self.streams.pop(key, None)
            self.unwritten.discard(key)


def write_streams(cursor: sqlite3.Cursor, memory: Memory, position: int) -> None:
    """Write down how far the streams are counted; a restart looks on from there."""
    cursor.executemany(
        "REPLACE INTO stream VALUES (?, ?, ?, ?)",
        [
            (key, stream.epoch, stream.last, stream.position)
            for key in memory.unwritten
            if (stream := memory.streams.get(key))
        ],
    )
    cursor.execute("REPLACE INTO meta VALUES ('streams_kept', ?)", (str(position),))
