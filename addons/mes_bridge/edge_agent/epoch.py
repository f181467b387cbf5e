"""The epoch: from when on a journal counts.

A sequence says where a message stands in its stream; after the journal was lost or
restored the same numbers come again. The epoch tells them apart: it only grows.
"""

import sqlite3

from .errors import AgentError

# No plant had this suite before: an earlier clock is a wrong one.
EARLIEST_SECONDS = 1_735_689_600


def read_epoch(cursor: sqlite3.Cursor) -> str | None:
    """Return the epoch of new streams, None in a new journal."""
    row = cursor.execute("SELECT value FROM meta WHERE name = 'epoch'").fetchone()
    return row[0] if row else None


def begin_epoch(cursor: sqlite3.Cursor, wall_seconds: float) -> str:
    """Begin one that is later than any before. Returns it: milliseconds since 1970.

    :raises AgentError: when the clock cannot be right: an epoch that is too small would
        make everything that follows look outdated.
    """
    if wall_seconds < EARLIEST_SECONDS:
        raise AgentError(
            "The clock of this machine is years behind. Set it, then start again: the "
            "journal's epoch is taken from it once."
        )
    before = read_epoch(cursor)
    epoch = str(max(int(wall_seconds * 1000), int(before) + 1 if before else 0))
    cursor.execute("REPLACE INTO meta VALUES ('epoch', ?)", (epoch,))
    return epoch
