"""What Odoo refused for good, and what a person decides about it."""

import hashlib
import json
import time
from typing import Any

from .errors import Refusal
from .journal import Journal

PAGE = 200


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
    journal.quarantined += 1


def send_again(journal: Journal, position: int) -> None:
    """Put a message back where it was, as after its contract was mended.

    :raises Refusal: 404.
    """
    with journal.transaction() as cursor:
        moved = cursor.execute(
            "INSERT INTO message (position, shard, order_key, key, taken_at, body)"
            " SELECT position, shard, order_key, key, taken_at, body FROM quarantine"
            " WHERE position = ? AND decision IS NULL",
            (position,),
        ).rowcount
        _require(moved, position)
        cursor.execute("DELETE FROM quarantine WHERE position = ?", (position,))
        ((size,),) = cursor.execute(
            "SELECT length(body) FROM message WHERE position = ?", (position,)
        ).fetchall()
    journal.messages += 1
    journal.bytes += size
    journal.quarantined -= 1
    with journal.arrived:
        journal.arrived.notify_all()


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
    journal.quarantined -= 1


def _require(found: int, position: int) -> None:
    if not found:
        detail = f"No message with the position {position} waits for a decision."
        raise Refusal(404, "not-in-quarantine", detail)
