"""What the parameters of the simple event query ask for (EPCIS 2.0 section 8.2.7.1)."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

from .identifiers import canonical
from .moments import microseconds
from .namespaces import Namespaces
from .structure import EVENT_TYPES
from .terms import EXTENDED, party_name, term, transaction_name, word
from .vocabulary import MEASUREMENTS, words

_NUMBER = re.compile(r"-?\d{1,30}(\.\d{1,30})?([eE][+-]?\d{1,2})?")
_SENSOR_UNITS = re.compile(
    r"(?P<field>value|minValue|maxValue|meanValue|sDev|percRank|percValue)_(?P<unit>.+)"
)
Operator = Literal["=", ">", ">=", "<", "<="]
_OPERATORS: Mapping[str, Operator] = {
    "EQ": "=",
    "GT": ">",
    "GE": ">=",
    "LT": "<",
    "LE": "<=",
}
MOMENTS: Mapping[str, Literal["event_time", "record_time"]] = {
    "eventTime": "event_time",
    "recordTime": "record_time",
}
# Fields of sensors and declarations that are compared as moments.
_TERM_MOMENTS = ("errorDeclarationTime", "startTime", "endTime")
_EPC_NAMES: Mapping[str, tuple[str, ...]] = {
    "epc": ("epc",),
    "parentID": ("parentID",),
    "inputEPC": ("inputEPC",),
    "outputEPC": ("outputEPC",),
    "anyEPC": ("epc", "parentID", "inputEPC", "outputEPC"),
    "epcClass": ("epcClass",),
    "inputEPCClass": ("inputEPCClass",),
    "outputEPCClass": ("outputEPCClass",),
    "anyEPCClass": ("epcClass", "inputEPCClass", "outputEPCClass"),
}
_URIS = words(
    "deviceID dataProcessingMethod microorganism chemicalSubstance bizRules uriValue "
    "deviceMetadata rawData coordinateReferenceSystem transformationID"
)


class QueryError(ValueError):
    """A parameter that cannot be answered.

    :param name: of the parameter; the text says what is wrong with it.
    """

    def __init__(self, name: str, detail: str) -> None:
        super().__init__(detail)
        self.name = name


@dataclass(frozen=True)
class AnyOf:
    """One of these terms; a pattern is SQL's LIKE on a term."""

    terms: tuple[str, ...]
    patterns: tuple[str, ...] = ()


@dataclass(frozen=True)
class Compare:
    """A term of this name with a number that compares so."""

    name: str
    operator: Operator
    number: float


@dataclass(frozen=True)
class Period:
    """A moment of the event, in microseconds since 1970."""

    column: Literal["event_time", "record_time"]
    operator: Operator
    microseconds: int


@dataclass(frozen=True)
class Descendants:
    """Places at or below one of these, in the canonical form."""

    name: str
    places: tuple[str, ...]


Criterion = AnyOf | Compare | Period | Descendants


def read_criterion(name: str, texts: list[str], names: Namespaces) -> Criterion:
    """Read one parameter that narrows a query.

    :param texts: everything that was given for it; ``|`` separates the values of a list.
    :param names: the prefixes that are known of the caller.
    :raises QueryError: when it is not known or cannot have such a value.
    """
    values = [value for text in texts for value in text.split("|")]
    if not all(values):
        raise QueryError(name, "Must not be empty.")
    if name == "eventType":
        return _any_of("type", [_event_type(value, names) for value in values])
    start, _, rest = name.partition("_")
    if start == "MATCH" and rest in _EPC_NAMES:
        return _match(rest, values)
    if start == "WD" and rest in ("readPoint", "bizLocation"):
        return Descendants(rest, tuple(map(canonical, values)))
    if start in _OPERATORS and rest:
        return _compare(name, _OPERATORS[start], rest, values, names)
    if start == "EXISTS" and rest:
        return _exists(name, rest, values, names)
    raise QueryError(name, "This parameter is not known here.")


def _event_type(value: str, names: Namespaces) -> str:
    return value if value in EVENT_TYPES else names.expand(value)


def _any_of(name: str, values: Iterable[object]) -> AnyOf:
    return AnyOf(tuple(term(name, value) for value in values))


def _match(rest: str, values: list[str]) -> AnyOf:
    terms = [term(n, canonical(value)) for n in _EPC_NAMES[rest] for value in values]
    patterns = [
        f"{name}={like}"
        for name in _EPC_NAMES[rest]
        for value in values
        if (like := pattern_to_like(value))
    ]
    return AnyOf(tuple(terms), tuple(patterns))


def match_any(value: str) -> AnyOf:
    """Return what asks for an instance or a class, wherever an event names it."""
    names = (*_EPC_NAMES["anyEPC"], *_EPC_NAMES["anyEPCClass"])
    terms = [term(name, canonical(value)) for name in names]
    like = pattern_to_like(value)
    return AnyOf(tuple(terms), tuple(f"{name}={like}" for name in names if like))


_ITEM_PATTERN = re.compile(r"urn:epc:idpat:sgtin:(\d{6,12})\.(\d{1,7}|\*)\.(\*|[^.*]+)")
_KEY_PATTERN = re.compile(r"urn:epc:idpat:(sscc|sgln|pgln|giai):(\d{6,12})\.\*(\.\*)?")


def pattern_to_like(pattern: str) -> str | None:
    """Return SQL's LIKE for the Digital Links an EPC pattern matches (TDS 2.0 section 6.5).

    :returns: None when it is no such pattern.
    """
    item = _ITEM_PATTERN.fullmatch(pattern)
    if item:
        prefix, reference, serial = item.groups()
        if reference == "*":
            gtin = f"_{prefix}{'_' * (13 - len(prefix))}"
        else:
            gtin = f"{reference[0]}{prefix}{reference[1:]}_"
        tail = "/21/%" if serial == "*" else f"/21/{escape_like(serial)}"
        return f"https://id.gs1.org/01/{gtin}{tail}"
    key = _KEY_PATTERN.fullmatch(pattern)
    if not key:
        return None
    lead = {"sscc": "00/_", "sgln": "414/", "pgln": "417/", "giai": "8004/"}[key[1]]
    return f"https://id.gs1.org/{lead}{key[2]}%"


def escape_like(text: str) -> str:
    """Escape what LIKE would read as a wildcard."""
    return re.sub(r"([\\%_])", r"\\\1", text)


def _compare(
    name: str, operator: Operator, rest: str, values: list[str], names: Namespaces
) -> Criterion:
    if operator == "=":
        found = _equals(name, rest, values, names)
        if found:
            return found
    value = values[0]
    if len(values) > 1:
        raise QueryError(name, "Must have one value.")
    if rest in MOMENTS and operator in (">=", "<"):
        return Period(MOMENTS[rest], operator, _moment(name, value))
    if rest in _TERM_MOMENTS and operator in (">=", "<"):
        return Compare(rest, operator, _moment(name, value))
    sensor = _SENSOR_UNITS.fullmatch(rest)
    if rest != "quantity" and not sensor and not _is_extension(rest):
        raise QueryError(name, "This parameter is not known here.")
    if not _NUMBER.fullmatch(value):
        raise QueryError(name, "Must be a number.")
    return Compare(
        _extension_name(name, rest, names) if _is_extension(rest) else rest,
        operator,
        float(value),
    )


def _equals(name: str, rest: str, values: list[str], names: Namespaces) -> AnyOf | None:
    if rest in ("bizStep", "disposition"):
        return _any_of(rest, [word(rest, value, names) for value in values])
    if rest in ("persistentDisposition_set", "persistentDisposition_unset"):
        return _any_of(rest, [word("set", value, names) for value in values])
    if rest == "errorReason":
        return _any_of(rest, [word("reason", value, names) for value in values])
    if rest == "action":
        if not set(values) <= {"ADD", "OBSERVE", "DELETE"}:
            raise QueryError(name, "Must be ADD, OBSERVE or DELETE.")
        return _any_of(rest, values)
    if rest == "type":
        return _any_of(
            "sensorType", [MEASUREMENTS.bare(names.expand(v)) for v in values]
        )
    if rest in ("eventID", "correctiveEventID", "stringValue", "hexBinaryValue"):
        return _any_of(rest, values)
    if rest == "booleanValue":
        return _any_of(rest, [_boolean(name, value) for value in values])
    if rest in ("readPoint", "bizLocation", *_URIS):
        return _any_of(rest, map(canonical, values))
    return _typed(rest, values, names) or _own(name, rest, values, names)


def _typed(rest: str, values: list[str], names: Namespaces) -> AnyOf | None:
    kind, _, of_type = rest.partition("_")
    of_type = names.expand(of_type)
    if kind == "bizTransaction":
        return _any_of(transaction_name(of_type), map(canonical, values))
    if kind in ("source", "destination") and of_type:
        return _any_of(party_name(kind, of_type), map(canonical, values))
    return None


def _own(
    name: str, rest: str, values: list[str], names: Namespaces
) -> AnyOf | None:
    """A field of somebody's extension, its name a URI or one with a prefix."""
    if not _is_extension(rest):
        return None
    return _any_of(_extension_name(name, rest, names), values)


def _is_extension(rest: str) -> bool:
    return ":" in rest


def _extension_name(name: str, rest: str, names: Namespaces) -> str:
    start = ""
    for part in ("INNER_", *EXTENDED.values()):
        if rest.startswith(part):
            start, rest = start + part, rest[len(part) :]
    if not names.knows(rest):
        raise QueryError(
            name,
            "This parameter is not known here. Name a field of an extension by its URI, or "
            "declare its prefix with GS1-Extensions.",
        )
    # EPCIS 2.0 section 8.2.7.1: the name space, a '#', and the name.
    uri = names.expand(rest)
    space, hash_sign, local = uri.partition("#")
    if hash_sign and space.endswith(("/", ":")):
        uri = space + local
    return start + uri


def _exists(name: str, rest: str, values: list[str], names: Namespaces) -> AnyOf:
    wanted = _boolean(name, values[0])
    found = rest
    if _is_extension(rest):
        found = _extension_name(name, rest, names)
    if rest == "errorDeclaration" or _is_extension(rest):
        # False is the same as not asking: every event has a type.
        if wanted == "false":
            return AnyOf((), ("type=%",))
        return _any_of(f"EXISTS_{found}", [wanted])
    raise QueryError(name, "This parameter is not known here.")


def _boolean(name: str, value: str) -> str:
    if value not in ("true", "false"):
        raise QueryError(name, "Must be true or false.")
    return value


def _moment(name: str, value: str) -> int:
    try:
        # A '+' in an address reads as a space.
        return microseconds(value.replace(" ", "+"))
    except ValueError as error:
        raise QueryError(
            name, "Must be an RFC 3339 date and time with its zone."
        ) from error
