"""What a walk over the genealogy found."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal, NamedTuple

Direction = Literal["forward", "backward"]


# A path longer than this is told by where it starts and how it ends.
SHOWN = 12


class Step(NamedTuple):
    """One edge: from a vertex into a vertex, or, where one is None, in or out.

    A vertex is the id of a ``stock.lot`` or, negative, of a ``traceability.node``.

    :param quantity: of ``product_id``, in that product's unit.
    """

    input_vertex: int | None
    output_vertex: int | None
    confidence: str
    edge_id: int
    kind: str
    quantity: float
    product_id: int | None
    move_id: int | None
    picking_id: int | None
    production_id: int | None
    partner_id: int | None


class Reach(NamedTuple):
    """How a vertex was reached first: the distance, and the vertex before it."""

    depth: int
    parent: int | None


@dataclass(frozen=True)
class Closure:
    """What can be reached from some vertices.

    :param rows: ``(input vertex, output vertex, confidence, …)``; plain tuples, for there
        may be many.
    """

    starts: tuple[int, ...]
    direction: Direction
    rows: Sequence[tuple[Any, ...]]

    @cached_property
    def reached(self) -> dict[int, Reach]:
        """Every vertex with its distance, nearest first; cycles end by themselves."""
        near, far = _get_ends(self.direction)
        following: dict[int, list[int]] = {}
        for row in self.rows:
            if row[near] is not None and row[far] is not None:
                following.setdefault(row[near], []).append(row[far])
        found = {vertex: Reach(0, None) for vertex in self.starts}
        frontier = list(found)
        depth = 0
        while frontier:
            depth += 1
            ahead: list[int] = []
            for vertex in frontier:
                for target in following.get(vertex, ()):
                    if target not in found:
                        found[target] = Reach(depth, vertex)
                        ahead.append(target)
            frontier = ahead
        return found

    @property
    def lot_ids(self) -> list[int]:
        return [vertex for vertex in self.reached if vertex > 0]

    @property
    def node_ids(self) -> list[int]:
        """Batches without a lot of ours: untracked, or of another company's system."""
        return [-vertex for vertex in self.reached if vertex < 0]

    def path_to(self, vertex: int) -> list[int]:
        """Return one shortest way from a start to a vertex, both included."""
        path = [vertex]
        while (parent := self.reached[path[-1]].parent) is not None:
            path.append(parent)
        return path[::-1]

    def describe_paths(self, names: Mapping[int, str]) -> dict[int, str]:
        """Return one shortest way to each vertex in words, ``R1 → B1 → F1``."""
        ways: dict[int, tuple[str, ...]] = {}
        for vertex, (_depth, parent) in self.reached.items():
            way = (names[vertex],)
            if parent is not None:
                way = (*ways[parent], *way)
            if len(way) > SHOWN:
                way = (way[0], "…", *way[2 - SHOWN :])
            ways[vertex] = way
        return {vertex: " → ".join(way) for vertex, way in ways.items()}

    @cached_property
    def certainty(self) -> dict[int, str]:
        """How sure it is that a vertex is affected, by the surest way to it."""
        return _find_certainty(self.starts, self.direction, self.rows)


@dataclass(frozen=True)
class Trace(Closure):
    """A closure with what happened on the way.

    :param rows: columns as in :class:`Step`.
    """

    @property
    def steps(self) -> Iterator[Step]:
        """The edges, lot to lot and at the borders: receipts, shipments, scrap."""
        return map(Step._make, self.rows)

    @property
    def edge_ids(self) -> list[int]:
        return [row[3] for row in self.rows]


RANK = {"exact": 0, "allocated": 1, "assumed": 2}


def _get_ends(direction: Direction) -> tuple[int, int]:
    return (0, 1) if direction == "forward" else (1, 0)


def _find_certainty(
    starts: Sequence[int], direction: Direction, rows: Sequence[tuple[Any, ...]]
) -> dict[int, str]:
    """Walk the exact edges first, then the allocated ones, then the assumed ones."""
    near, far = _get_ends(direction)
    by_source: dict[int, list[tuple[int, int]]] = {}
    for row in rows:
        if row[near] is not None and row[far] is not None:
            by_source.setdefault(row[near], []).append((row[far], RANK[row[2]]))
    found: dict[int, str] = {}
    names = list(RANK)
    frontiers: list[list[int]] = [list(starts), [], []]
    for rank in range(len(names)):
        frontier = frontiers[rank]
        while frontier:
            vertex = frontier.pop()
            if vertex in found:
                continue
            found[vertex] = names[rank]
            for target, edge_rank in by_source.get(vertex, ()):
                if target not in found:
                    frontiers[max(rank, edge_rank)].append(target)
    return found
