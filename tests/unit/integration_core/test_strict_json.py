import contextlib
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.libs import load_lib

strict_json = load_lib("integration_core", "strict_json")

VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(10**40), 10**40)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_categories=("Cs",), exclude_characters="\x00")),
    lambda children: (
        st.lists(children)
        | st.dictionaries(
            st.text(
                st.characters(exclude_categories=("Cs",), exclude_characters="\x00")
            ),
            children,
        )
    ),
    max_leaves=20,
)


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"{",
        b"nul",
        b"NaN",
        b'{"a": Infinity}',
        b"[1e999]",
        b"\xff",
        b'"\\u0000"',
        b'{"\\u0000": 1}',
        b'"\\ud800"',
        b'"\\udc00\\ud800"',
        b'{"a": 1, "a": 2}',
        b"[" * 100_000,
        b"[" * 65 + b"]" * 65,
        b"1" * 101,
        b"'a'",
        b"[1,]",
    ],
)
def test_what_postgresql_cannot_keep_is_refused(raw):
    with pytest.raises(strict_json.JsonError):
        strict_json.parse(raw)


@pytest.mark.parametrize(
    "raw", [b'"\\\\u0000"', b'"\\ud83d\\ude00"', b"[" * 60 + b"]" * 60]
)
def test_what_only_looks_dangerous_passes(raw):
    assert strict_json.parse(raw) == json.loads(raw)


@given(VALUES)
def test_json_survives_and_has_one_spelling(value):
    raw = json.dumps(value).encode()
    parsed = strict_json.parse(raw)
    assert parsed == value
    canonical = strict_json.canonical(parsed)
    assert strict_json.canonical(strict_json.parse(canonical.encode())) == canonical


@given(st.binary(max_size=200))
def test_no_bytes_raise_anything_else(raw):
    with contextlib.suppress(strict_json.JsonError):
        strict_json.parse(raw)


def test_the_last_of_a_name_counts_where_that_is_asked_for():
    assert strict_json.parse(b'{"a": 1, "a": 2}', unique=False) == {"a": 2}
