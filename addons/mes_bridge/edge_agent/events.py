"""CloudEvents as they are taken in: checked so that Odoo can keep them.

What would make Odoo refuse a whole batch must not get into the journal: JSON that is
no JSON for PostgreSQL, attributes of the wrong form, bodies that are too large.
"""

import hashlib
import json
import math
import re
import uuid
from collections.abc import Container
from dataclasses import dataclass
from typing import Any

from .clock import Clock
from .errors import Refusal

MAX_DEPTH = 60
MAX_DIGITS = 100
MAX_TEXT = 255
SEQUENCE_DIGITS_MAX = 18
# Odoo takes a megabyte; sequence and epoch come on top.
MAX_EVENT_BYTES = 1024 * 1024 - 1024

_NUL_OR_SURROGATE = re.compile("[\x00\ud800-\udfff]")
_TIMESTAMP = re.compile(
    r"\d{4}-\d{2}-\d{2}[Tt]\d{2}:\d{2}:\d{2}(\.\d+)?([Zz]|[+-]\d{2}:\d{2})"
)
_ENCODER = json.JSONEncoder(
    ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False
)
_GIVEN_BY_US = ((), ("time",), ("id",), ("id", "time"))
_REQUIRED = ("id", "source", "type")
_TEXTS = (*_REQUIRED, "subject", "time", "dataschema", "epoch")


@dataclass(frozen=True)
class Event:
    """One event, ready for the journal.

    :param key: source and id: what makes it a duplicate of another one.
    :param order_key: the business object it belongs to; empty: no order.
    :param body: JSON without sequence and epoch, unless the sender counts itself.
    :param digest: of what the sender meant, to tell a duplicate from a reused id.
    :param counts_itself: the sender brought its own sequence.
    """

    key: str
    order_key: str
    body: bytes
    digest: bytes
    counts_itself: bool = False


def parse(raw: bytes) -> Any:
    """Parse JSON that PostgreSQL can keep.

    :raises Refusal: 400.
    """
    try:
        value = json.loads(
            raw.decode("utf-8"),
            parse_constant=_refuse_constant,
            parse_float=_finite,
            parse_int=_bounded,
            object_pairs_hook=_unique_names,
        )
    except UnicodeDecodeError as error:
        raise _malformed("The body is not UTF-8.") from error
    except RecursionError as error:
        raise _malformed(f"It nests deeper than {MAX_DEPTH} levels.") from error
    except json.JSONDecodeError as error:
        where = f"line {error.lineno}, column {error.colno}"
        raise _malformed(f"It is not JSON: {error.msg} at {where}.") from error
    _check_tree(value, check_text=b"\\u" in raw)
    return value


def prepare(value: Any, clock: Clock, source: str) -> Event:
    """Check an event and complete it.

    :param value: parsed JSON; :param source: for events that name none.
    :raises Refusal: 400, with every fault; 413.
    """
    if not isinstance(value, dict):
        raise Refusal(400, "invalid-event", "An event is a JSON object.")
    given = {"specversion": "1.0", "source": source, **value}
    meant = _dump(given)
    body = meant
    if "id" not in given or "time" not in given:
        # Whoever gives no id cannot send the event twice: each is another one.
        given.setdefault("id", str(uuid.uuid4()))
        given.setdefault("time", clock.stamp())
        body = _dump(given)
    faults = find_faults(given)
    if faults:
        detail = "Attributes are missing or malformed, see 'errors'."
        raise Refusal(400, "invalid-event", detail, faults=faults)
    if len(body) > MAX_EVENT_BYTES:
        detail = f"An event has {MAX_EVENT_BYTES} bytes at most."
        raise Refusal(413, "body-too-large", detail)
    return Event(
        key=f"{given['source']}\n{given['id']}",
        order_key=given.get("subject") or "",
        body=body,
        digest=_digest(meant),
        counts_itself="sequence" in given,
    )


def number(body: bytes, sequence: int, epoch: str) -> bytes:
    """Return an event's JSON with its place in the stream."""
    return body[:-1] + b',"sequence":"%d","epoch":"%s"}' % (sequence, epoch.encode())


def is_meant(
    body: bytes, digest: bytes, sequence: int | None, epoch: str | None
) -> bool:
    """Tell whether it is the JSON that an event was kept as.

    :param digest: of what its sender meant; ``sequence`` and ``epoch``: given by us.
    """
    if sequence is not None:
        base = body[: body.rfind(b',"sequence":')] + b"}"
        if number(base, sequence, epoch or "") != body:
            return False
        body = base
    try:
        event = parse(body)
    except Refusal:
        return False
    # Its sender gave id and time, or we did.
    return isinstance(event, dict) and any(
        digest == get_digest(event, without) for without in _GIVEN_BY_US
    )


def get_digest(event: dict[str, Any], without: Container[str] = ()) -> bytes:
    """Return what tells an event's repetition from other content."""
    return _digest(_dump({name: event[name] for name in event if name not in without}))


def _digest(meant: bytes) -> bytes:
    return hashlib.blake2b(meant, digest_size=16).digest()


def _dump(value: Any) -> bytes:
    """Return one spelling of a value, whatever the order of its members was."""
    return _ENCODER.encode(value).encode()


def find_faults(event: dict[str, Any]) -> list[tuple[str, str]]:
    """Return what Odoo would refuse an event for: ``(place, fault)``."""
    faults: list[tuple[str, str]] = []
    if event.get("specversion") != "1.0":
        faults.append(("/specversion", 'Must be "1.0".'))
    if "data" not in event:
        faults.append(("/data", "The payload is missing."))
    for name in _TEXTS:
        value = event.get(name)
        if value is None and name not in _REQUIRED:
            continue
        if not isinstance(value, str) or not value.strip() or len(value) > MAX_TEXT:
            faults.append((f"/{name}", f"Must be text of 1 to {MAX_TEXT} characters."))
    moment = event.get("time")
    if isinstance(moment, str) and not _TIMESTAMP.fullmatch(moment):
        faults.append(("/time", "Must be an RFC 3339 date and time with its zone."))
    if "epoch" in event and "sequence" not in event:
        faults.append(("/epoch", "Is of no use without a sequence."))
    if "sequence" in event and not _is_sequence(event["sequence"]):
        faults.append(("/sequence", "Must be a whole number, written as text."))
    return faults


def _is_sequence(value: Any) -> bool:
    return (
        isinstance(value, str)
        and value.isascii()
        and value.isdigit()
        and len(value) <= SEQUENCE_DIGITS_MAX
    )


def _malformed(detail: str) -> Refusal:
    return Refusal(400, "malformed-json", detail)


def _refuse_constant(name: str) -> float:
    raise _malformed(f"{name} is not a JSON number.")


def _finite(text: str) -> float:
    value = float(text)
    if not math.isfinite(value):
        raise _malformed("A number is too large.")
    return value


def _bounded(text: str) -> int:
    if len(text) > MAX_DIGITS:
        raise _malformed("A number has too many digits.")
    return int(text)


def _unique_names(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    result = dict(pairs)
    if len(result) != len(pairs):
        raise _malformed("An object names a member twice.")
    return result


def _check_tree(value: Any, *, check_text: bool) -> None:
    """Walk level by level: the check itself cannot overflow the stack."""
    level: list[Any] = [value]
    for _depth in range(MAX_DEPTH):
        below: list[Any] = []
        for node in level:
            if isinstance(node, dict):
                below.extend(node.values())
                if check_text:
                    below.extend(node)
            elif isinstance(node, list):
                below.extend(node)
            elif (
                check_text and isinstance(node, str) and _NUL_OR_SURROGATE.search(node)
            ):
                raise _malformed("It holds a NUL character or half a surrogate pair.")
        if not below:
            return
        level = below
    raise _malformed(f"It nests deeper than {MAX_DEPTH} levels.")
