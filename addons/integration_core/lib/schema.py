"""JSON Schema 2020-12: compile once, then list what is wrong with a payload."""

from collections.abc import Mapping
from typing import Any, cast

from jsonschema import Draft202012Validator, FormatChecker
from jsonschema.exceptions import SchemaError, ValidationError
from jsonschema.protocols import Validator

from .problems import Fault

MAX_FAULTS = 20
MAX_DETAIL = 300


def compile_schema(schema: Mapping[str, Any]) -> Validator:
    """Return a validator that also checks formats.

    :raises ValueError: when the schema itself is not valid.
    """
    try:
        Draft202012Validator.check_schema(schema)
    except SchemaError as error:
        raise ValueError(f"Not a JSON Schema 2020-12: {error.message}") from error
    return Draft202012Validator(schema, format_checker=FormatChecker())


def find_faults(validator: Validator, data: Any) -> list[Fault]:
    """Return the first faults of a payload; pointers start at ``/data``."""
    if validator.is_valid(data):
        return []
    faults: list[Fault] = []
    for error in validator.iter_errors(data):
        faults.append(Fault(_pointer(error), _detail(error)))
        if len(faults) == MAX_FAULTS:
            break
    return faults


def _pointer(error: ValidationError) -> str:
    parts = ["data", *(str(part) for part in error.absolute_path)]
    if error.validator == "required":
        required = cast("list[str]", error.validator_value)
        present = cast("dict[str, Any]", error.instance)
        missing = next((name for name in required if name not in present), None)
        if missing:
            parts.append(missing)
    return "".join("/" + part.replace("~", "~0").replace("/", "~1") for part in parts)


def _detail(error: ValidationError) -> str:
    if error.validator == "required":
        return "This member is required."
    message = error.message
    return message if len(message) <= MAX_DETAIL else message[: MAX_DETAIL - 1] + "…"
