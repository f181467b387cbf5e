from datetime import date

import pytest

from tests.unit.libs import load_lib

vendor_list = load_lib("supplier_quality", "vendor_list")
Line = vendor_list.Line
TODAY = date(2026, 3, 24)


@pytest.mark.parametrize(
    ("lines", "standing"),
    [
        ([], "missing"),
        ([Line("approved")], "approved"),
        ([Line("approved", product_id=8)], "missing"),
        ([Line("approved"), Line("blocked", product_id=7)], "blocked"),
        ([Line("blocked"), Line("approved", product_id=7)], "approved"),
        ([Line("approved", category_id=1), Line("blocked", category_id=3)], "blocked"),
        ([Line("blocked", category_id=1), Line("conditional", category_id=3)], "conditional"),
        ([Line("approved"), Line("blocked")], "blocked"),
        ([Line("approved", until=TODAY)], "approved"),
        ([Line("approved", until=date(2026, 3, 23))], "expired"),
        ([Line("approved", until=date(2026, 3, 23)), Line("approved")], "approved"),
        ([Line("pending")], "pending"),
    ],
)
def test_the_most_specific_line_speaks(lines, standing):
    for order in (lines, lines[::-1]):
        found = vendor_list.find_standing(
            order, product_id=7, category_path=[1, 2, 3], today=TODAY
        )
        assert found == standing
