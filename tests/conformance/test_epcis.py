"""Against GS1's own schema and examples, which are not ours to ship.

``make conformance EPCIS_DATA=<folder>`` names the folder; without it these tests fail.
"""

import json
import os
from pathlib import Path

import pytest
from jsonschema import Draft7Validator, FormatChecker

from tests.unit.libs import load_lib

epcis = load_lib("traceability", "epcis")
NAMESPACE = "https://plant.example.com/id"
PROJECT = Path(__file__).resolve().parents[2]
FOLDER = Path(os.environ.get("EPCIS_DATA") or "EPCIS_DATA-is-not-set")
# The official examples, read by hand once: type → number of events.
EXAMPLES = sorted(FOLDER.glob("*.jsonld"))


@pytest.fixture(scope="module")
def validator():
    schema = json.loads((FOLDER / "EPCIS-JSON-Schema.json").read_text())
    return Draft7Validator(schema, format_checker=FormatChecker())


def load(path):
    return json.loads(path.read_text())


def test_official_files_are_there():
    assert (FOLDER / "EPCIS-JSON-Schema.json").exists(), FOLDER
    assert len(EXAMPLES) >= 5, FOLDER


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_we_read_every_official_example(path):
    document = load(path)
    events = epcis.read_document(document)
    listed = document.get("epcisBody", {}).get("eventList", [document])
    assert [event.type for event in events] == [entry["type"] for entry in listed]
    for event, entry in zip(events, listed, strict=True):
        assert event.event_time == entry["eventTime"]
        assert event.event_id == entry.get("eventID")
        assert event.is_error_declaration is ("errorDeclaration" in entry)
        assert len(event.epcs) == len(entry.get("epcList", [])) + len(
            entry.get("childEPCs", [])
        ) + ("parentID" in entry)
        assert len(event.inputs) == len(entry.get("inputEPCList", [])) + len(
            entry.get("inputQuantityList", [])
        )


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_official_examples_pass_our_own_checks(path):
    assert epcis.check_document(load(path)) == []


def quantity(number, unit="kg", gtin=""):
    return epcis.Quantity(f"ITEM {number}", f"LOT/{number}", 1.5 * number, unit, gtin)


def ledger_events():
    """One event of every kind the ledger knows."""
    for number, (kind, (step, disposition, action)) in enumerate(
        epcis.VOCABULARY.items(), 1
    ):
        for unit, gtin in (("kg", ""), ("Units", "4012345678901")):
            yield epcis.LedgerEvent(
                event_id=f"0b1e3b5e-7a0e-5c1b-9d67-1f0b5a3c2d{number:02d}",
                occurred_at="2026-03-01T12:00:00.000Z",
                recorded_at="2026-03-01T12:00:01.000Z",
                biz_step=step,
                disposition=disposition,
                action=action,
                quantities=[quantity(number, unit, gtin)],
                inputs=[quantity(7), quantity(8)] if kind == "production" else [],
                location="WH/Stock/Shelf 1",
                documents=["WH/IN/00042"],
            )


def test_every_kind_of_event_we_export_is_valid(validator):
    events = [epcis.build_event(event, NAMESPACE) for event in ledger_events()]
    document = epcis.build_document(events, created_at="2026-03-01T13:00:00.000Z")
    assert [error.message for error in validator.iter_errors(document)] == []
    assert epcis.check_document(document) == []


def test_the_schema_is_able_to_refuse(validator):
    event = epcis.build_event(next(iter(ledger_events())), NAMESPACE)
    del event["eventTime"]
    document = epcis.build_document([event], created_at="2026-03-01T13:00:00.000Z")
    assert not validator.is_valid(document)


def test_export_of_the_demo_is_valid_when_there_is_one(validator):
    """The demo leaves its day behind; a fresh clone has none, and nothing to check."""
    runtime = Path(os.environ.get("RUNTIME_DIR") or PROJECT / ".runtime")
    for path in runtime.glob("demo-epcis.json"):
        document = load(path)
        assert document["epcisBody"]["eventList"]
        assert [error.message for error in validator.iter_errors(document)] == []
        assert epcis.check_document(document) == []
