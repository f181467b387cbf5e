"""Sending outbound deliveries: read, send without a transaction, record."""

from collections import defaultdict
from contextlib import contextmanager
from dataclasses import dataclass, replace

from odoo import SUPERUSER_ID, api

from .channel import Channel
from .deadlines import Deadlines
from .exchange import send
from .lib.envelope import build_outgoing
from .lib.outcome import HTTP_GONE
from .lib.strict_json import canonical
from .models import integration_delivery_queries as delivery_queries
from .models import integration_endpoint_queries as endpoint_queries
from .models import integration_message_queries as queries
from .models.integration_endpoint_queries import Outgoing
from .models.integration_endpoint_target import Target
from .outgoing import OutgoingQueues
from .pacing import Pacing, settle_by_policy

# One endpoint gets at most this part of a worker's threads.
ENDPOINT_SHARE = 4
# Claimed ahead, for each thread; a round of the worker costs as much as a few requests.
AHEAD = 16
TIMEOUTS = ("ReadTimeout", "ConnectTimeout", "Timeout")


@dataclass(frozen=True, slots=True)
class Request:
    """Everything a thread needs to send one delivery; no cursor, no record."""

    target: Target
    event: Outgoing

    @property
    def work(self):
        return self.event.work

    @property
    def endpoint_id(self):
        return self.target.endpoint_id

    def build_body(self):
        """Return the bytes that are signed and sent: the same at every attempt."""
        event = build_outgoing(self.event.attributes, self.event.payload)
        return canonical(event).encode()


class Sender:
    """Claims ahead, so that no thread waits; records what came back in batches.

    :param worker: number of the claimer: what another one took over is not recorded.
    """

    def __init__(self, registry, threads, worker):
        self.registry = registry
        self.worker = worker
        self.width = max(1, threads // ENDPOINT_SHARE)
        self.max_per_endpoint = self.width * AHEAD
        self.threads = threads
        self.channels = {}
        self.deadlines = Deadlines()
        self.pacing = Pacing(registry.db_name)
        self._outgoing = None

    @property
    def outgoing(self):
        """The threads; started with the first request."""
        if self._outgoing is None:
            self._outgoing = OutgoingQueues(self._send, self.threads, self.width)
        return self._outgoing

    @property
    def in_flight(self):
        """How many requests wait here or are under way."""
        return self._outgoing.outstanding if self._outgoing else 0

    def capacity(self):
        """Return how many more deliveries may be claimed now."""
        if self._outgoing and self._outgoing.is_stopped:
            return 0
        return max(0, self.threads * AHEAD - self.in_flight)

    def submit(self, delivery_ids):
        """Start sending; deliveries that cannot be sent are recorded at once."""
        if delivery_ids:
            for request in self._prepare(delivery_ids):
                self.outgoing.add(request)

    def _send(self, request):
        return send(self._get_channel, request)

    def _get_channel(self, target):
        """Return the channel to an endpoint: its connections are used again."""
        key = (target.endpoint_id, target.url, target.networks)
        if key not in self.channels:
            # Two threads may both come here: one channel more, and nothing else.
            self.channels[key] = Channel(
                target.url, target.networks, self.width, self.deadlines
            )
        return self.channels[key]

    def _prepare(self, delivery_ids):
        """Return the requests of deliveries that may be sent now."""
        with self._transaction() as (cr, env):
            rows = endpoint_queries.read_outgoing(cr, delivery_ids)
            rows, settled = settle_by_policy(env, rows, queries.now())
            by_endpoint = defaultdict(list)
            for row in rows:
                by_endpoint[row.endpoint_id].append(row)
            requests_ = [
                request
                for endpoint_id, own in by_endpoint.items()
                for request in self._prepare_endpoint(env, endpoint_id, own)
            ]
            env["integration.delivery"]._record_outcomes(settled, now=queries.now())
        return requests_

    def _prepare_endpoint(self, env, endpoint_id, rows):
        target = env["integration.endpoint"]._get_target(endpoint_id)
        if target is None:
            # Closed since it was claimed, or in a copy of the database.
            self.pacing.keep_for_later(env, rows)
            return []
        kept = self._hold_back(env, target, rows)
        return [Request(target, row) for row in kept]

    @contextmanager
    def _transaction(self):
        """A short one that sees what others committed a moment ago."""
        with self.registry.cursor() as cr:
            cr.execute("SET TRANSACTION ISOLATION LEVEL READ COMMITTED")
            # The engine sends for every company; an endpoint gets the deliveries that
            # were opened for it, and what it answers never runs as anybody.
            env = api.Environment(cr, SUPERUSER_ID, {})
            yield cr, env
            env.flush_all()
            cr.commit()  # others act on it from here on

    def _hold_back(self, env, target, rows):
        """Put back what an endpoint in trouble is not sent now. Returns the rest.

        One request probes an endpoint whose breaker was open, and one at a time goes
        to an endpoint that does not answer: it costs only itself.
        """
        endpoint_id = target.endpoint_id
        narrow = endpoint_id in self.outgoing.narrow or rows[0].is_probing
        busy = narrow and self.outgoing.is_busy(endpoint_id)
        if rows[0].is_probing and not busy:
            busy = not env["integration.endpoint.health"]._take_probe(target)
        return self.pacing.choose(env, target, rows, narrow=narrow, busy=busy)

    @property
    def is_busy(self):
        """Whether the threads have enough to do until the next round is over."""
        if self._outgoing is None:
            return False
        return self._outgoing.waiting > self.max_per_endpoint // 2

    def record(self, timeout_seconds=0):
        """Write down what has come back. Returns how many did."""
        if not self.in_flight:
            return 0
        found = self.outgoing.collect(timeout_seconds)
        self._put_back([request for request, outcome in found if outcome is None])
        found = [
            (request, outcome) for request, outcome in found if outcome is not None
        ]
        if found:
            self._spare_gone(found)
            with self._transaction() as (_cr, env):
                self._write_down(env, found)
            self._record_health(found)
        return len(found)

    def _spare_gone(self, found):
        """Take back what was claimed ahead for receivers that are gone: it waits."""
        gone = {r.endpoint_id for r, o in found if o.http_status == HTTP_GONE}
        for endpoint_id in sorted(gone):
            self._put_back(self.outgoing.withdraw(endpoint_id))

    def _write_down(self, env, found):
        """Write down how requests ended, and what that says of their endpoints.

        :param found: list of ``(Request, Outcome)``
        """
        gone = env["integration.endpoint"]
        outcomes = []
        for request, outcome in found:
            if outcome.http_status == HTTP_GONE:
                endpoint = gone.browse(request.endpoint_id)
                error = endpoint._prepare_gone_error()
                outcome = replace(outcome, state="parked", exception=error)  # noqa: PLW2901
                gone |= endpoint
            outcomes.append((request.work, outcome))
        env["integration.delivery"]._record_outcomes(
            outcomes, now=queries.now(), worker=self.worker
        )
        for endpoint in gone:
            endpoint._disable_gone()

    def _record_health(self, found):
        """Count successes and failures for the breakers of the endpoints."""
        counts = defaultdict(lambda: [0, 0])
        pauses = defaultdict(float)
        narrow = self.outgoing.narrow
        for request, outcome in found:
            if outcome.pause_seconds:
                longest = max(pauses[request.endpoint_id], outcome.pause_seconds)
                pauses[request.endpoint_id] = longest
            if not outcome.says_nothing_of_the_endpoint:
                counts[request.endpoint_id][outcome.state != "done"] += 1
                slow = outcome.error_class in TIMEOUTS
                (narrow.add if slow else narrow.discard)(request.endpoint_id)
        for endpoint_id in sorted({*counts, *pauses}):
            pause = pauses.get(endpoint_id, 0)
            is_open = self._count(endpoint_id, *counts[endpoint_id], pause)
            if is_open or pause or endpoint_id in narrow:
                self._put_back(self.outgoing.withdraw(endpoint_id))

    def _put_back(self, requests):
        """Give back what was claimed ahead and not sent: that was no attempt."""
        if not requests:
            return
        with self._transaction() as (_cr, env):
            ids = [request.work.delivery_id for request in requests]
            held = delivery_queries.find_held(env.cr, ids, self.worker)
            for delivery in env["integration.delivery"].browse(held):
                delivery._defer(queries.now(), False)

    def _count(self, endpoint_id, successes, failures, pause_seconds):
        with self._transaction() as (_cr, env):
            Health = env["integration.endpoint.health"]
            before, after = Health._record(endpoint_id, successes, failures)
            if pause_seconds:
                Health._pause(endpoint_id, pause_seconds)
            if before.is_open != after.is_open:
                env["integration.endpoint"].browse(endpoint_id)._tell_breaker(after)
        return after.is_open

    def stop(self):
        """Send nothing more than what is under way, and give the rest back."""
        if self._outgoing is not None:
            self._outgoing.stop()
            self._put_back(self._outgoing.withdraw())

    def finish(self):
        """Wait for what is under way, record it, close the connections."""
        if self._outgoing is None:
            return
        self.stop()
        while self.in_flight:
            self.record(timeout_seconds=1)
        self.outgoing.close()
        for channel in self.channels.values():
            channel.close()
        self.deadlines.close()
