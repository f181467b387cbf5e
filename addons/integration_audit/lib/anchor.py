"""The anchor: what was sealed, kept in a file outside the database.

One line of JSON per seal. Beside the seal itself it holds a print of every row that the
seal covers, 28 bytes each: enough to name a row that was changed, moved or removed, also
when its seal is gone with it.
"""

import base64
import json
import struct
from collections.abc import Iterator
from dataclasses import asdict, astuple, dataclass
from typing import NamedTuple
from uuid import UUID

# Row id, name (a UUID, zeros where a row has none), begin of the row's SHA-256.
_PRINT = struct.Struct(">i16s8s")
NO_NAME = bytes(16)


class RowPrint(NamedTuple):
    """A row as it was sealed, or as it is now.

    :param name: 16 bytes; ``digest``: the first 8 of its SHA-256.
    """

    row_id: int
    name: bytes
    digest: bytes

    @property
    def label(self) -> str:
        """Return how people find the row: a message's UUID, and the row's id."""
        return f"{UUID(bytes=self.name)} (row {self.row_id})" if any(
            self.name
        ) else f"row {self.row_id}"


@dataclass(frozen=True)
class Anchored:
    """One line: a seal, and the prints of its rows."""

    ledger: str
    number: int
    first_id: int
    last_id: int
    sealed_at: str
    mac: str
    rows: str


_MEMBERS = tuple(Anchored.__dataclass_fields__)
_NUMBERS = ("number", "first_id", "last_id")


@dataclass(frozen=True)
class Differences:
    """Rows that are not what they were, each as it was sealed or, if added, as found."""

    changed: tuple[RowPrint, ...]
    gone: tuple[RowPrint, ...]
    added: tuple[RowPrint, ...]


def pack(prints: bytes) -> str:
    """Return prints as a member of a line."""
    return base64.b64encode(prints).decode()


def read_prints(packed: str | bytes) -> Iterator[RowPrint]:
    """Return the prints of a line, or those that PostgreSQL put together."""
    raw = base64.b64decode(packed) if isinstance(packed, str) else packed
    return (RowPrint(*parts) for parts in _PRINT.iter_unpack(raw))


def write_line(anchored: Anchored) -> bytes:
    return json.dumps(asdict(anchored), separators=(",", ":")).encode() + b"\n"


def read_line(line: bytes) -> Anchored | None:
    """Return what a line says, or None when it is torn or was tampered with."""
    try:
        anchored = Anchored(**json.loads(line))
        list(read_prints(anchored.rows))
    except (ValueError, TypeError, struct.error):
        return None
    kinds = (int if name in _NUMBERS else str for name in _MEMBERS)
    fits = all(map(isinstance, astuple(anchored), kinds))
    return anchored if fits else None


def compare(sealed: str, found: bytes) -> Differences:
    """Compare the prints of a line with those of the rows that are there now."""
    before = {row.row_id: row for row in read_prints(sealed)}
    now = {row.row_id: row for row in read_prints(found)}
    return Differences(
        tuple(row for key, row in before.items() if key in now and now[key] != row),
        tuple(row for key, row in before.items() if key not in now),
        tuple(row for key, row in now.items() if key not in before),
    )
