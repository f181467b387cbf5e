import pytest

from tests.unit.libs import load_lib

reading = load_lib("traceability_epcis", "reading")
hashes = load_lib("traceability_epcis", "event_hash")
namespaces = load_lib("traceability_epcis", "namespaces")
OWN = {"acme": "https://acme.example.com/epcis/"}


def event(**changes):
    values = {
        "type": "ObjectEvent",
        "eventTime": "2026-03-01T12:00:00.000+01:00",
        "eventTimeZoneOffset": "+01:00",
        "action": "OBSERVE",
        "epcList": ["urn:epc:id:sgtin:0614141.107346.2017"],
    }
    return {k: v for k, v in (values | changes).items() if v is not None}


def document(*events, **changes):
    values = {
        "@context": [namespaces.CONTEXT, OWN],
        "type": "EPCISDocument",
        "schemaVersion": "2.0",
        "creationDate": "2026-03-01T13:00:00Z",
        "epcisBody": {"eventList": list(events)},
    }
    return {k: v for k, v in (values | changes).items() if v is not None}


def pointers(found):
    return [fault.pointer for fault in reading.read_document(found).faults]


SENSOR = {"sensorReport": [{"type": "Temperature", "value": 3.5, "uom": "CEL"}]}
GOOD = {
    "leap second": {"eventTime": "2016-12-31T23:59:60.5Z"},
    "fine fraction": {"eventTime": "2016-12-31T23:59:59.123456789Z"},
    "bare word": {"bizStep": "shipping"},
    "web address": {"bizStep": "https://ref.gs1.org/cbv/BizStep-shipping"},
    "prefix": {"bizStep": "cbv:BizStep-shipping", "disposition": "cbv:Disp-active"},
    "own word": {"bizStep": "https://acme.example.com/steps/polishing"},
    "own word with a prefix": {"bizStep": "acme:polishing"},
    "extension": {"acme:colour": {"acme:code": [1, {"acme:x": None}]}},
    "extension by address": {"https://acme.example.com/epcis/colour": "red"},
    "sensor": {"sensorElementList": [SENSOR]},
    "sensor with gs1 prefix": {
        "sensorElementList": [{"sensorReport": [{"type": "gs1:Temperature"}]}]
    },
    "component by any URI": {
        "sensorElementList": [
            {"sensorReport": [{"type": "Speed", "component": "example:x"}]}
        ]
    },
    "sensors alone": {
        "epcList": None,
        "readPoint": {"id": "geo:52.5,13.3"},
        "sensorElementList": [SENSOR],
    },
    "ilmd": {"action": "ADD", "ilmd": {"cbvmda:lotNumber": "1"}},
    "certification": {"certificationInfo": ["https://a.example.com/c"]},
    "persistent": {"persistentDisposition": {"set": ["completeness_verified"]}},
    "no items": {"epcList": []},
    "own context": {"@context": {"b": "https://b.example.com/"}, "b:c": 1},
    "own type": {"type": "acme:MyEvent", "action": None, "epcList": None},
    "own type with members of its own": {"type": "acme:MyEvent", "colour": 5},
    "any text in an extension": {"acme:a": {"reason": "see: the notes", "N: 1": 1}},
    "context inside": {"acme:a": {"@context": {"b": "https://b.example/"}, "b:c": 1}},
    "a value with its type": {"acme:a": {"@type": "xsd:date", "@value": "2026-03-01"}},
}


@pytest.mark.parametrize("name", GOOD)
def test_what_the_standard_allows_is_read(name):
    found = reading.read_document(document(event(**GOOD[name])))
    assert found.faults == []
    assert found.events[0].keep().event_id


BAD = {
    "no time": ({"eventTime": None}, "/eventTime"),
    "no such day": ({"eventTime": "2026-02-30T12:00:00Z"}, "/eventTime"),
    "before the first year": ({"eventTime": "0001-01-01T00:00:00+14:00"}, "/eventTime"),
    "no zone": ({"eventTime": "2026-03-01T12:00:00"}, "/eventTime"),
    "no offset": ({"eventTimeZoneOffset": None}, "/eventTimeZoneOffset"),
    "no action": ({"action": None}, "/action"),
    "wrong action": ({"action": "MOVE"}, "/action"),
    "unknown step": ({"bizStep": "recieving"}, "/bizStep"),
    "old urn": ({"bizStep": "urn:epcglobal:cbv:bizstep:shipping"}, "/bizStep"),
    "not of the vocabulary": ({"bizStep": "cbv:BizStep-x"}, "/bizStep"),
    "unknown disposition": ({"disposition": "in_stock"}, "/disposition"),
    "undeclared prefix": ({"other:colour": "red"}, "/other:colour"),
    "undeclared inside": ({"acme:a": {"other:b": 1}}, "/acme:a/other:b"),
    "undeclared word": ({"bizStep": "other:polishing"}, "/bizStep"),
    "no prefix": ({"colour": "red"}, "/colour"),
    "not a URI": ({"epcList": ["2017"]}, "/epcList/0"),
    "twice": ({"epcList": ["urn:a:b", "urn:a:b"]}, "/epcList"),
    "of nothing": ({"epcList": None}, ""),
    "ilmd without ADD": ({"ilmd": {"acme:a": 1}}, "/ilmd"),
    "unit": (
        {"quantityList": [{"epcClass": "urn:a:b", "quantity": 1, "uom": "kg"}]},
        "/quantityList/0/uom",
    ),
    "party": (
        {"sourceList": [{"type": "owner", "source": "urn:a:b"}]},
        "/sourceList/0/type",
    ),
    "measure": (
        {"sensorElementList": [{"sensorReport": [{"type": "Heat"}]}]},
        "/sensorElementList/0/sensorReport/0/type",
    ),
    "error reason": (
        {
            "errorDeclaration": {
                "declarationTime": "2026-03-01T12:00:00Z",
                "reason": "x",
            }
        },
        "/errorDeclaration/reason",
    ),
    "long": ({"eventID": f"urn:a:{'b' * 2000}"}, "/eventID"),
    "long moment": ({"eventTime": f"2026-03-01T12:00:00.{'0' * 60}Z"}, "/eventTime"),
    "step of an own type": ({"type": "acme:MyEvent", "bizStep": 5}, "/bizStep"),
    "place of an own type": ({"type": "acme:MyEvent", "readPoint": []}, "/readPoint"),
    "items of an own type": ({"type": "acme:MyEvent", "epcList": 5}, "/epcList"),
    "parent of an association": (
        {"type": "AssociationEvent", "epcList": None, "childEPCs": ["urn:a:b"]},
        "/parentID",
    ),
    "transaction of nothing": ({"type": "TransactionEvent"}, "/bizTransactionList"),
    "transformation with an action": (
        {
            "type": "TransformationEvent",
            "epcList": None,
            "transformationID": "urn:a:b",
            "inputEPCList": ["urn:a:b"],
        },
        "/action",
    ),
}


@pytest.mark.parametrize("name", ["_:document1", "urn:uuid:1", "https://a.example/1"])
def test_a_document_may_have_any_identifier_of_json_ld(name):
    assert reading.read_document(document(event(), id=name)).faults == []
    assert pointers(document(event(), id="document 1")) == ["/id"]


@pytest.mark.parametrize("name", BAD)
def test_what_is_wrong_is_pointed_at(name):
    changes, pointer = BAD[name]
    expected = f"/epcisBody/eventList/0{pointer}"
    assert expected in pointers(document(event(**changes)))


@pytest.mark.parametrize(
    ("changes", "pointer"),
    [
        ({"type": "Letter"}, "/type"),
        ({"schemaVersion": None}, "/schemaVersion"),
        ({"creationDate": "today"}, "/creationDate"),
        ({"@context": None}, "/@context"),
        ({"epcisBody": {}}, "/epcisBody/eventList"),
        ({"epcisBody": {"eventList": {}}}, "/epcisBody/eventList"),
        ({"colour": 1}, "/colour"),
        ({"other:colour": 1}, "/other:colour"),
    ],
)
def test_shell_of_a_document(changes, pointer):
    assert pointer in pointers(document(event(), **changes))


@pytest.mark.parametrize("found", [None, 5, "x", [], {}, {"type": None}, {"type": {}}])
def test_what_is_no_document_is_a_fault(found):
    assert pointers(found)


def test_answers_to_queries_and_single_events_are_documents():
    results = {"queryName": "q", "resultsBody": {"eventList": [event(bizStep="x")]}}
    answer = document(type="EPCISQueryDocument", epcisBody={"queryResults": results})
    assert pointers(answer) == [
        "/epcisBody/queryResults/resultsBody/eventList/0/bizStep"
    ]
    assert pointers(event()) == ["/@context"]
    assert pointers({"@context": namespaces.CONTEXT, **event()}) == []


def test_prefixes_may_be_declared_by_others():
    names = namespaces.Namespaces([{"a": "https://a.example/", "b": "a:b/"}])
    assert names.expand("b:c") == "https://a.example/b/c"


def test_contexts_are_told_together_while_that_means_the_same():
    other = {"other": "https://other.example/"}
    assert namespaces.merge([[OWN], [other]]) == [namespaces.CONTEXT, OWN | other]
    for more in (
        {"@vocab": "https://a.example/"},
        {"colour": "https://a.example/colour"},
        {"colour": {"@id": "acme:colour", "@type": "xsd:integer"}},
        {"acme": "https://b.example/"},
    ):
        assert namespaces.merge([[more], [OWN]]) is None
        assert namespaces.merge([[more], [more]]) == [namespaces.CONTEXT, more]


def test_numbers_are_the_same_however_they_are_written():
    first, second = ({"a": [1e16, True, 1.5]}, {"a": [10**16, True, 1.50]})
    assert reading.sameness(first) == reading.sameness(second)
    assert reading.sameness({"a": True}) != reading.sameness({"a": 1})


def test_a_translated_event_loses_nothing_of_its_identifiers():
    link = "https://example.com/01/04012345123456/10/L1/21/7"
    found = reading.translate(
        event(epcList=[link, "urn:epc:id:sgtin:4012345.012345.7"]),
        "Always_GS1_Digital_Link",
        lambda _digits: 7,
    )
    assert found["epcList"] == [link, "https://id.gs1.org/01/04012345123456/21/7"]


def test_event_hash_does_not_depend_on_how_it_is_written():
    names = namespaces.Namespaces([OWN])
    first = event(bizStep="shipping", **{"acme:a": 1, "acme:b": "x"})
    second = event(
        bizStep="https://ref.gs1.org/cbv/BizStep-shipping",
        eventTime="2026-03-01T11:00:00Z",
        epcList=["https://id.gs1.org/01/10614141073464/21/2017"],
        recordTime="2027-01-01T00:00:00Z",
        eventID="urn:uuid:f81d4fae-7dec-11d0-a765-00a0c91e6bf6",
        **{"acme:b": "x", "https://acme.example.com/epcis/a": 1.0},
    )
    assert hashes.event_hash_id(first, names) == hashes.event_hash_id(second, names)
    other = event(bizStep="shipping", **{"acme:b": "y", "acme:a": 1})
    assert hashes.event_hash_id(first, names) != hashes.event_hash_id(other, names)


def test_pre_hash_text_is_the_reference_implementations():
    """GS1's example 9.6.2, as the reference implementation of CBV 2.0 writes it."""
    names = namespaces.Namespaces([{"example": "http://ns.example.com/epcis/"}])
    example = event(
        eventTime="2013-06-08T14:58:56.591Z",
        eventTimeZoneOffset="+02:00",
        epcList=None,
        bizStep="receiving",
        readPoint={"id": "urn:epc:id:sgln:0614141.00777.0"},
        quantityList=[
            {
                "epcClass": "urn:epc:class:lgtin:4012345.012345.998877",
                "quantity": 200.0,
                "uom": "KGM",
            }
        ],
        **{"example:myField": "Example of a vendor/user extension"},
    )
    assert hashes.pre_hash(example, names) == (
        "eventType=ObjectEventeventTime=2013-06-08T14:58:56.591Z"
        "eventTimeZoneOffset=+02:00quantityListquantityElement"
        "epcClass=https://id.gs1.org/01/04012345123456/10/998877quantity=200uom=KGM"
        "action=OBSERVEbizStep=https://ref.gs1.org/cbv/BizStep-receiving"
        "readPointid=https://id.gs1.org/414/0614141007776"
        "{http://ns.example.com/epcis/}myField=Example of a vendor/user extension"
    )
