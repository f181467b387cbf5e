"""The master tables, cell by cell where they depart from their diagonals.

``J80/2`` reads: the arrows lead to letter J, and Ac is 2; columns are the 26 AQLs.
"""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.libs import load_lib

tables = load_lib("supplier_quality", "sampling_tables")

# Of ISO 2859-1:1999, Tables 2-A, 2-B and 2-C, with the arrows followed.
PRINTED = {
    "normal": """
A Q0 P0 N0 M0 L0 K0 J0 H0 G0 F0 E0 D0 C0 B0 A0 C1 B1 A1 A2 A3 A5 A7 A10 A14 A21 A30
B Q0 P0 N0 M0 L0 K0 J0 H0 G0 F0 E0 D0 C0 B0 A0 C1 B1 B2 B3 B5 B7 B10 B14 B21 B30 B44
C Q0 P0 N0 M0 L0 K0 J0 H0 G0 F0 E0 D0 C0 B0 D1 C1 C2 C3 C5 C7 C10 C14 C21 C30 C44 B44
E Q0 P0 N0 M0 L0 K0 J0 H0 G0 F0 E0 D0 F1 E1 E2 E3 E5 E7 E10 E14 E21 E30 E44 D44 C44 B44
F Q0 P0 N0 M0 L0 K0 J0 H0 G0 F0 E0 G1 F1 F2 F3 F5 F7 F10 F14 F21 E21 E30 E44 D44 C44 B44
K Q0 P0 N0 M0 L0 K0 J0 L1 K1 K2 K3 K5 K7 K10 K14 K21 J21 H21 G21 F21 E21 E30 E44 D44 C44 B44
P Q0 P0 N0 Q1 P1 P2 P3 P5 P7 P10 P14 P21 N21 M21 L21 K21 J21 H21 G21 F21 E21 E30 E44 D44 C44 B44
Q Q0 P0 R1 Q1 Q2 Q3 Q5 Q7 Q10 Q14 Q21 P21 N21 M21 L21 K21 J21 H21 G21 F21 E21 E30 E44 D44 C44 B44
R Q0 P0 R1 R2 R3 R5 R7 R10 R14 R21 Q21 P21 N21 M21 L21 K21 J21 H21 G21 F21 E21 E30 E44 D44 C44 B44
""",
    "tightened": """
A R0 Q0 P0 N0 M0 L0 K0 J0 H0 G0 F0 E0 D0 C0 B0 A0 C1 B1 A1 A2 A3 A5 A8 A12 A18 A27
B R0 Q0 P0 N0 M0 L0 K0 J0 H0 G0 F0 E0 D0 C0 B0 D1 C1 B1 B2 B3 B5 B8 B12 B18 B27 B41
C R0 Q0 P0 N0 M0 L0 K0 J0 H0 G0 F0 E0 D0 C0 E1 D1 C1 C2 C3 C5 C8 C12 C18 C27 C41 B41
E R0 Q0 P0 N0 M0 L0 K0 J0 H0 G0 F0 E0 G1 F1 E1 E2 E3 E5 E8 E12 E18 E27 E41 D41 C41 B41
F R0 Q0 P0 N0 M0 L0 K0 J0 H0 G0 F0 H1 G1 F1 F2 F3 F5 F8 F12 F18 E18 E27 E41 D41 C41 B41
K R0 Q0 P0 N0 M0 L0 K0 M1 L1 K1 K2 K3 K5 K8 K12 K18 J18 H18 G18 F18 E18 E27 E41 D41 C41 B41
P R0 Q0 P0 R1 Q1 P1 P2 P3 P5 P8 P12 P18 N18 M18 L18 K18 J18 H18 G18 F18 E18 E27 E41 D41 C41 B41
Q R0 Q0 S1 R1 Q1 Q2 Q3 Q5 Q8 Q12 Q18 P18 N18 M18 L18 K18 J18 H18 G18 F18 E18 E27 E41 D41 C41 B41
R R0 Q0 S1 R1 R2 R3 R5 R8 R12 R18 Q18 P18 N18 M18 L18 K18 J18 H18 G18 F18 E18 E27 E41 D41 C41 B41
""",
    "reduced": """
A Q0 P0 N0 M0 L0 K0 J0 H0 G0 F0 E0 D0 C0 B0 A0 D1 C1 A1 A2 A3 A5 A7 A10 A14 A21 A30
B Q0 P0 N0 M0 L0 K0 J0 H0 G0 F0 E0 D0 C0 B0 A0 D1 C1 B1 B2 B3 B5 B7 B10 B14 B21 B30
C Q0 P0 N0 M0 L0 K0 J0 H0 G0 F0 E0 D0 C0 B0 E1 D1 C1 C2 C3 C5 C6 C8 C10 C14 C21 B30
D Q0 P0 N0 M0 L0 K0 J0 H0 G0 F0 E0 D0 C0 F1 E1 D1 D2 D3 D5 D6 D8 D10 D14 D21 C21 B30
E Q0 P0 N0 M0 L0 K0 J0 H0 G0 F0 E0 D0 G1 F1 E1 E2 E3 E5 E6 E8 E10 E14 E21 D21 C21 B30
F Q0 P0 N0 M0 L0 K0 J0 H0 G0 F0 E0 H1 G1 F1 F2 F3 F5 F6 F8 F10 E10 E14 E21 D21 C21 B30
K Q0 P0 N0 M0 L0 K0 J0 M1 L1 K1 K2 K3 K5 K6 K8 K10 J10 H10 G10 F10 E10 E14 E21 D21 C21 B30
P Q0 P0 N0 R1 Q1 P1 P2 P3 P5 P6 P8 P10 N10 M10 L10 K10 J10 H10 G10 F10 E10 E14 E21 D21 C21 B30
Q Q0 P0 N0 R1 Q1 Q2 Q3 Q5 Q6 Q8 Q10 P10 N10 M10 L10 K10 J10 H10 G10 F10 E10 E14 E21 D21 C21 B30
R Q0 P0 N0 R1 R2 R3 R5 R6 R8 R10 Q10 P10 N10 M10 L10 K10 J10 H10 G10 F10 E10 E14 E21 D21 C21 B30
""",
}
# Of ANSI/ASQ Z1.4, Table II-C: n, Ac, Re.
WITH_GAP = {
    ("A", "25"): (2, 1, 2), ("A", "40"): (2, 2, 3), ("A", "15"): (2, 0, 2),
    ("A", "10"): (2, 0, 2), ("B", "25"): (2, 1, 3), ("B", "40"): (2, 2, 4),
    ("B", "65"): (2, 3, 5), ("B", "100"): (2, 5, 6), ("B", "1000"): (2, 30, 31),
    ("C", "10"): (2, 0, 2), ("C", "25"): (2, 1, 4), ("C", "100"): (2, 5, 8),
    ("C", "650"): (2, 21, 24), ("C", "1000"): (2, 30, 31), ("E", "150"): (5, 14, 17),
    ("F", "65"): (8, 10, 13), ("F", "100"): (5, 10, 13), ("H", "1.0"): (20, 0, 2),
    ("J", "1.0"): (32, 1, 3), ("K", "1.0"): (50, 1, 4), ("L", "1.0"): (80, 2, 5),
    ("M", "1.0"): (125, 3, 6), ("N", "1.0"): (200, 5, 8), ("P", "1.0"): (315, 7, 10),
    ("Q", "1.0"): (500, 10, 13), ("R", "1.0"): (500, 10, 13), ("R", "0.025"): (800, 0, 2),
    ("R", "0.015"): (315, 0, 1), ("F", "1.0"): (5, 0, 1), ("G", "1.0"): (20, 0, 2),
}  # fmt: skip
CODE_LETTERS = [
    (2, 8, "AAAA", "AAB"), (9, 15, "AAAA", "ABC"), (16, 25, "AABB", "BCD"),
    (26, 50, "ABBC", "CDE"), (51, 90, "BBCC", "CEF"), (91, 150, "BBCD", "DFG"),
    (151, 280, "BCDE", "EGH"), (281, 500, "BCDE", "FHJ"), (501, 1200, "CCEF", "GJK"),
    (1201, 3200, "CDEG", "HKL"), (3201, 10000, "CDFG", "JLM"),
    (10001, 35000, "CDFH", "KMN"), (35001, 150000, "DEGJ", "LNP"),
    (150001, 500000, "DEGJ", "MPQ"), (500001, 10**9, "DEHK", "NQR"),
]  # fmt: skip


@pytest.mark.parametrize("severity", PRINTED)
def test_cells_are_those_of_the_standard(severity):
    for line in PRINTED[severity].split("\n")[1:-1]:
        letter, *printed = line.split()
        found = [
            tables.find_cell(letter, aql, severity) for aql in tables.AQLS
        ]
        assert [f"{cell.letter}{cell.acceptance}" for cell in found] == printed
        assert all(cell.rejection == cell.acceptance + 1 for cell in found)


@pytest.mark.parametrize(("place", "numbers"), WITH_GAP.items())
def test_reduced_plans_of_z1_4_keep_their_gap(place, numbers):
    cell = tables.find_cell(*place, "reduced", "z1_4")
    assert (cell.sample_size, cell.acceptance, cell.rejection) == numbers


def test_the_one_other_cell_in_which_the_standards_differ():
    assert tables.find_cell("A", "10", "tightened").sample_size == 2
    assert tables.find_cell("A", "10", "tightened", "z1_4") == tables.MasterCell("D", 8, 1, 2)
    for letter, aql, severity in itertools.product(
        tables.LETTERS[:16], tables.AQLS, ("normal", "tightened")
    ):
        if (letter, aql, severity) != ("A", "10", "tightened"):
            same = tables.find_cell(letter, aql, severity)
            assert tables.find_cell(letter, aql, severity, "z1_4") == same


@pytest.mark.parametrize(("first", "last", "special", "general"), CODE_LETTERS)
def test_code_letters(first, last, special, general):
    for lot_size in (first, last):
        found = {
            level: tables.find_code_letter(lot_size, level) for level in tables.LEVELS
        }
        assert "".join(found[f"S-{number}"] for number in range(1, 5)) == special
        assert "".join(found[level] for level in ("I", "II", "III")) == general


def test_what_no_standard_has_is_refused():
    with pytest.raises(ValueError, match="AQL"):
        tables.find_cell("A", "2.0", "normal")
    with pytest.raises(ValueError, match="code letter"):
        tables.find_cell("I", "1.0", "normal")
    with pytest.raises(ValueError, match="inspection level"):
        tables.find_code_letter(100, "IV")
    with pytest.raises(ValueError, match="one item"):
        tables.find_code_letter(0, "II")


cells = st.tuples(
    st.sampled_from(tables.LETTERS[:16]), st.sampled_from(tables.AQLS)
)


@given(cells, st.sampled_from(tables.STANDARDS))
def test_tightened_is_never_more_lenient_and_reduced_never_larger(place, standard):
    normal, tightened, reduced = (
        tables.find_cell(*place, severity, standard) for severity in tables.SEVERITIES
    )
    assert reduced.sample_size <= normal.sample_size
    if tightened.sample_size == normal.sample_size:
        assert tightened.acceptance <= normal.acceptance


@given(cells, st.sampled_from(tables.SEVERITIES), st.sampled_from(tables.STANDARDS))
def test_a_plan_reached_by_arrows_is_in_the_same_column(place, severity, standard):
    cell = tables.find_cell(*place, severity, standard)
    if cell.letter != "S":
        assert tables.find_cell(cell.letter, place[1], severity, standard) == cell
    assert cell.acceptance < cell.rejection


def test_aqls_above_ten_are_in_nonconformities_alone():
    beyond = [aql for aql in tables.AQLS if tables.is_per_hundred(aql)]
    assert beyond == ["15", "25", "40", "65", "100", "150", "250", "400", "650", "1000"]
