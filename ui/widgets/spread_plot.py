"""How far the recovered frames of a person agree: small curves over time, each with its numbers in words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from PySide6.QtCore import QEvent, QPointF, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QFont, QHelpEvent, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from ui.theme import Palette, colour, current_palette, scaled
from ui.tokens import RADIUS, SPACE, TYPE

_HEAD = TYPE.small + 6
_BAND = 44
_LEAST_BAND = 22
_FOOT = TYPE.small + 6
_SCALE_WIDTH = 26
_DOT = 3.5
_EDGE = 5
_MOST_DOTS = 400


class Mark(StrEnum):
    """Shape and colour of the dots of a curve; two curves differ in both."""

    SCORE = "score"
    SOURCE = "source"
    TARGET = "target"


@dataclass(frozen=True, slots=True, kw_only=True)
class Band:
    """One curve.

    Attributes:
        title: what was measured.
        words: its numbers, as a person would say them.
        mark: how its dots look.
        values: one for each frame, in order of time; None where there is none.
        left_out: frames that did not enter the person's value; drawn hollow.
        level: the person's value, drawn dashed; None for none.
        low, high: ends of the scale.
    """

    title: str
    words: str
    mark: Mark
    values: tuple[float | None, ...]
    left_out: frozenset[int] = frozenset()
    level: float | None = None
    low: float = 0.0
    high: float = 1.0


class SpreadPlot(QWidget):
    """Curves below each other over one axis of time; the arrow keys walk from frame to frame.

    Signals:
        frame_chosen: place of a frame, in order of time.
    """

    frame_chosen = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._seconds: tuple[float, ...] = ()
        self._times: tuple[str, ...] = ()
        self._bands: tuple[Band, ...] = ()
        self._current: int | None = None
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMouseTracking(True)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Maximum)
        self.setAccessibleName(self.tr("Spread over the recovered frames"))

    def set_spread(self, seconds: Sequence[float], times: Sequence[str], bands: Sequence[Band]) -> None:
        """Show other curves.

        Args:
            seconds: of each frame, rising.
            times: the same for people.
            bands: curves with one value for each frame.

        Raises:
            ValueError: lengths that differ.
        """
        if any(len(values) != len(seconds) for values in (times, *(band.values for band in bands))):
            raise ValueError("a spread needs one time and one value of each curve for every frame")
        self._seconds, self._times, self._bands = tuple(seconds), tuple(times), tuple(bands)
        self._current = None
        self.setAccessibleDescription(" ".join(f"{band.title}: {band.words}" for band in self._bands))
        self.setVisible(bool(self._bands and self._seconds))
        self.updateGeometry()
        self.update()

    def set_current(self, place: int | None) -> None:
        """Mark a frame."""
        self._current = place
        self.update()

    def place_at(self, x: float) -> int | None:
        """Return the frame nearest to this x, px of the widget; None without frames."""
        places = range(len(self._seconds))
        return min(places, key=lambda place: abs(self._x(place) - x), default=None)

    def words_on(self, place: int) -> str:
        """Return time and values of one frame in words."""
        lines = [self._times[place]]
        for band in self._bands:
            value = band.values[place]
            if value is not None:
                rest = self.tr(", left out as an outlier") if place in band.left_out else ""
                lines.append(f"{band.title}: {value:.3f}{rest}")
        return "\n".join(lines)

    def sizeHint(self) -> QSize:  # noqa: N802
        """Return the height that the curves need."""
        return QSize(40 * SPACE, self._height(_BAND))

    def minimumSizeHint(self) -> QSize:  # noqa: N802
        """Return the least that can be read."""
        return QSize(20 * SPACE, self._height(_LEAST_BAND))

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802
        """Draw all curves, the chosen frame, the ends of the axis."""
        palette = current_palette()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        font = QFont(self.font())
        font.setPixelSize(scaled(TYPE.small))
        painter.setFont(font)
        for number, band in enumerate(self._bands):
            self._paint_head(painter, palette, number, band)
            self._paint_curve(painter, palette, self._plot(number), band)
        if self._times:
            left, height = scaled(_SCALE_WIDTH), scaled(_FOOT)
            foot = QRect(left, self.height() - height - _EDGE, self.width() - left - _EDGE, height)
            painter.setPen(colour(palette.muted))
            painter.drawText(foot, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, self._times[0])
            if len(self._times) > 1:
                painter.drawText(foot, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, self._times[-1])
        if self.hasFocus():
            painter.setPen(QPen(colour(palette.accent), 1))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), RADIUS, RADIUS)

    def mousePressEvent(self, event: QMouseEvent) -> None:  # noqa: N802
        """Choose the nearest frame."""
        place = self.place_at(event.position().x())
        if event.button() == Qt.MouseButton.LeftButton and place is not None:
            self._choose(place)

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802
        """Walk from frame to frame; other keys belong to the view around it."""
        last = len(self._seconds) - 1
        here = -1 if self._current is None else self._current
        goals = {
            Qt.Key.Key_Left: max(here - 1, 0),
            Qt.Key.Key_Right: min(here + 1, last),
            Qt.Key.Key_Home: 0,
            Qt.Key.Key_End: last,
        }
        if last >= 0 and event.key() in goals and not event.modifiers():
            self._choose(goals[Qt.Key(event.key())])
        else:
            event.ignore()

    def event(self, event: QEvent) -> bool:
        """Tell the numbers of the frame under the pointer."""
        if isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip:
            place = self.place_at(event.pos().x())
            if place is not None:
                QToolTip.showText(event.globalPos(), self.words_on(place), self)
                return True
        return super().event(event)

    def _choose(self, place: int) -> None:
        if place != self._current:
            self.set_current(place)
            self.frame_chosen.emit(place)

    def _height(self, band: int) -> int:
        return len(self._bands) * (scaled(_HEAD) + band + SPACE // 2) + scaled(_FOOT) + 2 * _EDGE if self._bands else 0

    def _plot(self, number: int) -> QRectF:
        room = (self.height() - self._height(0)) / max(1, len(self._bands))
        band = min(max(room, _LEAST_BAND), _BAND)
        top = _EDGE + number * (scaled(_HEAD) + band + SPACE // 2) + scaled(_HEAD)
        return QRectF(scaled(_SCALE_WIDTH), top, max(1, self.width() - scaled(_SCALE_WIDTH) - _EDGE), band)

    def _x(self, place: int) -> float:
        plot = self._plot(0).adjusted(2 * _DOT, 0, -2 * _DOT, 0)
        first, last = self._seconds[0], self._seconds[-1]
        share = 0.5 if last <= first else (self._seconds[place] - first) / (last - first)
        return plot.left() + share * plot.width()

    def _paint_head(self, painter: QPainter, palette: Palette, number: int, band: Band) -> None:
        head = QRectF(_EDGE, self._plot(number).top() - scaled(_HEAD), self.width() - 2 * _EDGE, scaled(_HEAD))
        marker = QPointF(head.left() + _DOT + 1, head.center().y())
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(colour(_token(palette, band.mark)))
        _draw_mark(painter, marker, band.mark)
        head.adjust(2 * SPACE, 0, 0, 0)
        painter.setPen(colour(palette.text))
        painter.drawText(head, Qt.AlignmentFlag.AlignVCenter, band.title)
        head.adjust(painter.fontMetrics().horizontalAdvance(band.title) + SPACE, 0, 0, 0)
        painter.setPen(colour(palette.muted))
        words = painter.fontMetrics().elidedText(band.words, Qt.TextElideMode.ElideRight, int(head.width()))
        painter.drawText(head, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight, words)

    def _paint_curve(self, painter: QPainter, palette: Palette, plot: QRectF, band: Band) -> None:
        token = _token(palette, band.mark)
        painter.setPen(QPen(colour(palette.border), 1))
        painter.setBrush(colour(palette.surface))
        painter.drawRoundedRect(plot, 3, 3)
        painter.setPen(colour(palette.muted))
        scale = QRectF(0, plot.top() - 2, scaled(_SCALE_WIDTH) - 4, plot.height() + 4)
        right = Qt.AlignmentFlag.AlignRight
        painter.drawText(scale, right | Qt.AlignmentFlag.AlignTop, f"{band.high:g}")
        painter.drawText(scale, right | Qt.AlignmentFlag.AlignBottom, f"{band.low:g}")

        def y(value: float) -> float:
            share = (min(max(value, band.low), band.high) - band.low) / (band.high - band.low)
            return plot.bottom() - 2 * _DOT - share * (plot.height() - 4 * _DOT)

        if self._current is not None:
            painter.setPen(QPen(colour(palette.accent), 2))
            painter.drawLine(
                QPointF(self._x(self._current), plot.top()), QPointF(self._x(self._current), plot.bottom())
            )
        if band.level is not None:
            painter.setPen(QPen(colour(palette.muted), 1, Qt.PenStyle.DashLine))
            painter.drawLine(QPointF(plot.left(), y(band.level)), QPointF(plot.right(), y(band.level)))
        points = [(place, QPointF(self._x(place), y(v))) for place, v in enumerate(band.values) if v is not None]
        painter.setPen(QPen(colour(token, 0.55), 1.2))
        painter.drawPolyline(QPolygonF([point for _, point in points]))
        if len(points) > _MOST_DOTS:  # they would cover each other, and take long to draw
            points = [(place, point) for place, point in points if place in band.left_out or place == self._current]
        for place, point in points:
            painter.setPen(QPen(colour(token), 1.2))
            painter.setBrush(colour(palette.surface if place in band.left_out else token))
            _draw_mark(painter, point, band.mark)


def _token(palette: Palette, mark: Mark) -> str:
    return {Mark.SCORE: palette.accent, Mark.SOURCE: palette.source, Mark.TARGET: palette.target}[mark]


def _draw_mark(painter: QPainter, at: QPointF, mark: Mark) -> None:
    if mark is Mark.SCORE:
        painter.drawEllipse(at, _DOT, _DOT)
    elif mark is Mark.TARGET:
        painter.drawRect(QRectF(at.x() - _DOT + 0.5, at.y() - _DOT + 0.5, 2 * _DOT - 1, 2 * _DOT - 1))
    else:
        reach = _DOT + 0.8
        corners = [QPointF(0, -reach), QPointF(reach, 0), QPointF(0, reach), QPointF(-reach, 0)]
        painter.drawPolygon(QPolygonF([at + corner for corner in corners]))
