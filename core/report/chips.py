"""The printed form of an answer: category, question, reason."""

from __future__ import annotations

from collections.abc import Sequence

from reportlab.lib.units import mm
from reportlab.platypus import Flowable, Table, TableStyle

from core.domain.identity import Decision
from core.report import theme
from core.report.composer import Composer
from core.report.content import CATEGORY, Statement
from core.report.fonts import BOLD


class Chip(Flowable):  # type: ignore[misc]
    """A category in a box; told apart by words and by tone, so that it reads in black and white too."""

    def __init__(self, decision: Decision, width: float = 33 * mm) -> None:
        super().__init__()
        self._decision, self._width = decision, width

    def wrap(self, width: float, height: float) -> tuple[float, float]:
        """One line."""
        self.width, self.height = self._width, 15.0
        return self.width, self.height

    def draw(self) -> None:
        """Box and words."""
        fill, stroke, text = {
            Decision.SUPPORTED: (theme.ACCENT, theme.ACCENT, theme.WHITE),
            Decision.INCONCLUSIVE: (theme.ACCENT_SOFT, theme.ACCENT, theme.ACCENT),
            Decision.NOT_SUPPORTED: (theme.MUTED, theme.MUTED, theme.WHITE),
            Decision.UNABLE_TO_EVALUATE: (theme.WHITE, theme.MUTED, theme.INK),
        }[self._decision]
        canvas = self.canv
        canvas.saveState()
        canvas.setFillColor(fill)
        canvas.setStrokeColor(stroke)
        canvas.setLineWidth(0.7)
        if self._decision is Decision.UNABLE_TO_EVALUATE:
            canvas.setDash(2, 1.5)
        canvas.roundRect(0, 0, self.width, self.height, 2.5, stroke=1, fill=1)
        canvas.restoreState()
        canvas.setFillColor(text)
        canvas.setFont(BOLD, 7.8)
        canvas.drawCentredString(self.width / 2, 4.8, CATEGORY[self._decision])


def statement_table(doc: Composer, statements: Sequence[Statement]) -> Table:
    """Question and category on the left, reason and search result on the right."""
    rows = []
    for statement in statements:
        answer = [doc.block(statement.reason, doc.styles.cell)]
        if statement.search:
            answer.append(doc.block(statement.search, doc.styles.cell_bold))
        rows.append([doc.block(statement.question, doc.styles.cell_muted), Chip(statement.decision), answer])
    table = Table(rows, colWidths=[47 * mm, 37 * mm, theme.TEXT_WIDTH - 84 * mm], splitInRow=1, hAlign="LEFT")
    table.setStyle(
        TableStyle(
            [
                ("VALIGN", (0, 0), (-1, -1), "TOP"),
                ("LINEBELOW", (0, 0), (-1, -1), 0.35, theme.RULE),
                ("LEFTPADDING", (0, 0), (0, -1), 0),
                ("TOPPADDING", (0, 0), (-1, -1), 3.5),
                ("BOTTOMPADDING", (0, 0), (-1, -1), 4.5),
                ("FONTNAME", (0, 0), (-1, -1), doc.styles.cell.fontName),
            ]
        )
    )
    return table
