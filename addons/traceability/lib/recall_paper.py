"""A recall on paper: PDF, A4 across, one table a section."""

import io
import re
from collections.abc import Iterable, Sequence
from functools import partial
from typing import Any

from reportlab.lib import colors
from reportlab.lib.pagesizes import A4, landscape
from reportlab.lib.styles import getSampleStyleSheet
from reportlab.lib.units import mm
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.cidfonts import UnicodeCIDFont
from reportlab.pdfbase.pdfmetrics import stringWidth
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import (
    CondPageBreak,
    Flowable,
    LongTable,
    Paragraph,
    SimpleDocTemplate,
    Spacer,
    TableStyle,
)

from .recall_pack import Cell, Pack, Section, write_cell

# Beyond, the paper says how many more there are and that the CSV has them all.
ROWS_ON_PAPER = 1000
MARGIN = 15 * mm
PADDING = 2
# A column is as wide as what stands in it, between these; so many rows are looked at.
NARROWEST, WIDEST, LOOKED_AT = 8 * mm, 75 * mm, 200
LONGEST_WORD = 30 * mm
SMALL = 7
FONT = "Recall"
ARROW_FONT = f"{FONT}-Arrows"
# Every reader of PDF has, or finds, a font for these scripts, which Odoo's have not.
EAST_ASIAN_FONT = "STSong-Light"
_ARROW = re.compile("[\u2190-\u2193]+")
_EAST_ASIAN = re.compile("[\u2194-\u21ff\u1100-\u11ff\u2e80-\ud7af\uf900-\ufaff\uff00-\uffef]+")


def register_fonts(regular: str, bold: str, arrows: str) -> None:
    """Let papers be written in TrueType fonts, for names in any alphabet they have.

    :param regular: path of a font; ``bold``: of the same in bold; ``arrows``: of one that
        has those of paths.
    """
    if FONT in pdfmetrics.getRegisteredFontNames():
        return
    pdfmetrics.registerFont(TTFont(f"{FONT}-Bold", bold))
    pdfmetrics.registerFont(TTFont(ARROW_FONT, arrows))
    pdfmetrics.registerFont(UnicodeCIDFont(EAST_ASIAN_FONT))
    pdfmetrics.registerFont(TTFont(FONT, regular))
    # Last: registering a font makes it a family of its own, bold as it is.
    pdfmetrics.registerFontFamily(FONT, FONT, f"{FONT}-Bold", FONT, f"{FONT}-Bold")


def write_pdf(pack: Pack) -> bytes:
    """Return the answer as a PDF; every page says which recall it is of.

    See `register_fonts`.
    """
    output = io.BytesIO()
    styles = getSampleStyleSheet()
    for name in ("Title", "Heading2"):
        setattr(styles[name], "fontName", _get_font(bold=True))  # noqa: B010
    for name in ("Normal", "BodyText"):
        setattr(styles[name], "fontName", _get_font())  # noqa: B010
    document = SimpleDocTemplate(
        output,
        pagesize=landscape(A4),
        title=pack.title,
        leftMargin=MARGIN,
        rightMargin=MARGIN,
        topMargin=MARGIN,
        bottomMargin=MARGIN,
    )
    story: list[Flowable] = [Paragraph(_escape(pack.title), styles["Title"])]
    for label, value in pack.facts:
        text = f"<b>{_escape(label)}:</b> {_escape(value)}"
        story.append(Paragraph(text, styles["Normal"]))
    for section in pack.sections:
        story += [
            Spacer(1, 6 * mm),
            CondPageBreak(30 * mm),  # no title alone at the foot of a page
            Paragraph(f"{_escape(section.title)} ({section.total})", styles["Heading2"]),
        ]
        if section.rows:
            story.append(_write_table(section, styles["BodyText"], document.width))
        if section.total > ROWS_ON_PAPER:
            more = section.total - ROWS_ON_PAPER
            story.append(Paragraph(f"+ {more}: {section.name}.csv", styles["Normal"]))
    document.build(story, canvasmaker=partial(_NumberedCanvas, footer=pack.title))
    return output.getvalue()


class _NumberedCanvas(Canvas):
    """Pages that say which of how many they are: known when all are written."""

    def __init__(self, *args: Any, footer: str, **values: Any) -> None:
        super().__init__(*args, **values)
        self._footer = footer
        self._pages: list[dict[str, Any]] = []

    def showPage(self) -> None:
        self._pages.append(dict(self.__dict__))
        getattr(self, "_startPage")()  # noqa: B009

    def save(self) -> None:
        pages = self._pages
        for number, page in enumerate(pages, start=1):
            self.__dict__.update(page)
            self.setFont(_get_font(), SMALL)
            self.drawString(MARGIN, MARGIN / 2, self._footer)
            right = landscape(A4)[0] - MARGIN
            self.drawRightString(right, MARGIN / 2, f"{number} / {len(pages)}")
            Canvas.showPage(self)
        return super().save()


def _write_table(section: Section, style: object, width: float) -> LongTable:
    small = getattr(style, "clone")("small", fontSize=SMALL, leading=8)  # noqa: B009
    rows = section.rows[:ROWS_ON_PAPER]
    texts = [[write_cell(value) for value in row] for row in rows]
    widths = _find_widths(section.columns, texts[:LOOKED_AT], width)
    cells = [
        [
            _write_short(text, small, column)
            for text, column in zip(row, widths, strict=True)
        ]
        for row in texts
    ]
    head = [Paragraph(f"<b>{_escape(name)}</b>", small) for name in section.columns]
    table = LongTable([head, *cells], colWidths=widths, repeatRows=1)
    table.setStyle(
        TableStyle(
            [
                ("FONT", (0, 0), (-1, -1), small.fontName, small.fontSize, small.leading),
                ("GRID", (0, 0), (-1, -1), 0.25, colors.grey),
                ("BACKGROUND", (0, 0), (-1, 0), colors.whitesmoke),
                ("VALIGN", (0, 0), (-1, -1), "TOP"),
                ("LEFTPADDING", (0, 0), (-1, -1), PADDING),
                ("RIGHTPADDING", (0, 0), (-1, -1), PADDING),
                *(
                    ("ALIGN", (place, 1), (place, -1), "RIGHT")
                    for place, values in enumerate(zip(*rows, strict=True))
                    if _are_numbers(values)
                ),
            ]
        )
    )
    return table


def _are_numbers(values: Iterable[Cell]) -> bool:
    return all(
        isinstance(value, int | float) and not isinstance(value, bool) for value in values
    )


def _find_widths(
    head: Sequence[str], rows: Sequence[Sequence[str]], width: float
) -> list[float]:
    """Return the widths of columns: all have room for words, texts have what is left."""
    least: list[float] = []
    wanted: list[float] = []
    for title, *texts in zip(head, *rows, strict=True):
        words = [_measure(word, bold=True) for word in title.split()]
        words += [_measure(word) for text in texts for word in text.split()]
        longest = max(map(_measure, texts), default=0.0)
        word = max(words, default=0.0)
        least.append(max(NARROWEST, min(word, LONGEST_WORD)) + 3 * PADDING)
        wanted.append(max(least[-1], min(longest, WIDEST) + 3 * PADDING))
    if sum(least) >= width:
        return [part * width / sum(least) for part in least]
    if sum(wanted) <= width:
        return [part * width / sum(wanted) for part in wanted]
    share = (width - sum(least)) / (sum(wanted) - sum(least))
    return [
        part + (full - part) * share for part, full in zip(least, wanted, strict=True)
    ]


def _measure(text: str, *, bold: bool = False) -> float:
    return stringWidth(text, _get_font(bold=bold), SMALL)


def _write_short(text: str, style: Any, column: float) -> Paragraph | str:
    """Return a cell: plain text, which is laid out ten times faster, where that fits."""
    room = column - 2 * PADDING
    fits = stringWidth(text, style.fontName, style.fontSize) <= room
    plain = not _ARROW.search(text) and not _EAST_ASIAN.search(text)
    if fits and plain and "\n" not in text:
        return text
    return Paragraph(_escape(text), style)


def _get_font(*, bold: bool = False) -> str:
    if FONT in pdfmetrics.getRegisteredFontNames():
        return f"{FONT}-Bold" if bold else FONT
    return "Helvetica-Bold" if bold else "Helvetica"


def _escape(text: str) -> str:
    text = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    if FONT not in pdfmetrics.getRegisteredFontNames():
        return text
    for found, font in ((_ARROW, ARROW_FONT), (_EAST_ASIAN, EAST_ASIAN_FONT)):
        text = found.sub(rf'<font name="{font}">\g<0></font>', text)
    return text
