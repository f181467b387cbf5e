"""JMESPath: what is true, what is no expression, what cannot be applied."""

import pytest

from tests.unit.libs import load_lib

expression = load_lib("integration_core", "expression")


@pytest.mark.parametrize("value", [None, False, "", [], {}])
def test_what_is_empty_is_false(value):
    assert not expression.is_true(value)


@pytest.mark.parametrize("value", [0, 0.0, True, "0", [0], {"a": None}])
def test_everything_else_is_true_also_zero(value):
    assert expression.is_true(value)


@pytest.mark.parametrize("text", ["", "a ]", "a[", "a.b.", "nothing(a"])
def test_what_is_no_expression_is_refused(text):
    with pytest.raises(expression.ExpressionError, match="JMESPath"):
        expression.compile_expression(text)


def test_what_is_far_too_long_is_refused():
    with pytest.raises(expression.ExpressionError, match="at most"):
        expression.compile_expression("a" * 10_001)


@pytest.mark.parametrize("text", ["abs('x')", "nothing(a)", "length(`1`)", "abs()"])
def test_what_cannot_be_applied_says_so(text):
    compiled = expression.compile_expression(text)
    with pytest.raises(expression.ExpressionError):
        expression.evaluate(compiled, {"a": 1})


def test_what_is_not_there_is_nothing():
    compiled = expression.compile_expression("a.b[3].c")
    assert expression.evaluate(compiled, {"a": {}}) is None
