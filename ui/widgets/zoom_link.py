"""One zoom and one centre, shared by pictures of the same face that are looked at together."""

from __future__ import annotations

from PySide6.QtCore import QObject, QPointF, Signal

SMALLEST_PX = 48.0
LARGEST_PX = 16_384.0
STEP = 1.25


class ZoomLink(QObject):
    """How large pictures are shown, and which point of them stands in the middle.

    Everything is told in parts of the picture, so that pictures of different sizes show the same spot.

    Signals:
        changed: draw again.
    """

    changed = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._width_px: float | None = None
        self._centre = QPointF(0.5, 0.5)

    @property
    def width_px(self) -> float | None:
        """Shown width of the whole picture, device-independent px; None: as large as there is room."""
        return self._width_px

    @property
    def centre(self) -> QPointF:
        """The point in the middle, each coordinate in [0, 1] of the picture."""
        return QPointF(self._centre)

    def fit(self) -> None:
        """Show whole pictures, as large as there is room."""
        self._set(None, QPointF(0.5, 0.5))

    def zoom(self, shown_px: float, factor: float, about: QPointF | None = None) -> None:
        """Enlarge or reduce.

        Args:
            shown_px: width of the picture as shown now.
            factor: > 1 enlarges.
            about: the point of the picture that stays where it is; the middle by default.
        """
        width = min(max(shown_px * factor, SMALLEST_PX), LARGEST_PX)
        about = self._centre if about is None else about
        self._set(width, about + (self._centre - about) * (shown_px / width))

    def pan(self, by: QPointF) -> None:
        """Move the middle by parts of the picture; nothing moves while whole pictures are shown."""
        if self._width_px is not None:
            self._set(self._width_px, self._centre + by)

    def _set(self, width_px: float | None, centre: QPointF) -> None:
        centre = QPointF(min(max(centre.x(), 0.0), 1.0), min(max(centre.y(), 0.0), 1.0))
        if (width_px, centre) != (self._width_px, self._centre):
            self._width_px, self._centre = width_px, centre
            self.changed.emit()
