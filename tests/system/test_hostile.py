"""Requests nobody should send: always an answer that says what is wrong, never a 5xx."""

import json

import pytest

from tests.plant.setup import Plant
from tests.system.conftest import sign_in
from tests.system.raw import bearer_headers, compose, send

TYPE = "connection.tested"
HOME = b"/integration/v1/hostile/messages"


@pytest.fixture(scope="module")
def server(run_server):
    with run_server("system_hostile", log_level="warn") as server:
        yield server


@pytest.fixture(scope="module")
def plant(server):
    return Plant(sign_in(server))


@pytest.fixture(scope="module")
def hostile(plant):
    return plant.connect("hostile", "Hostile", "other", (TYPE,), bearer=True)


def event(hostile, **attributes):
    return json.dumps(hostile.event(TYPE, {"text": "hello"}) | attributes).encode()


def assert_problem(answer, *statuses):
    assert answer.status in statuses, answer
    assert answer.headers["Content-Type"] == "application/problem+json"
    problem = answer.json()
    assert problem["status"] == answer.status
    # Where a standard has its own names for problems, ours is their code.
    assert problem.get("code", problem["type"]).startswith("urn:problem:")
    assert problem["title"]
    assert b"Traceback" not in answer.body


ADDRESSES = {
    "system with NUL": (b"POST", b"/integration/v1/hos%00tile/messages", (401, 404)),
    "system not UTF-8": (b"POST", b"/integration/v1/%ff%fe/messages", (401, 404)),
    "system a surrogate": (b"POST", b"/integration/v1/%ed%a0%80/messages", (401, 404)),
    "system very long": (
        b"POST",
        b"/integration/v1/" + b"x" * 4000 + b"/messages",
        (401,),
    ),
    "message with NUL": (b"GET", HOME + b"/a%00b", (404,)),
    "message not UTF-8": (b"GET", HOME + b"/%ff", (404,)),
    "message very long": (b"GET", HOME + b"/" + b"a" * 4000, (404,)),
    "message of another": (
        b"GET",
        HOME + b"/' OR 1=1 --".replace(b" ", b"%20"),
        (404,),
    ),
    "nowhere with line breaks": (b"GET", b"/integration/v1/a%0ab%00", (404,)),
    "nowhere with NUL": (b"GET", b"/integration/v1/x/y/z%00", (404,)),
    "unknown method": (b"FOO", HOME, (405,)),
    "preflight": (b"OPTIONS", HOME, (405,)),
    "health by POST": (b"POST", b"/integration/v1/health", (405,)),
}


@pytest.mark.parametrize("name", ADDRESSES)
def test_strange_addresses(server, hostile, name):
    method, path, statuses = ADDRESSES[name]
    request = compose(method, path, bearer_headers(hostile), event(hostile))
    assert_problem(send(server.port, request), *statuses)
    stranger = send(server.port, compose(method, path, [], b""))
    assert 400 <= stranger.status < 500, stranger


QUERIES = (b"self=1", b"system=other", b"uuid=x", b"rest=1", b"%00=%ff", b"args=1&kw=2")


@pytest.mark.parametrize("query", QUERIES)
def test_query_arguments_change_nothing(server, hostile, query):
    path = HOME + b"?" + query
    request = compose(b"POST", path, bearer_headers(hostile), event(hostile))
    assert send(server.port, request).status == 202
    status = compose(b"GET", HOME + b"/x?" + query, bearer_headers(hostile), b"")
    assert_problem(send(server.port, status), 404)
    health = send(
        server.port, compose(b"GET", b"/integration/v1/health?" + query, [], b"")
    )
    assert health.status == 200
    assert health.json()["status"] == "pass"
    events = send(server.port, compose(b"GET", b"/epcis/v2/events?" + query, [], b""))
    assert_problem(events, 401)


KEYS = {
    "NUL": (b"a\x00b", 400),
    "empty": (b'""', 400),
    "blank": (b"   ", 400),
    "too long": (b"x" * 256, 400),
    "longest": (b"x" * 255, 202),
    "latin": (b"\xe9\xff", 202),
    "control characters": (b"a\x01\x7fb", 400),
}


@pytest.mark.parametrize("name", KEYS)
def test_strange_idempotency_keys(server, hostile, name):
    value, status = KEYS[name]
    headers = [*bearer_headers(hostile), b"Idempotency-Key: " + value]
    answer = send(server.port, compose(b"POST", HOME, headers, event(hostile)))
    assert answer.status == status, answer
    if status != 202:
        assert_problem(answer, status)


CREDENTIALS = {
    "none": [],
    "token with NUL": [b"Authorization: Bearer a\x00b"],
    "token not ASCII": [b"Authorization: Bearer \xff\xfe\xe9"],
    "token empty": [b"Authorization: Bearer "],
    "basic": [b"Authorization: Basic YWRtaW46YWRtaW4="],
    "signature not ASCII": [
        b"webhook-id: \xff",
        b"webhook-timestamp: 1",
        b"webhook-signature: v1,\xff",
    ],
    "superscript timestamp": [
        b"webhook-id: a",
        b"webhook-timestamp: \xb2",
        b"webhook-signature: v1,",
    ],
    "many signatures": [
        b"webhook-id: a",
        b"webhook-timestamp: 1",
        b"webhook-signature: " + b"v1,YQ== " * 5000,
    ],
}


@pytest.mark.parametrize("name", CREDENTIALS)
def test_strange_credentials_are_not_let_in(server, plant, hostile, name):
    before = plant.odoo.count("integration.message")
    for path in (HOME, b"/epcis/v2/events"):
        method = b"POST" if path == HOME else b"GET"
        request = compose(method, path, CREDENTIALS[name], event(hostile))
        assert_problem(send(server.port, request), 401)
    assert plant.odoo.count("integration.message") == before


LENGTHS = {
    "not a number": ([b"Content-Length: abc"], (400, 411)),
    "negative": ([b"Content-Length: -5"], (400, 411)),
    "beyond all measure": ([b"Content-Length: 99999999999"], (413,)),
    "chunked": ([b"Transfer-Encoding: chunked"], (411,)),
    "content type not ASCII": ([b'Content-Type: \xff/;;;="'], (415,)),
    "compressed": ([b"Content-Encoding: gzip"], (202, 415)),
}


@pytest.mark.parametrize("name", LENGTHS)
def test_strange_framing(server, hostile, name):
    headers, statuses = LENGTHS[name]
    authorization, content_type = bearer_headers(hostile)
    if not any(line.startswith(b"Content-Type") for line in headers):
        headers = [*headers, content_type]
    request = compose(b"POST", HOME, [authorization, *headers], event(hostile))
    answer = send(server.port, request)
    assert answer.status in statuses, answer
    if answer.status != 202:
        assert_problem(answer, *statuses)


BODIES = [
    b"",
    b"{",
    b"null",
    b"[]",
    b'"x"',
    b"\x00",
    b"\xff\xfe",
    b"\xef\xbb\xbf{}",
    b"{}",
    b"1" * 5000,
    b"[" * 200_000,
    b'{"a":' * 5000,
    b'{"data": NaN}',
    b'{"data": -Infinity}',
    b'{"data": 1e999}',
    b'{"data": "\\u0000"}',
    b'{"\\u0000": 1}',
    b'{"data": "\\ud800"}',
    b'{"id": "1", "id": "2"}',
]


@pytest.mark.parametrize("body", BODIES, ids=range(len(BODIES)))
def test_bad_bodies_are_problems_and_on_record(server, plant, hostile, body):
    refused = ("admission", "=", "refused")
    before = plant.odoo.count("integration.message", refused)
    request = compose(b"POST", HOME, bearer_headers(hostile), body)
    assert_problem(send(server.port, request), 400)
    assert plant.odoo.count("integration.message", refused) == before + 1


ATTRIBUTES = [
    {"subject": "x" * 256},
    {"subject": 5},
    {"subject": ""},
    {"time": "2026-01-01T00:00:60Z"},
    {"time": "0000-01-01T00:00:00Z"},
    {"time": "0001-01-01T00:00:00+14:00"},
    {"time": "yesterday"},
    {"sequence": -1},
    {"sequence": True},
    {"sequence": "\u0663"},
    {"sequence": 10**18},
    {"epoch": "x" * 300},
    {"id": "x" * 256},
    {"source": None},
    {"specversion": "2.0"},
    {"dataschema": "urn:contract:connection.tested:1.0" + ".0" * 100},
    {"dataschema": "urn:contract:connection.tested:.."},
    {"dataschema": "urn:contract:another:1.0"},
    {"type": "a\u2028b"},
    {"time": "9999-12-31T23:59:59-12:00"},
    {"sequence": "9" * 40},
    {"data": {"text": 10**90}},
    {"data": {"text": "x" * 501}},
    {"data": None},
    {"data": []},
    {"data": {"text": "x", "more": 1}},
]


@pytest.mark.parametrize("attributes", ATTRIBUTES, ids=range(len(ATTRIBUTES)))
def test_strange_attributes_are_refused_with_the_member_named(
    server, plant, hostile, attributes
):
    refused = ("admission", "=", "refused")
    before = plant.odoo.count("integration.message", refused)
    body = event(hostile, **attributes)
    answer = send(server.port, compose(b"POST", HOME, bearer_headers(hostile), body))
    assert_problem(answer, 400, 422)
    (name,) = attributes
    pointers = [error["pointer"] for error in answer.json()["errors"]]
    assert any(pointer.startswith(f"/{name}") for pointer in pointers), pointers
    assert plant.odoo.count("integration.message", refused) == before + 1


STRANGE_BUT_TRUE = [
    {"id": "x" * 255, "source": "\U0001f600" * 255},
    {"subject": "\U0010ffff" * 255},
    {"data": {"text": "\ufffe\uffff\ufeff\u202e"}},
    {"unknownattribute": {"a": [1]}},
    {"time": "2026-01-01t00:00:00.123456789+13:45"},
    {"sequence": "0" * 18},
]


@pytest.mark.parametrize("attributes", STRANGE_BUT_TRUE, ids=range(6))
def test_strange_but_true_events_are_worked_off(server, hostile, attributes):
    body = event(hostile, **attributes)
    answer = send(server.port, compose(b"POST", HOME, bearer_headers(hostile), body))
    assert answer.status == 202, answer
    assert hostile.wait(answer.json()["message"])["state"] == "done"
