"""Requests by the thousand that nobody thought of: never a 5xx, nothing changed by a
stranger, and no worker that grows.

``FUZZ_REQUESTS=100000`` makes it long; the default is for every day.
"""

import json
import multiprocessing
import os
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from schemathesis.config import SchemathesisConfig

from tests.plant.partner import EVENT_TYPE, sign
from tests.plant.setup import Plant
from tests.system.conftest import sign_in
from tests.system.raw import bearer_headers, compose, send

REQUESTS = int(os.environ.get("FUZZ_REQUESTS", "1500"))
CONTRACTS = (
    "connection.tested",
    "production.reported",
    "shipment.advised",
    "stock.snapshot",
    "inspection.resulted",
)
# Requests of a run that come without a credential that is in force.
STRANGERS_SHARE = 0.25
# All kinds of requests of a system come in turns of this length.
ROUND_REQUESTS = 5000
WEIGHTS = {"sendMessage": 0.6, "sendBatch": 0.2, "getMessage": 0.1, "health": 0.1}
PROCESSES = 3
GROWTH_MAX = 1.10
# A worker that served next to nothing is still filling its caches.
SETTLED_AFTER = 10_000
SETTINGS = {
    "deadline": None,
    "database": None,
    "phases": [Phase.generate],
    "suppress_health_check": list(HealthCheck),
}
# What an unauthenticated request may leave behind: that it was refused, counted.
COUNTERS = ("integration_rejection",)


@pytest.fixture(scope="module")
def server(environment, run_server):
    # A worker that is replaced on its way would hide that it grows.
    options = {"limit_request": str(10 * REQUESTS), "limit_memory_soft": "0"}
    with run_server("system_fuzz", log_level="warn", options=options) as server:
        # What Odoo does by itself changes rows as well, and is not the subject.
        environment.postgres.query(
            server.database,
            "UPDATE ir_cron SET active = false WHERE integration_lane_id IS NULL",
        )
        yield server


@pytest.fixture(scope="module")
def plant(server):
    return Plant(sign_in(server))


@pytest.fixture(scope="module")
def partner(plant):
    return plant.connect(
        "fuzz",
        "Fuzz",
        "mes",
        CONTRACTS,
        bearer=True,
        rate_limit_per_minute=10_000_000,
        rate_burst=1_000_000,
    )


@pytest.fixture(scope="module")
def secret(plant, partner):
    """The signing secret of the same system."""
    issued = plant.odoo.call(
        "integration.system", "issue_credential", plant.ids[partner.code], "hmac"
    )
    return issued["secret"]


@dataclass
class Account:
    """What came back, and how large the server's workers were on the way."""

    statuses: Counter = field(default_factory=Counter)
    faults: list = field(default_factory=list)
    sizes: list = field(default_factory=list)

    def count(self, status, request):
        self.statuses[status] += 1
        if status >= 500:
            self.faults.append(f"{status}: {request!r}"[:2000])

    def add(self, other):
        self.statuses.update(other.statuses)
        self.faults.extend(other.faults)

    def measure(self, server, sent):
        """Note the resident bytes of the largest worker after so many requests."""
        pages = [
            int(Path(f"/proc/{pid}/statm").read_text().split()[1])
            for pid in server.worker_pids()
        ]
        total = sum(self.statuses.values()) + sent
        self.sizes.append((total, max(pages) * os.sysconf("SC_PAGE_SIZE")))


@pytest.fixture(scope="module")
def account():
    return Account()


def side_by_side(server, account, work, count, *arguments):
    """Run ``work(sent, share, *arguments)`` in processes, and add up their accounts."""
    context = multiprocessing.get_context("fork")
    sent = context.Value("i", 0)
    answers = context.SimpleQueue()

    def run():
        try:
            answers.put(work(sent, count // PROCESSES, *arguments))
        except BaseException as error:  # noqa: BLE001 - handed on below
            answers.put(repr(error))

    processes = [context.Process(target=run) for _number in range(PROCESSES)]
    for process in processes:
        process.start()
    found = []
    while len(found) < PROCESSES:
        if answers.empty():
            time.sleep(0.2)
            account.measure(server, sent.value)
        else:
            found.append(answers.get())
    for process in processes:
        process.join()
    for own in found:
        assert isinstance(own, Account), own
        account.add(own)


def get_description(partner):
    answer = requests.get(
        f"{partner.url}/integration/v1/{partner.code}/openapi.json",
        headers={"Authorization": f"Bearer {partner.token}"},
        timeout=30,
    )
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_description_is_for_the_caller_only(server, partner):
    generic = requests.get(f"{server.url}/integration/v1/openapi.json", timeout=30)
    assert generic.status_code == 200
    assert not any(code in generic.text for code in CONTRACTS)
    own = get_description(partner)
    names = set(own["components"]["schemas"])
    assert {f"{code}-1.0" for code in CONTRACTS} <= names
    assert "epcis.events-1.0" not in names
    stranger = requests.get(
        f"{server.url}/integration/v1/{partner.code}/openapi.json", timeout=30
    )
    assert stranger.status_code == 401
    by_token = requests.get(
        f"{server.url}/integration/v1/openapi.json",
        headers={"Authorization": f"Bearer {partner.token}"},
        timeout=30,
    )
    assert by_token.json() == own


PATHS = st.sampled_from(
    [
        b"/integration/v1/fuzz/messages",
        b"/integration/v1/fuzz/messages/batch",
        b"/integration/v1/fuzz/messages/0190c0de-0000-7000-8000-000000000000",
        b"/integration/v1/fuzz/openapi.json",
        b"/integration/v1/openapi.json",
        b"/integration/v1/health",
        b"/epcis/v2",
        b"/epcis/v2/events",
        b"/epcis/v2/events?EQ_bizStep=' OR 1=1--&MATCH_epc=urn%3Aepc%3Aidpat%3Asgtin%3A1",
        b"/epcis/v2/capture",
        b"/epcis/v2/capture/1",
        b"/epcis/v2/epcs/https:%2f%2fid.gs1.org%2f01%2f1/events",
    ]
) | st.binary(max_size=40).map(
    lambda tail: b"/integration/v1/" + b"".join(b"%%%02x" % byte for byte in tail)
)
METHODS = st.sampled_from([b"POST"] * 6 + [b"GET", b"PUT", b"HEAD", b"DELETE", b"X"])
LINE = st.binary(max_size=60).map(
    lambda text: text.replace(b"\r", b"").replace(b"\n", b"")
)
NAMES = st.sampled_from(
    [
        b"Content-Type",
        b"Content-Encoding",
        b"Idempotency-Key",
        b"ce-specversion",
        b"ce-id",
        b"ce-time",
        b"webhook-id",
        b"webhook-timestamp",
        b"webhook-signature",
        b"Authorization",
        b"Cookie",
        b"Accept-Language",
        b"X-Forwarded-For",
        b"Range",
        b"If-Match",
    ]
)
HEADERS = st.lists(st.tuples(NAMES, LINE), max_size=4).map(
    lambda lines: [name + b": " + value for name, value in lines]
)
VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=20)
    | st.sampled_from(["connection.tested", "1.0", "2026-01-01T00:00:00Z"]),
    lambda children: (
        st.lists(children, max_size=3)
        | st.dictionaries(st.text(max_size=8), children, max_size=3)
    ),
    max_leaves=6,
)
ATTRIBUTES = st.sampled_from(
    ["id", "source", "type", "data", "subject", "sequence", "epoch", "time", "dataschema"]
)


def event_with(changes):
    whole = {
        "specversion": "1.0",
        "id": os.urandom(8).hex(),
        "source": "/fuzz",
        "type": "connection.tested",
        "data": {"text": "x"},
    }
    return json.dumps(whole | changes).encode()


BODIES = (
    st.binary(max_size=300)
    | VALUES.map(lambda value: json.dumps(value).encode())
    | st.dictionaries(ATTRIBUTES, VALUES, max_size=3).map(event_with)
)


def signed_headers(secret, body, identity, when):
    """Signature headers; of a wrong moment or over another body where ``when`` is odd."""
    timestamp = int(time.time()) + (when if when % 2 else 0)
    return [
        b"Content-Type: " + EVENT_TYPE.encode(),
        b"webhook-id: " + identity,
        b"webhook-timestamp: %d" % timestamp,
        b"webhook-signature: "
        + sign(secret, identity.decode(), timestamp, body).encode(),
    ]


def raw_requests(partner, secret, credentials):
    """Return a strategy of whole requests as bytes.

    :param credentials: ``valid``, or ``none`` for strangers.
    """
    bearer = bearer_headers(partner)
    identities = st.text("abc123_", min_size=1, max_size=20).map(str.encode)

    def make(method, path, headers, body, identity, when):
        if credentials == "none":
            own = [line for line in headers if not line.startswith(b"Authorization")]
            wrong = signed_headers("whsec_d3Jvbmc=", body, identity, when)
            headers = own if when % 3 else own + wrong
        elif when % 3:
            headers = headers + bearer
        else:
            headers = headers + signed_headers(secret, body, identity, when)
        return compose(method, path, headers, body)

    return st.builds(
        make, METHODS, PATHS, HEADERS, BODIES, identities, st.integers(-400, 400)
    )


def fuzz_raw(sent, count, port, strategy):
    """Send raw bytes, each request on a connection of its own."""
    account = Account()

    @settings(max_examples=max(count, 1), **SETTINGS)
    @given(strategy)
    def one(request):
        account.count(send(port, request).status, request)
        sent.value += 1

    one()
    return account


def count_rows(environment, database):
    """Return ``{table: rows}`` of everything Odoo keeps."""
    postgres = environment.postgres
    tables = postgres.query(
        database, "SELECT tablename FROM pg_tables WHERE schemaname = 'public'"
    )
    counts = " UNION ALL ".join(
        f"SELECT '{table}', count(*)::text FROM \"{table}\""
        for (table,) in tables
        if table not in COUNTERS and not table.startswith(("ir_cron", "bus_"))
    )
    return dict(postgres.query(database, counts))


def count_settled_rows(environment, database):
    """Count once what runs at a server's start has ended."""
    rows, before = count_rows(environment, database), None
    while rows != before:
        time.sleep(3)
        rows, before = count_rows(environment, database), rows
    return rows


def fuzz_description(sent, count, url, token, description):
    """Send what schemathesis makes of a description, right and wrong."""
    schema = schemathesis.openapi.from_dict(description, config=SchemathesisConfig())
    account = Account()

    def fuzz(session, operation, mode, share):
        @settings(max_examples=share, **SETTINGS)
        @given(operation.as_strategy(generation_mode=mode))
        def one(case):
            case.headers = dict(case.headers or {})
            case.headers["Authorization"] = f"Bearer {token}"
            request = case.as_transport_kwargs(base_url=url)
            try:
                answer = session.request(**request, timeout=60)
            except (requests.exceptions.InvalidHeader, UnicodeError):
                return  # not even requests sends it; the raw bytes do
            account.count(answer.status_code, request)
            sent.value += 1

        one()

    with requests.Session() as session:
        for result in schema.get_all_operations():
            operation = result.ok()
            name = operation.definition.raw["operationId"]
            share = int(count * WEIGHTS[name] / 2) or 1
            for mode in schemathesis.GenerationMode:
                if name == "health" and mode.is_negative:
                    continue  # it takes nothing that could be wrong
                fuzz(session, operation, mode, share)
    return account


def fuzz_system(sent, count, server_url, port, token, description, strategy):
    """Send what the description allows and forbids, and raw bytes, in turns."""
    account = Account()
    rounds = max(count * PROCESSES // ROUND_REQUESTS, 1)
    share = count // rounds // 2
    for _round in range(rounds):
        account.add(fuzz_description(sent, share, server_url, token, description))
        account.add(fuzz_raw(sent, share, port, strategy))
    return account


def test_requests_of_a_system(server, partner, secret, account):
    """What schemathesis makes of the published OpenAPI, and worse."""
    side_by_side(
        server,
        account,
        fuzz_system,
        int(REQUESTS * (1 - STRANGERS_SHARE)),
        server.url,
        server.port,
        partner.token,
        get_description(partner),
        raw_requests(partner, secret, "valid"),
    )
    assert not account.faults, account.faults[:3]
    assert account.statuses[202], account.statuses
    assert {400, 422} <= set(account.statuses), account.statuses


def settle(environment, server):
    """Leave nothing to be done by itself in what follows."""
    environment.postgres.query(
        server.database,
        "UPDATE integration_delivery SET state = 'cancelled' WHERE state != 'done'",
    )


def test_strangers_change_nothing(environment, server, partner, secret, account):
    settle(environment, server)
    before = count_settled_rows(environment, server.database)
    strategy = raw_requests(partner, secret, "none")
    count = int(REQUESTS * STRANGERS_SHARE)
    strange = Account()
    side_by_side(server, strange, fuzz_raw, count, server.port, strategy)
    after = count_settled_rows(environment, server.database)
    assert not strange.faults, strange.faults[:3]
    assert not strange.statuses[202], strange.statuses
    account.add(strange)
    account.measure(server, 0)
    assert before == after, set(before.items()) ^ set(after.items())


def test_raw_bytes_of_a_system(server, partner, secret, account):
    count = int(REQUESTS * STRANGERS_SHARE)
    strategy = raw_requests(partner, secret, "valid")
    side_by_side(server, account, fuzz_raw, count, server.port, strategy)
    assert not account.faults, account.faults[:3]


def test_workers_do_not_grow(account):
    """Resident memory from the 10,000th request (or a tenth) to the end."""
    mark = min(SETTLED_AFTER, REQUESTS // 2)
    settled = [size for number, size in account.sizes if number >= mark]
    assert len(settled) > 1
    growth = settled[-1] / settled[0]
    assert growth <= GROWTH_MAX, f"{growth:.3f}: {account.sizes}"
