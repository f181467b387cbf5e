"""Thresholds of one signal: raised once it is beyond for long enough, ended once."""

from collections.abc import Mapping
from typing import Any

from .emission import Emission
from .rules import Rule


class Thresholds:
    """On which side of its thresholds a signal is."""

    def __init__(
        self, rule: Rule, side: str = "normal", beyond_since: float | None = None
    ) -> None:
        self.rule, self.side = rule, side
        self._beyond_since = beyond_since

    def watch(self, at: float, value: float) -> list[Emission]:
        """Look at a sample."""
        if self.rule.kind != "measure":
            return []
        if self._find_side(value) == self.side:
            self._beyond_since = None
            return []
        if self._beyond_since is None:
            self._beyond_since = at
        return self.cross(at, value)

    def cross(self, now: float, value: float | None) -> list[Emission]:
        """Raise or end the event, once the value has been there long enough.

        :param value: the last one: it may stay where it is and never be told again.
        """
        begin = self._beyond_since
        if begin is None or value is None:
            return []
        side = self._find_side(value)
        if side == self.side:
            return []
        if side != "normal" and now - begin < self.rule.hold_seconds:
            return []
        before, self.side, self._beyond_since = self.side, side, None
        rule = self.rule
        values = {"before": before, "after": side, "value": value}
        return [
            Emission("threshold", rule.work_centre, rule.signal, begin, now, values)
        ]

    def set_back(self, at: float) -> None:
        """Go on from an earlier moment."""
        if self._beyond_since is not None:
            self._beyond_since = at

    def dump(self) -> dict[str, Any]:
        """Return everything as JSON can say it."""
        return {"side": self.side, "beyond_since": self._beyond_since}

    @classmethod
    def load(cls, rule: Rule, state: Mapping[str, Any]) -> "Thresholds":
        """Return what was dumped."""
        return cls(rule, state["side"], state["beyond_since"])

    def _find_side(self, value: float) -> str:
        rule = self.rule
        slack = rule.hysteresis
        if rule.high is not None:
            limit = rule.high - slack if self.side == "high" else rule.high
            if value > limit:
                return "high"
        if rule.low is not None:
            limit = rule.low + slack if self.side == "low" else rule.low
            if value < limit:
                return "low"
        return "normal"
