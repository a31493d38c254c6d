"""A similarity on a small scale with the threshold as an upright stroke; its number stands beside it."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from ui.theme import colour, current_palette


class ScoreBar(QWidget):
    """From 0, which few strangers exceed, to 1; scores below 0 show an empty scale.

    Args:
        score: at most 1.
        threshold: where the stroke stands; None for none.
        is_above: at or above the threshold: drawn in the accent.
    """

    def __init__(self, score: float, threshold: float | None, is_above: bool, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._score, self._threshold, self._is_above = score, threshold, is_above
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def sizeHint(self) -> QSize:  # noqa: N802
        """Return the height of the stroke."""
        return QSize(96, 12)

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802
        """Draw scale, score and stroke."""
        palette = current_palette()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        groove = QRectF(0, self.height() / 2 - 2, self.width(), 4)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(colour(palette.pressed))
        painter.drawRoundedRect(groove, 2, 2)
        groove.setWidth(groove.width() * min(max(self._score, 0.0), 1.0))
        painter.setBrush(colour(palette.accent if self._is_above else palette.border_strong))
        painter.drawRoundedRect(groove, 2, 2)
        if self._threshold is not None:
            x = min(max(self._threshold, 0.0), 1.0) * self.width()
            painter.setPen(QPen(colour(palette.text), 2))
            painter.drawLine(QPointF(x, 1), QPointF(x, self.height() - 1))
