"""What both sides of a reconciliation must agree about."""

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import NamedTuple

KEY_COLUMNS = ("key_1", "key_2", "key_3", "key_4")
DEFAULT_MEASURE = "quantity"
# Enough for any quantity a person weighs or counts, and free of binary noise.
DECIMALS = 6


class Figure(NamedTuple):
    """One figure of a snapshot.

    :param keys: up to four record ids, 0 where one does not apply.
    :param quantity: in our unit.
    """

    keys: tuple[int, ...]
    quantity: float
    measure: str = DEFAULT_MEASURE


Columns = tuple[list[int], list[int], list[int], list[int], list[str], list[float]]


def as_columns(figures: Iterable[Figure]) -> Columns:
    """Turn rows into one list per column, as ``unnest`` takes them.

    :raises ValueError: when a key has more than four parts.
    """
    keys: tuple[list[int], list[int], list[int], list[int]] = ([], [], [], [])
    measures: list[str] = []
    quantities: list[float] = []
    for figure in figures:
        if len(figure.keys) > len(KEY_COLUMNS):
            raise ValueError(
                f"A key has at most {len(KEY_COLUMNS)} parts: {figure.keys}"
            )
        padded = (*figure.keys, 0, 0, 0, 0)
        for column, part in zip(keys, padded, strict=False):
            column.append(part)
        measures.append(figure.measure)
        quantities.append(round(figure.quantity, DECIMALS))
    return (*keys, measures, quantities)


def chunked(figures: Iterable[Figure], size: int) -> Iterator[list[Figure]]:
    """Cut into lists of at most ``size``, without holding all of them."""
    iterator = iter(figures)
    while chunk := list(islice(iterator, size)):
        yield chunk
