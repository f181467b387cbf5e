"""Requests to Odoo: signed, over a connection that stays open where it may."""

import logging
import time
import uuid
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import requests

from . import VERSION
from .clock import Clock
from .errors import AgentError
from .signing import Secrets, sign
from .verdict import Answer

BATCH_TYPE = "application/cloudevents-batch+json"
RETRY_AFTER_MAX_SECONDS = 24 * 3600
# An answer to 500 events; more is none of Odoo's.
ANSWER_BYTES_MAX = 16 * 1024 * 1024
LOOPBACK = {"localhost", "127.0.0.1", "::1"}

_logger = logging.getLogger(__name__)


class Transport:
    """The way to one system's addresses in Odoo. One per thread.

    :param url: of Odoo; https, unless it is on this machine or ``allow_http``.
    :param system: the system's code in Odoo.
    """

    def __init__(
        self,
        url: str,
        system: str,
        secrets: Secrets,
        clock: Clock,
        *,
        timeout_seconds: float = 30,
        ca_file: Path | None = None,
        allow_http: bool = False,
    ) -> None:
        parts = urlsplit(url)
        is_safe = parts.scheme == "https" or parts.hostname in LOOPBACK or allow_http
        if parts.scheme not in ("http", "https") or not parts.hostname or not is_safe:
            raise AgentError(
                f"server.url: {url!r} has to begin with https:// (http:// only to this "
                "machine, or with server.allow_http = true)."
            )
        self.root = f"{url.rstrip('/')}/integration/v1/{system}"
        self._secrets = secrets
        self._clock = clock
        self._timeout = (min(10, timeout_seconds), timeout_seconds)
        self._session = requests.Session()
        self._session.verify = str(ca_file) if ca_file else True
        self._session.headers["User-Agent"] = f"edge-agent/{VERSION}"

    def post_batch(self, bodies: list[bytes]) -> Answer:
        """Send events as one batch. Never raises; an answer of status 0 says why."""
        body = b"[" + b",".join(bodies) + b"]"
        return self._request(
            "POST", "/messages/batch", body, {"Content-Type": BATCH_TYPE}
        )

    def get(self, path: str, headers: dict[str, str] | None = None) -> Answer:
        """Ask for something below the system's address."""
        return self._request("GET", path, b"", headers or {})

    def _request(
        self, method: str, path: str, body: bytes, headers: dict[str, str]
    ) -> Answer:
        message_id = f"msg_{uuid.uuid4().hex}"
        signed = sign(self._secrets.keys, message_id, int(self._clock.now()), body)
        start = time.monotonic()
        try:
            response = self._session.request(
                method,
                self.root + path,
                data=body or None,
                headers=headers | signed,
                timeout=self._timeout,
                allow_redirects=False,
            )
        except (requests.exceptions.ConnectTimeout, requests.exceptions.SSLError) as error:
            return Answer(0, reason=_name(error))
        except requests.exceptions.RequestException as error:
            # A refused connection is certain; one that broke may have been heard.
            return Answer(0, reason=_name(error), is_certain=_is_unheard(error))
        self._observe_time(response, time.monotonic() - start)
        return Answer(
            response.status_code,
            _read_json(response),
            read_retry_after(response.headers.get("Retry-After"), self._clock.now()),
            # A gateway's time-out says nothing about what became of the request.
            is_certain=response.status_code not in (502, 504),
        )

    def _observe_time(self, response: requests.Response, seconds: float) -> None:
        try:
            moment = parsedate_to_datetime(response.headers.get("Date", ""))
        except ValueError:
            return
        if moment.tzinfo is None:
            moment = moment.replace(tzinfo=UTC)
        offset = self._clock.observe(moment.timestamp(), seconds)
        if offset is not None:
            _logger.info("The server's clock is %+.1f s from ours", offset)


def read_retry_after(header: str | None, now: float) -> float | None:
    """Read a ``Retry-After`` header (RFC 9110 section 10.2.3).

    :param now: seconds since 1970.
    :returns: seconds from now, a day at most; None when absent or unreadable.
    """
    text = (header or "").strip()
    if text.isascii() and text.isdigit():
        return float(min(int(text[:10]), RETRY_AFTER_MAX_SECONDS))
    try:
        moment: datetime = parsedate_to_datetime(text)
    except ValueError:
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return min(max(0.0, moment.timestamp() - now), RETRY_AFTER_MAX_SECONDS)


def _read_json(response: requests.Response) -> Any:
    if len(response.content) > ANSWER_BYTES_MAX:
        return None
    try:
        return response.json()
    except ValueError:
        return None


def _is_unheard(error: requests.exceptions.RequestException) -> bool:
    """Tell whether no connection came about at all."""
    cause = getattr(error.args[0] if error.args else None, "reason", None)
    return type(cause).__name__ in ("NewConnectionError", "NameResolutionError")


def _name(error: Exception) -> str:
    return f"{type(error).__name__}: {str(error)[:200]}"
