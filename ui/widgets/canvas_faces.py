"""Boxes of faces over a picture: colour, number and name of the track, so that colour is never the only sign."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QCoreApplication, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter, QPen, QTransform

from core.domain.geometry import BBox
from ui.theme import colour, current_palette, scaled
from ui.tokens import SPACE, TYPE

_CORNER_PX = 12.0
_GRAB_PX = 6.0


@dataclass(frozen=True, slots=True, kw_only=True)
class CanvasFace:
    """One face in the frame on show.

    Attributes:
        track_id: of its track.
        person_label: whom it was counted to, for example ``"Person 2"``; '' where nobody.
        bbox: px of the frame.
        colour_index: 1-based place in the palette's colours of tracks.
        is_selected: the track that the panels speak of.
        is_ignored: a person said that it does not matter.
        is_added: a person drew it.
    """

    track_id: int
    person_label: str
    bbox: BBox
    colour_index: int
    is_selected: bool = False
    is_ignored: bool = False
    is_added: bool = False


def face_words(face: CanvasFace) -> str:
    """Return what stands beside a box, for example ``"Track 3 · Person 2"``; a number there would read as a finding."""

    def said(text: str) -> str:
        return QCoreApplication.translate("CanvasFace", text)

    parts = [said("Track {id}").format(id=face.track_id), face.person_label]
    if face.is_ignored:
        parts.append(said("ignored"))
    if face.is_added:
        parts.append(said("drawn by hand"))
    return " · ".join(part for part in parts if part)


def paint_faces(
    painter: QPainter, faces: Sequence[CanvasFace], to_widget: QTransform, room: QRectF, *, are_exact: bool
) -> None:
    """Paint the boxes, the selected one last.

    Args:
        painter: in px of the widget.
        faces: what to paint.
        to_widget: from px of the frame.
        room: labels stay inside it.
        are_exact: the boxes were found in the very frame on show; else they are dashed.
    """
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    font = QFont(painter.font())
    font.setPixelSize(scaled(TYPE.small))
    font.setWeight(QFont.Weight.DemiBold)
    painter.setFont(font)
    for face in sorted(faces, key=lambda face: face.is_selected):
        rect = to_widget.mapRect(box_rect(face.bbox))
        if rect.intersects(room):
            _paint_box(painter, face, rect, are_exact=are_exact)
            _paint_plate(painter, face, rect, room)
    painter.restore()


def face_at(faces: Sequence[CanvasFace], point: QPointF, to_widget: QTransform) -> CanvasFace | None:
    """Return the face under a point of the widget; of several the smallest."""
    hit = []
    for face in faces:
        rect = to_widget.mapRect(box_rect(face.bbox)).adjusted(-_GRAB_PX, -_GRAB_PX, _GRAB_PX, _GRAB_PX)
        if rect.contains(point):
            hit.append(face)
    return min(hit, key=lambda face: face.bbox.area, default=None)


def box_rect(bbox: BBox) -> QRectF:
    """Return a box as Qt has it."""
    return QRectF(QPointF(bbox.x1, bbox.y1), QPointF(bbox.x2, bbox.y2))


def face_colour(face: CanvasFace) -> QColor:
    """Return the colour of its track, grey when it is ignored."""
    palette = current_palette()
    return colour(palette.canvas_text, 0.8) if face.is_ignored else colour(palette.track(face.colour_index))


def _paint_box(painter: QPainter, face: CanvasFace, rect: QRectF, *, are_exact: bool) -> None:
    palette = current_palette()
    width = 3.0 if face.is_selected else 2.0
    style = Qt.PenStyle.SolidLine
    if face.is_ignored:
        style = Qt.PenStyle.DotLine
    elif not are_exact:
        style = Qt.PenStyle.DashLine
    painter.setBrush(Qt.BrushStyle.NoBrush)
    # A dark line under the coloured one keeps the box in sight on any picture.
    for pen in (QPen(colour(palette.canvas, 0.75), width + 2), QPen(face_colour(face), width, style)):
        pen.setJoinStyle(Qt.PenJoinStyle.MiterJoin)
        painter.setPen(pen)
        painter.drawRect(rect)
    if face.is_ignored:
        painter.drawLine(rect.bottomLeft(), rect.topRight())
    if face.is_selected:
        _paint_corners(painter, rect)


def _paint_corners(painter: QPainter, rect: QRectF) -> None:
    painter.setPen(QPen(colour(current_palette().canvas_text), 3))
    reach = min(_CORNER_PX, rect.width() / 3, rect.height() / 3)
    outer = rect.adjusted(-4, -4, 4, 4)
    corners = (
        (outer.topLeft(), 1, 1),
        (outer.topRight(), -1, 1),
        (outer.bottomLeft(), 1, -1),
        (outer.bottomRight(), -1, -1),
    )
    for corner, right, down in corners:
        painter.drawLine(corner, corner + QPointF(right * reach, 0))
        painter.drawLine(corner, corner + QPointF(0, down * reach))


def _paint_plate(painter: QPainter, face: CanvasFace, rect: QRectF, room: QRectF) -> None:
    metrics = QFontMetricsF(painter.font())
    words = face_words(face)
    plate = QRectF(0, 0, metrics.horizontalAdvance(words) + 2 * SPACE + 6, metrics.height() + 4)
    gap = 6.0 if face.is_selected else 2.0
    plate.moveBottomLeft(rect.topLeft() - QPointF(1, gap))
    if plate.top() < room.top():
        plate.moveTopLeft(rect.bottomLeft() + QPointF(-1, gap))
    plate.moveLeft(max(room.left(), min(plate.left(), room.right() - plate.width())))
    plate.moveTop(max(room.top(), min(plate.top(), room.bottom() - plate.height())))
    palette = current_palette()
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(colour(palette.canvas, 0.85))
    painter.drawRoundedRect(plate, 4, 4)
    painter.setBrush(face_colour(face))
    painter.drawRoundedRect(QRectF(plate.left(), plate.top(), 6, plate.height()), 3, 3)
    painter.setPen(colour(palette.canvas_text))
    painter.drawText(plate.adjusted(SPACE + 6, 0, 0, 0), Qt.AlignmentFlag.AlignVCenter, words)
