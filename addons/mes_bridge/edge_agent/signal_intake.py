"""Samples into the filter, what it emits into the queues."""

import json
import logging
import math
import threading
from collections import Counter
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from .errors import AgentError, Refusal
from .intake import Intake
from .signals.filter import Emission, SignalFilter
from .signals.rules import Rule, RuleError, read_rule

CONTRACT = "production.signal.recorded"
# What happened once cannot be had again; an aggregate is followed by the next.
BUSINESS = {"count", "change", "threshold"}
KEPT_MAX = 10_000

_logger = logging.getLogger(__name__)


class SignalIntake:
    """The filter of one agent, with its way out.

    :param rules_file: the last rules known; they hold while Odoo is away.
    """

    def __init__(self, intake: Intake, rules_file: Path) -> None:
        self._intake, self._file = intake, rules_file
        self._lock = threading.Lock()
        self._unsent: list[Emission] = []
        self._filter = SignalFilter(read_rules_file(rules_file))
        self.emitted = 0

    def set_rules(self, values: list[Any]) -> None:
        """Take other rules and keep them on the disk.

        :raises RuleError: when one is malformed; then all stay as they were.
        """
        rules = [read_rule(value) for value in values]
        part = self._file.with_name(self._file.name + ".part")
        part.write_text(json.dumps(values))
        part.replace(self._file)
        with self._lock:
            self._unsent += self._filter.set_rules(rules)

    def take(self, samples: list[Any]) -> dict[str, Any]:
        """Take samples as parsed JSON. Returns how many were taken.

        :raises Refusal: 400, naming the first that is malformed.
        """
        prepared = [self._read(index, sample) for index, sample in enumerate(samples)]
        with self._lock:
            for sample in prepared:
                self._unsent += self._filter.take(*sample)
        return {"taken": len(prepared)}

    def take_sample(
        self, work_centre: str, signal: str, value: float, at: float | None = None
    ) -> None:
        """Take one sample.

        :param at: seconds since 1970; None: now.
        """
        moment = self._intake.clock.now() if at is None else at
        with self._lock:
            self._unsent += self._filter.take(work_centre, signal, moment, value)

    def pump(self, *, is_last: bool = False) -> None:
        """Let time pass and hand over what the filter emitted; called every second."""
        with self._lock:
            self._unsent += self._filter.tick(self._intake.clock.now())
            if is_last:
                self._unsent += self._filter.flush()
            emissions, self._unsent = self._unsent, []
        business = [e for e in emissions if e.kind in BUSINESS]
        readings = [e for e in emissions if e.kind not in BUSINESS]
        try:
            if business:
                self._intake.take([prepare_event(e) for e in business])
        except Refusal:
            # A full disk: kept in memory, up to a limit; the alarm is up already.
            with self._lock:
                self._unsent = (business + self._unsent)[:KEPT_MAX]
            business = []
        if readings:
            self._intake.take_telemetry([prepare_event(e) for e in readings])
        self.emitted += len(business) + len(readings)

    def get_totals(self) -> dict[str, int]:
        """Return what became of the samples, over all signals."""
        with self._lock:
            accounts = [*self._filter.get_accounts().values(), self._filter.unknown]
            dropped: Counter[str] = Counter()
            for account in accounts:
                dropped.update(account.dropped)
            return {
                "taken": sum(account.taken for account in accounts),
                "kept": sum(account.kept for account in accounts),
                **{f"dropped_{name}": count for name, count in sorted(dropped.items())},
                "emitted": self.emitted,
            }

    def _read(self, index: int, sample: Any) -> tuple[str, str, float, float]:
        try:
            at = sample.get("at")
            value = float(sample["value"])
            moment = self._intake.clock.now() if at is None else _read_moment(at)
            return str(sample["work_centre"]), str(sample["signal"]), moment, value
        except (AttributeError, KeyError, TypeError, ValueError) as error:
            raise Refusal(
                400,
                "invalid-sample",
                f"Sample {index} needs work_centre, signal, a number as value, and "
                "perhaps at (RFC 3339). Nothing was taken.",
                faults=[(f"/{index}", repr(error))],
            ) from error


def read_rules_file(file: Path) -> list[Rule]:
    """Return the rules of a file, none where there is no file.

    :raises AgentError: when it holds something else.
    """
    try:
        return [read_rule(value) for value in json.loads(file.read_text())]
    except FileNotFoundError:
        return []
    except (RuleError, ValueError, AttributeError, TypeError) as error:
        raise AgentError(f"{file} holds no rules of signals: {error}") from error


def prepare_event(emission: Emission) -> dict[str, Any]:
    """Return the CloudEvent of an emission."""
    return {
        "type": CONTRACT,
        "subject": f"{emission.work_centre}/{emission.signal}"[:255],
        "time": _write_moment(emission.end),
        "data": {
            "kind": emission.kind,
            "work_centre": emission.work_centre,
            "signal": emission.signal,
            "begin": _write_moment(emission.begin),
            "end": _write_moment(emission.end),
            **{k: v for k, v in emission.values.items() if v is not None},
        },
    }


def _read_moment(value: Any) -> float:
    moment = datetime.fromisoformat(value)
    if moment.tzinfo is None:
        raise ValueError("a moment without a time zone")
    return moment.timestamp()


def _write_moment(seconds: float) -> str:
    moment = datetime.fromtimestamp(math.floor(seconds * 1000) / 1000, UTC)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def take_rules(signals: SignalIntake, body: Iterable[Any]) -> None:
    """Take rules that Odoo sent; malformed ones change nothing and are logged."""
    try:
        signals.set_rules(list(body))
    except RuleError as error:
        _logger.error("The rules of signals that Odoo sent are not used: %s", error)
