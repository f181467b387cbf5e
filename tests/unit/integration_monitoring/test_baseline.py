from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.libs import load_lib

baseline = load_lib("integration_monitoring", "baseline")

STEADY = baseline.learn([98, 100, 103, 99, 101, 100], [1, 1, 1, 1, 1, 1], 6)


def kinds(known, count, failed=0):
    return {anomaly.kind for anomaly in baseline.judge(known, count, failed)}


@pytest.mark.parametrize(
    ("count", "failed", "expected"),
    [
        (100, 1, set()),
        (120, 1, set()),
        (0, 0, {"silence"}),
        (900, 9, {"surge"}),
        (100, 40, {"errors"}),
        (900, 800, {"surge", "errors"}),
    ],
)
def test_what_is_unusual_for_a_steady_flow(count, failed, expected):
    assert kinds(STEADY, count, failed) == expected


def test_one_odd_week_moves_nothing():
    odd = baseline.learn([98, 100, 103, 5000, 101, 100], [0] * 6, 6)
    assert kinds(odd, 900) == {"surge"}


def test_silent_weeks_count_as_silent():
    rare = baseline.learn([40], [0], 6)
    assert rare.count == 0
    assert kinds(rare, 0) == set()


@given(st.lists(st.integers(0, 10_000), max_size=8), st.integers(0, 10_000))
def test_too_few_weeks_never_alarm(counts, count):
    known = baseline.learn(counts[:3], [0] * len(counts[:3]), 3)
    assert kinds(known, count, count) == set()


@given(st.lists(st.integers(0, 10_000), min_size=4, max_size=8))
def test_the_usual_is_never_unusual(counts):
    known = baseline.learn(counts, [0] * len(counts), len(counts))
    assert kinds(known, round(known.count)) <= {"silence"} - (
        set() if known.count < 1 else {"silence"}
    )


def test_an_hour_of_the_week_is_that_of_the_clock_on_the_wall():
    berlin = ZoneInfo("Europe/Berlin")
    friday, monday = datetime(2026, 10, 23, 4), datetime(2026, 10, 26, 5)
    hours = [baseline.get_hour_of_week(hour, berlin) for hour in (friday, monday)]
    assert hours == [4 * 24 + 6, 0 * 24 + 6]
    # Across midnight, and half an hour from ours.
    kolkata = ZoneInfo("Asia/Kolkata")
    assert baseline.get_hour_of_week(datetime(2026, 10, 25, 20), kolkata) == 1


def test_figures_of_one_hour_of_the_week_stand_together():
    weeks = [datetime(2026, 10, 19, 4), datetime(2026, 10, 26, 5)]
    groups = baseline.group_by_hour_of_week(
        weeks, [7, 8], [1, 0], ZoneInfo("Europe/Berlin")
    )
    assert groups == {6: ([7, 8], [1, 0])}
