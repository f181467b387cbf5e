"""The filter: samples in, a few emissions out, and an account of the rest.

Every sample has exactly one fate: it was *kept* (it led to an emission of its own), or
it was dropped for one of the reasons below. ``taken`` is always their sum.

| reason | the sample |
|---|---|
| ``aggregated`` | is part of a window's aggregate |
| ``unchanged`` | says what the one before said |
| ``deadband`` | differs too little from what was last emitted |
| ``debounce`` | was gone before it had lasted long enough |
| ``pending`` | may still turn out to last |
| ``late`` | is older than one that was taken |
| ``after_window`` | came after its window was told; a counter's growth is in the next one |
| ``invalid`` | is no number, larger than any is, of bad quality, or of a time that cannot be |
| ``no_rule`` | is of a signal that nobody asked for |
"""

from collections.abc import Iterable, Mapping
from typing import Any

from .channel import Channel
from .emission import Account, Emission
from .rules import Rule

__all__ = ["Account", "Channel", "Emission", "Key", "SignalFilter"]

# Work centre and signal.
Key = tuple[str, str]


class SignalFilter:
    """All rules of one agent, and the state of their signals."""

    def __init__(self, rules: Iterable[Rule] = ()) -> None:
        self._channels: dict[Key, Channel] = {}
        self._removed: set[Key] = set()
        self.unknown = Account()
        self.set_rules(rules)

    def set_rules(self, rules: Iterable[Rule]) -> list[Emission]:
        """Take other rules; what does not change goes on as it is.

        :returns: the last emissions of what does change.
        """
        wanted = {rule.key: rule for rule in rules}
        emissions: list[Emission] = []
        for key, channel in list(self._channels.items()):
            rule = wanted.get(key)
            if rule is None:
                emissions += channel.flush()
                del self._channels[key]
                self._removed.add(key)
            elif rule != channel.rule:
                self._channels[key], last = channel.hand_over(rule)
                emissions += last
        for key, rule in wanted.items():
            self._channels.setdefault(key, Channel(rule))
            self._removed.discard(key)
        return emissions

    def take(
        self,
        work_centre: str,
        signal: str,
        at: float,
        value: float,
        now: float | None = None,
    ) -> list[Emission]:
        """Take one sample.

        :param at: seconds since 1970, by whatever clock stamped it.
        :param now: seconds by the clock of ``tick``; None: ``at``.
        """
        channel = self._channels.get((work_centre, signal))
        if channel is None:
            self.unknown.taken += 1
            self.unknown.dropped["no_rule"] += 1
            return []
        return channel.take(at, value, now)

    def tick(self, now: float) -> list[Emission]:
        """Return what time alone brings about: ended windows, changes that lasted."""
        return [e for channel in self._channels.values() for e in channel.tick(now)]

    def flush(self) -> list[Emission]:
        """Return what is open, as at the end of a preview."""
        return [e for channel in self._channels.values() for e in channel.flush()]

    def get_accounts(self) -> dict[Key, Account]:
        """Return the accounts by work centre and signal."""
        return {key: channel.account for key, channel in self._channels.items()}

    def dump_changed(self) -> dict[Key, dict[str, Any] | None]:
        """Return the signals that changed since the last time; None: there is no more."""
        changed: dict[Key, dict[str, Any] | None] = dict.fromkeys(self._removed)
        self._removed.clear()
        for key, channel in self._channels.items():
            if channel.is_changed:
                changed[key] = channel.dump()
                channel.is_changed = False
        return changed

    def set_changed(self, keys: Iterable[Key]) -> None:
        """Let signals be dumped again: the last time came to nothing."""
        for key in keys:
            if key in self._channels:
                self._channels[key].is_changed = True
            else:
                self._removed.add(key)

    def load(self, state: Mapping[str, Any]) -> list[Emission]:
        """Go on with one signal where a dump left off.

        :returns: its last emissions, if its rule has changed since.
        :raises ValueError, LookupError, TypeError: when it is no dump.
        """
        channel = Channel.load(state)
        key = channel.rule.key
        current = self._channels.get(key)
        if current is None:
            self._removed.add(key)
            return channel.flush()
        emissions: list[Emission] = []
        if current.rule != channel.rule:
            channel, emissions = channel.hand_over(current.rule)
        self._channels[key] = channel
        return emissions
