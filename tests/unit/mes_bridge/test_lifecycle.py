from hypothesis import given
from hypothesis import strategies as st

from tests.unit.libs import load_lib

lifecycle = load_lib("mes_bridge", "lifecycle")
RAW, FINISHED = (1, 11), (2, 22)
DAY = (
    lifecycle.Event("s", "started"),
    lifecycle.Event("c1", "consumed", RAW, 12.5),
    lifecycle.Event("c2", "consumed", RAW, 7.5),
    lifecycle.Event("r1", "reported", FINISHED, 6),
    lifecycle.Event("r2", "reported", FINISHED, 4),
    lifecycle.Event("d", "completed", announced_good=10, announced={RAW: 20}),
)


@given(st.permutations(DAY), st.lists(st.sampled_from(DAY), max_size=8))
def test_any_order_with_any_duplicates_ends_the_same(day, again):
    order = lifecycle.fold([*day, *again])
    assert order == lifecycle.fold(DAY)
    assert order.is_settled


@given(st.sets(st.sampled_from(range(len(DAY))), max_size=len(DAY) - 1))
def test_nothing_is_settled_before_the_last_quantity_is_in(indexes):
    order = lifecycle.fold(DAY[index] for index in indexes)
    quantities = {1, 2, 3, 4, 5}
    assert order.is_settled is (quantities <= indexes)


def test_states_follow_what_is_known():
    assert lifecycle.fold([]).state == "released"
    assert lifecycle.fold(DAY[:1]).state == "in_progress"
    assert lifecycle.fold(DAY[:2]).state == "in_progress"
    assert lifecycle.fold(DAY[:4]).state == "partially_completed"
    assert lifecycle.fold(DAY).state == "completed"


def test_missing_and_excess_are_named():
    missing = lifecycle.fold(DAY[2:])
    assert missing.missing == {"consumed:1:11": 12.5}
    more = lifecycle.Event("c3", "consumed", RAW, 1)
    assert lifecycle.fold([*DAY, more]).excess == {"consumed:1:11": 1}
    strange = lifecycle.Event("c4", "consumed", (9, 0), 2)
    assert lifecycle.fold([*DAY, strange]).excess == {"consumed:9:0": 2}


def test_zero_consumption_is_a_report_too():
    zero = lifecycle.Event("z", "consumed", (3, 0), 0)
    done = lifecycle.Event("d2", "completed", announced_good=0, announced={(3, 0): 0})
    assert lifecycle.fold([zero, done]).is_settled


@given(st.lists(st.tuples(st.integers(0, 9), st.booleans()), max_size=12), st.booleans())
def test_a_counter_told_to_begin_anew_loses_nothing(steps, tells_both):
    """However often it is reset: the sum of what it counted is what was made."""
    counted, made, events = 0, 0, []
    for number, (step, is_reset) in enumerate(steps):
        counted = step if is_reset else counted + step
        made += step
        event = lifecycle.Event(
            f"e{number}",
            "reported",
            FINISHED,
            float(step) if tells_both else None,
            float(counted),
            sequence=number,
            begins_anew=is_reset,
        )
        events.append(event)
    # One that begins anew at more than before is none that fell: it looks like growth.
    if any(
        one.begins_anew and one.cumulative >= before.cumulative > 0
        for before, one in zip(events, events[1:], strict=False)
    ):
        return
    order = lifecycle.fold(events)
    assert sum(order.produced.values()) == made
    assert not order.violations
    assert not order.gaps


def test_a_counter_that_fell_is_odd_until_somebody_says_why():
    told = [
        lifecycle.Event(f"e{n}", "reported", FINISHED, None, total, sequence=n)
        for n, total in enumerate((5.0, 2.0, 4.0))
    ]
    order = lifecycle.fold(told)
    assert order.violations == {"e1": "count_fell", "e2": "count_fell"}
    assert sum(order.produced.values()) == 5
