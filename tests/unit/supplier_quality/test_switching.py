import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.libs import load_lib

switching = load_lib("supplier_quality", "switching")
Entry, Rules = switching.Entry, switching.Rules
Z1_4 = Rules(standard="z1_4")
GOOD, BAD = Entry(), Entry(accepted=False, nonconforming=1)


def run(text, rules=Rules(), start=""):  # noqa: B008 - frozen
    """Return the procedure after each lot: ``+`` accepted, ``-`` not accepted."""
    signs = {
        "+": GOOD,
        "-": BAD,
        "r": Entry("resumed"),
        "i": Entry("irregular"),
        "t": Entry("tighten"),
    }
    state = switching.fold([signs[sign] for sign in start], rules)
    letters = []
    for sign in text:
        state = switching.advance(state, signs[sign], rules)
        letters.append(state.procedure[0])
    return "".join(letters)


@pytest.mark.parametrize(
    ("lots", "procedures"),
    [
        ("--", "nt"),
        ("-+++-", "nnnnt"),
        ("-++++-", "nnnnnn"),  # the second one is the sixth lot
        ("--+++++", "ntttttn"),
        ("--++++-+++++", "nttttttttttn"),  # five in a row
        ("-----++", "ntttttt"),  # three of them tightened
        ("-------", "nttttt" "d"),  # the fifth tightened
        ("--+-+-+-+-+-", "n" + "t" * 10 + "d"),
        ("-------r+++++", "ntttttdtttttn"),
        ("-------+++", "nttttt" "dddd"),  # only a person's word resumes
        ("t", "t"),
    ],
)
def test_switching_to_tightened_and_back(lots, procedures):
    assert run(lots) == procedures


def test_fifteen_lots_of_ac_0_or_1_reduce_and_one_rejection_ends_it():
    assert run("+" * 15) == "n" * 14 + "r"
    assert run("+-+i", start="+" * 15) == "rnnn"
    assert run("i+", start="+" * 15) == "nn"
    assert run("t", start="+" * 15) == "t"


def test_a_rejection_resets_the_score():
    assert run("+" * 14 + "-" + "+" * 15) == "n" * 29 + "r"


def test_ten_lots_well_within_a_large_ac_reduce():
    entry = Entry(nonconforming=2, acceptance=3, tighter_acceptance=2)
    state = switching.fold([entry] * 9, Rules())
    assert (state.score, state.procedure) == (27, "normal")
    assert switching.advance(state, entry, Rules()).procedure == "reduced"
    at_limit = Entry(nonconforming=3, acceptance=3, tighter_acceptance=2)
    assert switching.advance(state, at_limit, Rules()).score == 0
    assert switching.advance(state, at_limit, Rules()).procedure == "normal"


def test_mixed_acceptance_numbers_add_two_or_three():
    lots = [
        Entry(acceptance=0),
        Entry(acceptance=1),
        Entry(acceptance=2, tighter_acceptance=1),
    ]
    assert switching.fold(lots, Rules()).score == 7


def test_reduced_only_where_it_is_desirable():
    assert "r" not in run("+" * 40, Rules(reduced=False))


def test_z1_4_reduces_after_ten_and_restores_normal_in_the_gap():
    assert run("+" * 10, Z1_4) == "n" * 9 + "r"
    state = switching.fold([GOOD] * 10, Z1_4)
    gap = Entry(nonconforming=2, acceptance=1)
    assert switching.advance(state, gap, Z1_4).procedure == "normal"
    assert switching.advance(state, gap, Rules()).procedure == "reduced"


def test_discontinued_inspects_tightened_whatever_is_left():
    assert switching.fold([BAD] * 7, Rules()).severity == "tightened"


entries = st.lists(
    st.builds(
        Entry,
        kind=st.sampled_from(["lot"] * 8 + ["resumed", "irregular", "tighten"]),
        accepted=st.booleans(),
        nonconforming=st.integers(0, 3),
        acceptance=st.integers(0, 3),
        tighter_acceptance=st.one_of(st.none(), st.integers(0, 2)),
    ),
    max_size=60,
)


@given(entries, st.sampled_from([Rules(), Z1_4, Rules(reduced=False)]))
def test_only_the_arrows_of_figure_1(ledger, rules):
    allowed = {
        "normal": {"normal", "tightened", "reduced"},
        "tightened": {"tightened", "normal", "discontinued"},
        "reduced": {"reduced", "normal", "tightened"},
        "discontinued": {"discontinued", "tightened"},
    }
    state = switching.State()
    for entry in ledger:
        following = switching.advance(state, entry, rules)
        assert following.procedure in allowed[state.procedure]
        if following.procedure != state.procedure:
            assert following == switching.State(following.procedure) or (
                following.procedure == "discontinued"
            )
        state = following
    assert switching.fold(ledger, rules) == state


SKIP = switching.SkipRule(after=3, every=4)


@pytest.mark.parametrize(
    ("lots", "skips"),
    [
        ("aa", False),
        ("aaa", True),
        ("aaas", True),
        ("aaass", True),
        ("aaasss", False),  # one of four is inspected
        ("aaasssa", True),
        ("aaasssr", False),
        ("aaasssraa", False),
        ("aaasssraaa", True),
        ("", False),
    ],
)
def test_skip_lot(lots, skips):
    words = {"a": "accepted", "r": "rejected", "s": "skipped"}
    assert switching.may_skip([words[lot] for lot in lots], SKIP) is skips


def test_every_lot_is_inspected_where_one_of_one_is():
    rule = switching.SkipRule(after=1, every=1)
    assert not switching.may_skip(["accepted"] * 9, rule)
