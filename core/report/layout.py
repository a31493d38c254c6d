"""Pages: running header and footer, outline, document properties, and the order of the parts."""

from __future__ import annotations

import calendar
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import partial
from typing import Any, BinaryIO

from reportlab.lib.units import mm
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import BaseDocTemplate, Flowable, Frame, NextPageTemplate, PageTemplate

from core.domain.cancel import CancelToken
from core.domain.report import CaseReport
from core.report import back, decisions_part, evidence_part, front, person_part, theme
from core.report.composer import Composer, Heading
from core.report.fonts import BODY, BOLD, FontSet
from core.report.paragraphs import text_block
from core.report.seal import Seal
from core.report.text import printable
from core.report.theme import Styles, make_styles

PRODUCT = "UNSWAP"


def compose(report: CaseReport, fonts: FontSet, pages: Mapping[str, int], seal: Seal) -> list[Flowable]:
    """The story of the whole report.

    Args:
        report: what to say.
        fonts: of the document.
        pages: heading key -> page of the earlier pass; empty in the first.
        seal: who signs, and the result attached.
    """
    doc = Composer(fonts, make_styles())
    doc.add(NextPageTemplate("inner"))
    front.cover(doc, report, seal)
    doc.new_page()
    front.summary(doc, report)
    contents_at = len(doc.story)
    doc.new_page()
    front.questions(doc, report)
    evidence_part.evidence(doc, report)
    evidence_part.observations(doc, report)
    evidence_part.method(doc)
    person_part.findings(doc, report)
    decisions_part.decisions(doc, report)
    back.error_rates(doc, report)
    back.limitations(doc, report)
    back.review(doc)
    back.manifest(doc, report, seal)
    doc.new_page()
    back.frames_appendix(doc, report)
    back.custody_appendix(doc, report)
    doc.story[contents_at:contents_at] = front.contents(doc, doc.bookmarks, pages)
    return doc.story


class ReportTemplate(BaseDocTemplate):  # type: ignore[misc]
    """A4 pages with the case number below and the product above.

    Args:
        stream: binary stream that receives the document.
        report: for the document's properties and the footer.
        fonts: of the document.
        total: number of pages as known from the earlier pass, 0 in the first.
        cancel: checked after every block.
    """

    def __init__(self, stream: BinaryIO, report: CaseReport, fonts: FontSet, total: int, cancel: CancelToken) -> None:
        self.pages_of: dict[str, int] = {}
        self._report, self._fonts, self._total, self._cancel = report, fonts, total, cancel
        self._styles: Styles = make_styles()
        number = report.case.case_number or "case without number"
        super().__init__(
            stream,
            pagesize=(theme.PAGE_WIDTH, theme.PAGE_HEIGHT),
            leftMargin=theme.MARGIN_X,
            rightMargin=theme.MARGIN_X,
            topMargin=theme.MARGIN_TOP,
            bottomMargin=theme.MARGIN_BOTTOM,
            title=_property(report.case.title or f"{front.TITLE}: {number}"),
            author=_property(report.case.examiner or report.case.organisation or "Unswap"),
            subject=_property(f"{front.SUBTITLE}; case {number}"),
            creator=f"Unswap {report.manifest.application_version}",
            producer=f"Unswap {report.manifest.application_version} (reportlab)",
            keywords="face recovery, ranked candidates, reconstruction",
            lang="en",
            displayDocTitle=True,
            initialFontName=BODY,
            initialFontSize=9,
            invariant=1,
            pageCompression=1,
        )
        frame = partial(Frame, leftPadding=0, rightPadding=0, topPadding=0, bottomPadding=0)
        inner_height = theme.PAGE_HEIGHT - theme.MARGIN_TOP - theme.MARGIN_BOTTOM
        self.addPageTemplates(
            [
                PageTemplate(
                    id="cover",
                    frames=[frame(theme.MARGIN_X, theme.MARGIN_BOTTOM, theme.TEXT_WIDTH, inner_height + 8 * mm)],
                    onPage=self._cover_furniture,
                ),
                PageTemplate(
                    id="inner",
                    frames=[frame(theme.MARGIN_X, theme.MARGIN_BOTTOM, theme.TEXT_WIDTH, inner_height)],
                    onPage=self._inner_furniture,
                ),
            ]
        )

    def beforeDocument(self) -> None:  # noqa: N802 - reportlab's interface
        """The creation time is the report's own, so that the same report gives the same bytes."""
        self.canv._doc._timeStamp = _Stamp(self._report.created_at)

    def afterFlowable(self, flowable: Flowable) -> None:  # noqa: N802 - reportlab's interface
        """Headings enter the outline and the list of pages."""
        self._cancel.raise_if_cancelled()
        if not isinstance(flowable, Heading):
            return
        mark = flowable.bookmark
        self.pages_of[mark.key] = self.page
        self.canv.bookmarkPage(mark.key)
        self.canv.addOutlineEntry(mark.title, mark.key, mark.level, closed=mark.level > 0)
        self.canv.showOutline()

    def _cover_furniture(self, canvas: Canvas, document: Any) -> None:
        canvas.saveState()
        canvas.setFillColor(theme.ACCENT)
        canvas.rect(0, theme.PAGE_HEIGHT - 30 * mm, theme.PAGE_WIDTH, 30 * mm, stroke=0, fill=1)
        canvas.setFillColor(theme.WHITE)
        canvas.setFont(BOLD, 13)
        canvas.drawString(theme.MARGIN_X, theme.PAGE_HEIGHT - 18 * mm, " ".join(PRODUCT))
        canvas.restoreState()
        self._footer(canvas)

    def _inner_furniture(self, canvas: Canvas, document: Any) -> None:
        canvas.saveState()
        y = theme.PAGE_HEIGHT - 15 * mm
        canvas.setFillColor(theme.ACCENT)
        canvas.setFont(BOLD, 7)
        canvas.drawString(theme.MARGIN_X, y, " ".join(PRODUCT))
        canvas.setFillColor(theme.MUTED)
        canvas.setFont(BODY, 7.2)
        canvas.drawRightString(theme.PAGE_WIDTH - theme.MARGIN_X, y, front.TITLE)
        canvas.setStrokeColor(theme.ACCENT)
        canvas.setLineWidth(0.7)
        canvas.line(theme.MARGIN_X, y - 2.4 * mm, theme.PAGE_WIDTH - theme.MARGIN_X, y - 2.4 * mm)
        canvas.restoreState()
        self._footer(canvas)

    def _footer(self, canvas: Canvas) -> None:
        canvas.saveState()
        y, right = 13 * mm, theme.PAGE_WIDTH - theme.MARGIN_X
        canvas.setStrokeColor(theme.RULE)
        canvas.setLineWidth(0.4)
        canvas.line(theme.MARGIN_X, y + 4 * mm, right, y + 4 * mm)
        number = self._report.case.case_number
        words = f"Case {printable(number)[:60]}" if number else "Case number: ______________________"
        block = text_block(words, self._styles.picture, self._fonts)
        block.wrapOn(canvas, theme.TEXT_WIDTH - 40 * mm, 10 * mm)
        block.drawOn(canvas, theme.MARGIN_X, y - 2)
        canvas.setFillColor(theme.MUTED)
        canvas.setFont(BODY, 7.2)
        canvas.drawRightString(right, y + 0.6, f"Page {canvas.getPageNumber()} of {self._total}")
        canvas.restoreState()


class _Stamp:
    """What reportlab asks of a time stamp."""

    def __init__(self, at: datetime) -> None:
        at = at.astimezone(UTC)
        self.lt = at.timetuple()
        self.t = float(calendar.timegm(self.lt))
        self.YMDhms = tuple(self.lt)[:6]
        self.dhh = self.dmm = 0
        self.tzname = "UTC"


def _property(text: str) -> str:
    """Document properties hold one line of characters that can be shown."""
    return "".join(c for c in text if c.isprintable())[:300]
