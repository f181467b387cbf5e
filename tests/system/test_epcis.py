"""The EPCIS repository from outside: nonsense never hurts it, and races keep one event."""

import copy
import json
import os
from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.conformance.repository import Repository
from tests.plant.rpc import Odoo
from tests.system.raw import compose, send

EXAMPLES = int(os.environ.get("EPCIS_FUZZ", "60"))
SETTINGS = {
    "max_examples": EXAMPLES,
    "deadline": None,
    "derandomize": True,
    "suppress_health_check": list(HealthCheck),
}
EVENT = {
    "type": "ObjectEvent",
    "eventTime": "2026-03-01T12:00:00.000+01:00",
    "eventTimeZoneOffset": "+01:00",
    "action": "ADD",
    "epcList": ["urn:epc:id:sgtin:4012345.012345.1"],
    "bizStep": "shipping",
    "readPoint": {"id": "urn:epc:id:sgln:4012345.00001.0"},
    "sensorElementList": [{"sensorReport": [{"type": "Temperature", "value": 1}]}],
    "ilmd": {"example:lot": "1"},
    "errorDeclaration": {"declarationTime": "2026-03-02T12:00:00Z"},
}


def document(*events):
    return {
        "@context": [
            "https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld",
            {"example": "https://ns.example.com/"},
        ],
        "type": "EPCISDocument",
        "schemaVersion": "2.0",
        "creationDate": "2026-03-01T13:00:00Z",
        "epcisBody": {"eventList": list(events)},
    }


@pytest.fixture(scope="module")
def server(run_server):
    with run_server("system_epcis") as running:
        yield running


@pytest.fixture(scope="module")
def repository(server):
    odoo = Odoo(server.url, server.database, server.admin_login, server.admin_password)
    return Repository(odoo, server.url)


def assert_unhurt(response):
    assert response.status_code < 500, response.text
    if response.status_code >= 400:
        assert response.headers["Content-Type"] == "application/problem+json"
        # Where the standard has a name for a problem, ours is its code.
        problem = response.json()
        assert problem.get("code", problem["type"]).startswith("urn:problem:")


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=12),
    lambda children: (
        st.lists(children, max_size=3)
        | st.dictionaries(st.text(max_size=8), children, max_size=3)
    ),
    max_leaves=5,
)
NAMES = st.sampled_from(
    [*EVENT, "eventID", "recordTime", "quantityList", "@context", "example:x"]
)


@settings(**SETTINGS)
@given(changes=st.dictionaries(NAMES, VALUES, max_size=3), alone=st.booleans())
def test_spoilt_events_are_answered(repository, changes, alone):
    spoilt = copy.deepcopy(EVENT) | changes
    if alone:
        body = {"@context": document()["@context"], **spoilt}
        assert_unhurt(repository.post("/events", json.dumps(body)))
    else:
        assert_unhurt(repository.post("/capture", json.dumps(document(spoilt))))


BODIES = {
    "nothing": b"",
    "not JSON": b"{",
    "not UTF-8": b'{"type": "\xff"}',
    "deep": b"[" * 100_000,
    "deep objects": b'{"a":' * 5_000 + b"1" + b"}" * 5_000,
    "deep extension": json.dumps(
        document(
            EVENT | {"example:a": json.loads('{"example:b":' * 50 + "1" + "}" * 50)}
        )
    ).encode(),
    "NaN": b'{"type": NaN}',
    "NUL": json.dumps(document(EVENT | {"example:a": "\x00"})).encode(),
    "half a pair": json.dumps(document(EVENT | {"example:a": "\ud800"})).encode(),
    "large number": json.dumps(document()).encode().replace(b"2.0", b"9" * 400),
    "a million events": json.dumps(document(*[1] * 6000)).encode(),
    "list": b"[1, 2]",
    "year 1": json.dumps(
        document(EVENT | {"eventTime": "0001-01-01T00:00:00+14:00"})
    ).encode(),
    "year 9999": json.dumps(
        document(EVENT | {"eventTime": "9999-12-31T23:59:59-14:00"})
    ).encode(),
    "leap second": json.dumps(
        document(EVENT | {"eventTime": "2016-12-31T23:59:60Z"})
    ).encode(),
    "no such day": json.dumps(
        document(EVENT | {"eventTime": "2026-02-30T00:00:00Z"})
    ).encode(),
    "fine fraction": json.dumps(
        document(EVENT | {"eventTime": "2026-02-03T00:00:00.123456789012Z"})
    ).encode(),
    "too large": b" " * (9 * 1024 * 1024),
}


@pytest.mark.parametrize("name", BODIES)
def test_strange_bodies_are_answered(repository, name):
    for path in ("/capture", "/events"):
        assert_unhurt(repository.post(path, BODIES[name]))


QUERIES = st.text(max_size=25) | st.sampled_from(
    [
        "' OR 1=1--",
        "%",
        "_",
        "\\",
        "'; DROP TABLE x;--",
        "urn:epc:idpat:sgtin:0614141.*.*",
        "1e99",
        "-1",
        "NaN",
        "|",
        "a|b",
        "2026-01-01T00:00:00Z",
        "9999-12-31T23:59:59-14:00",
    ]
)
PARAMETERS = st.sampled_from(
    [
        "MATCH_anyEPC",
        "EQ_bizStep",
        "EQ_eventID",
        "GE_quantity",
        "GE_eventTime",
        "perPage",
        "nextPageToken",
        "EQ_bizTransaction_po",
        "EQ_https://a/#b",
        "GT_value_CEL",
        "WD_readPoint",
        "EXISTS_errorDeclaration",
        "orderBy",
        "eventCountLimit",
        "EQ_readPoint",
        "EQ_source_location",
        "LT_errorDeclarationTime",
        "EQ_INNER_ILMD_example:x",
        "EQ_correctiveEventID",
    ]
) | st.text(max_size=12)


@settings(**SETTINGS)
@given(parameters=st.dictionaries(PARAMETERS, QUERIES, max_size=3))
def test_strange_questions_are_answered(repository, parameters):
    assert_unhurt(
        repository.session.get(
            f"{repository.url}/events", params=parameters, timeout=60
        )
    )


@pytest.mark.parametrize(
    "path", ["", "/events", "/capture", "/epcs", "/epcs/x/events", "/x/y"]
)
@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "POST"])
def test_wrong_methods_are_refused(repository, path, method):
    response = repository.session.request(
        method, repository.url + path, data=b"{}", timeout=60
    )
    assert 400 <= response.status_code < 500
    assert_unhurt(response)


def test_bytes_that_no_library_sends_are_answered(server, repository):
    token = repository.session.headers["Authorization"].encode()
    for path in (
        b"/epcis/v2/events?\xff\xfe",
        b"/epcis/v2/%ff%00/events",
        b"/epcis/v2//",
    ):
        head = [
            b"Authorization: " + token,
            b"GS1-Extensions: a=b,=,\xff",
            b"Accept: \xff",
        ]
        assert send(server.port, compose(b"GET", path, head, b"")).status < 500


def test_event_sent_by_many_at_once_is_kept_once(repository):
    event = EVENT | {"eventID": "urn:uuid:00000000-0000-4000-8000-0000000000aa"}
    body = json.dumps(document(event))
    with ThreadPoolExecutor(8) as pool:
        answers = list(
            pool.map(lambda _n: repository.post("/capture", body), range(16))
        )
    assert {answer.status_code for answer in answers} == {202}
    found = repository.find(EQ_eventID=event["eventID"])
    events = found["epcisBody"]["queryResults"]["resultsBody"]["eventList"]
    assert len(events) == 1
