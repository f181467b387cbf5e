"""The event hash ID: an ``eventID`` for events that came without (CBV 2.0 section 8.9.2).

The same event always gets the same id, whoever computes it and however it is written: a
text is put together from its members in the order of the standard, identifiers and words
in their canonical form, and hashed with SHA-256. ``recordTime``, ``eventID`` and
``errorDeclaration`` take no part.
"""

import hashlib
from collections.abc import Mapping
from typing import Any, cast

from .identifiers import canonical
from .moments import read_moment
from .namespaces import Namespaces
from .values import write_number
from .vocabulary import (
    BIZ_STEPS,
    COMPONENTS,
    DISPOSITIONS,
    ERROR_REASONS,
    MEASUREMENTS,
    SENSOR_ALERTS,
    SOURCE_TYPES,
    TRANSACTION_TYPES,
    Vocabulary,
    words,
)

_IGNORED = frozenset(
    {"@context", "type", "eventID", "recordTime", "errorDeclaration", "rdfs:comment"}
)
# The order of the standard; what an element of a list is called.
_ORDER = words(
    "eventTime eventTimeZoneOffset certificationInfo parentID epcList inputEPCList "
    "childEPCs quantityList childQuantityList inputQuantityList outputEPCList "
    "outputQuantityList action transformationID bizStep disposition "
    "persistentDisposition readPoint bizLocation bizTransactionList sourceList "
    "destinationList sensorElementList"
)
_QUANTITY = ("epcClass", "quantity", "uom")
_METADATA = words(
    "time startTime endTime deviceID deviceMetadata rawData dataProcessingMethod bizRules"
)
_REPORT = words(
    "type exception deviceID deviceMetadata rawData dataProcessingMethod time "
    "microorganism chemicalSubstance value component stringValue booleanValue "
    "hexBinaryValue uriValue minValue maxValue meanValue sDev percRank percValue uom "
    "coordinateReferenceSystem"
)
_WORDS: Mapping[str, Vocabulary] = {
    "bizStep": BIZ_STEPS,
    "disposition": DISPOSITIONS,
    "set": DISPOSITIONS,
    "unset": DISPOSITIONS,
    "bizTransactionList": TRANSACTION_TYPES,
    "sourceList": SOURCE_TYPES,
    "destinationList": SOURCE_TYPES,
    "reason": ERROR_REASONS,
    "component": COMPONENTS,
    "exception": SENSOR_ALERTS,
}


def event_hash_id(event: Mapping[str, Any], names: Namespaces) -> str:
    """Return the event hash ID of an event.

    :param names: the prefixes that hold for it.
    """
    text = _Writer(names).event(event)
    digest = hashlib.sha256(text.encode()).hexdigest()
    return f"ni:///sha-256;{digest}?ver=CBV2.0"


def pre_hash(event: Mapping[str, Any], names: Namespaces) -> str:
    """Return the text that is hashed."""
    return _Writer(names).event(event)


class _Writer:
    def __init__(self, names: Namespaces) -> None:
        self.names = names

    def event(self, event: Mapping[str, Any]) -> str:
        parts = [f"eventType={self._name(event['type'])}"]
        parts += [self._member(name, event[name]) for name in _ORDER if name in event]
        others = [
            self._extension(name, value)
            for name, value in event.items()
            if name not in _IGNORED and name not in _ORDER
        ]
        return "".join([*parts, *sorted(others)])

    def _member(self, name: str, value: Any) -> str:
        if name in ("readPoint", "bizLocation"):
            return self._fields(name, value, ("id",))
        if name == "persistentDisposition":
            return name + "".join(
                "".join(sorted(f"{key}={self._word(key, word)}" for word in value[key]))
                for key in ("set", "unset")
                if key in value
            )
        if name == "sensorElementList":
            return name + "".join(sorted(map(self._sensor_element, value)))
        if name.endswith(("QuantityList", "quantityList")):
            elements = (self._fields("quantityElement", v, _QUANTITY) for v in value)
            return name + "".join(sorted(elements)) if value else ""
        if name.endswith(("EPCList", "epcList")) or name == "childEPCs":
            values = sorted(f"epc={self._value(v)}" for v in value)
            return name + "".join(values) if value else ""
        if name in ("bizTransactionList", "sourceList", "destinationList"):
            return name + "".join(sorted(self._typed(name, entry) for entry in value))
        if name == "certificationInfo" and isinstance(value, list):
            entries = cast("list[Any]", value)
            return "".join(sorted(f"{name}={self._value(v)}" for v in entries))
        if name == "eventTime":
            return f"{name}={_time(value)}"
        return f"{name}={self._word(name, value)}"

    def _typed(self, name: str, entry: Mapping[str, Any]) -> str:
        key = name.removesuffix("List")
        text = f"{key}={self._value(entry[key])}"
        if "type" not in entry:
            return text
        return f"type={_WORDS[name].web_uri(self.names.expand(entry['type']))}{text}"

    def _sensor_element(self, element: Mapping[str, Any]) -> str:
        parts = ["sensorElement"]
        if "sensorMetadata" in element:
            parts.append(
                self._fields("sensorMetadata", element["sensorMetadata"], _METADATA)
            )
        reports = (
            self._fields("sensorReport", report, _REPORT)
            for report in element.get("sensorReport", ())
        )
        parts += sorted(reports)
        parts += sorted(
            self._extension(name, value)
            for name, value in element.items()
            if name not in ("sensorMetadata", "sensorReport")
        )
        return "".join(parts)

    def _fields(self, name: str, value: Mapping[str, Any], order: Any) -> str:
        parts = [name]
        for key in order:
            if key not in value:
                continue
            entry = value[key]
            if key.lower().endswith("time"):
                text = _time(entry)
            elif key == "type":
                text = MEASUREMENTS.web_uri(self.names.expand(entry))
            else:
                text = self._word(key, entry)
            parts.append(f"{key}={text}")
        parts += sorted(
            self._extension(key, entry)
            for key, entry in value.items()
            if key not in order
        )
        return "".join(parts)

    def _word(self, name: str, value: Any) -> str:
        vocabulary = _WORDS.get(name)
        if vocabulary and isinstance(value, str):
            return vocabulary.web_uri(self.names.expand(value))
        return self._value(value)

    def _value(self, value: Any) -> str:
        if isinstance(value, bool):
            return str(value)
        if isinstance(value, int | float):
            return write_number(value)
        text = str(value).strip()
        return canonical(_number_text(self.names.expand(text)))

    def _name(self, name: str) -> str:
        """Return a name as the hash has it: {name space}name."""
        prefix, colon, rest = name.partition(":")
        if colon and prefix in self.names.prefixes:
            return f"{{{self.names.prefixes[prefix]}}}{rest}"
        if colon:  # a full address: what stands behind its last delimiter is local
            start = max(map(name.rfind, "#/:")) + 1
            return f"{{{name[:start]}}}{name[start:]}"
        return name

    def _extension(self, name: str, value: Any) -> str:
        key = self._name(name)
        if isinstance(value, list):
            entries = cast("list[Any]", value)
            return "".join(sorted(self._extension(name, entry) for entry in entries))
        if isinstance(value, dict):
            entries = cast("dict[str, Any]", value)
            inner = sorted(self._extension(k, v) for k, v in entries.items())
            return key + "".join(inner)
        return f"{key}={self._value(value)}"


def _time(text: str) -> str:
    moment = read_moment(text)
    if moment is None:
        return text
    moment = moment.replace(microsecond=round(moment.microsecond, -3) % 1_000_000)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _number_text(text: str) -> str:
    """Numbers written as text lose their zeros as well."""
    try:
        value = float(text)
        return write_number(value)
    except (ValueError, OverflowError):
        return text
