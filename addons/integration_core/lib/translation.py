"""A partner's own JSON shape turned into the payload of a contract, declaratively.

JMESPath with three functions more: `map_code('unit', code)` looks a code up,
`scale(number, factor)` converts a unit, `to_utc(text)` reads a local time.
"""

from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from jmespath import Options
from jmespath.functions import Functions, signature

from .expression import Expression, ExpressionError, evaluate

LookUp = Callable[[str, str], str]


class TranslationFunctions(Functions):
    """What a translation may call besides JMESPath's own functions.

    :param look_up: from a domain and an external code to what it stands for.
    :param timezone: of moments that name none.
    """

    def __init__(self, look_up: LookUp, timezone: str) -> None:
        self.look_up = look_up
        self.timezone = ZoneInfo(timezone)

    @signature({"types": ["string"]}, {"types": ["string"]})
    def _func_map_code(self, domain: str, code: str) -> str:
        return self.look_up(domain, code)

    @signature({"types": ["number"]}, {"types": ["number"]})
    def _func_scale(self, number: float, factor: float) -> float:
        # In decimals: 0.1 × 3 is 0.3 on paper, and must be here.
        return float(Decimal(str(number)) * Decimal(str(factor)))

    @signature({"types": ["string"]})
    def _func_to_utc(self, text: str) -> str:
        try:
            moment = datetime.fromisoformat(text)
        except ValueError as error:
            raise ExpressionError(f"'{text}' is not a date and time.") from error
        if moment.tzinfo is None:
            moment = moment.replace(tzinfo=self.timezone)
        utc = moment.astimezone(UTC).replace(tzinfo=None)
        return utc.isoformat(timespec="milliseconds") + "Z"


def translate(
    expression: Expression, payload: Any, *, look_up: LookUp, timezone: str
) -> Any:
    """Return what a translation makes of a payload.

    :param timezone: IANA name, of moments that name none.
    :raises ExpressionError: when it cannot be made; whatever ``look_up`` raises.
    """
    options = Options(custom_functions=TranslationFunctions(look_up, timezone))
    return evaluate(expression, payload, options)
