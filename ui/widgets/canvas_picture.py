"""The picture of the analysis page: zoomed about the pointer, pixels that stay pixels, boxes, map, drawing of a box."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QPointF, QRectF, QSize, QSizeF, Qt, Signal
from PySide6.QtGui import (
    QFocusEvent,
    QImage,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QResizeEvent,
    QTransform,
    QWheelEvent,
)
from PySide6.QtWidgets import QSizePolicy, QWidget

from core.domain.arrays import FloatArray, UInt8Array
from core.domain.geometry import BBox
from ui.imaging import to_qimage
from ui.shortcuts import Command, ShortcutGroup, command_of
from ui.theme import colour, current_palette
from ui.widgets.box_drawing import BoxDrawing
from ui.widgets.camera import STEP, Camera
from ui.widgets.canvas_faces import CanvasFace, face_at, face_words, paint_faces
from ui.widgets.canvas_painting import heat_image, paint_drawing, paint_image, paint_note

_CLICK_PX = 4.0
_KEY_PAN_PX = 64.0
_PANS = {
    Qt.Key.Key_Left: QPointF(1, 0),
    Qt.Key.Key_Right: QPointF(-1, 0),
    Qt.Key.Key_Up: QPointF(0, 1),
    Qt.Key.Key_Down: QPointF(0, -1),
}


class CanvasPicture(QWidget):
    """Paints a frame and what belongs to it.

    Signals:
        face_chosen: track id of a box that was clicked.
        box_drawn: (BBox) px of the frame.
        drawing_ended: a person is done with drawing, or gave it up.
        scale_changed: px of the screen that a px of the frame takes.
    """

    face_chosen = Signal(int)
    box_drawn = Signal(object)
    drawing_ended = Signal()
    scale_changed = Signal(float)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.camera = Camera()
        self._picture: QImage | None = None
        self._faces: tuple[CanvasFace, ...] = ()
        self._are_faces_exact = True
        self._map: QImage | None = None
        self._map_to_frame = QTransform()
        self._map_caption = ""
        self._map_opacity = 0.0
        self._drawing: BoxDrawing | None = None
        self._pressed: QPointF | None = None
        self._held: QPointF | None = None
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMouseTracking(True)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMinimumSize(QSize(240, 160))
        self.setAccessibleName(self.tr("Video frame"))
        self.setToolTip(self.tr("Wheel or + and - zoom, drag or Ctrl+arrows move, F fits; click chooses a face"))

    # --- what is shown

    def set_picture(self, rgb: UInt8Array | None) -> None:
        """Show (H, W, 3) uint8 RGB; None shows nothing."""
        if rgb is None:
            self._picture = None
            self.end_drawing()
        else:
            self._picture = to_qimage(rgb).convertToFormat(QImage.Format.Format_RGB32)
            self.camera.set_size(QSizeF(self._picture.size()))
        self._viewed()

    def set_faces(self, faces: Sequence[CanvasFace], *, are_exact: bool) -> None:
        """Show boxes; `are_exact` as in `paint_faces`."""
        self._faces, self._are_faces_exact = tuple(faces), are_exact
        self.setAccessibleDescription(", ".join(face_words(face) for face in faces))
        self.update()

    def faces(self) -> tuple[CanvasFace, ...]:
        """Return the boxes on show."""
        return self._faces

    def set_map(self, identity_map: FloatArray | None, map_to_frame: QTransform, caption: str) -> None:
        """Lay (h, w) float32 in [0, 1] over the frame; None takes it away.

        Args:
            identity_map: the values.
            map_to_frame: from px of the map to px of the frame.
            caption: which frame it was computed from.
        """
        self._map = None if identity_map is None else heat_image(identity_map)
        self._map_to_frame, self._map_caption = map_to_frame, caption
        self.update()

    def set_map_opacity(self, opacity: float) -> None:
        """Say how much of the map covers the frame, [0, 1]."""
        self._map_opacity = opacity
        self.update()

    # --- drawing a box

    @property
    def is_drawing(self) -> bool:
        """Whether a box is being drawn."""
        return self._drawing is not None

    def start_drawing(self) -> None:
        """Let the next drag, or Enter and the arrow keys, draw a box; one that is begun goes on."""
        if self._picture is None or self._drawing is not None:
            return
        size = QSizeF(self._picture.size())
        self._drawing = BoxDrawing(size, self.camera.to_picture(QRectF(self.rect()).center()))
        self.setCursor(Qt.CursorShape.CrossCursor)
        self.setFocus(Qt.FocusReason.OtherFocusReason)
        self.update()

    def end_drawing(self) -> None:
        """Stop drawing."""
        if self._drawing is not None:
            self._drawing = None
            self.unsetCursor()
            self.update()
            self.drawing_ended.emit()

    # --- view

    def fit(self) -> None:
        """Show the whole frame."""
        self.camera.fit()
        self._viewed()

    def show_pixels(self) -> None:
        """Show one pixel of the frame as one pixel of the screen."""
        self.camera.zoom_to(1.0 / self.devicePixelRatioF())
        self._viewed()

    def zoom(self, factor: float, about: QPointF | None = None) -> None:
        """Enlarge or reduce, about a point of the widget or the middle."""
        self.camera.zoom(factor, about)
        self._viewed()

    def _viewed(self) -> None:
        self.scale_changed.emit(self.camera.scale * self.devicePixelRatioF())
        self.update()

    def sizeHint(self) -> QSize:  # noqa: N802
        """Return a size that suits most videos."""
        return QSize(800, 450)

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802
        """Keep a fitted frame fitted."""
        self.camera.set_room(QRectF(self.rect()))
        self._viewed()

    # --- painting

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802
        """Paint frame, map, boxes and what is being drawn."""
        palette = current_palette()
        painter = QPainter(self)
        painter.fillRect(self.rect(), colour(palette.canvas))
        if self._picture is not None:
            to_widget = self.camera.transform()
            paint_image(painter, self._picture, to_widget)
            if self._map is not None and self._map_opacity > 0:
                paint_image(painter, self._map, self._map_to_frame * to_widget, self._map_opacity)
                paint_note(painter, self._map_caption, self.rect(), at_bottom=True)
            paint_faces(painter, self._faces, to_widget, QRectF(self.rect()), are_exact=self._are_faces_exact)
            if self._drawing is not None:
                paint_drawing(painter, self._drawing, to_widget, self.rect())
                words = self.tr("Draw a box around the face: drag, or Enter, arrows, Enter. Esc ends.")
                paint_note(painter, words, self.rect(), at_bottom=False)
        if self.hasFocus():
            painter.setPen(QPen(colour(palette.accent), 2))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRect(self.rect().adjusted(1, 1, -1, -1))

    # --- pointer

    def wheelEvent(self, event: QWheelEvent) -> None:  # noqa: N802
        """Zoom about the pointer."""
        notches = event.angleDelta().y() / 120
        if notches and self._picture is not None:
            self.zoom(STEP**notches, event.position())
        event.accept()

    def mousePressEvent(self, event: QMouseEvent) -> None:  # noqa: N802
        """Begin a box, or take hold of the picture."""
        if event.button() == Qt.MouseButton.LeftButton and self._drawing is not None:
            self._drawing.begin(self.camera.to_picture(event.position()))
        elif event.button() in (Qt.MouseButton.LeftButton, Qt.MouseButton.MiddleButton):
            self._held = event.position()
            self._pressed = event.position() if event.button() == Qt.MouseButton.LeftButton else None
        self.update()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:  # noqa: N802
        """Move the corner of the box, or the picture."""
        if self._held is not None:
            if self._pressed is not None and (event.position() - self._pressed).manhattanLength() > _CLICK_PX:
                self._pressed = None
            if self._pressed is None:
                self.camera.pan(event.position() - self._held)
                self._held = event.position()
        elif self._drawing is not None:
            self._drawing.move(self.camera.to_picture(event.position()))
        else:
            hit = face_at(self._faces, event.position(), self.camera.transform())
            self.setCursor(Qt.CursorShape.PointingHandCursor if hit else Qt.CursorShape.ArrowCursor)
            return
        self.update()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:  # noqa: N802
        """Finish the box, or choose the face that was clicked."""
        if event.button() == Qt.MouseButton.LeftButton and self._drawing is not None and self._drawing.has_begun:
            self._drawing.move(self.camera.to_picture(event.position()))
            self._finish_box()
        elif event.button() == Qt.MouseButton.LeftButton and self._pressed is not None:
            hit = face_at(self._faces, event.position(), self.camera.transform())
            if hit is not None:
                self.face_chosen.emit(hit.track_id)
        self._pressed = self._held = None

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:  # noqa: N802
        """Show the whole frame."""
        if self._drawing is None:
            self.fit()

    # --- keys

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802
        """Draw, zoom, fit and move; other keys belong to the view around it."""
        key, command = event.key(), command_of(event, (ShortcutGroup.TIMELINE,))
        if self._drawing is not None and self._draws_with(self._drawing, event):
            self.update()
        elif command is Command.ZOOM_IN:
            self.zoom(STEP)
        elif command is Command.ZOOM_OUT:
            self.zoom(1 / STEP)
        elif command is Command.FIT:
            self.fit()
        elif command is Command.PIXELS:
            self.show_pixels()
        elif key in _PANS and event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            self.camera.pan(_PANS[Qt.Key(key)] * _KEY_PAN_PX)
            self.update()
        else:
            event.ignore()

    def focusInEvent(self, event: QFocusEvent) -> None:  # noqa: N802
        """Show the focus ring."""
        self.update()

    def focusOutEvent(self, event: QFocusEvent) -> None:  # noqa: N802
        """Take the focus ring away."""
        self.update()

    def _draws_with(self, drawing: BoxDrawing, event: QKeyEvent) -> bool:
        if event.key() == Qt.Key.Key_Escape:
            self.end_drawing()
            return True
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            if drawing.has_begun:
                self._finish_box()
            else:
                drawing.begin(drawing.cursor)
            return True
        is_fine = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
        return drawing.move_by_key(event.key(), is_fine=is_fine)

    def _finish_box(self) -> None:
        assert self._drawing is not None
        box: BBox | None = self._drawing.finished()
        if box is not None:
            self.box_drawn.emit(box)
            self.end_drawing()
        self.update()
