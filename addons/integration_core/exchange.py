"""One request and what its answer means; no cursor, no record."""

import logging
import time
from dataclasses import replace
from datetime import UTC, datetime

from .channel import ChannelError
from .guarded_session import AddressRefusedError
from .lib.backoff import parse_retry_after
from .lib.envelope import CONTENT_TYPE
from .lib.errors import BusinessError
from .lib.outcome import EXCERPT_MAX, Outcome, judge_response
from .lib.signatures import signed_headers
from .models import integration_message_queries as queries

_logger = logging.getLogger(__name__)

USER_AGENT = "odoo-integration/1.0"


def send(get_channel, request):
    """Send one request. Returns its ``Outcome``; raises nothing.

    :param get_channel: function from a ``Target`` to its ``Channel``.
    """
    started = queries.now()
    outcome = _exchange(get_channel, request)
    return replace(outcome, started_at=started, ended_at=queries.now())


def _exchange(get_channel, request):
    target = request.target
    if target.is_without_proof():
        return refuse_unproven(target)
    try:
        body = request.build_body()
        status, headers, answer = get_channel(target).post(
            body, _prepare_headers(request, body), target.timeout_seconds
        )
        retry_after = parse_retry_after(headers.get("Retry-After"), datetime.now(UTC))
        return judge_response(status, _read_excerpt(answer), retry_after)
    except AddressRefusedError as error:
        return refuse_address(error)
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


def refuse_address(error):
    why = (
        "outside of the allowed networks, where only https is spoken"
        if error.plain
        else "inside the network"
    )
    text = f"{error.host} is {error.address}, which is {why}. Nothing was sent."
    name = type(error).__name__
    return _refuse(text, name, "integration_core.address_refused", error.host)


def refuse_unproven(target):
    text = f"No secret of {target.name} is in force. Nothing was sent."
    endpoint = str(target.endpoint_id)
    return _refuse(text, "SecretLapsedError", "integration_core.secret_lapsed", endpoint)


def _refuse(text, name, kind, fingerprint):
    refusal = BusinessError(text, kind=kind, fingerprint=fingerprint)
    return Outcome("parked", text, error_class=name, exception=refusal)


def _read_excerpt(answer):
    return answer[:EXCERPT_MAX].decode("utf-8", "replace").replace("\x00", "")
