"""JMESPath (jmespath.org) over payloads: filters and transformations."""

import math
from typing import Any, Protocol

import jmespath
from jmespath.exceptions import JMESPathError, ParseError
from jmespath.functions import Functions

MAX_LENGTH = 10_000
# Expressions repeat what they find: a short one makes an answer without end.
MAX_VALUES = 200_000
# What jmespath lets through of Python: a step of zero, a number beyond all bounds.
FAILURES = (
    JMESPathError,
    ValueError,
    ArithmeticError,
    TypeError,
    LookupError,
    AttributeError,
    RecursionError,
)


class ExpressionError(ValueError):
    """The expression cannot be read, or not be applied to this payload; says why."""


class Expression(Protocol):
    """A compiled expression."""

    def search(self, value: Any, options: Any = None) -> Any: ...


class BrokenExpression:
    """In place of one that cannot be read: it fails whenever it is applied."""

    def __init__(self, reason: str) -> None:
        self.reason = reason

    def search(self, value: Any, options: Any = None) -> Any:
        """Raise ``ExpressionError``."""
        raise ExpressionError(self.reason)


def compile_expression(text: str, functions: type[Functions] = Functions) -> Expression:
    """Compile an expression.

    :param functions: those that it may call.
    :raises ExpressionError: when it is none; the text names the position, or the
        function that there is not or that takes other arguments.
    """
    if len(text) > MAX_LENGTH:
        raise ExpressionError(f"An expression has at most {MAX_LENGTH} characters.")
    try:
        compiled = jmespath.compile(text)
    except ParseError as error:
        where = getattr(error, "lex_position", None)
        token = getattr(error, "token_value", "")
        place = "" if where is None else f" at character {where + 1} ('{token}')"
        raise ExpressionError(f"Not a JMESPath expression{place}.") from error
    except RecursionError as error:
        raise ExpressionError("Not a JMESPath expression: too deeply nested.") from error
    except FAILURES as error:
        raise ExpressionError(f"Not a JMESPath expression: {error}") from error
    _check_functions(compiled.parsed, functions)
    return compiled


def compile_or_break(text: str) -> Expression:
    """Compile an expression that was checked when it was kept; never raises.

    :returns: a ``BrokenExpression`` in place of one that cannot be read any more.
    """
    try:
        return compile_expression(text)
    except ExpressionError as error:
        return BrokenExpression(str(error))


def evaluate(expression: Expression, payload: Any, options: Any = None) -> Any:
    """Return what an expression makes of a payload; None where it finds nothing.

    :param options: ``jmespath.Options``, for functions of our own.
    :raises ExpressionError: when a function is given what it cannot work with, or what
        comes out is nothing that JSON can say.
    """
    result = select(expression, payload, options)
    _check_result(result)
    return result


def select(expression: Expression, payload: Any, options: Any = None) -> Any:
    """Return what an expression finds, fit to be kept or not: see `evaluate`.

    :raises ExpressionError: when a function is given what it cannot work with.
    """
    try:
        return expression.search(payload, options)
    except ExpressionError:
        raise
    except RecursionError as error:
        raise ExpressionError("The expression is too deeply nested.") from error
    except FAILURES as error:
        raise ExpressionError(str(error) or type(error).__name__) from error


def _check_functions(tree: Any, functions: type[Functions]) -> None:
    """Refuse calls of what there is not, and with too few or too many arguments."""
    nodes = [tree]
    while nodes:
        node = nodes.pop()
        if not isinstance(node, dict):
            continue
        nodes += node["children"]
        if node["type"] != "function_expression":
            continue
        name, given = node["value"], len(node["children"])
        known = functions.FUNCTION_TABLE.get(name)
        if known is None:
            raise ExpressionError(f"Not a JMESPath expression: no function '{name}'.")
        takes = known["signature"]
        variadic = bool(takes) and takes[-1].get("variadic")
        if given < len(takes) or (given > len(takes) and not variadic):
            raise ExpressionError(
                f"Not a JMESPath expression: '{name}' takes {len(takes)} arguments, "
                f"not {given}."
            )


def _check_result(result: Any) -> None:
    """Refuse what JSON or the database cannot keep: infinity, half a character, NUL."""
    values, seen = [result], 0
    while values:
        value = values.pop()
        seen += 1
        if seen > MAX_VALUES:
            raise ExpressionError(f"The result has more than {MAX_VALUES} values.")
        if isinstance(value, str):
            if "\x00" in value or any("\ud800" <= char <= "\udfff" for char in value):
                raise ExpressionError("The result has a character that cannot be kept.")
        elif isinstance(value, float):
            if not math.isfinite(value):
                raise ExpressionError("The result is a number beyond all bounds.")
        elif isinstance(value, dict):
            values += value
            values += value.values()
        elif isinstance(value, list | tuple):
            values += value
        elif not (value is None or isinstance(value, bool | int)):
            raise ExpressionError("The result is no value of JSON.")


def is_met(condition: Expression, payload: Any) -> bool:
    """Return whether a payload meets a condition.

    :raises ExpressionError: when it cannot be applied.
    """
    return is_true(evaluate(condition, payload))


def is_true(value: Any) -> bool:
    """Return whether JMESPath takes a value for true: 0 is, what is empty is not."""
    return value is not None and value is not False and value not in ("", [], {})
