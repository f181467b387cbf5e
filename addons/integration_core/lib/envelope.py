"""CloudEvents 1.0, as far as a message of ours carries it."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import unquote

from .problems import Fault

SPEC_VERSION = "1.0"
CONTENT_TYPE = "application/cloudevents+json"
BATCH_CONTENT_TYPE = "application/cloudevents-batch+json"
BINARY_CONTENT_TYPE = "application/json"
SCHEMA_URN = re.compile(r"urn:contract:(?P<code>[a-z0-9._-]+):(?P<version>[0-9.]+)")

MAX_TEXT = 255
# sequence is kept in a bigint
MAX_SEQUENCE_DIGITS = 18
# An RFC 3339 moment; a time zone is required, fractions are optional.
_TIMESTAMP = re.compile(
    r"\d{4}-\d{2}-\d{2}[Tt]\d{2}:\d{2}:\d{2}(\.\d+)?([Zz]|[+-]\d{2}:\d{2})"
)

# A quoted pair (RFC 9110 section 5.6.4).
_ESCAPED = re.compile(r"\\(.)")

BINARY_PREFIX = "ce-"
BINARY_MARK = "ce-specversion"


@dataclass(frozen=True)
class Envelope:
    """One event, its attributes checked; ``data`` is not checked yet.

    :param version: of the contract, or None for the newest active one.
    :param occurred_at: naive UTC, as Odoo keeps moments.
    """

    event_id: str
    source: str
    type: str
    version: str | None
    order_key: str | None
    sequence: int | None
    epoch: str | None
    occurred_at: datetime | None
    correlation_id: str | None
    causation_id: str | None
    data: Any
    idempotency_key: str | None = None


def read_event(event: Any) -> Envelope | list[Fault]:
    """Read a parsed structured-mode event.

    :returns: the envelope, or every fault found in its attributes.
    """
    if not isinstance(event, dict):
        return [Fault("", "An event is a JSON object.")]
    reader = _Reader(event)
    if event.get("specversion") != SPEC_VERSION:
        reader.fault("specversion", f'Must be "{SPEC_VERSION}".')
    envelope = Envelope(
        event_id=reader.text("id", required=True) or "",
        source=reader.text("source", required=True) or "",
        type=reader.text("type", required=True) or "",
        version=reader.version(),
        order_key=reader.text("subject"),
        sequence=reader.sequence(),
        epoch=reader.text("epoch"),
        occurred_at=reader.moment("time"),
        correlation_id=reader.text("correlationid"),
        causation_id=reader.text("causationid"),
        data=event.get("data"),
        idempotency_key=reader.text("idempotencykey"),
    )
    if "data" not in event:
        reader.fault("data", "The payload is missing.")
    return reader.faults or envelope


def read_binary(headers: Iterable[tuple[str, str]], data: Any) -> dict[str, Any]:
    """Return the structured form of an event in binary mode.

    CloudEvents HTTP protocol binding 1.0.2, section 3.1: an attribute per header,
    quoted or not, percent-encoded, and the body is the payload.
    """
    event: dict[str, Any] = {
        name[len(BINARY_PREFIX) :].lower(): _read_header(value)
        for name, value in headers
        if name.lower().startswith(BINARY_PREFIX)
    }
    event["data"] = data
    return event


def _read_header(value: str) -> str:
    text = value.strip()
    if len(text) > 1 and text[0] == text[-1] == '"':
        text = _ESCAPED.sub(r"\1", text[1:-1])
    # PostgreSQL keeps no NUL; in JSON there can be none.
    return unquote(text).replace("\x00", "\ufffd")


def get_content(event: Mapping[str, Any]) -> dict[str, Any]:
    """Return what tells an event from another one: not how its payload is written."""
    return {name: event[name] for name in event if name != "datacontenttype"}


class _Reader:
    """Collects faults while attributes are read."""

    def __init__(self, event: Mapping[str, Any]) -> None:
        self.event = event
        self.faults: list[Fault] = []

    def fault(self, name: str, detail: str) -> None:
        self.faults.append(Fault(f"/{name}", detail))

    def text(self, name: str, *, required: bool = False) -> str | None:
        value = self.event.get(name)
        if value is None:
            if required:
                self.fault(name, "This attribute is required.")
            return None
        if not isinstance(value, str) or not value.strip():
            self.fault(name, "Must be text that is not empty.")
            return None
        if len(value) > MAX_TEXT:
            self.fault(name, f"Must not be longer than {MAX_TEXT} characters.")
            return None
        return value

    def version(self) -> str | None:
        value = self.text("dataschema")
        if value is None:
            return None
        match = SCHEMA_URN.fullmatch(value)
        if not match:
            self.fault("dataschema", "Must read urn:contract:<code>:<version>.")
            return None
        if match["code"] != self.event.get("type"):
            self.fault("dataschema", "Names another contract than type does.")
            return None
        return match["version"]

    def sequence(self) -> int | None:
        value = self.event.get("sequence")
        if value is None:
            return None
        text = (
            str(value)
            if isinstance(value, int) and not isinstance(value, bool)
            else value
        )
        if (
            isinstance(text, str)
            and text.isascii()
            and text.isdigit()
            and len(text) <= MAX_SEQUENCE_DIGITS
        ):
            return int(text)
        self.fault("sequence", "Must be a whole number, written as text.")
        return None

    def moment(self, name: str) -> datetime | None:
        value = self.text(name)
        if value is None:
            return None
        moment = parse_moment(value)
        if moment is None:
            self.fault(name, "Must be an RFC 3339 date and time with its zone.")
        return moment


def parse_moment(text: str) -> datetime | None:
    """Read an RFC 3339 moment. Returns naive UTC, or None when it is not one."""
    if not _TIMESTAMP.fullmatch(text):
        return None
    try:
        moment = datetime.fromisoformat(text.upper()).astimezone(UTC)
    except (ValueError, OverflowError):
        return None
    return moment.replace(tzinfo=None)


def write_moment(moment: datetime) -> str:
    """Write a naive UTC moment as RFC 3339."""
    return moment.replace(tzinfo=None).isoformat(timespec="milliseconds") + "Z"


# What an outgoing event is made of: columns of the log.
OUTGOING_COLUMNS = (
    "uuid",
    "source",
    "contract_code",
    "version",
    "order_key",
    "occurred_at",
    "correlation_id",
    "causation_id",
)


def build_outgoing(message: Mapping[str, Any], data: Any) -> dict[str, Any]:
    """Return the event of an outbound message: the same at every attempt.

    :param message: has ``OUTGOING_COLUMNS``.
    """
    code = message["contract_code"]
    return build_event(
        {
            "id": message["uuid"],
            "source": message["source"],
            "type": code,
            "dataschema": f"urn:contract:{code}:{message['version']}",
            "subject": message["order_key"],
            "time": write_moment(message["occurred_at"]),
            "correlationid": message["correlation_id"],
            "causationid": message["causation_id"],
        },
        data,
    )


def build_event(attributes: Mapping[str, Any], data: Any) -> dict[str, Any]:
    """Return a structured-mode event; attributes that are empty are left out."""
    event: dict[str, Any] = {"specversion": SPEC_VERSION}
    event.update(
        {
            name: value
            for name, value in attributes.items()
            if value not in (None, False, "")
        }
    )
    event["datacontenttype"] = "application/json"
    event["data"] = data
    return event
