import pytest

from tests.unit.libs import load_lib

epcis = load_lib("traceability", "epcis")
NAMESPACE = "https://plant.example.com/id"
LOT = epcis.Quantity("RESIN CLR", "A/7", 12.5, "kg")
GTIN_LOT = epcis.Quantity("X", "L1", 3, "Units", "4012345678901")


def row(**changes):
    values = {
        "event_id": "0b1e3b5e-7a0e-5c1b-9d67-1f0b5a3c2d10",
        "occurred_at": "2026-03-01T12:00:00.000Z",
        "recorded_at": "2026-03-01T12:00:01.000Z",
        "biz_step": "receiving",
        "quantities": [LOT],
    }
    return epcis.LedgerEvent(**values | changes)


def test_own_lot_gets_an_address_of_ours_and_a_gtin_a_digital_link():
    assert epcis.lot_uri(LOT, NAMESPACE) == f"{NAMESPACE}/item/RESIN%20CLR/lot/A%2F7"
    assert epcis.lot_uri(GTIN_LOT, NAMESPACE) == (
        "https://id.gs1.org/01/04012345678901/10/L1"
    )


def test_measures_carry_unece_codes_and_pieces_carry_none():
    event = epcis.build_event(row(quantities=[LOT, GTIN_LOT]), NAMESPACE)
    assert [element.get("uom") for element in event["quantityList"]] == ["KGM", None]


def test_inputs_make_a_transformation_without_an_action():
    event = epcis.build_event(row(inputs=[LOT], biz_step="commissioning"), NAMESPACE)
    assert event["type"] == "TransformationEvent"
    assert "action" not in event
    assert epcis.check_event(event) == []


def test_what_we_build_we_can_read():
    document = epcis.build_document(
        [
            epcis.build_event(row(), NAMESPACE),
            epcis.build_event(row(inputs=[LOT]), NAMESPACE),
        ],
        created_at="2026-03-01T13:00:00Z",
    )
    first, second = epcis.read_document(document)
    assert (first.type, first.biz_step, first.action) == (
        "ObjectEvent",
        "receiving",
        "OBSERVE",
    )
    assert first.classes[0][1:] == (12.5, "KGM")
    assert second.inputs == second.outputs == (epcis.lot_uri(LOT, NAMESPACE),)
    assert epcis.check_document(document) == []


@pytest.mark.parametrize(
    ("changes", "pointer"),
    [
        ({"bizStep": "recieving"}, "/bizStep"),
        ({"disposition": "in_stock"}, "/disposition"),
        ({"bizStep": "urn:epcglobal:cbv:bizstep:nonsense"}, "/bizStep"),
        ({"action": "MOVE"}, "/action"),
        ({"acme:colour": "red"}, "/acme:colour"),
        ({"colour": "red"}, "/colour"),
    ],
)
def test_what_the_schema_lets_pass_is_found(changes, pointer):
    event = epcis.build_event(row(), NAMESPACE) | changes
    assert [fault.pointer for fault in epcis.check_event(event)] == [pointer]


def test_declared_extension_and_foreign_vocabulary_pass():
    event = epcis.build_event(row(), NAMESPACE) | {
        "acme:colour": "red",
        "bizStep": "https://acme.example.com/steps/polishing",
    }
    assert epcis.check_event(event, frozenset({"acme"})) == []


@pytest.mark.parametrize(
    "document", [{}, {"type": "Letter"}, {"type": "EPCISDocument"}]
)
def test_what_is_no_document_is_a_value_error(document):
    with pytest.raises(ValueError, match="neither"):
        epcis.read_document(document)
