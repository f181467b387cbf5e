"""Time-ordered identifiers (RFC 9562 section 5.7)."""

import uuid

_RANDOM_A_BITS = 12
_RANDOM_B_BITS = 62


def uuid7(unix_seconds: float, random_bytes: bytes) -> str:
    """Return a version 7 UUID.

    :param unix_seconds: the moment it stands for; kept to the millisecond.
    :param random_bytes: ten random bytes.
    """
    milliseconds = int(unix_seconds * 1000) & ((1 << 48) - 1)
    randomness = int.from_bytes(random_bytes[:10], "big")
    random_a = randomness & ((1 << _RANDOM_A_BITS) - 1)
    random_b = (randomness >> _RANDOM_A_BITS) & ((1 << _RANDOM_B_BITS) - 1)
    value = milliseconds << 80 | 0x7 << 76 | random_a << 64 | 0b10 << 62 | random_b
    return str(uuid.UUID(int=value))
