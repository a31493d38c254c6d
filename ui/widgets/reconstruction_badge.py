"""The label every recovered face in the window wears, so that nobody takes a computed picture for a photograph."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication, QPoint, QRect, Qt
from PySide6.QtGui import QFont, QFontMetrics, QPainter
from PySide6.QtWidgets import QLabel, QSizePolicy, QWidget

from ui.theme import colour, current_palette
from ui.tokens import SPACE, TYPE


class ReconstructionBadge(QLabel):
    """Small plate that says "reconstruction"; lay it over or beside the picture."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("reconstruction")
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setText(self.tr("reconstruction"))
        self.setToolTip(self.tr("This face was computed from the video by a neural network. It is not a photograph."))
        self.setAccessibleName(self.tr("reconstruction, not a photograph"))
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)

    @staticmethod
    def paint_on(painter: QPainter, picture: QRect) -> None:
        """Draw the same plate into the lower left corner of `picture`, for views that paint their pictures.

        A picture too small for the word gets the word cut at its edge, never none.
        """
        palette = current_palette()
        font = QFont(painter.font())
        font.setPixelSize(TYPE.small)
        font.setWeight(QFont.Weight.DemiBold)
        words = QCoreApplication.translate("ReconstructionBadge", "reconstruction")
        metrics = QFontMetrics(font)
        plate = QRect(0, 0, metrics.horizontalAdvance(words) + 2 * (SPACE - 2), metrics.height() + 4)
        plate.setWidth(min(plate.width(), picture.width() - SPACE))
        plate.moveBottomLeft(picture.bottomLeft() + QPoint(SPACE // 2, -SPACE // 2))
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setFont(font)
        painter.setPen(colour(palette.canvas_text))
        painter.setBrush(colour(palette.canvas))
        painter.drawRoundedRect(plate, 4, 4)
        elided = metrics.elidedText(words, Qt.TextElideMode.ElideRight, plate.width() - SPACE)
        painter.drawText(plate, Qt.AlignmentFlag.AlignCenter, elided)
        painter.restore()
