"""What a walk over the genealogy found."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal, NamedTuple

Direction = Literal["forward", "backward"]


class Step(NamedTuple):
    """One edge: from a vertex into a vertex, or, where one is None, in or out.

    A vertex is the id of a ``stock.lot`` or, negative, of a ``traceability.node``.

    :param quantity: of ``product_id``, in ``uom_id``.
    """

    edge_id: int
    kind: str
    input_vertex: int | None
    output_vertex: int | None
    quantity: float
    product_id: int | None
    uom_id: int | None
    confidence: str
    move_id: int | None
    picking_id: int | None
    production_id: int | None
    partner_id: int | None
    reference: str | None
    occurred_at: Any


class Reach(NamedTuple):
    """How a vertex was reached first: the distance, and the vertex before it."""

    depth: int
    parent: int | None


@dataclass(frozen=True)
class Trace:
    """Everything that can be reached from some vertices.

    :param rows: columns as in :class:`Step`; plain tuples, for there may be many.
    """

    starts: tuple[int, ...]
    direction: Direction
    rows: Sequence[tuple[Any, ...]]

    @property
    def steps(self) -> Iterator[Step]:
        """The edges, lot to lot and at the borders: receipts, shipments, scrap."""
        return map(Step._make, self.rows)

    @cached_property
    def reached(self) -> dict[int, Reach]:
        """Every vertex with its distance, nearest first; cycles end by themselves."""
        near, far = (2, 3) if self.direction == "forward" else (3, 2)
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

    @cached_property
    def certainty(self) -> dict[int, str]:
        """How sure it is that a vertex is affected, by the surest way to it."""
        return _find_certainty(self.starts, self.direction, self.rows)


RANK = {"exact": 0, "allocated": 1, "assumed": 2}


def _find_certainty(
    starts: Sequence[int], direction: Direction, rows: Sequence[tuple[Any, ...]]
) -> dict[int, str]:
    """Walk the exact edges first, then the allocated ones, then the assumed ones."""
    near, far = (2, 3) if direction == "forward" else (3, 2)
    by_source: dict[int, list[tuple[int, int]]] = {}
    for row in rows:
        if row[near] is not None and row[far] is not None:
            by_source.setdefault(row[near], []).append((row[far], RANK[row[7]]))
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
