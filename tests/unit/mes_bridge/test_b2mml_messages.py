"""A performance in B2MML as messages: ids that stay, an order that stays."""

import pytest

from tests.unit.libs import load_lib

b2mml = load_lib("mes_bridge", "b2mml")
messages = load_lib("mes_bridge", "b2mml_messages")
values = load_lib("mes_bridge", "b2mml_values")


def perform(document_id="BOD-1", sender="mes 3", quantity=1):
    payload = {"order": "MES/1", "quantity": quantity, "unit": "EA"}
    event = b2mml.Event("production.reported", "2026-03-24T06:00:00Z", payload)
    envelope = b2mml.Envelope(sender, "2026-03-24T06:00:00Z", document_id)
    return b2mml.write_performance([event] * 12, envelope)


def test_each_report_is_an_event_of_its_order():
    first, *_rest = events = messages.prepare_messages(perform())
    assert first == {
        "specversion": "1.0",
        "id": "BOD-1-000001",
        "source": "/b2mml/mes%203",
        "type": "production.reported",
        "subject": "MES/1",
        "time": "2026-03-24T06:00:00Z",
        "data": {"order": "MES/1", "quantity": 1.0, "unit": "EA"},
    }
    ids = [event["id"] for event in events]
    assert ids == sorted(ids)
    assert len(set(ids)) == 12


def test_without_an_id_the_content_names_the_document():
    def identify(quantity):
        document = perform(quantity=quantity)
        del document["ProcessOperationsPerformance"]["ApplicationArea"]
        return messages.prepare_messages(document)[0]["id"]

    assert identify(1) == identify(1) != identify(2)


@pytest.mark.parametrize(
    "document",
    [
        None,
        [],
        {},
        {"ProcessOperationsPerformance": []},
        {"ProcessOperationsPerformance": {"DataArea": []}},
        {"ProcessOperationsPerformance": {"DataArea": {"OperationsPerformance": [{}]}}},
    ],
)
def test_what_is_no_performance_is_refused(document):
    with pytest.raises(values.B2mmlError):
        messages.prepare_messages(document)
