"""Sending outbound deliveries: read, send without a transaction, record."""

import logging
import time
from collections import defaultdict
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

import requests

from odoo import SUPERUSER_ID, api

from .guarded_session import AddressRefusedError, create_session
from .lib.backoff import parse_retry_after
from .lib.envelope import CONTENT_TYPE
from .lib.errors import BusinessError
from .lib.outcome import EXCERPT_MAX, HTTP_GONE, Outcome, judge_response
from .lib.signatures import signed_headers
from .lib.strict_json import canonical
from .models import integration_endpoint_queries as endpoint_queries
from .models import integration_message_queries as queries
from .outgoing import Outgoing
from .shared_throttle import SharedThrottle

_logger = logging.getLogger(__name__)

USER_AGENT = "odoo-integration/1.0"
RESPONSE_MAX_BYTES = 64 * 1024
# One endpoint gets at most this part of a worker's threads.
ENDPOINT_SHARE = 4
# Claimed ahead, for each thread.
AHEAD = 8
HOLD_BACK_SECONDS = 1
TIMEOUTS = ("ReadTimeout", "ConnectTimeout", "Timeout")


@dataclass(frozen=True)
class Request:
    """Everything a thread needs to send one delivery; no cursor, no record."""

    delivery_id: int
    endpoint_id: int
    url: str
    body: bytes
    message_id: str
    keys: tuple[bytes, ...]
    bearer_token: str | None
    timeout_seconds: int
    networks: tuple = ()


class Sender:
    """Claims ahead, so that no thread waits; records what came back in batches."""

    def __init__(self, registry, threads):
        self.registry = registry
        self.width = max(1, threads // ENDPOINT_SHARE)
        # Within a lease even if each request takes its longest timeout.
        self.max_per_endpoint = self.width * AHEAD
        self.threads = threads
        self.sessions = {}
        self._outgoing = None

    @property
    def outgoing(self):
        """The threads; started with the first request."""
        if self._outgoing is None:
            self._outgoing = Outgoing(self._send, self.threads, self.width)
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
        return send(self._get_session(request), request)

    def _get_session(self, request):
        """Return the session of an endpoint: its connections are used again."""
        key = (request.endpoint_id, request.networks)
        if key not in self.sessions:
            # Two threads may both come here: one session more, and nothing else.
            self.sessions[key] = create_session(request.networks, self.width)
        return self.sessions[key]

    def _prepare(self, delivery_ids):
        with self.registry.cursor() as cr:
            env = api.Environment(cr, SUPERUSER_ID, {})
            deliveries = self._hold_back(env["integration.delivery"].browse(delivery_ids))
            targets = {}
            found = [_prepare_request(delivery, targets) for delivery in deliveries]
            env.flush_all()
            cr.commit()  # what was put back may be claimed again
        self._record(
            [
                (delivery_id, outcome)
                for delivery_id, outcome in found
                if isinstance(outcome, Outcome)
            ]
        )
        return [request for _id, request in found if isinstance(request, Request)]

    def _hold_back(self, deliveries):
        """Put back what an endpoint in trouble is not sent now. Returns the rest.

        One request probes an endpoint whose breaker was open, and one at a time goes
        to an endpoint that does not answer: it costs only itself.
        """
        probing = endpoint_queries.find_probing(
            deliveries.env.cr, deliveries.endpoint_id.ids
        )
        narrow = self.outgoing.narrow | probing
        busy = {
            endpoint_id for endpoint_id in narrow if self.outgoing.is_busy(endpoint_id)
        }
        kept = deliveries.browse()
        for delivery in deliveries:
            endpoint_id = delivery.endpoint_id.id
            if endpoint_id in narrow and endpoint_id in busy:
                until = queries.now() + timedelta(seconds=HOLD_BACK_SECONDS)
                delivery._defer(until, False)
                continue
            wait = self._throttle(delivery.endpoint_id)
            if wait:
                delivery._defer(queries.now() + timedelta(seconds=wait), False)
                continue
            busy.add(endpoint_id)
            kept += delivery
        return kept

    def _throttle(self, endpoint):
        """Return the seconds until the endpoint may be sent the next message."""
        limit = endpoint.rate_limit_per_minute
        if not limit:
            return 0
        return SharedThrottle.of(self.registry.db_name).take(
            "endpoint", endpoint.id, per_minute=limit, burst=max(1, limit // 60)
        )

    def record(self, timeout_seconds=0):
        """Write down what has come back. Returns how many did."""
        if not self.in_flight:
            return 0
        found = self.outgoing.collect(timeout_seconds)
        self._record([(request.delivery_id, outcome) for request, outcome in found])
        self._record_health(found)
        return len(found)

    def _record(self, outcomes):
        """Write outcomes down.

        :param outcomes: list of ``(delivery id, Outcome)``
        """
        if not outcomes:
            return
        with self.registry.cursor() as cr:
            env = api.Environment(cr, SUPERUSER_ID, {})
            deliveries = env["integration.delivery"].browse(
                [delivery_id for delivery_id, _outcome in outcomes]
            )
            ended = [outcome for _delivery_id, outcome in outcomes]
            deliveries._record_outcomes(
                list(zip(deliveries, ended, strict=True)), now=queries.now()
            )
            for delivery, outcome in zip(deliveries, ended, strict=True):
                if outcome.http_status == HTTP_GONE:
                    delivery.endpoint_id._disable_gone()
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
                delivery = env["integration.delivery"].browse(request.delivery_id)
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
        for session in self.sessions.values():
            session.close()


def _prepare_request(delivery, targets):
    """Return ``(id, Request)``, or ``(id, Outcome)`` when it cannot be sent.

    :param targets: what is known of endpoints already, by id; filled.
    """
    endpoint = delivery.endpoint_id
    if endpoint.id not in targets:
        targets[endpoint.id] = _prepare_target(endpoint)
    target = targets[endpoint.id]
    if target is None:
        return delivery.id, Outcome(
            "dead",
            error_class="EndpointClosed",
            excerpt=f"The endpoint {endpoint.name} is disabled, not verified or has no "
            "address.",
        )
    message = delivery.message_id
    return delivery.id, Request(
        delivery_id=delivery.id,
        body=canonical(message._prepare_event(delivery.payload or None)).encode(),
        message_id=message.uuid,
        **target,
    )


def _prepare_target(endpoint):
    """Return what all requests to an endpoint share, None when it is closed."""
    if not endpoint._is_open():
        return None
    return {
        "endpoint_id": endpoint.id,
        "url": endpoint.url,
        "keys": tuple(endpoint._get_signing_keys()),
        "bearer_token": endpoint._get_bearer_token(),
        "timeout_seconds": endpoint.timeout_seconds,
        "networks": endpoint.env["integration.allowed.network"]._get_networks(
            endpoint.system_id.environment
        ),
    }


def send(session, request):
    """Send one request. Returns its ``Outcome``; raises nothing."""
    started = queries.now()
    outcome = _exchange(session, request)
    return replace(outcome, started_at=started, ended_at=queries.now())


def _exchange(session, request):
    headers = {"Content-Type": CONTENT_TYPE, "User-Agent": USER_AGENT}
    headers |= signed_headers(
        request.keys, request.message_id, int(time.time()), request.body
    )
    if request.bearer_token:
        headers["Authorization"] = f"Bearer {request.bearer_token}"
    try:
        # Prepared here: a session merges cookies, proxies and hooks that we have none of.
        prepared = requests.Request(
            "POST", request.url, headers=headers, data=request.body
        ).prepare()
        with session.send(
            prepared,
            stream=True,
            timeout=request.timeout_seconds,
            allow_redirects=False,
            verify=session.verify,
            proxies={},
        ) as response:
            excerpt = _read_excerpt(response)
            retry_after = parse_retry_after(
                response.headers.get("Retry-After"), datetime.now(UTC)
            )
            return judge_response(response.status_code, excerpt, retry_after)
    except AddressRefusedError as error:
        return _refuse_address(error)
    except requests.RequestException as error:
        name = type(error).__name__
        return Outcome("retry", f"{name}: {error}"[:EXCERPT_MAX], error_class=name)
    except Exception as error:  # noqa: BLE001 - a thread must always bring an outcome
        _logger.error("Sending failed", exc_info=error)
        return Outcome("retry", type(error).__name__, error_class=type(error).__name__)


def _refuse_address(error):
    text = (
        f"{error.host} is {error.address}, which is inside the network. Nothing was sent."
    )
    refusal = BusinessError(
        text, kind="integration_core.address_refused", fingerprint=error.host
    )
    name = type(error).__name__
    return Outcome("parked", text, error_class=name, exception=refusal)


def _read_excerpt(response):
    raw = next(response.iter_content(RESPONSE_MAX_BYTES), b"") or b""
    return raw[:EXCERPT_MAX].decode("utf-8", "replace").replace("\x00", "")
