"""The endpoint from outside, on two workers, with whatever a caller may send."""

import json
import threading
import time

import pytest
import requests

from tests.plant.partner import Partner, sign, until
from tests.plant.receiver import Receiver
from tests.plant.setup import Plant
from tests.system.conftest import sign_in
from tools.server import free_port

TYPE = "connection.tested"


@pytest.fixture(scope="module")
def plant(run_server):
    with run_server("system_wire", log_level="warn") as server:
        plant = Plant(sign_in(server))
        plant.connect("wire", "Wire", "other", (TYPE,))
        plant.connect("bearer", "Bearer", "other", (TYPE,), bearer=True)
        plant.connect("narrow", "Narrow", "other", ())
        yield plant


@pytest.fixture
def wire(plant):
    return plant.partners["wire"]


def event(partner, **attributes):
    return partner.event(TYPE, {"text": "hello"}) | attributes


def assert_problem(response, status, slug=None):
    assert response.status_code == status, response.text
    assert response.headers["Content-Type"] == "application/problem+json"
    problem = response.json()
    assert problem["status"] == status
    assert problem["type"].startswith("urn:problem:")
    assert slug is None or problem["type"] == f"urn:problem:{slug}"
    assert "Traceback" not in response.text


def test_accepted_is_committed_and_worked_off(plant, wire):
    response = wire.post(event(wire, subject="a"))
    assert response.status_code == 202
    uuid = response.json()["message"]
    assert plant.odoo.count("integration.message", ("uuid", "=", uuid)) == 1
    status = wire.wait(uuid)
    assert (status["state"], status["attempts"]) == ("done", 1)
    assert set(status) == {
        "message",
        "type",
        "state",
        "received_at",
        "finished_at",
        "attempts",
        "result",
        "problem",
    }


def test_simultaneous_doubles_make_one_message(plant, wire):
    for _turn in range(10):
        one = event(wire)
        answers = post_at_once(wire, one, 6)
        statuses = [answer.status_code for answer in answers]
        assert set(statuses) <= {202, 409}, statuses
        uuids = {a.json()["message"] for a in answers if a.status_code == 202}
        assert len(uuids) == 1
        assert (
            plant.odoo.count("integration.message", ("event_id", "=", one["id"])) == 1
        )


def post_at_once(partner, one, times):
    """Send the same event from several threads. Returns the answers."""
    answers = []

    def send():
        sender = Partner(partner.url, partner.code, secret=partner.secret)
        answers.append(sender.post(one))

    threads = [threading.Thread(target=send) for _number in range(times)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return answers


@pytest.mark.parametrize("part", ["id", "timestamp", "signature", "body"])
def test_one_bit_changed_anywhere_is_refused(plant, wire, part):
    body = json.dumps(event(wire)).encode()
    genuine = wire.headers(body)
    before = plant.odoo.count("integration.message")
    for position in range(
        0, len(body if part == "body" else genuine[f"webhook-{part}"]), 7
    ):
        headers, sent = dict(genuine), bytearray(body)
        if part == "body":
            sent[position] ^= 1
        else:
            value = bytearray(headers[f"webhook-{part}"].encode())
            value[position] ^= 1
            headers[f"webhook-{part}"] = value.decode()
        response = requests.post(
            wire.address, data=bytes(sent), headers=headers, timeout=30
        )
        assert_problem(response, 401, "not-authenticated")
    assert plant.odoo.count("integration.message") == before


@pytest.mark.parametrize("age", [-400, 400])
def test_old_and_future_signatures_are_refused(wire, age):
    body = json.dumps(event(wire)).encode()
    stamp = int(time.time()) + age
    response = requests.post(
        wire.address,
        data=body,
        timeout=30,
        headers={
            "Content-Type": "application/cloudevents+json",
            "webhook-id": "msg_old",
            "webhook-timestamp": str(stamp),
            "webhook-signature": sign(wire.secret, "msg_old", stamp, body),
        },
    )
    assert_problem(response, 401)


BAD_BODIES = [
    b"",
    b"{",
    b"null",
    b"[]",
    b'"x"',
    b"\xff\xfe",
    b"{}",
    b"[" * 200_000,
    b'{"a":' * 5000,
    b'{"data": NaN}',
    b'{"data": 1e999}',
    b'{"data": "\\u0000"}',
    b'{"data": "\\ud800"}',
    b'{"id": "1", "id": "2"}',
    b"1" * 5000,
    b"\x00",
    json.dumps({"specversion": "1.0", "id": 1, "source": [], "type": {}}).encode(),
    json.dumps(
        {
            "specversion": "1.0",
            "id": "x",
            "source": "/",
            "type": TYPE,
            "data": {"text": 10**90},
        }
    ).encode(),
    json.dumps(
        {
            "specversion": "1.0",
            "id": "x",
            "source": "/",
            "type": TYPE,
            "data": {"text": "x" * 501},
        }
    ).encode(),
    json.dumps(
        {
            "specversion": "1.0",
            "id": "x",
            "source": "/",
            "type": TYPE,
            "sequence": "9" * 40,
            "data": {"text": "x"},
        }
    ).encode(),
    json.dumps(
        {
            "specversion": "1.0",
            "id": "x",
            "source": "/",
            "type": TYPE,
            "time": "9999-12-31T23:59:59-12:00",
            "data": {"text": "x"},
        }
    ).encode(),
]


@pytest.mark.parametrize("body", BAD_BODIES, ids=range(len(BAD_BODIES)))
def test_bad_bodies_are_problems_and_on_record(plant, body):
    bearer = plant.partners["bearer"]
    refused = ("admission", "=", "refused")
    before = plant.odoo.count("integration.message", refused)
    response = bearer.post(body)
    assert response.status_code in (400, 422), response.text
    assert_problem(response, response.status_code)
    assert plant.odoo.count("integration.message", refused) == before + 1


def test_forms_scopes_and_addresses(plant, wire):
    bearer, narrow = plant.partners["bearer"], plant.partners["narrow"]
    one = event(bearer)
    for content_type in (
        "text/plain",
        "application/json",
        "multipart/form-data; boundary=x",
        "application/x-www-form-urlencoded",
        "é",
    ):
        response = bearer.session.post(
            bearer.address,
            data=json.dumps(one),
            timeout=30,
            headers={
                "Authorization": f"Bearer {bearer.token}",
                "Content-Type": content_type.encode(),
            },
        )
        assert_problem(response, 415, "unsupported-media-type")
    assert_problem(bearer.post(b"x" * 1_048_577), 413, "body-too-large")
    assert_problem(wire.post(b"x" * 1_048_577), 413, "body-too-large")
    assert_problem(narrow.post(event(narrow)), 403, "contract-not-in-scope")
    assert_problem(wire.post(event(wire, type="no.such")), 422, "unknown-contract")
    stranger = Partner(wire.url, "nobody", token="odi_" + "x" * 43)
    assert_problem(stranger.post(event(stranger)), 401, "not-authenticated")
    response = wire.session.get(
        f"{wire.address}/00000000-0000-0000-0000-000000000000",
        headers=wire.headers(b""),
    )
    assert_problem(response, 404, "unknown-message")
    for method in ("GET", "PUT", "DELETE", "PATCH"):
        assert_problem(requests.request(method, wire.address, timeout=30), 405)
    assert requests.get(f"{wire.url}/integration/v1/health", timeout=30).json()[
        "status"
    ]


def test_one_system_cannot_read_what_another_sent(plant, wire):
    uuid = wire.send(TYPE, {"text": "secret"})
    bearer = plant.partners["bearer"]
    response = bearer.session.get(
        f"{bearer.address}/{uuid}", headers={"Authorization": f"Bearer {bearer.token}"}
    )
    assert_problem(response, 404, "unknown-message")


def test_throttle_holds_across_workers(plant):
    slow = plant.connect(
        "slow", "Slow", "other", (TYPE,), rate_limit_per_minute=60, rate_burst=10
    )
    responses = [slow.post(event(slow)) for _number in range(40)]
    accepted = [r for r in responses if r.status_code == 202]
    assert 10 <= len(accepted) <= 16
    refused = next(r for r in responses if r.status_code != 202)
    assert_problem(refused, 429, "too-many-requests")
    assert int(refused.headers["Retry-After"]) >= 1


def test_batch_answers_each_on_its_own(plant, wire):
    body = json.dumps(
        [
            event(wire, id="batch-1"),
            event(wire, id="batch-1"),
            {"x": 1},
            event(wire, id="batch-2", data={}),
        ]
    ).encode()
    headers = wire.headers(body) | {
        "Content-Type": "application/cloudevents-batch+json"
    }
    response = wire.session.post(
        f"{wire.address}/batch", data=body, headers=headers, timeout=30
    )
    assert response.status_code == 207
    assert [r["status"] for r in response.json()["results"]] == [202, 202, 400, 422]
