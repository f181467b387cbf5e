"""The far side of a connection: a system that signs, sends, and asks what became of it."""

import base64
import hashlib
import hmac
import itertools
import json
import time
import uuid
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import requests

EVENT_TYPE = "application/cloudevents+json"
BATCH_TYPE = "application/cloudevents-batch+json"
FINAL = {"done", "ignored", "dead", "parked", "cancelled", "resolved", "refused"}


def sign(secret: str, message_id: str, timestamp: int, body: bytes) -> str:
    """Return a Standard Webhooks signature; written apart from the one under test."""
    key = base64.b64decode(secret.removeprefix("whsec_"))
    signed = f"{message_id}.{timestamp}.".encode() + body
    digest = hmac.new(key, signed, hashlib.sha256).digest()
    return "v1," + base64.b64encode(digest).decode()


@dataclass
class Partner:
    """One external system.

    :param secret: ``whsec_…``, to sign with; :param token: a bearer token instead.
    """

    url: str
    code: str
    secret: str = field(default="", repr=False)
    token: str = field(default="", repr=False)
    session: requests.Session = field(default_factory=requests.Session, repr=False)
    numbers: Any = field(default_factory=lambda: itertools.count(1), repr=False)

    @property
    def address(self) -> str:
        return f"{self.url}/integration/v1/{self.code}/messages"

    def event(self, contract: str, data: Any, **attributes: Any) -> dict[str, Any]:
        """Return a CloudEvent of this system."""
        event = {
            "specversion": "1.0",
            "id": f"{self.code}-{next(self.numbers)}",
            "source": f"/{self.code}",
            "type": contract,
            "time": datetime.now(UTC).isoformat(timespec="milliseconds"),
            "data": data,
        }
        return event | attributes

    def headers(self, body: bytes) -> dict[str, str]:
        headers = {"Content-Type": EVENT_TYPE}
        if self.token:
            return headers | {"Authorization": f"Bearer {self.token}"}
        message_id = f"msg_{uuid.uuid4().hex}"
        timestamp = int(time.time())
        return headers | {
            "webhook-id": message_id,
            "webhook-timestamp": str(timestamp),
            "webhook-signature": sign(self.secret, message_id, timestamp, body),
        }

    def post(self, event: Any, *, path: str = "", **headers: str) -> requests.Response:
        """Send one event (or raw bytes)."""
        body = event if isinstance(event, bytes) else json.dumps(event).encode()
        return self.session.post(
            self.address + path,
            data=body,
            headers=self.headers(body) | headers,
            timeout=30,
        )

    def send(self, contract: str, data: Any, **attributes: Any) -> str:
        """Send and expect 202. Returns the message's uuid."""
        response = self.post(self.event(contract, data, **attributes))
        if response.status_code != 202:
            raise AssertionError(f"{response.status_code}: {response.text}")
        return response.json()["message"]

    def post_batch(self, events: list[dict[str, Any]]) -> list[str]:
        """Send many and expect 202 for each. Returns the messages' uuids."""
        response = self.post(events, path="/batch", **{"Content-Type": BATCH_TYPE})
        results = response.json()["results"]
        wrong = [result for result in results if result["status"] != 202]
        if wrong:
            raise AssertionError(f"{len(wrong)} were refused, the first: {wrong[0]}")
        return [result["message"] for result in results]

    def status(self, message: str) -> dict[str, Any]:
        """Return what became of a message."""
        address = f"{self.address}/{message}"
        response = self.session.get(address, headers=self.headers(b""), timeout=30)
        response.raise_for_status()
        return response.json()

    def wait(self, message: str, seconds: float = 60) -> dict[str, Any]:
        """Wait until a message is worked off."""
        return until(
            lambda: (status := self.status(message))["state"] in FINAL and status,
            seconds,
            f"{self.code}: message {message} is not worked off",
        )

    def deliver(self, contract: str, data: Any, **attributes: Any) -> dict[str, Any]:
        """Send, wait, and expect ``done``. Returns the status."""
        status = self.wait(self.send(contract, data, **attributes))
        if status["state"] != "done":
            raise AssertionError(f"{contract}: {status}")
        return status


def until(
    condition: Any, seconds: float, failure: str, *, pause_seconds: float = 0.1
) -> Any:
    """Wait until ``condition()`` is true. Returns what it returned.

    :param pause_seconds: between two looks.
    :raises AssertionError: with ``failure`` when the time is over.
    """
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        result = condition()
        if result:
            return result
        time.sleep(pause_seconds)
    raise AssertionError(f"{failure} after {seconds:.0f} s")
