"""Enrolled photos of one person; some of them can be marked."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import (
    QAbstractListModel,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    QRect,
    QSize,
    Qt,
    Signal,
)
from PySide6.QtGui import QFont, QFontMetrics, QPainter
from PySide6.QtWidgets import QAbstractItemView, QListView, QStyle, QStyledItemDelegate, QStyleOptionViewItem, QWidget

from core.domain.gallery import TemplateRecord
from ui.imaging import picture_from_png
from ui.plain import plain_tip
from ui.theme import colour, current_palette, scaled
from ui.tokens import RADIUS, SPACE, TYPE
from ui.widgets.person_card import paint_face
from ui.widgets.thumbnails import Thumbnails

_FACE_PX = 72
_LINE = TYPE.small + 4
_PHOTO_ROLE = Qt.ItemDataRole.UserRole + 1


class PersonPhotos(QListView):
    """Cards of photos.

    Signals:
        marked_changed: other photos are marked.
    """

    marked_changed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._model = _PhotoModel(self)
        self._pictures = Thumbnails(_FACE_PX, self.devicePixelRatioF(), self)
        self._pictures.wanted.connect(self._decode)
        self._pictures.arrived.connect(self.viewport().update)
        self.setModel(self._model)
        self.setItemDelegate(_PhotoDelegate(self._pictures, self))
        self.setFlow(QListView.Flow.LeftToRight)
        self.setWrapping(True)
        self.setUniformItemSizes(True)
        self.setGridSize(_card())
        self.setResizeMode(QListView.ResizeMode.Adjust)
        self.setMovement(QListView.Movement.Static)
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setMouseTracking(True)
        self.setAccessibleName(self.tr("Photos of this person"))
        self.setToolTip(self.tr("Hold Ctrl or Shift to mark several photos"))
        self.selectionModel().selectionChanged.connect(self.marked_changed)

    def set_photos(self, photos: Sequence[TemplateRecord]) -> None:
        """Show other photos; none is marked then."""
        self._model.set_photos(photos)
        self.marked_changed.emit()

    def _decode(self, template_ids: list[int]) -> None:
        """Only the pictures in view are decoded; a person may have thousands."""
        stored = {photo.id: photo.thumbnail_png for photo in self._model.photos}
        for template_id in template_ids:
            self._pictures.put(template_id, picture_from_png(stored.get(template_id, b"")))

    def photos(self) -> tuple[TemplateRecord, ...]:
        """Return what is shown."""
        return self._model.photos

    def mark(self, template_ids: Sequence[int]) -> None:
        """Mark these photos and no others."""
        self.clearSelection()
        for row, photo in enumerate(self._model.photos):
            if photo.id in template_ids:
                self.selectionModel().select(self._model.index(row), self.selectionModel().SelectionFlag.Select)

    def marked(self) -> tuple[int, ...]:
        """Return the ids of the marked photos, oldest first."""
        return tuple(sorted(self._model.photos[index.row()].id for index in self.selectedIndexes()))


class _PhotoModel(QAbstractListModel):
    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self.photos: tuple[TemplateRecord, ...] = ()

    def set_photos(self, photos: Sequence[TemplateRecord]) -> None:
        self.beginResetModel()
        self.photos = tuple(photos)
        self.endResetModel()

    def rowCount(self, parent: QModelIndex | QPersistentModelIndex = QModelIndex()) -> int:  # noqa: N802, B008
        return 0 if parent.isValid() else len(self.photos)

    def data(self, index: QModelIndex | QPersistentModelIndex, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if not index.isValid():
            return None
        photo = self.photos[index.row()]
        if role == _PHOTO_ROLE:
            return photo
        if role == Qt.ItemDataRole.DisplayRole:
            return photo.photo_name or self.tr("unnamed photo")
        if role in (Qt.ItemDataRole.AccessibleTextRole, Qt.ItemDataRole.ToolTipRole):
            words = self.tr("{name}\nquality of the face {quality}\nenrolled {date}").format(
                name=photo.photo_name or self.tr("unnamed photo"),
                quality=f"{photo.quality:.2f}",
                date=f"{photo.added_at:%Y-%m-%d}",
            )
            said = f"{words}\nSHA-256 {photo.photo_sha256}" if photo.photo_sha256 else words
            return plain_tip(said) if role == Qt.ItemDataRole.ToolTipRole else said
        return None


def _card() -> QSize:
    """Return the size of a photograph with the words below it."""
    return QSize(_FACE_PX + 3 * SPACE, _FACE_PX + 2 * scaled(_LINE) + 2 * SPACE)


class _PhotoDelegate(QStyledItemDelegate):
    def __init__(self, pictures: Thumbnails, parent: QWidget) -> None:
        super().__init__(parent)
        self._pictures = pictures

    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> QSize:  # noqa: N802
        return _card()

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        photo: TemplateRecord | None = index.data(_PHOTO_ROLE)
        if photo is None:
            return
        palette = current_palette()
        state: QStyle.StateFlag = option.state
        rect: QRect = option.rect.adjusted(2, 2, -2, -2)
        is_marked = bool(state & QStyle.StateFlag.State_Selected)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if is_marked or state & QStyle.StateFlag.State_MouseOver:
            painter.setPen(colour(palette.accent) if is_marked else Qt.PenStyle.NoPen)
            painter.setBrush(colour(palette.accent_soft if is_marked else palette.hover))
            painter.drawRoundedRect(rect, RADIUS, RADIUS)
        square = QRect(rect.center().x() - _FACE_PX // 2, rect.top() + SPACE // 2, _FACE_PX, _FACE_PX)
        paint_face(painter, square, self._pictures.get(photo.id))
        font = QFont(option.font)
        font.setPixelSize(scaled(TYPE.small))
        painter.setFont(font)
        words = QRect(rect.left() + 2, square.bottom() + 3, rect.width() - 4, scaled(_LINE))
        name = photo.photo_name.rpartition("/")[2] or self.tr("unnamed")
        painter.setPen(colour(palette.text))
        shown = QFontMetrics(font).elidedText(name, Qt.TextElideMode.ElideMiddle, words.width())
        painter.drawText(words, Qt.AlignmentFlag.AlignCenter, shown)
        words.translate(0, scaled(_LINE))
        painter.setPen(colour(palette.muted))
        quality = self.tr("quality {q}").format(q=f"{photo.quality:.2f}")
        painter.drawText(words, Qt.AlignmentFlag.AlignCenter, quality)
        painter.restore()
