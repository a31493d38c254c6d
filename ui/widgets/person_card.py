"""Paints people in a list: as cards in a grid, or as rows."""

from __future__ import annotations

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRect, QSize, Qt
from PySide6.QtGui import QFont, QFontMetrics, QPainter, QPainterPath, QPixmap
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem, QWidget

from core.domain.gallery import PersonRecord
from ui.icons import Icon, Tint, icon_pixmap
from ui.theme import colour, current_palette, scaled
from ui.tokens import RADIUS, SPACE, TYPE
from ui.widgets.people_model import PERSON_ROLE
from ui.widgets.thumbnails import Thumbnails

FACE_PX = 96
_ROW_FACE_PX = 40
_LINE = TYPE.body + 5
_LOCK_PX = 14

_ROW_HEIGHT = _ROW_FACE_PX + 2 * SPACE


class PersonDelegate(QStyledItemDelegate):
    """Draws one person; the picture is asked for when it is first drawn.

    Args:
        faces: pictures by person id.
    """

    def __init__(self, faces: Thumbnails, parent: QWidget) -> None:
        super().__init__(parent)
        self._faces = faces
        self.is_grid = True

    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> QSize:  # noqa: N802
        """Return the size of every cell; rows take the width of the list."""
        return card_size() if self.is_grid else QSize(option.rect.width(), scaled(_ROW_HEIGHT))

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        """Draw one cell."""
        person: PersonRecord | None = index.data(PERSON_ROLE)
        if person is None:
            return
        palette = current_palette()
        state: QStyle.StateFlag = option.state
        rect = option.rect.adjusted(2, 2, -2, -2)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if state & QStyle.StateFlag.State_Selected or state & QStyle.StateFlag.State_MouseOver:
            is_chosen = bool(state & QStyle.StateFlag.State_Selected)
            painter.setPen(colour(palette.accent) if is_chosen else Qt.PenStyle.NoPen)
            painter.setBrush(colour(palette.accent_soft if is_chosen else palette.hover))
            painter.drawRoundedRect(rect, RADIUS, RADIUS)
        painter.setFont(_font(option.font, scaled(TYPE.body), QFont.Weight.DemiBold))
        if self.is_grid:
            self._paint_card(painter, rect, person)
        else:
            self._paint_row(painter, rect, person)
        painter.restore()

    def _paint_card(self, painter: QPainter, rect: QRect, person: PersonRecord) -> None:
        square = QRect(rect.center().x() - FACE_PX // 2, rect.top() + SPACE, FACE_PX, FACE_PX)
        paint_face(painter, square, self._faces.get(person.id))
        if person.legal_hold:
            lock = scaled(_LOCK_PX)
            plate = QRect(square.right() - lock - 8, square.top() + 4, lock + 6, lock + 6)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(colour(current_palette().canvas))
            painter.drawEllipse(plate)
            _paint_lock(painter, plate.adjusted(3, 3, -3, -3), Tint.CANVAS_TEXT)
        words = QRect(rect.left() + SPACE // 2, square.bottom() + SPACE // 2, rect.width() - SPACE, scaled(_LINE))
        centre = Qt.AlignmentFlag.AlignCenter
        _paint_text(painter, words, person.name, current_palette().text, centre)
        words.translate(0, scaled(_LINE))
        painter.setFont(_font(painter.font(), scaled(TYPE.small)))
        _paint_text(painter, words, self._photos(person), current_palette().muted, centre)

    def _paint_row(self, painter: QPainter, rect: QRect, person: PersonRecord) -> None:
        square = QRect(rect.left() + SPACE, rect.center().y() - _ROW_FACE_PX // 2, _ROW_FACE_PX, _ROW_FACE_PX)
        paint_face(painter, square, self._faces.get(person.id))
        right = rect.right() - SPACE
        if person.legal_hold:
            right -= scaled(_LOCK_PX) + SPACE
            _paint_lock(
                painter,
                QRect(right + SPACE, rect.center().y() - scaled(_LOCK_PX) // 2, scaled(_LOCK_PX), scaled(_LOCK_PX)),
                Tint.MUTED,
            )
        left = square.right() + SPACE + 4
        words = QRect(left, rect.center().y() - scaled(_LINE) + 1, right - left, scaled(_LINE))
        align = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
        _paint_text(painter, words, person.name, current_palette().text, align)
        words.translate(0, scaled(_LINE))
        painter.setFont(_font(painter.font(), scaled(TYPE.small)))
        parts = [self._photos(person), self.tr("since {date}").format(date=f"{person.added_at:%Y-%m-%d}"), person.basis]
        _paint_text(painter, words, "  ·  ".join(p for p in parts if p), current_palette().muted, align)

    def _photos(self, person: PersonRecord) -> str:
        if person.n_templates == 1:
            return self.tr("1 photo")
        return self.tr("{n} photos").format(n=person.n_templates) if person.n_templates else self.tr("no photo")


def card_size() -> QSize:
    """Return the size of a card of the grid."""
    return QSize(scaled(FACE_PX + 5 * SPACE), FACE_PX + 2 * scaled(_LINE) + 3 * SPACE)


def paint_face(painter: QPainter, square: QRect, picture: QPixmap | None) -> None:
    """Draw a face with rounded corners into a square; a silhouette while there is none."""
    palette = current_palette()
    outline = QPainterPath()
    outline.addRoundedRect(square, RADIUS, RADIUS)
    painter.fillPath(outline, colour(palette.canvas))
    if picture is None:
        edge = square.width() // 2
        glyph = icon_pixmap(Icon.PERSON, edge, Tint.MUTED, painter.device().devicePixelRatioF())
        painter.drawPixmap(square.center().x() - edge // 2, square.center().y() - edge // 2, glyph)
        return
    size = picture.size().scaled(square.size(), Qt.AspectRatioMode.KeepAspectRatio)
    place = QRect(square.topLeft(), size)
    place.moveCenter(square.center())
    painter.save()
    painter.setClipPath(outline)
    painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, picture.width() > place.width())
    painter.drawPixmap(place, picture)
    painter.restore()


def _paint_lock(painter: QPainter, square: QRect, tint: Tint) -> None:
    ratio = painter.device().devicePixelRatioF()
    painter.drawPixmap(square.topLeft(), icon_pixmap(Icon.LOCK, square.width(), tint, ratio))


def _paint_text(painter: QPainter, rect: QRect, text: str, token: str, align: Qt.AlignmentFlag) -> None:
    painter.setPen(colour(token))
    flat = text.replace("\n", " ")
    shown = QFontMetrics(painter.font()).elidedText(flat, Qt.TextElideMode.ElideRight, rect.width())
    painter.drawText(rect, align, shown)


def _font(base: QFont, size_px: int, weight: QFont.Weight = QFont.Weight.Normal) -> QFont:
    made = QFont(base)
    made.setPixelSize(size_px)
    made.setWeight(weight)
    return made
