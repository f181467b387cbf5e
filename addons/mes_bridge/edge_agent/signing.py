"""Signing as Standard Webhooks do, with every secret in force.

While a secret is rotated the file holds both, the new one first: requests then carry
two signatures, and Odoo takes the one it knows.
"""

import base64
import binascii
import hashlib
import hmac
import logging
from pathlib import Path

from .errors import AgentError

PREFIX = "whsec_"
KEY_BYTES_MIN = 24

_logger = logging.getLogger(__name__)


def decode_secret(text: str) -> bytes:
    """Return the raw key of a ``whsec_…`` secret.

    :raises AgentError: when it is none; the secret is not repeated.
    """
    try:
        key = base64.b64decode(text.removeprefix(PREFIX), validate=True)
    except (binascii.Error, ValueError):
        key = b""
    if not text.startswith(PREFIX) or len(key) < KEY_BYTES_MIN:
        raise AgentError(
            "A secret reads whsec_ followed by base64 of 24 bytes or more, one a line."
        )
    return key


def sign(
    keys: tuple[bytes, ...], message_id: str, timestamp: int, body: bytes
) -> dict[str, str]:
    """Return the headers of a signed request."""
    signed = f"{message_id}.{timestamp}.".encode() + body
    digests = [hmac.digest(key, signed, hashlib.sha256) for key in keys]
    return {
        "webhook-id": message_id,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": " ".join(
            "v1," + base64.b64encode(digest).decode() for digest in digests
        ),
    }


class Secrets:
    """The secrets of a file, read again whenever it changes."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._state: tuple[int, int, int] | None = None
        self._keys: tuple[bytes, ...] = ()
        self.rotations = -1
        self.load()

    @property
    def keys(self) -> tuple[bytes, ...]:
        """The keys in force; the last good ones while the file is being edited."""
        try:
            self.load()
        except AgentError as error:
            _logger.error("%s The secrets read before stay in use.", error)
        return self._keys

    def load(self) -> None:
        """Read the file if it changed.

        :raises AgentError: when it cannot be read or holds no secret.
        """
        try:
            stat = self._file.stat()
            state = (stat.st_mtime_ns, stat.st_ino, stat.st_size)
            if state == self._state:
                return
            lines = self._file.read_text().split()
        except (OSError, UnicodeDecodeError) as error:
            raise AgentError(f"{self._file} cannot be read: {error}") from error
        self._state = state
        if not lines:
            raise AgentError(f"{self._file} holds no secret.")
        self._keys = tuple(decode_secret(line) for line in lines)
        self.rotations += 1
        if self.rotations:
            _logger.info("The secrets were read again: %d in force", len(self._keys))
