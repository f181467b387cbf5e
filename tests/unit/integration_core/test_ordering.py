"""Order of a stream: late, early, missing, stale; and any permutation ends the same."""

from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.libs import load_lib

ordering = load_lib("integration_core", "ordering")
OrderRules, Place, judge = ordering.OrderRules, ordering.Place, ordering.judge

NOON = datetime(2026, 3, 2, 12)
WAIT = OrderRules(late="wait", window_seconds=60)


def at(sequence, epoch="", minute=0):
    occurred = NOON + timedelta(minutes=minute)
    return Place(ordering.comparable_epoch(epoch), sequence, occurred)


def decide(rules, place, last=None, *, received=NOON, now=NOON, waived=False):
    verdict = judge(rules, place, last, received_at=received, now=now, waived=waived)
    return verdict.action, verdict.cause


LATER = NOON + timedelta(seconds=61)


@pytest.mark.parametrize(
    ("rules", "place", "last", "now", "expected"),
    [
        (OrderRules(), at(1), at(9), NOON, ("apply", "")),
        (WAIT, at(1), None, NOON, ("apply", "")),
        (WAIT, at(0), None, NOON, ("apply", "")),
        (WAIT, at(3), None, NOON, ("wait", "gap")),
        (WAIT, at(3), None, LATER, ("apply", "")),
        (WAIT, at(4), at(3), NOON, ("apply", "")),
        (WAIT, at(5), at(3), NOON, ("wait", "gap")),
        (WAIT, at(5), at(3), LATER, ("raise", "gap")),
        (WAIT, at(3), at(3), NOON, ("raise", "late")),
        (WAIT, at(2), at(3), LATER, ("raise", "late")),
        (WAIT, at(1, "2"), at(9, "1"), NOON, ("apply", "")),
        (WAIT, at(4, "2"), at(9, "1"), NOON, ("wait", "gap")),
        (WAIT, at(9, "1"), at(1, "2"), NOON, ("raise", "late")),
        (WAIT, at(None, minute=1), at(None), NOON, ("apply", "")),
        (WAIT, at(None), at(None, minute=1), NOON, ("raise", "late")),
        (OrderRules(late="ignore"), at(2), at(3), NOON, ("ignore", "late")),
        (OrderRules(late="ignore"), at(9), at(3), NOON, ("apply", "")),
        (OrderRules(late="raise"), at(9), at(3), NOON, ("raise", "gap")),
        (OrderRules(late="raise"), at(9), None, NOON, ("apply", "")),
        (OrderRules("latest_wins"), at(2), at(3), NOON, ("ignore", "late")),
        (OrderRules("latest_wins"), at(9), at(3), NOON, ("apply", "")),
        (OrderRules("none", "raise"), at(2), at(3), NOON, ("apply", "")),
        (OrderRules(stale_after_seconds=60), at(1), None, LATER, ("ignore", "stale")),
        (OrderRules(stale_after_seconds=60), at(1), None, NOON, ("apply", "")),
    ],
)
def test_verdicts(rules, place, last, now, expected):
    assert decide(rules, place, last, now=now) == expected


@pytest.mark.parametrize("rules", [WAIT, OrderRules(stale_after_seconds=1)])
def test_who_waives_the_order_gets_it_applied(rules):
    assert decide(rules, at(2), at(3), now=LATER, waived=True) == ("apply", "")


def test_a_wait_says_until_when_and_for_what():
    verdict = judge(WAIT, at(5), at(3), received_at=NOON, now=NOON)
    assert (verdict.until, verdict.expected) == (NOON + timedelta(seconds=60), 4)


def test_epochs_that_count_are_compared_by_value():
    numbers = [ordering.comparable_epoch(text) for text in ("9", "10", "100")]
    assert numbers == sorted(numbers)
    assert ordering.comparable_epoch(None) == ""


def test_a_late_message_that_was_applied_moves_nothing_back():
    assert ordering.advance(at(5), at(3)).sequence == 5
    assert ordering.advance(at(5), at(6)).sequence == 6
    assert ordering.advance(None, at(6)).sequence == 6


def play(rules, arrivals):
    """Work a stream off as a lane does: lowest first, what waits is looked at again.

    :returns: the sequences in the order they were applied.
    """
    applied, open_ones, last = [], [], None
    for place in [*arrivals, None]:
        if place:
            open_ones.append(place)
        now = NOON if place else LATER
        progress = True
        while progress:
            progress = False
            for candidate in sorted(open_ones, key=lambda p: (p.epoch, p.sequence)):
                verdict = judge(rules, candidate, last, received_at=NOON, now=now)
                if verdict.action == "wait":
                    break
                open_ones.remove(candidate)
                progress = True
                if verdict.action == "apply":
                    applied.append((candidate.epoch, candidate.sequence))
                    last = ordering.advance(last, candidate)
                break
    return applied


STREAM = [at(n, "1", n) for n in (1, 2, 3, 4)] + [at(n, "2", 9 + n) for n in (1, 2, 3)]
EXPECTED = [(place.epoch, place.sequence) for place in STREAM]


@given(st.permutations(STREAM[:4]))
def test_any_permutation_within_the_window_is_applied_in_order(arrivals):
    assert play(WAIT, arrivals) == EXPECTED[:4]


@given(st.permutations(STREAM))
def test_of_state_like_messages_the_latest_wins_in_any_permutation(arrivals):
    assert play(OrderRules("latest_wins"), arrivals)[-1] == EXPECTED[-1]
