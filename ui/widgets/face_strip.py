"""Crops of the recovered frames of a person, as a strip or as a grid; pictures come only for what is seen."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence

from PySide6.QtCore import (
    QCoreApplication,
    QItemSelectionModel,
    QModelIndex,
    QPersistentModelIndex,
    QRect,
    QSize,
    Qt,
    Signal,
)
from PySide6.QtGui import QFocusEvent, QFont, QKeyEvent, QPainter, QPen
from PySide6.QtWidgets import QAbstractItemView, QListView, QStyle, QStyledItemDelegate, QStyleOptionViewItem, QWidget

from core.domain.arrays import UInt8Array
from ui.icons import Icon, Tint, icon_pixmap
from ui.theme import colour, current_palette, scaled
from ui.tokens import RADIUS, SPACE, TYPE
from ui.widgets.face_model import ENTRY_ROLE, FaceEntry, FaceModel, FaceOrder
from ui.widgets.list_keys import MOVES
from ui.widgets.thumbnails import Thumbnails

_LINE = TYPE.small + 4
_NARROWEST = 84
_ROOM_FOR_QUALITY = 80


class FaceStrip(QListView):
    """Shows frames; arrow keys, Home and End move among them.

    Args:
        edge_px: side of a crop, device-independent px.
        is_grid: rows below each other instead of one row.

    Signals:
        frame_chosen: place of a frame in the list that was set.
        thumbnails_wanted: keys of frames that came into view without a picture; answer with `set_thumbnail`.
    """

    frame_chosen = Signal(int)
    thumbnails_wanted = Signal(list)

    def __init__(self, edge_px: int = 84, *, is_grid: bool = True, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._model = FaceModel(self)
        self._thumbnails = Thumbnails(edge_px, self.devicePixelRatioF(), self)
        self._thumbnails.wanted.connect(self.thumbnails_wanted)
        self._thumbnails.arrived.connect(self.viewport().update)
        self._is_quiet = False
        self.setModel(self._model)
        self.setItemDelegate(_FaceDelegate(self._thumbnails, self))
        self.setFlow(QListView.Flow.LeftToRight)
        self.setWrapping(is_grid)
        self.setUniformItemSizes(True)
        self.setResizeMode(QListView.ResizeMode.Adjust)
        self.setSpacing(2)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setMouseTracking(True)
        self.setAccessibleName(self.tr("Recovered frames of this person"))
        if not is_grid:
            self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
            self.setFixedHeight(edge_px + 2 * scaled(_LINE) + 2 * SPACE + scaled(20))
        self.selectionModel().currentChanged.connect(self._current_changed)

    @property
    def entries(self) -> tuple[FaceEntry, ...]:
        """The frames in the order in which they were set."""
        return self._model.entries

    def set_entries(self, entries: Sequence[FaceEntry]) -> None:
        """Show other frames; none is chosen then."""
        self._thumbnails.clear()
        self._quietly(lambda: self._model.set_entries(entries))

    def set_order(self, order: FaceOrder) -> None:
        """Sort by something else; the chosen frame stays chosen."""
        chosen = self.current()
        self._quietly(lambda: self._model.set_order(order))
        if chosen is not None:
            self.set_current(chosen)

    def set_thumbnail(self, key: Hashable, rgb: UInt8Array | None) -> None:
        """Show a picture, (H, W, 3) uint8 RGB; None says that there is none."""
        self._thumbnails.put(key, rgb)

    def set_current(self, place: int) -> None:
        """Choose a frame without telling anybody, and bring it into view."""
        index = self._model.index(self._model.row_of(place))
        self._quietly(lambda: self.setCurrentIndex(index))
        self.scrollTo(index)

    def current(self) -> int | None:
        """Return the place of the chosen frame in the list that was set; None for none."""
        index = self.currentIndex()
        return self._model.place_of(index.row()) if index.isValid() else None

    def focusInEvent(self, event: QFocusEvent) -> None:  # noqa: N802
        """Let the frame that Qt makes the current one be seen to be chosen."""
        super().focusInEvent(event)
        self.selectionModel().select(self.currentIndex(), QItemSelectionModel.SelectionFlag.Select)

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802
        """Move; letters and Space belong to the view around it."""
        if event.key() in MOVES:
            super().keyPressEvent(event)
        else:
            event.ignore()

    def _quietly(self, act: Callable[[], None]) -> None:
        self._is_quiet = True
        try:
            act()
        finally:
            self._is_quiet = False

    def _current_changed(self, current: QModelIndex, _: QModelIndex) -> None:
        if current.isValid() and not self._is_quiet:
            self.frame_chosen.emit(self._model.place_of(current.row()))


def number_words(entry: FaceEntry) -> tuple[str, str]:
    """Return what stands under a crop, each number with its name: fake score and quality."""

    def said(text: str) -> str:
        return QCoreApplication.translate("FaceStrip", text)

    return (
        said("fake {score}").format(score=f"{entry.fake_score:.3f}"),
        said("quality {quality}").format(quality=f"{entry.quality:.2f}"),
    )


class _FaceDelegate(QStyledItemDelegate):
    """Paints a crop with its time, fake score and quality below."""

    def __init__(self, thumbnails: Thumbnails, parent: QWidget) -> None:
        super().__init__(parent)
        self._thumbnails = thumbnails

    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> QSize:  # noqa: N802
        """Return the size of every cell."""
        edge = self._thumbnails.edge_px
        n_lines = 3 if edge >= _ROOM_FOR_QUALITY else 2
        return QSize(max(edge + 2 * SPACE - 2, scaled(_NARROWEST)), edge + n_lines * scaled(_LINE) + 2 * SPACE)

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        """Draw one cell."""
        palette = current_palette()
        entry: FaceEntry = index.data(ENTRY_ROLE)
        rect: QRect = option.rect
        state: QStyle.StateFlag = option.state
        chosen = bool(state & QStyle.StateFlag.State_Selected)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if chosen or state & QStyle.StateFlag.State_MouseOver:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(colour(palette.accent_soft if chosen else palette.hover))
            painter.drawRoundedRect(rect, RADIUS, RADIUS)
        edge = self._thumbnails.edge_px
        square = QRect(rect.left() + (rect.width() - edge) // 2, rect.top() + SPACE - 3, edge, edge)
        self._paint_face(painter, square, entry)
        if chosen:
            painter.setPen(QPen(colour(palette.accent), 2))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRect(square)
        font = QFont(option.font)
        font.setPixelSize(scaled(TYPE.small))
        painter.setFont(font)
        painter.setPen(colour(palette.text))
        words = QRect(rect.left(), square.bottom() + 4, rect.width(), scaled(_LINE))
        painter.drawText(words, Qt.AlignmentFlag.AlignCenter, entry.time)
        painter.setPen(colour(palette.muted))
        for line in number_words(entry)[: 2 if edge >= _ROOM_FOR_QUALITY else 1]:
            words.translate(0, scaled(_LINE))
            painter.drawText(words, Qt.AlignmentFlag.AlignCenter, line)
        painter.restore()

    def _paint_face(self, painter: QPainter, square: QRect, entry: FaceEntry) -> None:
        palette = current_palette()
        painter.fillRect(square, colour(palette.canvas))
        picture = self._thumbnails.get(entry.key)
        if picture is not None:
            size = picture.size().scaled(square.size(), Qt.AspectRatioMode.KeepAspectRatio)
            place = QRect(square.topLeft(), size)
            place.moveCenter(square.center())
            painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, picture.width() > place.width())
            painter.drawPixmap(place, picture)
        if entry.remark:
            ratio = painter.device().devicePixelRatioF()
            plate = QRect(square.right() - 19, square.top() + 2, 18, 18)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(colour(palette.canvas))
            painter.drawEllipse(plate)
            painter.drawPixmap(plate.left() + 2, plate.top() + 2, icon_pixmap(Icon.INFO, 14, Tint.CANVAS_TEXT, ratio))
