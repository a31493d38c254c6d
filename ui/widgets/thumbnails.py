"""Small pictures for lists: asked for when they are first painted, kept while they are of use."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterable

from PySide6.QtCore import QObject, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QImage, QPixmap

from core.domain.arrays import UInt8Array
from ui.imaging import to_qimage

CAPACITY = 600


class Thumbnails(QObject):
    """A bounded store of pictures by key.

    Args:
        edge_px: longest side they are shown at, device-independent px.
        ratio: device pixels per device-independent px.

    Signals:
        wanted: list of keys that were painted without a picture; answer with `put`.
        arrived: pictures came in; paint again.
    """

    wanted = Signal(list)
    arrived = Signal()

    def __init__(self, edge_px: int, ratio: float = 1.0, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.edge_px = edge_px
        self._ratio = ratio
        self._kept: OrderedDict[Hashable, QPixmap | None] = OrderedDict()
        self._missed: dict[Hashable, None] = {}
        self._ask = _soon(self, self._ask_for_missed)
        self._tell = _soon(self, self.arrived.emit)

    def get(self, key: Hashable) -> QPixmap | None:
        """Return the picture; None while it is on its way, or when there is none."""
        if key in self._kept:
            self._kept.move_to_end(key)
            return self._kept[key]
        self._missed[key] = None
        self._ask.start()
        return None

    def put(self, key: Hashable, picture: UInt8Array | QImage | None) -> None:
        """Keep a picture, (H, W, 3) uint8 RGB or Qt's; None says that there is none, so that nobody asks again."""
        if picture is not None and not isinstance(picture, QImage):
            picture = to_qimage(picture)
        self._kept[key] = None if picture is None else self._reduced(picture)
        self._kept.move_to_end(key)
        while len(self._kept) > CAPACITY:
            self._kept.popitem(last=False)
        self._tell.start()

    def forget(self, keys: Iterable[Hashable]) -> None:
        """Forget some: they are asked for anew when they are painted."""
        for key in keys:
            self._kept.pop(key, None)

    def clear(self) -> None:
        """Forget all: other pictures go by these keys from now on."""
        self._kept.clear()
        self._missed.clear()

    def _reduced(self, picture: QImage) -> QPixmap:
        edge = round(self.edge_px * self._ratio)
        if max(picture.width(), picture.height()) > edge:
            keep, smooth = Qt.AspectRatioMode.KeepAspectRatio, Qt.TransformationMode.SmoothTransformation
            picture = picture.scaled(QSize(edge, edge), keep, smooth)
        return QPixmap.fromImage(picture)

    def _ask_for_missed(self) -> None:
        keys, self._missed = list(self._missed), {}
        if keys:
            self.wanted.emit(keys)


def _soon(parent: QObject, act: Callable[[], None]) -> QTimer:
    """A timer that gathers all that happens in one round of the event loop."""
    timer = QTimer(parent)
    timer.setSingleShot(True)
    timer.setInterval(0)
    timer.timeout.connect(act)
    return timer
