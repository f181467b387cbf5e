"""Lot numbers as plants and suppliers write them, read by a pattern."""

import re
from dataclasses import dataclass
from datetime import date, datetime

# A supplier's number is short. What is longer is not matched at all: a pattern with
# nested repetitions takes long on long texts.
CODE_MAX = 80
REQUIRED_GROUP = "lot"
GROUPS = ("lot", "item", "plant", "made", "expiry")
DATE_GROUPS = ("made", "expiry")


class ConventionError(Exception):
    """The pattern cannot be used; the text says why."""


@dataclass(frozen=True)
class LotParts:
    """What a lot number says.

    :param number: the lot as we write it; ``item``, ``plant``: codes in it, or "".
    """

    number: str
    item: str = ""
    plant: str = ""
    made: date | None = None
    expiry: date | None = None


def compile_convention(pattern: str) -> re.Pattern[str]:
    """Return a compiled pattern whose named groups are known ones.

    :raises ConventionError: when it is no pattern, or lacks the group ``lot``.
    """
    try:
        compiled = re.compile(pattern)
    except re.error as error:
        raise ConventionError(f"Not a pattern: {error}.") from error
    if REQUIRED_GROUP not in compiled.groupindex:
        raise ConventionError("The pattern needs a group (?P<lot>…).")
    unknown = sorted(set(compiled.groupindex) - set(GROUPS))
    if unknown:
        raise ConventionError(
            f"Unknown group {', '.join(unknown)}; known are {', '.join(GROUPS)}."
        )
    return compiled


def read_lot(
    code: str, pattern: re.Pattern[str], template: str, date_format: str
) -> LotParts | None:
    """Return what a code says, or None when it does not follow the convention.

    :param template: our number from the groups, such as ``{plant}-{lot}``.
    :param date_format: of the groups made and expiry, as of ``strptime``.
    """
    found = pattern.fullmatch(code) if len(code) <= CODE_MAX else None
    if not found:
        return None
    groups = {name: found.groupdict().get(name) or "" for name in GROUPS}
    try:
        dates = {name: _read_date(groups[name], date_format) for name in DATE_GROUPS}
    except ValueError:
        return None
    return LotParts(
        write_lot(groups, template), groups["item"], groups["plant"], **dates
    )


def write_lot(groups: dict[str, str], template: str) -> str:
    """Return our number: the template with ``{name}`` replaced, and nothing more."""
    return re.sub(r"\{(\w+)\}", lambda m: groups.get(m[1], m[0]), template)


def _read_date(text: str, date_format: str) -> date | None:
    return datetime.strptime(text, date_format).date() if text else None
