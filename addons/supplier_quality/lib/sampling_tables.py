"""Master tables of single sampling by attributes: ISO 2859-1:1999 and ANSI/ASQ Z1.4.

A cell of a master table lies on a diagonal: one code letter further down and one AQL step
further left ask for the same acceptance number. So a table is a row of acceptance numbers
per diagonal, and the letters at its edges where it departs from that. Diagonals are
numbered from 0, letter A at AQL 0.010.
"""

from dataclasses import dataclass
from itertools import pairwise
from typing import Literal, get_args

Level = Literal["I", "II", "III", "S-1", "S-2", "S-3", "S-4"]
Severity = Literal["normal", "tightened", "reduced"]
Standard = Literal["iso_2859_1", "z1_4"]

LEVELS: tuple[Level, ...] = get_args(Level)
SEVERITIES: tuple[Severity, ...] = get_args(Severity)
STANDARDS: tuple[Standard, ...] = get_args(Standard)

# As the standard writes them: percent nonconforming up to 10, beyond that only
# nonconformities per hundred items.
AQLS = (
    *("0.010", "0.015", "0.025", "0.040", "0.065"),
    *("0.10", "0.15", "0.25", "0.40", "0.65"),
    *("1.0", "1.5", "2.5", "4.0", "6.5"),
    *("10", "15", "25", "40", "65"),
    *("100", "150", "250", "400", "650", "1000"),
)

# The last AQL in percent nonconforming.
LAST_PERCENT = "10"

# S exists in tightened inspection alone, at AQL 0.025 alone.
LETTERS = "ABCDEFGHJKLMNPQRS"
SAMPLE_SIZES = (2, 3, 5, 8, 13, 20, 32, 50, 80, 125, 200, 315, 500, 800, 1250, 2000)
SAMPLE_SIZE_OF_S = 3150
REDUCED_SIZES = (2, 2, 2, 3, 5, 8, 13, 20, 32, 50, 80, 125, 200, 315, 500, 800)

# Table 1. The last size of each range of lot sizes; beyond the last one, the last row.
LAST_LOT_SIZES = (
    *(8, 15, 25, 50, 90, 150, 280, 500, 1200, 3200),
    *(10_000, 35_000, 150_000, 500_000),
)
CODE_LETTERS: dict[Level, str] = {
    "S-1": "AAAABBBBCCCCDDD",
    "S-2": "AAABBBCCCDDDEEE",
    "S-3": "AABBCCDDEEFFGGH",
    "S-4": "AABCCDEEFGGHJJK",
    "I": "AABCCDEFGHJKLMN",
    "II": "ABCDEFGHJKLMNPQ",
    "III": "BCDEFGHJKLMNPQR",
}

Numbers = tuple[int, int]
Cell = Numbers | Literal["up", "down"]


@dataclass(frozen=True)
class MasterCell:
    """Where the arrows lead.

    :param letter: the code letter of the plan, which may differ from the one asked for.
    :param sample_size: items to draw.
    :param acceptance: Ac, the most nonconforming items a lot is accepted with.
    :param rejection: Re, the fewest it is rejected with.
    """

    letter: str
    sample_size: int
    acceptance: int
    rejection: int


def is_per_hundred(aql: str) -> bool:
    """Tell whether an AQL is in nonconformities per hundred items, and in nothing else."""
    return AQLS.index(aql) > AQLS.index(LAST_PERCENT)


def find_code_letter(lot_size: int, level: Level) -> str:
    """Return the sample size code letter of a lot (ISO 2859-1 Table 1).

    :param lot_size: items in the lot, at least 1.
    :raises ValueError: for fewer, or an unknown level.
    """
    if lot_size < 1:
        raise ValueError("a lot has one item at least")
    if level not in CODE_LETTERS:
        raise ValueError(f"'{level}' is no inspection level: {', '.join(LEVELS)}")
    row = sum(lot_size > last for last in LAST_LOT_SIZES)
    return CODE_LETTERS[level][row]


def find_cell(
    letter: str, aql: str, severity: Severity, standard: Standard = "iso_2859_1"
) -> MasterCell:
    """Return the plan of a master table (2-A, 2-B, 2-C), its arrows followed.

    :param aql: one of ``AQLS``.
    :raises ValueError: for a letter or AQL the table does not have.
    """
    if aql not in AQLS:
        raise ValueError(f"'{aql}' is no AQL of the standard: {', '.join(AQLS)}")
    if letter not in LETTERS[:16]:
        raise ValueError(f"'{letter}' is no sample size code letter")
    row, column = LETTERS.index(letter), AQLS.index(aql)
    step = 0
    while True:
        cell = _read_cell(row, column, severity, standard)
        if not isinstance(cell, str):
            break
        # An arrow is followed the way it began.
        step = step or (1 if cell == "down" else -1)
        if _ends(row, column, step, severity, standard):
            step = -step
        row += step
    sizes = REDUCED_SIZES if severity == "reduced" else SAMPLE_SIZES
    size = sizes[row] if row < len(sizes) else SAMPLE_SIZE_OF_S
    return MasterCell(LETTERS[row], size, *cell)


def _ends(
    row: int, column: int, step: int, severity: Severity, standard: Standard
) -> bool:
    """Tell whether a column has no plan from here in that direction."""
    rows = range(row + step, len(LETTERS) if step > 0 else -1, step)
    return all(
        isinstance(_read_cell(other, column, severity, standard), str) for other in rows
    )


# Acceptance and rejection numbers along the diagonals; first the diagonal of the first.
_LONG_A = (1, 2, 3, 5, 7, 10, 14, 21, 30)


def _with_next(numbers: tuple[int, ...]) -> tuple[Numbers, ...]:
    return tuple((number, number + 1) for number in numbers)


@dataclass(frozen=True)
class _Diagonals:
    """One master table.

    :param zero: the diagonal of Ac 0, Re 1; the next is an arrow up where ``rises``.
    :param first: the diagonal of the first of ``numbers``.
    :param short: how many of ``numbers`` letters from F on have; B to E have them all.
    """

    zero: int
    rises: bool
    first: int
    numbers: tuple[Numbers, ...]
    short: int


_NORMAL = _Diagonals(14, True, 17, _with_next((1, 2, 3, 5, 7, 10, 14, 21, 30, 44)), 8)
_TIGHTENED = _Diagonals(15, False, 18, _with_next((1, 2, 3, 5, 8, 12, 18, 27, 41)), 7)
_REDUCED = _Diagonals(14, True, 18, _with_next((1, 2, 3, 5, 6, 8, 10, 14, 21)), 7)
# Z1.4 keeps a gap: between Ac and Re the lot is accepted, and normal inspection returns.
_GAP: tuple[Numbers, ...] = (
    *((0, 2), (1, 3), (1, 4), (2, 5), (3, 6)),
    *((5, 8), (7, 10), (10, 13), (14, 17), (21, 24)),
)
_REDUCED_WITH_GAP = _Diagonals(14, True, 17, _GAP, 8)
_TABLES: dict[tuple[Standard, Severity], _Diagonals] = {
    ("iso_2859_1", "normal"): _NORMAL,
    ("iso_2859_1", "tightened"): _TIGHTENED,
    ("iso_2859_1", "reduced"): _REDUCED,
    ("z1_4", "normal"): _NORMAL,
    ("z1_4", "tightened"): _TIGHTENED,
    ("z1_4", "reduced"): _REDUCED_WITH_GAP,
}
# In reduced inspection A and B draw two items like C: their numbers follow the AQL.
_B_WITH_GAP: tuple[Numbers, ...] = ((0, 2), (1, 3), (2, 4), (3, 5))


def _read_cell(row: int, column: int, severity: Severity, standard: Standard) -> Cell:
    """Return the numbers of one cell, or the arrow the standard prints there."""
    table = _TABLES[standard, severity]
    diagonal = row + column
    if LETTERS[row] == "S":
        exists = severity == "tightened" and AQLS[column] == "0.025"
        return table.numbers[0] if exists else "up"
    if diagonal < table.zero:
        return "down"
    if diagonal == table.zero:
        # Z1.4 has no plan of two items and Ac 0 in tightened inspection.
        missing = standard == "z1_4" and severity == "tightened" and row == 0
        return "down" if missing else (0, 1)
    if severity == "reduced" and row < 2:
        return _read_smallest_reduced(row, column, standard)
    if diagonal == table.zero + 1 and table.rises:
        return "up"
    if diagonal < table.first:
        return "down"
    place = diagonal - table.first
    available = len(table.numbers) if row < LETTERS.index("F") else table.short
    return table.numbers[place] if place < available else "up"


def _read_smallest_reduced(row: int, column: int, standard: Standard) -> Cell:
    """Return a cell of letter A or B in reduced inspection, right of Ac 0."""
    from_25 = column - AQLS.index("25")
    if row == 1:
        if column == AQLS.index("6.5"):
            return "up"
        if standard == "z1_4" and -1 <= from_25 < len(_B_WITH_GAP) - 1:
            return _B_WITH_GAP[from_25 + 1]
    return _with_next(_LONG_A)[from_25] if from_25 >= 0 else "down"


def describe_ranges() -> tuple[tuple[int, int | None], ...]:
    """Return the ranges of lot sizes of Table 1; the last one has no end."""
    starts = [1, *(last + 1 for last in LAST_LOT_SIZES)]
    ranges: list[tuple[int, int | None]] = [
        (start, following - 1) for start, following in pairwise(starts)
    ]
    return (*ranges, (starts[-1], None))
