"""Master data that came with events: places below others, attributes (EPCIS 2.0 section 6.5)."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Any

from .field_names import attribute
from .identifiers import canonical
from .namespaces import Namespaces

# What a document says around its events: its header, and the own parts of its context.
Header = Mapping[str, Any]


def _find_elements(header: Header) -> Iterator[Mapping[str, Any]]:
    master_data = (header.get("epcisHeader") or {}).get("epcisMasterData") or {}
    for vocabulary in master_data.get("vocabularyList") or ():
        yield from vocabulary.get("vocabularyElementList") or ()


def find_below(headers: Iterable[Header], places: Iterable[str]) -> list[str]:
    """Return places and all below them: ``children`` of an element are its descendants.

    :param places: canonical identifiers.
    """
    children: dict[str, set[str]] = {}
    for header in headers:
        for element in _find_elements(header):
            children.setdefault(canonical(element["id"]), set()).update(
                map(canonical, element.get("children") or ())
            )
    found: set[str] = set()
    waiting = list(places)
    while waiting:
        place = waiting.pop()
        if place not in found:
            found.add(place)
            waiting += children.get(place, ())
    return sorted(found)


def find_described(
    headers: Iterable[Header],
    attributes: Collection[str],
    values: Collection[str] | None = None,
) -> list[str]:
    """Return what has an attribute, in canonical identifiers.

    :param attributes: one of these, see `field_names.attribute`.
    :param values: one of which it must have, or None where any will do.
    """
    found: set[str] = set()
    for header in headers:
        names = Namespaces(header.get("@context") or ())
        for element in _find_elements(header):
            for entry in element.get("attributes") or ():
                if attribute(entry["id"], names) not in attributes:
                    continue
                value = entry.get("attribute")
                if value is not None and (values is None or str(value) in values):
                    found.add(canonical(element["id"]))
    return sorted(found)
