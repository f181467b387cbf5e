"""What Odoo sends: signed, retried, given up, replayed; to receivers that misbehave."""

import os
import random
import signal
import ssl
import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from standardwebhooks.webhooks import Webhook, WebhookVerificationError

from tests.plant.partner import until
from tests.plant.receiver import Receiver
from tests.plant.setup import Plant
from tests.system.conftest import sign_in
from tools.server import free_port

EVENT = "probe.noticed"
# A lane whose workers are all killed may wait for two polls.
WAIT_SECONDS = 150


@dataclass
class Subscriber:
    """A system that subscribed to the probe's events, and its real server."""

    plant: Plant
    code: str
    endpoint: int
    secret: str
    receiver: Receiver

    def notice(self, key, *numbers):
        """Cause one event for each number. Returns the ids of their deliveries."""
        odoo = self.plant.odoo
        odoo.call("integration.probe", "notice", key, list(numbers))
        found = odoo.read("integration.delivery", *self._mine(key), fields=["id"])
        return sorted(row["id"] for row in found)[-len(numbers) :]

    def _mine(self, key):
        return (("endpoint_id", "=", self.endpoint), ("order_key", "=", key))

    def get(self, delivery, *fields):
        return self.plant.odoo.get("integration.delivery", delivery, *fields)

    def wait(self, delivery, state):
        until(
            lambda: self.get(delivery, "state")["state"] == state,
            WAIT_SECONDS,
            f"{self.code}: the delivery does not become {state}",
        )

    def outcomes(self, delivery):
        """Return outcome and HTTP status of each attempt, in order."""
        rows = self.plant.odoo.read(
            "integration.attempt",
            ("delivery_id", "=", delivery),
            fields=["outcome", "http_status"],
            order="id",
        )
        return [(row["outcome"], row["http_status"]) for row in rows]


@pytest.fixture(scope="module")
def server(run_server):
    modules = ["integration_test_probe"]
    # The log tells which worker is which.
    with run_server("system_outbound", modules, log_level="info") as server:
        yield server


@pytest.fixture(scope="module")
def plant(server):
    return Plant(sign_in(server))


@pytest.fixture
def subscribe(plant):
    """Return ``subscribe(code, **policy)``; what it made is taken down at the end."""
    made = []

    def subscribe(code, *, timeout_seconds=15, **policy):
        odoo = plant.odoo
        plant.connect(code, code.title(), "other", (EVENT,))
        issued = odoo.call(
            "integration.system", "issue_credential", plant.ids[code], "hmac", "out"
        )
        receiver = Receiver(free_port(), issued["secret"])
        endpoint = odoo.create(
            "integration.endpoint",
            name=code,
            system_id=plant.ids[code],
            url=receiver.url,
            timeout_seconds=timeout_seconds,
        )
        odoo.create(
            "integration.subscription", contract_code=EVENT, endpoint_id=endpoint
        )
        odoo.create(
            "integration.policy",
            system_id=plant.ids[code],
            direction="out",
            **{"tier": "1", "max_attempts": 30, "retry_schedule": "1", **policy},
        )
        subscriber = Subscriber(plant, code, endpoint, issued["secret"], receiver)
        made.append(subscriber)
        return subscriber

    yield subscribe
    for subscriber in made:
        # The next test's events are not for this one.
        plant.odoo.call(
            "integration.endpoint", "write", [subscriber.endpoint], {"active": False}
        )
        subscriber.receiver.stop()


def test_down_receiver_gets_the_event_once_and_signed(subscribe):
    one = subscribe("down")
    (delivery,) = one.notice("down-1", 1)
    until(
        lambda: one.outcomes(delivery)[:1] == [("retry", 0)],
        WAIT_SECONDS,
        "The delivery was not tried",
    )
    one.receiver.start()
    one.wait(delivery, "done")
    (arrived,) = one.receiver.deliveries
    assert arrived.event["type"] == EVENT
    assert arrived.event["subject"] == "down-1"
    assert arrived.event["data"] == {"key": "down-1", "number": 1}
    assert arrived.event["id"] == arrived.message_id
    assert arrived.headers["content-type"] == "application/cloudevents+json"
    assert one.outcomes(delivery)[-1] == ("done", 200)


def test_signature_satisfies_the_reference_library(subscribe):
    one = subscribe("oracle")
    one.receiver.start()
    (delivery,) = one.notice("oracle-1", 7)
    one.wait(delivery, "done")
    (arrived,) = one.receiver.deliveries
    oracle = Webhook(one.secret)
    assert oracle.verify(arrived.body, arrived.headers)["data"]["number"] == 7
    for position in range(len(arrived.body)):
        changed = bytearray(arrived.body)
        changed[position] ^= 1
        with pytest.raises(WebhookVerificationError):
            oracle.verify(bytes(changed), arrived.headers)


def test_rotated_secrets_both_verify(subscribe):
    one = subscribe("rotating")
    one.receiver.start()
    system = one.plant.ids["rotating"]
    issued = one.plant.odoo.call(
        "integration.system", "issue_credential", system, "hmac", "out"
    )
    (delivery,) = one.notice("rotating-1", 1)
    one.wait(delivery, "done")
    (arrived,) = one.receiver.deliveries
    for secret in (one.secret, issued["secret"]):
        assert Webhook(secret).verify(arrived.body, arrived.headers)


def test_errors_are_tried_again_no_sooner_than_asked(subscribe):
    one = subscribe("busy")
    answers = [(500, {}), (429, {"Retry-After": "3"}), (302, {"Location": "/else"})]
    one.receiver.answer = lambda number, _event: (
        answers[number] if number < len(answers) else (204, {})
    )
    one.receiver.start()
    (delivery,) = one.notice("busy-1", 1)
    one.wait(delivery, "done")
    assert one.outcomes(delivery) == [
        ("retry", 500),
        ("retry", 429),
        ("retry", 302),
        ("done", 204),
    ]
    moments = [arrived.arrived_at for arrived in one.receiver.deliveries]
    assert moments[1] - moments[0] >= 0.75
    assert moments[2] - moments[1] >= 2.9
    assert len({arrived.message_id for arrived in one.receiver.deliveries}) == 1
    assert len({arrived.body for arrived in one.receiver.deliveries}) == 1


def test_dead_letter_keeps_the_order_and_can_be_replayed(subscribe):
    one = subscribe("failing", max_attempts=3)
    refused = {1}
    one.receiver.answer = lambda _number, event: (
        (503, {}) if event["data"]["number"] in refused else (200, {})
    )
    one.receiver.start()
    first, second = one.notice("failing-1", 1, 2)
    (other,) = one.notice("failing-2", 3)
    one.wait(first, "dead")
    one.wait(other, "done")
    assert len(one.outcomes(first)) == 3
    assert one.get(second, "state")["state"] == "pending"
    assert [arrived.event["data"]["number"] for arrived in one.receiver.taken] == [3]
    refused.clear()
    one.plant.odoo.call("integration.delivery", "action_replay", [first])
    one.wait(second, "done")
    numbers = [arrived.event["data"]["number"] for arrived in one.receiver.taken]
    assert numbers == [3, 1, 2]
    of_first = [a for a in one.receiver.deliveries if a.event["data"]["number"] == 1]
    assert len({arrived.message_id for arrived in of_first}) == 1


def test_gone_receiver_is_not_asked_again(subscribe):
    one = subscribe("gone")
    one.receiver.answer = lambda _number, _event: (410, {})
    one.receiver.start()
    (delivery,) = one.notice("gone-1", 1)
    one.wait(delivery, "parked")
    endpoint = one.plant.odoo.get("integration.endpoint", one.endpoint, "state")
    assert endpoint["state"] == "disabled"
    (later,) = one.notice("gone-2", 2)
    time.sleep(3)
    assert one.get(later, "state")["state"] == "pending"
    assert len(one.receiver.deliveries) == 1
    one.receiver.answer = lambda _number, _event: (200, {})
    one.plant.odoo.call("integration.endpoint", "action_enable", [one.endpoint])
    one.wait(delivery, "done")
    one.wait(later, "done")


def test_slow_receiver_keeps_nobody_else_waiting(subscribe):
    slow, quick = subscribe("slow", timeout_seconds=2), subscribe("quick")

    def linger(_number, _event):
        time.sleep(30)
        return 200, {}

    slow.receiver.answer = linger
    slow.receiver.start()
    quick.receiver.start()
    keys = [f"both-{number}" for number in range(12)]
    start = time.time()
    for key in keys:
        slow.notice(key, 1)
    until(
        lambda: len(quick.receiver.taken) == len(keys),
        WAIT_SECONDS,
        "The quick receiver did not get everything",
    )
    assert max(a.arrived_at for a in quick.receiver.taken) - start < 15
    until(
        lambda: slow.plant.odoo.count(
            "integration.attempt",
            ("delivery_id.endpoint_id", "=", slow.endpoint),
            ("outcome", "=", "retry"),
            ("error_class", "=", "ReadTimeout"),
        ),
        WAIT_SECONDS,
        "The timeout is not on record",
    )


def test_breaker_leaves_a_broken_receiver_alone_and_finds_it_again(subscribe):
    one = subscribe("broken")
    one.receiver.answer = lambda _number, _event: (500, {})
    one.receiver.start()
    deliveries = [one.notice(f"broken-{number}", 1)[0] for number in range(15)]
    odoo = one.plant.odoo

    def open_until():
        endpoint = odoo.get("integration.endpoint", one.endpoint, "breaker_open_until")
        return endpoint["breaker_open_until"]

    until(open_until, WAIT_SECONDS, "The breaker does not open")
    time.sleep(2)  # what was under way comes back
    sent = len(one.receiver.deliveries)
    attempts = [one.get(d, "attempt_count")["attempt_count"] for d in deliveries]
    time.sleep(5)
    assert len(one.receiver.deliveries) == sent
    assert [
        one.get(d, "attempt_count")["attempt_count"] for d in deliveries
    ] == attempts
    one.receiver.answer = lambda _number, _event: (200, {})
    for delivery in deliveries:
        one.wait(delivery, "done")
    assert not open_until()


def test_address_that_is_not_allowed_is_never_spoken_to(subscribe):
    one = subscribe("inside")
    one.receiver.start()
    odoo = one.plant.odoo
    allowed = odoo.read(
        "integration.allowed.network",
        ("environment", "=", "test"),
        fields=["network"],
    )

    def allow(network_of):
        for row in allowed:
            values = {"network": network_of(row)}
            odoo.call("integration.allowed.network", "write", [row["id"]], values)

    allow(lambda row: f"10.0.{row['id']}.0/24")
    try:
        (delivery,) = one.notice("inside-1", 1)
        one.wait(delivery, "parked")
    finally:
        allow(lambda row: row["network"])
    assert not one.receiver.deliveries
    exception = one.get(delivery, "exception_id")["exception_id"][0]
    odoo.call("integration.exception", "action_retry", [exception])
    one.wait(delivery, "done")


@pytest.mark.parametrize("number", [-1, -3], ids=["handled", "written"])
def test_message_that_kills_its_worker_is_kept_apart_from_the_others(plant, number):
    code = f"poison{number}"
    partner = plant.connect(code, "Poison", "other", ("probe.recorded",))
    deadly = partner.event("probe.recorded", {"number": number}, subject="deadly")
    uuid = partner.post(deadly).json()["message"]
    harmless = [
        partner.post(partner.event("probe.recorded", {"number": n}, subject=f"h-{n}"))
        for n in range(20)
    ]
    for response in harmless:
        status = partner.wait(response.json()["message"], 180)
        assert status["state"] == "done", status
    status = partner.wait(uuid, 180)
    assert (status["state"], status["problem"]["type"]) == (
        "parked",
        "urn:problem:poison",
    )
    (delivery,) = plant.odoo.read(
        "integration.delivery",
        ("message_id.uuid", "=", uuid),
        fields=["kill_count", "attempt_ids"],
    )
    assert delivery["kill_count"] == 2


def test_worker_killed_while_sending_sends_again_under_the_same_id(server, subscribe):
    one = subscribe("crash")

    def answer(number, _event):
        if number == 0:
            for pid in server.worker_pids("cron"):
                os.kill(pid, signal.SIGKILL)
        return 200, {}

    one.receiver.answer = answer
    one.receiver.start()
    first, second = one.notice("crash-1", 1, 2)
    until(lambda: one.receiver.deliveries, WAIT_SECONDS, "Nothing was sent")
    # What happens next in the plant wakes the lane, once the database has noticed that
    # the worker is gone; else it is the next minute.
    time.sleep(1)
    one.notice("crash-2", 3)
    one.wait(second, "done")
    assert ("interrupted", 0) in one.outcomes(first)
    numbers = [a.event["data"]["number"] for a in one.receiver.taken]
    assert [number for number in numbers if number != 3] == [1, 2]
    repeated = [a for a in one.receiver.deliveries if a.event["data"]["number"] == 1]
    assert len(repeated) == 2
    assert len({arrived.message_id for arrived in repeated}) == 1


def test_every_event_arrives_in_order_whatever_the_receiver_does(subscribe):
    one = subscribe("moody")
    chance = random.Random(19)

    def answer(_number, _event):
        time.sleep(chance.choice((0, 0.05)))
        return chance.choice(
            ((200, {}), (200, {}), (500, {}), (429, {"Retry-After": "1"}), (404, {}))
        )

    one.receiver.answer = answer
    one.receiver.start()
    keys = [f"moody-{number}" for number in range(5)]
    for key in keys:
        one.notice(key, *range(4))
    until(lambda: len(one.receiver.taken) == 20, WAIT_SECONDS, "Not everything arrived")
    for key in keys:
        numbers = [
            arrived.event["data"]["number"]
            for arrived in one.receiver.taken
            if arrived.event["subject"] == key
        ]
        assert numbers == list(range(4)), f"{key} was overtaken"
    assert all(arrived.genuine for arrived in one.receiver.deliveries)


def self_signed_context(folder):
    """Return a TLS context for localhost whose certificate it issued itself."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(
            x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False
        )
        .sign(key, hashes.SHA256())
    )
    file = folder / "own.pem"
    file.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        + certificate.public_bytes(serialization.Encoding.PEM)
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(file)
    return context


def test_receiver_whose_certificate_nobody_vouches_for_gets_nothing(
    subscribe, tmp_path
):
    one = subscribe("impostor", max_attempts=2)
    one.receiver.tls = self_signed_context(tmp_path)
    one.plant.odoo.call(
        "integration.endpoint", "write", [one.endpoint], {"url": one.receiver.url}
    )
    one.receiver.start()
    (delivery,) = one.notice("impostor-1", 1)
    one.wait(delivery, "dead")
    assert not one.receiver.deliveries
    assert "certificate" in one.get(delivery, "last_error")["last_error"].lower()


def test_nothing_is_sent_before_the_receiver_agreed(subscribe):
    one = subscribe("consent")
    odoo = one.plant.odoo

    def verify():
        odoo.call("integration.endpoint", "action_verify", [one.endpoint])

    odoo.call(
        "integration.endpoint", "write", [one.endpoint], {"must_be_verified": True}
    )
    (early,) = one.notice("consent-1", 1)
    with pytest.raises(Exception, match="cannot be reached"):
        verify()
    one.receiver.start()
    for consent in ({}, {"WebHook-Allowed-Origin": "somebody.else"}):
        one.receiver.consent = consent
        with pytest.raises(Exception, match="does not allow"):
            verify()
    assert not one.receiver.deliveries
    assert one.get(early, "attempt_count")["attempt_count"] == 0
    one.receiver.consent = {
        "WebHook-Allowed-Origin": "*",
        "WebHook-Allowed-Rate": "6000",
    }
    verify()
    assert one.receiver.asked[-1]["WebHook-Request-Origin"]
    row = odoo.get("integration.endpoint", one.endpoint, "rate_limit_per_minute")
    assert row["rate_limit_per_minute"] == 6000
    # It waited, and goes by itself now.
    one.wait(early, "done")
    # Another address may be somebody else's.
    odoo.call(
        "integration.endpoint",
        "write",
        [one.endpoint],
        {"url": one.receiver.url + "/moved"},
    )
    moved = odoo.get("integration.endpoint", one.endpoint, "verified_at")
    assert not moved["verified_at"]


def test_without_a_subscription_nothing_leaves(subscribe):
    one = subscribe("unsubscribed")
    one.receiver.start()
    odoo = one.plant.odoo
    odoo.call(
        "integration.subscription",
        "unlink",
        odoo.search("integration.subscription", ("endpoint_id", "=", one.endpoint)),
    )
    assert one.notice("unsubscribed-1", 1) == []
    events = odoo.count("integration.message", ("order_key", "=", "unsubscribed-1"))
    assert events == 1
    assert not one.receiver.deliveries
