"""JSON as PostgreSQL's jsonb can keep it: RFC 8259, and nothing beside it."""

import json
import math
import re
from typing import Any

MAX_DEPTH = 64
# Still a float for every check of a schema, and more than anyone means.
MAX_DIGITS = 100

_NUL_OR_SURROGATE = re.compile("[\x00\ud800-\udfff]")
# Kept: to make one costs a quarter of using it.
_CANONICAL = json.JSONEncoder(
    ensure_ascii=False, sort_keys=True, separators=(",", ":")
)


class JsonError(ValueError):
    """The bytes are not JSON that can be kept; the text says why."""


def parse(raw: bytes, *, unique: bool = True) -> Any:
    """Parse strictly.

    :param unique: refuse an object that names a member twice. Without, the last one
        counts: RFC 8259 section 4 leaves it open, and standards have such examples.
    :raises JsonError: for anything that is not UTF-8 JSON, for NaN and infinities,
        NUL characters, lone surrogates, duplicate names and more than 64 levels.
    """
    try:
        value = json.loads(
            raw.decode("utf-8"),
            parse_constant=_refuse_constant,
            parse_float=_finite,
            parse_int=_bounded,
            object_pairs_hook=_unique_names if unique else None,
        )
    except UnicodeDecodeError as error:
        raise JsonError("The body is not UTF-8.") from error
    except RecursionError as error:
        raise JsonError(f"The body nests deeper than {MAX_DEPTH} levels.") from error
    except json.JSONDecodeError as error:
        raise JsonError(
            f"The body is not JSON: {error.msg} at line {error.lineno}, "
            f"column {error.colno}."
        ) from error
    # Only an escape can smuggle a character that PostgreSQL cannot keep, and what opens
    # few brackets cannot nest deep.
    has_escapes = b"\\u" in raw
    if has_escapes or raw.count(b"{") + raw.count(b"[") > MAX_DEPTH:
        _check_tree(value, check_text=has_escapes)
    return value


def canonical(value: Any) -> str:
    """Return one spelling of a value: names sorted, no white space."""
    return _CANONICAL.encode(value)


def _refuse_constant(name: str) -> float:
    raise JsonError(f"{name} is not a JSON number.")


def _finite(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise JsonError("A number is too large.")
    return number


def _bounded(text: str) -> int:
    if len(text) > MAX_DIGITS:
        raise JsonError("A number has too many digits.")
    return int(text)


def _unique_names(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    result = dict(pairs)
    if len(result) != len(pairs):
        raise JsonError("An object names a member twice.")
    return result


def _check_tree(value: Any, *, check_text: bool) -> None:
    """Walk level by level, so that the check itself cannot overflow the stack."""
    level: list[Any] = [value]
    for _depth in range(MAX_DEPTH):
        below: list[Any] = []
        for node in level:
            if isinstance(node, dict):
                below.extend(node.values())
                if check_text:
                    below.extend(node)
            elif isinstance(node, list):
                below.extend(node)
            elif (
                check_text and isinstance(node, str) and _NUL_OR_SURROGATE.search(node)
            ):
                raise JsonError(
                    "The body holds a NUL character or half a surrogate pair."
                )
        if not below:
            return
        level = below
    raise JsonError(f"The body nests deeper than {MAX_DEPTH} levels.")
