"""Words for what lies under the pointer on a timeline."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
from PySide6.QtCore import QCoreApplication, QPointF

from core.domain.time import TimePoint
from ui.widgets.timeline_content import TimelineContent
from ui.widgets.timeline_painting import TimelineFrame, gutter_px, lane_words, ruler_px
from ui.widgets.timeline_scale import TimelineScale

_REACH_PX = 8.0


def timeline_hint(content: TimelineContent, scale: TimelineScale, frame: TimelineFrame, point: QPointF) -> str:
    """Return the time under the pointer, and what is there."""
    lane = frame.lane_at(point.y(), len(content.lanes))
    if point.x() < gutter_px():
        return lane_words(content.lanes[lane]) if lane is not None else ""
    px = point.x() - gutter_px()
    seconds = scale.to_seconds(px)
    lines = [clock_of(seconds)]
    reach = float(scale.to_seconds(px + _REACH_PX) - seconds)
    if lane is not None:
        lines.append(lane_words(content.lanes[lane]))
    elif point.y() > ruler_px():
        lines += _scores(content, float(seconds), reach)
    for mark in content.bookmarks:
        if abs(mark.seconds - float(seconds)) <= reach:
            lines.append(_said("Bookmark: {caption}").format(caption=mark.caption or _said("without a caption")))
    if len(content.cuts) and float(np.abs(content.cuts - float(seconds)).min()) <= reach:
        lines.append(_said("Scene cut"))
    return "\n".join(lines)


def clock_of(seconds: Fraction) -> str:
    """Return a time as people read it, ``H:MM:SS.mmm``."""
    return TimePoint(pts=round(seconds * 1000), time_base=Fraction(1, 1000)).clock()


def _scores(content: TimelineContent, seconds: float, reach: float) -> list[str]:
    found = []
    for curve in content.curves:
        if len(curve.seconds):
            place = int(np.abs(curve.seconds - seconds).argmin())
            if abs(float(curve.seconds[place]) - seconds) <= reach:
                words = _said("{person}: fake score {score}")
                found.append(words.format(person=curve.label, score=f"{curve.scores[place]:.3f}"))
    return found


def _said(text: str) -> str:
    return QCoreApplication.translate("Timeline", text)
