"""Local references of a JSON Schema (2020-12, 8.2.3): ``#``, and pointers below it."""

from collections.abc import Iterator, Mapping
from typing import Any, cast
from urllib.parse import unquote

# What may stand beside a reference and refuses nothing.
REMARKS = ("title", "description", "default", "examples", "deprecated", "$comment")


class Root:
    """A document, and what its references lead to."""

    def __init__(self, document: Any) -> None:
        """Take the document that local references point into."""
        self.document = document
        name = (
            cast("Mapping[str, Any]", document).get("$id")
            if isinstance(document, Mapping)
            else None
        )
        self.address = name.partition("#")[0] if isinstance(name, str) else ""

    def expand(self, schema: Any) -> Any:
        """Return a schema with its own reference replaced by what it leads to.

        What leads elsewhere, nowhere or in a circle stays, and so does one with keywords
        beside it that the target has too.
        """
        followed: set[str] = set()
        while isinstance(schema, Mapping) and "$ref" in schema:
            here = cast("Mapping[str, Any]", schema)
            reference = here["$ref"]
            target = self._find(reference)
            if target is None or reference in followed:
                break
            followed.add(reference)
            beside = {
                name: value
                for name, value in here.items()
                if name != "$ref" and name not in REMARKS
            }
            if not beside:
                schema = target
            elif isinstance(target, Mapping):
                known = cast("Mapping[str, Any]", target)
                if beside.keys() & known.keys():
                    break
                schema = {**known, **beside}
            else:
                break
        return cast("Any", schema)

    def collect(self, value: Any) -> dict[str, Any]:
        """Return all that a part of the document refers to, however far, by reference."""
        found: dict[str, Any] = {}
        waiting = [value]
        while waiting:
            for reference in _walk(waiting.pop()):
                if reference not in found:
                    found[reference] = self._find(reference)
                    waiting.append(found[reference])
        return found

    def _find(self, reference: Any) -> Any:
        """Return what a reference points to, or None."""
        if not isinstance(reference, str):
            return None
        place, _, pointer = reference.partition("#")
        if place not in ("", self.address) or (pointer and pointer[0] != "/"):
            return None
        value = self.document
        for part in pointer.split("/")[1:]:
            name = unquote(part).replace("~1", "/").replace("~0", "~")
            if isinstance(value, Mapping):
                value = cast("Mapping[str, Any]", value).get(name)
            elif isinstance(value, list) and name.isdigit():
                items = cast("list[Any]", value)
                value = items[int(name)] if int(name) < len(items) else None
            else:
                return None
        return value


def contains_reference(schema: Any) -> bool:
    """Return whether a schema is itself a reference."""
    return isinstance(schema, Mapping) and "$ref" in schema


def _walk(value: Any) -> Iterator[Any]:
    """Yield every reference in a value."""
    waiting = [value]
    while waiting:
        node = waiting.pop()
        if isinstance(node, Mapping):
            members = cast("Mapping[str, Any]", node)
            if isinstance(members.get("$ref"), str):
                yield members["$ref"]
            waiting += members.values()
        elif isinstance(node, list):
            waiting += cast("list[Any]", node)
