"""A playbook's run as a machine of states, whatever its steps do."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from tests.unit.libs import load_lib

playbook = load_lib("integration_core", "playbook")
Step, next_move, after_failure = (
    playbook.Step,
    playbook.next_move,
    playbook.after_failure,
)


def test_steps_are_done_in_order_and_then_it_ends():
    steps = [Step(), Step()]
    assert next_move("running", steps) == playbook.Move("do", 0, "running")
    steps[0] = Step(state="done")
    assert next_move("running", steps).index == 1
    steps[1] = Step(state="skipped")
    assert next_move("running", steps) == playbook.Move("end", -1, "done")
    assert next_move("running", []).state == "done"


def test_a_person_is_asked():
    steps = [Step(state="done"), Step(by_person=True), Step()]
    assert next_move("running", steps) == playbook.Move("ask", 1, "waiting")


def test_undoing_goes_backwards_over_what_was_done_and_can_be_undone():
    steps = [
        Step(state="done", can_undo=True),
        Step(state="done"),
        Step(state="skipped", can_undo=True),
        Step(state="done", can_undo=True),
        Step(state="failed", can_undo=True),
        Step(can_undo=True),
    ]
    undone = []
    while (move := next_move("undoing", steps)).kind == "undo":
        undone.append(move.index)
        steps[move.index] = replace(steps[move.index], state="undone")
    assert undone == [3, 0]
    assert move.state == "undone"


def test_reactions():
    tried = Step(attempts=1, max_attempts=2, on_failure="undo")
    spent = replace(tried, attempts=2)
    assert after_failure("running", tried, permanent=False) == "retry"
    assert after_failure("running", tried, permanent=True) == "undo"
    assert after_failure("running", spent, permanent=False) == "undo"
    for reaction in ("hold", "skip"):
        step = replace(spent, on_failure=reaction)
        assert after_failure("running", step, permanent=False) == reaction
    # Half undone, only a person can say what is right.
    assert after_failure("undoing", spent, permanent=False) == "hold"


STEPS = st.lists(
    st.builds(
        Step,
        max_attempts=st.integers(1, 3),
        on_failure=st.sampled_from(["undo", "skip"]),
        can_undo=st.booleans(),
    ),
    max_size=6,
)


@given(STEPS, st.randoms(use_true_random=False))
def test_every_run_ends_with_all_done_or_everything_undone(steps, chance):
    """Steps fail at random; undoing them always succeeds."""
    state, moves = "running", 0
    while (move := next_move(state, steps)).kind != "end":
        moves += 1
        assert moves < 100, "It never ends"
        step = steps[move.index]
        if move.kind == "undo":
            steps[move.index] = replace(step, state="undone")
        elif chance.random() < 0.5:
            steps[move.index] = replace(step, state="done", attempts=0)
        else:
            step = replace(step, attempts=step.attempts + 1)
            reaction = after_failure(state, step, permanent=False)
            if reaction == "undo":
                state, step = "undoing", replace(step, state="failed")
            elif reaction == "skip":
                step = replace(step, state="skipped")
            steps[move.index] = step
    states = {step.state for step in steps}
    if move.state == "done":
        assert states <= {"done", "skipped"}
    else:
        assert not any(step.state == "done" and step.can_undo for step in steps)
        assert "failed" in states
