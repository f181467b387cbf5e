"""Samples into the filter, what it emits into the queues."""

import json
import logging
import math
import sqlite3
import threading
from collections import Counter
from collections.abc import Iterable
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from .durable import write_durably
from .errors import AgentError, Refusal
from .intake import Intake
from .journal_schema import write_values
from .quarantine import keep_unreadable
from .signals.filter import Emission, Key, SignalFilter
from .signals.rules import Rule, RuleError, read_rule

CONTRACT = "production.signal.recorded"
# What happened once cannot be had again; an aggregate is followed by the next.
BUSINESS = {"count", "change", "threshold"}
KEPT_MAX = 10_000
# What is known of signals goes to the disk this often, and with each emission.
KEEP_EVERY_SECONDS = 2.0
STATE_PREFIX = "signal:"
RULES_MEMBER = "signal-rules"
# A sample from further in the future is none.
AHEAD_MAX_SECONDS = 86_400.0
# How it shows that something is no sample; also a whole number of 400 digits.
NO_SAMPLE = (AttributeError, LookupError, OverflowError, TypeError, ValueError)

_logger = logging.getLogger(__name__)


class SignalIntake:
    """The filter of one agent, with its way out.

    What is known of the signals is kept in the journal, in the transaction that takes
    the emissions: after a kill a counter goes on where it was, and nothing is told twice.

    :param grace_seconds: of rules that name none.
    :param rules_file: the last rules known; they hold while Odoo is away. A copy of the
        last good ones is in the journal.
    """

    def __init__(
        self, intake: Intake, rules_file: Path, grace_seconds: float = 0.0
    ) -> None:
        self._intake, self._file = intake, rules_file
        self._grace_seconds = grace_seconds
        self._lock = threading.Lock()
        self._pumping = threading.Lock()
        self._unsent: list[Emission] = []
        self._keep_at = -math.inf
        self._values = self._read_values()
        self._filter = SignalFilter(map(self._read_rule, self._values))
        self.emitted = self.lost = 0
        self._load()

    def _read_values(self) -> list[Any]:
        """Return the rules of the file; of the journal's copy when it cannot be used."""
        journal = self._intake.journal
        rows = journal.query("SELECT value FROM meta WHERE name = ?", RULES_MEMBER)
        kept = json.loads(rows[0][0]) if rows else []
        try:
            values = read_rules_file(self._file)
        except AgentError as error:
            text = f"{error} The {len(kept)} rules of before are used."
            self._intake.alarms.set("signal-rules", text)
            return kept
        if values != kept:
            # In a disk that fails the file is good still.
            with suppress(sqlite3.Error):
                self._keep_values(values)
        return values

    def _read_rule(self, value: Any) -> Rule:
        return read_rule({"grace_seconds": self._grace_seconds, **value})

    def _keep_values(self, values: list[Any]) -> None:
        with self._intake.journal.transaction() as cursor:
            write_values(cursor, {RULES_MEMBER: json.dumps(values)})

    def _load(self) -> None:
        rows = self._intake.journal.query(
            "SELECT name, value FROM meta WHERE name GLOB ?", STATE_PREFIX + "*"
        )
        for name, value in rows:
            try:
                self._unsent += self._filter.load(json.loads(value))
            except (ValueError, LookupError, TypeError) as error:
                _logger.error(
                    "%r begins anew, its state cannot be read: %s", name, error
                )

    def set_rules(self, values: list[Any]) -> None:
        """Take other rules and keep them on the disk.

        :raises RuleError: when one is malformed; then all stay as they were.
        """
        if values == self._values and self._file.exists():
            self._intake.alarms.clear("signal-rules")
            return
        rules = [self._read_rule(value) for value in values]
        write_durably(self._file, json.dumps(values))
        self._keep_values(values)
        with self._lock:
            self._unsent += self._filter.set_rules(rules)
        self._values = values
        self._intake.alarms.clear("signal-rules")

    def take(self, samples: list[Any]) -> dict[str, Any]:
        """Take samples as parsed JSON. Returns how many were taken.

        :raises Refusal: 400, naming the first that is malformed.
        """
        prepared = [self._read(index, sample) for index, sample in enumerate(samples)]
        with self._lock:
            for sample in prepared:
                self._take(*sample)
        return {"taken": len(prepared)}

    def take_sample(
        self, work_centre: str, signal: str, value: float, at: float | None = None
    ) -> None:
        """Take one sample.

        :param value: not a number: one of bad quality, which is accounted for.
        :param at: seconds since 1970; None: now.
        """
        moment = self._intake.clock.now() if at is None else at
        with self._lock:
            self._take(work_centre, signal, moment, value)

    def _take(self, work_centre: str, signal: str, at: float, value: float) -> None:
        clock = self._intake.clock
        if at - clock.now() > AHEAD_MAX_SECONDS:
            # Everything that followed would be late for as long.
            value = math.nan
        self._unsent += self._filter.take(
            work_centre, signal, at, value, clock.monotonic()
        )

    def pump(self, *, is_last: bool = False) -> None:
        """Let time pass and hand over what the filter emitted; called every second.

        :param is_last: the agent stops: open windows go on after its next start.
        """
        with self._pumping:
            now = self._intake.clock.monotonic()
            with self._lock:
                self._unsent += self._filter.tick(now)
                emissions, self._unsent = self._unsent, []
                is_due = bool(emissions) or is_last or now >= self._keep_at
                changed = self._filter.dump_changed() if is_due else {}
            if emissions or changed:
                self._keep_at = now + KEEP_EVERY_SECONDS
                self._hand_over(emissions, changed)

    def _hand_over(self, emissions: list[Emission], changed: dict[Key, Any]) -> None:
        business = [prepare_event(e) for e in emissions if e.kind in BUSINESS]
        readings = [prepare_event(e) for e in emissions if e.kind not in BUSINESS]
        keep = {
            STATE_PREFIX + "\n".join(key): state and json.dumps(state)
            for key, state in changed.items()
        }
        try:
            results = self._intake.take(business, keep)
        except Refusal:
            # A full disk: kept in memory, up to a limit; the alarm is up already.
            with self._lock:
                self._filter.set_changed(changed)
                emissions += self._unsent
                self._unsent = emissions[:KEPT_MAX]
                self._lose(len(emissions) - len(self._unsent))
            return
        self._keep_refused(business, results)
        try:
            if readings:
                self._intake.take_telemetry(readings)
        except Refusal:
            self._lose(len(readings))
            readings = []
        self.emitted += len(business) + len(readings)

    def _keep_refused(self, events: list[Any], results: list[Any]) -> None:
        """Keep what no event can be made of where a person sees it."""
        for event, result in zip(events, results, strict=True):
            if isinstance(result, Refusal):
                raw = json.dumps(event).encode()
                keep_unreadable(self._intake.journal, "signals", raw, result)

    def _lose(self, count: int) -> None:
        self.lost += count
        if count:
            text = f"{self.lost} events of signals were given up: the disk is full."
            self._intake.alarms.set("signals-lost", text)

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
                "lost": self.lost,
            }

    def get_accounts(self) -> list[dict[str, Any]]:
        """Return what became of the samples, by signal."""
        with self._lock:
            return [
                {"work_centre": work_centre, "signal": signal, **account.dump()}
                for (
                    work_centre,
                    signal,
                ), account in self._filter.get_accounts().items()
            ]

    def _read(self, index: int, sample: Any) -> tuple[str, str, float, float]:
        try:
            at = sample.get("at")
            value = float(sample["value"])
            moment = self._intake.clock.now() if at is None else _read_moment(at)
            return str(sample["work_centre"]), str(sample["signal"]), moment, value
        except NO_SAMPLE as error:
            raise Refusal(
                400,
                "invalid-sample",
                f"Sample {index} needs work_centre, signal, a number as value, and "
                "perhaps at (RFC 3339). Nothing was taken.",
                faults=[(f"/{index}", repr(error))],
            ) from error


def read_rules_file(file: Path) -> list[Any]:
    """Return the rules of a file as JSON says them, none where there is no file.

    :raises AgentError: when it holds something else, as half of them.
    """
    try:
        values = json.loads(file.read_text())
        if not isinstance(values, list):
            raise ValueError("a list is needed")
        for value in values:
            read_rule(value)
    except FileNotFoundError:
        return []
    except (RuleError, ValueError, AttributeError, TypeError, OSError) as error:
        raise AgentError(f"{file} holds no rules of signals: {error}.") from error
    return values


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
    except (RuleError, AttributeError, TypeError) as error:
        _logger.error("The rules of signals that Odoo sent are not used: %s", error)
