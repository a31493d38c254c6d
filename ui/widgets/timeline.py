"""Timeline of a video: fake scores, a lane for each face track, cuts, bookmarks, the range to analyse, the playhead."""

from __future__ import annotations

from fractions import Fraction

from PySide6.QtCore import QPointF, Qt, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent, QWheelEvent
from PySide6.QtWidgets import QWidget

from core.domain.time import TimeRange
from ui.shortcuts import Command, ShortcutGroup, command_of
from ui.widgets.timeline_painting import gutter_px, lane_px, lane_words, ruler_px
from ui.widgets.timeline_view import TimelineView

__all__ = ["Timeline"]

ZOOM_STEP = 1.4


class Timeline(TimelineView):
    """Shows one item's time and lets a person move in it. All times are seconds on the stream's clock.

    Signals:
        time_chosen: (Fraction, bool) a moment, and whether it is final: False while dragging.
        range_changed: (TimeRange) the range marks moved; seconds from the stream's first picture.
        track_chosen: id of a track whose lane was clicked.
    """

    time_chosen = Signal(object, bool)
    range_changed = Signal(object)
    track_chosen = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._drags: str | None = None
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName(self.tr("Timeline"))
        self.viewport().setMouseTracking(True)

    def set_playhead(self, seconds: Fraction) -> None:
        """See `TimelineView.set_playhead`; while a person drags it, it stays in their hand."""
        if self._drags != "playhead":
            super().set_playhead(seconds)

    # --- range marks

    @property
    def range(self) -> TimeRange:
        """The marked range, seconds from the stream's first picture; open where there is no mark."""
        return self._marks.range(self._content.start)

    def mark_in(self, seconds: Fraction) -> None:
        """Begin the range here; an end that does not lie after it goes."""
        self._marks.set_begin(seconds)
        self._range_moved()

    def mark_out(self, seconds: Fraction) -> None:
        """End the range here; a begin that does not lie before it goes."""
        self._marks.set_end(seconds)
        self._range_moved()

    def clear_range(self) -> None:
        """Take both marks away."""
        self._marks.clear()
        self._range_moved()

    def _range_moved(self) -> None:
        self.viewport().update()
        self.range_changed.emit(self.range)

    # --- pointer

    def mousePressEvent(self, event: QMouseEvent) -> None:  # noqa: N802
        """Take hold of a mark or the playhead; a lane is chosen."""
        if event.button() != Qt.MouseButton.LeftButton:
            return
        point = event.position()
        lane = self._frame().lane_at(point.y(), len(self._content.lanes))
        if lane is not None:
            track_id = self._content.lanes[lane].track_id
            self.set_selected_track(track_id)
            self.track_chosen.emit(track_id)
        if point.x() >= gutter_px():
            held = self._marks.near(point.x() - gutter_px(), self._scale) if point.y() <= ruler_px() else None
            self._drags = held or "playhead"
            self._dragged_to(point, is_final=False)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:  # noqa: N802
        """Drag what is held."""
        if self._drags is not None:
            self._dragged_to(event.position(), is_final=False)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:  # noqa: N802
        """Let go: now the very moment is meant."""
        if self._drags is not None and event.button() == Qt.MouseButton.LeftButton:
            self._dragged_to(event.position(), is_final=True)
            self._drags = None

    def _dragged_to(self, point: QPointF, *, is_final: bool) -> None:
        seconds = self._scale.to_seconds(point.x() - gutter_px())
        if self._drags == "begin":
            self.mark_in(seconds)
        elif self._drags == "end":
            self.mark_out(seconds)
        else:
            super().set_playhead(seconds)
            self.time_chosen.emit(seconds, is_final)

    def wheelEvent(self, event: QWheelEvent) -> None:  # noqa: N802
        """Zoom about the pointer; over the names, or with Shift, scroll."""
        turn, aside = event.angleDelta().y(), event.angleDelta().x()
        if event.position().x() < gutter_px():
            bar = self.verticalScrollBar()
            bar.setValue(bar.value() - round(turn / 120 * 3 * lane_px()))
        elif aside or event.modifiers() & Qt.KeyboardModifier.ShiftModifier:
            bar = self.horizontalScrollBar()
            bar.setValue(bar.value() - (aside or turn))
        elif turn:
            self.zoom(ZOOM_STEP ** (turn / 120), self._scale.to_seconds(event.position().x() - gutter_px()))
        event.accept()

    # --- keys

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802
        """Zoom, fit, choose lanes; other keys belong to the view around it."""
        key, command = event.key(), command_of(event, (ShortcutGroup.TIMELINE,))
        if event.modifiers() & (Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.AltModifier):
            event.ignore()
        elif command is Command.ZOOM_IN:
            self.zoom(ZOOM_STEP)
        elif command is Command.ZOOM_OUT:
            self.zoom(1 / ZOOM_STEP)
        elif command is Command.FIT:
            self.fit()
        elif key in (Qt.Key.Key_Up, Qt.Key.Key_Down) and self._content.lanes:
            self._choose_neighbour(-1 if key == Qt.Key.Key_Up else 1)
        else:
            event.ignore()

    def _choose_neighbour(self, step: int) -> None:
        lanes = self._content.lanes
        place = self._content.lane_of(self._selected)
        place = 0 if place is None else min(max(place + step, 0), len(lanes) - 1)
        self.set_selected_track(lanes[place].track_id)
        self.setAccessibleDescription(lane_words(lanes[place]))
        self.track_chosen.emit(lanes[place].track_id)
