"""Documents of others: checked, and taken apart into events."""

import copy
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

from .documents import DOCUMENT, QUERY_DOCUMENT, check_shell
from .event_hash import event_hash_id
from .faults import Fault, step
from .identifiers import canonical
from .moments import microseconds
from .namespaces import Namespaces, own_parts
from .structure import check_event
from .terms import find_terms
from .urn import PrefixLength, to_urn


@dataclass(frozen=True)
class Reading:
    """A document, taken apart.

    :param events: each with the pointer to it; what is wrong with one is in ``faults``.
    :param shell: what is wrong around the events.
    :param header: master data, with the own parts of the context that holds for it.
    """

    events: Sequence["ReadEvent"]
    shell: Sequence[Fault]
    header: Mapping[str, Any]

    @property
    def faults(self) -> list[Fault]:
        """Everything that is wrong, in the order of the document."""
        return [*self.shell, *(f for event in self.events for f in event.faults)]


@dataclass(frozen=True)
class ReadEvent:
    """One event of a document.

    :param context: the own parts of the context that holds for it.
    """

    body: Any
    pointer: str
    context: Sequence[Any]
    faults: Sequence[Fault]

    def keep(self) -> "KeptEvent":
        """Return what is kept of an event without faults."""
        names = Namespaces(self.context)
        body = {
            name: value
            for name, value in self.body.items()
            # The repository says when it recorded an event (EPCIS 2.0 section 7.4.1).
            if name not in ("@context", "recordTime")
        }
        body.setdefault("eventID", event_hash_id(body, names))
        declaration = body.get("errorDeclaration") or {}
        return KeptEvent(
            event_id=body["eventID"],
            declared=declaration.get("declarationTime", ""),
            type=body["type"],
            moment=microseconds(body["eventTime"]),
            body=body,
            context=self.context,
            terms=find_terms(body, names),
        )


@dataclass(frozen=True)
class KeptEvent:
    """An event as it goes on record.

    :param declared: when it was declared an error, as the sender wrote it.
    :param moment: when it happened, in microseconds since 1970.
    """

    event_id: str
    declared: str
    type: str
    moment: int
    body: Mapping[str, Any]
    context: Sequence[Any]
    terms: Sequence[str]


def read_document(document: Any) -> Reading:
    """Read a document, the answer to a query, or a single event."""
    shell = list(check_shell(document))
    if not isinstance(document, dict):
        return Reading((), shell, {})
    entries = cast("dict[str, Any]", document)
    parts = own_parts(entries.get("@context"))
    if not shell:
        around = {name: value for name, value in entries.items() if name != "epcisBody"}
        is_document = entries["type"] in (DOCUMENT, QUERY_DOCUMENT)
        if is_document:
            shell += Namespaces(parts).find_undeclared(around, "")
    events = [
        _read_event(event, pointer, parts) for event, pointer in _find_events(entries)
    ]
    header = {"epcisHeader": entries["epcisHeader"]} if "epcisHeader" in entries else {}
    if header and parts:
        header["@context"] = parts
    return Reading(events, shell, header)


def count_events(document: Any) -> int:
    """Return how many events a document has, whatever else is wrong with it."""
    if not isinstance(document, dict):
        return 0
    return sum(1 for _found in _find_events(cast("dict[str, Any]", document)))


def _find_events(document: Mapping[str, Any]) -> Iterator[tuple[Any, str]]:
    kind = document.get("type")
    body: Any = document.get("epcisBody")
    pointer = "/epcisBody"
    if kind == QUERY_DOCUMENT:
        for name in ("queryResults", "resultsBody"):
            body = body.get(name) if isinstance(body, dict) else None
            pointer = step(pointer, name)
    elif kind != DOCUMENT:
        yield document, ""
        return
    events = body.get("eventList") if isinstance(body, dict) else None
    if isinstance(events, list):
        for place, event in enumerate(cast("list[Any]", events)):
            yield event, f"{pointer}/eventList/{place}"


def _read_event(event: Any, pointer: str, parts: Sequence[Any]) -> ReadEvent:
    own = event.get("@context") if isinstance(event, dict) else None
    context = own_parts(list(parts), own)
    faults = list(check_event(event, pointer))
    if not faults:
        faults += Namespaces(context).find_undeclared(event, pointer)
    return ReadEvent(event, pointer, context, faults)


def sameness(body: Any) -> str:
    """Return what two events are compared by: numbers count, not how they are written.

    A database gives 1e16 back as 10000000000000000.
    """
    return json.dumps(_plain(body), sort_keys=True)


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {k: _plain(v) for k, v in cast("dict[str, Any]", value).items()}
    if isinstance(value, list):
        return [_plain(entry) for entry in cast("list[Any]", value)]
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return value


def translate(event: Mapping[str, Any], form: str, prefix_length: PrefixLength) -> Any:
    """Return an event with its GS1 identifiers in another form (``GS1-EPC-Format``).

    :param form: ``Always_GS1_Digital_Link`` or ``Always_EPC_URN``.
    """

    def write(uri: str) -> str:
        if form == "Always_EPC_URN":
            return to_urn(uri, prefix_length)
        # Another resolver's Digital Link is one, and may say more than ours would.
        return canonical(uri) if uri.startswith("urn:") else uri

    result = copy.deepcopy(dict(event))
    for name in ("epcList", "childEPCs", "inputEPCList", "outputEPCList"):
        if name in result:
            result[name] = [write(uri) for uri in result[name]]
    for name in (
        "quantityList",
        "childQuantityList",
        "inputQuantityList",
        "outputQuantityList",
    ):
        for element in result.get(name) or ():
            element["epcClass"] = write(element["epcClass"])
    if "parentID" in result:
        result["parentID"] = write(result["parentID"])
    for name in ("readPoint", "bizLocation"):
        if name in result:
            result[name]["id"] = write(result[name]["id"])
    return result
