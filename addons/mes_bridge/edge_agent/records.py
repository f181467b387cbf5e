"""What the journal is asked for and what it gives."""

import sqlite3
import zlib
from dataclasses import dataclass

from .errors import Refusal

FULL_RETRY_SECONDS = 30
SHARDS = 1 << 16


@dataclass(frozen=True)
class Limits:
    """How much the journal keeps; beyond it, events are refused with an alarm.

    :param min_free_bytes: of the disk, so that what is there can still be worked off.
    :param max_known: ids that are remembered after their delivery.
    :param max_streams: order keys that are remembered.
    """

    max_messages: int = 5_000_000
    max_bytes: int = 4 * 1024**3
    min_free_bytes: int = 64 * 1024**2
    reserve_bytes: int = 16 * 1024**2
    max_known: int = 250_000
    max_streams: int = 500_000


@dataclass(frozen=True)
class Accepted:
    """An event is on the disk.

    :param position: in the journal; :param sequence: in its stream, if it has one.
    :param replayed: it had been taken in before.
    """

    position: int
    sequence: int | None
    replayed: bool = False


@dataclass(frozen=True)
class Stored:
    """One message on its way out."""

    position: int
    order_key: str
    key: str
    body: bytes


def get_shard(order_key: str, key: str) -> int:
    """Return the part of the journal that a message is in; its order key decides."""
    return zlib.crc32((order_key or key).encode()) % SHARDS


def is_full(error: sqlite3.Error) -> bool:
    """Tell whether it was for want of room."""
    return getattr(error, "sqlite_errorcode", None) == sqlite3.SQLITE_FULL


def explain(error: sqlite3.Error) -> Refusal:
    """Return what a caller is told when the disk fails."""
    if is_full(error):
        return full("The disk is full.")
    return Refusal(
        503,
        "journal-failed",
        f"The journal cannot be written: {error}. Nothing was taken in.",
        retry_after_seconds=FULL_RETRY_SECONDS,
    )


def full(reason: str) -> Refusal:
    """Return what a caller is told when there is no room."""
    return Refusal(
        507,
        "journal-full",
        f"{reason} Nothing was taken in; send it again later.",
        retry_after_seconds=FULL_RETRY_SECONDS,
    )
