"""Moments in time: RFC 3339, and microseconds since 1970 to compare them by."""

import re
from datetime import UTC, datetime, timedelta

_MOMENT = re.compile(
    r"\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:(\d\d)(\.\d+)?([Zz]|[+-]([01]\d|2[0-3]):[0-5]\d)"
)
LEAP_SECOND = "60"


def read_moment(text: str) -> datetime | None:
    """Return a moment in UTC, or None when a text is none.

    A leap second is the second before it: calendars of computers have none.
    """
    match = _MOMENT.fullmatch(text)
    if not match or not text.isascii():
        return None
    if match[1] == LEAP_SECOND:
        text = f"{text[: match.start(1)]}59{text[match.end(1) :]}"
    try:
        return datetime.fromisoformat(text.upper()).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def microseconds(text: str) -> int:
    """Return an RFC 3339 moment as microseconds since 1970, UTC.

    :raises ValueError: when it is none.
    """
    moment = read_moment(text)
    if moment is None:
        raise ValueError("Not an RFC 3339 date and time with its zone.")
    delta = moment - datetime(1970, 1, 1, tzinfo=UTC)
    return (delta.days * 86400 + delta.seconds) * 1_000_000 + delta.microseconds


def write_microseconds(number: int) -> str:
    """Write microseconds since 1970 as RFC 3339, UTC."""
    moment = datetime(1970, 1, 1) + timedelta(microseconds=number)
    return f"{moment.isoformat(timespec='microseconds')}Z"
