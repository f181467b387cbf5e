import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.libs import load_lib

sampling = load_lib("supplier_quality", "sampling")
tables = load_lib("supplier_quality", "sampling_tables")
Scheme = sampling.Scheme


@pytest.mark.parametrize(
    ("scheme", "quantity", "countable", "size", "full"),
    [
        (Scheme("all"), 40, True, 40, True),
        (Scheme("all"), 40.2, True, 41, True),
        (Scheme("all"), 480.5, False, 1, False),
        (Scheme("fixed", size=5), 40, True, 5, False),
        (Scheme("fixed", size=5), 3, True, 3, True),
        (Scheme("fixed", size=5), 0.4, False, 5, False),
        (Scheme("percentage", percentage=10), 95, True, 10, False),
        (Scheme("percentage", percentage=10), 100.0000000001, True, 10, False),
        (Scheme("percentage", percentage=0.1), 3, True, 1, False),
        (Scheme("percentage", percentage=100), 7, True, 7, True),
    ],
)
def test_number_of_samples(scheme, quantity, countable, size, full):
    drawn = sampling.draw(scheme, quantity, countable=countable)
    assert (drawn.sample_size, drawn.full, drawn.letter) == (size, full, "")


# lot size, level, AQL, severity → letter, n, Ac, Re
FACTS = [
    (400, "II", "1.0", "normal", "H", 50, 1, 2),
    (400, "II", "6.5", "normal", "H", 50, 7, 8),
    (1000, "II", "2.5", "normal", "J", 80, 5, 6),
    (3000, "II", "6.5", "normal", "K", 125, 14, 15),
    (5000, "II", "6.5", "normal", "L", 200, 21, 22),
    (1000, "II", "6.5", "tightened", "J", 80, 8, 9),
    (5000, "II", "6.5", "tightened", "L", 200, 18, 19),
    (100, "II", "1.0", "normal", "E", 13, 0, 1),
    (200, "II", "1.0", "normal", "H", 50, 1, 2),
    (400, "II", "0.65", "normal", "J", 80, 1, 2),
    (1000, "II", "1.0", "reduced", "J", 32, 1, 2),
    (1000, "I", "1.0", "normal", "H", 50, 1, 2),
    (1000, "S-4", "1.5", "normal", "G", 32, 1, 2),
]


@pytest.mark.parametrize("fact", FACTS)
def test_plans_by_lot_size(fact):
    lot_size, level, aql, severity, *expected = fact
    drawn = sampling.draw(
        Scheme("aql", level=level, aql=aql), lot_size, severity=severity
    )
    found = [drawn.letter, drawn.sample_size, drawn.acceptance, drawn.rejection]
    assert found == expected


def test_a_sample_as_large_as_the_lot_is_the_lot():
    drawn = sampling.draw(Scheme("aql", aql="0.10"), 40)
    assert (drawn.sample_size, drawn.full) == (40, True)
    assert sampling.draw(Scheme("aql", aql="0.10"), 125).full
    assert not sampling.draw(Scheme("aql", aql="0.10"), 126).full
    assert sampling.draw(Scheme("aql", aql="10"), 1).sample_size == 1


@pytest.mark.parametrize(
    ("aql", "lot_size", "tighter"),
    [
        ("2.5", 400, 2),  # H 3/4, one step tighter 2/3
        ("1.5", 400, 1),
        ("1.0", 400, None),  # H 1/2; to its left is an arrow
        ("100", 100, 14),  # F leads to E 21/22, of the same sample 14/15
        ("0.010", 400, None),
    ],
)
def test_acceptance_number_one_step_tighter(aql, lot_size, tighter):
    assert (
        sampling.draw(Scheme("aql", aql=aql), lot_size).tighter_acceptance == tighter
    )


@given(
    st.floats(0.001, 10**7),
    st.sampled_from(tables.LEVELS),
    st.sampled_from(tables.AQLS),
    st.sampled_from(tables.SEVERITIES),
    st.sampled_from(tables.STANDARDS),
)
def test_never_more_samples_than_items(quantity, level, aql, severity, standard):
    scheme = Scheme("aql", level=level, aql=aql, standard=standard)
    drawn = sampling.draw(scheme, quantity, severity=severity)
    assert 1 <= drawn.sample_size <= quantity + 1
    assert drawn.full == (drawn.sample_size >= quantity)
