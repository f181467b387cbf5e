"""A breaker opens, probes and closes."""

from datetime import datetime, timedelta

import pytest

from tests.unit.libs import load_lib

breaker = load_lib("integration_core", "breaker")

NOON = datetime(2026, 3, 2, 12)
RULES = breaker.BreakerRules()


def feed(state, *results, at=0):
    """Record results, ``True`` for a success, one by one at a second."""
    for result in results:
        state = breaker.record(
            state,
            RULES,
            successes=int(result),
            failures=int(not result),
            now=NOON + timedelta(seconds=at),
        )
    return state


CLOSED = breaker.Breaker(NOON)
OPEN = feed(CLOSED, *[False] * 10)


@pytest.mark.parametrize(
    ("results", "is_open"),
    [
        ([False] * 9, False),
        ([False] * 10, True),
        ([True] * 3 + [False] * 7, True),
        ([True] * 4 + [False] * 6, False),
        ([True] * 100 + [False] * 10, False),
    ],
)
def test_it_opens_from_ten_requests_with_seventy_percent_failures(results, is_open):
    assert feed(CLOSED, *results).is_open is is_open


def test_failures_of_another_window_do_not_count():
    state = feed(CLOSED, *[False] * 9)
    assert not feed(state, False, at=301).is_open


def test_it_stays_open_for_thirty_seconds_and_a_success_closes_it():
    assert OPEN.open_until == NOON + timedelta(seconds=30)
    closed = feed(OPEN, True, at=31)
    assert (closed.is_open, closed.failures, closed.openings) == (False, 0, 0)


def test_each_probe_that_fails_doubles_the_pause_up_to_a_limit():
    state, at, pauses = OPEN, 0, []
    for _probe in range(7):
        at = (state.open_until - NOON).total_seconds()
        state = feed(state, False, at=at)
        pauses.append((state.open_until - NOON).total_seconds() - at)
    assert pauses == [60, 120, 240, 480, 900, 900, 900]


def test_what_was_under_way_when_it_opened_says_nothing_new():
    assert feed(OPEN, False, False, at=5) == OPEN


def test_nothing_recorded_changes_nothing():
    state = breaker.record(OPEN, RULES, successes=0, failures=0, now=NOON)
    assert state == OPEN
