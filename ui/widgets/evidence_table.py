"""The table of evidence: sorting, choosing by mouse and keyboard, column widths that are kept."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import (
    QByteArray,
    QItemSelection,
    QModelIndex,
    QPersistentModelIndex,
    QRect,
    QSize,
    QSortFilterProxyModel,
    Qt,
    Signal,
)
from PySide6.QtGui import QKeyEvent, QPainter
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHeaderView,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTableView,
    QWidget,
)

from ui.theme import colour, current_palette, scaled
from ui.tokens import SPACE
from ui.widgets.evidence_model import ROW_ROLE, SORT_ROLE, Column, EvidenceModel
from ui.widgets.evidence_row import EvidenceRow, RowState

_ROW_PX = 36
_BAR_PX = 3
_WIDTHS = {
    Column.NAME: 186,
    Column.STATE: 352,
    Column.LENGTH: 104,
    Column.RESOLUTION: 108,
    Column.FRAME_RATE: 88,
    Column.FORMAT: 122,
    Column.SIZE: 84,
    Column.SHA256: 138,
    Column.FOLDER: 220,
    Column.TAKEN_IN: 130,
}


class EvidenceTable(QTableView):
    """Shows an `EvidenceModel`.

    Signals:
        row_opened: double click or Enter on a row.
        selection_moved: other rows are selected, or what is selected changed.
    """

    row_opened = Signal(EvidenceRow)
    selection_moved = Signal()

    def __init__(self, model: EvidenceModel, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._model = model
        self._sorted = QSortFilterProxyModel(self)
        self._sorted.setSourceModel(model)
        self._sorted.setSortRole(SORT_ROLE)
        self.setModel(self._sorted)
        self.setAccessibleName(self.tr("Evidence"))
        self.setItemDelegateForColumn(Column.STATE, _StateDelegate(self))
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setTextElideMode(Qt.TextElideMode.ElideRight)
        self.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setShowGrid(False)
        self.setWordWrap(False)
        self.setTabKeyNavigation(False)
        self.setSortingEnabled(True)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.ActionsContextMenu)
        self.setIconSize(QSize(scaled(2 * SPACE), scaled(2 * SPACE)))
        self.verticalHeader().hide()
        self.verticalHeader().setDefaultSectionSize(scaled(_ROW_PX))
        self.verticalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        head = self.horizontalHeader()
        head.setHighlightSections(False)
        head.setSectionsMovable(True)
        head.setMinimumSectionSize(6 * SPACE)
        head.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        self.doubleClicked.connect(lambda index: self.row_opened.emit(index.data(ROW_ROLE)))
        model.dataChanged.connect(self.selection_moved)
        model.modelReset.connect(self.selection_moved)
        self.reset_columns()

    def selected_rows(self) -> list[EvidenceRow]:
        """Return the selected inputs, top to bottom."""
        chosen = sorted(self.selectionModel().selectedRows(), key=lambda index: index.row())
        return [index.data(ROW_ROLE) for index in chosen]

    def select_keys(self, keys: Sequence[str]) -> None:
        """Select the rows with these keys and bring the first into view."""
        selection = QItemSelection()
        places = [place for place, row in enumerate(self._model.rows()) if row.key in keys]
        for place in places:
            index = self._sorted.mapFromSource(self._model.index(place, 0))
            selection.select(index, index.siblingAtColumn(len(Column) - 1))
        flag = self.selectionModel().SelectionFlag
        self.selectionModel().select(selection, flag.ClearAndSelect)
        if places:
            first = self._sorted.mapFromSource(self._model.index(places[0], 0))
            self.selectionModel().setCurrentIndex(first, flag.NoUpdate)
            self.scrollTo(first)

    def saved_columns(self) -> bytes:
        """Return widths, order and sorting, for `restore_columns`."""
        return bytes(self.horizontalHeader().saveState().data())

    def restore_columns(self, saved: bytes) -> None:
        """Take up what `saved_columns` returned; nonsense changes nothing."""
        self.horizontalHeader().restoreState(QByteArray(saved))

    def reset_columns(self) -> None:
        """Put every column where it stood at first, in the order of intake."""
        head = self.horizontalHeader()
        for column, width in _WIDTHS.items():
            head.moveSection(head.visualIndex(column), column)
            head.resizeSection(column, scaled(width))
        self.sortByColumn(-1, Qt.SortOrder.AscendingOrder)

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802
        """Enter opens the current row."""
        index = self.currentIndex()
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and index.isValid() and not event.modifiers():
            self.row_opened.emit(index.data(ROW_ROLE))
            return
        super().keyPressEvent(event)

    def selectionChanged(self, selected: QItemSelection, deselected: QItemSelection) -> None:  # noqa: N802
        """Tell that other rows are selected."""
        super().selectionChanged(selected, deselected)
        self.selection_moved.emit()


class _StateDelegate(QStyledItemDelegate):
    """Words of the state, and under them how much of the stage is done."""

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        super().paint(painter, option, index)
        row = index.data(ROW_ROLE)
        if not isinstance(row, EvidenceRow) or row.state not in (RowState.RUNNING, RowState.PAUSED):
            return
        cell: QRect = option.rect
        groove = QRect(cell.left() + 4, cell.bottom() - _BAR_PX - 1, cell.width() - 2 * SPACE, _BAR_PX)
        palette = current_palette()
        painter.save()
        painter.setPen(Qt.PenStyle.NoPen)
        painter.fillRect(groove, colour(palette.pressed))
        done = QRect(groove)
        done.setWidth(round(groove.width() * (row.fraction or 0.0)))
        painter.fillRect(done, colour(palette.accent if row.state is RowState.RUNNING else palette.warning))
        painter.restore()
