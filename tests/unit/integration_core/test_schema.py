"""Schemas: what is refused, where the fault is, and two validators that agree."""

import copy
import json
from pathlib import Path

import jsonschema_rs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.libs import ADDONS, load_lib

schema = load_lib("integration_core", "schema")

SCHEMA = {
    "type": "object",
    "properties": {
        "lines": {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {
                    "a/b": {"type": "integer"},
                    "at": {"format": "date-time"},
                },
                "required": ["a/b"],
            },
        },
    },
}
SHIPPED = sorted(
    path
    for path in ADDONS.glob("*/contracts/*/*.json")
    if not path.name.endswith(".sample.json")
)
VALUES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(10**20), 10**20),
    st.floats(allow_nan=False, allow_infinity=False),
    st.text(max_size=300),
    st.sampled_from(["2026-02-30T00:00:00Z", "2026-01-01", "kg", "pcs", "{}", "\n"]),
    st.lists(st.integers(), max_size=3),
    st.dictionaries(st.text(max_size=5), st.integers(), max_size=3),
)


def list_places(value, place=()):
    """Return the path of every member of a JSON value."""
    members = (
        value.items()
        if isinstance(value, dict)
        else enumerate(value)
        if isinstance(value, list)
        else ()
    )
    found = [place] if place else []
    for name, member in members:
        found += list_places(member, (*place, name))
    return found


def change(value, place, to):
    changed = copy.deepcopy(value)
    node = changed
    for name in place[:-1]:
        node = node[name]
    node[place[-1]] = to
    return changed


def test_faults_point_into_the_event():
    compiled = schema.compile_schema(SCHEMA)
    data = {"lines": [{"a/b": "x"}, {}, {"a/b": 1, "at": "soon"}]}
    assert [fault.pointer for fault in schema.find_faults(compiled, data)] == [
        "/data/lines/0/a~1b",
        "/data/lines/1/a~1b",
        "/data/lines/2/at",
    ]
    assert schema.find_faults(compiled, {"lines": [{"a/b": 1}]}) == []


def test_malformed_schema_is_refused():
    with pytest.raises(ValueError, match="JSON Schema"):
        schema.compile_schema({"type": "objekt"})


@pytest.mark.parametrize(
    "target", ["http://169.254.169.254/latest", "file:///etc/passwd", "other.json"]
)
def test_a_schema_refers_to_nothing_outside_itself(target):
    with pytest.raises(ValueError, match="outside the schema"):
        schema.compile_schema({"properties": {"x": {"items": {"$ref": target}}}})


def test_a_schema_may_refer_to_its_own_definitions():
    compiled = schema.compile_schema(
        {"$defs": {"code": {"type": "string"}}, "items": {"$ref": "#/$defs/code"}}
    )
    assert schema.find_faults(compiled, ["a"]) == []
    assert [fault.pointer for fault in schema.find_faults(compiled, [1])] == ["/data/0"]


def test_a_pattern_of_another_dialect_is_left_to_the_slower_validator(monkeypatch):
    def refuse(*_arguments, **_options):
        raise ValueError("unknown group")

    monkeypatch.setattr(jsonschema_rs, "Draft202012Validator", refuse)
    compiled = schema.compile_schema({"pattern": "^a+$"})
    assert compiled.quick is compiled.explain
    assert schema.find_faults(compiled, "b")


def test_without_the_quick_validator_the_faults_are_the_same(monkeypatch):
    monkeypatch.setattr(schema, "jsonschema_rs", None)
    test_faults_point_into_the_event()


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.parent.name)
@given(choice=st.data())
def test_what_the_quick_validator_accepts_the_other_one_accepts(path: Path, choice):
    """On samples of shipped contracts with one member changed to something else."""
    compiled = schema.compile_schema(json.loads(path.read_text()))
    assert compiled.quick is not compiled.explain
    sample = json.loads(path.with_suffix(".sample.json").read_text())
    place = choice.draw(st.sampled_from(list_places(sample)))
    data = change(sample, place, choice.draw(VALUES))
    if compiled.quick.is_valid(data):
        assert compiled.explain.is_valid(data)
