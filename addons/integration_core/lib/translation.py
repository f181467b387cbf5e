"""A partner's own JSON shape turned into the payload of a contract, declaratively.

JMESPath with four functions more: `map_code('item', code)` looks a code up,
`convert(number, unit)` makes a quantity one of the unit that the code stands for,
`scale(number, factor)` multiplies, `to_utc(moment)` reads a local time.
"""

import re
from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from jmespath import Options
from jmespath.functions import Functions, signature

from .expression import Expression, ExpressionError, evaluate

LookUp = Callable[[str, str], str]
Factor = Callable[[str], float]

# A count of seconds since 1970 beyond this one is a count of milliseconds: as seconds,
# it would name the year 5138.
MILLISECONDS_FROM = 1e11


class TranslationFunctions(Functions):
    """What a translation may call besides JMESPath's own functions.

    :param look_up: from a domain and an external code to what it stands for.
    :param factor: from a unit's external code to what one of it is, counted in the unit
        that it stands for.
    :param timezone: of moments that name none.
    """

    def __init__(self, look_up: LookUp, factor: Factor, timezone: str) -> None:
        self.look_up = look_up
        self.factor = factor
        self.timezone = timezone

    @signature({"types": ["string"]}, {"types": ["string"]})
    def _func_map_code(self, domain: str, code: str) -> str:
        return self.look_up(domain, code)

    @signature({"types": ["number"]}, {"types": ["string"]})
    def _func_convert(self, number: float, unit: str) -> float:
        return multiply(number, self.factor(unit))

    @signature({"types": ["number"]}, {"types": ["number"]})
    def _func_scale(self, number: float, factor: float) -> float:
        return multiply(number, factor)

    @signature({"types": ["string", "number"], "variadic": True})
    def _func_to_utc(self, moment: str | float, *more: str | float) -> str:
        if len(more) > 2:
            raise ExpressionError("to_utc takes a moment, a format and a time zone.")
        pattern, timezone = (*map(str, more), "", "")[:2]
        try:
            read = read_moment(moment, pattern)
            if read.tzinfo is None:
                read = read.replace(tzinfo=ZoneInfo(timezone or self.timezone))
            utc = read.astimezone(UTC).replace(tzinfo=None)
        except (ValueError, OverflowError, OSError, KeyError, re.error) as error:
            raise ExpressionError(
                f"'{moment}' is not a date and time{' like ' + pattern if pattern else ''}"
                f"{' in ' + timezone if timezone else ''}."
            ) from error
        return utc.isoformat(timespec="milliseconds") + "Z"


def multiply(number: float, factor: float) -> float:
    """Return the product as it is on paper: 0.1 × 3 is 0.3."""
    return float(Decimal(str(number)) * Decimal(str(factor)))


def read_moment(moment: str | float, pattern: str = "") -> datetime:
    """Return a moment, without a time zone where it names none.

    :param moment: ISO 8601, or whatever the pattern says; a number counts seconds, or
        milliseconds, since 1970.
    :param pattern: as ``datetime.strptime`` takes it; '' for ISO 8601.
    :raises ValueError, OverflowError, OSError: when it is none.
    :raises re.error: when the pattern names a part twice.
    """
    if not isinstance(moment, str):
        seconds = moment / 1000 if abs(moment) >= MILLISECONDS_FROM else moment
        return datetime.fromtimestamp(seconds, UTC)
    return datetime.strptime(moment, pattern) if pattern else datetime.fromisoformat(moment)


def translate(
    expression: Expression,
    payload: Any,
    *,
    look_up: LookUp,
    factor: Factor,
    timezone: str,
) -> Any:
    """Return what a translation makes of a payload.

    :param timezone: IANA name, of moments that name none.
    :raises ExpressionError: when it cannot be made; whatever ``look_up`` and ``factor``
        raise.
    """
    functions = TranslationFunctions(look_up, factor, timezone)
    return evaluate(expression, payload, Options(custom_functions=functions))
