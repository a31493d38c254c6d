"""The label every recovered face in the window wears, so that nobody takes a computed picture for a photograph."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication, QPoint, QRect, Qt
from PySide6.QtGui import QFont, QFontMetrics, QPainter
from PySide6.QtWidgets import QLabel, QSizePolicy, QWidget

from ui.theme import colour, current_palette
from ui.tokens import SPACE, TYPE

_SMALLEST_PX = 8


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

        In a small picture the word is small; in one too small even for that it is cut at the edge, never left out.
        """
        palette = current_palette()
        font = QFont(painter.font())
        font.setWeight(QFont.Weight.DemiBold)
        words = QCoreApplication.translate("ReconstructionBadge", "reconstruction")
        room = picture.width() - SPACE
        for size_px in range(TYPE.small, _SMALLEST_PX - 1, -1):
            font.setPixelSize(size_px)
            metrics = QFontMetrics(font)
            width = metrics.horizontalAdvance(words) + SPACE + 2
            if width <= room:
                break
        plate = QRect(0, 0, min(width, room), metrics.height() + 4)
        plate.moveBottomLeft(picture.bottomLeft() + QPoint(SPACE // 2, -SPACE // 2))
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setFont(font)
        painter.setPen(colour(palette.canvas_text))
        painter.setBrush(colour(palette.canvas))
        painter.drawRoundedRect(plate, 4, 4)
        elided = metrics.elidedText(words, Qt.TextElideMode.ElideRight, plate.width() - SPACE + 2)
        painter.drawText(plate, Qt.AlignmentFlag.AlignCenter, elided)
        painter.restore()
