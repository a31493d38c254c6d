"""A picture under a title, zoomed and panned together with its neighbours; pixels stay pixels when enlarged."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QPointF, QRect, QRectF, QSize, Qt
from PySide6.QtGui import (
    QFont,
    QImage,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QResizeEvent,
    QShowEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QSizePolicy, QWidget

from core.domain.arrays import UInt8Array
from ui.imaging import to_qimage
from ui.shortcuts import Command, ShortcutGroup, command_of
from ui.theme import colour, current_palette, scaled
from ui.tokens import RADIUS, SPACE, TYPE
from ui.widgets.reconstruction_badge import ReconstructionBadge
from ui.widgets.zoom_link import STEP, ZoomLink

TITLE_PX = 26
_KEY_PAN = 0.1


class PicturePane(QWidget):
    """One picture.

    Args:
        title: told above the picture.
        zoom: shared with the neighbours.
        token: colour of the line beside the title, '' for none.
        is_reconstruction: wear the badge.
    """

    def __init__(
        self,
        title: str,
        zoom: ZoomLink,
        *,
        token: str = "",
        is_reconstruction: bool = False,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.title = title
        self.token = token
        self.zoom = zoom
        self.missing = ""
        self._picture: QImage | None = None
        self._held: QPointF | None = None
        self._badge = ReconstructionBadge(self) if is_reconstruction else None
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        least = 96 if self._badge is None else max(96, self._badge.least_width() + SPACE)
        self.setMinimumSize(QSize(least, 40 + scaled(TITLE_PX)))
        self.setAccessibleName(title)
        self.setToolTip(self.tr("Wheel or + and - zoom, drag or arrows move, F fits"))
        zoom.changed.connect(self._zoomed)
        self._place_badge()

    def set_picture(self, rgb: UInt8Array | None) -> None:
        """Show (H, W, 3) uint8 RGB; None shows the words in `missing`."""
        self._picture = None if rgb is None else to_qimage(rgb)
        self._zoomed()

    def picture_rect(self) -> QRectF:
        """Where the whole picture lies, also what is cut off, in px of the widget; empty without a picture."""
        room = QRectF(self.rect().adjusted(0, scaled(TITLE_PX), 0, 0))
        if self._picture is None or self._picture.isNull() or room.isEmpty():
            return QRectF()
        ratio = self._picture.height() / self._picture.width()
        width = self.zoom.width_px or min(room.width(), room.height() / ratio)
        height = width * ratio
        middle, centre = room.center(), self.zoom.centre
        left = self._along(room.left(), room.width(), width, middle.x() - centre.x() * width)
        top = self._along(room.top(), room.height(), height, middle.y() - centre.y() * height)
        return QRectF(left, top, width, height)

    def visible_rect(self) -> QRect:
        """The part of the picture that can be seen, in px of the widget."""
        room = QRectF(self.rect().adjusted(0, scaled(TITLE_PX), 0, 0))
        return self.picture_rect().intersected(room).toAlignedRect()

    def scale(self) -> float:
        """Device pixels that one pixel of the picture takes; 0 without a picture."""
        if self._picture is None or self._picture.isNull():
            return 0.0
        return self.picture_rect().width() / self._picture.width() * self.devicePixelRatioF()

    def sizeHint(self) -> QSize:  # noqa: N802
        """Return a size that shows a crop pixel by pixel."""
        return QSize(224, 224 + scaled(TITLE_PX))

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802
        """Draw ground, title, picture and focus ring."""
        palette = current_palette()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(colour(palette.canvas))
        painter.drawRoundedRect(self.rect(), RADIUS, RADIUS)
        self._paint_titles(painter)
        if self.scale() > 0:
            self._paint_pictures(painter)
        elif self.missing:
            painter.setPen(colour(palette.canvas_text, 0.75))
            room = self.rect().adjusted(SPACE, scaled(TITLE_PX), -SPACE, -SPACE)
            painter.drawText(room, Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap, self.missing)
        if self.hasFocus():
            painter.setPen(QPen(colour(palette.accent), 2))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(self.rect().adjusted(1, 1, -1, -1), RADIUS, RADIUS)

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802
        """Keep the badge on the picture."""
        self._place_badge()

    def changeEvent(self, event: QEvent) -> None:  # noqa: N802
        """Follow the theme, which also sets the size of the badge."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.StyleChange:
            self._place_badge()

    def showEvent(self, event: QShowEvent) -> None:  # noqa: N802
        """Place the badge once its style is known."""
        super().showEvent(event)
        self._place_badge()

    def wheelEvent(self, event: QWheelEvent) -> None:  # noqa: N802
        """Zoom about the pointer."""
        if self.scale() > 0 and event.angleDelta().y():
            self._zoom_by(STEP ** (event.angleDelta().y() / 120), self._in_picture(event.position()))
        event.accept()

    def mousePressEvent(self, event: QMouseEvent) -> None:  # noqa: N802
        """Take hold of the picture."""
        if event.button() == Qt.MouseButton.LeftButton:
            self._held = event.position()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:  # noqa: N802
        """Move the picture with the pointer."""
        rect = self.picture_rect()
        if self._held is not None and not rect.isEmpty():
            moved = self._held - event.position()
            self._held = event.position()
            self.zoom.pan(QPointF(moved.x() / rect.width(), moved.y() / rect.height()))

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:  # noqa: N802
        """Let go."""
        self._held = None

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:  # noqa: N802
        """Show the whole picture."""
        self.zoom.fit()

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802
        """Zoom, fit and pan; other keys belong to the view around it."""
        key, command = event.key(), command_of(event, (ShortcutGroup.TIMELINE,))
        if command is Command.ZOOM_IN:
            self._zoom_by(STEP)
        elif command is Command.ZOOM_OUT:
            self._zoom_by(1 / STEP)
        elif command is Command.FIT:
            self.zoom.fit()
        elif key in _PANS and self.zoom.width_px is not None:
            seen, rect = self.visible_rect(), self.picture_rect()
            step = _KEY_PAN * seen.width() / rect.width()
            self.zoom.pan(_PANS[Qt.Key(key)] * step)
        else:
            event.ignore()

    def _zoom_by(self, factor: float, about: QPointF | None = None) -> None:
        self.zoom.zoom(self.picture_rect().width(), factor, about)

    def _in_picture(self, point: QPointF) -> QPointF:
        rect = self.picture_rect()
        return QPointF((point.x() - rect.left()) / rect.width(), (point.y() - rect.top()) / rect.height())

    def _along(self, start: float, room: float, length: float, wanted: float) -> float:
        """Where a side begins: in the middle when it fits, else never away from the edges."""
        return start + (room - length) / 2 if length <= room else min(start, max(start + room - length, wanted))

    def _paint_titles(self, painter: QPainter) -> None:
        self._paint_title(painter, QRect(0, 0, self.width(), scaled(TITLE_PX)), self.title, self.token)

    def _paint_title(
        self,
        painter: QPainter,
        where: QRect,
        title: str,
        token: str,
        align: Qt.AlignmentFlag = Qt.AlignmentFlag.AlignLeft,
    ) -> None:
        palette = current_palette()
        where = where.adjusted(SPACE, 0, -SPACE, 0)
        if token:
            mark = QRect(
                where.left() if align == Qt.AlignmentFlag.AlignLeft else where.right() - 2, 7, 3, scaled(TITLE_PX) - 14
            )
            painter.fillRect(mark, colour(token))
            where.adjust(SPACE if align == Qt.AlignmentFlag.AlignLeft else 0, 0, 0, 0)
            where.adjust(0, 0, 0 if align == Qt.AlignmentFlag.AlignLeft else -SPACE, 0)
        font = QFont(self.font())
        font.setPixelSize(scaled(TYPE.small))
        font.setWeight(QFont.Weight.DemiBold)
        painter.setFont(font)
        painter.setPen(colour(palette.canvas_text))
        words = painter.fontMetrics().elidedText(title, Qt.TextElideMode.ElideRight, where.width())
        painter.drawText(where, align | Qt.AlignmentFlag.AlignVCenter, words)

    def _paint_pictures(self, painter: QPainter) -> None:
        assert self._picture is not None
        self._paint_picture(painter, self._picture, self.visible_rect())

    def _paint_picture(self, painter: QPainter, picture: QImage, clip: QRect) -> None:
        painter.save()
        painter.setClipRect(clip)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, self.scale() < 1)
        painter.drawImage(self.picture_rect(), picture)
        painter.restore()

    def _zoomed(self) -> None:
        self._place_badge()
        self.update()

    def _place_badge(self) -> None:
        if self._badge is None:
            return
        seen, edge = self.visible_rect(), SPACE // 2
        self._badge.setVisible(not seen.isEmpty())
        self._badge.fit(seen.width() - SPACE)
        # Beside a picture too narrow for the word it lies across the pane.
        left = max(edge, min(seen.left() + edge, self.width() - edge - self._badge.width()))
        self._badge.move(left, seen.bottom() - edge - self._badge.height())


_PANS = {
    Qt.Key.Key_Left: QPointF(-1, 0),
    Qt.Key.Key_Right: QPointF(1, 0),
    Qt.Key.Key_Up: QPointF(0, -1),
    Qt.Key.Key_Down: QPointF(0, 1),
}
