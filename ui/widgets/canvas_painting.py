"""Pictures, the cross of a box being drawn, and notes, painted over each other on the canvas."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QPointF, QRect, QRectF, QSizeF, Qt
from PySide6.QtGui import QFont, QFontMetricsF, QImage, QPainter, QPen, QTransform

from core.domain.arrays import FloatArray
from ui.heat import heat_colours
from ui.theme import colour, current_palette, scaled
from ui.tokens import SPACE, TYPE
from ui.widgets.box_drawing import BoxDrawing

_LEAST_COVER = 0.2


def heat_image(identity_map: FloatArray) -> QImage:
    """Return the colours of (h, w) float32 in [0, 1]; low values let the picture below through."""
    cover = _LEAST_COVER + (1 - _LEAST_COVER) * np.clip(identity_map, 0.0, 1.0)
    alpha = np.rint(255 * cover).astype(np.uint8)
    rgba = np.ascontiguousarray(np.concatenate([heat_colours(identity_map), alpha[..., None]], axis=-1))
    height, width = identity_map.shape
    return QImage(rgba.data, width, height, 4 * width, QImage.Format.Format_RGBA8888).copy()


def paint_image(painter: QPainter, image: QImage, to_widget: QTransform, opacity: float = 1.0) -> None:
    """Paint a picture; smoothed when reduced, its pixels left alone when enlarged."""
    painter.save()
    is_reduced = abs(to_widget.determinant()) * painter.device().devicePixelRatioF() ** 2 < 1
    painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, is_reduced)
    painter.setOpacity(opacity)
    painter.setTransform(to_widget)
    painter.drawImage(QPointF(0, 0), image)
    painter.restore()


def paint_drawing(painter: QPainter, drawing: BoxDrawing, to_widget: QTransform, room: QRect) -> None:
    """Paint a cross through the whole room, and the box so far."""
    palette = current_palette()
    at = to_widget.map(drawing.cursor)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    for width, ink in ((3, colour(palette.canvas)), (1, colour(palette.canvas_text))):
        painter.setPen(QPen(ink, width))
        painter.drawLine(QPointF(room.left(), at.y()), QPointF(room.right(), at.y()))
        painter.drawLine(QPointF(at.x(), room.top()), QPointF(at.x(), room.bottom()))
        if drawing.has_begun:
            painter.drawRect(to_widget.mapRect(drawing.rect()))


def paint_note(painter: QPainter, words: str, room: QRect, *, at_bottom: bool) -> None:
    """Paint a line of words into a left corner of the room."""
    if not words:
        return
    palette = current_palette()
    font = QFont(painter.font())
    font.setPixelSize(scaled(TYPE.small))
    metrics = QFontMetricsF(font)
    words = metrics.elidedText(words, Qt.TextElideMode.ElideRight, room.width() - 4 * SPACE)
    plate = QRectF(
        QPointF(SPACE, SPACE), QSizeF(metrics.horizontalAdvance(words) + 2 * SPACE, metrics.height() + SPACE)
    )
    if at_bottom:
        plate.moveBottom(room.height() - SPACE)
    painter.setFont(font)
    painter.fillRect(plate, colour(palette.canvas, 0.85))
    painter.setPen(colour(palette.canvas_text))
    painter.drawText(plate, Qt.AlignmentFlag.AlignCenter, words)
