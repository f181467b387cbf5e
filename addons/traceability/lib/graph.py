"""Shortest ways through a genealogy."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Reach:
    """How a node was reached first: ``depth`` steps from the start, over ``parent``."""

    depth: int
    parent: int | None


def reach(start: Iterable[int], pairs: Iterable[tuple[int, int]]) -> dict[int, Reach]:
    """Return every node that can be reached, nearest first; cycles end by themselves.

    :param pairs: ``(from, to)``, in any order.
    """
    following: dict[int, list[int]] = {}
    for source, target in pairs:
        following.setdefault(source, []).append(target)
    found = {node: Reach(0, None) for node in start}
    level = list(found)
    depth = 0
    while level:
        depth += 1
        ahead: list[int] = []
        for node in level:
            for target in following.get(node, ()):
                if target not in found:
                    found[target] = Reach(depth, node)
                    ahead.append(target)
        level = ahead
    return found


def path_to(node: int, found: Mapping[int, Reach]) -> list[int]:
    """Return one shortest path from a start to ``node``, both included."""
    path = [node]
    while (parent := found[path[-1]].parent) is not None:
        path.append(parent)
    return path[::-1]
