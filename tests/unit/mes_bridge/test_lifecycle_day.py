"""Quantities that are counted, taken back and announced, in any order of arrival."""

from hypothesis import given
from hypothesis import strategies as st

from tests.unit.libs import load_lib

lifecycle = load_lib("mes_bridge", "lifecycle")
Event = lifecycle.Event
RAW, SCREW, MADE = (1, 11), (3, 0), (2, 22)
DAY = (
    Event("s", "started", occurred_at=1, operation=5),
    Event("c1", "consumed", RAW, 12.5, cumulative=12.5, occurred_at=2),
    Event("n1", "consumed", SCREW, None, cumulative=2, occurred_at=3),
    Event("n2", "consumed", SCREW, None, cumulative=7, occurred_at=4),
    Event("p", "paused", occurred_at=5, operation=5),
    Event("r", "resumed", occurred_at=8, operation=5),
    Event("w", "reported", MADE, 9, occurred_at=9),
    Event("b", "reversed", occurred_at=10, corrects="w"),
    Event("g", "reported", MADE, 4, cumulative=4, occurred_at=11),
    Event("x", "scrapped", MADE, 1, occurred_at=12),
    Event(
        "d",
        "completed",
        occurred_at=20,
        announced_good=4,
        announced={RAW: 12.5, SCREW: 7},
        announced_scrap={MADE: 1},
        announced_reports=11,
    ),
)


@given(st.permutations(DAY), st.lists(st.sampled_from(DAY), max_size=6))
def test_any_order_with_any_duplicates_ends_the_same(day, again):
    order = lifecycle.fold([*day, *again])
    assert order == lifecycle.fold(DAY)
    assert order.is_settled
    assert not order.gaps
    assert not order.violations


@given(st.sets(st.sampled_from(range(len(DAY))), max_size=len(DAY) - 1))
def test_nothing_is_settled_before_the_last_report(indexes):
    assert not lifecycle.fold(DAY[index] for index in indexes).is_settled


def test_counts_become_what_each_report_adds():
    order = lifecycle.fold(DAY)
    assert (order.amounts["n1"], order.amounts["n2"]) == (2, 5)
    late = lifecycle.fold(event for event in DAY if event.identity != "n1")
    assert late.amounts["n2"] == 7


def test_a_gap_in_the_count_shows():
    first, third = (
        Event(str(n), "reported", MADE, 1, cumulative=n, occurred_at=n) for n in (1, 3)
    )
    assert lifecycle.fold([first, third]).gaps == {"reported:2:22": 1}


def test_a_count_that_falls_adds_nothing_and_is_odd():
    events = [
        Event(str(n), "consumed", RAW, None, cumulative=10 - n, occurred_at=n)
        for n in (1, 2)
    ]
    order = lifecycle.fold(events)
    assert order.consumed == {RAW: 9}
    assert order.violations == {"2": "count_fell"}


def test_a_reversal_waits_for_what_it_takes_back():
    back = Event("b", "reversed", corrects="w", occurred_at=2)
    done = Event("d", "completed", announced_good=0, occurred_at=3)
    assert lifecycle.fold([back, done]).unresolved == ("w",)
    wrong = Event("w", "reported", MADE, 5, occurred_at=1)
    assert lifecycle.fold([back, done, wrong]).is_settled


def test_an_operation_ran_between_its_pauses():
    intervals = lifecycle.fold(DAY).intervals
    assert {(i.started_at, i.ended_at) for i in intervals} == {(1, 5), (8, 20)}


def test_labour_is_the_time_of_its_operation():
    labour = Event("l", "labour", occurred_at=9, operation=5, started_at=1, ended_at=4)
    intervals = lifecycle.fold([*DAY, labour]).intervals
    assert [(i.started_at, i.ended_at) for i in intervals] == [(1, 4)]


def test_states_of_the_handshake_and_of_pauses():
    accepted = Event("a", "accepted", occurred_at=0)
    assert lifecycle.fold([accepted]).state == "accepted"
    rejected = Event("j", "rejected", occurred_at=0.5)
    assert lifecycle.fold([rejected, accepted]).state == "rejected"
    assert lifecycle.fold([accepted, *DAY[:5]]).state == "paused"
    assert lifecycle.fold([accepted, *DAY[:6]]).state == "in_progress"


def test_what_does_not_follow_is_named():
    odd = Event("p", "paused", occurred_at=1, operation=5)
    assert lifecycle.fold([odd]).violations == {"p": "paused_while_idle"}
    late = Event("z", "started", occurred_at=30, operation=6)
    assert lifecycle.fold([*DAY, late]).violations == {"z": "started_after_completion"}
