"""Delivery over three days of outage, with a clock that is told what time it is."""

import json
import os

import pytest

from tests.plant.far_side import FarSide
from tests.unit.libs import load_agent

agent = {
    name: load_agent(name)
    for name in (
        "alarms",
        "clock",
        "delivery",
        "intake",
        "journal",
        "pace",
        "signing",
        "telemetry",
        "transport",
        "verdict",
    )
}
SECRET = "whsec_" + "QUJD" * 11
HOURS = 72
# Every so many seconds of the outage the line reports something.
REPORT_SECONDS = int(os.environ.get("EDGE_OUTAGE_SECONDS", "600"))


class Machine:
    """A computer whose clock is turned on by hand, with an agent's parts on it."""

    def __init__(self, folder, side):
        self.seconds = 0.0
        self.start = __import__("time").time() - HOURS * 3600
        self.clock = agent["clock"].Clock(
            lambda: self.start + self.seconds, lambda: self.seconds
        )
        (folder / "secret").write_text(SECRET)
        limits = agent["journal"].Limits(reserve_bytes=0, min_free_bytes=0)
        self.journal = agent["journal"].Journal(folder, limits, self.clock.wall)
        self.alarms = agent["alarms"].Alarms()
        self.intake = agent["intake"].Intake(
            self.journal,
            agent["telemetry"].Telemetry(folder),
            self.clock,
            self.alarms,
            "/line-4",
        )
        transport = agent["transport"].Transport(
            side.url,
            "line-4",
            agent["signing"].Secrets(folder / "secret"),
            self.clock,
        )
        self.sender = agent["delivery"].Sender(
            self.journal, transport, self.alarms, agent["pace"].Pace(), self.clock.monotonic
        )

    def report(self, number):
        event = {
            "id": f"r-{number}",
            "type": "production.reported",
            "subject": f"MES/{number % 7}",
            "data": {"order": f"MES/{number % 7}", "quantity": 1},
        }
        (result,) = self.intake.take([event])
        assert result.sequence == number // 7 + 1


@pytest.fixture
def side():
    side = FarSide([SECRET]).start()
    yield side
    side.stop()


def test_three_days_offline(tmp_path, side):
    machine = Machine(tmp_path, side)
    side.stop()
    number = tries = 0
    due = 0.0
    while machine.seconds < HOURS * 3600:
        machine.report(number)
        number += 1
        machine.seconds += REPORT_SECONDS
        if machine.seconds >= due:
            due = machine.seconds + machine.sender.step()
            tries += 1
    assert tries >= min(number, HOURS * 60) * 0.9, "It gave up trying"
    assert machine.journal.messages == number
    assert "offline" in machine.alarms.as_dict()
    side.start()
    while machine.sender.step() is not None:
        pass
    assert machine.journal.messages == 0
    assert len(side.taken) == number
    assert machine.alarms.as_dict() == {}
    for taken in side.by_key().values():
        assert [one.place[1] for one in taken] == list(range(1, len(taken) + 1))
        times = [one.event["time"] for one in taken]
        assert times == sorted(times), "They speak of when it happened"


def test_a_day_of_failures_never_overflows(tmp_path, side):
    machine = Machine(tmp_path, side)
    side.stop()
    machine.report(0)
    machine.sender.failures = 100_000
    assert 0 < machine.sender.step() <= 60


def test_uncertain_batch_is_sent_again_as_it_was(tmp_path, side):
    """What came meanwhile waits: nothing can overtake a batch whose fate is open."""
    machine = Machine(tmp_path, side)
    side.answer = lambda number: (504, {}) if number == 0 else None
    machine.report(0)
    machine.sender.step()
    for number in range(1, 5):
        machine.report(number)
    machine.sender.step()
    assert side.batches == [1]
    machine.sender.step()
    assert side.batches == [1, 4]


def judge(status, body=None, ids=("a", "b")):
    answer = agent["verdict"].Answer(status, body)
    return agent["verdict"].judge(answer, ids)


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (0, "wait"),
        (200, "wait"),
        (302, "misconfigured"),
        (400, "split"),
        (401, "misconfigured"),
        (404, "misconfigured"),
        (413, "split"),
        (429, "throttled"),
        (500, "crashed"),
        (503, "wait"),
    ],
)
def test_what_an_answer_means(status, kind):
    assert judge(status).kind == kind


@pytest.mark.parametrize(
    "body",
    [
        None,
        [],
        {"results": None},
        {"results": []},
        {"results": [{"id": "a", "status": 202, "message": "m"}]},
    ],
)
def test_answer_that_does_not_fit_settles_nothing(body):
    verdict = judge(207, body)
    assert (verdict.kind, verdict.accepted) == ("wait", [])


def test_results_are_taken_one_by_one():
    results = [
        {"id": "a", "status": 202, "message": "m-1"},
        {"id": "b", "status": 422, "detail": "No"},
        {"id": "c", "status": 429, "detail": "Later"},
        {"id": "x", "status": 202, "message": "of another event"},
        {"id": "e", "status": 202},
        "nonsense",
        {"id": "g", "status": 500},
    ]
    verdict = judge(207, {"results": results}, "abcdefg")
    assert verdict.accepted == [(0, "m-1")]
    assert [(i, json.loads(p)["detail"]) for i, p in verdict.refused] == [(1, "No")]
    assert [i for i, _status in verdict.postponed] == [2, 3, 4, 5, 6]
