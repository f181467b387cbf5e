"""Where a message stands in the stream of its business object, and what follows.

A stream is everything of one order key. Its messages are told apart by epoch and
sequence where the sender counts, else by the moment they speak of.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Literal

OrderRule = Literal["strict", "latest_wins", "none"]
LateRule = Literal["apply", "wait", "ignore", "raise"]
EPOCH_DIGITS = 20
# In place of a sequence; sorts before all of them.
NO_SEQUENCE = -1
# Senders count from zero or from one.
FIRST_SEQUENCE_MAX = 1


@dataclass(frozen=True)
class OrderRules:
    """What a policy says about order.

    :param order: ``strict``: one after the other. ``latest_wins``: what is older than
        the newest applied state is ignored. ``none``: no order at all.
    :param late: of a strict stream, what becomes of a message that comes too late or
        after a gap. ``apply``: order of arrival. ``wait``: a gap is waited for, then
        raised. ``ignore``: late ones are ignored. ``raise``: a person decides.
    :param window_seconds: how long a gap is waited for.
    :param stale_after_seconds: older messages are ignored; 0: never.
    """

    order: OrderRule = "strict"
    late: LateRule = "apply"
    window_seconds: int = 60
    stale_after_seconds: int = 0

    @property
    def counts(self) -> bool:
        """Whether a message's place in its stream decides about it.

        What waits is then worked off by sequence, not by arrival.
        """
        return self.order == "latest_wins" or (
            self.order == "strict" and self.late != "apply"
        )

    @property
    def judges(self) -> bool:
        """Whether a message may be anything but applied when its turn comes."""
        return self.counts or bool(self.stale_after_seconds)


@dataclass(frozen=True)
class Place:
    """Where a message stands.

    :param epoch: comparable, see ``comparable_epoch``.
    :param occurred_at: naive UTC.
    """

    epoch: str = ""
    sequence: int | None = None
    occurred_at: datetime | None = None


@dataclass(frozen=True)
class Verdict:
    """What to do with a message now.

    :param cause: of anything but ``apply``: ``stale``, ``late`` or ``gap``.
    :param until: when to look again, for ``wait``.
    :param expected: the sequence that is missing, for ``gap``.
    """

    action: Literal["apply", "wait", "ignore", "raise"]
    cause: Literal["", "stale", "late", "gap"] = ""
    until: datetime | None = None
    expected: int | None = None


APPLY = Verdict("apply")


def comparable_epoch(epoch: str | None) -> str:
    """Return an epoch as text that sorts: counters by value, the rest as it is.

    An epoch grows: a counter of restarts, or the moment of the last one.
    """
    text = epoch or ""
    return text.zfill(EPOCH_DIGITS) if text.isascii() and text.isdigit() else text


def judge(
    rules: OrderRules,
    place: Place,
    last: Place | None,
    *,
    received_at: datetime,
    now: datetime,
    waived: bool = False,
) -> Verdict:
    """Decide on the message whose turn it is.

    :param last: the furthest place of its stream that was applied.
    :param received_at: naive UTC, as ``now``; a window begins there.
    :param waived: somebody decided that it is applied whatever its place.
    """
    if waived:
        return APPLY
    if is_stale(rules, place, now):
        return Verdict("ignore", "stale")
    if not rules.counts:
        return APPLY
    if last and not _is_later(place, last):
        if _is_first_after_all(rules, place, last):
            return APPLY
        late = rules.order == "latest_wins" or rules.late == "ignore"
        return Verdict("ignore" if late else "raise", "late")
    if rules.order == "latest_wins" or rules.late == "ignore":
        return APPLY
    return _judge_gap(rules, place, last, received_at + _window(rules), now)


def is_next(place: Place, last: Place | None) -> bool:
    """Return whether nothing is missing between what was applied and a place."""
    if place.sequence is None:
        return False
    if last is None or last.epoch != place.epoch or last.sequence is None:
        begins = last is None or last.sequence is None or place.epoch > last.epoch
        return begins and place.sequence <= FIRST_SEQUENCE_MAX
    return place.sequence == last.sequence + 1


def _is_first_after_all(rules: OrderRules, place: Place, last: Place) -> bool:
    """Number 0 of a stream that seemed to begin with 1: nobody could miss it."""
    return (
        rules.order == "strict"
        and rules.late == "wait"
        and place.epoch == last.epoch
        and (place.sequence, last.sequence) == (0, FIRST_SEQUENCE_MAX)
    )


def advance(last: Place | None, place: Place) -> Place:
    """Return the furthest place once a message was applied."""
    if last is None or _is_later(place, last):
        return place
    return replace(last, occurred_at=_latest(last.occurred_at, place.occurred_at))


def _window(rules: OrderRules) -> timedelta:
    return timedelta(seconds=rules.window_seconds)


def is_stale(rules: OrderRules, place: Place, now: datetime) -> bool:
    """Return whether a message is older than its policy allows."""
    if not rules.stale_after_seconds or place.occurred_at is None:
        return False
    return now - place.occurred_at > timedelta(seconds=rules.stale_after_seconds)


def _is_later(place: Place, last: Place) -> bool:
    if place.sequence is not None and last.sequence is not None:
        return (place.epoch, place.sequence) > (last.epoch, last.sequence)
    if place.occurred_at and last.occurred_at:
        return place.occurred_at >= last.occurred_at
    return True


def _judge_gap(
    rules: OrderRules, place: Place, last: Place | None, until: datetime, now: datetime
) -> Verdict:
    if place.sequence is None:
        return APPLY
    before = None
    if last is not None and place.epoch == last.epoch:
        before = last.sequence
    begins = before is None
    expected = FIRST_SEQUENCE_MAX if before is None else before + 1
    if place.sequence <= expected:
        return APPLY
    if rules.late == "wait" and now < until:
        return Verdict("wait", "gap", until, expected)
    # Nobody knows where a stream began that was not listened to from its beginning.
    return APPLY if begins else Verdict("raise", "gap", None, expected)


def _latest(first: datetime | None, second: datetime | None) -> datetime | None:
    return max((moment for moment in (first, second) if moment), default=None)
