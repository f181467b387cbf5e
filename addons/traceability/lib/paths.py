"""Shortest paths through the edges that a walk has reached."""

from collections.abc import Iterable, Sequence


def shortest_paths(
    starts: Sequence[int], edges: Iterable[tuple[int, int | None]]
) -> list[tuple[int, int, list[int]]]:
    """Return every lot with its distance and a path, nearest first.

    :param starts: lots at distance 0.
    :param edges: pairs ``(lot, lot it was reached from)``; None for a start.
    :returns: ``(lot, distance, path from a start to it)``.
    """
    following: dict[int, list[int]] = {}
    for lot, origin in edges:
        if origin is not None:
            following.setdefault(origin, []).append(lot)
    paths: dict[int, list[int]] = {lot: [lot] for lot in starts}
    frontier = list(paths)
    while frontier:
        reached: list[int] = []
        for lot in frontier:
            for neighbour in sorted(following.get(lot, ())):
                if neighbour not in paths:
                    paths[neighbour] = [*paths[lot], neighbour]
                    reached.append(neighbour)
        frontier = reached
    return [(lot, len(path) - 1, path) for lot, path in paths.items()]
