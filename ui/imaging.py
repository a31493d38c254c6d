"""From arrays of pixels to Qt's pictures."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QBuffer, QByteArray, QIODevice
from PySide6.QtGui import QImage, QImageReader, QPixmap

from core.domain.arrays import UInt8Array


def to_qimage(rgb: UInt8Array) -> QImage:
    """Return a picture that owns its pixels.

    Args:
        rgb: (H, W, 3) uint8 RGB; may be read-only or strided.

    Raises:
        ValueError: another shape or another dtype.
    """
    if rgb.ndim != 3 or rgb.shape[2] != 3 or rgb.dtype != np.uint8:
        raise ValueError(f"expected (H, W, 3) uint8, got {rgb.shape} {rgb.dtype}")
    height, width, _ = rgb.shape
    packed = np.ascontiguousarray(rgb)
    return QImage(packed.data, width, height, 3 * width, QImage.Format.Format_RGB888).copy()


def to_pixmap(rgb: UInt8Array) -> QPixmap:
    """Return a pixmap of (H, W, 3) uint8 RGB; call it on the window's thread only."""
    return QPixmap.fromImage(to_qimage(rgb))


def picture_from_png(png: bytes, longest_px: int = 512) -> QImage | None:
    """Return a small stored picture; None when there is none, or when its bytes are not a sound, small PNG."""
    if not png:
        return None
    buffer = QBuffer()
    buffer.setData(QByteArray(png))
    buffer.open(QIODevice.OpenModeFlag.ReadOnly)
    reader = QImageReader(buffer, QByteArray(b"png"))
    reader.setAutoDetectImageFormat(False)
    if max(reader.size().width(), reader.size().height()) > longest_px:
        return None
    picture = reader.read()
    return None if picture.isNull() else picture
