"""Standard Webhooks signatures, both ways (specification 1.0.0).

The signed bytes are ``{id}.{timestamp}.{raw body}``; a signature is ``v1,`` followed by
the base64 of their HMAC-SHA256.
"""

import base64
import binascii
import hashlib
import hmac
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

PREFIX = "whsec_"
VERSION = "v1"
TOLERANCE_SECONDS = 300
KEY_BYTES_MIN = 24
KEY_BYTES_MAX = 64
# A sender that rotates signs with two keys; more tokens than this are not tried.
SIGNATURES_MAX = 8


class SignatureError(Exception):
    """The request is not signed by one of the keys, or not now."""


@dataclass(frozen=True)
class SignatureHeaders:
    """The three headers of a signed request, checked for form only."""

    message_id: str
    timestamp: int
    signatures: tuple[bytes, ...]


def decode_secret(secret: str) -> bytes:
    """Return the key bytes of a secret, given with or without ``whsec_``.

    :raises ValueError: when it is not base64 of 24 to 64 bytes.
    """
    encoded = secret.strip().removeprefix(PREFIX)
    try:
        key = base64.b64decode(encoded, validate=True)
    except (binascii.Error, ValueError) as error:
        raise ValueError("The secret is not base64.") from error
    if not KEY_BYTES_MIN <= len(key) <= KEY_BYTES_MAX:
        raise ValueError("The secret must hold 24 to 64 bytes.")
    return key


def encode_secret(key: bytes) -> str:
    """Return the secret as partners exchange it, with ``whsec_``."""
    return PREFIX + base64.b64encode(key).decode()


def sign(key: bytes, message_id: str, timestamp: int, body: bytes) -> str:
    """Return one signature token, ``v1,<base64>``."""
    digest = _digest(key, message_id, timestamp, body)
    return f"{VERSION},{base64.b64encode(digest).decode()}"


def signed_headers(
    keys: Sequence[bytes], message_id: str, timestamp: int, body: bytes
) -> dict[str, str]:
    """Return the headers of an outgoing request, signed with every key given."""
    return {
        "webhook-id": message_id,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": " ".join(
            sign(key, message_id, timestamp, body) for key in keys
        ),
    }


def read_headers(headers: Mapping[str, str]) -> SignatureHeaders:
    """Parse the headers of an incoming request.

    :raises SignatureError: when one is missing or malformed.
    """
    message_id = headers.get("webhook-id", "")
    if not message_id or "." in message_id or len(message_id) > 255:
        raise SignatureError("webhook-id is missing or malformed")
    stamp = headers.get("webhook-timestamp", "")
    if not (stamp.isascii() and stamp.isdigit() and len(stamp) <= 12):
        raise SignatureError("webhook-timestamp must be whole seconds since 1970")
    signatures = tuple(_read_signatures(headers.get("webhook-signature", "")))
    if not signatures:
        raise SignatureError("webhook-signature holds no v1 signature")
    return SignatureHeaders(message_id, int(stamp), signatures)


def _read_signatures(header: str) -> list[bytes]:
    digests: list[bytes] = []
    for token in header.split(" ", SIGNATURES_MAX)[:SIGNATURES_MAX]:
        version, _, encoded = token.partition(",")
        if version != VERSION or not encoded.isascii():
            continue
        try:
            digest = base64.b64decode(encoded, validate=True)
        except (binascii.Error, ValueError):
            continue
        # Base64 lets the last character carry unused bits: one spelling only.
        if base64.b64encode(digest).decode() == encoded:
            digests.append(digest)
    return digests


def verify(
    keys: Sequence[bytes],
    headers: Mapping[str, str],
    body: bytes,
    *,
    now_seconds: float,
    tolerance_seconds: int = TOLERANCE_SECONDS,
) -> SignatureHeaders:
    """Check an incoming request against every key, in constant time.

    :param keys: the keys in force, two while a secret is rotated.
    :param body: the raw bytes, before anything parsed them.
    :raises SignatureError: with a reason that is safe to tell the caller.
    """
    parsed = read_headers(headers)
    if abs(now_seconds - parsed.timestamp) > tolerance_seconds:
        raise SignatureError("webhook-timestamp is too far from now; check the clock")
    genuine = False
    for key in keys:
        expected = _digest(key, parsed.message_id, parsed.timestamp, body)
        for given in parsed.signatures:
            genuine |= hmac.compare_digest(expected, given)
    if not genuine:
        raise SignatureError("no signature matches a key in force")
    return parsed


def _digest(key: bytes, message_id: str, timestamp: int, body: bytes) -> bytes:
    signed = f"{message_id}.{timestamp}.".encode() + body
    return hmac.digest(key, signed, hashlib.sha256)
