"""A recall as tables, from what stands on the screen; see ``recall_paper`` for the PDF."""

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

Cell = str | float | int | datetime | None
_SIGNS = ("=", "+", "-", "@", "\uff1d", "\uff0b", "\uff0d", "\uff20")
_BLANKS = ("\t", "\r", "\n")


@dataclass(frozen=True)
class Section:
    """A table of the answer.

    :param name: its file name without extension.
    :param total: how many rows there are, of which ``rows`` may be the first ones only.
    """

    name: str
    title: str
    columns: Sequence[str]
    rows: Sequence[Sequence[Cell]]
    total: int


@dataclass(frozen=True)
class Pack:
    """:param facts: label and value, for the head of the first page."""

    title: str
    facts: Sequence[tuple[str, str]]
    sections: Sequence[Section]


def write_cell(value: Cell) -> str:
    """Return a value as text: numbers without binary noise, moments in UTC."""
    if value is None or value is False:
        return ""
    if isinstance(value, datetime):
        return value.strftime("%Y-%m-%d %H:%M:%S")
    if isinstance(value, float):
        text = f"{value:.6f}".rstrip("0").rstrip(".")
        return "0" if text == "-0" else text
    return str(value)


def write_csv(section: Section) -> bytes:
    """Return a section as CSV, RFC 4180, UTF-8 with a byte order mark for spreadsheets.

    A cell that a spreadsheet would take for a formula gets an apostrophe in front.
    """
    output = io.StringIO()
    writer = csv.writer(output)
    writer.writerow(section.columns)
    for row in section.rows:
        writer.writerow([_disarm(value) for value in row])
    return output.getvalue().encode("utf-8-sig")


def _disarm(value: Cell) -> str:
    return disarm(value) if isinstance(value, str) else write_cell(value)


def disarm(text: str) -> str:
    """Return a text that no spreadsheet takes for a formula.

    Source: OWASP, CSV injection. Blanks before it do not make it harmless, and full-width
    signs are signs in East Asian spreadsheets.
    """
    if text[:1] in _BLANKS or text.lstrip().startswith(_SIGNS):
        return f"'{text}"
    return text
