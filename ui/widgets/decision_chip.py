"""The category of support in a box, told apart by its word, its icon and its outline as in the report."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QFont, QFontMetrics, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from core.domain.identity import Decision
from ui.icons import Icon, Tint, icon_pixmap
from ui.theme import colour, current_palette, scaled
from ui.tokens import SPACE, TYPE

_ICON_PX = 14
_HEIGHT = 22


class DecisionChip(QWidget):
    """Shows one category; empty until told."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._decision = Decision.UNABLE_TO_EVALUATE
        self._words = ""
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)

    def set_decision(self, decision: Decision, words: str) -> None:
        """Show a category by its printed name."""
        self._decision, self._words = decision, words
        self.setAccessibleName(words)
        self.setToolTip(self.tr("Category of support, given by the software. It is not proof."))
        self.updateGeometry()
        self.update()

    def words(self) -> str:
        """Return the printed name of the category."""
        return self._words

    def sizeHint(self) -> QSize:  # noqa: N802
        """Return room for icon and word."""
        width = QFontMetrics(self._word_font()).horizontalAdvance(self._words) + scaled(_ICON_PX) + 3 * SPACE
        return QSize(width, scaled(_HEIGHT))

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802
        """Draw box, icon and word."""
        palette = current_palette()
        fill, stroke, ink, glyph, tint = {
            Decision.SUPPORTED: (palette.accent, palette.accent, palette.accent_text, Icon.CHECK, Tint.ACCENT_TEXT),
            Decision.INCONCLUSIVE: (palette.accent_soft, palette.accent, palette.text, Icon.UNKNOWN, Tint.TEXT),
            Decision.NOT_SUPPORTED: (palette.pressed, palette.border_strong, palette.text, Icon.REMOVE, Tint.TEXT),
            Decision.UNABLE_TO_EVALUATE: ("", palette.border_strong, palette.muted, Icon.IGNORE, Tint.MUTED),
        }[self._decision]
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        dashed = self._decision is Decision.UNABLE_TO_EVALUATE
        painter.setPen(QPen(colour(stroke), 1, Qt.PenStyle.DashLine if dashed else Qt.PenStyle.SolidLine))
        if fill:
            painter.setBrush(colour(fill))
        box = QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5)
        painter.drawRoundedRect(box, scaled(_HEIGHT) / 2, scaled(_HEIGHT) / 2)
        picture = icon_pixmap(glyph, scaled(_ICON_PX), tint, self.devicePixelRatioF())
        painter.drawPixmap(SPACE - 1, (self.height() - scaled(_ICON_PX)) // 2, picture)
        painter.setFont(self._word_font())
        painter.setPen(colour(ink))
        words = box.adjusted(scaled(_ICON_PX) + SPACE + 3, 0, -SPACE, 0)
        painter.drawText(words, Qt.AlignmentFlag.AlignVCenter, self._words)

    def _word_font(self) -> QFont:
        font = QFont(self.font())
        font.setPixelSize(scaled(TYPE.small + 1))
        font.setWeight(QFont.Weight.DemiBold)
        return font
