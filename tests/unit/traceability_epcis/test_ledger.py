import pytest

from tests.unit.libs import load_lib

ledger = load_lib("traceability_epcis", "ledger")
reading = load_lib("traceability_epcis", "reading")
row_id = load_lib("traceability_epcis", "row_id")
urn = load_lib("traceability_epcis", "urn")
STYLE = ledger.Style("https://plant.example.com/id")
LOT = ledger.Quantity("RESIN CLR", "A/7", 12.5, "kg")
GTIN_LOT = ledger.Quantity("X", "L1", 3, "Units", "4012345678901")
SERIAL = ledger.Quantity("X", "S1", 1, "Units", "4012345678901", serial=True)


def row(**changes):
    values = {
        "event_id": "0b1e3b5e-7a0e-5c1b-9d67-1f0b5a3c2d10",
        "occurred_at": "2026-03-01T12:00:00.000Z",
        "recorded_at": "2026-03-01T12:00:01.000Z",
        "kind": "receipt",
        "quantities": [LOT],
    }
    return ledger.LedgerEvent(**values | changes)


def check(*events):
    document = ledger.build_document(events, created_at="2026-03-01T13:00:00Z")
    return reading.read_document(document).faults


def test_own_lot_gets_an_address_of_ours_and_a_gtin_a_digital_link():
    own = "https://plant.example.com/id/item/RESIN%20CLR/lot/A%2F7"
    assert STYLE.lot(LOT) == own
    assert STYLE.lot(GTIN_LOT) == "https://id.gs1.org/01/04012345678901/10/L1"
    assert STYLE.read_lot(own) == ("RESIN CLR", "A/7", False)
    assert STYLE.read_lot(STYLE.lot(SERIAL)) == ("04012345678901", "S1", True)
    assert STYLE.read_lot("https://elsewhere.example.com/item/a/lot/b") is None


def test_company_may_want_urns():
    style = ledger.Style("https://a", "urn", urn.find_prefix_length(["4012345"]))
    assert style.lot(GTIN_LOT) == "urn:epc:class:lgtin:4012345.067890.L1"


def test_measures_carry_unece_codes_and_pieces_carry_none():
    event = ledger.build_event(row(quantities=[LOT, GTIN_LOT]), STYLE)
    assert [element.get("uom") for element in event["quantityList"]] == ["KGM", None]


def test_serials_are_instances():
    event = ledger.build_event(row(quantities=[SERIAL]), STYLE)
    assert event["epcList"] == ["https://id.gs1.org/01/04012345678901/21/S1"]
    assert "quantityList" not in event


def test_inputs_make_a_transformation_without_an_action():
    event = ledger.build_event(row(inputs=[LOT, SERIAL], kind="production"), STYLE)
    assert event["type"] == "TransformationEvent"
    assert "action" not in event
    assert event["inputEPCList"]
    assert check(event) == []


@pytest.mark.parametrize("kind", [*ledger.VOCABULARY, "something new"])
def test_every_kind_is_a_valid_event(kind):
    event = ledger.build_event(
        row(
            kind=kind,
            partner="7",
            location="WH/Input",
            whereabouts="WH/Stock",
            documents=[("recadv", "WH/IN/1"), ("", "X")],
        ),
        STYLE,
    )
    assert check(event) == []


def test_event_ids_say_which_row_they_are():
    name = row_id.row_uuid("a-database", 4711)
    assert row_id.read_row("a-database", f"urn:uuid:{name}") == 4711
    assert row_id.read_row("another", f"urn:uuid:{name}") is None
    assert row_id.read_row("a-database", "urn:uuid:nonsense") is None


def test_what_was_counted_is_added_or_deleted():
    found, missing = (
        ledger.build_event(
            row(kind="adjustment", quantities=[ledger.Quantity("A", "L", number)]),
            STYLE,
        )
        for number in (5, -5)
    )
    assert (found["action"], missing["action"]) == ("ADD", "DELETE")
    assert missing["quantityList"][0]["quantity"] == 5


def test_corrected_row_is_declared_an_error():
    event = ledger.build_event(
        row(corrected_at="2026-03-02T12:00:00.000Z", corrected_by="abc"), STYLE
    )
    assert event["errorDeclaration"]["correctiveEventIDs"] == ["urn:uuid:abc"]
    assert check(event) == []


def test_what_was_corrected_to_nothing_did_not_occur():
    event = ledger.build_event(row(corrected_at="2026-03-02T00:00:00.000Z"), STYLE)
    assert event["errorDeclaration"] == {
        "declarationTime": "2026-03-02T00:00:00.000Z",
        "reason": "did_not_occur",
    }
    assert check(event) == []


@pytest.mark.parametrize("kind", ["relabel", "unbuild", "repair"])
def test_lots_that_became_others_are_transformations(kind):
    event = ledger.build_event(row(inputs=[LOT], kind=kind), STYLE)
    assert event["type"] == "TransformationEvent"
    assert check(event) == []


def test_event_says_where_it_took_place_where_the_lot_is_and_why():
    event = ledger.build_event(
        row(
            location="WH/Input",
            whereabouts="WH/Stock",
            documents=[("recadv", "WH/IN/1"), ("po", "P1"), ("", "X")],
        ),
        STYLE,
    )
    own = "https://plant.example.com/id"
    assert event["readPoint"] == {"id": f"{own}/location/WH%2FInput"}
    assert event["bizLocation"] == {"id": f"{own}/location/WH%2FStock"}
    assert event["bizTransactionList"] == [
        {"type": "recadv", "bizTransaction": f"{own}/document/WH%2FIN%2F1"},
        {"type": "po", "bizTransaction": f"{own}/document/P1"},
        {"bizTransaction": f"{own}/document/X"},
    ]


def test_what_left_or_went_in_is_at_no_place_of_ours():
    event = ledger.build_event(row(kind="shipment", location="WH/Stock"), STYLE)
    assert "bizLocation" not in event
    assert "bizTransactionList" not in event
