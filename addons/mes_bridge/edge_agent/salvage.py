"""What can be saved of a damaged journal.

Messages keep their bytes, and with them their id, epoch and sequence: one that Odoo had
already is recognised there. Streams begin a later epoch. A row of which a part is damaged
stays behind: half a message must not reach Odoo, nor anything the journal stumbles over.
"""

import json
import shutil
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from pathlib import Path
from typing import Any

from .durable import write_durably
from .events import get_digest, is_meant
from .journal import Journal
from .journal_file import FILE, INTERRUPTED
from .journal_schema import connect
from .records import Limits
from .salvage_rows import COLUMNS, IS_WHOLE, is_position

# What was taken in, and of which nothing is left that could be sent.
LOST = """
SELECT position, key FROM known
 WHERE state IS NULL
   AND position NOT IN (SELECT position FROM message)
   AND position NOT IN (SELECT position FROM quarantine)
 ORDER BY position
"""


def salvage(folder: Path, limits: Limits) -> str:
    """Keep the damaged file aside and fill a new one; if that was interrupted, go on.

    :returns: a sentence that says what was saved, and where the ids of what was lost are.
    """
    work = next(folder.glob(INTERRUPTED), None)
    if work is None:
        work = folder / time.strftime("salvage-%Y%m%d-%H%M%S", time.gmtime())
        work.mkdir(mode=0o700)
    damaged = folder / f"{work.name.replace('salvage', 'damaged')}.db"
    lost = damaged.with_suffix(".lost")
    if not damaged.exists():
        _keep_aside(folder, damaged)
    if not (folder / FILE).exists():
        _fill(work, damaged, lost, limits)
        (work / FILE).replace(folder / FILE)
    shutil.rmtree(work)
    return _tell(folder, damaged, lost, limits)


def _keep_aside(folder: Path, damaged: Path) -> None:
    # The file itself comes last: once it has its new name, everything has.
    for part in ("-wal", "-shm", ""):
        file = folder / f"{FILE}{part}"
        if file.exists():
            file.rename(damaged.with_name(damaged.name + part))


def _fill(work: Path, damaged: Path, lost: Path, limits: Limits) -> None:
    for file in work.iterdir():
        file.unlink()
    journal = Journal(work, limits)
    with journal.transaction() as cursor:
        for table, is_whole in IS_WHOLE.items():
            _carry_over(damaged, cursor, table, is_whole)
        _leave_out_altered(cursor)
        _remember(cursor)
        keys = _forget_lost(cursor)
    journal.close()
    journal = Journal(work, limits)
    journal.raise_epoch(recount=True)
    journal.close()
    if keys:
        write_durably(lost, "".join(f"{json.dumps(key)}\n" for key in keys))


def _tell(folder: Path, damaged: Path, lost: Path, limits: Limits) -> str:
    with closing(Journal(folder, limits)) as journal:
        said = (
            f"{journal.messages} messages and {journal.quarantined} in quarantine were "
            f"carried over. The damaged file is {damaged}."
        )
    if lost.exists():
        count = len(lost.read_text().splitlines())
        said += (
            f" {count} messages cannot be read: their sources and ids are in {lost}. "
            "Let them be sent again; they are taken in."
        )
    return said


def _carry_over(
    file: Path,
    cursor: sqlite3.Cursor,
    table: str,
    is_whole: Callable[[dict[str, Any]], bool],
) -> None:
    """Copy the rows of a table that are whole."""
    columns = COLUMNS[table]
    marks = ", ".join("?" * len(columns))
    for values in _read(file, table):
        row = dict(zip(columns, values, strict=True))
        if is_whole(row):
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
                    last = row[0] if is_position(row[0]) else last
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
