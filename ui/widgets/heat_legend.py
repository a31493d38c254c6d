"""Scale of the identity map, and how much of it covers the picture."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QRect, QSize, Qt, Signal
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QSizePolicy, QSlider, QWidget

from ui.heat import heat_colours
from ui.imaging import to_qimage
from ui.theme import colour, current_palette, scaled
from ui.tokens import SPACE, TYPE


class HeatLegend(QWidget):
    """A bar from target to source, and a slider.

    Signals:
        share_changed: how much of the colours covers the picture, [0, 1].
    """

    share_changed = Signal(float)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._slider = QSlider(Qt.Orientation.Horizontal, self)
        self._slider.setRange(0, 100)
        self._slider.setPageStep(10)
        self._slider.setFixedWidth(14 * SPACE)
        self._slider.setAccessibleName(self.tr("Strength of the identity map"))
        self._slider.setToolTip(self.tr("How much of the identity map covers the picture"))
        self._slider.valueChanged.connect(lambda value: self.share_changed.emit(value / 100))
        label = QLabel(self.tr("Strength"), self)
        label.setProperty("rank", "small")
        label.setBuddy(self._slider)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(SPACE)
        row.addWidget(_Scale(self), 1)
        row.addWidget(label)
        row.addWidget(self._slider)

    @property
    def share(self) -> float:
        """How much of the colours covers the picture, [0, 1]."""
        return self._slider.value() / 100

    def set_share(self, share: float) -> None:
        """Move the slider."""
        self._slider.setValue(round(100 * share))


class _Scale(QWidget):
    """The colours from 0 to 1, their ends named."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setToolTip(self.tr("Share of source information that the model states, from 0 to 1; no probability"))
        self.setAccessibleName(self.toolTip())

    def sizeHint(self) -> QSize:  # noqa: N802
        """Return a bar and a line of words."""
        return QSize(20 * SPACE, 8 + scaled(TYPE.small + SPACE))

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802
        """Draw bar and words."""
        painter = QPainter(self)
        ramp = heat_colours(np.linspace(0, 1, 128, dtype=np.float32)[None, :])
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        painter.drawImage(QRect(0, 2, self.width(), 6), to_qimage(ramp))
        font = self.font()
        font.setPixelSize(scaled(TYPE.small))
        painter.setFont(font)
        painter.setPen(colour(current_palette().muted))
        words = self.rect().adjusted(0, 9, 0, 0)
        painter.drawText(words, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, self.tr("0  target"))
        painter.drawText(words, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, self.tr("source  1"))
