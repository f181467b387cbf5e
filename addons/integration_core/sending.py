"""Sending outbound deliveries: read, send without a transaction, record."""

import logging
import time
from collections import defaultdict
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from odoo import SUPERUSER_ID, api

from .channel import Channel, ChannelError
from .guarded_session import AddressRefusedError
from .lib.backoff import parse_retry_after
from .lib.envelope import CONTENT_TYPE, build_outgoing
from .lib.errors import BusinessError
from .lib.outcome import EXCERPT_MAX, HTTP_GONE, Outcome, judge_response
from .lib.signatures import signed_headers
from .lib.strict_json import canonical
from .models import integration_endpoint_queries as endpoint_queries
from .models import integration_message_queries as queries
from .models.integration_endpoint_queries import Outgoing
from .models.integration_endpoint_target import Target
from .outgoing import OutgoingQueues
from .shared_throttle import SharedThrottle

_logger = logging.getLogger(__name__)

USER_AGENT = "odoo-integration/1.0"
# One endpoint gets at most this part of a worker's threads.
ENDPOINT_SHARE = 4
# Claimed ahead, for each thread.
AHEAD = 8
HOLD_BACK_SECONDS = 1
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
    """Claims ahead, so that no thread waits; records what came back in batches."""

    def __init__(self, registry, threads):
        self.registry = registry
        self.width = max(1, threads // ENDPOINT_SHARE)
        # Within a lease even if each request takes its longest timeout.
        self.max_per_endpoint = self.width * AHEAD
        self.threads = threads
        self.channels = {}
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
            self.channels[key] = Channel(target.url, target.networks, self.width)
        return self.channels[key]

    def _prepare(self, delivery_ids):
        """Return the requests of deliveries that may be sent now."""
        with self.registry.cursor() as cr:
            env = api.Environment(cr, SUPERUSER_ID, {})
            requests_, closed = [], []
            for endpoint_id, rows in self._read(cr, delivery_ids).items():
                target = env["integration.endpoint"]._get_target(endpoint_id)
                if target is None:
                    closed += [(row.work, _prepare_closed()) for row in rows]
                    continue
                kept = self._hold_back(env, target, rows)
                requests_ += [Request(target, row) for row in kept]
            env["integration.delivery"]._record_outcomes(closed, now=queries.now())
            env.flush_all()
            cr.commit()  # what was put back may be claimed again
        return requests_

    def _read(self, cr, delivery_ids):
        """Return what is to be sent, ``{endpoint id: rows}``, in the order given."""
        by_endpoint = defaultdict(list)
        for row in endpoint_queries.read_outgoing(cr, delivery_ids):
            by_endpoint[row.endpoint_id].append(row)
        return by_endpoint

    def _hold_back(self, env, target, rows):
        """Put back what an endpoint in trouble is not sent now. Returns the rest.

        One request probes an endpoint whose breaker was open, and one at a time goes
        to an endpoint that does not answer: it costs only itself.
        """
        endpoint_id = target.endpoint_id
        narrow = endpoint_id in self.outgoing.narrow or rows[0].is_probing
        busy = narrow and self.outgoing.is_busy(endpoint_id)
        kept = []
        for row in rows:
            wait = HOLD_BACK_SECONDS if busy else self._throttle(target)
            if wait:
                delivery = env["integration.delivery"].browse(row.work.delivery_id)
                delivery._defer(queries.now() + timedelta(seconds=wait), False)
                continue
            busy = narrow
            kept.append(row)
        return kept

    def _throttle(self, target):
        """Return the seconds until the endpoint may be sent the next message."""
        limit = target.rate_limit_per_minute
        if not limit:
            return 0
        return SharedThrottle.of(self.registry.db_name).take(
            "endpoint", target.endpoint_id, per_minute=limit, burst=max(1, limit // 60)
        )

    @property
    def is_busy(self):
        """Whether the threads have enough to do for a while."""
        return self.in_flight > 2 * self.width

    def record(self, timeout_seconds=0):
        """Write down what has come back. Returns how many did."""
        if not self.in_flight:
            return 0
        found = self.outgoing.collect(timeout_seconds)
        self._record(found)
        self._record_health(found)
        return len(found)

    def _record(self, found):
        """Write outcomes down.

        :param found: list of ``(Request, Outcome)``
        """
        if not found:
            return
        with self.registry.cursor() as cr:
            env = api.Environment(cr, SUPERUSER_ID, {})
            env["integration.delivery"]._record_outcomes(
                [(request.work, outcome) for request, outcome in found],
                now=queries.now(),
            )
            for request, outcome in found:
                if outcome.http_status == HTTP_GONE:
                    endpoint = env["integration.endpoint"].browse(request.endpoint_id)
                    endpoint._disable_gone()
            env.flush_all()
            cr.commit()  # what has been sent must be on record

    def _record_health(self, found):
        """Count successes and failures for the breakers of the endpoints."""
        counts = defaultdict(lambda: [0, 0])
        narrow = self.outgoing.narrow
        for request, outcome in found:
            if not outcome.says_nothing_of_the_endpoint:
                counts[request.endpoint_id][outcome.state != "done"] += 1
                slow = outcome.error_class in TIMEOUTS
                (narrow.add if slow else narrow.discard)(request.endpoint_id)
        for endpoint_id, (successes, failures) in sorted(counts.items()):
            is_open = self._count(endpoint_id, successes, failures)
            if is_open or endpoint_id in narrow:
                self._put_back(self.outgoing.withdraw(endpoint_id))

    def _put_back(self, requests):
        """Give back what was claimed ahead and not sent: that was no attempt."""
        if not requests:
            return
        with self.registry.cursor() as cr:
            env = api.Environment(cr, SUPERUSER_ID, {})
            for request in requests:
                delivery_id = request.work.delivery_id
                delivery = env["integration.delivery"].browse(delivery_id)
                delivery._defer(queries.now(), False)
            env.flush_all()
            cr.commit()  # others may claim it

    def _count(self, endpoint_id, successes, failures):
        with self.registry.cursor() as cr:
            cr.execute("SET TRANSACTION ISOLATION LEVEL READ COMMITTED")
            env = api.Environment(cr, SUPERUSER_ID, {})
            before, after = env["integration.endpoint.health"]._record(
                endpoint_id, successes, failures
            )
            if before.is_open != after.is_open:
                env["integration.endpoint"].browse(endpoint_id)._tell_breaker(after)
            env.flush_all()
            cr.commit()  # other senders see it from here on
        return after.is_open

    def finish(self):
        """Wait for what is under way, record it, close the connections."""
        if self._outgoing is None:
            return
        self._put_back(self.outgoing.withdraw())
        while self.in_flight:
            self.record(timeout_seconds=1)
        self.outgoing.close()
        for channel in self.channels.values():
            channel.close()


def _prepare_closed():
    return Outcome(
        "dead",
        error_class="EndpointClosed",
        excerpt="The endpoint is disabled, not verified or has no address.",
    )


def send(get_channel, request):
    """Send one request. Returns its ``Outcome``; raises nothing.

    :param get_channel: function from a ``Target`` to its ``Channel``.
    """
    started = queries.now()
    outcome = _exchange(get_channel, request)
    return replace(outcome, started_at=started, ended_at=queries.now())


def _exchange(get_channel, request):
    target = request.target
    try:
        body = request.build_body()
        status, headers, answer = get_channel(target).post(
            body, _prepare_headers(request, body), target.timeout_seconds
        )
        retry_after = parse_retry_after(headers.get("Retry-After"), datetime.now(UTC))
        return judge_response(status, _read_excerpt(answer), retry_after)
    except AddressRefusedError as error:
        return _refuse_address(error)
    except ChannelError as error:
        text = f"{error.name}: {error}"[:EXCERPT_MAX]
        return Outcome("retry", text, error_class=error.name)
    except Exception as error:  # noqa: BLE001 - a thread must always bring an outcome
        _logger.error("Sending failed", exc_info=error)
        return Outcome("retry", type(error).__name__, error_class=type(error).__name__)


def _prepare_headers(request, body):
    target = request.target
    headers = {"Content-Type": CONTENT_TYPE, "User-Agent": USER_AGENT}
    headers |= signed_headers(
        target.get_signing_keys(), request.event.message_id, int(time.time()), body
    )
    token = target.get_bearer_token()
    if token:
        headers["Authorization"] = f"Bearer {token}"
    return headers


def _refuse_address(error):
    why = (
        "outside of the allowed networks, where only https is spoken"
        if error.plain
        else "inside the network"
    )
    text = f"{error.host} is {error.address}, which is {why}. Nothing was sent."
    refusal = BusinessError(
        text, kind="integration_core.address_refused", fingerprint=error.host
    )
    name = type(error).__name__
    return Outcome("parked", text, error_class=name, exception=refusal)


def _read_excerpt(answer):
    return answer[:EXCERPT_MAX].decode("utf-8", "replace").replace("\x00", "")
