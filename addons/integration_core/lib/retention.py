"""When a message has been kept long enough, and how its leaving is proven."""

import hashlib
import hmac
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta

FOREVER = 0
FORM = 1


@dataclass(frozen=True)
class Kept:
    """A message in the log, as far as keeping it goes.

    :param retention_days: of every flow that it is part of: the sender's or each
        receiver's; ``FOREVER`` where nothing else was decided.
    :param is_settled: nothing of it waits, runs or was given up on.
    :param last_moment: naive UTC: when it was received or, later, last settled.
    """

    retention_days: Sequence[int]
    is_settled: bool
    last_moment: datetime


def is_over(kept: Kept, now: datetime) -> bool:
    """Return whether a message may leave: every flow of it says so."""
    if not kept.is_settled or not kept.retention_days or FOREVER in kept.retention_days:
        return False
    return kept.last_moment + timedelta(days=max(kept.retention_days)) < now


@dataclass(frozen=True)
class Tombstone:
    """What stays of a row that was purged.

    :param digest: SHA-256 of the row, in hex, as its seal covers it.
    :param name: what people and partners call it, such as a message's UUID.
    :param purged_at: RFC 3339, UTC.
    """

    ledger: str
    row_id: int
    digest: str
    name: str
    purged_at: str


def sign(key: bytes, tombstone: Tombstone) -> str:
    """Return the signature of a tombstone, in hex: only a retention rule makes one."""
    text = json.dumps(["tombstone", FORM, asdict(tombstone)], sort_keys=True)
    return hmac.digest(key, text.encode(), hashlib.sha256).hex()


def is_genuine(keys: Sequence[bytes], tombstone: Tombstone, mac: str) -> bool:
    """Return whether one of the keys signed a tombstone."""
    return any(hmac.compare_digest(sign(key, tombstone), mac) for key in keys)
