"""When something can have happened."""

from datetime import datetime, timedelta

# Clocks differ; more than this is a clock that is wrong.
AHEAD, BEHIND = timedelta(hours=1), timedelta(days=5 * 365)


def is_plausible(
    moment: datetime, received_at: datetime, since: datetime | None = None
) -> bool:
    """Tell whether something that was received can have happened at a moment.

    :param since: what it is about was there since then; default: since it was received.
    """
    return (since or received_at) - BEHIND < moment <= received_at + AHEAD
