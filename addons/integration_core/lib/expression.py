"""JMESPath (jmespath.org) over payloads: filters and transformations."""

from typing import Any, Protocol

import jmespath
from jmespath.exceptions import JMESPathError, ParseError

MAX_LENGTH = 10_000


class ExpressionError(ValueError):
    """The expression cannot be read, or not be applied to this payload; says why."""


class Expression(Protocol):
    """A compiled expression."""

    def search(self, value: Any, options: Any = None) -> Any: ...


def compile_expression(text: str) -> Expression:
    """Compile an expression.

    :raises ExpressionError: when it is none; the text names the position.
    """
    if len(text) > MAX_LENGTH:
        raise ExpressionError(f"An expression has at most {MAX_LENGTH} characters.")
    try:
        return jmespath.compile(text)
    except ParseError as error:
        where = getattr(error, "lex_position", None)
        token = getattr(error, "token_value", "")
        place = "" if where is None else f" at character {where + 1} ('{token}')"
        raise ExpressionError(f"Not a JMESPath expression{place}.") from error
    except JMESPathError as error:
        raise ExpressionError(f"Not a JMESPath expression: {error}") from error


def evaluate(expression: Expression, payload: Any, options: Any = None) -> Any:
    """Return what an expression makes of a payload; None where it finds nothing.

    :param options: ``jmespath.Options``, for functions of our own.
    :raises ExpressionError: when a function is given what it cannot work with.
    """
    try:
        return expression.search(payload, options)
    except JMESPathError as error:
        raise ExpressionError(str(error)) from error


def is_met(condition: Expression, payload: Any) -> bool:
    """Return whether a payload meets a condition.

    :raises ExpressionError: when it cannot be applied.
    """
    return is_true(evaluate(condition, payload))


def is_true(value: Any) -> bool:
    """Return whether JMESPath takes a value for true: 0 is, what is empty is not."""
    return value is not None and value is not False and value not in ("", [], {})
