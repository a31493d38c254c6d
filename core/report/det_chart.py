"""Detection error trade-off: false non-match over false match rate, both on normal-deviate axes (ISO/IEC 19795-1)."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import NormalDist

from reportlab.graphics.shapes import Circle, Drawing, Line, PolyLine, Rect, String
from reportlab.lib.colors import Color
from reportlab.lib.units import mm

from core.domain.calibration import FrameTable, OperatingPoint
from core.report import theme
from core.report.fonts import BODY, BOLD

_TICKS = (0.0001, 0.001, 0.01, 0.1, 0.5, 0.9, 0.99)
_LEAST, _MOST = 0.00003, 0.995
_NORMAL = NormalDist()


def deviate(rate: float) -> float:
    """Place of a rate on a normal-deviate axis, in [0, 1]."""
    ends = _NORMAL.inv_cdf(_LEAST), _NORMAL.inv_cdf(_MOST)
    return (_NORMAL.inv_cdf(min(max(rate, _LEAST), _MOST)) - ends[0]) / (ends[1] - ends[0])


def det_plot(curves: Sequence[tuple[str, Color, FrameTable]], width: float, height: float = 72 * mm) -> Drawing:
    """One line for each (name, colour, table), a dot at the threshold that the application uses.

    Args:
        curves: tables with a curve.
        width, height: points.
    """
    drawing = Drawing(width, height, initialFontName=BODY)
    left, right, bottom, top = 34.0, width - 130.0, 26.0, height - 6.0

    def place(point: OperatingPoint) -> tuple[float, float]:
        across, up = deviate(point.false_match.rate), deviate(point.false_non_match.rate)
        return left + across * (right - left), bottom + up * (top - bottom)

    drawing.add(Rect(left, bottom, right - left, top - bottom, fillColor=theme.PANEL, strokeColor=None))
    for tick in _TICKS:
        share = deviate(tick)
        x, y = left + share * (right - left), bottom + share * (top - bottom)
        words = f"{100 * tick:g} %"
        drawing.add(Line(x, bottom, x, top, strokeColor=theme.RULE, strokeWidth=0.5))
        drawing.add(Line(left, y, right, y, strokeColor=theme.RULE, strokeWidth=0.5))
        drawing.add(_text(x, bottom - 9, words, anchor="middle"))
        drawing.add(_text(left - 4, y - 2.3, words, anchor="end"))
    drawing.add(_text((left + right) / 2, 4, "false match rate; up: false non-match rate", anchor="middle"))
    for number, (name, colour, table) in enumerate(curves):
        seen = [p for p in table.curve if p.false_match.rate > 0 and p.false_non_match.rate > 0]
        flat = [coordinate for point in seen for coordinate in place(point)]
        if len(seen) > 1:
            drawing.add(PolyLine(flat, strokeColor=colour, strokeWidth=1.1))
        x, y = place(table.point)
        drawing.add(Circle(x, y, 2.2, fillColor=colour, strokeColor=None))
        row = top - 8 - 12 * number
        drawing.add(Line(right + 10, row + 2.3, right + 24, row + 2.3, strokeColor=colour, strokeWidth=1.6))
        drawing.add(_text(right + 28, row, name, font=BOLD))
    return drawing


def _text(x: float, y: float, words: str, *, anchor: str = "start", font: str = BODY) -> String:
    return String(x, y, words, fontName=font, fontSize=6.6, fillColor=theme.MUTED, textAnchor=anchor)
