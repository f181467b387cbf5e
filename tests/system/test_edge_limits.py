"""What the edge agent does when there is no room, and how fast it empties itself."""

import subprocess
import time

import pytest
import requests

from tests.plant.edge import Edge
from tests.plant.edge_account import KEYS, SECRET, assert_account, produce
from tests.plant.partner import until


@pytest.fixture
def small_disk(tmp_path):
    """A disk of 32 MB. Needs root; without, the test fails and says so."""
    folder = tmp_path / "edge"
    folder.mkdir()
    made = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=32m", "tmpfs", folder],
        capture_output=True,
        text=True,
        check=False,
    )
    if made.returncode:
        pytest.fail(f"A small disk is needed, and mounting was refused: {made.stderr}")
    yield folder
    subprocess.run(["umount", "-l", folder], check=True)


def fill_journal(edge):
    """Send until the agent refuses. Returns what it accepted."""
    accepted = []
    for _ in range(20_000):
        event = edge.event(f"MES/{len(accepted) % KEYS}", data={"pad": "x" * 60_000})
        answer = edge.post(event)
        if answer.status_code == 507:
            assert answer.json()["type"] == "urn:problem:journal-full"
            assert answer.headers["Retry-After"]
            return accepted
        assert answer.status_code == 202, answer.text
        accepted.append(event)
    raise AssertionError("The disk never became full")


@pytest.mark.parametrize("min_free", [0, 2_000_000], ids=["really-full", "nearly-full"])
def test_full_disk(small_disk, side, min_free):
    """It refuses with an alarm, keeps what it has, drains, and takes in again."""
    side.stop()
    limits = {"min_free_bytes": min_free}
    edge = Edge(small_disk, side.url, SECRET, settings={"journal": limits})
    edge.start()
    try:
        accepted = fill_journal(edge)
        assert len(accepted) > 50
        status = edge.status()
        assert "journal-full" in status["alarms"]
        health = requests.get(f"{edge.address}/health", timeout=5)
        assert health.status_code == 503
        if not min_free:
            # Another program takes whatever is left.
            fill_up(small_disk / "other")
        side.start()
        edge.wait_empty(120)
        (small_disk / "other").unlink(missing_ok=True)
        late = edge.event("MES/0")
        edge.insist(late)
        edge.wait_empty()
        assert "journal-full" not in edge.status()["alarms"]
        assert_account(side, [*accepted, late])
    finally:
        edge.kill()


def fill_up(file):
    with file.open("wb", buffering=0) as output:
        for size in (65536, 4096, 512):
            while True:
                try:
                    output.write(b"x" * size)
                except OSError:
                    break


def test_limit_of_the_journal_refuses_and_telemetry_drops_the_oldest(edge, side):
    side.stop()
    edge.settings = {"journal": {"max_messages": 50}, "telemetry": {"max_messages": 20}}
    edge.start()
    accepted = produce(edge, 50)
    refused = edge.event("MES/0")
    assert edge.post(refused).status_code == 507
    readings = [edge.event("Press 1/temperature") for _ in range(70)]
    answer = edge.post(readings, "/telemetry")
    assert {result["status"] for result in answer.json()["results"]} == {202}
    assert edge.status()["telemetry"]["dropped"] == 50
    side.start()
    edge.wait_empty()
    until(lambda: edge.status()["telemetry"]["pending"] == 0, 30, "Readings wait")
    edge.insist(refused)
    edge.wait_empty()
    kept = [event["id"] for event in readings[-20:]]
    assert sorted(side.ids()) == sorted(
        [*(event["id"] for event in [*accepted, refused]), *kept]
    )


def test_drain_is_throttled(edge, side):
    side.stop()
    edge.settings = {"server": {"messages_per_second": 100, "batch_messages": 20}}
    edge.start()
    events = produce(edge, 400)
    start = time.monotonic()
    side.start()
    edge.wait_empty(60)
    assert time.monotonic() - start > 2.5
    assert max(side.batches) <= 20
    assert_account(side, events)
