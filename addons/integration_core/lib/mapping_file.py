"""Mappings as a CSV file (RFC 4180), for spreadsheets and for other environments."""

import csv
import io
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, cast

COLUMNS = (
    "domain",
    "system",
    "company",
    "plant",
    "external_code",
    "record",
    "factor",
    "rounding",
    "valid_from",
    "valid_to",
    "state",
)
REQUIRED = ("domain", "external_code", "record")
# Cells beyond the heading stand under None.
Line = dict[str | None, Any]
# A spreadsheet would calculate a cell that begins with one of these.
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")
MAX_ROWS = 200_000


class MappingFileError(Exception):
    """The file as a whole cannot be read; the text says why."""


@dataclass(frozen=True)
class Row:
    """One line of the file.

    :param number: as a person counts lines, the heading being the first.
    :param faults: what is wrong with its shape; its values may still be wrong.
    """

    number: int
    values: dict[str, str]
    faults: tuple[str, ...] = field(default=())


def write_rows(rows: Iterable[dict[str, str]]) -> str:
    """Return the rows as CSV text; what looks like a formula gets an apostrophe."""
    text = io.StringIO()
    writer = csv.DictWriter(text, COLUMNS, lineterminator="\r\n")
    writer.writeheader()
    for row in rows:
        writer.writerow({name: _escape(row.get(name, "")) for name in COLUMNS})
    return text.getvalue()


def read_rows(content: bytes) -> list[Row]:
    """Return the lines of a file, in their order.

    :raises MappingFileError: when it is not UTF-8, has no heading, or names unknown
        columns.
    """
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise MappingFileError(
            "The file is not UTF-8. Save it as “CSV UTF-8” and try again."
        ) from error
    heading = text.split("\n", 1)[0]
    delimiter = ";" if heading.count(";") > heading.count(",") else ","
    reader = csv.DictReader(io.StringIO(text, newline=""), delimiter=delimiter)
    columns = [name.strip() for name in reader.fieldnames or []]
    _check_columns(columns)
    reader.fieldnames = columns
    try:
        rows = [_read(reader.line_num, cast("Line", line)) for line in reader]
    except csv.Error as error:
        raise MappingFileError(f"Line {reader.line_num}: {error}.") from error
    if len(rows) > MAX_ROWS:
        raise MappingFileError(f"More than {MAX_ROWS} lines: split the file.")
    return rows


def _check_columns(columns: list[str]) -> None:
    missing = [name for name in REQUIRED if name not in columns]
    if missing:
        raise MappingFileError(f"The heading lacks the column {', '.join(missing)}.")
    unknown = [name for name in columns if name not in COLUMNS]
    if unknown:
        raise MappingFileError(
            f"Unknown column {', '.join(unknown)}. Known are {', '.join(COLUMNS)}."
        )


def _read(number: int, line: Line) -> Row:
    values = {
        name: _unescape(value.strip())
        for name, value in line.items()
        if name is not None and isinstance(value, str)
    }
    faults = [f"{name} is empty" for name in REQUIRED if not values.get(name)]
    if None in line:
        faults.append("more cells than the heading has columns")
    return Row(number, values, tuple(faults))


def _escape(value: str) -> str:
    return f"'{value}" if value.startswith((*FORMULA_STARTS, "'")) else value


def _unescape(value: str) -> str:
    escaped = value[:1] == "'" and value[1:].startswith((*FORMULA_STARTS, "'"))
    return value[1:] if escaped else value
