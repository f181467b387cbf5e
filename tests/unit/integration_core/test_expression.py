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


@pytest.mark.parametrize("text", [
        *("", "a ]", "a[", "a.b.", "nothing(a", "nothing(a)", "abs()"),
        *("abs(`1`, `2`)", "a[?nothing(@)]", "join(',', a, b)", "(" * 3000 + "a" + ")" * 3000),
    ],
)
def test_what_is_no_expression_is_refused(text):
    with pytest.raises(expression.ExpressionError, match="JMESPath"):
        expression.compile_expression(text)


def test_what_is_far_too_long_is_refused():
    with pytest.raises(expression.ExpressionError, match="at most"):
        expression.compile_expression("a" * 10_001)


@pytest.mark.parametrize("text", [
        *("abs('x')", "length(`1`)", "b[::0]", "to_number('1e999')", "`1e999`", "&a"),
        *("ceil(to_number('1e999'))", "{a: [to_number('-1e999')]}", '"a"||`"\\u0000"`'),
        " | ".join(["[@, @]"] * 60),
    ],
)
def test_what_cannot_be_applied_says_so(text):
    compiled = expression.compile_expression(text)
    with pytest.raises(expression.ExpressionError):
        expression.evaluate(compiled, {"b": [1]})


def test_what_is_not_there_is_nothing():
    compiled = expression.compile_expression("a.b[3].c")
    assert expression.evaluate(compiled, {"a": {}}) is None


def test_what_can_be_read_no_more_fails_when_it_is_applied():
    broken = expression.compile_or_break("nothing(a)")
    with pytest.raises(expression.ExpressionError, match="no function"):
        expression.is_met(broken, {})
    assert expression.is_met(expression.compile_or_break("a"), {"a": 1})


def test_arguments_are_counted():
    assert expression.compile_expression("merge(a, b, c)")
    with pytest.raises(expression.ExpressionError, match="takes 1"):
        expression.compile_expression("keys(a, b)")
