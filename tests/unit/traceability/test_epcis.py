import copy
from datetime import UTC, datetime

import pytest

from tests.unit.libs import load_lib
from tests.unit.traceability.ledgers import EVERY_KIND, NOW, make_events

epcis = load_lib("traceability", "epcis")
ledger = load_lib("traceability", "ledger")

EVENT = {
    "type": "ObjectEvent",
    "eventTime": "2026-03-02T07:12:09.000Z",
    "eventTimeZoneOffset": "+01:00",
    "action": "OBSERVE",
    "bizStep": "shipping",
    "quantityList": [
        {"epcClass": "https://id.example.com/lot/1", "quantity": 5, "uom": "KGM"}
    ],
}


def test_a_faultless_event_has_no_faults():
    assert epcis.check_event(EVENT) == []


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"type": "Happening"}, "/type"),
        ({"action": "LOOK"}, "/action"),
        ({"action": None}, "/action"),
        ({"bizStep": "shippping"}, "/bizStep"),
        ({"bizStep": "https://ns.gs1.org/cbv/BizStep-shipping"}, "/bizStep"),
        ({"disposition": "gone"}, "/disposition"),
        ({"persistentDisposition": {"set": ["gone"]}}, "/persistentDisposition/set/0"),
        ({"eventTime": "2026-03-02T07:12:09"}, "/eventTime"),
        ({"recordTime": "yesterday"}, "/recordTime"),
        ({"eventTimeZoneOffset": "+14:30"}, "/eventTimeZoneOffset"),
        ({"eventID": "17"}, "/eventID"),
        ({"epcList": ["urn:x:1", "urn:x:1"]}, "/epcList"),
        ({"epcList": ["urn:epc:id:sgtin"]}, "/epcList/0"),
        ({"readPoint": {"id": "dock 4"}}, "/readPoint/id"),
        ({"quantityList": [{"epcClass": "A"}]}, "/quantityList/0/epcClass"),
        (
            {"quantityList": [{"epcClass": "urn:x:1", "quantity": -1}]},
            "/quantityList/0/quantity",
        ),
        (
            {"quantityList": [{"epcClass": "urn:x:1", "uom": "KGM"}]},
            "/quantityList/0/uom",
        ),
        (
            {"quantityList": [{"epcClass": "urn:x:1", "quantity": 1, "uom": "kilo"}]},
            "/quantityList/0/uom",
        ),
        (
            {"bizTransactionList": [{"type": "bill", "bizTransaction": "urn:x:1"}]},
            "/bizTransactionList/0/type",
        ),
        ({"sourceList": [{"type": "me", "source": "urn:x:1"}]}, "/sourceList/0/type"),
        ({"errorDeclaration": {"reason": "oops"}}, "/errorDeclaration/reason"),
        ({"quantityList": []}, ""),
        ({"ilmd": {"cbvmda:lotNumber": "1"}}, "/ilmd"),
        ({"colour": "green"}, "/colour"),
        ({"acme:colour": "green"}, "/acme:colour"),
        ({"type": "TransformationEvent"}, "/action"),
    ],
)
def test_faults_are_named_where_they_are(change, pointer):
    assert pointer in [fault.pointer for fault in epcis.check_event(EVENT | change)]


@pytest.mark.parametrize(
    "change",
    [
        {"bizStep": "https://acme.example/steps/painting"},
        {"bizStep": "https://ref.gs1.org/cbv/BizStep-shipping"},
        {"https://acme.example/colour": "green"},
        {"@context": [{"acme": "https://acme.example/"}], "acme:colour": "green"},
        {"quantityList": [{"epcClass": "urn:x:1"}]},
    ],
)
def test_words_of_ones_own_are_fine_under_ones_own_name(change):
    assert epcis.check_event(EVENT | change) == []


def test_a_transformation_names_both_sides_or_what_it_belongs_to():
    event = {
        "type": "TransformationEvent",
        "eventTime": EVENT["eventTime"],
        "eventTimeZoneOffset": "+00:00",
        "inputQuantityList": EVENT["quantityList"],
    }
    assert [f.pointer for f in epcis.check_event(event)] == ["/outputQuantityList"]
    assert epcis.check_event(event | {"transformationID": "urn:x:9"}) == []


def test_one_bad_event_refuses_the_document_and_says_which():
    document = epcis.build_document([], created_at=NOW)
    bad = copy.deepcopy(EVENT) | {"bizStep": "shippping"}
    document["epcisBody"]["eventList"] = [EVENT, bad]
    with pytest.raises(epcis.EpcisError) as caught:
        epcis.read_document(document)
    assert [f.pointer for f in caught.value.faults] == [
        "/epcisBody/eventList/1/bizStep"
    ]


@pytest.mark.parametrize(
    "document",
    [
        None,
        [],
        "EPCISDocument",
        {},
        {"type": "EPCISDocument"},
        {"type": "EPCISDocument", "schemaVersion": "1.2"},
        {"type": "EPCISDocument", "schemaVersion": "2.0", "epcisBody": []},
        {
            "type": "EPCISDocument",
            "schemaVersion": "2.0",
            "epcisBody": {"eventList": ["event"]},
        },
        EVENT | {"readPoint": "dock"},
        EVENT | {"quantityList": "many"},
        EVENT | {"bizTransactionList": [None]},
        EVENT | {"epcList": 7},
    ],
)
def test_what_is_no_document_is_refused_and_not_a_crash(document):
    with pytest.raises(epcis.EpcisError):
        epcis.read_document(document)


def test_moments_are_written_in_utc():
    assert epcis.write_moment(datetime(2026, 3, 2, 7)) == "2026-03-02T07:00:00.000Z"
    moment = datetime.fromisoformat("2026-03-02T08:00:00.123456+01:00")
    assert epcis.write_moment(moment) == "2026-03-02T07:00:00.123456Z"


@pytest.mark.parametrize("kind", sorted(EVERY_KIND))
def test_events_of_every_kind_are_faultless_and_read_back(kind):
    for event in make_events(EVERY_KIND[kind]):
        written = epcis.write_event(event)
        assert epcis.check_event(written) == []
        assert epcis.read_event(written) == event


def test_every_kind_of_the_ledger_is_tested():
    assert set(ledger.KINDS) <= set(EVERY_KIND)


def test_what_is_shipped_is_no_longer_at_our_place():
    shipment = make_events(EVERY_KIND["shipment"])[0]
    assert shipment.read_point
    assert shipment.biz_location is None
    assert shipment.destinations[0][1].endswith("/partner/9")


def test_production_is_a_transformation_with_quantities_and_serials():
    event = make_events(EVERY_KIND["production"])[0]
    assert event.type == "TransformationEvent"
    assert len(event.inputs.quantities) == 2
    assert event.outputs.epcs == ("urn:epc:id:sgtin:4012345.011111.17",)
    assert event.transactions[0][0] == "prodorder"


def test_lines_of_one_lot_are_added_up():
    rows = EVERY_KIND["receipt"] * 2
    event = ledger.build_event(rows, namespace="https://id.example.com")
    assert [part.quantity for part in event.items.quantities] == [51.0]


def test_ids_are_the_same_again_but_not_in_another_database():
    assert ledger.make_uuid("a", "receipt:line:1") == ledger.make_uuid(
        "a", "receipt:line:1"
    )
    assert ledger.make_uuid("a", "receipt:line:1") != ledger.make_uuid(
        "b", "receipt:line:1"
    )


def test_declaring_an_error_repeats_the_event_and_names_the_right_one():
    event = make_events(EVERY_KIND["receipt"])[0]
    declared = datetime(2026, 3, 3, tzinfo=UTC)
    wrong = ledger.declare_error(event, declared_at=declared, corrected_by="b")
    assert wrong.event_id == event.event_id
    assert wrong.error == {
        "declarationTime": "2026-03-03T00:00:00.000Z",
        "reason": "incorrect_data",
        "correctiveEventIDs": ["urn:uuid:b"],
    }
