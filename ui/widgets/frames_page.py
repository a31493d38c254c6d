"""All recovered frames of a person: how far they agree, and each of them."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from ui.tokens import SPACE
from ui.widgets.choice_box import ChoiceBox
from ui.widgets.elided_label import ElidedLabel
from ui.widgets.face_model import FaceEntry, FaceOrder
from ui.widgets.face_strip import FaceStrip
from ui.widgets.spread_plot import Band, SpreadPlot


class FramesPage(QWidget):
    """Spread above, grid below.

    Signals:
        frame_chosen: place of a frame in the list that was set.
    """

    frame_chosen = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.strip = FaceStrip(parent=self)
        self.plot = SpreadPlot(self)
        self._by_time: list[int] = []
        self._quality = ElidedLabel("", Qt.TextElideMode.ElideRight, self)
        self._quality.setProperty("rank", "small")
        self._order = ChoiceBox(self)
        self._order.setAccessibleName(self.tr("Order of the frames"))
        self._order.setToolTip(self._order.accessibleName())
        for text, order in (
            (self.tr("In order of time"), FaceOrder.TIME),
            (self.tr("Best quality first"), FaceOrder.QUALITY),
            (self.tr("Highest fake score first"), FaceOrder.FAKE_SCORE),
        ):
            self._order.addItem(text, order)
        self._order.currentIndexChanged.connect(lambda: self.strip.set_order(FaceOrder(self._order.currentData())))
        self.strip.frame_chosen.connect(self.frame_chosen)
        self.plot.frame_chosen.connect(lambda place: self.frame_chosen.emit(self._by_time[place]))
        row = QHBoxLayout()
        row.addWidget(self._quality, 1)
        row.addWidget(self._order)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(SPACE)
        column.addWidget(self.plot)
        column.addLayout(row)
        column.addWidget(self.strip, 1)

    def set_frames(self, entries: Sequence[FaceEntry], bands: Sequence[Band], quality: str) -> None:
        """Show other frames.

        Args:
            entries: best quality first, as results hold them.
            bands: curves with one value for each frame in order of time.
            quality: what the quality gate excluded.
        """
        self._by_time = sorted(range(len(entries)), key=lambda place: entries[place].seconds)
        timed = [entries[place] for place in self._by_time]
        self.strip.set_entries(entries)
        self.plot.set_spread([e.seconds for e in timed], [e.time for e in timed], bands if entries else ())
        self._quality.setText(quality)

    def set_current(self, place: int) -> None:
        """Mark a frame without telling anybody."""
        self.strip.set_current(place)
        self.plot.set_current(self._by_time.index(place))
