"""A recall on paper: PDF and sheets, from what stands on the screen."""

import csv
import io
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from reportlab.lib import colors
from reportlab.lib.pagesizes import A4, landscape
from reportlab.lib.styles import getSampleStyleSheet
from reportlab.lib.units import mm
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.cidfonts import UnicodeCIDFont
from reportlab.pdfbase.pdfmetrics import stringWidth
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.platypus import (
    Flowable,
    LongTable,
    Paragraph,
    SimpleDocTemplate,
    Spacer,
    TableStyle,
)

# Beyond, the paper says how many more there are and that the CSV has them all.
ROWS_ON_PAPER = 1000
PADDING = 2
FONT = "Recall"
# Every reader of PDF has a font for arrows and these scripts, which Odoo's have not.
EAST_ASIAN_FONT = "STSong-Light"
_EAST_ASIAN = re.compile("[\u2190-\u21ff\u1100-\u11ff\u2e80-\ud7af\uf900-\ufaff\uff00-\uffef]+")
Cell = str | float | int | datetime | None


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
        return (
            f"{round(value, 6):g}"
            if abs(value) < 1e5
            else f"{round(value, 6):.6f}".rstrip("0").rstrip(".")
        )
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
    text = write_cell(value)
    if isinstance(value, str) and text.startswith(("=", "+", "-", "@", "\t", "\r")):
        return f"'{text}"
    return text


def register_fonts(regular: str, bold: str) -> None:
    """Let papers be written in TrueType fonts, for names in any alphabet they have.

    :param regular: path of a font; ``bold``: of the same in bold.
    """
    if FONT in pdfmetrics.getRegisteredFontNames():
        return
    pdfmetrics.registerFont(TTFont(f"{FONT}-Bold", bold))
    pdfmetrics.registerFont(UnicodeCIDFont(EAST_ASIAN_FONT))
    pdfmetrics.registerFontFamily(FONT, FONT, f"{FONT}-Bold", FONT, f"{FONT}-Bold")
    pdfmetrics.registerFont(TTFont(FONT, regular))


def write_pdf(pack: Pack) -> bytes:
    """Return the answer as a PDF, A4 across, one table a section.

    See `register_fonts`.
    """
    output = io.BytesIO()
    styles = getSampleStyleSheet()
    if FONT in pdfmetrics.getRegisteredFontNames():
        for name in ("Title", "Heading2"):
            setattr(styles[name], "fontName", f"{FONT}-Bold")  # noqa: B010
        for name in ("Normal", "BodyText"):
            setattr(styles[name], "fontName", FONT)  # noqa: B010
    document = SimpleDocTemplate(
        output,
        pagesize=landscape(A4),
        title=pack.title,
        leftMargin=15 * mm,
        rightMargin=15 * mm,
        topMargin=15 * mm,
        bottomMargin=15 * mm,
    )
    story: list[Flowable] = [Paragraph(_escape(pack.title), styles["Title"])]
    for label, value in pack.facts:
        text = f"<b>{_escape(label)}:</b> {_escape(value)}"
        story.append(Paragraph(text, styles["Normal"]))
    for section in pack.sections:
        story += [
            Spacer(1, 6 * mm),
            Paragraph(f"{_escape(section.title)} ({section.total})", styles["Heading2"]),
        ]
        if section.rows:
            story.append(_write_table(section, styles["BodyText"], document.width))
        if section.total > ROWS_ON_PAPER:
            more = section.total - ROWS_ON_PAPER
            story.append(Paragraph(f"+ {more}: {section.name}.csv", styles["Normal"]))
    document.build(story)
    return output.getvalue()


def _write_table(section: Section, style: object, width: float) -> LongTable:
    small = getattr(style, "clone")("small", fontSize=7, leading=8)  # noqa: B009
    column = width / len(section.columns)
    cells = [
        [_write_short(write_cell(value), small, column) for value in row]
        for row in section.rows[:ROWS_ON_PAPER]
    ]
    head = [Paragraph(f"<b>{_escape(name)}</b>", small) for name in section.columns]
    table = LongTable(
        [head, *cells], colWidths=[column] * len(head), repeatRows=1
    )
    table.setStyle(
        TableStyle(
            [
                ("FONT", (0, 0), (-1, -1), small.fontName, small.fontSize, small.leading),
                ("GRID", (0, 0), (-1, -1), 0.25, colors.grey),
                ("BACKGROUND", (0, 0), (-1, 0), colors.whitesmoke),
                ("VALIGN", (0, 0), (-1, -1), "TOP"),
                ("LEFTPADDING", (0, 0), (-1, -1), PADDING),
                ("RIGHTPADDING", (0, 0), (-1, -1), PADDING),
            ]
        )
    )
    return table


def _write_short(text: str, style: Any, column: float) -> Paragraph | str:
    """Return a cell: plain text, which is laid out ten times faster, where that fits."""
    room = column - 2 * PADDING
    fits = stringWidth(text, style.fontName, style.fontSize) <= room
    if fits and "\n" not in text and not _EAST_ASIAN.search(text):
        return text
    return Paragraph(_escape(text), style)


def _escape(text: str) -> str:
    text = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    if FONT not in pdfmetrics.getRegisteredFontNames():
        return text
    return _EAST_ASIAN.sub(rf'<font name="{EAST_ASIAN_FONT}">\g<0></font>', text)
