"""Sending outbound deliveries: read, send without a transaction, record."""

import logging
import time
from collections import defaultdict
from concurrent.futures import FIRST_COMPLETED, ThreadPoolExecutor, wait
from dataclasses import dataclass
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
from .shared_throttle import SharedThrottle

_logger = logging.getLogger(__name__)

USER_AGENT = "odoo-integration/1.0"
RESPONSE_MAX_BYTES = 64 * 1024
# One endpoint gets at most this part of a worker's threads.
ENDPOINT_SHARE = 4
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
    """Keeps a bounded number of requests in flight for one worker."""

    def __init__(self, registry, threads):
        self.registry = registry
        self.threads = threads
        self.max_per_endpoint = max(1, threads // ENDPOINT_SHARE)
        # Endpoints that did not answer in time get one thread until they do.
        self.slow = set()
        self.in_flight = {}
        self.sessions = {}
        self.pool = None

    def capacity(self):
        """Return how many more deliveries may be claimed now."""
        return self.threads - len(self.in_flight)

    def submit(self, delivery_ids):
        """Start sending; deliveries that cannot be sent are recorded at once."""
        if not delivery_ids:
            return
        if self.pool is None:
            self.pool = ThreadPoolExecutor(
                self.threads, thread_name_prefix="integration"
            )
        for request in self._prepare(delivery_ids):
            future = self.pool.submit(send, self._get_session(request), request)
            self.in_flight[future] = request

    def _get_session(self, request):
        """Return the session of an endpoint: its connections are used again."""
        key = (request.endpoint_id, request.networks)
        if key not in self.sessions:
            self.sessions[key] = create_session(request.networks, self.max_per_endpoint)
        return self.sessions[key]

    def _prepare(self, delivery_ids):
        with self.registry.cursor() as cr:
            env = api.Environment(cr, SUPERUSER_ID, {})
            deliveries = self._hold_back(env["integration.delivery"].browse(delivery_ids))
            found = [_prepare_request(delivery) for delivery in deliveries]
            env.flush_all()
            cr.commit()  # what was put back may be claimed again
        self._record(
            [
                (delivery_id, None, outcome)
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
        busy = {request.endpoint_id for request in self.in_flight.values()}
        kept = []
        for delivery in deliveries:
            endpoint_id = delivery.endpoint_id.id
            if endpoint_id in probing | self.slow and endpoint_id in busy:
                until = queries.now() + timedelta(seconds=HOLD_BACK_SECONDS)
                delivery._defer(until, False)
                continue
            wait = self._throttle(delivery.endpoint_id)
            if wait:
                delivery._defer(queries.now() + timedelta(seconds=wait), False)
                continue
            busy.add(endpoint_id)
            kept.append(delivery)
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
        done, _open = wait(self.in_flight, timeout_seconds, FIRST_COMPLETED)
        outcomes = []
        for future in done:
            request = self.in_flight.pop(future)
            outcomes.append((request.delivery_id, request.endpoint_id, future.result()))
        self._record(outcomes)
        self._record_health(outcomes)
        return len(done)

    def _record(self, outcomes):
        if not outcomes:
            return
        with self.registry.cursor() as cr:
            env = api.Environment(cr, SUPERUSER_ID, {})
            for delivery_id, _endpoint_id, outcome in outcomes:
                delivery = env["integration.delivery"].browse(delivery_id)
                delivery._record_outcome(outcome, now=queries.now())
                if outcome.http_status == HTTP_GONE:
                    delivery.endpoint_id._disable_gone()
            env.flush_all()
            cr.commit()  # what has been sent must be on record

    def _record_health(self, outcomes):
        """Count successes and failures for the breakers of the endpoints."""
        counts = defaultdict(lambda: [0, 0])
        for _delivery_id, endpoint_id, outcome in outcomes:
            if not outcome.says_nothing_of_the_endpoint:
                counts[endpoint_id][outcome.state != "done"] += 1
                slow = outcome.error_class in TIMEOUTS
                (self.slow.add if slow else self.slow.discard)(endpoint_id)
        for endpoint_id, (successes, failures) in sorted(counts.items()):
            self._count(endpoint_id, successes, failures)

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

    def finish(self):
        """Wait for what is in flight, record it, close the connections."""
        while self.in_flight:
            self.record(timeout_seconds=1)
        if self.pool:
            self.pool.shutdown()
        for session in self.sessions.values():
            session.close()


def _prepare_request(delivery):
    """Return ``(id, Request)``, or ``(id, Outcome)`` when it cannot be sent."""
    endpoint = delivery.endpoint_id
    # A copy of a production database must never speak to production's partners.
    neutralized = delivery.env["ir.config_parameter"].get_param(
        "database.is_neutralized"
    )
    if neutralized or not endpoint.url or endpoint.state != "enabled":
        return delivery.id, Outcome(
            "dead",
            error_class="EndpointClosed",
            excerpt=f"The endpoint {endpoint.name} is disabled or has no address.",
        )
    message = delivery.message_id
    return delivery.id, Request(
        delivery_id=delivery.id,
        endpoint_id=endpoint.id,
        url=endpoint.url,
        body=canonical(message._prepare_event()).encode(),
        message_id=message.uuid,
        keys=tuple(endpoint._get_signing_keys()),
        bearer_token=endpoint._get_bearer_token(),
        timeout_seconds=endpoint.timeout_seconds,
        networks=delivery.env["integration.allowed.network"]._get_networks(
            endpoint.system_id.environment
        ),
    )


def send(session, request):
    """Send one request. Returns its ``Outcome``; raises nothing."""
    headers = {"Content-Type": CONTENT_TYPE, "User-Agent": USER_AGENT}
    headers |= signed_headers(
        request.keys, request.message_id, int(time.time()), request.body
    )
    if request.bearer_token:
        headers["Authorization"] = f"Bearer {request.bearer_token}"
    try:
        with session.post(
            request.url,
            data=request.body,
            headers=headers,
            stream=True,
            timeout=request.timeout_seconds,
            allow_redirects=False,
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
