import pytest

from tests.unit.libs import load_lib

suggestion = load_lib("integration_core", "suggestion")


@pytest.mark.parametrize(
    ("code", "gtin"),
    [
        ("4006381333931", "04006381333931"),
        ("04006381333931", "04006381333931"),
        ("96385074", "00000096385074"),
        ("036000291452", "00036000291452"),
        ("4006381333932", None),
        ("40063813339", None),
        ("RM-STEEL-01", None),
        ("４００６３８１３３３９３１", None),
    ],
)
def test_gtin_needs_its_check_digit(code, gtin):
    assert suggestion.to_gtin_14(code) == gtin


def test_names_are_alike_whatever_their_case_accents_and_order():
    assert suggestion.similarity("Acier laminé 3 mm", "ACIER LAMINE 3MM") > 0.95
    assert suggestion.similarity("Bolt M8 hex", "Hex bolt M8") > 0.9
    assert suggestion.similarity("Bolt", "") == 0


def test_each_record_is_ranked_once_by_its_best_reason():
    ranked = suggestion.rank(
        [
            suggestion.Suggestion(1, 0.4, "name"),
            suggestion.Suggestion(2, 0.9, "barcode"),
            suggestion.Suggestion(1, 0.95, "reference"),
        ],
        limit=5,
    )
    assert [(s.record_id, s.reason) for s in ranked] == [
        (1, "reference"),
        (2, "barcode"),
    ]
