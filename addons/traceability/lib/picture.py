"""The genealogy as a picture has it: nodes, arrows between them, and a size to bear.

A few hundred nodes are drawn one by one, and the web client groups them as the reader
likes. Beyond that the groups are made here, one for each product and stage, so that a lot
with forty thousand descendants is a picture as well.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

# What an end of an arrow is, where it is no lot; and which way the arrow points.
ENDS = {
    "receipt": ("supplier", "in", 1),
    "vendor_return": ("supplier", "in", -1),
    "shipment": ("customer", "out", 1),
    "customer_return": ("customer", "out", -1),
    "scrap": ("scrap", "out", 1),
}


@dataclass(frozen=True)
class Step:
    """One edge of the genealogy.

    :param source: vertex that it leads from, or None at the border; ``target`` likewise.
    :param partner: id of who is at the border, 0 for nobody.
    :param document: ``(model, id)`` or None.
    """

    kind: str
    source: int | None
    target: int | None
    quantity: float
    confidence: str = "exact"
    partner: int = 0
    document: tuple[str, int] | None = None


@dataclass
class Arrow:
    """What leads from one node to another, added up."""

    quantity: float = 0
    returned: float = 0
    confidences: set[str] = field(default_factory=set[str])
    documents: dict[tuple[str, int], None] = field(
        default_factory=dict[tuple[str, int], None]
    )


Arrows = dict[tuple[str, str], Arrow]
CONFIDENCE = ("assumed", "allocated", "exact")


def lot_node(vertex: int) -> str:
    """Return the node of a vertex of the genealogy."""
    return f"lot:{vertex}"


def connect(steps: Iterable[Step], vertices: Mapping[int, Any]) -> Arrows:
    """Add up what leads from node to node; returns are taken off.

    :param vertices: those that are in the picture.
    """
    arrows: Arrows = defaultdict(Arrow)
    for step in steps:
        pair, sign = _find_pair(step, vertices)
        if not pair:
            continue
        arrow = arrows[pair]
        arrow.quantity += sign * step.quantity
        arrow.returned += step.quantity if sign < 0 else 0
        arrow.confidences.add(step.confidence)
        if step.document:
            arrow.documents[step.document] = None
    return dict(arrows)


def _find_pair(
    step: Step, vertices: Mapping[int, Any]
) -> tuple[tuple[str, str] | None, int]:
    own, other = step.source, step.target
    if own is not None and other is not None:
        both = own in vertices and other in vertices
        return (lot_node(own), lot_node(other)) if both else None, 1
    end = ENDS.get(step.kind)
    own = other if own is None else own
    if not end or own is None or own not in vertices:
        return None, 1
    name, way, sign = end
    border = f"{name}:{step.partner}"
    pair = (border, lot_node(own)) if way == "in" else (lot_node(own), border)
    return pair, sign


def write_arrows(arrows: Arrows) -> list[dict[str, Any]]:
    """Return arrows as the web client takes them; the weakest confidence counts."""
    return [
        {
            "from": source,
            "to": target,
            "quantity": round(arrow.quantity, 6),
            "returned": round(arrow.returned, 6),
            "confidence": next(
                (c for c in CONFIDENCE if c in arrow.confidences), "exact"
            ),
            "documents": [list(document) for document in arrow.documents],
        }
        for (source, target), arrow in arrows.items()
    ]


def group(
    nodes: Iterable[Mapping[str, Any]], arrows: Arrows, keep: str
) -> tuple[list[dict[str, Any]], Arrows]:
    """Return groups of lots in place of lots: one for each product and stage.

    :param keep: the node the picture starts at stays on its own.
    """
    groups: dict[str, dict[str, Any]] = {}
    place: dict[str, str] = {}
    for node in nodes:
        if node["kind"] != "lot" or node["id"] == keep:
            groups[node["id"]] = dict(node)
            place[node["id"]] = node["id"]
            continue
        name = f"group:{node['product_id']}:{node['stage']}"
        place[node["id"]] = name
        found = groups.setdefault(
            name,
            {
                "id": name,
                "kind": "group",
                "name": node["product_name"],
                "product": node["product"],
                "product_id": node["product_id"],
                "stage": node["stage"],
                "unit": node["unit"],
                "on_hand": 0.0,
                "count": 0,
                "dispositions": {},
            },
        )
        found["count"] += 1
        found["on_hand"] += node["on_hand"]
        tally = found["dispositions"]
        tally[node["disposition"]] = tally.get(node["disposition"], 0) + 1
    return list(groups.values()), _regroup(arrows, place)


def _regroup(arrows: Arrows, place: Mapping[str, str]) -> Arrows:
    merged: Arrows = defaultdict(Arrow)
    for (source, target), arrow in arrows.items():
        pair = (place.get(source, source), place.get(target, target))
        if pair[0] == pair[1]:
            continue
        found = merged[pair]
        found.quantity += arrow.quantity
        found.returned += arrow.returned
        found.confidences |= arrow.confidences
    return dict(merged)
