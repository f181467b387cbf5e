"""What comes out of the filter, and the account of what went in."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

Emitted = Literal["aggregate", "count", "change", "threshold"]


@dataclass(frozen=True)
class Emission:
    """What a signal amounts to.

    :param begin: seconds since 1970, as ``end``; the same for what happened at once.
    :param values: of an aggregate count, minimum, maximum, mean, last; of a count delta,
        cumulative, resets; of a change before, after; of a threshold its name and value.
    """

    kind: Emitted
    work_centre: str
    signal: str
    begin: float
    end: float
    values: dict[str, Any]


@dataclass
class Account:
    """What became of the samples of one signal."""

    taken: int = 0
    kept: int = 0
    dropped: Counter[str] = field(default_factory=Counter[str])

    def dump(self) -> dict[str, Any]:
        """Return it as JSON can say it."""
        return {"taken": self.taken, "kept": self.kept, "dropped": dict(self.dropped)}

    @classmethod
    def load(cls, state: Mapping[str, Any]) -> "Account":
        """Return what was dumped."""
        return cls(state["taken"], state["kept"], Counter(state["dropped"]))
