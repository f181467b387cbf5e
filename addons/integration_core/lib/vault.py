"""Secrets at rest: encrypted with a key that is not in the database."""

import hashlib
import secrets
from collections.abc import Sequence

from cryptography.fernet import Fernet, InvalidToken, MultiFernet

TOKEN_PREFIX = "odi_"
TOKEN_BYTES = 32


class VaultError(Exception):
    """There is no usable key, or the secret was encrypted with another one."""


def split_keys(setting: str) -> list[str]:
    """Return the keys of a setting: newest first, separated by commas."""
    return [key.strip() for key in setting.split(",") if key.strip()]


def encrypt(keys: Sequence[str], secret: bytes) -> str:
    """Encrypt with the first key. Returns URL-safe text.

    :raises VaultError: when there is no key or it is malformed.
    """
    return _vault(keys).encrypt(secret).decode()


def decrypt(keys: Sequence[str], token: str) -> bytes:
    """Decrypt with whichever key fits.

    :raises VaultError: when none does.
    """
    try:
        return _vault(keys).decrypt(token.encode())
    except InvalidToken as error:
        raise VaultError("No encryption key in force opens this secret.") from error


def _vault(keys: Sequence[str]) -> MultiFernet:
    if not keys:
        raise VaultError("No encryption key is configured.")
    try:
        return MultiFernet([Fernet(key) for key in keys])
    except ValueError as error:
        raise VaultError("The encryption key is malformed.") from error


def new_encryption_key() -> str:
    """Return a fresh key for the configuration file."""
    return Fernet.generate_key().decode()


def new_token() -> str:
    """Return a bearer token with 256 bits of randomness."""
    return TOKEN_PREFIX + secrets.token_urlsafe(TOKEN_BYTES)


def hash_token(token: str) -> str:
    """Return what the database keeps of a bearer token.

    A plain SHA-256 is enough (and fast enough to check per request) because the
    token is random and long; passwords would need a slow hash.
    """
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()
