"""The eight disciplines: what each step asks for, and when it may be answered and closed."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

Status = Literal["open", "submitted", "returned", "accepted"]
Kind = Literal["text", "percent", "date"]


@dataclass(frozen=True)
class Question:
    """One field of a step.

    :param required: nothing is submitted without an answer to it.
    """

    code: str
    kind: Kind = "text"
    required: bool = True


@dataclass(frozen=True)
class Step:
    """One discipline.

    :param days: from the request until it is due.
    """

    code: str
    days: int
    questions: tuple[Question, ...]


def _ask(*codes: str) -> tuple[Question, ...]:
    """Return questions; ``%`` and ``@`` lead a percentage and a date, ``?`` ends an option."""
    kinds: dict[str, Kind] = {"%": "percent", "@": "date"}
    return tuple(
        Question(code.strip("%@?"), kinds.get(code[0], "text"), not code.endswith("?"))
        for code in codes
    )


STEPS = (
    Step("D0", 1, _ask("symptom", "emergency_action?")),
    Step("D1", 2, _ask("leader", "team?")),
    Step("D2", 3, _ask("what", "where", "when", "how_many", "is_is_not?")),
    Step("D3", 3, _ask("containment", "%effective", "@since", "verification")),
    Step("D4", 14, _ask("occurrence_cause", "escape_cause", "verification")),
    Step("D5", 21, _ask("chosen_action", "%effective")),
    Step("D6", 30, _ask("implemented", "@implemented_on", "validation")),
    Step("D7", 45, _ask("prevention")),
    Step("D8", 60, _ask("closure", "sign_off")),
)
CODES = tuple(step.code for step in STEPS)
BY_CODE = {step.code: step for step in STEPS}
# What a recurrence puts into doubt: the causes, and everything that rests on them.
DOUBTED = CODES[CODES.index("D4") :]


def find_blocker(
    states: Mapping[str, Status], code: str, *, closing: bool
) -> str | None:
    """Return the step that keeps this one from being answered or closed, or None.

    No step closes before the one before it; it may be answered as soon as that one is.

    :param closing: accepted by the customer, as against answered by the supplier.
    """
    place = CODES.index(code)
    enough = {"accepted"} if closing else {"accepted", "submitted"}
    return next(
        (before for before in CODES[:place] if states[before] not in enough), None
    )


def find_missing(code: str, answers: Mapping[str, str]) -> tuple[str, ...]:
    """Return the codes of required questions without an answer."""
    return tuple(
        question.code
        for question in BY_CODE[code].questions
        if question.required and not answers.get(question.code, "").strip()
    )


def is_percentage(text: str) -> bool:
    """Tell whether an answer is a number from 0 to 100."""
    try:
        return 0 <= float(text.strip().rstrip("%")) <= 100
    except ValueError:
        return False
