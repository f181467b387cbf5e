"""What schedule and performance have in common: words, envelope, material."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from .b2mml_values import B2mmlError, get_list, get_text, write_quantity

RELEASE = "B2MML-V0700"
TYPE = "Production"

PRODUCED, BYPRODUCT, CONSUMED, SCRAPPED = (
    "Produced",
    "By-product Produced",
    "Consumed",
    "Scrapped",
)
# What others write for the same; V7 keeps the older words beside the newer ones.
USES = {
    "Produced": PRODUCED,
    "Material Produced": PRODUCED,
    "Yield Produced": PRODUCED,
    "Co-product Produced": BYPRODUCT,
    "By-product Produced": BYPRODUCT,
    "Consumed": CONSUMED,
    "Material Consumed": CONSUMED,
    "Scrapped": SCRAPPED,
}

@dataclass(frozen=True)
class Envelope:
    """Who writes a document, and when.

    :param created_at: RFC 3339; :param document_id: the BOD's id, the same when it is
        written again.
    """

    sender: str
    created_at: str
    document_id: str

    def as_area(self) -> dict[str, Any]:
        """Return the ``ApplicationArea``."""
        return {
            "Sender": {"LogicalID": self.sender},
            "CreationDateTime": self.created_at,
            "BODID": self.document_id,
        }


@dataclass(frozen=True)
class Event:
    """One report.

    :param contract: its code; :param time: RFC 3339, None when nobody said so.
    """

    contract: str
    time: str | None
    payload: dict[str, Any]


def wrap(
    verb: str, noun: str, content: dict[str, Any], envelope: Envelope
) -> dict[str, Any]:
    """Return the document of a verb and a noun, with who wrote it."""
    return {
        f"{verb}{noun}": {
            "@releaseID": RELEASE,
            "ApplicationArea": envelope.as_area(),
            "DataArea": {verb: {}, noun: [content]},
        }
    }


def unwrap(document: Mapping[str, Any], verb: str, noun: str) -> list[Mapping[str, Any]]:
    """Return what a document says of its noun.

    :raises B2mmlError: when it is not there.
    """
    area = document[f"{verb}{noun}"]
    data = area.get("DataArea") if isinstance(area, Mapping) else None
    found = get_list(data, noun) if isinstance(data, Mapping) else []
    if not found:
        raise B2mmlError(f"{verb}{noun}: DataArea/{noun} is missing.")
    return found


def write_material(
    identity: str, item: str | None, lot: str | None, quantity: float, unit: str, use: str
) -> dict[str, Any]:
    """Return a material, needed or actual."""
    material: dict[str, Any] = {"ID": identity}
    if item:
        material["MaterialDefinitionID"] = [item]
    if lot:
        material["MaterialLotID"] = [lot]
    if use == SCRAPPED:
        material["MaterialUse"] = {"@OtherValue": SCRAPPED, "$": "Other"}
    else:
        material["MaterialUse"] = use
    return material | {"Quantity": [write_quantity(quantity, unit)]}


def read_use(material: Mapping[str, Any]) -> str:
    """Return what became of a material, in the newer words.

    :raises B2mmlError: for a use that our contracts have no word for.
    """
    value = material.get("MaterialUse")
    text = get_text(material, "MaterialUse")
    if text == "Other" and isinstance(value, Mapping):
        text = value.get("@OtherValue")
    use = USES.get(text or "")
    if use is None:
        raise B2mmlError(f"MaterialUse {text!r} cannot be said in our contracts.")
    return use


def get_single(node: Mapping[str, Any], name: str, way_out: str) -> str | None:
    """Return the text of a member that may be repeated in B2MML, and not for us.

    :param way_out: how to say it instead.
    :raises B2mmlError: when it is there more than once.
    """
    value = node.get(name)
    if isinstance(value, list) and len({str(entry) for entry in value}) > 1:
        where = get_text(node, "ID") or "The document"
        raise B2mmlError(f"{where}: {name} is there {len(value)} times. {way_out}")
    return get_text(node, name)


def get_item(material: Mapping[str, Any]) -> str | None:
    """Return the product of a material.

    :raises B2mmlError: when there are several.
    """
    return get_single(
        material, "MaterialDefinitionID", "Write one material for each of them."
    )


def get_lot(material: Mapping[str, Any]) -> str | None:
    """Return the lot of a material.

    :raises B2mmlError: when there are several: which of them has how much?
    """
    return get_single(
        material,
        "MaterialLotID",
        "Which lot has how much of the quantity? Write one material for each of them.",
    )
