"""Sending outbound deliveries: read, send without a transaction, record."""

import logging
import time
from concurrent.futures import FIRST_COMPLETED, ThreadPoolExecutor, wait
from dataclasses import dataclass
from datetime import UTC, datetime

import requests

from odoo import SUPERUSER_ID, api

from .lib.backoff import parse_retry_after
from .lib.envelope import CONTENT_TYPE
from .lib.outcome import EXCERPT_MAX, Outcome, judge_response
from .lib.signatures import signed_headers
from .lib.strict_json import canonical
from .models import integration_message_queries as queries

_logger = logging.getLogger(__name__)

USER_AGENT = "odoo-integration/1.0"
RESPONSE_MAX_BYTES = 64 * 1024


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


class Sender:
    """Keeps a bounded number of requests in flight for one worker."""

    def __init__(self, registry, threads):
        self.registry = registry
        self.threads = threads
        self.max_per_endpoint = max(1, threads // 2)
        self.in_flight = {}
        self.sessions = {}
        self.pool = None

    def capacity(self):
        """Return how many more deliveries may be claimed now.

        Never all of it at once, so that one endpoint cannot take every thread.
        """
        return min(self.threads - len(self.in_flight), self.max_per_endpoint)

    def submit(self, delivery_ids):
        """Start sending; deliveries that cannot be sent are recorded at once."""
        if not delivery_ids:
            return
        if self.pool is None:
            self.pool = ThreadPoolExecutor(
                self.threads, thread_name_prefix="integration"
            )
        for request in self._prepare(delivery_ids):
            session = self.sessions.setdefault(request.endpoint_id, requests.Session())
            future = self.pool.submit(send, session, request)
            self.in_flight[future] = request.delivery_id

    def _prepare(self, delivery_ids):
        with self.registry.cursor() as cr:
            env = api.Environment(cr, SUPERUSER_ID, {})
            found = [
                _prepare_request(delivery)
                for delivery in env["integration.delivery"].browse(delivery_ids)
            ]
        self._record(
            [
                (delivery_id, outcome)
                for delivery_id, outcome in found
                if isinstance(outcome, Outcome)
            ]
        )
        return [request for _id, request in found if isinstance(request, Request)]

    def record(self, timeout_seconds=0):
        """Write down what has come back. Returns how many did."""
        if not self.in_flight:
            return 0
        done, _open = wait(self.in_flight, timeout_seconds, FIRST_COMPLETED)
        self._record([(self.in_flight.pop(future), future.result()) for future in done])
        return len(done)

    def _record(self, outcomes):
        if not outcomes:
            return
        with self.registry.cursor() as cr:
            env = api.Environment(cr, SUPERUSER_ID, {})
            for delivery_id, outcome in outcomes:
                delivery = env["integration.delivery"].browse(delivery_id)
                delivery._record_outcome(outcome, now=queries.now())
                if outcome.http_status == 410:  # noqa: PLR2004 - Gone
                    delivery.endpoint_id.state = "disabled"
            env.flush_all()
            cr.commit()  # what has been sent must be on record

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
    except requests.RequestException as error:
        name = type(error).__name__
        return Outcome("retry", f"{name}: {error}"[:EXCERPT_MAX], error_class=name)
    except Exception as error:  # noqa: BLE001 - a thread must always bring an outcome
        _logger.error("Sending failed", exc_info=error)
        return Outcome("retry", type(error).__name__, error_class=type(error).__name__)


def _read_excerpt(response):
    raw = next(response.iter_content(RESPONSE_MAX_BYTES), b"") or b""
    return raw[:EXCERPT_MAX].decode("utf-8", "replace").replace("\x00", "")
