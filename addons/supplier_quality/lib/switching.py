"""Switching rules of ISO 2859-1:1999 (clause 9.3) and ANSI/ASQ Z1.4, and skip-lot.

The state of a product, supplier and plan is a fold over its ledger of lots: nothing is
stored that the ledger does not say, so a corrected ledger corrects the state.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import reduce
from typing import Literal

from .sampling_tables import Severity, Standard

Procedure = Literal["normal", "tightened", "reduced", "discontinued"]
Kind = Literal["lot", "resumed", "irregular", "tighten"]

WINDOW = 5  # lots looked back upon for a switch to tightened inspection
SCORE_FOR_REDUCED = 30
RUN_FOR_REDUCED = 10  # Z1.4: lots in a row, its limit numbers being optional since 2003
RUN_TO_NORMAL = 5
REJECTIONS_TO_DISCONTINUE = 5


@dataclass(frozen=True)
class Entry:
    """One line of the ledger, oldest first.

    :param kind: a lot on original inspection (not one resubmitted); or a person's word:
        the supplier has improved (resumed), production became irregular (back to
        normal), the quality has to be looked at more closely (tighten).
    :param acceptance: Ac of the plan that judged the lot.
    :param tighter_acceptance: see ``sampling.Draw``.
    """

    kind: Kind = "lot"
    accepted: bool = True
    nonconforming: int = 0
    acceptance: int = 0
    tighter_acceptance: int | None = None


@dataclass(frozen=True)
class State:
    """Where the switching stands after the ledger.

    :param score: switching score (9.3.3.2), in normal inspection.
    :param recent: verdicts of the last lots in this procedure, oldest first.
    :param rejections: not accepted while tightened.
    """

    procedure: Procedure = "normal"
    score: int = 0
    recent: tuple[bool, ...] = ()
    rejections: int = 0

    @property
    def severity(self) -> Severity:
        """The master table to use; lots still inspected once discontinued are tightened."""
        return "tightened" if self.procedure == "discontinued" else self.procedure


@dataclass(frozen=True)
class Rules:
    """How a plan switches.

    :param reduced: the responsible authority considers reduced inspection desirable and
        production is steady (9.3.3.1 b, c).
    """

    standard: Standard = "iso_2859_1"
    reduced: bool = True


def fold(entries: Iterable[Entry], rules: Rules) -> State:
    """Return the state after a whole ledger; it begins with normal inspection."""
    return reduce(lambda state, entry: advance(state, entry, rules), entries, State())


def advance(state: State, entry: Entry, rules: Rules) -> State:
    """Return the state after one more line of the ledger."""
    if entry.kind == "resumed":
        return State("tightened") if state.procedure == "discontinued" else state
    if entry.kind == "irregular":
        return State() if state.procedure == "reduced" else state
    if entry.kind == "tighten":
        loose = state.procedure in ("normal", "reduced")
        return State("tightened") if loose else state
    return _AFTER_LOT[state.procedure](state, entry, rules)


def _after_normal(state: State, entry: Entry, rules: Rules) -> State:
    state = _remember(state, entry, keep=max(WINDOW, RUN_FOR_REDUCED))
    if state.recent[-WINDOW:].count(False) >= 2:
        return State("tightened")
    state = replace(state, score=_score(state.score, entry))
    return State("reduced") if rules.reduced and _may_reduce(state, rules) else state


def _may_reduce(state: State, rules: Rules) -> bool:
    if rules.standard == "z1_4":
        return state.recent[-RUN_FOR_REDUCED:] == (True,) * RUN_FOR_REDUCED
    return state.score >= SCORE_FOR_REDUCED


def _score(score: int, entry: Entry) -> int:
    """Return the switching score after a lot in single sampling (9.3.3.2)."""
    if entry.acceptance <= 1:
        return score + 2 if entry.accepted else 0
    tighter = entry.tighter_acceptance
    passed = entry.accepted and tighter is not None and entry.nonconforming <= tighter
    return score + 3 if passed else 0


def _after_tightened(state: State, entry: Entry, rules: Rules) -> State:
    state = _remember(state, entry, keep=RUN_TO_NORMAL)
    if state.recent == (True,) * RUN_TO_NORMAL:
        return State()
    rejections = state.rejections + (not entry.accepted)
    discontinued = rejections >= REJECTIONS_TO_DISCONTINUE
    return replace(
        state,
        procedure="discontinued" if discontinued else "tightened",
        rejections=rejections,
    )


def _after_reduced(state: State, entry: Entry, rules: Rules) -> State:
    in_gap = rules.standard == "z1_4" and entry.nonconforming > entry.acceptance
    return state if entry.accepted and not in_gap else State()


def _after_discontinued(state: State, entry: Entry, rules: Rules) -> State:
    """Only a person's word resumes inspection (9.4)."""
    return state


_AFTER_LOT = {
    "normal": _after_normal,
    "tightened": _after_tightened,
    "reduced": _after_reduced,
    "discontinued": _after_discontinued,
}


def _remember(state: State, entry: Entry, *, keep: int) -> State:
    return replace(state, recent=(*state.recent, entry.accepted)[-keep:])


# Skip-lot -------------------------------------------------------------------


@dataclass(frozen=True)
class SkipRule:
    """Skip-lot sampling after ISO 2859-3, with its numbers set by the plan.

    :param after: accepted lots in a row that qualify.
    :param every: then one lot of so many is inspected; 1 inspects all.
    """

    after: int
    every: int


Lot = Literal["accepted", "rejected", "skipped"]


def may_skip(lots: Iterable[Lot], rule: SkipRule) -> bool:
    """Tell whether the next lot is let through without inspection.

    One rejected lot ends it until the supplier qualifies again.

    :param lots: of this product, supplier and plan, oldest first.
    """
    run, since_inspected = 0, 0
    for lot in lots:
        since_inspected = since_inspected + 1 if lot == "skipped" else 0
        if lot != "skipped":
            run = run + 1 if lot == "accepted" else 0
    return run >= rule.after and since_inspected < rule.every - 1
