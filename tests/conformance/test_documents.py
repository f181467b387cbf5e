"""Documents of others, seen and unseen: captured, stored and returned as they were meant.

Any folder of documents will do; one named ``Invalid`` must be refused.
"""

import json

import pytest

from tests.conformance.documents import (
    DOCUMENTS,
    FOLDER,
    INVALID,
    VALID,
    events_of,
    load,
    name,
)
from tests.unit.libs import load_lib

CONFLICT = 409
reading = load_lib("traceability_epcis", "reading")
namespaces = load_lib("traceability_epcis", "namespaces")


def test_there_are_documents():
    assert DOCUMENTS, FOLDER


def expected(event):
    """Return what must come back: the repository says when it recorded an event."""
    return {k: v for k, v in event.items() if k not in ("recordTime", "@context")}


def find_namespaces(document, event):
    """Return what the prefixes of an event lead to."""
    parts = namespaces.own_parts(document.get("@context"), event.get("@context"))
    return namespaces.Namespaces(parts).prefixes


@pytest.mark.parametrize("path", VALID, ids=name)
def test_document_is_captured_and_returned_unchanged_in_meaning(repository, path):
    document = load(path)
    body = path.read_bytes().removeprefix(b"\xef\xbb\xbf")
    path_of = "/capture" if "epcisBody" in document else "/events"
    answer = repository.post(path_of, body)
    if answer.status_code == CONFLICT:
        # Documents that know nothing of each other may use an id twice.
        repository = repository.make_another()
        answer = repository.post(path_of, body)
    assert answer.status_code in (201, 202), answer.text
    # Under the ids that an event without one is given.
    for event, read in zip(
        events_of(document), reading.read_document(document).events, strict=True
    ):
        kept = read.keep()
        found = repository.find(EQ_eventID=kept.event_id)
        same = [
            other
            for other in events_of(found)
            if expected(other) == {"eventID": kept.event_id} | expected(event)
        ]
        assert len(same) == 1, events_of(found)
        assert same[0]["recordTime"]
        assert (
            find_namespaces(found, same[0]).items()
            >= find_namespaces(document, event).items()
        )
        assert reading.read_document(found).faults == []


@pytest.mark.parametrize("path", VALID[:5], ids=name)
def test_sending_it_again_changes_nothing(repository, path):
    document = load(path)
    path_of = "/capture" if "epcisBody" in document else "/events"
    body = json.dumps(document).encode()
    repository.post(path_of, body)
    before = [e.keep().event_id for e in reading.read_document(document).events]
    counts = [len(events_of(repository.find(EQ_eventID=e))) for e in before]
    assert repository.post(path_of, body).status_code in (201, 202)
    assert counts == [len(events_of(repository.find(EQ_eventID=e))) for e in before]


def assert_refused(answer):
    assert 400 <= answer.status_code < 500, answer.text
    assert answer.headers["Content-Type"] == "application/problem+json"
    problem = answer.json()
    assert problem.get("errors") or problem["detail"]


if INVALID:

    @pytest.mark.parametrize("path", INVALID, ids=name)
    def test_invalid_document_is_refused_with_the_reason(repository, path):
        assert_refused(repository.post("/capture", path.read_bytes()))


@pytest.mark.parametrize("path", VALID, ids=name)
def test_document_with_one_event_spoilt_is_refused_with_the_reason(repository, path):
    document = load(path)
    if not events_of(document):
        return  # a document of master data alone
    event = events_of(document)[-1]
    event["eventID"] = "urn:uuid:00000000-0000-4000-8000-000000000001"
    event["eventTime"] = "yesterday"
    assert_refused(repository.post("/capture", json.dumps(document).encode()))
    assert events_of(repository.find(EQ_eventID=event["eventID"])) == []
