"""What leaves the journal: with Odoo's receipt, or into quarantine for a person."""

import sqlite3
from collections.abc import Callable, Sequence

from .journal_file import JournalFile
from .records import Stored, is_full


class Outgoing(JournalFile):
    """The messages on their way to Odoo."""

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
