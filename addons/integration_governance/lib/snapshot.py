"""What changed between two states of a record, member by member."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

# Named values are written into a file or shown side by side; long ones are cut there.
TEXT_MAX = 2000


@dataclass(frozen=True)
class Difference:
    """One field that differs."""

    field: str
    before: Any
    after: Any


def diff(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[Difference]:
    """Return what differs, in the order of the later state; a missing field is None."""
    names = [*after, *(name for name in before if name not in after)]
    return [
        Difference(name, before.get(name), after.get(name))
        for name in names
        if before.get(name) != after.get(name)
    ]


def moved_on(
    base: Mapping[str, Any], current: Mapping[str, Any], wanted: Mapping[str, Any]
) -> list[str]:
    """Return the fields a draft wants to change that somebody else changed since.

    :param base: the state the draft was made on; ``wanted``: what it makes of it.
    """
    ours = {difference.field for difference in diff(base, wanted)}
    return [d.field for d in diff(base, current) if d.field in ours]
