"""Ids of our own events: which row of which database's ledger it is."""

import hashlib
import uuid

_ROW_BITS = 62


def row_uuid(database: str, row: int) -> str:
    """Return the id of a row: a UUID of version 8 that says which row it is.

    :param database: the database's own UUID.
    """
    digest = int.from_bytes(hashlib.sha256(database.encode()).digest()[:8])
    high, middle = digest >> 16, digest & 0xFFF
    number = high << 80 | 8 << 76 | middle << 64 | 2 << _ROW_BITS | row
    return str(uuid.UUID(int=number))


def read_row(database: str, event_id: str) -> int | None:
    """Return the row an event id names, or None when it is of somewhere else."""
    try:
        found = uuid.UUID(event_id.removeprefix("urn:uuid:"))
    except ValueError:
        return None
    row = found.int & (1 << _ROW_BITS) - 1
    return row if row_uuid(database, row) == str(found) else None
