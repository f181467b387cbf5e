import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.libs import load_lib

eight_d = load_lib("supplier_quality", "eight_d")
CODES = eight_d.CODES


def states(text):
    """Return states of D0 …: ``a`` accepted, ``s`` submitted, ``r`` returned, else open."""
    words = {"a": "accepted", "s": "submitted", "r": "returned"}
    padded = text.ljust(len(CODES), ".")
    return {
        code: words.get(letter, "open")
        for code, letter in zip(CODES, padded, strict=True)
    }


@pytest.mark.parametrize(
    ("text", "code", "closing", "blocker"),
    [
        ("", "D0", False, None),
        ("", "D1", False, "D0"),
        ("s", "D1", False, None),
        ("ss", "D1", True, "D0"),
        ("as", "D1", True, None),
        ("aar", "D3", False, "D2"),
        ("aaaaaaaas", "D8", True, None),
        ("aaa.aaaas", "D8", True, "D3"),
    ],
)
def test_gates(text, code, closing, blocker):
    assert eight_d.find_blocker(states(text), code, closing=closing) == blocker


@given(
    st.lists(
        st.tuples(st.sampled_from(CODES), st.sampled_from(["submit", "accept", "return"])),
        max_size=200,
    )
)
def test_no_order_of_attempts_closes_a_step_before_the_one_before_it(attempts):
    now = states("")
    for code, what in attempts:
        if what == "submit" and now[code] in ("open", "returned"):
            if not eight_d.find_blocker(now, code, closing=False):
                now[code] = "submitted"
        elif now[code] == "submitted":
            if what == "return":
                now[code] = "returned"
            elif not eight_d.find_blocker(now, code, closing=True):
                now[code] = "accepted"
        accepted = [now[code] == "accepted" for code in CODES]
        assert accepted == sorted(accepted, reverse=True)


def test_required_answers():
    assert eight_d.find_missing("D1", {}) == ("leader",)
    assert eight_d.find_missing("D1", {"leader": "  "}) == ("leader",)
    assert eight_d.find_missing("D1", {"leader": "J. Brandt"}) == ()
    assert eight_d.find_missing("D4", {"occurrence_cause": "x"}) == (
        "escape_cause",
        "verification",
    )


@pytest.mark.parametrize(
    ("text", "good"), [("0", True), ("100 ", True), ("99.5%", True), ("101", False), ("all", False)]
)
def test_percentages(text, good):
    assert eight_d.is_percentage(text) is good
