"""Paints everything of a timeline that does not move while a video plays; reduced to what the pixels can show."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QCoreApplication, QLineF, QPointF, QRectF, Qt
from PySide6.QtGui import QBrush, QColor, QFont, QPainter, QPen, QPolygonF

from ui.theme import colour, current_palette, scaled
from ui.tokens import SPACE, TYPE
from ui.widgets.timeline_content import ScoreCurve, Seconds, TimelineContent, TrackLane
from ui.widgets.timeline_scale import TimelineScale

_GUTTER_PX = 132.0
_RULER_PX = 22.0
_CURVE_PX = 64.0
_LANE_PX = 18.0
_FINE_UP_TO = 2000
"""Points of all curves in view that are painted smoothly and with dots; more would only be a blur."""

_MOST_POINTS = 8000
"""Points of all curves beyond which columns wider than a pixel are summed up."""

_CROWDED_PX = 8.0
_RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
_PAD = 5.0


def gutter_px() -> int:
    """Width of the column of names."""
    return scaled(_GUTTER_PX)


def ruler_px() -> int:
    """Height of the row of times."""
    return scaled(_RULER_PX)


def curve_px() -> int:
    """Height of the curves."""
    return scaled(_CURVE_PX)


def lane_px() -> int:
    """Height of the lane of a track."""
    return scaled(_LANE_PX)


@dataclass(frozen=True, slots=True, kw_only=True)
class TimelineFrame:
    """Where the parts lie in px of the widget.

    Attributes:
        width, height: of the widget.
        scroll_px: how far the lanes are scrolled down.
    """

    width: float
    height: float
    scroll_px: float

    @property
    def curve(self) -> QRectF:
        """Where the curves are."""
        return QRectF(gutter_px(), ruler_px(), self.width - gutter_px(), curve_px())

    @property
    def lanes(self) -> QRectF:
        """Where lanes can be seen, names included."""
        top = ruler_px() + curve_px()
        return QRectF(0, top, self.width, max(0.0, self.height - top))

    def lane(self, place: int) -> QRectF:
        """Where one lane is, its name included; may be out of view."""
        return QRectF(0, self.lanes.top() + place * lane_px() - self.scroll_px, self.width, lane_px())

    def lane_at(self, y: float, n_lanes: int) -> int | None:
        """Place of the lane at a height; None where there is none."""
        if y < self.lanes.top():
            return None
        place = int((y - self.lanes.top() + self.scroll_px) // lane_px())
        return place if place < n_lanes else None


def paint_timeline(
    painter: QPainter, content: TimelineContent, scale: TimelineScale, frame: TimelineFrame, selected: int | None
) -> None:
    """Paint all but the playhead and the range.

    Args:
        painter: of the whole widget.
        content: what there is.
        scale: which part of the time is in view.
        frame: where the parts lie.
        selected: id of the track that the panels speak of.
    """
    palette = current_palette()
    font = QFont(painter.font())
    font.setPixelSize(scaled(TYPE.small))
    painter.setFont(font)
    painter.fillRect(QRectF(0, 0, frame.width, frame.height), colour(palette.surface))
    _paint_lanes(painter, content, scale, frame, selected)
    _paint_curves(painter, content, scale, frame, selected)
    _paint_cuts(painter, content, scale, frame)
    _paint_ruler(painter, content, scale, frame)
    painter.setPen(colour(palette.border))
    painter.drawLine(QLineF(gutter_px(), 0, gutter_px(), frame.height))


def merged_spans(spans: NDArray[np.float64], scale: TimelineScale, width: float) -> NDArray[np.float64]:
    """Return the stretches in view as px, those closer than a pixel as one: (n, 2) float64."""
    first, last = scale.view
    seen = spans[(spans[:, 1] >= first) & (spans[:, 0] <= last)]
    if not len(seen):
        return seen
    px = np.clip(scale.all_to_px(seen), -1.0, width + 1.0)
    is_new = np.concatenate([[True], px[1:, 0] - np.maximum.accumulate(px[:, 1])[:-1] > 1.0])
    begins = np.flatnonzero(is_new)
    return np.stack([px[begins, 0], np.maximum.reduceat(px[:, 1], begins)], axis=1)


def reduced_curve(
    seconds: Seconds, scores: NDArray[np.float64], scale: TimelineScale, width: float, column_px: float = 1.0
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return (px, scores); where there are many, only the lowest and the highest value of each column in view."""
    first, last = scale.view
    # One point beyond either edge, so that lines run out of view instead of ending there.
    low = max(0, int(np.searchsorted(seconds, first)) - 1)
    high = int(np.searchsorted(seconds, last, side="right")) + 1
    px, values = scale.all_to_px(seconds[low:high]), scores[low:high]
    if column_px <= 1.0 and len(px) <= 2 * width:
        return px, values
    columns = np.floor(px / column_px) * column_px
    begins = np.flatnonzero(np.concatenate([[True], np.diff(columns) > 0]))
    lows, highs = np.minimum.reduceat(values, begins), np.maximum.reduceat(values, begins)
    return np.repeat(columns[begins], 2), np.stack([lows, highs], axis=1).ravel()


def _paint_ruler(painter: QPainter, content: TimelineContent, scale: TimelineScale, frame: TimelineFrame) -> None:
    palette = current_palette()
    painter.fillRect(QRectF(0, 0, frame.width, ruler_px()), colour(palette.window))
    painter.save()
    painter.setClipRect(QRectF(gutter_px(), 0, frame.width - gutter_px(), ruler_px()))
    if content.analysed is not None:
        begin, end = (gutter_px() + scale.to_px(seconds) for seconds in content.analysed)
        painter.fillRect(QRectF(begin, ruler_px() - 3, max(1.0, end - begin), 3), colour(palette.accent, 0.7))
    for px, words in scale.ticks():
        painter.setPen(colour(palette.border_strong))
        painter.drawLine(QLineF(gutter_px() + px, ruler_px() - 6, gutter_px() + px, ruler_px()))
        painter.setPen(colour(palette.muted))
        painter.drawText(QPointF(gutter_px() + px + 3, ruler_px() - 8), words)
    for mark in content.bookmarks:
        _paint_flag(painter, gutter_px() + scale.to_px(mark.seconds))
    painter.restore()
    painter.setPen(colour(palette.border))
    painter.drawLine(QLineF(0, ruler_px(), frame.width, ruler_px()))


def _paint_flag(painter: QPainter, x: float) -> None:
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(colour(current_palette().accent))
    corners = (0, 1), (9, 1), (9, 13), (4.5, 9), (0, 13)
    painter.drawPolygon(QPolygonF([QPointF(x - 4.5 + right, down) for right, down in corners]))


def _paint_cuts(painter: QPainter, content: TimelineContent, scale: TimelineScale, frame: TimelineFrame) -> None:
    px = np.unique(np.round(scale.all_to_px(content.cuts)))
    px = px[(px >= 0) & (px <= frame.width - gutter_px())]
    # Where they stand close together they would hide the lanes: then only their feet are painted.
    is_crowded = len(px) > frame.width / _CROWDED_PX
    bottom = ruler_px() + 5 if is_crowded else frame.height
    style = Qt.PenStyle.SolidLine if is_crowded else Qt.PenStyle.DotLine
    painter.setPen(QPen(colour(current_palette().muted, 0.6), 1, style))
    top = ruler_px()
    painter.drawLines([QLineF(x, top, x, bottom) for x in (px + gutter_px()).tolist()])


def _paint_curves(
    painter: QPainter, content: TimelineContent, scale: TimelineScale, frame: TimelineFrame, selected: int | None
) -> None:
    palette = current_palette()
    area = frame.curve
    painter.fillRect(QRectF(0, area.top(), frame.width, area.height()), colour(palette.raised))
    painter.setPen(colour(palette.muted))
    names = QRectF(SPACE, area.top(), gutter_px() - 2 * SPACE, area.height())
    painter.drawText(names, Qt.AlignmentFlag.AlignVCenter, _said("Fake score"))
    for value, side in ((1, Qt.AlignmentFlag.AlignTop), (0, Qt.AlignmentFlag.AlignBottom)):
        painter.drawText(names, side | Qt.AlignmentFlag.AlignRight, str(value))
    if content.threshold is not None:
        painter.setPen(colour(palette.warning))
        y = float(_heights(area, np.array([content.threshold]))[0])
        words = f"{content.threshold:.2f}"
        painter.drawText(QRectF(0, y - scaled(8), gutter_px() - 3 * SPACE, scaled(16)), _RIGHT, words)
    painter.save()
    painter.setClipRect(area)
    n_points = sum(len(curve.seconds) for curve in content.curves)
    shapes = [(curve, _polyline(curve, scale, area, max(1.0, n_points / _MOST_POINTS))) for curve in content.curves]
    is_fine = sum(points.size() for _, points in shapes) <= _FINE_UP_TO
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, is_fine)
    if content.threshold is not None:
        y = float(_heights(area, np.array([content.threshold]))[0])
        painter.setPen(QPen(colour(palette.warning), 1, Qt.PenStyle.DashLine))
        painter.drawLine(QLineF(area.left(), y, area.right(), y))
    for curve, points in sorted(shapes, key=lambda shape: selected in shape[0].track_ids):
        is_faint = selected is not None and selected not in curve.track_ids
        ink = colour(palette.track(curve.colour_index), 0.35 if is_faint else 1.0)
        painter.setPen(QPen(ink, 1.5 if is_fine else 0))
        painter.drawPolyline(points)
        if is_fine:
            painter.setPen(QPen(ink, 5, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap))
            painter.drawPoints(points)
    painter.restore()
    painter.setPen(colour(palette.border))
    painter.drawLine(QLineF(0, area.bottom(), frame.width, area.bottom()))


def _polyline(curve: ScoreCurve, scale: TimelineScale, area: QRectF, column_px: float) -> QPolygonF:
    if not len(curve.seconds):
        return QPolygonF()
    px, scores = reduced_curve(curve.seconds, curve.scores, scale, area.width(), column_px)
    return QPolygonF(list(map(QPointF, (area.left() + px).tolist(), _heights(area, scores).tolist())))


def _heights(area: QRectF, scores: NDArray[np.float64]) -> NDArray[np.float64]:
    return area.bottom() - _PAD - scores * (area.height() - 2 * _PAD)


def _paint_lanes(
    painter: QPainter, content: TimelineContent, scale: TimelineScale, frame: TimelineFrame, selected: int | None
) -> None:
    area = frame.lanes
    first = max(0, int(frame.scroll_px // lane_px()))
    last = min(len(content.lanes), int((frame.scroll_px + area.height()) // lane_px()) + 1)
    painter.save()
    painter.setClipRect(area)
    for place in range(first, last):
        lane = content.lanes[place]
        _paint_lane(painter, lane, scale, frame.lane(place), is_selected=lane.track_id == selected)
    painter.restore()


def _paint_lane(painter: QPainter, lane: TrackLane, scale: TimelineScale, where: QRectF, *, is_selected: bool) -> None:
    palette = current_palette()
    if is_selected:
        painter.fillRect(where, colour(palette.accent_soft))
    ink = colour(palette.muted) if lane.is_ignored else colour(palette.track(lane.colour_index))
    spans = merged_spans(lane.spans, scale, where.width() - gutter_px()) + gutter_px()
    painter.save()
    painter.setClipRect(where.adjusted(gutter_px(), 0, 0, 0), Qt.ClipOperation.IntersectClip)
    if len(spans):
        middle = where.center().y()
        painter.setPen(QPen(ink, 1))
        painter.drawLine(QLineF(float(spans[0, 0]), middle, float(spans[-1, 1]), middle))
    bars = [QRectF(x, where.top() + 4, max(2.0, end - x), where.height() - 8) for x, end in spans.tolist()]
    painter.setPen(QPen(ink, 1) if lane.is_ignored else Qt.PenStyle.NoPen)
    painter.setBrush(QBrush(ink, Qt.BrushStyle.BDiagPattern if lane.is_ignored else Qt.BrushStyle.SolidPattern))
    painter.drawRects(bars)
    painter.restore()
    _paint_lane_name(painter, lane, where, ink, is_selected=is_selected)


def _paint_lane_name(painter: QPainter, lane: TrackLane, where: QRectF, ink: QColor, *, is_selected: bool) -> None:
    palette = current_palette()
    painter.save()
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(ink)
    painter.drawRect(QRectF(SPACE / 2, where.top() + 4, 4, where.height() - 8))
    font = QFont(painter.font())
    font.setWeight(QFont.Weight.DemiBold if is_selected else QFont.Weight.Normal)
    painter.setFont(font)
    painter.setPen(colour(palette.text if is_selected else palette.muted))
    room = QRectF(SPACE / 2 + 10, where.top(), gutter_px() - SPACE - 10, where.height())
    words = painter.fontMetrics().elidedText(lane_words(lane), Qt.TextElideMode.ElideRight, int(room.width()))
    painter.drawText(room, Qt.AlignmentFlag.AlignVCenter, words)
    painter.restore()


def lane_words(lane: TrackLane) -> str:
    """Return the name of a lane, for example ``"3 · Person 2"``."""
    parts = [str(lane.track_id), lane.label, _said("ignored") if lane.is_ignored else ""]
    return " · ".join(part for part in parts if part)


def _said(text: str) -> str:
    return QCoreApplication.translate("Timeline", text)
