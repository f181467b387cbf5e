"""When a delivery is tried again. No clock and no randomness of its own."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

JITTER_SHARE = 0.2
RETRY_AFTER_MAX_SECONDS = 24 * 3600


def parse_schedule(text: str) -> tuple[int, ...]:
    """Read a retry schedule: seconds before the second, third … attempt.

    :raises ValueError: when a part is not a positive whole number.
    """
    delays = tuple(
        int(part) for part in text.replace(";", ",").split(",") if part.strip()
    )
    if not delays or min(delays) < 1:
        raise ValueError("A schedule lists positive whole seconds, such as 5, 30, 300.")
    return delays


def delay_seconds(
    schedule: Sequence[int],
    attempts: int,
    *,
    random: Callable[[], float],
    retry_after_seconds: float | None = None,
) -> float:
    """Return the wait before the next attempt.

    :param attempts: attempts made so far, at least one; past the schedule's end its
        last delay repeats.
    :param random: returns a float in [0, 1); spreads the wait by ±20 %.
    :param retry_after_seconds: the least wait the receiver asked for; honoured up to
        a day.
    """
    base = schedule[min(attempts, len(schedule)) - 1]
    wait = base * (1 + JITTER_SHARE * (2 * random() - 1))
    if retry_after_seconds is not None:
        wait = max(wait, min(retry_after_seconds, RETRY_AFTER_MAX_SECONDS))
    return wait


def parse_retry_after(header: str | None, now: datetime) -> float | None:
    """Read a ``Retry-After`` header (RFC 9110 section 10.2.3).

    :param now: aware, UTC.
    :returns: seconds from now, never negative; None when absent or unreadable.
    """
    if not header:
        return None
    text = header.strip()
    if text.isascii() and text.isdigit():
        return float(min(int(text[:10]), RETRY_AFTER_MAX_SECONDS))
    try:
        moment = parsedate_to_datetime(text)
    except (ValueError, OverflowError):
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return max(0.0, (moment - now).total_seconds())
