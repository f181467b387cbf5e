from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from tests.unit.libs import load_lib

lifecycle = load_lib("mes_bridge", "lifecycle")
RAW, FINISHED = (1, 11), (2, 22)


def event(identity, kind, at, key=None, quantity=None, **values):
    return lifecycle.Event(
        identity, kind, key, quantity, occurred_at=float(at), **values
    )


DAY = (
    event("c1", "consumed", 1, RAW, cumulative=4),
    event("r1", "reported", 2, FINISHED, 2),
    event("d1", "completed", 3, backorder=True, announced_good=2, announced={RAW: 4}),
    event("c2", "consumed", 4, RAW, cumulative=10),
    event("r2", "reported", 5, FINISHED, 3),
    event("d2", "completed", 6, announced_good=3, announced={RAW: 6}),
)


def parted(events, **values):
    parts = lifecycle.assign_parts(events, **values)
    return [replace(e, part=parts[e.identity]) for e in events]


@given(st.permutations(DAY))
def test_parts_and_counts_do_not_depend_on_the_order_of_arrival(day):
    events = parted(day)
    for part, consumed, made in ((1, 4, 2), (2, 6, 3)):
        order = lifecycle.fold(events, part=part)
        assert (order.consumed, order.produced) == ({RAW: consumed}, {FINISHED: made})
        assert order.is_settled


def test_a_reversal_belongs_to_what_it_takes_back():
    back = event("x", "reversed", 5, corrects="r1")
    assert lifecycle.assign_parts([*DAY, back])["x"] == 1


def test_a_completion_taken_back_ends_no_part():
    back = event("x", "reversed", 7, corrects="d1")
    assert set(lifecycle.assign_parts([*DAY, back]).values()) == {1}


def test_parts_that_were_split_off_stay():
    ends = [DAY[2].place]
    late = [e for e in DAY if e.identity != "d1"]
    assert lifecycle.assign_parts(late, ends)["r2"] == 2
    assert lifecycle.assign_parts(late, ends)["r1"] == 1


def test_a_part_completed_anew_ends_once():
    anew = event("d1b", "completed", 3.5, backorder=True, told_part=1)
    first = event("d1", "completed", 3, backorder=True, told_part=1)
    parts = lifecycle.assign_parts([first, anew, DAY[3]])
    assert parts == {"d1": 1, "d1b": 1, "c2": 2}


def test_a_count_that_begins_anew_with_a_part_or_an_epoch_is_a_new_base():
    again = event("c2", "consumed", 4, RAW, cumulative=3)
    order = lifecycle.fold(parted([*DAY[:3], again]), part=2)
    assert (order.consumed, order.violations) == ({RAW: 3}, {})
    other = event("c2", "consumed", 2, RAW, cumulative=3, epoch="b")
    order = lifecycle.fold([DAY[0], other])
    assert (order.consumed, order.violations) == ({RAW: 7}, {})


def test_a_reversal_that_is_taken_back_takes_nothing_back():
    back = event("x", "reversed", 5, corrects="r1")
    twice = event("y", "reversed", 6, corrects="x")
    assert lifecycle.fold([DAY[1], back]).produced == {}
    assert lifecycle.fold([DAY[1], back, twice]).produced == {FINISHED: 2}


def test_small_reports_add_up_to_what_stock_can_hold():
    events = [event(f"c{n}", "consumed", n, RAW, 0.125) for n in range(8)]
    done = event("d", "completed", 9, announced={RAW: 1.004})
    order = lifecycle.fold([*events, done], rounding={1: 0.01})
    assert round(sum(order.rounded.values()), 9) == 1
    assert set(order.rounded.values()) == {0.13, 0.12}
    assert order.is_settled
