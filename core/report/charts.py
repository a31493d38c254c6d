"""Vector drawings: the fake score over time, the flow of the method, a score beside its threshold."""

from __future__ import annotations

import math
from fractions import Fraction

from reportlab.graphics.shapes import Circle, Drawing, Line, Polygon, PolyLine, Rect, String
from reportlab.lib.units import mm
from reportlab.pdfbase.pdfmetrics import stringWidth

from core.domain.time import TimePoint
from core.report import theme
from core.report.fonts import BODY, BOLD

_STEPS_S = (
    *(Fraction(1, 10), Fraction(1, 5), Fraction(1, 2)),
    *(Fraction(s) for s in (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14400, 43200, 86400)),
)
_MAX_POINTS = 600


def axis_label(seconds: Fraction) -> str:
    """``h:mm:ss``, with tenths only where the axis needs them."""
    tenths = round(seconds * 10)
    sign, tenths = ("-", -tenths) if tenths < 0 else ("", tenths)
    whole, tenth = divmod(tenths, 10)
    hours, rest = divmod(whole, 3600)
    minutes, secs = divmod(rest, 60)
    return f"{sign}{hours}:{minutes:02d}:{secs:02d}" + (f".{tenth}" if tenth else "")


def time_ticks(start: Fraction, end: Fraction, most: int = 7) -> list[Fraction]:
    """Round times in [start, end], at most `most` of them."""
    span = max(end - start, Fraction(1, 10))
    step = next((s for s in _STEPS_S if span / s <= most - 1), None)
    if step is None:
        step = Fraction(math.ceil(span / (most - 1) / 86400) * 86400)
    first = math.ceil(start / step)
    return [step * n for n in range(first, math.floor(end / step) + 1)]


def thinned(scores: tuple[tuple[TimePoint, float], ...]) -> list[tuple[Fraction, float]]:
    """The points to draw: all of them, or the lowest and the highest of each bin when there are many."""
    points = [(time.seconds, value) for time, value in scores]
    if len(points) <= _MAX_POINTS:
        return points
    size = math.ceil(len(points) / (_MAX_POINTS // 2))
    kept: list[tuple[Fraction, float]] = []
    for start in range(0, len(points), size):
        part = points[start : start + size]
        ends = {min(part, key=lambda p: p[1]), max(part, key=lambda p: p[1])}
        kept.extend(sorted(ends))
    return kept


def score_plot(
    scores: tuple[tuple[TimePoint, float], ...],
    aggregated: float | None,
    width: float,
    height: float = 46 * mm,
) -> Drawing:
    """Fake score of each recovered frame over time, and the aggregated score as a dashed line.

    Args:
        scores: (time, score in [0, 1]) in time order, at least one.
        aggregated: score of the whole person track, or None.
        width, height: points.
    """
    drawing = Drawing(width, height, initialFontName=BODY)
    left, right, bottom, top = 26.0, width - 8.0, 22.0, height - 14.0
    points = thinned(scores)
    start, end = points[0][0], points[-1][0]
    if end - start < Fraction(1, 2):
        middle = (start + end) / 2
        start, end = max(middle - Fraction(1, 2), Fraction(0)), middle + Fraction(1, 2)

    def place(seconds: Fraction, value: float) -> tuple[float, float]:
        share = float((seconds - start) / (end - start))
        return left + share * (right - left), bottom + min(max(value, 0.0), 1.0) * (top - bottom)

    drawing.add(Rect(left, bottom, right - left, top - bottom, fillColor=theme.PANEL, strokeColor=None))
    for value in (0.0, 0.25, 0.5, 0.75, 1.0):
        y = place(start, value)[1]
        drawing.add(Line(left, y, right, y, strokeColor=theme.RULE, strokeWidth=0.5))
        drawing.add(_text(left - 4, y - 2.3, f"{value:.2f}", anchor="end"))
    for tick in time_ticks(start, end):
        x = place(tick, 0)[0]
        drawing.add(Line(x, bottom, x, bottom - 3, strokeColor=theme.MUTED, strokeWidth=0.5))
        drawing.add(_text(x, bottom - 10.5, axis_label(tick), anchor="middle"))
    drawing.add(_text((left + right) / 2, 2, "time in the file, h:mm:ss", anchor="middle"))
    placed = [place(*point) for point in points]
    if len(placed) > 1:
        flat = [coordinate for point in placed for coordinate in point]
        drawing.add(PolyLine(flat, strokeColor=theme.ACCENT, strokeWidth=0.8))
    radius = 1.9 if len(placed) <= 60 else 0.9
    for x, y in placed:
        drawing.add(Circle(x, y, radius, fillColor=theme.ACCENT, strokeColor=None))
    if aggregated is not None:
        y = place(start, aggregated)[1]
        drawing.add(_dashed(left, y, right))
        words, top_line = f"aggregated {aggregated:.3f}", top + 7.3
        start_x = right - stringWidth(words, BOLD, 6.6) - 18
        drawing.add(_dashed(start_x, top_line, start_x + 14))
        drawing.add(_text(right, top + 5, words, anchor="end", font=BOLD, colour=theme.SIGNAL))
    return drawing


def score_bar(score: float, threshold: float, width: float, height: float = 9.0) -> Drawing:
    """A similarity of at most 1 as a bar from 0, with a tick at the threshold; none where nothing can reach it."""
    drawing = Drawing(width, height, initialFontName=BODY)
    drawing.add(Rect(0, 2.5, width, 4, fillColor=theme.ACCENT_SOFT, strokeColor=None))
    share = min(max(score, 0.0), 1.0)
    colour = theme.ACCENT if score >= threshold else theme.MUTED
    drawing.add(Rect(0, 2.5, width * share, 4, fillColor=colour, strokeColor=None))
    if threshold <= 1:
        x = width * max(threshold, 0.0)
        drawing.add(Line(x, 0, x, height, strokeColor=theme.INK, strokeWidth=0.9))
    return drawing


def flow_chart(steps: tuple[tuple[str, str], ...], width: float) -> Drawing:
    """Boxes in two rows, arrows between them, read like a text."""
    columns = math.ceil(len(steps) / 2)
    gap, box_height, row_gap = 13.0, 34.0, 20.0
    box = (width - gap * (columns - 1)) / columns
    height = 2 * box_height + row_gap
    drawing = Drawing(width, height, initialFontName=BODY)
    for i, (name, detail) in enumerate(steps):
        row, column = divmod(i, columns)
        x, y = column * (box + gap), height - box_height - row * (box_height + row_gap)
        drawing.add(
            Rect(
                x,
                y,
                box,
                box_height,
                rx=3,
                ry=3,
                fillColor=theme.ACCENT_SOFT,
                strokeColor=theme.ACCENT,
                strokeWidth=0.6,
            )
        )
        drawing.add(_text(x + box / 2, y + 20, name, anchor="middle", font=BOLD, size=7.8, colour=theme.ACCENT))
        drawing.add(_text(x + box / 2, y + 8.5, detail, anchor="middle", size=6.1))
        if i + 1 == len(steps):
            continue
        if column + 1 < columns:
            _arrow(drawing, [(x + box, y + box_height / 2), (x + box + gap, y + box_height / 2)])
        else:
            turn = y - row_gap / 2
            _arrow(drawing, [(x + box / 2, y), (x + box / 2, turn), (box / 2, turn), (box / 2, y - row_gap)])
    return drawing


def _arrow(drawing: Drawing, points: list[tuple[float, float]]) -> None:
    flat = [coordinate for point in points for coordinate in point]
    drawing.add(PolyLine(flat, strokeColor=theme.ACCENT, strokeWidth=0.8))
    (x0, _), (x1, y1) = points[-2:]
    sideways = x1 > x0
    tip = [x1, y1, x1 - 4, y1 + 2.2, x1 - 4, y1 - 2.2] if sideways else [x1, y1, x1 - 2.2, y1 + 4, x1 + 2.2, y1 + 4]
    drawing.add(Polygon(tip, fillColor=theme.ACCENT, strokeColor=None))


def _dashed(x0: float, y: float, x1: float) -> Line:
    return Line(x0, y, x1, y, strokeColor=theme.SIGNAL, strokeWidth=0.9, strokeDashArray=[3, 2])


def _text(
    x: float,
    y: float,
    words: str,
    *,
    anchor: str = "start",
    font: str = BODY,
    size: float = 6.6,
    colour: object = theme.MUTED,
) -> String:
    return String(x, y, words, fontName=font, fontSize=size, fillColor=colour, textAnchor=anchor)
