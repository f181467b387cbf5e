"""Looking around in a payload whose shape is not known."""

from collections.abc import Iterator
from typing import Any, cast

# Members that say in words what a code beside them stands for.
NAME_MEMBERS = ("description", "name", "item_name", "text", "title", "label")
DEPTH_MAX = 12


def walk(node: Any, depth: int = 0) -> Iterator[dict[str, Any]]:
    """Yield every JSON object of a payload, the outer ones first."""
    if depth > DEPTH_MAX:
        return
    if isinstance(node, dict):
        members = cast("dict[str, Any]", node)
        yield members
        for value in members.values():
            yield from walk(value, depth + 1)
    elif isinstance(node, list):
        for value in cast("list[Any]", node):
            yield from walk(value, depth + 1)


def find_value_context(payload: Any, value: str) -> dict[str, Any] | None:
    """Return the first object of which a member has this value, padded or not."""
    for members in walk(payload):
        for member in members.values():
            if isinstance(member, str) and member.strip() == value.strip():
                return members
    return None


def find_names(members: dict[str, Any]) -> list[str]:
    """Return what an object says in words about itself, the best first."""
    return [
        members[name]
        for name in NAME_MEMBERS
        if isinstance(members.get(name), str) and members[name]
    ]


def find_members(payload: Any, name: str, limit: int = 200) -> list[str]:
    """Return the different texts of all members with a name, in their order.

    A member may be a text or a list of texts.
    """
    found: dict[str, None] = {}
    for members in walk(payload):
        value = members.get(name)
        texts = cast("list[Any]", value) if isinstance(value, list) else [value]
        found |= dict.fromkeys(text for text in texts if isinstance(text, str) and text)
        if len(found) >= limit:
            break
    return list(found)[:limit]
