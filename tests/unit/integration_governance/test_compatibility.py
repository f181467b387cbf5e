import json
import os

import pytest
from hypothesis import given, settings
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


@pytest.mark.parametrize(
    ("old", "new", "break_"),
    [
        ({}, {"additionalProperties": {"type": "string"}}, "restricted now"),
        (
            {"additionalProperties": {"type": "integer"}},
            {"additionalProperties": {"type": "string"}},
            "/*: type integer",
        ),
        (
            {"properties": {"a": {"type": "integer"}}},
            {"additionalProperties": {"type": "string"}},
            "/a: type integer",
        ),
        ({}, {"dependentRequired": {"a": ["b"]}}, "/b: is required now where"),
        ({}, {"propertyNames": {"maxLength": 3}}, "'propertyNames' changed"),
        (
            {"properties": {"a": {}}},
            {"properties": {}, "unevaluatedProperties": False},
            "/a: is not known",
        ),
        ({}, {"contains": {"type": "string"}}, "'contains' changed"),
        (
            {"contains": {}, "minContains": 0},
            {"contains": {}},
            "'contains' changed",
        ),
        (
            {"prefixItems": [{"type": "string"}]},
            {"prefixItems": [{"type": "integer"}]},
            "/0: type string",
        ),
        ({}, {"items": False}, "/*: is not allowed any more"),
        ({"properties": {"x": {}}}, {"properties": {"x": False}}, "/x: is not allowed"),
        ({}, {"newKeyword": 1}, "'newKeyword' changed"),
        (
            {"$ref": "#/$defs/a", "$defs": {"a": {"type": "string"}}},
            {"$ref": "#/$defs/a", "$defs": {"a": {"type": "integer"}}},
            "/: type string",
        ),
        (
            {"allOf": [{"$ref": "#/$defs/a"}], "$defs": {"a": {"type": "string"}}},
            {"allOf": [{"$ref": "#/$defs/a"}], "$defs": {"a": {"type": "integer"}}},
            "'allOf' changed",
        ),
        ({}, {"$ref": "https://elsewhere.example/schema"}, "'$ref' changed"),
    ],
)
def test_what_the_newer_version_refuses_is_found(old, new, break_):
    assert any(break_ in found for found in compatibility.find_breaks(old, new))


TREE = {
    "$ref": "#/$defs/part",
    "$defs": {"part": {"properties": {"parts": {"items": {"$ref": "#/$defs/part"}}}}},
}


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ({"const": "x"}, {"enum": ["x", "y"]}),
        ({"const": "x"}, {"type": "string"}),
        ({"properties": {"x": False}}, {"properties": {"x": {"type": "string"}}}),
        ({"properties": {"x": False}}, {"additionalProperties": True}),
        (TREE, TREE),
        ({"type": "string"}, {"$ref": "#/$defs/s", "$defs": {"s": {"type": "string"}}}),
        ({"title": "one", "x-owner": "a"}, {"title": "two", "x-owner": "b"}),
        ({}, {"uniqueItems": False}),
    ],
)
def test_what_refuses_nothing_more_is_no_alarm(old, new):
    assert compatibility.find_breaks(old, new) == []


def test_a_part_that_contains_itself_is_compared_once():
    newer = json.loads(json.dumps(TREE))
    newer["$defs"]["part"]["required"] = ["name"]
    assert "/name: is required now" in compatibility.find_breaks(TREE, newer)
    circle = {"$ref": "#/$defs/a", "$defs": {"a": {"$ref": "#/$defs/a"}}}
    assert compatibility.find_breaks(OLD, circle)


NAMES = st.sampled_from(["a", "b"])
SCALAR = st.one_of(
    st.booleans(),
    st.fixed_dictionaries(
        {"type": st.sampled_from(["string", "integer", "number", "boolean"])},
        optional={"minimum": st.integers(0, 3), "maxLength": st.integers(0, 3)},
    ),
    st.fixed_dictionaries(
        {"enum": st.lists(st.integers(0, 3), min_size=1, unique=True)}
    ),
    st.fixed_dictionaries({"const": st.integers(0, 3)}),
    st.just({"$ref": "#/$defs/part"}),
    st.fixed_dictionaries({"contains": st.just({"type": "integer"})}),
)
PART = st.recursive(
    SCALAR,
    lambda inner: st.one_of(
        st.fixed_dictionaries(
            {},
            optional={
                "required": st.lists(NAMES, unique=True),
                "properties": st.dictionaries(NAMES, inner),
                "additionalProperties": inner,
                "unevaluatedProperties": inner,
                "dependentRequired": st.just({"a": ["b"]}),
                "propertyNames": st.just({"enum": ["a"]}),
            },
        ),
        st.fixed_dictionaries(
            {}, optional={"prefixItems": st.lists(inner, min_size=1), "items": inner}
        ),
    ),
    max_leaves=5,
)
SCHEMAS = st.builds(
    lambda top, part: {**top, "$defs": {"part": part}},
    PART.filter(lambda part: isinstance(part, dict)),
    # Through a member only: one that is nothing but itself means nothing.
    PART.filter(lambda part: isinstance(part, bool) or "$ref" not in part),
)
PAYLOADS = st.recursive(
    st.one_of(st.integers(-1, 4), st.text(max_size=4), st.booleans(), st.none()),
    lambda inner: (
        st.dictionaries(st.sampled_from(["a", "b", "c"]), inner, max_size=3)
        | st.lists(inner, max_size=3)
    ),
    max_leaves=6,
)


def keep_promised(root, schema, payload):
    """Return a payload without the members that a schema says nothing about."""
    while isinstance(schema, dict) and "$ref" in schema:
        schema = root["$defs"]["part"]
    schema = schema if isinstance(schema, dict) else {}
    if isinstance(payload, dict):
        further = schema.get(
            "additionalProperties", schema.get("unevaluatedProperties", True)
        )
        known = schema.get("properties", {})
        return {
            name: keep_promised(root, known.get(name, further), value)
            for name, value in payload.items()
            if name in known or isinstance(further, dict)
        }
    if isinstance(payload, list):
        first, rest = schema.get("prefixItems", []), schema.get("items", True)
        return [
            keep_promised(root, first[n] if n < len(first) else rest, value)
            for n, value in enumerate(payload)
        ]
    return payload


@settings(max_examples=int(os.environ.get("COMPATIBILITY_EXAMPLES", "300")))
@given(
    SCHEMAS, st.one_of(st.none(), SCHEMAS), st.lists(PAYLOADS, max_size=5), st.data()
)
def test_no_break_found_means_no_payload_breaks(old, new, payloads, data):
    new = new or loosen(old, data)
    if compatibility.find_breaks(old, new):
        return
    for payload in payloads:
        # Nobody was promised what became of members without a name.
        promised = keep_promised(old, old, payload)
        if Draft202012Validator(old).is_valid(promised):
            assert Draft202012Validator(new).is_valid(promised), promised


def loosen(schema, data):
    """Return a schema with some of its keywords left out, at the top and in its part."""
    new = json.loads(json.dumps(schema))
    for place in (new, new["$defs"]["part"]):
        for name in sorted(place) if isinstance(place, dict) else ():
            if name != "$defs" and data.draw(st.booleans()):
                del place[name]
    return new


def test_moved_on_names_only_what_the_draft_wants_too():
    base, wanted = {"a": 1, "b": 1}, {"a": 2, "b": 1}
    assert snapshot.moved_on(base, {"a": 1, "b": 9}, wanted) == []
    assert snapshot.moved_on(base, {"a": 3, "b": 1}, wanted) == ["a"]
