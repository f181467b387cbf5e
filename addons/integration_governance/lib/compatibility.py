"""Whether senders of an older contract version can go on under a newer one.

Covers what contracts use: required members, types, enumerations, bounds, closed objects,
at any depth. Members that the old version did not name are nobody's promise: naming them
breaks nothing. What it cannot judge (combinators, patterns) it names instead of passing it.
"""

from collections.abc import Iterator, Mapping
from typing import Any, cast

Schema = Mapping[str, Any]

UNJUDGED = ("allOf", "anyOf", "oneOf", "not", "if", "$ref", "patternProperties")
# Keyword → whether a greater value refuses more.
BOUNDS = {
    "minimum": True,
    "exclusiveMinimum": True,
    "minLength": True,
    "minItems": True,
    "minProperties": True,
    "maximum": False,
    "exclusiveMaximum": False,
    "maxLength": False,
    "maxItems": False,
    "maxProperties": False,
}
EXACT = ("pattern", "format", "const", "multipleOf", "uniqueItems")


def find_breaks(old: Schema, new: Schema, pointer: str = "") -> list[str]:
    """Return why payloads of the old schema may break the new one; empty: they cannot.

    :returns: sentences that begin with the JSON pointer of the member.
    """
    return list(_breaks(old, new, pointer or "/"))


def _breaks(old: Schema, new: Schema, at: str) -> Iterator[str]:
    yield from _judge_keywords(old, new, at)
    yield from _judge_types(old, new, at)
    yield from _judge_bounds(old, new, at)
    yield from _judge_members(old, new, at)
    old_items, new_items = old.get("items"), new.get("items")
    if isinstance(new_items, Mapping):
        before = cast(Schema, old_items) if isinstance(old_items, Mapping) else {}
        yield from _breaks(before, cast(Schema, new_items), f"{at.rstrip('/')}/*")


def _judge_keywords(old: Schema, new: Schema, at: str) -> Iterator[str]:
    for name in UNJUDGED:
        if name in new and new.get(name) != old.get(name):
            yield f"{at}: '{name}' changed; look at it yourself"
    for name in EXACT:
        if name in new and new[name] != old.get(name):
            yield f"{at}: '{name}' is new or another"


def _judge_types(old: Schema, new: Schema, at: str) -> Iterator[str]:
    gone = _types(old) - _types(new)
    if "type" in new and gone and not (gone == {"integer"} and "number" in _types(new)):
        yield f"{at}: type {', '.join(sorted(gone))} is not allowed any more"
    if "enum" in new:
        values = [v for v in old.get("enum", ()) if v not in new["enum"]]
        if "enum" not in old:
            yield f"{at}: only some values are allowed now"
        elif values:
            yield f"{at}: {', '.join(map(str, values))} is not allowed any more"


def _types(schema: Schema) -> set[str]:
    kinds = schema.get("type")
    if kinds is None:
        return {"any other"}
    return {kinds} if isinstance(kinds, str) else set(kinds)


def _judge_bounds(old: Schema, new: Schema, at: str) -> Iterator[str]:
    for name, greater_refuses in BOUNDS.items():
        if name not in new:
            continue
        before, after = old.get(name), new[name]
        if before is None or (after > before if greater_refuses else after < before):
            yield f"{at}: {name} is {after} now"


def _judge_members(old: Schema, new: Schema, at: str) -> Iterator[str]:
    root = at.rstrip("/")
    for name in new.get("required", ()):
        if name not in old.get("required", ()):
            yield f"{root}/{name}: is required now"
    members = cast("Mapping[str, Schema]", new.get("properties", {}))
    before = cast("Mapping[str, Schema]", old.get("properties", {}))
    for name, schema in before.items():
        if name in members:
            yield from _breaks(schema, members[name], f"{root}/{name}")
        elif new.get("additionalProperties") is False:
            yield f"{root}/{name}: is not known any more"
    if new.get("additionalProperties") is False and (
        old.get("additionalProperties", True) is not False
    ):
        yield f"{at}: further members are not allowed any more"
