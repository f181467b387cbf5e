"""The official schema and examples of EPCIS 2.0 against what we read and write."""

import copy
import json
from datetime import datetime

import pytest

from tests.conformance.conftest import find_documents
from tests.unit.libs import load_lib
from tests.unit.traceability.ledgers import EVERY_KIND, NOW, make_events

epcis = load_lib("traceability", "epcis")

TIMES = ("eventTime", "recordTime")


def read(path):
    return json.loads(path.read_text())


def events_of(document):
    body = document.get("epcisBody", {})
    body = body.get("queryResults", {}).get("resultsBody", body)
    return body.get("eventList", [document])


def meaning(event):
    """Return an event with its times as moments: two spellings mean the same."""
    return event | {
        name: datetime.fromisoformat(event[name]) for name in TIMES if name in event
    }


def test_there_are_examples():
    assert find_documents(valid=True)


def test_official_example_passes_schema(example, find_schema_faults):
    assert find_schema_faults(read(example)) == []


def test_official_example_is_read_and_written_unchanged(example):
    document = read(example)
    written = [epcis.write_event(event) for event in epcis.read_document(document)]
    originals = events_of(document)
    assert [meaning(e) for e in written] == [meaning(e) for e in originals]


def test_official_example_written_by_us_passes_schema(example, find_schema_faults):
    document = read(example)
    events = epcis.read_document(document)
    ours = epcis.build_document(events, created_at=NOW)
    ours["@context"] = document["@context"]
    assert find_schema_faults(ours) == []


@pytest.mark.parametrize(
    ("where", "value"),
    [
        ("bizStep", "shippping"),
        ("bizStep", "urn:epcglobal:cbv:bizstep:shipping"),
        ("bizStep", "https://ref.gs1.org/cbv/BizStep-shippping"),
        ("disposition", "sort_of_fine"),
        ("eventTime", "2026-03-01T10:00:00"),
        ("eventTimeZoneOffset", "CET"),
        ("eventID", "number seven"),
        ("colour", "green"),
        ("acme:colour", "green"),
    ],
)
def test_spoilt_official_example_is_refused(example, where, value):
    document = copy.deepcopy(read(example))
    events_of(document)[0][where] = value
    with pytest.raises(epcis.EpcisError) as caught:
        epcis.read_document(document)
    assert any(where.split("/")[0] in f.pointer for f in caught.value.faults)


def test_invalid_documents_of_the_folder_are_refused(find_schema_faults):
    taken = []
    for path in find_documents(valid=False):
        document = read(path)
        try:
            epcis.read_document(document)
        except epcis.EpcisError:
            continue
        if not find_schema_faults(document):
            taken.append(path.name)
    assert taken == []


@pytest.mark.parametrize("kind", sorted(EVERY_KIND))
def test_our_export_of_every_kind_passes_schema_and_vocabulary(
    kind, find_schema_faults
):
    events = make_events(EVERY_KIND[kind])
    for build in (epcis.build_document, epcis.build_query_document):
        document = json.loads(json.dumps(build(events, created_at=NOW)))
        assert find_schema_faults(document) == []
        assert epcis.read_document(document) == events


def test_export_of_the_demo_passes_schema(find_schema_faults, demo_document):
    assert find_schema_faults(demo_document) == []
    assert epcis.read_document(demo_document) or not events_of(demo_document)
