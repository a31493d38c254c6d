"""People of a gallery to look through: a field to filter, cards or rows, and a place that takes photos."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import QModelIndex, QSize, Qt, QTimer, Signal
from PySide6.QtWidgets import (
    QAbstractItemView,
    QButtonGroup,
    QComboBox,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QListView,
    QStackedLayout,
    QVBoxLayout,
    QWidget,
)

from core.domain.gallery import PersonRecord
from ui.icons import Icon
from ui.imaging import picture_from_png
from ui.shortcuts import Command, keys_of
from ui.tokens import SPACE
from ui.widgets.buttons import tool_button, with_keys
from ui.widgets.empty_state import EmptyState
from ui.widgets.people_model import PeopleModel, PeopleOrder
from ui.widgets.person_card import FACE_PX, PersonDelegate, card_size
from ui.widgets.thumbnails import Thumbnails

_FILTER_PAUSE_MS = 60


class PeopleBrowser(QWidget):
    """Shows people; one of them may be chosen.

    Signals:
        person_chosen: id of the person, None for nobody.
        person_opened: id of a person who was double-clicked, or on whom Enter was pressed.
        faces_wanted: ids of people who came into view without a picture; answer with `show_face`.
    """

    person_chosen = Signal(object)
    person_opened = Signal(int)
    faces_wanted = Signal(list)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._chosen: int | None = None
        self._is_filling = False
        self.model = PeopleModel(self)
        self._faces = Thumbnails(FACE_PX, self.devicePixelRatioF(), self)
        self._faces.wanted.connect(self.faces_wanted)
        self.list = QListView(self)
        self._delegate = PersonDelegate(self._faces, self.list)
        self._faces.arrived.connect(self.list.viewport().update)
        self._set_up_list()
        self._field = QLineEdit(self)
        self._order = QComboBox(self)
        self._count = QLabel(self)
        self._nobody = EmptyState(Icon.SEARCH, "", "", self.tr("Show everybody"), parent=self)
        self._nobody.action_asked.connect(self.clear_filter)
        self._stack = QStackedLayout()
        self._stack.addWidget(self.list)
        self._stack.addWidget(self._nobody)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(SPACE)
        column.addLayout(self._head())
        column.addLayout(self._stack, 1)
        self._pause = QTimer(self)
        self._pause.setSingleShot(True)
        self._pause.setInterval(_FILTER_PAUSE_MS)
        self._pause.timeout.connect(self._filter)
        self._field.textChanged.connect(self._pause.start)
        self._order.currentIndexChanged.connect(self._sort)
        self.list.selectionModel().currentChanged.connect(self._current_changed)
        self.list.activated.connect(self._opened)
        self.set_grid(True)

    def set_people(self, people: Sequence[PersonRecord], *, is_other_gallery: bool = False) -> None:
        """Show other people, or the same after a change; who was chosen stays so."""
        if is_other_gallery:
            self._faces.clear()
            self._chosen = None
        self._faces.forget(self.model.changed_photos(people))
        self._keeping_place(lambda: self.model.set_people(people))

    def show_face(self, person_id: int, png: bytes) -> None:
        """Show a picture, PNG; b'' says that there is none."""
        self._faces.put(person_id, picture_from_png(png))

    def choose(self, person_id: int) -> None:
        """Choose a person and bring them into view; the filter goes when it hides them."""
        if self.model.row_of(person_id) < 0:
            self.clear_filter()
        row = self.model.row_of(person_id)
        if row >= 0:
            self.list.setCurrentIndex(self.model.index(row))
            self.list.scrollTo(self.model.index(row))

    def chosen(self) -> int | None:
        """Return the id of the chosen person."""
        return self._chosen

    def clear_filter(self) -> None:
        """Show everybody, now."""
        self._field.clear()
        self._filter()

    def set_grid(self, is_grid: bool) -> None:
        """Show cards, or rows."""
        (self._as_grid if is_grid else self._as_list).setChecked(True)
        self._delegate.is_grid = is_grid
        self.list.setFlow(QListView.Flow.LeftToRight if is_grid else QListView.Flow.TopToBottom)
        self.list.setWrapping(is_grid)
        # A fixed grid spares the list the question for the size of each of ten thousand cards.
        self.list.setGridSize(card_size() + QSize(SPACE // 2, SPACE // 2) if is_grid else QSize())
        if self.list.currentIndex().isValid():
            self.list.scrollTo(self.list.currentIndex())

    def is_grid(self) -> bool:
        """Whether cards are shown."""
        return self._delegate.is_grid

    def focus_filter(self) -> None:
        """Let a person type what to look for."""
        self._field.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self._field.selectAll()

    def filter_text(self) -> str:
        """Return what is looked for."""
        return self._field.text()

    def set_filter_text(self, text: str) -> None:
        """Look for something, as if it was typed."""
        self._field.setText(text)

    def count_text(self) -> str:
        """Return the words on how many are shown."""
        return self._count.text()

    def _set_up_list(self) -> None:
        view = self.list
        view.setModel(self.model)
        view.setItemDelegate(self._delegate)
        view.setUniformItemSizes(True)
        view.setResizeMode(QListView.ResizeMode.Adjust)
        view.setMovement(QListView.Movement.Static)
        view.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        view.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        view.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        view.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        view.setMouseTracking(True)
        view.setAccessibleName(self.tr("People of the gallery"))

    def _head(self) -> QHBoxLayout:
        self._field.setPlaceholderText(self.tr("Filter by name, note or basis"))
        self._field.setAccessibleName(self.tr("Filter people"))
        tip = self.tr("Every word is looked for; #7 finds person 7")
        self._field.setToolTip(with_keys(tip, keys_of(Command.FIND_PERSON)))
        self._field.setClearButtonEnabled(True)
        self._field.setAcceptDrops(False)  # files dropped on it belong to the list
        for order, words in (
            (PeopleOrder.NAME, self.tr("By name")),
            (PeopleOrder.NEWEST, self.tr("Newest first")),
            (PeopleOrder.PHOTOS, self.tr("Most photos")),
        ):
            self._order.addItem(words, order)
        self._order.setAccessibleName(self.tr("Order of people"))
        self._order.setToolTip(self.tr("Order of people"))
        self._count.setProperty("rank", "muted")
        self._as_grid = tool_button(Icon.GRID, self.tr("Show cards"), checkable=True, parent=self)
        self._as_list = tool_button(Icon.LIST, self.tr("Show rows"), checkable=True, parent=self)
        looks = QButtonGroup(self)
        for button, is_grid in ((self._as_grid, True), (self._as_list, False)):
            looks.addButton(button)
            button.clicked.connect(lambda _=False, is_grid=is_grid: self.set_grid(is_grid))
        head = QHBoxLayout()
        head.setSpacing(SPACE)
        head.addWidget(self._field, 1)
        head.addWidget(self._count)
        head.addWidget(self._order)
        head.addWidget(self._as_grid)
        head.addWidget(self._as_list)
        return head

    def _filter(self) -> None:
        self._pause.stop()
        self._keeping_place(lambda: self.model.set_filter(self._field.text()), anew=True)

    def _sort(self) -> None:
        self._keeping_place(lambda: self.model.set_order(self._order.currentData()), anew=True)

    def _keeping_place(self, change: Callable[[], None], *, anew: bool = False) -> None:
        """Change what is listed; with `anew` go to the chosen person or to the top, else stay."""
        bar = self.list.verticalScrollBar()
        place = bar.value()
        self._is_filling = True
        try:
            change()
            row = -1 if self._chosen is None else self.model.row_of(self._chosen)
            if row >= 0 and self.list.currentIndex().row() != row:
                self.list.setCurrentIndex(self.model.index(row))
        finally:
            self._is_filling = False
        if anew and row >= 0:
            self.list.scrollTo(self.list.currentIndex())
        else:
            self.list.doItemsLayout()  # else the bar is as long as before
            bar.setValue(0 if anew else place)
        self._tell_count()
        if self._chosen is not None and self.model.person(self._chosen) is None:
            self._chosen = None
            self.person_chosen.emit(None)

    def _tell_count(self) -> None:
        shown, everybody = self.model.rowCount(), self.model.n_people
        if shown == everybody:
            self._count.setText(self.tr("1 person") if shown == 1 else self.tr("{n} people").format(n=f"{shown:,}"))
        else:
            self._count.setText(self.tr("{shown} of {n}").format(shown=f"{shown:,}", n=f"{everybody:,}"))
        if not shown and everybody:
            title = self.tr("Nobody fits “{text}”").format(text=self._field.text().strip())
            self._nobody.set_words(title, self.tr("Try fewer or shorter words."), self.tr("Show everybody"))
        self._stack.setCurrentIndex(1 if not shown and everybody else 0)

    def _current_changed(self, current: QModelIndex, _: QModelIndex) -> None:
        if self._is_filling or not current.isValid():
            return
        self._chosen = self.model.person_at(current.row()).id
        self.person_chosen.emit(self._chosen)

    def _opened(self, index: QModelIndex) -> None:
        self.person_opened.emit(self.model.person_at(index.row()).id)
