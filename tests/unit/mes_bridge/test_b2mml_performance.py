"""What others say in a performance, whole: nothing of it is dropped in silence."""

import json

import pytest
from jsonschema import Draft202012Validator

from tests.unit.libs import ADDONS, load_lib

b2mml = load_lib("mes_bridge", "b2mml")
b2mml_xml = load_lib("mes_bridge", "b2mml_xml")
messages = load_lib("mes_bridge", "b2mml_messages")
values = load_lib("mes_bridge", "b2mml_values")
START, END, POSTED = (f"2026-03-24T0{hour}:00:00Z" for hour in (6, 8, 9))


def material(use="Produced", item=None, quantity=1, **members):
    node = {"MaterialUse": use, "Quantity": [values.write_quantity(quantity, "EA")]}
    return node | ({"MaterialDefinitionID": [item]} if item else {}) | members


def perform(*segments, order="MES/1", **response):
    orders = order if isinstance(order, list) else [order]
    node = {"OperationsRequestID": orders, "SegmentResponse": list(segments)} | response
    data = {"Process": {}, "OperationsPerformance": [{"OperationsResponse": [node]}]}
    return {"ProcessOperationsPerformance": {"DataArea": data}}


def read(document):
    """Read the XML form; what comes out fits the contracts."""
    assert b2mml.read_events(document) == b2mml.read_events(through_xml(document))
    events = b2mml.read_events(document)
    for event in events:
        schema = ADDONS / "mes_bridge/contracts" / event.contract / "1.0.json"
        Draft202012Validator(json.loads(schema.read_text())).validate(event.payload)
    return [(event.contract.removeprefix("production."), event) for event in events]


def through_xml(document):
    return b2mml_xml.from_xml(b2mml_xml.to_xml(document))


def tell(document):
    return [(contract, event.time) for contract, event in read(document)]


def test_product_that_was_made_is_named():
    ((_contract, event),) = read(perform({"MaterialActual": [material(item="OTHER")]}))
    assert event.payload["item"] == "OTHER"


def test_nested_segments_are_read_in_the_place_of_their_parent():
    inner = {"MaterialActual": [material(quantity=2)], "PostingDate": POSTED}
    press = [{"EquipmentID": ["PRESS-4"]}]
    outer = {"ProcessSegmentID": ["Mould"], "EquipmentActual": press}
    document = perform(outer | {"SegmentResponse": [inner, {"SegmentResponse": [inner]}]})
    events = [event for _contract, event in read(document)]
    assert [event.time for event in events] == [POSTED, POSTED]
    for event in events:
        assert event.payload["operation"] == "Mould"
        assert event.payload["work_centre"] == "PRESS-4"


def test_endless_nesting_is_refused():
    segment = {}
    for _ in range(100):
        segment = {"SegmentResponse": [segment]}
    with pytest.raises(values.B2mmlError, match="nests deeper"):
        b2mml.read_events(perform(segment))


@pytest.mark.parametrize(
    ("segment", "told"),
    [
        (
            {"SegmentState": "Completed", "PostingDate": POSTED},
            [("reported", POSTED), ("operation.ended", POSTED)],
        ),
        (
            {"SegmentState": "Running", "PostingDate": POSTED},
            [("operation.started", POSTED), ("reported", POSTED)],
        ),
        (
            {"ActualStartTime": START, "ActualEndTime": END},
            [("operation.started", START), ("reported", END), ("operation.ended", END)],
        ),
        (
            {"SegmentState": "Held", "ActualStartTime": START, "PostingDate": POSTED},
            [("operation.started", START), ("reported", POSTED), ("operation.paused", POSTED)],
        ),
        ({"ActualEndTime": END}, [("reported", END)]),
        ({"SegmentState": "Ready"}, [("reported", None)]),
    ],
)
def test_states_and_times_are_told_beside_materials(segment, told):
    assert tell(perform(segment | {"MaterialActual": [material()]})) == told
    alone = [one for one in told if one[0] != "reported"]
    if "SegmentState" in segment:
        assert tell(perform(segment)) == alone


def test_end_without_materials_is_an_end():
    assert tell(perform({"ActualEndTime": END})) == [("operation.ended", END)]


def test_completed_response_tells_the_totals():
    materials = [
        material(quantity=4, item="FG"),
        material("Consumed", "RM", 8, MaterialLotID=["A"]),
        material("Consumed", "RM", 1.5, MaterialLotID=["B"]),
        material("By-product Produced", "SPRUE", 3),
    ]
    again = [material(quantity=2, item="FG"), material("Consumed", "RM", 2, MaterialLotID=["A"])]
    document = perform(
        {"MaterialActual": materials},
        {"SegmentResponse": [{"MaterialActual": again}]},
        ResponseState="Completed",
        EndTime=END,
    )
    contract, event = read(document)[-1]
    assert (contract, event.time) == ("order.completed", END)
    assert event.payload == {
        "order": "MES/1",
        "good_quantity": 6,
        "unit": "EA",
        "consumed": [
            {"item": "RM", "lot": "A", "quantity": 10, "unit": "EA"},
            {"item": "RM", "lot": "B", "quantity": 1.5, "unit": "EA"},
        ],
    }


LOTS = material(MaterialLotID=["A", "B"])


@pytest.mark.parametrize(
    ("document", "reason"),
    [
        (perform({"MaterialActual": [LOTS]}), "MaterialLotID is there 2 times.*one material"),
        (
            perform({"MaterialActual": [material(MaterialDefinitionID=["X", "Y"])]}),
            "MaterialDefinitionID is there 2 times",
        ),
        (
            perform({"MaterialActual": [material("By-product Produced")]}),
            "MaterialDefinitionID is missing",
        ),
        (perform({"SegmentState": "Aborted"}), "SegmentState 'Aborted'"),
        (perform({}, ResponseState="Aborted"), "ResponseState 'Aborted'"),
        (perform({}, ResponseState="Completed"), "tells what was made in all"),
        (perform({"MaterialActual": [material()]}, order=["A", "B"]), "OperationsResponse for"),
        (
            perform({"SegmentResponse": [{"OperationsRequestID": ["A", "B"]}]}),
            "OperationsRequestID is there 2 times",
        ),
        ({"CancelOperationsPerformance": {}}, "Send production.reversed"),
        ({"SyncOperationsEvent": {}}, "Send a stop as production.downtime"),
        ({"ProcessWorkAlert": {}}, "Send a stop as production.downtime"),
        ({"ProcessOperationsSchedule": {}}, "This is no ProcessOperationsPerformance or Ack"),
    ],
)
def test_what_cannot_be_said_is_refused_with_the_way_out(document, reason):
    with pytest.raises(values.B2mmlError, match=reason):
        messages.prepare_messages(document)


def acknowledge(code, **criteria):
    expression = {"@actionCode": code, "$": "/"} if code else {}
    verb = {
        "OriginalApplicationArea": {"BODID": "MES/1-3"},
        "ResponseCriteria": [{"ResponseExpression": expression} | criteria],
    }
    requests = [{"ID": "MES/1"}, {"ID": "MES/2"}]
    schedule = [{"OperationsRequest": requests}]
    area = {"Sender": {"LogicalID": "mes"}, "CreationDateTime": END, "BODID": "ACK-1"}
    data = {"Acknowledge": verb, "OperationsSchedule": schedule}
    return {"AcknowledgeOperationsSchedule": {"ApplicationArea": area, "DataArea": data}}


def test_answer_of_the_mes_is_an_acknowledgement():
    document = acknowledge("Rejected", ChangeStatus={"Description": "No tool"})
    (contract, first), (_contract, second) = read(document)
    assert (contract, first.time) == ("order.acknowledged", END)
    refused = {"accepted": False, "reason": "No tool"}
    assert first.payload == {"order": "MES/1", "release": 3} | refused
    assert second.payload == {"order": "MES/2"} | refused
    message, *_others = messages.prepare_messages(acknowledge("Accepted"))
    assert (message["id"], message["source"], message["subject"], message["data"]) == (
        "ACK-1-000001",
        "/b2mml/mes",
        "MES/1",
        {"order": "MES/1", "accepted": True, "release": 3},
    )


@pytest.mark.parametrize("code", [None, "Modified"])
def test_answer_that_is_neither_yes_nor_no_is_refused(code):
    with pytest.raises(values.B2mmlError, match="Accepted or Rejected"):
        b2mml.read_events(acknowledge(code))
