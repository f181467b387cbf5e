"""The file of the journal: how it is opened, written to one at a time, and counted."""

import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from .disk import Reserve
from .epoch import begin_epoch, read_epoch
from .errors import AgentError
from .journal_schema import SCHEMA, connect, find_damage
from .memory import Memory, write_streams
from .records import Limits

FILE = "journal.db"
# Folders in which a journal is filled from a damaged one; they go when it is done.
INTERRUPTED = "salvage-*"


class JournalFile:
    """One file, one writer at a time.

    :param folder: holds the file and its write-ahead log.
    :raises AgentError: when the file is damaged, or a salvage of it was interrupted, or
        the clock cannot be right.
    """

    name = "journal"

    def __init__(
        self,
        folder: Path,
        limits: Limits | None = None,
        wall: Callable[[], float] = time.time,
    ) -> None:
        self.limits = limits or Limits()
        self.path = folder / FILE
        self.arrived = threading.Condition()
        self.appended = self.delivered = self.refused = self.commits = 0
        self._wall = wall
        self._reserve = Reserve(folder / "reserve", self.limits.reserve_bytes)
        self._write_lock = threading.Lock()
        self._read_lock = threading.Lock()
        self._open()

    def _open(self) -> None:
        if any(self.path.parent.glob(INTERRUPTED)):
            raise AgentError(
                "A salvage was interrupted. Run the agent with --salvage: it goes on."
            )
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

    def count(self, *, messages: int = 0, size: int = 0, quarantined: int = 0) -> None:
        """Take note of what another transaction moved."""
        with self._write_lock:
            self.messages += messages
            self.bytes += size
            self.quarantined += quarantined

    def take_position(self) -> int:
        """Return a position that no message has; within a transaction."""
        self._last_position += 1
        return self._last_position

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
