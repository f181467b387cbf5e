"""What the parameters of the simple event query ask for (EPCIS 2.0 section 8.2.7.1)."""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

from .faults import QueryError
from .field_names import attribute, extension_name, is_extension
from .identifiers import canonical
from .namespaces import Namespaces
from .patterns import pattern_to_like
from .structure import EVENT_TYPES
from .terms import (
    MEASURED,
    measured,
    party_name,
    plain_terms,
    term,
    transaction_name,
    word,
)
from .values import find_moment, moment_name, read_microseconds, read_number
from .vocabulary import MEASUREMENTS, words

_MEASURED = re.compile(rf"(?P<field>{'|'.join(MEASURED)})_(?P<unit>.+)")
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
# Standard fields whose values master data may describe.
_DESCRIBED: Mapping[str, tuple[str, ...]] = {
    **{name: (name,) for name in ("readPoint", "bizLocation", "bizStep", "disposition")},
    **{name: _EPC_NAMES[name] for name in ("epc", "parentID", "epcClass")},
}
_URIS = words(
    "deviceID dataProcessingMethod microorganism chemicalSubstance bizRules uriValue "
    "deviceMetadata rawData coordinateReferenceSystem transformationID"
)


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


@dataclass(frozen=True)
class Described:
    """What names something that captured master data gives an attribute.

    :param names: of terms; ``attributes``: URIs of which one is asked for.
    :param values: one of which it must have, or None where any will do.
    """

    names: tuple[str, ...]
    attributes: tuple[str, ...]
    values: tuple[str, ...] | None = None


Criterion = AnyOf | Compare | Period | Descendants | Described


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
    if start == "HASATTR" and rest in _DESCRIBED:
        return Described(_DESCRIBED[rest], tuple(attribute(v, names) for v in values))
    field, _, of_field = rest.partition("_")
    if start == "EQATTR" and field in _DESCRIBED and of_field:
        asked = (attribute(of_field, names),)
        return Described(_DESCRIBED[field], asked, tuple(values))
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
    if is_extension(rest):
        full = extension_name(name, rest, names)
        number = read_number(value)
        if number is None:
            return Compare(moment_name(full), operator, _moment(name, value, find_moment))
        return Compare(full, operator, number)
    return _compare_number(name, operator, rest, value)


def _compare_number(name: str, operator: Operator, rest: str, value: str) -> Compare:
    number = read_number(value)
    measure = _MEASURED.fullmatch(rest)
    if rest not in ("quantity", "percRank") and not measure:
        raise QueryError(name, "This parameter is not known here.")
    if number is None:
        raise QueryError(name, "Must be a number.")
    if measure:
        found = measured(measure["field"], number, measure["unit"])
        rest, _, value = found.rpartition("=")
        number = float(value)
    return Compare(rest, operator, number)


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
    if not is_extension(rest):
        return None
    full = extension_name(name, rest, names)
    terms = [found for value in values for found in plain_terms(full, value)]
    numbers = [number for value in values if (number := read_number(value)) is not None]
    return AnyOf((*terms, *(t for number in numbers for t in plain_terms(full, number))))


def _exists(name: str, rest: str, values: list[str], names: Namespaces) -> AnyOf:
    wanted = _boolean(name, values[0])
    found = rest
    if is_extension(rest):
        found = extension_name(name, rest, names)
    if rest == "errorDeclaration" or is_extension(rest):
        # False is the same as not asking: every event has a type.
        if wanted == "false":
            return AnyOf((), ("type=%",))
        return _any_of(f"EXISTS_{found}", [wanted])
    raise QueryError(name, "This parameter is not known here.")


def _boolean(name: str, value: str) -> str:
    if value not in ("true", "false"):
        raise QueryError(name, "Must be true or false.")
    return value


def _moment(
    name: str, value: str, read: Callable[[str], int | None] = read_microseconds
) -> int:
    # A '+' in an address reads as a space.
    moment = read(value.replace(" ", "+"))
    if moment is None:
        raise QueryError(name, "Must be an RFC 3339 date and time with its zone.")
    return moment
