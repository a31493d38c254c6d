"""What moves on a timeline: the playhead, and the marks of the range to analyse."""

from __future__ import annotations

from fractions import Fraction

from PySide6.QtCore import QLineF, QPointF, QRect, QRectF, Qt
from PySide6.QtGui import QPainter, QPen, QPolygonF

from core.domain.time import TimeRange
from ui.theme import colour, current_palette
from ui.widgets.timeline_painting import gutter_px, ruler_px
from ui.widgets.timeline_scale import TimelineScale

_GRIP_PX = 6.0


class TimelineMarks:
    """Begin and end of a range, seconds on the stream's clock; either may be missing."""

    def __init__(self) -> None:
        self.begin: Fraction | None = None
        self.end: Fraction | None = None

    def set_begin(self, seconds: Fraction) -> None:
        """Set the begin; an end that does not lie after it goes."""
        self.begin = seconds
        if self.end is not None and self.end <= seconds:
            self.end = None

    def set_end(self, seconds: Fraction) -> None:
        """Set the end; a begin that does not lie before it goes."""
        self.end = seconds
        if self.begin is not None and self.begin >= seconds:
            self.begin = None

    def clear(self) -> None:
        """Take both away."""
        self.begin = self.end = None

    def range(self, origin: Fraction) -> TimeRange:
        """The range in seconds from `origin`, the stream's first picture."""
        begin = None if self.begin is None else max(Fraction(0), self.begin - origin)
        end = None if self.end is None or self.end <= origin else self.end - origin
        return TimeRange(start=begin, end=end)

    def near(self, px: float, scale: TimelineScale) -> str | None:
        """``"begin"`` or ``"end"`` when that mark is within reach of the pointer."""
        for name, seconds in (("begin", self.begin), ("end", self.end)):
            if seconds is not None and abs(scale.to_px(float(seconds)) - px) <= _GRIP_PX:
                return name
        return None


def paint_range(painter: QPainter, marks: TimelineMarks, scale: TimelineScale, room: QRect) -> None:
    """Veil what lies outside the range, and paint its two brackets."""
    if marks.begin is None and marks.end is None:
        return
    palette = current_palette()
    left = gutter_px() if marks.begin is None else gutter_px() + scale.to_px(float(marks.begin))
    right = float(room.width()) if marks.end is None else gutter_px() + scale.to_px(float(marks.end))
    veil = colour(palette.window, 0.6)
    painter.fillRect(QRectF(0, ruler_px(), left, room.height()), veil)
    painter.fillRect(QRectF(right, ruler_px(), room.width() - right, room.height()), veil)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(QPen(colour(palette.accent), 2))
    for x, inward, is_marked in ((left, 6, marks.begin is not None), (right, -6, marks.end is not None)):
        if is_marked:
            bracket = [QPointF(x + inward, 2), QPointF(x, 2), QPointF(x, room.height())]
            painter.drawPolyline(QPolygonF(bracket))
            painter.drawLine(QLineF(x, ruler_px() - 1, x + inward, ruler_px() - 1))


def paint_playhead(painter: QPainter, x: float, height: int) -> None:
    """Paint a line with a handle in the ruler."""
    palette = current_palette()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(QPen(colour(palette.text), 1.5))
    painter.drawLine(QLineF(x, ruler_px() - 8, x, height))
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(colour(palette.text))
    corners = (
        (-6, ruler_px() - 14),
        (6, ruler_px() - 14),
        (6, ruler_px() - 8),
        (0, ruler_px() - 2),
        (-6, ruler_px() - 8),
    )
    painter.drawPolygon(QPolygonF([QPointF(x + right, down) for right, down in corners]))


def paint_focus(painter: QPainter, room: QRect) -> None:
    """Paint the focus ring."""
    painter.setPen(QPen(colour(current_palette().accent), 2))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.drawRect(room.adjusted(1, 1, -1, -1))
