"""The persons of an item: face, label, time, fake score, and whether somebody has looked at them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from PySide6.QtCore import QItemSelectionModel, QModelIndex, QPersistentModelIndex, QRect, QSize, Qt, Signal
from PySide6.QtGui import QFocusEvent, QFont, QKeyEvent, QPainter
from PySide6.QtWidgets import (
    QAbstractItemView,
    QComboBox,
    QHBoxLayout,
    QLineEdit,
    QListView,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QVBoxLayout,
    QWidget,
)

from core.domain.arrays import UInt8Array
from ui.icons import Icon, Tint, icon_pixmap
from ui.theme import colour, current_palette, scaled
from ui.tokens import RADIUS, SPACE, TYPE
from ui.widgets.choice_box import ChoiceBox
from ui.widgets.list_keys import MOVES
from ui.widgets.person_model import ROW_ROLE, PersonFilter, PersonModel, PersonRow, ReviewState, state_words
from ui.widgets.thumbnails import Thumbnails

FACE_PX = 38
_HEIGHT = FACE_PX + SPACE
SIGNS = {
    ReviewState.TO_REVIEW: (Icon.EYE, Tint.WARNING),
    ReviewState.REVIEWED: (Icon.CHECK, Tint.SUCCESS),
    ReviewState.IGNORED: (Icon.IGNORE, Tint.MUTED),
}


class PersonList(QWidget):
    """A list with a filter above it.

    Args:
        thumbnails: faces by key, when they are shared with another list.

    Signals:
        chosen: key of the row a person chose.
        faces_wanted: keys of rows that came into view without a face; answer with `set_face`.
        activated: key of a row that was pressed twice, or on which Enter was pressed.
    """

    chosen = Signal(int)
    faces_wanted = Signal(list)
    activated = Signal(int)

    def __init__(self, thumbnails: Thumbnails | None = None, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        if thumbnails is None:
            thumbnails = Thumbnails(FACE_PX, self.devicePixelRatioF(), self)
            thumbnails.wanted.connect(self.faces_wanted)
        self.thumbnails = thumbnails
        self._is_quiet = False
        self._model = PersonModel(self)
        self._filter = PersonFilter(self)
        self._filter.setSourceModel(self._model)
        self._view = _RowView(self)
        self._view.setModel(self._filter)
        self._view.setItemDelegate(_RowDelegate(thumbnails, self._view))
        self._view.setAccessibleName(self.tr("Persons of this item"))
        thumbnails.arrived.connect(self._view.viewport().update)
        self._view.selectionModel().currentChanged.connect(self._current_changed)
        self._view.activated.connect(lambda index: self.activated.emit(index.data(ROW_ROLE).key))
        self._text = QLineEdit(self)
        self._text.setPlaceholderText(self.tr("Filter by person or track"))
        self._text.setAccessibleName(self._text.placeholderText())
        self._text.setToolTip(self.tr("Show only persons whose label or track number holds this"))
        self._text.setClearButtonEnabled(True)
        self._state = ChoiceBox(self)
        self._state.setAccessibleName(self.tr("Which persons are listed"))
        self._state.setToolTip(self._state.accessibleName())
        self._state.addItem(self.tr("All"), None)
        for state in ReviewState:
            self._state.addItem(state_words(state).capitalize(), state)
        self._text.textChanged.connect(self._narrow)
        self._state.currentIndexChanged.connect(self._narrow)
        row = QHBoxLayout()
        row.setSpacing(SPACE)
        row.addWidget(self._text, 1)
        row.addWidget(self._state)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(SPACE)
        column.addLayout(row)
        column.addWidget(self._view, 1)
        self.setFocusProxy(self._view)

    @property
    def rows(self) -> tuple[PersonRow, ...]:
        """All rows, the narrowed-out ones too."""
        return self._model.rows

    def set_rows(self, rows: Sequence[PersonRow]) -> None:
        """Show other persons; nobody is told, and who was chosen stays chosen where the keys are the same."""
        key = self.current()
        with self._quietly():
            self._model.set_rows(rows)
            if key is not None and not self._select(key):
                self._view.setCurrentIndex(QModelIndex())  # gone, or no longer let through

    def forget_faces(self) -> None:
        """Ask for all faces anew: the keys now name other persons."""
        self.thumbnails.clear()
        self._view.viewport().update()

    def set_face(self, key: int, rgb: UInt8Array | None) -> None:
        """Show a face, (H, W, 3) uint8 RGB; None says that there is none."""
        self.thumbnails.put(key, rgb)

    def set_current(self, key: int | None) -> None:
        """Choose a row without telling anybody; a filter that hides it is lifted."""
        with self._quietly():
            if key is None:
                self._view.setCurrentIndex(QModelIndex())
            elif not self._select(key) and any(row.key == key for row in self._model.rows):
                self._text.clear()
                self._state.setCurrentIndex(0)
                self._select(key)

    def current(self) -> int | None:
        """Return the key of the chosen row; None for none."""
        index = self._view.currentIndex()
        return index.data(ROW_ROLE).key if index.isValid() else None

    def shown_keys(self) -> tuple[int, ...]:
        """Return the keys of the rows that the filter lets through."""
        return tuple(self._filter.index(n, 0).data(ROW_ROLE).key for n in range(self._filter.rowCount()))

    def filter_text(self) -> QLineEdit:
        """Return the field of the filter."""
        return self._text

    def filter_state(self) -> QComboBox:
        """Return the choice of states."""
        return self._state

    def _narrow(self) -> None:
        key = self.current()
        state = self._state.currentData()  # Qt hands the plain word back
        with self._quietly():
            self._filter.narrow(self._text.text(), None if state is None else ReviewState(state))
            if key is not None and not self._select(key):
                self._view.setCurrentIndex(QModelIndex())

    @contextmanager
    def _quietly(self) -> Iterator[None]:
        """Whatever is chosen in the block was not chosen by a person."""
        before, self._is_quiet = self._is_quiet, True
        try:
            yield
        finally:
            self._is_quiet = before

    def _select(self, key: int) -> bool:
        index = self._filter.mapFromSource(self._model.index(self._model.place_of(key), 0))
        if not index.isValid():
            return False
        self._view.setCurrentIndex(index)
        self._view.scrollTo(index)
        return True

    def _current_changed(self, current: QModelIndex, _: QModelIndex) -> None:
        if current.isValid() and not self._is_quiet:
            self.chosen.emit(current.data(ROW_ROLE).key)


class _RowView(QListView):
    """Moves by arrows; other keys belong to the view around it."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setUniformItemSizes(True)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setMouseTracking(True)
        self.setMinimumHeight(2 * scaled(_HEIGHT) + 2 * self.frameWidth() + 4)

    def focusInEvent(self, event: QFocusEvent) -> None:  # noqa: N802
        """Let the row that Qt makes the current one be seen to be chosen."""
        super().focusInEvent(event)
        self.selectionModel().select(self.currentIndex(), QItemSelectionModel.SelectionFlag.Select)

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802
        """Move, or choose for good."""
        if event.key() in MOVES or event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            super().keyPressEvent(event)
        else:
            event.ignore()


class _RowDelegate(QStyledItemDelegate):
    """Paints one person."""

    def __init__(self, thumbnails: Thumbnails, parent: QWidget) -> None:
        super().__init__(parent)
        self._thumbnails = thumbnails

    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> QSize:  # noqa: N802
        """Return the height of every row."""
        return QSize(20 * SPACE, scaled(_HEIGHT))

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        """Draw ground, colour of the track, face, words, score, state."""
        palette = current_palette()
        row: PersonRow = index.data(ROW_ROLE)
        rect: QRect = option.rect
        state: QStyle.StateFlag = option.state
        chosen = bool(state & QStyle.StateFlag.State_Selected)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        ground = rect.adjusted(2, 1, -2, -1)
        if chosen or state & QStyle.StateFlag.State_MouseOver:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(colour(palette.accent_soft if chosen else palette.hover))
            painter.drawRoundedRect(ground, RADIUS, RADIUS)
        mark = QRect(ground.left() + 3, ground.top() + 6, 4, ground.height() - 12)
        painter.fillRect(mark, colour(palette.disabled if row.is_ignored else palette.track(row.track_id)))
        square = QRect(mark.right() + 7, rect.top() + (rect.height() - FACE_PX) // 2, FACE_PX, FACE_PX)
        self._paint_face(painter, square, row)
        words = ground.adjusted(square.right() + SPACE + 2 - ground.left(), 5, -SPACE, -5)
        self._paint_words(painter, words, row, QFont(option.font))
        painter.restore()

    def _paint_face(self, painter: QPainter, square: QRect, row: PersonRow) -> None:
        painter.fillRect(square, colour(current_palette().canvas))
        picture = None if row.is_ignored else self._thumbnails.get(row.key)
        ratio = painter.device().devicePixelRatioF()
        if picture is None:
            glyph = icon_pixmap(Icon.IGNORE if row.is_ignored else Icon.FACE, 20, Tint.CANVAS_TEXT, ratio)
            painter.drawPixmap(square.left() + (FACE_PX - 20) // 2, square.top() + (FACE_PX - 20) // 2, glyph)
            return
        place = QRect(square.topLeft(), picture.size().scaled(square.size(), Qt.AspectRatioMode.KeepAspectRatio))
        place.moveCenter(square.center())
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        painter.drawPixmap(place, picture)

    def _paint_words(self, painter: QPainter, words: QRect, row: PersonRow, font: QFont) -> None:
        palette = current_palette()
        ratio = painter.device().devicePixelRatioF()
        left, right = Qt.AlignmentFlag.AlignLeft, Qt.AlignmentFlag.AlignRight
        top, bottom = Qt.AlignmentFlag.AlignTop, Qt.AlignmentFlag.AlignBottom
        font.setPixelSize(scaled(TYPE.small))
        painter.setFont(font)
        glyph, tint = SIGNS[row.state]
        said = state_words(row.state)
        painter.setPen(colour(palette.muted))
        painter.drawText(words, right | bottom, said)
        state_width = painter.fontMetrics().horizontalAdvance(said) + scaled(20)
        edge = scaled(14)
        painter.drawPixmap(words.right() - state_width, words.bottom() - edge, icon_pixmap(glyph, edge, tint, ratio))
        span = painter.fontMetrics().elidedText(row.span, Qt.TextElideMode.ElideRight, words.width() - state_width - 4)
        painter.drawText(words, left | bottom, span)
        score = self.tr("fake {score}").format(score=row.fake_score) if row.fake_score else self.tr("not recovered")
        score = "" if row.is_ignored else score
        score_width = painter.fontMetrics().horizontalAdvance(score)
        painter.drawText(words, right | top, score)
        font.setPixelSize(scaled(TYPE.body))
        font.setWeight(QFont.Weight.DemiBold)
        painter.setFont(font)
        painter.setPen(colour(palette.muted if row.is_ignored else palette.text))
        room = words.width() - score_width - SPACE
        painter.drawText(
            words, left | top, painter.fontMetrics().elidedText(row.label, Qt.TextElideMode.ElideRight, room)
        )
