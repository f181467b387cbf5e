"""What Odoo refused for good, and what a person decides about it."""

import hashlib
import json
import time
from typing import Any

from .errors import Refusal
from .journal import Journal

PAGE = 200
STEP = 1000
# In SQL: what refused it, and whether it was an event at all.
PROBLEM_TYPE = (
    "coalesce(json_extract(problem, '$.type'),"
    " 'status-' || coalesce(json_extract(problem, '$.status'), 'unknown'))"
)
IS_EVENT = "json_extract(CAST(body AS TEXT), '$.specversion') IS NOT NULL"


def read_quarantine(journal: Journal) -> list[dict[str, Any]]:
    """Return what waits for a decision, oldest first, with the reasons."""
    rows = journal.query(
        "SELECT position, order_key, key, taken_at, set_aside_at, problem, body"
        " FROM quarantine WHERE decision IS NULL ORDER BY position LIMIT ?",
        PAGE,
    )
    return [
        {
            "position": position,
            "order_key": order_key,
            "source": key.partition("\n")[0],
            "id": key.partition("\n")[2],
            "taken_at": taken_at,
            "set_aside_at": set_aside_at,
            "problem": json.loads(problem),
            "event": json.loads(body),
        }
        for position, order_key, key, taken_at, set_aside_at, problem, body in rows
    ]


def keep_unreadable(journal: Journal, name: str, raw: bytes, refusal: Refusal) -> None:
    """Keep what came in and cannot be read, where nobody is there to be told.

    The same again, as when the agent died before it could acknowledge it, is kept once.

    :param name: where it came from, such as an MQTT topic.
    """
    now = time.time()
    key = f"{name}\n{hashlib.sha256(raw).hexdigest()[:32]}"
    body = json.dumps({"from": name, "raw": raw.decode("utf-8", "backslashreplace")})
    with journal.transaction() as cursor:
        waiting = cursor.execute(
            "SELECT 1 FROM quarantine WHERE key = ? AND decision IS NULL LIMIT 1",
            (key,),
        ).fetchone()
        if waiting:
            return
        cursor.execute(
            "INSERT INTO quarantine VALUES (?, '', ?, 0, ?, ?, ?, ?, NULL)",
            (
                journal.take_position(),
                key,
                now,
                body.encode(),
                json.dumps(refusal.as_dict()),
                now,
            ),
        )
    journal.count(quarantined=1)


def count_problems(journal: Journal) -> dict[str, int]:
    """Return how many wait for a decision, by the type of their problem.

    A problem without a type counts by its status: ``status-403``.
    """
    rows = journal.query(
        f"SELECT {PROBLEM_TYPE}, count(*) FROM quarantine"
        " WHERE decision IS NULL GROUP BY 1 ORDER BY 2 DESC"
    )
    return dict(rows)


def send_again(journal: Journal, position: int) -> None:
    """Put a message back where it was, as after its contract was mended.

    :raises Refusal: 404; 409 for what never was an event.
    """
    (*_others, waiting) = journal.query(
        "SELECT NULL UNION ALL SELECT body FROM quarantine"
        " WHERE position = ? AND decision IS NULL",
        position,
    )
    _require(waiting[0] is not None, position)
    if not _send(journal, "position = ?", position):
        raise Refusal(
            409,
            "not-an-event",
            "It could not be read when it came, so it cannot be sent. Discard it, and "
            "let its sender send it right.",
        )


def send_all(journal: Journal, problem_type: str | None = None) -> int:
    """Put all messages back where they were, as after a scope was granted again.

    In their order and in small steps: taking in and delivery go on. What never was an
    event stays.

    :param problem_type: only those with this problem, such as ``urn:problem:…``.
    :returns: how many there were.
    """
    condition, values = "1", ()
    if problem_type is not None:
        condition, values = f"{PROBLEM_TYPE} = ?", (problem_type,)
    count, last = 0, -1
    while True:
        rows = journal.query(
            f"SELECT position FROM quarantine WHERE {condition} AND position > ?"
            f" AND decision IS NULL AND {IS_EVENT} ORDER BY position LIMIT ?",
            *values,
            last,
            STEP,
        )
        if not rows:
            return count
        first, last = rows[0][0], rows[-1][0]
        span = f"{condition} AND position BETWEEN ? AND ?"
        count += _send(journal, span, *values, first, last)


def _send(journal: Journal, condition: str, *values: object) -> int:
    where = f" WHERE {condition} AND decision IS NULL AND {IS_EVENT}"
    with journal.transaction() as cursor:
        ((count, size),) = cursor.execute(
            f"SELECT count(*), coalesce(sum(length(body)), 0) FROM quarantine{where}",
            values,
        ).fetchall()
        cursor.execute(
            "INSERT INTO message (position, shard, order_key, key, taken_at, body)"
            f" SELECT position, shard, order_key, key, taken_at, body FROM quarantine{where}",
            values,
        )
        cursor.execute(f"DELETE FROM quarantine{where}", values)
    journal.count(messages=count, size=size, quarantined=-count)
    with journal.arrived:
        journal.arrived.notify_all()
    return count


def discard(journal: Journal, position: int, reason: str) -> None:
    """Decide that a message is not sent. It stays on record, with the reason.

    :raises Refusal: 400 without a reason, 404.
    """
    if not reason.strip():
        raise Refusal(400, "reason-missing", "Say why the message is not sent.")
    with journal.transaction() as cursor:
        moved = cursor.execute(
            "UPDATE quarantine SET decision = ?"
            " WHERE position = ? AND decision IS NULL",
            (reason, position),
        ).rowcount
        _require(moved, position)
        cursor.execute(
            "UPDATE known SET state = 'discarded' WHERE position = ?",
            (position,),
        )
    journal.count(quarantined=-1)


def _require(found: object, position: int) -> None:
    if not found:
        detail = f"No message with the position {position} waits for a decision."
        raise Refusal(404, "not-in-quarantine", detail)
