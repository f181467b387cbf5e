from hypothesis import given
from hypothesis import strategies as st

from tests.unit.libs import load_lib

throttle = load_lib("integration_core", "throttle")


def run(times, per_minute=60, burst=5):
    arrival, passed = 0.0, []
    for now in times:
        verdict = throttle.decide(arrival, now, per_minute=per_minute, burst=burst)
        arrival = verdict.arrival
        passed.append(verdict.retry_after_seconds == 0)
    return passed


def test_burst_passes_and_the_next_waits():
    assert run([100.0] * 6) == [True] * 5 + [False]


def test_a_refused_request_uses_nothing_up():
    assert run([100.0] * 50 + [101.01]) == [True] * 5 + [False] * 45 + [True]


def test_waiting_as_told_is_enough():
    verdict = throttle.decide(105.0, 100.0, per_minute=60, burst=5)
    assert verdict.retry_after_seconds > 0
    later = 100.0 + verdict.retry_after_seconds
    assert (
        throttle.decide(105.0, later, per_minute=60, burst=5).retry_after_seconds == 0
    )


@given(st.lists(st.floats(0, 600), min_size=1, max_size=300), st.integers(1, 20))
def test_never_more_than_rate_and_burst(times, burst):
    times = sorted(1000 + moment for moment in times)
    passed = [t for t, ok in zip(times, run(times, 60, burst), strict=True) if ok]
    for index, start in enumerate(passed):
        within = [t for t in passed[index:] if t < start + 60]
        assert len(within) <= 60 + burst + 1


def test_a_batch_larger_than_the_burst_passes_after_quiet():
    assert (
        throttle.decide(0, 100, per_minute=60, burst=5, cost=50).retry_after_seconds
        == 0
    )


def test_a_batch_larger_than_the_burst_passes_after_its_first_was_paid():
    paid = throttle.decide(0, 100, per_minute=60, burst=5)
    rest = throttle.decide(paid.arrival, 100, per_minute=60, burst=5, cost=49, paid=1)
    assert rest.retry_after_seconds == 0


def test_a_batch_that_waits_as_told_passes_although_it_pays_again():
    now, arrival = 100.0, 130.0
    for _turn in range(2):
        arrival = throttle.decide(arrival, now, per_minute=60, burst=40).arrival
        rest = throttle.decide(arrival, now, per_minute=60, burst=40, cost=49, paid=1)
        now += rest.retry_after_seconds
    assert rest.retry_after_seconds == 0
