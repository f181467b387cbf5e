import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from tests.unit.libs import load_lib

compatibility = load_lib("integration_governance", "compatibility")
snapshot = load_lib("integration_governance", "snapshot")
OLD = {
    "type": "object",
    "required": ["a"],
    "properties": {
        "a": {"type": "string", "enum": ["x", "y"]},
        "b": {"type": "integer", "minimum": 1},
        "lines": {"type": "array", "items": {"type": "object", "properties": {}}},
    },
}


def with_member(name, schema):
    return OLD | {"properties": OLD["properties"] | {name: schema}}


@pytest.mark.parametrize(
    ("new", "break_"),
    [
        (OLD | {"required": ["a", "b"]}, "/b: is required now"),
        (with_member("a", {"type": "string", "enum": ["x"]}), "/a: y is not allowed"),
        (with_member("b", {"type": "integer", "minimum": 2}), "/b: minimum is 2 now"),
        (with_member("b", {"type": "string"}), "/b: type integer is not allowed"),
        (OLD | {"additionalProperties": False}, "/: further members"),
        (
            with_member("lines", {"type": "array", "items": {"required": ["q"]}}),
            "/lines/*/q: is required now",
        ),
        (with_member("a", {"type": "string", "pattern": "^x"}), "'pattern' is new"),
    ],
)
def test_what_refuses_more_is_found(new, break_):
    assert any(break_ in found for found in compatibility.find_breaks(OLD, new))


@pytest.mark.parametrize(
    "new",
    [
        OLD,
        OLD | {"required": []},
        with_member("c", {"type": "boolean"}),
        with_member("b", {"type": "number", "minimum": 0}),
        with_member("a", {"type": "string"}),
    ],
)
def test_what_takes_more_passes(new):
    assert compatibility.find_breaks(OLD, new) == []


SCALAR = st.one_of(
    st.fixed_dictionaries(
        {"type": st.sampled_from(["string", "integer", "number", "boolean"])},
        optional={"minimum": st.integers(0, 3), "maxLength": st.integers(0, 3)},
    ),
    st.fixed_dictionaries(
        {"enum": st.lists(st.integers(0, 3), min_size=1, unique=True)}
    ),
)
SCHEMAS = st.fixed_dictionaries(
    {
        "type": st.just("object"),
        "required": st.lists(st.sampled_from(["a", "b"]), unique=True),
        "properties": st.dictionaries(st.sampled_from(["a", "b"]), SCALAR),
        "additionalProperties": st.booleans(),
    }
)
PAYLOADS = st.dictionaries(
    st.sampled_from(["a", "b", "c"]),
    st.one_of(st.integers(-1, 4), st.text(max_size=4), st.booleans(), st.floats(0, 4)),
)


@given(SCHEMAS, SCHEMAS, PAYLOADS)
def test_no_break_found_means_no_payload_breaks(old, new, payload):
    if compatibility.find_breaks(old, new):
        return
    # Nobody was promised what became of members without a name.
    payload = {name: v for name, v in payload.items() if name in old["properties"]}
    if Draft202012Validator(old).is_valid(payload):
        assert Draft202012Validator(new).is_valid(payload)


def test_moved_on_names_only_what_the_draft_wants_too():
    base, wanted = {"a": 1, "b": 1}, {"a": 2, "b": 1}
    assert snapshot.moved_on(base, {"a": 1, "b": 9}, wanted) == []
    assert snapshot.moved_on(base, {"a": 3, "b": 1}, wanted) == ["a"]
