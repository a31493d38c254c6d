"""How the report looks: one accent, one spacing scale, and a signal colour kept for reconstructions."""

from __future__ import annotations

from dataclasses import dataclass

from reportlab.lib.colors import HexColor
from reportlab.lib.enums import TA_RIGHT
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm

from core.report.fonts import BODY, BOLD, HEADING, ITALIC, MONO

INK = HexColor("#18212B")
MUTED = HexColor("#5A6673")
RULE = HexColor("#D3DAE0")
PANEL = HexColor("#F4F7F8")
ACCENT = HexColor("#0B5563")
ACCENT_SOFT = HexColor("#E2EEF0")
SIGNAL = HexColor("#A8470B")
SIGNAL_SOFT = HexColor("#FCF0E4")
ALERT = HexColor("#A3150F")
ALERT_SOFT = HexColor("#FBEAE8")
WHITE = HexColor("#FFFFFF")

PAGE_WIDTH, PAGE_HEIGHT = A4
MARGIN_X = 22 * mm
MARGIN_TOP = 25 * mm
MARGIN_BOTTOM = 23 * mm
TEXT_WIDTH = PAGE_WIDTH - 2 * MARGIN_X
GAP = 2 * mm


def _style(name: str, font: str, size: float, leading: float, **more: object) -> ParagraphStyle:
    options: dict[str, object] = {
        "fontName": font,
        "fontSize": size,
        "leading": leading,
        "textColor": INK,
        "bulletFontName": BODY,
        "splitLongWords": 1,
        "allowWidows": 0,
        "allowOrphans": 0,
    }
    return ParagraphStyle(name, **{**options, **more})


@dataclass(frozen=True, slots=True, kw_only=True)
class Styles:
    """Paragraph styles by their use."""

    title: ParagraphStyle
    subtitle: ParagraphStyle
    overline: ParagraphStyle
    h1: ParagraphStyle
    h2: ParagraphStyle
    h3: ParagraphStyle
    body: ParagraphStyle
    alert_head: ParagraphStyle
    lead: ParagraphStyle
    note: ParagraphStyle
    bullet: ParagraphStyle
    caption: ParagraphStyle
    cell: ParagraphStyle
    cell_bold: ParagraphStyle
    cell_head: ParagraphStyle
    cell_muted: ParagraphStyle
    cell_mono: ParagraphStyle
    picture: ParagraphStyle
    toc: ParagraphStyle
    toc_sub: ParagraphStyle
    toc_page: ParagraphStyle


def make_styles() -> Styles:
    """The styles of a report; needs the fonts of `core.report.fonts.FontSet` registered."""
    return Styles(
        title=_style("title", HEADING, 25, 31),
        subtitle=_style("subtitle", BODY, 12, 17, textColor=MUTED),
        overline=_style("overline", BOLD, 8, 11, textColor=ACCENT),
        h1=_style("h1", HEADING, 16, 21, textColor=ACCENT, spaceAfter=3 * mm),
        h2=_style("h2", HEADING, 12, 16, spaceBefore=3 * mm, spaceAfter=1.5 * mm),
        h3=_style("h3", BOLD, 9.5, 13, spaceBefore=2.5 * mm, spaceAfter=1 * mm),
        body=_style("body", BODY, 9.2, 13.4, spaceAfter=2 * mm),
        alert_head=_style("alert_head", BOLD, 10.2, 14, textColor=ALERT, spaceAfter=1 * mm),
        lead=_style("lead", BODY, 10.2, 15, spaceAfter=2.5 * mm),
        note=_style("note", ITALIC, 8.2, 11.6, textColor=MUTED, spaceAfter=1.5 * mm),
        bullet=_style("bullet", BODY, 9.2, 13.2, leftIndent=5 * mm, bulletIndent=1 * mm, spaceAfter=1.2 * mm),
        caption=_style("caption", BODY, 7.8, 10.6, textColor=MUTED, spaceBefore=1 * mm, spaceAfter=1.2 * mm),
        cell=_style("cell", BODY, 8.2, 11.2),
        cell_bold=_style("cell_bold", BOLD, 8.2, 11.2),
        cell_head=_style("cell_head", BOLD, 7.6, 10.2, textColor=ACCENT),
        cell_muted=_style("cell_muted", BODY, 7.8, 10.6, textColor=MUTED),
        cell_mono=_style("cell_mono", MONO, 6.9, 9.4),
        picture=_style("picture", BODY, 7.2, 9.4, textColor=MUTED),
        toc=_style("toc", BODY, 9.4, 14),
        toc_page=_style("toc_page", BODY, 9.4, 14, alignment=TA_RIGHT),
        toc_sub=_style("toc_sub", BODY, 8.6, 12.6, textColor=MUTED, leftIndent=6 * mm),
    )
