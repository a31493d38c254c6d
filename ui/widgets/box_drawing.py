"""Drawing one box on a picture, with the pointer or with the keys alone."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, QSizeF, Qt

from core.domain.geometry import BBox

LEAST_PX = 8.0
"""Smallest side of a box, px of the picture; a smaller one is a slip of the hand."""

_KEY_STEP_PX = 8.0
_MOVES = {
    Qt.Key.Key_Left: QPointF(-1, 0),
    Qt.Key.Key_Right: QPointF(1, 0),
    Qt.Key.Key_Up: QPointF(0, -1),
    Qt.Key.Key_Down: QPointF(0, 1),
}


class BoxDrawing:
    """A box between two corners; all points are px of the picture and are brought inside it.

    Args:
        size: of the picture.
        cursor: where the cross stands at first.
    """

    def __init__(self, size: QSizeF, cursor: QPointF) -> None:
        self._size = size
        self._anchor: QPointF | None = None
        self.cursor = self._inside(cursor)

    @property
    def has_begun(self) -> bool:
        """Whether the first corner stands."""
        return self._anchor is not None

    def begin(self, point: QPointF) -> None:
        """Set the first corner."""
        self.cursor = self._inside(point)
        self._anchor = QPointF(self.cursor)

    def move(self, point: QPointF) -> None:
        """Move the second corner, or the cross before the first one stands."""
        self.cursor = self._inside(point)

    def move_by_key(self, key: int, *, is_fine: bool) -> bool:
        """Move by an arrow key, 8 px or, finely, 1 px; whether it was one."""
        if key not in _MOVES:
            return False
        self.move(self.cursor + _MOVES[Qt.Key(key)] * (1.0 if is_fine else _KEY_STEP_PX))
        return True

    def rect(self) -> QRectF:
        """The box so far; empty before the first corner stands."""
        return QRectF() if self._anchor is None else QRectF(self._anchor, self.cursor).normalized()

    def finished(self) -> BBox | None:
        """The box, or None when it is too small; the first corner is free again either way."""
        rect = self.rect()
        self._anchor = None
        if rect.width() < LEAST_PX or rect.height() < LEAST_PX:
            return None
        return BBox(x1=rect.left(), y1=rect.top(), x2=rect.right(), y2=rect.bottom())

    def _inside(self, point: QPointF) -> QPointF:
        return QPointF(
            min(max(point.x(), 0.0), self._size.width()),
            min(max(point.y(), 0.0), self._size.height()),
        )
