"""One signal under one rule."""

import math
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from .emission import Account, Emission
from .rules import Rule, read_rule
from .thresholds import Thresholds
from .windows import Windows, read_number, says_something, write_number

# So many late samples in a row, and so long nothing else: a clock was set back.
SET_BACK_SAMPLES = 5
SET_BACK_SECONDS = 10.0
# No machine measures more, and a sum of any number of them stays a number.
VALUE_MAX = 1e100
# From 1970 to where a calendar ends (9999-01-01), in any time zone.
AT_MAX = 253_370_764_800.0


class Channel:
    """What is known of a signal.

    Windows, debounce and hold go by the clock that stamps the samples, which may be
    another one than the agent's: between two samples it is taken to run as ours does.
    """

    def __init__(self, rule: Rule) -> None:
        self.rule = rule
        self.account = Account()
        self.is_changed = False
        self._last_at = -math.inf
        self._seen_at: float | None = None
        self._late_run: tuple[int, float] = (0, -math.inf)
        self._last_value: float | None = None
        self._emitted: float | None = None
        self._candidate: tuple[float, float] | None = None
        self._windows = Windows(rule)
        self._thresholds = Thresholds(rule)

    def take(self, at: float, value: float, now: float | None = None) -> list[Emission]:
        """Take one sample; see ``SignalFilter.take``."""
        self.is_changed = True
        self.account.taken += 1
        if not (abs(value) <= VALUE_MAX and 0 <= at <= AT_MAX):
            return self._drop("invalid")
        emissions: list[Emission] = []
        if at < self._last_at or (at == self._last_at and value == self._last_value):
            if not self._is_set_back(at, now):
                return self._drop(self._take_late(at, value))
            emissions = self._set_back(at)
        self._late_run = (0, -math.inf)
        emissions += self._let_pass(at)
        raised = self._thresholds.watch(at, value)
        if self.rule.aggregates:
            fate = self._add(at, value)
        else:
            changed, fate = self._follow(at, value)
            raised += changed
        self._last_at, self._seen_at = at, at if now is None else now
        if fate != "after_window" or self.rule.kind != "counter":
            # What a counter grew by meanwhile is part of what it grows by next.
            self._last_value = value
        if raised and fate != "pending":
            self.account.kept += 1
        else:
            self.account.dropped[fate] += 1
        return emissions + raised

    def tick(self, now: float) -> list[Emission]:
        """Let time pass; see ``SignalFilter.tick``."""
        if self._last_at == -math.inf:
            return []
        if self._seen_at is None:
            # After a restart: how long it took nobody knows.
            self._seen_at = now
        emissions = self._let_pass(self._last_at + max(0.0, now - self._seen_at))
        self.is_changed = self.is_changed or bool(emissions)
        return emissions

    def flush(self) -> list[Emission]:
        """Emit the windows that are open."""
        return [e for e in self._windows.flush() if says_something(e)]

    def hand_over(self, rule: Rule) -> tuple["Channel", list[Emission]]:
        """Return the channel of the same signal under another rule, and the last
        emissions under this one."""
        emissions = [e for e in self._windows.flush(self._last_at) if says_something(e)]
        self._give_up_candidate()
        other = Channel(rule)
        other.account, other.is_changed = self.account, True
        other._last_at, other._seen_at = self._last_at, self._seen_at
        if rule.kind == self.rule.kind:
            other._last_value, other._emitted = self._last_value, self._emitted
            other._thresholds = Thresholds(rule, self._thresholds.side)
            windows = self._windows
            other._windows = Windows(rule, windows.closed_until, windows.cumulative)
        return other, emissions

    def dump(self) -> dict[str, Any]:
        """Return everything as JSON can say it."""
        return {
            "rule": asdict(self.rule),
            "account": self.account.dump(),
            "last_at": write_number(self._last_at),
            "last_value": self._last_value,
            "emitted": self._emitted,
            "candidate": self._candidate,
            "windows": self._windows.dump(),
            "thresholds": self._thresholds.dump(),
        }

    @classmethod
    def load(cls, state: Mapping[str, Any]) -> "Channel":
        """Return what was dumped, under the rule of then.

        :raises ValueError, LookupError, TypeError: when it is nothing of the kind.
        """
        channel = cls(read_rule(state["rule"]))
        channel.account = Account.load(state["account"])
        channel._last_at = read_number(state["last_at"])
        channel._last_value = state["last_value"]
        channel._emitted = state["emitted"]
        if state["candidate"]:
            at, value = state["candidate"]
            channel._candidate = (at, value)
        channel._windows = Windows.load(channel.rule, state["windows"])
        channel._thresholds = Thresholds.load(channel.rule, state["thresholds"])
        return channel

    def _drop(self, reason: str) -> list[Emission]:
        self.account.dropped[reason] += 1
        return []

    def _let_pass(self, moment: float) -> list[Emission]:
        """Return what the time alone brings about."""
        emissions = [e for e in self._windows.close(moment) if says_something(e)]
        candidate = self._candidate
        if candidate and moment - candidate[0] >= self.rule.debounce_seconds:
            self._candidate = None
            self.account.dropped["pending"] -= 1
            self.account.kept += 1
            emissions += self._change(*candidate)
        return emissions + self._thresholds.cross(moment, self._last_value)

    # A clock that was set back

    def _is_set_back(self, at: float, now: float | None) -> bool:
        """Tell whether samples are late because the clock that stamps them was set back.

        A few come in their own order, and for a while nothing else. Those of a backlog
        come at once, or beside newer ones.
        """
        count, before = self._late_run
        self._late_run = (count + 1 if at > before else 1, at)
        if now is None or self._seen_at is None or at == self._last_at:
            return False
        silent_seconds = now - self._seen_at
        return (
            self._late_run[0] >= SET_BACK_SAMPLES and silent_seconds >= SET_BACK_SECONDS
        )

    def _set_back(self, at: float) -> list[Emission]:
        """Go on from an earlier moment. What was told stays told: windows that are over
        do not open again."""
        emissions = [e for e in self._windows.flush(self._last_at) if says_something(e)]
        self._last_at = at
        if self._candidate:
            self._candidate = (at, self._candidate[1])
        self._thresholds.set_back(at)
        return emissions

    # Windows

    def _take_late(self, at: float, value: float) -> str:
        """Return what becomes of a sample that is older than one that was taken."""
        if at == self._last_at and value == self._last_value:
            return "late"
        if self.rule.kind != "measure" or not self.rule.aggregates:
            return "late"
        return self._add(at, value)

    def _add(self, at: float, value: float) -> str:
        before = self._last_value if self.rule.kind == "counter" else None
        return "aggregated" if self._windows.add(at, value, before) else "after_window"

    # Changes

    def _follow(self, at: float, value: float) -> tuple[list[Emission], str]:
        reason = self._find_no_change(value)
        if reason:
            self._give_up_candidate()
            return [], reason
        if not self.rule.debounce_seconds or self._emitted is None:
            return self._change(at, value), "kept"
        if self._candidate and self._is_same(self._candidate[1], value):
            return [], "unchanged"
        self._give_up_candidate()
        self._candidate = (at, value)
        return [], "pending"

    def _find_no_change(self, value: float) -> str | None:
        if self._emitted is None:
            return None
        if value == self._emitted:
            return "unchanged"
        return "deadband" if self._is_same(self._emitted, value) else None

    def _is_same(self, one: float, other: float) -> bool:
        if self.rule.kind == "state" or not self.rule.deadband:
            return one == other
        return abs(one - other) < self.rule.deadband

    def _give_up_candidate(self) -> None:
        if self._candidate:
            self._candidate = None
            self.account.dropped["pending"] -= 1
            self.account.dropped["debounce"] += 1

    def _change(self, at: float, value: float) -> list[Emission]:
        before, self._emitted = self._emitted, value
        rule = self.rule
        values = {"before": before, "after": value}
        return [Emission("change", rule.work_centre, rule.signal, at, at, values)]
