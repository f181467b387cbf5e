"""What a playbook's run does next. No clock, no randomness and no records of its own."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

StepState = Literal["pending", "done", "skipped", "failed", "undone"]
OnFailure = Literal["undo", "hold", "skip"]
RunState = Literal[
    "running", "waiting", "undoing", "held", "done", "undone", "cancelled"
]

OPEN_STATES: tuple[RunState, ...] = ("running", "waiting", "undoing", "held")


@dataclass(frozen=True)
class Step:
    """One step of a run, as far as it decides what comes next.

    :param attempts: tries of what is being done now: the step, or undoing it.
    :param can_undo: whether it says how it is taken back.
    :param by_person: whether a person does it, and says so.
    """

    state: StepState = "pending"
    attempts: int = 0
    max_attempts: int = 1
    on_failure: OnFailure = "undo"
    can_undo: bool = False
    by_person: bool = False


@dataclass(frozen=True)
class Move:
    """What to do next.

    :param kind: ``do`` or ``undo`` a step, ``ask`` a person to do it, or ``end``.
    :param index: of the step; -1 at the end.
    :param state: what the run is in while, or after, it is done.
    """

    kind: Literal["do", "undo", "ask", "end"]
    index: int
    state: RunState


def next_move(state: RunState, steps: Sequence[Step]) -> Move:
    """Return what a run does next.

    :param state: ``running``, ``waiting`` or ``undoing``.
    :param steps: in their order.
    """
    if state == "undoing":
        return _next_undo(steps)
    for index, step in enumerate(steps):
        if step.state == "pending":
            if step.by_person:
                return Move("ask", index, "waiting")
            return Move("do", index, "running")
    return Move("end", -1, "done")


def _next_undo(steps: Sequence[Step]) -> Move:
    """What was done is taken back in reverse; what cannot be, stays done."""
    for index in reversed(range(len(steps))):
        if steps[index].state == "done" and steps[index].can_undo:
            return Move("undo", index, "undoing")
    return Move("end", -1, "undone")


Reaction = Literal["retry", "undo", "hold", "skip"]


def after_failure(state: RunState, step: Step, *, permanent: bool) -> Reaction:
    """Return what follows from a failed attempt at a step, or at undoing it.

    :param step: with the failed attempt counted.
    :param permanent: whether trying again cannot help.
    """
    if not permanent and step.attempts < step.max_attempts:
        return "retry"
    if state == "undoing":
        return "hold"  # half undone: only a person can say what is right now
    return step.on_failure
