"""Values of B2MML's JSON form: plain, or an object with ``$`` and attributes."""

import math
import re
from collections.abc import Mapping
from typing import Any

# xs:double (XML Schema 1.1 part 2, section 3.3.5); Python reads more than that.
_DOUBLE = re.compile(r"[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([Ee][+-]?[0-9]+)?|-?INF|NaN")


class B2mmlError(ValueError):
    """A document cannot be read or written; the text says what is missing."""


def get_text(node: Mapping[str, Any], name: str) -> str | None:
    """Return the text of a member; of a list that of its first entry."""
    value = node.get(name)
    if isinstance(value, list):
        value = value[0] if value else None
    if isinstance(value, Mapping):
        value = value.get("$")
    return None if value is None or value == "" else str(value)


def get_list(node: Mapping[str, Any], name: str) -> list[Mapping[str, Any]]:
    """Return the objects of a member that may come more than once."""
    value = node.get(name)
    entries = value if isinstance(value, list) else [value]
    return [entry for entry in entries if isinstance(entry, Mapping)]


def require(node: Mapping[str, Any], name: str) -> str:
    """Return the text of a member.

    :raises B2mmlError: when it is not there.
    """
    text = get_text(node, name)
    if text is None:
        raise B2mmlError(f"{name} is missing in {get_text(node, 'ID') or 'the document'}.")
    return text


def write_quantity(quantity: float, unit: str) -> dict[str, str]:
    """Return a ``QuantityValueType``."""
    number = int(quantity) if float(quantity).is_integer() else quantity
    return {"QuantityString": f"{number}", "DataType": "decimal", "UnitOfMeasure": unit}


def read_quantity(node: Mapping[str, Any]) -> tuple[float, str]:
    """Return quantity and unit.

    :raises B2mmlError: when there is not exactly one finite, not negative number.
    """
    quantities = get_list(node, "Quantity")
    name = get_text(node, "ID") or "a material"
    if len(quantities) != 1:
        raise B2mmlError(f"{name}: one Quantity is needed, not {len(quantities)}.")
    text = require(quantities[0], "QuantityString")
    if not _DOUBLE.fullmatch(text.strip()):
        raise B2mmlError(f"{name}: {text!r} is no number.")
    number = float(text)
    if not math.isfinite(number) or number < 0:
        raise B2mmlError(f"{name}: {text!r} is no quantity.")
    return number, require(quantities[0], "UnitOfMeasure")
