"""Whether senders of an older contract version can go on under a newer one.

Compares two JSON Schemas (2020-12) at any depth, through local references: required
members, types, values, bounds, members and items. Members that the old version did not
name are nobody's promise: naming them breaks nothing. What cannot be judged
(combinators, patterns, keywords not known here) is named wherever it changed.
"""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, cast

from .references import Root, contains_reference

Schema = Mapping[str, Any]

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
EXACT = ("pattern", "format", "multipleOf", "uniqueItems")
# The first says whether they mean anything; they are judged as one.
GROUPS = (("if", "then", "else"), ("contains", "minContains", "maxContains"))
GROUPED = {name for group in GROUPS for name in group}
JUDGED = {
    *BOUNDS,
    *EXACT,
    *GROUPED,
    *("type", "enum", "const", "required", "dependentRequired", "$ref"),
    *("properties", "additionalProperties", "items", "prefixItems"),
}
# Say something about a schema, and refuse nothing.
ANNOTATIONS = {
    *("title", "description", "default", "examples", "deprecated", "readOnly"),
    *("writeOnly", "contentEncoding", "contentMediaType", "contentSchema"),
    *("$comment", "$schema", "$id", "$defs", "definitions", "$anchor", "$vocabulary"),
}
# What tells ``unevaluated…`` which members and items were looked at already.
EVALUATING = (
    *("allOf", "anyOf", "oneOf", "if", "then", "else", "not", "dependentSchemas"),
    *("patternProperties", "contains", "$ref", "$dynamicRef"),
)
UNEVALUATED = ("unevaluatedProperties", "unevaluatedItems")
ALL_TYPES = {"null", "boolean", "object", "array", "number", "integer", "string"}


def find_breaks(old: Schema, new: Schema, pointer: str = "") -> list[str]:
    """Return why payloads of the old schema may break the new one; empty: they cannot.

    :returns: sentences that begin with the JSON pointer of the member.
    """
    comparison = _Comparison(Root(old), Root(new))
    return list(dict.fromkeys(comparison.judge(old, new, pointer or "/")))


@dataclass
class _Comparison:
    """Two documents, and the pairs of their parts that are being compared already."""

    old_root: Root
    new_root: Root
    seen: set[tuple[str, str]] = field(default_factory=set[tuple[str, str]])

    def judge(self, old: Any, new: Any, at: str) -> Iterator[str]:
        """Yield what breaks; booleans are schemas too."""
        if contains_reference(old) or contains_reference(new):
            # A part that contains itself has been looked at, or is being.
            pair = (_spell(old), _spell(new))
            if pair in self.seen:
                return
            self.seen.add(pair)
        before, after = self.old_root.expand(old), self.new_root.expand(new)
        if before is False or after is True or after == {}:
            return
        if after is False:
            yield f"{at}: is not allowed any more"
            return
        if not isinstance(after, Mapping) or not isinstance(before, Mapping | bool):
            yield f"{at}: is no schema; look at it yourself"
            return
        one = cast(Schema, {} if before is True else before)
        other = cast(Schema, after)
        yield from self._judge_keywords(one, other, at)
        yield from _judge_types(one, other, at)
        yield from _judge_values(one, other, at)
        yield from _judge_bounds(one, other, at)
        yield from _judge_required(one, other, at)
        yield from self._judge_members(one, other, at)
        yield from self._judge_items(one, other, at)

    # Keywords -----------------------------------------------------------------

    def _judge_keywords(self, old: Schema, new: Schema, at: str) -> Iterator[str]:
        for name in new:
            unknown = not (name in JUDGED or name in ANNOTATIONS or name[:2] == "x-")
            if (unknown or name == "$ref") and not self._is_same(name, old, new):
                yield f"{at}: '{name}' changed; look at it yourself"
        for group in GROUPS:
            if group[0] in new and not all(self._is_same(n, old, new) for n in group):
                yield f"{at}: '{group[0]}' changed; look at it yourself"
        for name in EXACT:
            if new.get(name, False) is not False and new[name] != old.get(name):
                yield f"{at}: '{name}' is new or another"
        for name in UNEVALUATED:
            if new.get(name, True) is not True and not all(
                self._is_same(n, old, new) for n in EVALUATING if n in old
            ):
                yield f"{at}: '{name}' covers more now; look at it yourself"

    def _is_same(self, name: str, old: Schema, new: Schema) -> bool:
        """Tell whether a keyword says the same, with all that it refers to."""
        before, after = old.get(name), new.get(name)
        if _spell(before) != _spell(after):
            return False
        if name == "$ref":
            before, after = {"$ref": before}, {"$ref": after}
        return self.old_root.collect(before) == self.new_root.collect(after)

    # Objects ------------------------------------------------------------------

    def _judge_members(self, old: Schema, new: Schema, at: str) -> Iterator[str]:
        root = at.rstrip("/")
        known = cast(Schema, old.get("properties", {}))
        named = cast(Schema, new.get("properties", {}))
        further = _get_further(new)
        for name, schema in known.items():
            if name in named:
                yield from self.judge(schema, named[name], f"{root}/{name}")
            elif further is False and schema is not False:
                yield f"{root}/{name}: is not known any more"
            else:
                yield from self.judge(schema, further, f"{root}/{name}")
        for name in named.keys() - known.keys():
            for promised in _find_promises(old, name):
                yield from self.judge(promised, named[name], f"{root}/{name}")
        yield from self._judge_further(old, new, at)

    def _judge_further(self, old: Schema, new: Schema, at: str) -> Iterator[str]:
        before, after = _get_further(old), _get_further(new)
        if after is True or after == {}:
            return
        if "patternProperties" in old and not self._is_same(
            "patternProperties", old, new
        ):
            yield f"{at}: 'patternProperties' changed; look at it yourself"
        if after is False and before is not False:
            yield f"{at}: further members are not allowed any more"
        elif after is not False and before is True:
            yield f"{at}: further members are restricted now"
        else:
            yield from self.judge(before, after, f"{at.rstrip('/')}/*")

    # Arrays -------------------------------------------------------------------

    def _judge_items(self, old: Schema, new: Schema, at: str) -> Iterator[str]:
        root = at.rstrip("/")
        before, after = _get_prefix(old), _get_prefix(new)
        rest_before = old.get("items", old.get("unevaluatedItems", True))
        rest_after = new.get("items", new.get("unevaluatedItems", True))
        for index in range(max(len(before), len(after))):
            yield from self.judge(
                before[index] if index < len(before) else rest_before,
                after[index] if index < len(after) else rest_after,
                f"{root}/{index}",
            )
        yield from self.judge(rest_before, rest_after, f"{root}/*")


def _judge_types(old: Schema, new: Schema, at: str) -> Iterator[str]:
    gone = _types(old) - _types(new)
    if gone:
        unsaid = "type" not in old and _values(old) is None
        text = "any other" if unsaid else ", ".join(sorted(gone))
        yield f"{at}: type {text} is not allowed any more"


def _types(schema: Schema) -> set[str]:
    kinds = schema.get("type")
    if kinds is None:
        values = _values(schema)
        return ALL_TYPES if values is None else {_type_of(value) for value in values}
    found = {kinds} if isinstance(kinds, str) else set(cast("Sequence[str]", kinds))
    return found | {"integer"} if "number" in found else found


def _type_of(value: Any) -> str:
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, int | float):
        return "integer" if value == int(value) else "number"
    kinds = {str: "string", list: "array", dict: "object"}
    return kinds.get(cast("type[Any]", type(value)), "null")


def _judge_values(old: Schema, new: Schema, at: str) -> Iterator[str]:
    allowed = _values(new)
    if allowed is None:
        return
    before = _values(old)
    spelt = {_spell(value) for value in allowed}
    if before is None:
        yield f"{at}: only some values are allowed now"
    elif gone := [value for value in before if _spell(value) not in spelt]:
        yield f"{at}: {', '.join(map(str, gone))} is not allowed any more"


def _values(schema: Schema) -> list[Any] | None:
    """Return the only values a schema allows, or None."""
    if "const" in schema and "enum" in schema:
        return [v for v in schema["enum"] if _spell(v) == _spell(schema["const"])]
    if "const" in schema:
        return [schema["const"]]
    return list(schema["enum"]) if "enum" in schema else None


def _judge_bounds(old: Schema, new: Schema, at: str) -> Iterator[str]:
    for name, greater_refuses in BOUNDS.items():
        if name not in new:
            continue
        before, after = old.get(name), new[name]
        if before is None or (after > before if greater_refuses else after < before):
            yield f"{at}: {name} is {after} now"


def _judge_required(old: Schema, new: Schema, at: str) -> Iterator[str]:
    root = at.rstrip("/")
    before = set(old.get("required", ()))
    for name in new.get("required", ()):
        if name not in before:
            yield f"{root}/{name}: is required now"
    known = cast(Schema, old.get("dependentRequired", {}))
    for given, names in cast(Schema, new.get("dependentRequired", {})).items():
        for name in names:
            if name not in before and name not in known.get(given, ()):
                yield f"{root}/{name}: is required now where there is {given}"


def _get_further(schema: Schema) -> Any:
    """Return the schema of members that have no name."""
    return schema.get("additionalProperties", schema.get("unevaluatedProperties", True))


def _find_promises(schema: Schema, name: str) -> list[Any]:
    """Return what a schema said about a member that it did not name."""
    patterns = cast(Schema, schema.get("patternProperties", {}))
    matching = [part for text, part in patterns.items() if re.search(text, name)]
    further = _get_further(schema)
    return matching or ([further] if isinstance(further, Mapping) else [])


def _get_prefix(schema: Schema) -> Sequence[Any]:
    return cast("Sequence[Any]", schema.get("prefixItems", ()))


def _spell(value: Any) -> str:
    return json.dumps(value, sort_keys=True)
