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
