"""What the official JSON schema lets pass although the standard does not.

Words outside the vocabulary, extensions without a declared namespace, identifiers that
are no URIs, times without a zone, transformations out of nothing.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from . import epcis_vocabulary as words

# RFC 3986: a scheme, a colon, and only characters that may stand in a URI.
URI = re.compile(r"[A-Za-z][A-Za-z0-9+.\-]*:[A-Za-z0-9\-._~:/?#\[\]@!$&'()*+,;=%]+")
BAD_ESCAPE = re.compile(r"%(?![0-9A-Fa-f]{2})")
OFFSET = re.compile(r"[+-]((0[0-9]|1[0-3]):[0-5][0-9]|14:00)")
UNIT = re.compile(r"[A-Z0-9]{2,3}")
EPC_URN = re.compile(
    r"urn:epc:(id:[a-z0-9]+:.+|class:lgtin:\d+\.\d+\.[^.].*|class:upui:.+|idpat:[a-z0-9]+:.+)"
)

WITH_ACTION = words.EVENT_TYPES - {"TransformationEvent"}
EPC_LISTS = ("epcList", "childEPCs", "inputEPCList", "outputEPCList")
QUANTITY_LISTS = (
    "quantityList",
    "childQuantityList",
    "inputQuantityList",
    "outputQuantityList",
)
PLACES = ("readPoint", "bizLocation")
ENTRIES = (
    ("bizTransactionList", "bizTransaction"),
    ("sourceList", "source"),
    ("destinationList", "destination"),
)


@dataclass(frozen=True)
class Fault:
    """One fault. ``pointer`` is a JSON Pointer (RFC 6901) into the event."""

    pointer: str
    detail: str


def is_uri(value: object) -> bool:
    """Tell whether a value is an absolute URI, RFC 3986."""
    return (
        isinstance(value, str)
        and bool(URI.fullmatch(value))
        and not BAD_ESCAPE.search(value)
    )


def find_prefixes(context: object) -> frozenset[str]:
    """Return the namespace prefixes that a JSON-LD ``@context`` declares."""
    entries = context if isinstance(context, list) else [context]
    return frozenset(
        prefix
        for entry in entries
        if isinstance(entry, Mapping)
        for prefix, target in entry.items()
        if is_uri(target) or isinstance(target, Mapping)
    )


def check_event(event: Mapping[str, Any], prefixes: Iterable[str] = ()) -> list[Fault]:
    """Return what is wrong with one event beyond the schema; empty when nothing is.

    :param prefixes: declared by the document around the event.
    """
    declared = words.KNOWN_PREFIXES | {*prefixes} | find_prefixes(event.get("@context"))
    checks = (
        _check_kind(event),
        _check_times(event),
        _check_vocabulary(event),
        _check_identifiers(event),
        _check_contents(event),
        _check_namespaces(event, declared),
    )
    return [fault for faults in checks for fault in faults]


def _check_kind(event: Mapping[str, Any]) -> Iterator[Fault]:
    kind = event.get("type")
    if kind not in words.EVENT_TYPES:
        if not is_uri(kind):
            yield Fault("/type", f"'{kind}' is no event type of EPCIS 2.0 and no URI.")
        return
    if kind in WITH_ACTION and event.get("action") not in words.ACTIONS:
        yield Fault("/action", "One of ADD, OBSERVE, DELETE is needed here.")
    if kind == "TransformationEvent" and "action" in event:
        yield Fault("/action", "A transformation has no action.")


def _check_times(event: Mapping[str, Any]) -> Iterator[Fault]:
    for name in ("eventTime", "recordTime"):
        if name == "recordTime" and name not in event:
            continue
        if not _is_moment(event.get(name)):
            yield Fault(f"/{name}", "Not an ISO 8601 date and time with a time zone.")
    offset = event.get("eventTimeZoneOffset")
    if not isinstance(offset, str) or not OFFSET.fullmatch(offset):
        yield Fault("/eventTimeZoneOffset", "Not an offset such as +02:00.")


def _is_moment(value: object) -> bool:
    try:
        return (
            isinstance(value, str) and datetime.fromisoformat(value).tzinfo is not None
        )
    except ValueError:
        return False


def _check_vocabulary(event: Mapping[str, Any]) -> Iterator[Fault]:
    yield from _check_word(event.get("bizStep"), "/bizStep", words.BIZ_STEPS, "BizStep")
    yield from _check_disposition(event.get("disposition"), "/disposition")
    lasting = event.get("persistentDisposition") or {}
    for side in ("set", "unset"):
        for index, word in enumerate(lasting.get(side) or ()):
            pointer = f"/persistentDisposition/{side}/{index}"
            yield from _check_disposition(word, pointer)
    for index, entry in enumerate(event.get("bizTransactionList") or ()):
        yield from _check_word(
            entry.get("type"),
            f"/bizTransactionList/{index}/type",
            words.BIZ_TRANSACTION_TYPES,
            "BTT",
        )
    for name in ("sourceList", "destinationList"):
        for index, entry in enumerate(event.get(name) or ()):
            yield from _check_word(
                entry.get("type"), f"/{name}/{index}/type", words.PARTY_TYPES, "SDT"
            )
    reason = (event.get("errorDeclaration") or {}).get("reason")
    yield from _check_word(
        reason, "/errorDeclaration/reason", words.ERROR_REASONS, "ER"
    )


def _check_disposition(word: object, pointer: str) -> Iterator[Fault]:
    yield from _check_word(word, pointer, words.DISPOSITIONS, "Disp")


def _check_word(
    word: object, pointer: str, vocabulary: frozenset[str], short: str
) -> Iterator[Fault]:
    """Check a word: of the standard, or a URI of one's own outside its namespaces."""
    if word is None or word in vocabulary:
        return
    if not is_uri(word):
        yield Fault(pointer, f"'{word}' is not in the CBV and is no URI of your own.")
    elif str(word).startswith(words.RESERVED):
        standard = str(word).removeprefix(f"https://ref.gs1.org/cbv/{short}-")
        if standard not in vocabulary:
            yield Fault(pointer, f"'{word}' stands in GS1's namespace, not in the CBV.")


def _check_identifiers(event: Mapping[str, Any]) -> Iterator[Fault]:
    for pointer, value in _find_identifiers(event):
        yield from _check_uri(value, pointer)
    for name in EPC_LISTS:
        values = [str(value) for value in event.get(name) or ()]
        if len(set(values)) < len(values):
            yield Fault(f"/{name}", "The same identifier stands here twice.")
    for name in QUANTITY_LISTS:
        for index, element in enumerate(event.get(name) or ()):
            yield from _check_quantity(element, f"/{name}/{index}")


def _find_identifiers(event: Mapping[str, Any]) -> Iterator[tuple[str, object]]:
    """Yield the pointer and the value of everything that must be a URI."""
    for name in ("eventID", "parentID", "transformationID"):
        if event.get(name) is not None:
            yield f"/{name}", event[name]
    for name in EPC_LISTS:
        for index, value in enumerate(event.get(name) or ()):
            yield f"/{name}/{index}", value
    for name in PLACES:
        if name in event:
            yield f"/{name}/id", event[name].get("id")
    for name, key in ENTRIES:
        for index, entry in enumerate(event.get(name) or ()):
            yield f"/{name}/{index}/{key}", entry.get(key)


def _check_uri(value: object, pointer: str) -> Iterator[Fault]:
    if not is_uri(value):
        yield Fault(pointer, f"'{value}' is no URI.")
    elif str(value).startswith("urn:epc:") and not EPC_URN.fullmatch(str(value)):
        yield Fault(pointer, f"'{value}' is no EPC URN of the Tag Data Standard.")


def _check_quantity(element: Mapping[str, Any], pointer: str) -> Iterator[Fault]:
    yield from _check_uri(element.get("epcClass"), f"{pointer}/epcClass")
    unit = element.get("uom")
    if unit is not None and not UNIT.fullmatch(str(unit)):
        yield Fault(f"{pointer}/uom", f"'{unit}' is no unit code of UN/ECE Rec. 20.")
    quantity = element.get("quantity")
    if quantity is None:
        if unit is not None:
            yield Fault(f"{pointer}/uom", "A unit without a quantity.")
    elif isinstance(quantity, bool) or not isinstance(quantity, int | float):
        yield Fault(f"{pointer}/quantity", "Not a number.")
    elif quantity <= 0:
        yield Fault(f"{pointer}/quantity", "A quantity is positive; leave out others.")


def _check_contents(event: Mapping[str, Any]) -> Iterator[Fault]:
    """Check that an event is about something, EPCIS 2.0 section 7.4."""
    if event.get("type") == "ObjectEvent":
        about = ("epcList", "quantityList", "sensorElementList")
        if not any(event.get(name) for name in about):
            yield Fault("", "The event names neither objects nor sensor data.")
        if event.get("ilmd") and event.get("action") != "ADD":
            yield Fault("/ilmd", "Master data of a lot comes with action ADD only.")
    if event.get("type") == "TransformationEvent" and not event.get("transformationID"):
        for side in ("input", "output"):
            if not (event.get(f"{side}EPCList") or event.get(f"{side}QuantityList")):
                yield Fault(f"/{side}QuantityList", f"A transformation without {side}.")


def _check_namespaces(
    event: Mapping[str, Any], declared: frozenset[str]
) -> Iterator[Fault]:
    own_type = event.get("type") not in words.EVENT_TYPES
    for name in event:
        if name not in words.PROPERTIES and not own_type:
            yield from _check_extension(name, f"/{name}", declared)
    for name in event.get("ilmd") or ():
        yield from _check_extension(name, f"/ilmd/{name}", declared)


def _check_extension(
    name: str, pointer: str, declared: frozenset[str]
) -> Iterator[Fault]:
    prefix, colon, _local = name.partition(":")
    if not colon:
        yield Fault(pointer, f"'{name}' is not of EPCIS 2.0 and has no namespace.")
    elif prefix not in declared and not (
        is_uri(name) and prefix in ("http", "https", "urn")
    ):
        yield Fault(pointer, f"The prefix '{prefix}' is not declared in @context.")
