"""Which rows of a damaged journal are whole.

SQLite reads what a page says: a value may be gone, of another type, or another one.
"""

from collections.abc import Callable
from typing import Any

from .errors import Refusal
from .events import find_faults, parse
from .records import get_shard

MAX_POSITION = 1 << 53
DIGEST_BYTES = 16
EPOCH_DIGITS = 15

COLUMNS = {
    "message": ("position", "shard", "order_key", "key", "taken_at", "body"),
    "quarantine": (
        *("position", "order_key", "key", "shard", "taken_at", "body", "problem"),
        *("set_aside_at", "decision"),
    ),
    "known": ("position", "key", "digest", "order_key", "epoch", "sequence", "state"),
    "meta": ("name", "value"),
}


def _is_whole_message(row: dict[str, Any]) -> bool:
    """Tell whether it is the event that its key names. Its shard is worked out anew."""
    if not (is_position(row["position"]) and isinstance(row["body"], bytes)):
        return False
    try:
        event = parse(row["body"])
    except Refusal:
        return False
    if not isinstance(event, dict) or find_faults(event):
        return False
    if row["key"] != f"{event['source']}\n{event['id']}":
        return False
    if row["order_key"] != (event.get("subject") or ""):
        return False
    row["shard"] = get_shard(row["order_key"], row["key"])
    return isinstance(row["taken_at"], float)


def _is_whole_refusal(row: dict[str, Any]) -> bool:
    texts = (row["order_key"], row["key"], row["problem"])
    return (
        is_position(row["position"])
        and all(isinstance(text, str) for text in texts)
        and isinstance(row["body"], bytes)
        and isinstance(row["shard"], int)
        and isinstance(row["taken_at"], float)
        and isinstance(row["set_aside_at"], float)
        and isinstance(row["decision"], str | None)
    )


def _is_whole_memory(row: dict[str, Any]) -> bool:
    return (
        is_position(row["position"])
        and isinstance(row["key"], str)
        and isinstance(row["order_key"], str)
        and isinstance(row["digest"], bytes)
        and len(row["digest"]) == DIGEST_BYTES
        and isinstance(row["epoch"], str | None)
        and (row["sequence"] is None or is_position(row["sequence"]))
        and isinstance(row["state"], str | None)
    )


def _is_whole_value(row: dict[str, Any]) -> bool:
    name, value = row["name"], row["value"]
    if not (isinstance(name, str) and isinstance(value, str)):
        return False
    if name in {"epoch", "streams_kept"}:
        return value.isascii() and value.isdigit() and len(value) <= EPOCH_DIGITS
    return True


def is_position(value: object) -> bool:
    """Tell whether a journal can have come to this number."""
    return isinstance(value, int) and 0 < value < MAX_POSITION


IS_WHOLE: dict[str, Callable[[dict[str, Any]], bool]] = {
    "message": _is_whole_message,
    "quarantine": _is_whole_refusal,
    "known": _is_whole_memory,
    "meta": _is_whole_value,
}
