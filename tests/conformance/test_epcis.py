"""Against GS1's own schema, which is not ours to ship."""

import copy
import json
import os
import random
from pathlib import Path

import pytest
from jsonschema import Draft7Validator, FormatChecker

from tests.conformance.documents import SCHEMA, VALID, events_of, load, name
from tests.unit.libs import load_lib

kinds = load_lib("traceability_epcis", "kinds")
ledger = load_lib("traceability_epcis", "ledger")
reading = load_lib("traceability_epcis", "reading")
row_id = load_lib("traceability_epcis", "row_id")
vocabulary = load_lib("traceability_epcis", "vocabulary")
STYLE = ledger.Style("https://plant.example.com/id")
PROJECT = Path(__file__).resolve().parents[2]
TRANSFORMED = ("production", "relabel", "unbuild", "repair")
SPOILT = int(os.environ.get("EPCIS_SPOILT", "100"))


@pytest.fixture(scope="module")
def validator():
    checker = FormatChecker()
    # The library knows 'uri' only with a further package.
    checker.checks("uri")(vocabulary.is_uri)
    schema = json.loads(SCHEMA.read_text())
    return Draft7Validator(schema, format_checker=checker)


def quantity(number, unit="kg", gtin="", **values):
    return ledger.Quantity(
        f"ITEM {number}", f"LOT/{number}", 1.5 * number, unit, gtin, **values
    )


def ledger_types():
    return [kinds.PRODUCTION_ORDER, kinds.PURCHASE_ORDER, *kinds.TRANSFER_TYPES.values()]


def ledger_events():
    """One event of every kind the ledger knows, of lots and of serial numbers."""
    for number, kind in enumerate([*ledger.VOCABULARY, "unknown kind"], 1):
        for unit, gtin, serial in (
            ("kg", "", False),
            ("Units", "4012345678901", False),
            ("Units", "", True),
        ):
            yield ledger.LedgerEvent(
                event_id=row_id.row_uuid("database", number),
                occurred_at="2026-03-01T12:00:00.000Z",
                recorded_at="2026-03-01T12:00:01.000Z",
                kind=kind,
                quantities=[quantity(number, unit, gtin, serial=serial)],
                inputs=[quantity(7), quantity(8)] if kind in TRANSFORMED else [],
                location="WH/Input",
                whereabouts="WH/Stock/Shelf 1",
                partner="42",
                documents=[
                    ("", "WH/IN/00042"),
                    *((kind, "P00042") for kind in ledger_types()),
                ],
            )


def test_every_kind_of_event_we_export_is_valid(validator):
    events = [ledger.build_event(event, STYLE) for event in ledger_events()]
    for build in (ledger.build_document, ledger.build_query_document):
        document = build(events, created_at="2026-03-01T13:00:00.000Z")
        assert [error.message for error in validator.iter_errors(document)] == []
        assert reading.read_document(document).faults == []


@pytest.mark.parametrize("path", VALID, ids=name)
def test_documents_that_we_take_pass_the_schema(validator, path):
    document = load(path)
    assert [error.message for error in validator.iter_errors(document)] == []
    assert reading.read_document(document).faults == []


def test_what_the_repository_answers_passes_the_schema(validator, repository):
    for parameters in ({}, {"orderBy": "eventTime"}, {"perPage": 7}):
        document = repository.find(**parameters)
        assert [error.message for error in validator.iter_errors(document)] == []


STRANGE = [None, "", "x", "a b:c", 5, -1.5, True, [], {}, [[]], ["x", "x"], {"x": 1}]


def spoil(node, chance):
    """Change one thing somewhere: take it away, double it, or put nonsense there."""
    places = [
        (node, key) for key in (node if isinstance(node, dict) else range(len(node)))
    ]
    parent, key = chance.choice(places)
    value = parent[key]
    if isinstance(value, dict | list) and value and chance.random() < 0.8:
        spoil(value, chance)
    elif chance.random() < 0.4:
        del parent[key]
    elif isinstance(parent, dict) and chance.random() < 0.3:
        parent[chance.choice(["colour", "example:x", f"{key}x"])] = value
    else:
        parent[key] = chance.choice(STRANGE)


@pytest.mark.parametrize("path", VALID, ids=name)
def test_nothing_the_schema_refuses_is_taken(validator, path):
    document = load(path)
    for seed in range(SPOILT):
        spoilt = copy.deepcopy(document)
        spoil(spoilt, random.Random(seed))
        faults = reading.read_document(spoilt).faults
        if not validator.is_valid(spoilt):
            assert faults, (seed, list(validator.iter_errors(spoilt))[0].message)
        for read in reading.read_document(spoilt).events:
            if not faults:
                read.keep()


def test_export_of_the_demo_is_valid_when_there_is_one(validator):
    """The demo leaves its day behind; a fresh clone has none, and nothing to check."""
    runtime = Path(os.environ.get("RUNTIME_DIR") or PROJECT / ".runtime")
    for path in runtime.glob("demo-epcis.json"):
        document = load(path)
        assert events_of(document)
        assert [error.message for error in validator.iter_errors(document)] == []
        assert reading.read_document(document).faults == []
