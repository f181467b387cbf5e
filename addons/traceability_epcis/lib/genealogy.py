"""What of a captured event is genealogy: what went into what, or into which container.

| event | edge |
|---|---|
| TransformationEvent | each input → each output; events of one transformationID are one |
| … of thousands | each input → the transformation → each output |
| AggregationEvent, AssociationEvent | each child → the parent, unless it is taken out |

A class without a lot names no thing that could be recalled, and joins nothing.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from .identifiers import canonical, read_trade_item

# More pairs of inputs and outputs than these are told through the transformation itself.
MAX_PAIRS = 10_000
PACKED = frozenset({"AggregationEvent", "AssociationEvent"})


@dataclass(frozen=True)
class Part:
    """What an event names. ``quantity`` is None where it says none.

    :param uri: in its canonical form.
    :param unit: UN/ECE Recommendation 20, empty for pieces.
    """

    uri: str
    quantity: float | None
    unit: str = ""


@dataclass(frozen=True)
class Link:
    """A part that went into something.

    :param quantity: of the part, 0 where nobody says.
    """

    source: Part
    target: str
    quantity: float
    confidence: str = "exact"


def joins(body: Mapping[str, Any]) -> bool:
    """Return whether an event can be genealogy at all."""
    return body.get("type") == "TransformationEvent" or (
        body.get("type") in PACKED and body.get("action") != "DELETE"
    )


def read_links(bodies: Sequence[Mapping[str, Any]]) -> list[Link]:
    """Return the links of one event, or of those that share a transformationID."""
    links = [link for body in bodies for link in _read_packed(body)]
    changed = [body for body in bodies if body.get("type") == "TransformationEvent"]
    inputs = [part for body in changed for part in _read_parts(body, "input")]
    outputs = [part for body in changed for part in _read_parts(body, "output")]
    weights = _weigh(outputs)
    total = sum(weights.values())
    confidence = "exact" if len(weights) == 1 else "allocated"
    if len(inputs) * len(weights) > MAX_PAIRS:
        return links + _link_through_batch(changed, inputs, outputs)
    return links + [
        Link(part, target, (part.quantity or 0.0) * weight / total, confidence)
        for part in inputs
        for target, weight in weights.items()
        if part.uri != target
    ]


def _link_through_batch(
    bodies: Sequence[Mapping[str, Any]], inputs: Iterable[Part], outputs: Iterable[Part]
) -> list[Link]:
    """Everything in went into the transformation, everything out came of it.

    Thousands of each would be millions of pairs, and say no more.
    """
    batch = bodies[0].get("transformationID") or bodies[0]["eventID"]
    whole = Part(canonical(batch), None)
    return [
        *(Link(part, whole.uri, part.quantity or 0.0, "allocated") for part in inputs),
        *(Link(whole, part.uri, part.quantity or 0.0, "allocated") for part in outputs),
    ]


def _read_packed(body: Mapping[str, Any]) -> Iterable[Link]:
    parent = body.get("parentID")
    if body.get("type") not in PACKED or not joins(body) or not parent:
        return []
    target = canonical(parent)
    return [
        Link(part, target, part.quantity or 0.0) for part in _read_parts(body, "child")
    ]


def _read_parts(body: Mapping[str, Any], side: str) -> list[Part]:
    epcs = body.get("childEPCs" if side == "child" else f"{side}EPCList") or ()
    parts = [Part(canonical(uri), 1.0) for uri in epcs]
    for element in body.get(f"{side}QuantityList") or ():
        quantity = element.get("quantity")
        parts.append(
            Part(
                canonical(element["epcClass"]),
                None if quantity is None else float(quantity),
                element.get("uom", ""),
            )
        )
    return [part for part in parts if _names_a_thing(part.uri)]


def _names_a_thing(uri: str) -> bool:
    if uri.startswith("urn:epc:idpat:"):
        return False
    item = read_trade_item(uri)
    return not item or bool(item.lot or item.serial)


def _weigh(outputs: Sequence[Part]) -> dict[str, float]:
    """Return the part of each output: by quantity where all are of one unit."""
    comparable = len({part.unit for part in outputs}) == 1 and all(
        part.quantity for part in outputs
    )
    weights: dict[str, float] = {}
    for part in outputs:
        weight = (part.quantity or 1.0) if comparable else 1.0
        weights[part.uri] = weights.get(part.uri, 0.0) + weight
    return weights
