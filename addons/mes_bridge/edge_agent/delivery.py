"""Delivery: in order per key, in batches, each message until its receipt has come.

| situation | what is done |
|---|---|
| 207, a message accepted | it leaves the journal |
| 207, a message refused for good | quarantine; the others go on |
| 207, a message postponed (429, 409) | the same again after a pause |
| no answer, or one that leaves it open | the same batch again, unchanged |
| 429, 503 | the wait that was asked for |
| 400, 413 of the whole batch | half of it, down to the one that is to blame |
| 500 again and again | half of it; the one that is to blame lets others pass |
| 401, 403, 404 … | alarm, and try again: nobody's message is to blame |
"""

import json
import logging
import random
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from .alarms import Alarms
from .pace import Pace
from .records import Stored
from .transport import Transport
from .verdict import Answer, Verdict, judge

BACKOFF_FIRST_SECONDS = 0.5
BACKOFF_MAX_SECONDS = 60.0
POSTPONED_SECONDS = 1.0
# A message at which the server failed this often, while others passed, is set aside.
CRASHES_MAX = 8
IDLE_SECONDS = 1.0
THROTTLED = 429

_logger = logging.getLogger(__name__)


class Queue(Protocol):
    """Where messages wait: the journal, or the telemetry."""

    name: str
    arrived: threading.Condition

    def fetch(
        self,
        limit: int,
        max_bytes: int,
        *,
        share: tuple[int, int] = ...,
        skip: Sequence[str] = ...,
    ) -> list[Stored]: ...

    def settle(self, receipts: Sequence[tuple[Stored, str]]) -> None: ...

    def set_aside(self, refused: Sequence[tuple[Stored, str]]) -> None: ...


@dataclass(frozen=True)
class Batching:
    """How much is sent at once.

    :param share: ``(i, n)``: this sender's part of the order keys.
    """

    messages: int = 500
    bytes: int = 4 * 1024 * 1024
    share: tuple[int, int] = (0, 1)


@dataclass
class Suspect:
    """A message at which the server failed.

    :param accepted_before: what had been accepted by then: did others pass since?
    """

    crashes: int
    not_before: float
    accepted_before: int


@dataclass
class Sender:
    """Works one part of a queue off. ``step`` does one request and says how long to
    wait; ``run`` repeats it."""

    queue: Queue
    transport: Transport
    alarms: Alarms
    pace: Pace
    monotonic: Callable[[], float]
    batching: Batching = field(default_factory=Batching)
    stopping: threading.Event = field(default_factory=threading.Event)
    accepted: int = 0
    failures: int = 0
    last_success: float | None = None
    last_reason: str = ""
    _limit: int = 0
    _open: list[Stored] = field(default_factory=list)
    _suspects: dict[str, Suspect] = field(default_factory=dict)
    _resting: dict[str, float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._limit = self.batching.messages

    def run(self) -> None:
        """Deliver until told to stop."""
        while not self.stopping.is_set():
            try:
                wait = self.step()
            except Exception:
                # A disk that fails must not end the only thread that makes room.
                _logger.exception("Delivery from the %s failed", self.queue.name)
                wait = self._back_off(None)
            if wait is None:
                with self.queue.arrived:
                    self.queue.arrived.wait(IDLE_SECONDS)
            elif wait:
                self.stopping.wait(wait)

    def step(self) -> float | None:
        """Send one batch. Returns the seconds to wait; None: until something comes."""
        batch = self._open or self._fetch()
        if not batch:
            return None
        wait = self.pace.take(len(batch), self.monotonic())
        if wait:
            # Not lost: it is fetched again.
            return wait
        # Whatever happens now: until it is certain, this batch stays as it is, so that
        # nothing can overtake within it.
        self._open = batch
        answer = self.transport.post_batch([stored.body for stored in batch])
        verdict = judge(answer, [_get_id(stored) for stored in batch])
        if answer.is_certain and verdict.kind not in ("wait", "throttled"):
            self._open = []
        return self._act(batch, verdict, answer)

    def _fetch(self) -> list[Stored]:
        now = self.monotonic()
        self._resting = {k: until for k, until in self._resting.items() if until > now}
        skip = [key for key, one in self._suspects.items() if one.not_before > now]
        batch = self.queue.fetch(
            self._limit,
            self.batching.bytes,
            share=self.batching.share,
            skip=[*skip, *self._resting],
        )
        for index, stored in enumerate(batch):
            if _get_line(stored) in self._suspects:
                # It goes alone, lest others fail with it.
                return batch[: max(1, index)]
        return batch

    def _act(
        self, batch: list[Stored], verdict: Verdict, answer: Answer
    ) -> float | None:
        self.last_reason = verdict.reason
        if verdict.kind == "answered":
            return self._take_results(batch, verdict)
        self.failures += 1
        if verdict.kind == "misconfigured":
            self.alarms.set("connection", f"Odoo refuses the agent: {verdict.reason}")
            return self._back_off(verdict.wait_seconds)
        if verdict.kind == "split":
            return self._split(batch, verdict, answer)
        if verdict.kind == "crashed":
            return self._suspect(batch, verdict)
        if verdict.kind == "wait":
            self.alarms.set("offline", f"Odoo cannot be reached: {verdict.reason}")
        return self._back_off(verdict.wait_seconds)

    def _take_results(self, batch: list[Stored], verdict: Verdict) -> float | None:
        self.queue.settle([(batch[i], receipt) for i, receipt in verdict.accepted])
        refused = [(batch[i], problem) for i, problem in verdict.refused]
        self.queue.set_aside(refused)
        for stored, problem in refused:
            _logger.warning("Set aside: %s %s", stored.key.replace("\n", " "), problem)
        for i, _text in (*verdict.accepted, *verdict.refused):
            self._suspects.pop(_get_line(batch[i]), None)
        self.accepted += len(verdict.accepted)
        self.failures = 0
        self.last_success = self.monotonic()
        self._limit = min(self.batching.messages, max(1, self._limit * 2))
        self.alarms.clear("connection")
        self.alarms.clear("offline")
        return self._postpone(batch, verdict)

    def _postpone(self, batch: list[Stored], verdict: Verdict) -> float:
        """Let the keys rest of which something was postponed; the others go on."""
        pending = [batch[i] for i, status in verdict.postponed if status != THROTTLED]
        wait = POSTPONED_SECONDS * (0.5 + random.random())
        if pending:
            # Perhaps an earlier try of them is still under way: the same ones again,
            # before anything can overtake them.
            self._open = pending
            return wait
        until = self.monotonic() + wait
        for i, _status in verdict.postponed:
            self._resting[_get_line(batch[i])] = until
        return wait if len(verdict.postponed) == len(batch) else 0

    def _split(self, batch: list[Stored], verdict: Verdict, answer: Answer) -> float:
        if len(batch) > 1:
            self._limit = max(1, len(batch) // 2)
            return 0
        problem = answer.body if isinstance(answer.body, dict) else {}
        problem = {"status": answer.status, "detail": verdict.reason} | problem
        self.queue.set_aside([(batch[0], json.dumps(problem))])
        return 0

    def _suspect(self, batch: list[Stored], verdict: Verdict) -> float:
        """The server failed: find out whether it fails at one message only."""
        self.alarms.set("offline", f"Odoo fails: {verdict.reason}")
        if len(batch) > 1:
            self._limit = max(1, len(batch) // 2)
            return self._back_off(verdict.wait_seconds)
        line = _get_line(batch[0])
        suspect = self._suspects.setdefault(line, Suspect(0, 0, self.accepted))
        suspect.crashes += 1
        if suspect.crashes >= CRASHES_MAX and self.accepted > suspect.accepted_before:
            problem = {
                "type": "urn:problem:server-fails-at-it",
                "status": 500,
                "detail": f"Odoo failed {suspect.crashes} times at this message, and "
                "took others in between.",
            }
            self.queue.set_aside([(batch[0], json.dumps(problem))])
            del self._suspects[line]
            return 0
        passed = self.accepted > suspect.accepted_before
        wait = 0 if passed else self._back_off(verdict.wait_seconds)
        # The others are tried before it is its turn again.
        suspect.not_before = self.monotonic() + wait + _delay(suspect.crashes)
        return wait

    def _back_off(self, asked_seconds: float | None) -> float:
        return max(_delay(self.failures), asked_seconds or 0)


def _delay(failures: int) -> float:
    """Return an exponential delay with jitter, in seconds."""
    longest = BACKOFF_FIRST_SECONDS * 2.0 ** min(max(failures, 1), 20)
    return min(BACKOFF_MAX_SECONDS, longest) * (0.5 + random.random() / 2)


def _get_id(stored: Stored) -> str:
    return stored.key.partition("\n")[2]


def _get_line(stored: Stored) -> str:
    """Return what a message keeps waiting: its order key, or itself alone."""
    return stored.order_key or stored.key
