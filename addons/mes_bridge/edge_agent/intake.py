"""From what came in to what is on the disk; the same for every way in."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from .alarms import Alarms
from .clock import Clock
from .errors import Refusal
from .events import Event, prepare
from .journal import Journal
from .records import Accepted
from .telemetry import Telemetry

BATCH_MAX = 1000
INSUFFICIENT_STORAGE = 507


@dataclass
class Intake:
    """Takes events in.

    :param source: of events that name none, such as ``/line-4``.
    """

    journal: Journal
    telemetry: Telemetry
    clock: Clock
    alarms: Alarms
    source: str

    def take(
        self, values: Sequence[Any], keep: Mapping[str, str | None] | None = None
    ) -> list[Accepted | Refusal]:
        """Take business events in, each on its own. Returns when they are on the disk.

        :param values: parsed JSON.
        :param keep: what is written down with them; see ``Journal.append``.
        :raises Refusal: when nothing was taken in, as on a full disk.
        """
        prepared = [self._prepare(value) for value in values]
        events = [event for event in prepared if isinstance(event, Event)]
        results = iter(self._append(events, keep or {}) if events or keep else [])
        return [
            next(results) if isinstance(event, Event) else event for event in prepared
        ]

    def take_telemetry(self, values: Sequence[Any]) -> list[Accepted | Refusal]:
        """Take readings in that the next ones make outdated.

        :raises Refusal: when the disk fails.
        """
        prepared = [self._prepare(value) for value in values]
        events = [event for event in prepared if isinstance(event, Event)]
        results = iter(self.telemetry.append(events) if events else [])
        return [
            next(results) if isinstance(event, Event) else event for event in prepared
        ]

    def _append(
        self, events: list[Event], keep: Mapping[str, str | None]
    ) -> list[Accepted | Refusal]:
        try:
            results = self.journal.append(events, keep)
        except Refusal as refusal:
            self.alarms.set(refusal.slug, refusal.detail)
            raise
        if events:
            # A journal at its limit still keeps what takes no room in it.
            self.alarms.clear("journal-full")
            self.alarms.clear("journal-failed")
        return results

    def _prepare(self, value: Any) -> Event | Refusal:
        try:
            return prepare(value, self.clock, self.source)
        except Refusal as refusal:
            return refusal
