from datetime import datetime

import pytest

from tests.unit.libs import load_lib

pack = load_lib("traceability", "recall_pack")
paper = load_lib("traceability", "recall_paper")


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (12345.67, "12345.67"),
        (1234.567891, "1234.567891"),
        (99999.99, "99999.99"),
        (1e-5, "0.00001"),
        (0.1 + 0.2, "0.3"),
        (-0.0, "0"),
        (-1.5, "-1.5"),
        (1e15, "1000000000000000"),
        (7, "7"),
        (None, ""),
        (False, ""),
        (datetime(2026, 3, 1, 12), "2026-03-01 12:00:00"),
        ("=x", "=x"),
    ],
)
def test_a_cell_says_all_of_its_value(value, text):
    assert pack.write_cell(value) == text


def test_a_formula_is_disarmed_and_a_negative_number_is_none():
    section = pack.Section("x", "X", ["a", "b"], [["=1+1", -1.5]], 1)
    assert pack.write_csv(section).decode("utf-8-sig") == "a,b\r\n'=1+1,-1.5\r\n"


@pytest.mark.parametrize("text", ["=1", "+1", "-1", "@A1", "\t=1", "\n=1", " =1", "\uff1d1"])
def test_no_text_is_a_formula_whatever_stands_before(text):
    assert pack.disarm(text) == f"'{text}"


@pytest.mark.parametrize("text", ["", "R-1", "Acme = Co", " x", "1-2", "'quoted'"])
def test_other_texts_stay(text):
    assert pack.disarm(text) == text


def test_columns_have_the_whole_width_and_room_for_words():
    rows = [["F-2026-00001", "R1 → F1 " * 30]]
    narrow, wide = paper._find_widths(["Lot", "Path"], rows, 700)
    assert narrow + wide == pytest.approx(700)
    assert wide > 3 * narrow
    for count in (1, 40):
        many = paper._find_widths(["very-long-word" * 9] * count, [], 700)
        assert sum(many) == pytest.approx(700)


def test_a_paper_without_rows_is_one():
    empty = pack.Pack("Recall", [("a", "b")], [pack.Section("x", "X", ["a"], [], 0)])
    assert paper.write_pdf(empty).startswith(b"%PDF")
