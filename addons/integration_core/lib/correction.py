"""One person's edit of a payload, applied to others that have the same fault."""

from collections.abc import Iterator
from copy import deepcopy
from dataclasses import dataclass
from typing import Any, cast

Path = tuple[str | int, ...]


@dataclass(frozen=True)
class Change:
    """A member whose value was another; a list's places do not matter.

    :param path: member names from the root, with "*" for any place of a list.
    """

    path: tuple[str, ...]
    old: Any
    new: Any


class ShapeError(Exception):
    """Members were added or removed: such an edit fits this one message only."""


def find_changes(before: Any, after: Any) -> list[Change]:
    """Return the values that differ between two payloads of the same shape.

    :raises ShapeError: when members or places were added or removed.
    """
    return list(dict.fromkeys(_compare(before, after, ())))


def _compare(before: Any, after: Any, path: tuple[str, ...]) -> Iterator[Change]:
    if isinstance(before, dict) and isinstance(after, dict):
        old, new = cast("dict[str, Any]", before), cast("dict[str, Any]", after)
        if old.keys() != new.keys():
            raise ShapeError
        for name, value in old.items():
            yield from _compare(value, new[name], (*path, name))
    elif isinstance(before, list) and isinstance(after, list):
        olds, news = cast("list[Any]", before), cast("list[Any]", after)
        if len(olds) != len(news):
            raise ShapeError
        for old, new in zip(olds, news, strict=True):
            yield from _compare(old, new, (*path, "*"))
    elif type(before) is not type(after) or before != after:
        if isinstance(before, (dict, list)) or isinstance(after, (dict, list)):
            raise ShapeError
        yield Change(path, before, after)


def apply_changes(payload: Any, changes: list[Change]) -> Any:
    """Return a copy in which each old value at its path is the new one."""
    result = deepcopy(payload)
    for change in changes:
        _apply(result, change.path, change)
    return result


def _apply(node: Any, path: tuple[str, ...], change: Change) -> None:
    name, rest = path[0], path[1:]
    keys: list[Any] = []
    if isinstance(node, list):
        keys = list(range(len(cast("list[Any]", node)))) if name == "*" else []
    elif isinstance(node, dict) and name in node:
        keys = [name]
    for key in keys:
        if rest:
            _apply(node[key], rest, change)
        elif type(node[key]) is type(change.old) and node[key] == change.old:
            node[key] = change.new
