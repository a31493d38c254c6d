"""The label every recovered face in the window wears, so that nobody takes a computed picture for a photograph."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QFont, QFontMetrics
from PySide6.QtWidgets import QLabel, QSizePolicy, QWidget

from ui.theme import scaled
from ui.tokens import TYPE

_SMALLEST_PX = 8
_AROUND_PX = (16, 6)
"""Padding and border of the style sheet on both sides, with a px to spare for rounding."""


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

    def least_width(self) -> int:
        """Return the width that holds the whole word in its smallest letters, px."""
        return self._size_at(_SMALLEST_PX).width()

    def fit(self, room_px: int) -> None:
        """Take the largest letters whose plate is no wider than `room_px`; the word itself is never cut."""
        sizes = range(scaled(TYPE.small), _SMALLEST_PX - 1, -1)
        size_px = next((size for size in sizes if self._size_at(size).width() <= room_px), _SMALLEST_PX)
        style = f"font-size: {size_px}px;"
        if style != self.styleSheet():
            self.setStyleSheet(style)
        self.resize(self._size_at(size_px))

    def _size_at(self, size_px: int) -> QSize:
        font = QFont(self.font())
        font.setPixelSize(size_px)
        font.setWeight(QFont.Weight.DemiBold)
        metrics = QFontMetrics(font)
        return QSize(metrics.horizontalAdvance(self.text()), metrics.height()) + QSize(*map(scaled, _AROUND_PX))
