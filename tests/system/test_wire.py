"""The endpoint from outside, on two workers, with whatever a caller may send."""

import itertools
import json
import threading
import time

import pytest
import requests

from tests.plant.partner import Partner, sign
from tests.plant.setup import Plant
from tests.system import raw
from tests.system.conftest import sign_in

TYPE = "connection.tested"
PATH = b"/integration/v1/wire/messages"
SIGNED = ("webhook-id", "webhook-timestamp", "webhook-signature")


@pytest.fixture(scope="module")
def plant(run_server):
    with run_server("system_wire", log_level="warn") as server:
        plant = Plant(sign_in(server))
        plant.server = server
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


def test_a_lane_that_has_just_fallen_asleep_is_woken(wire):
    for _turn in range(4):
        time.sleep(2.5)  # its worker lingers for two
        status = wire.wait(wire.send(TYPE, {"text": "hello"}), 5)
        assert status["state"] == "done"  # long before the minute's run


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


def test_double_gets_the_first_answer_again(plant, wire):
    one = event(wire)
    first, again = wire.post(one), wire.post(one)
    assert (first.status_code, again.status_code) == (202, 202)
    assert again.content == first.content
    assert again.headers["Location"] == first.headers["Location"]
    assert "Idempotency-Replayed" not in first.headers
    assert again.headers["Idempotency-Replayed"] == "true"
    wire.wait(first.json()["message"])
    late = wire.post(one)
    assert late.content == first.content, "also when it has been worked off"


def test_key_with_another_body_is_refused_and_on_record(plant, wire):
    one = event(wire)
    uuid = wire.post(one).json()["message"]
    changed = one | {"data": {"text": "something else"}}
    assert_problem(wire.post(changed), 422, "idempotency-key-reused")
    mine = plant.odoo.read(
        "integration.message",
        ("event_id", "=", one["id"]),
        fields=["uuid", "admission"],
        order="id",
    )
    assert [row["admission"] for row in mine] == ["accepted", "refused"]
    assert mine[0]["uuid"] == uuid
    assert wire.wait(uuid)["state"] == "done"


def test_header_goes_before_the_event_s_own_id(wire):
    one, other = event(wire), event(wire)
    key = {"Idempotency-Key": f"key of {one['id']}"}
    first = wire.post(one, **key)
    assert wire.post(one, **key).json() == first.json()
    assert_problem(wire.post(other, **key), 422, "idempotency-key-reused")
    assert wire.post(other).json()["message"] != first.json()["message"]


def test_one_bit_changed_anywhere_is_refused(plant, wire):
    """Every bit of the three headers, and one of every byte of the body."""
    server, body = plant.server, json.dumps(event(wire)).encode()
    genuine = wire.headers(body)
    before = plant.odoo.count("integration.message")
    refused = 0
    for position in range(len(body)):
        changed = flip(body, position, position % 8)
        refused += is_unauthenticated(server, genuine, changed)
    for name in SIGNED:
        value = genuine[name].encode()
        for position, bit in itertools.product(range(len(value)), range(8)):
            changed = flip(value, position, bit).decode("latin-1")
            refused += is_unauthenticated(server, genuine | {name: changed}, body)
    flips = len(body) + 8 * sum(len(genuine[name]) for name in SIGNED)
    assert refused == flips > 800
    assert plant.odoo.count("integration.message") == before
    answer = raw.send(server.port, raw.compose(b"POST", PATH, lines(genuine), body))
    assert answer.status == 202, "what was not changed is accepted"


def flip(value, position, bit):
    changed = bytearray(value)
    changed[position] ^= 1 << bit
    return bytes(changed)


def lines(headers):
    return [f"{name}: {value}".encode("latin-1") for name, value in headers.items()]


def is_unauthenticated(server, headers, body):
    answer = raw.send(server.port, raw.compose(b"POST", PATH, lines(headers), body))
    assert answer.status == 401, (answer, headers, body)
    return True


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


def test_refusals_of_a_known_system_are_on_record(plant, wire):
    """Also those that were refused for their form, before anything was read."""
    odoo, narrow = plant.odoo, plant.partners["narrow"]

    def refused(partner):
        return odoo.read(
            "integration.message",
            ("admission", "=", "refused"),
            ("system_id", "=", plant.ids[partner.code]),
            fields=["problem"],
            order="id",
        )

    narrow.post(event(narrow))
    narrow.post(event(narrow), **{"Content-Type": "text/plain"})
    narrow.post(b"x" * 1_048_577)
    narrow.post(b"\xff")
    slugs = [row["problem"]["type"].rpartition(":")[2] for row in refused(narrow)]
    assert slugs[-4:] == [
        "contract-not-in-scope",
        "unsupported-media-type",
        "body-too-large",
        "malformed-json",
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
    first = event(wire, id="batch-1")
    body = json.dumps(
        [
            first,
            first,
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
