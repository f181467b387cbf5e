import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.libs import load_lib

scorecard = load_lib("supplier_quality", "scorecard")
Figures, Scale = scorecard.Figures, scorecard.Scale


def test_no_history_is_not_a_good_history():
    card = scorecard.evaluate(Figures(), Scale())
    assert (card.ppm, card.acceptance, card.delivery, card.response) == (-1,) * 4
    assert (card.score, card.grade) == (-1, "")


def test_weighted_score():
    figures = Figures(
        received=1000, nonconforming=5, inspected=10, accepted=9, due=4, otif=3
    )
    card = scorecard.evaluate(figures, Scale())
    assert (card.ppm, card.acceptance, card.delivery) == (5000, 90, 75)
    # (50 + 90 + 75) × 30 / 90: response has no data and no weight.
    assert card.score == pytest.approx(71.67)
    assert card.grade == "C"


@pytest.mark.parametrize(
    ("days", "score"), [(0, 100), (3, 100), (6, 50), (9, 0), (90, 0)]
)
def test_response(days, score):
    card = scorecard.evaluate(Figures(answers=1, response_days=days), Scale())
    assert card.score == pytest.approx(score)


@pytest.mark.parametrize(
    ("accepted", "grade"), [(100, "A"), (90, "A"), (89, "B"), (75, "B"), (60, "C"), (59, "D")]
)
def test_grades(accepted, grade):
    card = scorecard.evaluate(Figures(inspected=100, accepted=accepted), Scale())
    assert card.grade == grade


counts = st.integers(0, 1000)


@given(
    st.builds(
        Figures,
        received=st.floats(0, 1e9),
        nonconforming=st.floats(0, 1e9),
        inspected=counts,
        accepted=counts,
        due=counts,
        otif=counts,
        answers=counts,
        response_days=st.floats(0, 1e4),
    )
)
def test_a_score_is_between_0_and_100_or_none(figures):
    card = scorecard.evaluate(figures, Scale())
    assert card.score == -1 or 0 <= card.score <= 100
    assert (card.score == -1) == (card.grade == "")
