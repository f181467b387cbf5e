"""The shape of EPCIS 2.0 documents in JSON, around their events."""

import re
from collections.abc import Iterator
from typing import Any, cast

from .faults import Fault
from .shapes import (
    Members,
    accept,
    context,
    each,
    identifier,
    members,
    moment,
    pattern,
    text,
    uri,
)
from .structure import EVENT_TYPES
from .vocabulary import is_uri

DOCUMENT = "EPCISDocument"
QUERY_DOCUMENT = "EPCISQueryDocument"
_VERSION = re.compile(r"\d+(\.\d+)*")

_attribute = members({"id": uri}, ("id",), others="any")
_vocabulary = members(
    {
        "type": uri,
        "vocabularyElementList": each(
            members(
                {"id": uri, "attributes": each(_attribute), "children": each(uri)},
                ("id",),
                others="any",
            )
        ),
    },
    ("type",),
    others="any",
)
_header = members(
    {"epcisMasterData": members({"vocabularyList": each(_vocabulary)}, others="any")}
)


def _list(value: Any, pointer: str) -> Iterator[Fault]:
    """The events themselves are checked one by one, see `check_event`."""
    if not isinstance(value, list):
        yield Fault(pointer, "Must be a list of events.")


_SHELL: Members = {
    "@context": context,
    "type": accept,
    "id": identifier,
    "schemaVersion": pattern(_VERSION, "Must be a version, such as 2.0."),
    "creationDate": moment,
}
_document = members(
    {
        **_SHELL,
        **dict.fromkeys(("instanceIdentifier", "sender", "receiver"), text),
        "epcisHeader": _header,
        "epcisBody": members({"eventList": _list}, ("eventList",), others="any"),
    },
    ("@context", "schemaVersion", "creationDate", "epcisBody"),
)
_results = members(
    {
        "queryName": text,
        "subscriptionID": text,
        "resultsBody": members(
            {"eventList": _list, "vocabularyList": each(_vocabulary)}, ("eventList",)
        ),
    },
    ("queryName", "resultsBody"),
)
_query_document = members(
    {**_SHELL, "epcisBody": members({"queryResults": _results}, ("queryResults",))},
    ("@context", "epcisBody"),
)


def check_shell(document: Any) -> Iterator[Fault]:
    """Find what is wrong with a document around its events.

    A single event is its own document and needs a context of its own.
    """
    if not isinstance(document, dict):
        yield Fault("", "Must be an object.")
        return
    entries = cast("dict[str, Any]", document)
    kind = entries.get("type")
    if kind == DOCUMENT:
        yield from _document(entries, "")
    elif kind == QUERY_DOCUMENT:
        yield from _query_document(entries, "")
    elif not isinstance(kind, str) or not (kind in EVENT_TYPES or is_uri(kind)):
        yield Fault("/type", "This is neither an EPCIS document nor an EPCIS event.")
    elif "@context" not in entries:
        yield Fault("/@context", "Is missing.")
