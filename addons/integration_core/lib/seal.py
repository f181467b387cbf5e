"""Sealing a ledger: an HMAC over a run of rows and over the seal before it.

Who can change the database can change rows and even seals, but cannot make them fit
together again without the key, which is not in the database.
"""

import hashlib
import hmac
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass

FORM = 1
KEY_BYTES_MIN = 32


class SealKeyError(ValueError):
    """The key is too short to be one."""


@dataclass(frozen=True)
class Run:
    """What one seal covers: the rows of a ledger between two ids, both included.

    :param number: of the seal within its ledger, from 1, without gaps.
    :param digest: SHA-256, in hex, over the digests of the rows in order of their id.
    :param sealed_at: RFC 3339, UTC.
    """

    ledger: str
    number: int
    first_id: int
    last_id: int
    row_count: int
    digest: str
    sealed_at: str


def read_keys(setting: str) -> list[bytes]:
    """Return the keys of a setting, newest first, separated by commas.

    :raises SealKeyError: when one is shorter than 32 characters.
    """
    keys = [part.strip().encode() for part in setting.split(",") if part.strip()]
    if any(len(key) < KEY_BYTES_MIN for key in keys):
        raise SealKeyError(f"A seal key has at least {KEY_BYTES_MIN} characters.")
    return keys


def name_key(key: bytes) -> str:
    """Return a short name of a key that tells nothing about it."""
    return hmac.digest(key, b"name of this key", hashlib.sha256).hex()[:16]


def compute_mac(key: bytes, run: Run, previous_mac: str) -> str:
    """Return the seal of a run, in hex.

    :param previous_mac: the seal before it in the same ledger; empty for the first.
    """
    text = json.dumps([FORM, asdict(run), previous_mac], sort_keys=True)
    return hmac.digest(key, text.encode(), hashlib.sha256).hex()


def is_genuine(keys: Sequence[bytes], key_name: str, run: Run, previous: str, mac: str):
    """Return whether a seal was made with one of the keys, or None without that key."""
    for key in keys:
        if name_key(key) == key_name:
            return hmac.compare_digest(compute_mac(key, run, previous), mac)
    return None
