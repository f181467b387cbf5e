"""What an event can be found by: terms such as ``bizStep=shipping``.

One list of texts per event, kept beside it under an index; a parameter of a query asks
for one of some terms. Values are in their canonical form, so that it does not matter how
an event, or a question, writes them.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, cast

from .identifiers import canonical
from .moments import microseconds
from .namespaces import Namespaces
from .structure import STANDARD_MEMBERS
from .values import find_moment, moment_name, to_si, write_number
from .vocabulary import MEASUREMENTS, OF_MEMBER, SOURCE_TYPES, TRANSACTION_TYPES, words

# Member of an event → what queries call it.
_EPCS = {
    "epcList": "epc",
    "childEPCs": "epc",
    "inputEPCList": "inputEPC",
    "outputEPCList": "outputEPC",
}
_CLASSES = {
    "quantityList": "epcClass",
    "childQuantityList": "epcClass",
    "inputQuantityList": "inputEPCClass",
    "outputQuantityList": "outputEPCClass",
}
_SENSOR_URIS = words(
    "deviceID deviceMetadata rawData dataProcessingMethod bizRules microorganism "
    "chemicalSubstance coordinateReferenceSystem uriValue"
)
# Measured values in the unit of their report; deviations are differences of two.
MEASURED = words("value minValue maxValue meanValue sDev percValue")
DIFFERENCES = frozenset({"sDev"})
_SENSOR_TEXTS = ("stringValue", "hexBinaryValue")
_DEPTH = 8
# Part of an event that may be extended → what stands before the name in a query.
EXTENDED = {
    "ilmd": "ILMD_",
    "errorDeclaration": "ERROR_DECLARATION_",
    "readPoint": "READPOINT_",
    "bizLocation": "BIZLOCATION_",
    "sensorElement": "SENSORELEMENT_",
    "sensorMetadata": "SENSORMETADATA_",
    "sensorReport": "SENSORREPORT_",
}


def term(name: str, value: object) -> str:
    """Return one term."""
    return f"{name}={value}"


def transaction_name(kind: str) -> str:
    """Return the name of the term for business transactions of a type."""
    return f"bizTransaction_{TRANSACTION_TYPES.web_uri(kind)}"


def party_name(side: str, kind: str) -> str:
    """Return the name of the term for sources or destinations of a type."""
    return f"{side}_{SOURCE_TYPES.web_uri(kind)}"


def word(name: str, value: str, names: Namespaces | None = None) -> str:
    """Return a word of a vocabulary as terms have it."""
    value = names.expand(value) if names else value
    vocabulary = OF_MEMBER.get(name)
    return vocabulary.bare(value) if vocabulary else value


def find_terms(event: Mapping[str, Any], names: Namespaces) -> list[str]:
    """Return the terms of an event that passed its checks.

    :param names: the prefixes that hold for it.
    """
    found = {*_standard(event, names), *_what(event), *_sensors(event, names)}
    for name, value in event.items():
        if name not in STANDARD_MEMBERS:
            found.update(_extension("", name, value, names))
    for part, body in _extended(event):
        for name, value in body.items():
            if part == "ilmd" or ":" in name:
                found.update(_extension(EXTENDED[part], name, value, names))
    return sorted(found)


def _extended(event: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Return the parts of an event that have members of somebody's own."""
    for part in ("ilmd", "errorDeclaration", "readPoint", "bizLocation"):
        if event.get(part):
            yield part, event[part]
    for element in event.get("sensorElementList") or ():
        yield "sensorElement", element
        yield "sensorMetadata", element.get("sensorMetadata") or {}
        for report in element.get("sensorReport") or ():
            yield "sensorReport", report


def _standard(event: Mapping[str, Any], names: Namespaces) -> Iterator[str]:
    yield term("type", names.expand(event["type"]))
    for name in ("action", "eventID"):
        if name in event:
            yield term(name, event[name])
    for name in ("bizStep", "disposition"):
        if name in event:
            yield term(name, word(name, event[name], names))
    for name, values in (event.get("persistentDisposition") or {}).items():
        for value in values:
            yield term(f"persistentDisposition_{name}", word(name, value, names))
    yield from _places_and_parties(event, names)
    if declaration := event.get("errorDeclaration"):
        yield from _declaration(declaration, names)


def _places_and_parties(event: Mapping[str, Any], names: Namespaces) -> Iterator[str]:
    for name in ("readPoint", "bizLocation"):
        if name in event:
            yield term(name, canonical(event[name]["id"]))
    for entry in event.get("bizTransactionList") or ():
        kind = transaction_name(names.expand(entry.get("type", "")))
        yield term(kind, canonical(entry["bizTransaction"]))
    for side in ("source", "destination"):
        for entry in event.get(f"{side}List") or ():
            kind = party_name(side, names.expand(entry["type"]))
            yield term(kind, canonical(entry[side]))


def _declaration(declaration: Mapping[str, Any], names: Namespaces) -> Iterator[str]:
    yield term("EXISTS_errorDeclaration", "true")
    yield term("errorDeclarationTime", microseconds(declaration["declarationTime"]))
    if "reason" in declaration:
        yield term("errorReason", word("reason", declaration["reason"], names))
    for corrective in declaration.get("correctiveEventIDs") or ():
        yield term("correctiveEventID", corrective)


def _what(event: Mapping[str, Any]) -> Iterator[str]:
    for member, name in _EPCS.items():
        for epc in event.get(member) or ():
            yield term(name, canonical(epc))
    for name in ("parentID", "transformationID"):
        if name in event:
            yield term(name, canonical(event[name]))
    for member, name in _CLASSES.items():
        for element in event.get(member) or ():
            yield term(name, canonical(element["epcClass"]))
            if "quantity" in element:
                yield term("quantity", element["quantity"])


def _sensors(event: Mapping[str, Any], names: Namespaces) -> Iterator[str]:
    for element in event.get("sensorElementList") or ():
        metadata = element.get("sensorMetadata") or {}
        for name in ("startTime", "endTime"):
            if name in metadata:
                yield term(name, microseconds(metadata[name]))
        reports = element.get("sensorReport") or ()
        for part in (metadata, *reports):
            for name in _SENSOR_URIS:
                if name in part:
                    yield term(name, canonical(part[name]))
        for report in reports:
            yield from _report(report, names)


def _report(report: Mapping[str, Any], names: Namespaces) -> Iterator[str]:
    yield term("sensorType", MEASUREMENTS.bare(names.expand(report["type"])))
    for name in _SENSOR_TEXTS:
        if name in report:
            yield term(name, report[name])
    if "booleanValue" in report:
        yield term("booleanValue", str(report["booleanValue"]).lower())
    for name in MEASURED:
        if name in report:
            yield measured(name, report[name], report.get("uom", ""))
    if "percRank" in report:
        yield term("percRank", report["percRank"])


def measured(name: str, number: float, unit: str) -> str:
    """Return the term of a measured value, the same in whichever unit it is told."""
    value, base = to_si(number, unit, difference=name in DIFFERENCES)
    return term(f"{name}_{base}", value)


def _extension(
    start: str, name: str, value: Any, names: Namespaces, depth: int = 0
) -> Iterator[str]:
    """A member of our own, and what is inside it (``INNER_``)."""
    full = f"{start}{names.expand(name)}"
    yield term(f"EXISTS_{full}", "true")
    values: Iterable[Any] = value if isinstance(value, list) else [value]
    for entry in values:
        # JSON-LD 1.1 section 9.5: a value with its type.
        if isinstance(entry, dict) and "@value" in entry:
            yield from plain_terms(full, cast("dict[str, Any]", entry)["@value"])
        elif isinstance(entry, dict) and depth < _DEPTH:
            inner = start if start.startswith("INNER_") else f"INNER_{start}"
            entries = cast("dict[str, Any]", entry)
            here = names.inside(entries)
            for key, part in entries.items():
                if key != "@context":
                    yield from _extension(inner, key, part, here, depth + 1)
        else:
            yield from plain_terms(full, entry)


def plain_terms(name: str, value: Any) -> Iterator[str]:
    """Return the terms of one plain value: a text that is a moment is one, too."""
    if isinstance(value, bool):
        yield term(name, str(value).lower())
    elif isinstance(value, int | float):
        yield term(name, write_number(value))
    elif isinstance(value, str):
        yield term(name, value)
        if (moment := find_moment(value)) is not None:
            yield term(moment_name(name), moment)
