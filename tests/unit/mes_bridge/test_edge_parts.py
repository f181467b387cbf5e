"""The small parts of the edge agent."""

import configparser
import json
import re
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from standardwebhooks import Webhook

from tests.unit.libs import load_agent, load_lib

AGENT = Path(__file__).resolve().parents[3] / "addons/mes_bridge/edge_agent"
config = load_agent("config")
events = load_agent("events")
errors = load_agent("errors")
clock_module = load_agent("clock")
signing = load_agent("signing")
transport = load_agent("transport")
Pace = load_agent("pace").Pace
strict_json = load_lib("integration_core", "strict_json")
envelope = load_lib("integration_core", "envelope")
SECRET = "whsec_" + "QUJD" * 11
MINIMAL = """folder = "x"
[server]
url = "https://x"
system = "s"
secret_file = "secret"
"""


def prepare(value):
    return events.prepare(value, clock_module.Clock(lambda: 1_772_430_000.25), "/line")


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"{",
        b'{"a": NaN}',
        b'{"a": 1e999}',
        b'{"a": 1, "a": 2}',
        b'{"a": "\\u0000"}',
        b'{"a": "\\ud800"}',
        b"\xff",
        b"[" * 70 + b"]" * 70,
        b"[" * 100_000,
        b"1" * 101,
    ],
)
def test_what_odoo_cannot_keep_is_not_taken_in(raw):
    with pytest.raises(errors.Refusal) as refused:
        events.parse(raw)
    assert refused.value.status == 400
    with pytest.raises(strict_json.JsonError):
        strict_json.parse(raw)


@given(st.recursive(st.none() | st.booleans() | st.integers(-(2**53), 2**53)
                    | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
                    lambda inner: st.lists(inner, max_size=3)
                    | st.dictionaries(st.text(), inner, max_size=3)))
def test_what_is_taken_in_can_be_kept_by_odoo(data):
    try:
        value = events.parse(json.dumps({"type": "t", "subject": "k", "data": data}).encode())
    except errors.Refusal:
        return
    body = events.number(prepare(value).body, 12, "1772430000000")
    read = envelope.read_event(strict_json.parse(body))
    assert (read.sequence, read.epoch, read.order_key) == (12, "1772430000000", "k")
    assert read.data == value["data"]


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"id": ""}, "/id"),
        ({"id": 5}, "/id"),
        ({"subject": "x" * 256}, "/subject"),
        ({"time": "yesterday"}, "/time"),
        ({"time": "2026-03-02T06:15:00"}, "/time"),
        ({"sequence": 1.5}, "/sequence"),
        ({"sequence": "-1"}, "/sequence"),
        ({"epoch": "7"}, "/epoch"),
        ({"specversion": "0.3"}, "/specversion"),
    ],
)
def test_malformed_attributes_are_named(change, pointer):
    with pytest.raises(errors.Refusal) as refused:
        prepare({"id": "1", "type": "t", "data": {}} | change)
    assert pointer in dict(refused.value.faults)


def test_event_is_completed():
    event = json.loads(prepare({"type": "t", "data": 1}).body)
    assert (event["source"], event["time"]) == ("/line", "2026-03-02T05:40:00.250Z")
    assert event["id"] != json.loads(prepare({"type": "t", "data": 1}).body)["id"]


def test_signature_is_what_standard_webhooks_expect():
    headers = signing.sign((signing.decode_secret(SECRET),), "msg_1", 1_772_430_000, b"{}")
    webhook = Webhook(SECRET)
    moment = datetime.fromtimestamp(1_772_430_000, UTC)
    assert webhook.sign("msg_1", moment, "{}") == headers["webhook-signature"]


@pytest.mark.parametrize("text", ["", "whsec_", "whsec_YQ==", "QUJD" * 11, "whsec_%%%"])
def test_bad_secret_is_refused_and_not_repeated(text):
    with pytest.raises(errors.AgentError) as refused:
        signing.decode_secret(text)
    assert len(text) < 8 or text not in str(refused.value)


class Hands:
    """A clock turned by hand: the machine's own one is off by ``off``."""

    def __init__(self):
        self.seconds, self.off = 0.0, 0.0

    def create(self):
        return clock_module.Clock(
            lambda: 1_772_430_000 + self.seconds + self.off, lambda: self.seconds
        )

    @property
    def right(self):
        return 1_772_430_000 + self.seconds


def test_clock_follows_the_server_and_ignores_steps():
    hands = Hands()
    hands.off = -7200
    clock = hands.create()
    assert clock.now() == pytest.approx(hands.right - 7200)
    assert clock.observe(hands.right - 0.5, 0) == pytest.approx(7200)
    assert not clock.find_step()
    hands.seconds, hands.off = 100, 86400
    assert clock.now() == pytest.approx(hands.right)
    assert clock.find_step()
    assert clock.last_step_seconds == pytest.approx(93600)
    assert clock.offset_seconds == pytest.approx(-86400)
    assert clock.observe(hands.right - 0.5, 0) is None
    assert (clock.find_step(), clock.steps) == (False, 1)


def test_clock_that_jumps_just_before_the_server_answers_counts_once():
    hands = Hands()
    clock = hands.create()
    clock.observe(hands.right - 0.5, 0)
    hands.off = 3600
    clock.observe(hands.right - 0.5, 0)
    clock.find_step()
    assert clock.offset_seconds == pytest.approx(-3600)
    assert clock.now() == pytest.approx(hands.right)
    assert clock.steps == 1


@given(st.lists(st.tuples(st.floats(0, 5), st.integers(1, 50)), min_size=5, max_size=60))
def test_pace_is_never_exceeded(moves):
    pace, now, taken, largest = Pace(per_second=10), 0.0, 0, 0
    for pause, count in moves:
        now += pause
        if pace.take(count, now) == 0:
            taken, largest = taken + count, max(largest, count)
    assert taken <= 10 * (now + 1) + largest


def test_pace_says_how_long_to_wait():
    pace = Pace(per_second=10)
    assert pace.take(30, 0) == 0
    wait = pace.take(1, 0)
    assert wait == pytest.approx(2.1)
    assert pace.take(1, wait) == 0


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("3", 3),
        ("Mon, 02 Mar 2026 05:40:10 GMT", 10),
        ("Mon, 02 Mar 2020 05:40:10 GMT", 0),
        ("99999999999", 86400),
        ("soon", None),
        ("", None),
        (None, None),
    ],
)
def test_retry_after(header, seconds):
    assert transport.read_retry_after(header, 1_772_430_000) == seconds


@pytest.mark.parametrize("url", ["http://erp.example.com", "ftp://x", "erp", "https://"])
def test_unsafe_address_is_refused(url, tmp_path):
    (tmp_path / "secret").write_text(SECRET)
    with pytest.raises(errors.AgentError):
        transport.Transport(
            url, "x", signing.Secrets(tmp_path / "secret"), clock_module.Clock()
        )


def test_example_configuration_can_be_read():
    read = config.read_config(AGENT / "edge-agent.example.toml")
    assert read.server.system == "line-4"
    assert read.journal == load_agent("journal").Limits()
    text = (AGENT / "edge-agent.example.toml").read_text()
    for section in config.SECTIONS:
        assert f"[{section}]" in text


def test_unit_lets_the_example_work():
    """What the configuration names can be read again, and written where it has to be."""
    unit = configparser.ConfigParser(strict=False, interpolation=None)
    unit.optionxform = str
    unit.read(AGENT / "edge-agent.service")
    service = unit["Service"]
    example = (AGENT / "edge-agent.example.toml").read_text()
    folder = re.search(r'^# \[files\]\n# path = "(.*)"', example, re.MULTILINE)[1]
    assert f"-{folder}" in service["ReadWritePaths"].split()
    assert service["ProtectSystem"] == "strict"
    secret = re.search(r'^secret_file = "(.*)"', example, re.MULTILINE)[1]
    assert not secret.startswith("/run/credentials")
    # A copy of the start would never show a new secret.
    assert not {"LoadCredential", "SetCredential", "DynamicUser"} & set(service)
    state = re.search(r'^folder = "(.*)"', example, re.MULTILINE)[1]
    assert state == f"/var/lib/{service['StateDirectory']}"


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("", "folder"),
        ('folder = "x"\n[server]\nurl = "u"', "system"),
        ('folder = "x"\n[server]\nurl = 5', "server.url"),
        ('folder = "x"\ncolour = "red"', "colour"),
        ('folder = "x"\n[server]\nretries = 5', "server.retries"),
        ("folder = ", "Invalid"),
        ('folder = "x"\nserver = 5', "[server]"),
        (f"{MINIMAL}[files]\npath = 'in'\nsettled_looks = 0", "files.settled_looks"),
        (f"{MINIMAL}[signals]\ngrace_seconds = -1", "signals.grace_seconds"),
    ],
)
def test_wrong_configuration_is_named(text, named, tmp_path):
    file = tmp_path / "edge-agent.toml"
    file.write_text(text)
    with pytest.raises(errors.AgentError) as refused:
        config.read_config(file)
    assert named in str(refused.value)


def test_agent_needs_neither_odoo_nor_the_addon():
    for file in AGENT.rglob("*.py"):
        text = file.read_text()
        assert "odoo" not in [
            word for line in text.splitlines() if line.lstrip().startswith(("import ", "from "))
            for word in line.replace(".", " ").split()
        ], file
        assert "from ..." not in text, f"{file} reaches out of its folder"
