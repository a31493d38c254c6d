"""Two pictures of the same face in one place, parted by a divider that a person drags."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRect, Qt, Signal
from PySide6.QtGui import QImage, QKeyEvent, QMouseEvent, QPainter, QPen
from PySide6.QtWidgets import QWidget

from core.domain.arrays import UInt8Array
from ui.imaging import to_qimage
from ui.theme import colour, current_palette, scaled
from ui.tokens import SPACE
from ui.widgets.picture_pane import TITLE_PX, PicturePane
from ui.widgets.zoom_link import ZoomLink

_REACH_PX = 12
_STEP, _LEAP = 0.02, 0.1


class SplitPane(PicturePane):
    """Before and after: the photograph left of the divider, the reconstruction right of it.

    Signals:
        divider_moved: its place in [0, 1] of the picture seen, from the left.
    """

    divider_moved = Signal(float)

    def __init__(self, title: str, other_title: str, zoom: ZoomLink, parent: QWidget | None = None) -> None:
        super().__init__(title, zoom, is_reconstruction=True, parent=parent)
        self.other_title = other_title
        self.other_token = ""
        self._other: QImage | None = None
        self._divider = 0.5
        self._is_dragged = False
        self.setMouseTracking(True)
        self.setToolTip(
            self.tr("Drag the divider, or move it with the left and right arrow (Shift: further); F fits, + and - zoom")
        )
        self._tell()

    @property
    def divider(self) -> float:
        """Where the divider stands, [0, 1] of the part of the picture that is seen."""
        return self._divider

    def set_divider(self, place: float) -> None:
        """Move the divider."""
        place = min(max(place, 0.0), 1.0)
        if place != self._divider:
            self._divider = place
            self._tell()
            self._zoomed()
            self.divider_moved.emit(place)

    def set_pictures(self, before: UInt8Array | None, after: UInt8Array | None) -> None:
        """Show two pictures of the same framing, each (H, W, 3) uint8 RGB."""
        self._other = None if after is None else to_qimage(after)
        self.set_picture(before)

    def set_titles(self, before: str, after: str, after_token: str) -> None:
        """Name the two sides; the token is the colour of the second."""
        self.title, self.other_title, self.other_token = before, after, after_token
        self._tell()
        self.update()

    def mousePressEvent(self, event: QMouseEvent) -> None:  # noqa: N802
        """Take the divider when it is near, else the picture."""
        if event.button() == Qt.MouseButton.LeftButton and self._is_near(event.position()):
            self._is_dragged = True
            return
        super().mousePressEvent(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:  # noqa: N802
        """Drag what is held."""
        seen = self.visible_rect()
        if self._is_dragged and seen.width() > 0:
            self.set_divider((event.position().x() - seen.left()) / seen.width())
            return
        shape = Qt.CursorShape.SplitHCursor if self._is_near(event.position()) else Qt.CursorShape.ArrowCursor
        self.setCursor(shape)
        super().mouseMoveEvent(event)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:  # noqa: N802
        """Let go."""
        self._is_dragged = False
        super().mouseReleaseEvent(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802
        """Move the divider; Ctrl and the arrows move the picture."""
        key, modifiers = event.key(), event.modifiers()
        step = _LEAP if modifiers & Qt.KeyboardModifier.ShiftModifier else _STEP
        if modifiers & Qt.KeyboardModifier.ControlModifier:
            super().keyPressEvent(event)
        elif key == Qt.Key.Key_Left:
            self.set_divider(self._divider - step)
        elif key == Qt.Key.Key_Right:
            self.set_divider(self._divider + step)
        elif key == Qt.Key.Key_Home:
            self.set_divider(0.0)
        elif key == Qt.Key.Key_End:
            self.set_divider(1.0)
        else:
            super().keyPressEvent(event)

    def divider_x(self) -> int:
        """Where the divider stands, px of the widget."""
        seen = self.visible_rect()
        return seen.left() + round(self._divider * seen.width())

    def _is_near(self, point: QPointF) -> bool:
        return self.scale() > 0 and point.y() > scaled(TITLE_PX) and abs(point.x() - self.divider_x()) <= _REACH_PX

    def _paint_titles(self, painter: QPainter) -> None:
        half = self.width() // 2
        self._paint_title(painter, QRect(0, 0, half, scaled(TITLE_PX)), self.title, self.token)
        right = QRect(half, 0, self.width() - half, scaled(TITLE_PX))
        self._paint_title(painter, right, self.other_title, self.other_token, Qt.AlignmentFlag.AlignRight)

    def _paint_pictures(self, painter: QPainter) -> None:
        assert self._picture is not None
        seen, x = self.visible_rect(), self.divider_x()
        self._paint_picture(painter, self._picture, QRect(seen.left(), seen.top(), x - seen.left(), seen.height()))
        if self._other is not None:
            self._paint_picture(painter, self._other, QRect(x, seen.top(), seen.right() + 1 - x, seen.height()))
        self._paint_divider(painter, seen, x)

    def _paint_divider(self, painter: QPainter, seen: QRect, x: int) -> None:
        palette = current_palette()
        painter.setPen(QPen(colour(palette.canvas), 4))
        painter.drawLine(x, seen.top(), x, seen.bottom())
        painter.setPen(QPen(colour(palette.canvas_text), 2))
        painter.drawLine(x, seen.top(), x, seen.bottom())
        painter.setBrush(colour(palette.accent))
        painter.drawEllipse(QPointF(x, seen.center().y()), SPACE - 1, SPACE - 1)

    def _place_badge(self) -> None:
        super()._place_badge()
        if self._badge is None or self._badge.isHidden():
            return
        seen = self.visible_rect()  # at the right end, where the reconstruction is seen longest
        left = seen.right() - SPACE // 2 - self._badge.width()
        self._badge.move(max(SPACE // 2, left), self._badge.y())
        self._badge.setVisible(self.divider_x() < seen.right() + 1)

    def _tell(self) -> None:
        self.setAccessibleName(
            self.tr("{before} left, {after} right of the divider").format(before=self.title, after=self.other_title)
        )
        self.setAccessibleDescription(self.tr("Divider at {percent} %").format(percent=round(100 * self._divider)))
