"""Clocks that are wrong, step or run on for days, and secrets that change meanwhile."""

import contextlib
import sqlite3
from datetime import datetime, timedelta

import pytest

from tests.plant.edge_account import SECRET, assert_account, produce
from tests.plant.partner import until

NEW_SECRET = "whsec_" + "REVG" * 11


def read_causes(edge):
    """Return why the clock's offset was written down, each cause once."""
    with contextlib.closing(sqlite3.connect(edge.journal / "journal.db")) as journal:
        return {cause for (cause,) in journal.execute("SELECT cause FROM clock_offset")}


def test_clock_that_is_hours_off_and_steps(edge, side, tmp_path):
    """What is signed is genuine all the same; the offset and the step are on record."""
    clock = tmp_path / "clock"
    clock.write_text("-7200")
    edge.start(CLOCK_FILE=str(clock))
    events = produce(edge, 5)
    edge.wait_empty()
    assert edge.status()["clock"]["offset_seconds"] == pytest.approx(7200, abs=3)
    until(lambda: "server" in read_causes(edge), 10, "The offset is not on record")
    clock.write_text("86400")
    events += produce(edge, 5)
    edge.wait_empty()
    until(lambda: edge.status()["clock"]["steps"] == 1, 10, "The step went unnoticed")
    clock.write_text("0")
    events += produce(edge, 5)
    edge.wait_empty()
    until(lambda: edge.status()["clock"]["steps"] == 2, 10, "The step went unnoticed")
    untimed = {name: value for name, value in edge.event().items() if name != "time"}
    edge.insist(untimed)
    edge.wait_empty()
    assert_account(side, [*events, untimed])
    until(lambda: "step" in read_causes(edge), 10, "The step is not on record")


def test_clock_that_is_years_behind_begins_no_journal(edge, tmp_path):
    clock = tmp_path / "clock"
    clock.write_text("-1700000000")
    edge.launch(CLOCK_FILE=str(clock))
    assert edge.process.wait(20) == 2
    assert "clock of this machine is years behind" in edge.log


def test_secrets_are_rotated_without_a_pause(edge, side):
    edge.start()
    events = produce(edge, 5)
    # Both for a while, the new one first; then the old one goes, at either end.
    (edge.folder / "secret").write_text(f"{NEW_SECRET}\n{SECRET}\n")
    events += produce(edge, 5)
    edge.wait_empty()
    side.secrets = [NEW_SECRET]
    events += produce(edge, 5)
    edge.wait_empty()
    (edge.folder / "secret").write_text("half a file")
    events += produce(edge, 5)
    edge.wait_empty()
    (edge.folder / "secret").write_text(NEW_SECRET)
    events += produce(edge, 5)
    edge.wait_empty()
    assert side.rejected == 0
    assert edge.status()["secrets_rotated"] == 2
    assert NEW_SECRET not in edge.log
    assert_account(side, events)


def test_wrong_secret_is_an_alarm_and_nobody_is_to_blame(edge, side):
    side.secrets = [NEW_SECRET]
    edge.start()
    events = produce(edge, 5)
    until(lambda: "connection" in edge.status()["alarms"], 20, "No alarm")
    assert edge.status()["journal"]["quarantined"] == 0
    side.secrets = [SECRET]
    edge.wait_empty(90)
    assert edge.status()["alarms"] == {}
    assert_account(side, events)


def test_72_hours_without_a_connection(edge, side, tmp_path):
    """Everything of three days arrives in order, dated to when it was; a kill between."""
    begin, passed = datetime.now().astimezone(), tmp_path / "passed"
    passed.write_text("0")
    side.stop()
    edge.start(PASSED_FILE=str(passed))
    events = []
    for hour in range(0, 73, 6):
        passed.write_text(str(hour * 3600))
        for _ in range(4):
            untimed = edge.event(f"MES/{len(events) % 3}")
            del untimed["time"]
            edge.insist(untimed)
            events.append(untimed)
        if hour == 36:
            edge.kill()
            edge.start(PASSED_FILE=str(passed))
    status = edge.status()
    assert status["journal"]["pending"] == len(events)
    assert (status["clock"]["steps"], set(status["alarms"])) == (0, {"offline"})
    side.clock_offset = 72 * 3600
    side.start()
    edge.wait_empty(90)
    assert_account(side, events)
    times = {
        one.event["id"]: datetime.fromisoformat(one.event["time"]) for one in side.taken
    }
    for number, event in enumerate(events):
        told = begin + timedelta(hours=number // 4 * 6)
        assert abs(times[event["id"]] - told) < timedelta(minutes=2)
