"""What the shop floor reports, and what a number of reports adds up to."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Literal

Kind = Literal[
    "accepted",
    "rejected",
    "started",
    "paused",
    "resumed",
    "ended",
    "consumed",
    "reported",
    "byproduct",
    "scrapped",
    "reworked",
    "labour",
    "completed",
    "reversed",
    "noted",
]
State = Literal[
    "released",
    "accepted",
    "rejected",
    "in_progress",
    "paused",
    "partially_completed",
    "completed",
]
QUANTITY_KINDS: frozenset[Kind] = frozenset(
    {"consumed", "reported", "byproduct", "scrapped", "reworked"}
)
# Quantities are compared with this tolerance, in the product's unit.
TOLERANCE = 1e-6

# Product and lot; 0 stands for "without a lot".
Key = tuple[int, int]
# Where an event stands among those of its order: time, epoch, sequence, identity.
Place = tuple[float, str, int, str]


@dataclass(frozen=True)
class Event:
    """One report, or the part of it that speaks of one lot.

    :param identity: unique; the same report twice has the same one.
    :param kind: ``noted`` is a report that counts as one and says nothing any more.
    :param key: product and lot of a quantity; None for events without one.
    :param quantity: what this report adds, in the product's unit; None when it only says
        how much it is by now.
    :param cumulative: total of this kind and key as the sender counts it.
    :param occurred_at: seconds since 1970, UTC; then ``epoch`` and ``sequence`` decide.
    :param report: the sender's id of the report; default: the identity.
    :param operation: id of the operation, 0 for the order as a whole.
    :param started_at: only ``labour``: the interval's begin; ``ended_at`` its end.
    :param corrects: only ``reversed``: the report that is taken back.
    :param announced_good: only ``completed``: the total of good units of the order.
    :param announced: only ``completed``: what was consumed in total, per product and lot.
    :param announced_scrap: the same of scrap; None when the completion does not say.
    :param announced_reports: only ``completed``: how many reports there are, this one
        included; 0 when the completion does not say.
    :param backorder: only ``completed``: what was not made is the next part.
    :param told_part: only ``completed``: the part that it completes; 0 for not told.
    :param made_before: only ``scrapped``: the unit was reported as good before.
    :param begins_anew: its count began at zero: a person said so of one that fell.
    :param part: the part that it belongs to, see ``parts.assign_parts``.
    """

    identity: str
    kind: Kind
    key: Key | None = None
    quantity: float | None = None
    cumulative: float | None = None
    occurred_at: float = 0.0
    epoch: str = ""
    sequence: int = 0
    report: str = ""
    operation: int = 0
    started_at: float = 0.0
    ended_at: float = 0.0
    corrects: str = ""
    announced_good: float = 0.0
    announced: Mapping[Key, float] = field(default_factory=dict[Key, float])
    announced_scrap: Mapping[Key, float] | None = None
    announced_reports: int = 0
    backorder: bool = False
    told_part: int = 0
    made_before: bool = False
    begins_anew: bool = False
    part: int = 1

    @property
    def place(self) -> Place:
        """Return where the event stands among those of its order."""
        return (self.occurred_at, self.epoch, self.sequence, self.identity)

    @property
    def name(self) -> str:
        """Return what a reversal calls it: the report that it came with."""
        return self.report or self.identity

    @property
    def stream(self) -> tuple[str, Key, str]:
        """Return what a cumulative quantity counts; a new epoch counts from zero."""
        return (self.kind, self.key or (0, 0), self.epoch)


@dataclass(frozen=True)
class Interval:
    """Time that an operation ran, in seconds since 1970."""

    operation: int
    started_at: float
    ended_at: float
    identity: str


@dataclass(frozen=True)
class Order:
    """What is known of an order.

    :param amounts: what each quantity event adds by now, by its identity, whatever its
        part; zero when it was taken back.
    :param rounded: the same as it is posted: the rounded total up to the event less the
        rounded total before it, so that many small reports add up.
    :param good: units that were made and are still good: those scrapped later are not.
    :param missing: what the completion announced and no report has told yet.
    :param excess: what was reported beyond the completion's totals.
    :param gaps: sender's count less what has been told, per kind, product and lot.
    :param violations: events that do not follow from those before them, with the reason.
    :param unresolved: reports that were taken back and never came.
    :param intervals: when the operations ran; labour where it was reported.
    :param running: operations and whether they run, are paused or have ended.
    """

    state: State
    amounts: Mapping[str, float]
    rounded: Mapping[str, float]
    consumed: Mapping[Key, float]
    produced: Mapping[Key, float]
    good: float
    missing: Mapping[str, float]
    excess: Mapping[str, float]
    gaps: Mapping[str, float]
    violations: Mapping[str, str]
    unresolved: tuple[str, ...]
    intervals: tuple[Interval, ...]
    running: Mapping[int, str]

    @property
    def is_settled(self) -> bool:
        """Tell whether everything that was announced has been reported, exactly."""
        return (
            self.state == "completed"
            and not self.missing
            and not self.excess
            and not self.unresolved
        )


def find_taken_back(ordered: Iterable[Event]) -> set[str]:
    """Return the reports that are taken back; a reversal can be taken back itself.

    :param ordered: in the order in which they happened.
    """
    taken_back: set[str] = set()
    for event in sorted(ordered, key=lambda event: event.place, reverse=True):
        if event.kind == "reversed" and event.name not in taken_back:
            taken_back.add(event.corrects)
    return taken_back
