"""Which part of a picture is in view, and how large: fit, zoom about a point, pan."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, QSizeF
from PySide6.QtGui import QTransform

STEP = 1.25
"""Factor of one notch of the wheel, or of one press of a key."""

_MOST = 64.0
_LEAST = 0.5
"""Smallest scale of a picture that is smaller than its room; larger ones shrink to a quarter of it."""


class Camera:
    """Maps pixels of a picture to the widget that shows it.

    While nothing was zoomed, the whole picture is in view, as large as there is room.
    """

    def __init__(self) -> None:
        self._room = QRectF()
        self._size = QSizeF()
        self._scale: float | None = None
        self._centre = QPointF()

    @property
    def is_fitted(self) -> bool:
        """Whether the whole picture is in view and follows the size of the widget."""
        return self._scale is None

    @property
    def scale(self) -> float:
        """Widget px that one picture px takes; 0 while there is no picture or no room."""
        return self._fitting() if self._scale is None else self._scale

    def set_room(self, room: QRectF) -> None:
        """Tell where the picture may be painted, px of the widget."""
        self._room = QRectF(room)

    def set_size(self, size: QSizeF) -> None:
        """Tell how large the picture is, px; another size fits it anew."""
        if size != self._size:
            self._size = QSizeF(size)
            self.fit()

    def fit(self) -> None:
        """Bring the whole picture into view."""
        self._scale = None
        self._centre = QPointF(self._size.width() / 2, self._size.height() / 2)

    def zoom(self, factor: float, about: QPointF | None = None) -> None:
        """Enlarge (> 1) or reduce; the picture stays where it is under `about`, a point of the widget."""
        self.zoom_to(self.scale * factor, about)

    def zoom_to(self, scale: float, about: QPointF | None = None) -> None:
        """Set the scale, brought within limits; see `zoom`."""
        fitting = self._fitting()
        if fitting <= 0:
            return
        point = self._room.center() if about is None else about
        held = self.to_picture(point)
        self._scale = min(max(scale, min(_LEAST, fitting / 4)), max(_MOST, fitting))
        self._centre = held - (point - self._room.center()) / self._scale
        self._keep_in_view()

    def pan(self, by: QPointF) -> None:
        """Move the picture by widget px; nothing moves while all of it is in view."""
        if self._scale is not None:
            self._centre -= by / self._scale
            self._keep_in_view()

    def transform(self) -> QTransform:
        """From picture px to widget px."""
        scale, middle = self.scale, self._room.center()
        shift = middle - self._centre * scale
        return QTransform(scale, 0, 0, scale, shift.x(), shift.y())

    def to_picture(self, point: QPointF) -> QPointF:
        """Picture px under a point of the widget; may lie outside the picture."""
        back, is_possible = self.transform().inverted()
        return back.map(point) if is_possible else QPointF()

    def _fitting(self) -> float:
        if self._size.isEmpty() or self._room.isEmpty():
            return 0.0
        return min(self._room.width() / self._size.width(), self._room.height() / self._size.height())

    def _keep_in_view(self) -> None:
        """The middle of the room shows some point of the picture."""
        x = min(max(self._centre.x(), 0.0), self._size.width())
        y = min(max(self._centre.y(), 0.0), self._size.height())
        self._centre = QPointF(x, y)
