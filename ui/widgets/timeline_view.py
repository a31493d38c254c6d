"""The picture of a timeline: painted once from reduced arrays, zoomed and scrolled, with a playhead that moves."""

from __future__ import annotations

import math
from fractions import Fraction

from PySide6.QtCore import QEvent, QPointF, QRect, QRectF, QSize
from PySide6.QtGui import QFocusEvent, QHelpEvent, QPainter, QPaintEvent, QPixmap, QResizeEvent
from PySide6.QtWidgets import QAbstractScrollArea, QToolTip, QWidget

from ui.tokens import SPACE
from ui.widgets.timeline_content import TimelineContent
from ui.widgets.timeline_hints import clock_of, timeline_hint
from ui.widgets.timeline_marks import TimelineMarks, paint_focus, paint_playhead, paint_range
from ui.widgets.timeline_painting import TimelineFrame, curve_px, gutter_px, lane_px, paint_timeline, ruler_px
from ui.widgets.timeline_scale import TimelineScale

_PLAYHEAD_PX = 8


class TimelineView(QAbstractScrollArea):
    """Paints a timeline. Everything but playhead and range is painted once into a pixmap."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._content = TimelineContent()
        self._scale = TimelineScale()
        self._marks = TimelineMarks()
        self._selected: int | None = None
        self._seconds = Fraction(0)
        self._still: QPixmap | None = None
        self._is_scrolling_along = True
        self.setFrameShape(QAbstractScrollArea.Shape.NoFrame)
        self.setMinimumHeight(round(ruler_px() + curve_px() + 2 * lane_px()))
        self.horizontalScrollBar().valueChanged.connect(self._scrolled_along)
        self.verticalScrollBar().valueChanged.connect(self._changed)

    # --- what is shown

    def set_content(self, content: TimelineContent) -> None:
        """Show another item, or the same one after a change; zoom and marks stay while the times are the same."""
        if (content.start, content.end) != (self._content.start, self._content.end):
            self._marks.clear()
            self._seconds = content.start
        self._content = content
        self._scale.set_extent(float(content.start), float(content.end))
        self._changed()

    @property
    def content(self) -> TimelineContent:
        """What is shown."""
        return self._content

    def set_selected_track(self, track_id: int | None) -> None:
        """Mark a track's lane and curve, and bring the lane into view."""
        if track_id == self._selected:
            return
        self._selected = track_id
        place = self._content.lane_of(track_id)
        if place is not None:
            bar = self.verticalScrollBar()
            room = self._frame().lanes.height()
            bar.setValue(round(min(max(bar.value(), (place + 1) * lane_px() - room), place * lane_px())))
        self._changed()

    @property
    def selected_track(self) -> int | None:
        """Whose lane is marked."""
        return self._selected

    def set_playhead(self, seconds: Fraction) -> None:
        """Move the playhead; turns the page when it leaves the view."""
        before, self._seconds = self._playhead_rect(), seconds
        self.setAccessibleDescription(self.tr("at {time}").format(time=clock_of(seconds)))
        if self._scale.reveal(float(seconds)):
            self._changed()
            return
        self.viewport().update(before)
        self.viewport().update(self._playhead_rect())

    @property
    def playhead(self) -> Fraction:
        """Where the playhead stands."""
        return self._seconds

    # --- view

    def fit(self) -> None:
        """Show all of the time."""
        self._scale.fit()
        self._changed()

    def zoom(self, factor: float, about: Fraction | None = None) -> None:
        """Enlarge (> 1) or reduce about a moment, by default the playhead where it is in view."""
        first, last = self._scale.view
        middle = float(self._seconds) if first <= float(self._seconds) <= last else (first + last) / 2
        self._scale.zoom(factor, middle if about is None else float(about))
        self._changed()

    # --- painting

    def sizeHint(self) -> QSize:  # noqa: N802
        """Return a size that shows some lanes."""
        return QSize(800, round(ruler_px() + curve_px() + 5 * lane_px() + SPACE))

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802
        """Paint the still part from memory, then range and playhead."""
        view = self.viewport()
        ratio = view.devicePixelRatioF()
        if self._still is None or self._still.size() != view.size() * ratio:
            self._still = QPixmap(view.size() * ratio)
            self._still.setDevicePixelRatio(ratio)
            still = QPainter(self._still)
            paint_timeline(still, self._content, self._scale, self._frame(), self._selected)
            still.end()
        painter = QPainter(view)
        painter.drawPixmap(0, 0, self._still)
        painter.save()
        painter.setClipRect(QRectF(gutter_px(), 0, view.width() - gutter_px(), view.height()))
        paint_range(painter, self._marks, self._scale, view.rect())
        if self._content.end > self._content.start or self._content.lanes:
            paint_playhead(painter, gutter_px() + self._scale.to_px(float(self._seconds)), view.height())
        painter.restore()
        if self.hasFocus():
            paint_focus(painter, view.rect())

    def changeEvent(self, event: QEvent) -> None:  # noqa: N802
        """Follow the theme."""
        super().changeEvent(event)
        if event.type() in (QEvent.Type.PaletteChange, QEvent.Type.StyleChange, QEvent.Type.FontChange):
            self._still = None

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802
        """Stretch the time over the new width."""
        super().resizeEvent(event)
        self._changed()

    def focusInEvent(self, event: QFocusEvent) -> None:  # noqa: N802
        """Show the focus ring."""
        self.viewport().update()

    def focusOutEvent(self, event: QFocusEvent) -> None:  # noqa: N802
        """Take the focus ring away."""
        self.viewport().update()

    def _changed(self) -> None:
        view = self.viewport()
        self._scale.set_width(view.width() - gutter_px())
        lanes = self.verticalScrollBar()
        lanes.setRange(0, max(0, round(len(self._content.lanes) * lane_px() - self._frame().lanes.height())))
        lanes.setPageStep(max(1, round(self._frame().lanes.height())))
        lanes.setSingleStep(round(lane_px()))
        self._is_scrolling_along = False
        along = self.horizontalScrollBar()
        width = round(view.width() - gutter_px())
        # Rounded up: the last moment can be scrolled to.
        along.setRange(0, min(2**30, max(0, math.ceil(self._scale.length_px - width - 1e-6))))
        along.setPageStep(max(1, width))
        along.setValue(round(self._scale.offset_px))
        self._is_scrolling_along = True
        self._still = None
        view.update()

    def _scrolled_along(self, offset_px: int) -> None:
        if self._is_scrolling_along:
            self._scale.scroll_to(offset_px)
            self._still = None
            self.viewport().update()

    def scrollContentsBy(self, dx: int, dy: int) -> None:  # noqa: N802
        """Paint anew instead of moving pixels."""
        self.viewport().update()

    def _frame(self) -> TimelineFrame:
        view = self.viewport()
        return TimelineFrame(width=view.width(), height=view.height(), scroll_px=self.verticalScrollBar().value())

    def _playhead_rect(self) -> QRect:
        x = round(gutter_px() + self._scale.to_px(float(self._seconds)))
        return QRect(x - _PLAYHEAD_PX, 0, 2 * _PLAYHEAD_PX + 1, self.viewport().height())

    def viewportEvent(self, event: QEvent) -> bool:  # noqa: N802
        """Tell what lies under the pointer."""
        if event.type() == QEvent.Type.ToolTip and isinstance(event, QHelpEvent):
            words = timeline_hint(self._content, self._scale, self._frame(), QPointF(event.pos()))
            QToolTip.showText(event.globalPos(), words, self.viewport())
            return True
        return super().viewportEvent(event)
