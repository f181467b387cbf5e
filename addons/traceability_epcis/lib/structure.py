"""The shape of EPCIS 2.0 events in JSON (EPCIS 2.0.0 section 10).

Written from the standard, as tables of members; GS1's own schema is not ours to ship. The
conformance tests hold both against each other, with thousands of spoilt documents.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any, cast

from . import vocabulary
from .faults import Check, Fault, step
from .shapes import (
    Members,
    accept,
    boolean,
    certification,
    choice,
    context,
    each,
    members,
    moment,
    number,
    pattern,
    text,
    uri,
)
from .vocabulary import words

_OFFSET = re.compile(r"[+-](0\d|1[0-3]):[0-5]\d|[+-]14:00")
_UNIT = re.compile(r"[A-Z0-9]{2,3}")
_HEX = re.compile(r"[A-Fa-f0-9]+")

_quantities = each(
    members(
        {
            "epcClass": uri,
            "quantity": number,
            "uom": pattern(_UNIT, "Must be a code of UN/ECE Recommendation 20."),
        },
        ("epcClass",),
        others="none",
    )
)
_unique_uris = each(uri, unique=True)
_uris = each(uri)
_place = members({"id": uri}, ("id",), others="any")
_transactions = each(
    members(
        {"type": vocabulary.TRANSACTION_TYPES.check, "bizTransaction": uri},
        ("bizTransaction",),
        others="none",
    )
)


def _parties(name: str) -> Check:
    return each(
        members(
            {"type": vocabulary.SOURCE_TYPES.check, name: uri},
            ("type", name),
            others="none",
        )
    )


_dispositions = each(vocabulary.DISPOSITIONS.check, least=1, unique=True)


def _persistent(value: Any, pointer: str) -> Iterator[Fault]:
    known: Members = {"set": _dispositions, "unset": _dispositions}
    yield from members(known, others="none")(value, pointer)
    if isinstance(value, dict) and not {"set", "unset"} & value.keys():
        yield Fault(pointer, "Must name what is set or what is unset.")


_SENSOR_URIS = words(
    "deviceID deviceMetadata rawData dataProcessingMethod bizRules microorganism "
    "chemicalSubstance coordinateReferenceSystem uriValue"
)
_SENSOR_NUMBERS = words("value minValue maxValue meanValue sDev percRank percValue")
_sensors = each(
    members(
        {
            "sensorMetadata": members(
                {
                    **dict.fromkeys(("time", "startTime", "endTime"), moment),
                    **dict.fromkeys(_SENSOR_URIS[:5], uri),
                }
            ),
            "sensorReport": each(
                members(
                    {
                        "type": vocabulary.MEASUREMENTS.check,
                        "exception": vocabulary.SENSOR_ALERTS.check,
                        "component": vocabulary.COMPONENTS.check,
                        "time": moment,
                        "stringValue": text,
                        "booleanValue": boolean,
                        "hexBinaryValue": pattern(_HEX, "Must be hexadecimal."),
                        "uom": text,
                        **dict.fromkeys(_SENSOR_URIS, uri),
                        **dict.fromkeys(_SENSOR_NUMBERS, number),
                    },
                    ("type",),
                ),
                least=1,
            ),
        },
        ("sensorReport",),
    )
)

_COMMON: Members = {
    "@context": context,
    "eventTime": moment,
    "recordTime": moment,
    "eventTimeZoneOffset": pattern(
        _OFFSET, "Must be an offset from UTC, such as +01:00."
    ),
    "eventID": uri,
    "certificationInfo": certification,
    "errorDeclaration": members(
        {
            "declarationTime": moment,
            "reason": vocabulary.ERROR_REASONS.check,
            "correctiveEventIDs": _uris,
        },
        ("declarationTime",),
    ),
}
_FIVE_W: Members = {
    "bizStep": vocabulary.BIZ_STEPS.check,
    "disposition": vocabulary.DISPOSITIONS.check,
    "readPoint": _place,
    "bizLocation": _place,
    "bizTransactionList": _transactions,
    "sourceList": _parties("source"),
    "destinationList": _parties("destination"),
    "sensorElementList": _sensors,
}
_ACTION: Members = {"action": choice("OBSERVE", "ADD", "DELETE")}
_CHILDREN: Members = {
    "parentID": uri,
    "childEPCs": _uris,
    "childQuantityList": _quantities,
}
_ILMD: Members = {"ilmd": members({}), "persistentDisposition": _persistent}
_STANDARD: Mapping[str, Members] = {
    "ObjectEvent": {"epcList": _unique_uris, "quantityList": _quantities}
    | _ACTION
    | _ILMD,
    "AggregationEvent": _CHILDREN | _ACTION,
    "AssociationEvent": _CHILDREN | _ACTION,
    "TransactionEvent": {
        "parentID": uri,
        "epcList": _uris,
        "quantityList": _quantities,
    }
    | _ACTION,
    "TransformationEvent": {
        "inputEPCList": _unique_uris,
        "inputQuantityList": _quantities,
        "outputEPCList": _unique_uris,
        "outputQuantityList": _quantities,
        "transformationID": uri,
    }
    | _ILMD,
}
EVENT_TYPES = frozenset(_STANDARD)
_REQUIRED: Mapping[str, tuple[str, ...]] = {
    "ObjectEvent": ("action",),
    "AggregationEvent": ("action",),
    "AssociationEvent": ("action", "parentID"),
    "TransactionEvent": ("action", "bizTransactionList"),
    "TransformationEvent": (),
}
_EVERY_MEMBER: Members = {
    name: check
    for known in (_COMMON, _FIVE_W, *_STANDARD.values())
    for name, check in known.items()
}
STANDARD_MEMBERS = frozenset({"type", *_EVERY_MEMBER})


def check_event(event: Any, pointer: str = "") -> Iterator[Fault]:
    """Find what is wrong with the shape and the words of one event."""
    if not isinstance(event, dict):
        yield Fault(pointer, "Must be an object.")
        return
    kind = cast("dict[str, Any]", event).get("type")
    required = ("type", "eventTime", "eventTimeZoneOffset")
    if isinstance(kind, str) and kind in _STANDARD:
        known = {"type": accept, **_COMMON, **_FIVE_W, **_STANDARD[kind]}
        required += _REQUIRED[kind]
        yield from members(known, required)(event, pointer)
        yield from _CONTENTS[kind](cast("dict[str, Any]", event), pointer)
    else:
        # An event type of one's own: what it adds to the standard is its own matter,
        # what it takes from there is what it is there.
        known = {**_EVERY_MEMBER, "type": uri}
        yield from members(known, required, others="any")(event, pointer)


def _check_contents(names: tuple[str, ...]) -> Check:
    """An event is about something, unless it ends what was."""

    def check(event: Any, pointer: str) -> Iterator[Fault]:
        if event.get("action") == "DELETE" or any(event.get(name) for name in names):
            return
        if "epcList" in names and "epcList" in event:
            return
        yield Fault(pointer, f"Must have {' or '.join(names)}.")

    return check


def _check_object_event(event: Any, pointer: str) -> Iterator[Fault]:
    about = (
        "epcList" in event
        or event.get("quantityList")
        or (event.get("sensorElementList") and "readPoint" in event)
    )
    if not about:
        yield Fault(
            pointer,
            "Must have epcList or quantityList, or sensor data and a readPoint.",
        )
    if "ilmd" in event and event.get("action") != "ADD":
        yield Fault(step(pointer, "ilmd"), "Is allowed with the action ADD only.")


def _check_transformation(event: Any, pointer: str) -> Iterator[Fault]:
    inputs = event.get("inputEPCList") or event.get("inputQuantityList")
    outputs = event.get("outputEPCList") or event.get("outputQuantityList")
    if "action" in event:
        yield Fault(step(pointer, "action"), "A transformation has no action.")
    if not (inputs and outputs) and not (
        "transformationID" in event and (inputs or outputs)
    ):
        yield Fault(
            pointer,
            "Must have inputs and outputs, or one of them and transformationID.",
        )


def _check_transaction(event: Any, pointer: str) -> Iterator[Fault]:
    if event.get("bizTransactionList") == []:
        yield Fault(step(pointer, "bizTransactionList"), "Must not be empty.")
    yield from _check_contents(("epcList", "quantityList"))(event, pointer)


_CONTENTS: Mapping[str, Check] = {
    "ObjectEvent": _check_object_event,
    "AggregationEvent": _check_contents(("childEPCs", "childQuantityList")),
    "AssociationEvent": _check_contents(("childEPCs", "childQuantityList")),
    "TransactionEvent": _check_transaction,
    "TransformationEvent": _check_transformation,
}
