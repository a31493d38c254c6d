"""The pages of a document as small pictures in a list, drawn when they are first seen."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QAbstractListModel, QModelIndex, QPersistentModelIndex, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QIcon, QKeyEvent, QPainter, QPixmap
from PySide6.QtWidgets import QListView, QWidget

from ui.tokens import SPACE
from ui.widgets.list_keys import MOVES

if TYPE_CHECKING:
    from PySide6.QtPdf import QPdfDocument

_WIDTH_PX, _HEIGHT_PX = 84, 119


class PdfPagesModel(QAbstractListModel):
    """One row a page.

    Args:
        ratio: device pixels per device-independent px.
    """

    def __init__(self, ratio: float, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._ratio = ratio
        self._document: QPdfDocument | None = None
        self._count = 0
        self._drawn: dict[int, QIcon] = {}
        self._wanted: list[int] = []
        self._next = QTimer(self)
        self._next.setSingleShot(True)
        self._next.timeout.connect(self._draw_next)
        self._blank = _untinted(self._paper())

    def set_document(self, document: QPdfDocument | None) -> None:
        """Show the pages of a loaded document, or none."""
        self.beginResetModel()
        self._document = document
        self._count = document.pageCount() if document is not None else 0
        self._drawn.clear()
        self._wanted.clear()
        self.endResetModel()

    def rowCount(self, parent: QModelIndex | QPersistentModelIndex | None = None) -> int:  # noqa: N802
        """Return the number of pages."""
        return 0 if parent is not None and parent.isValid() else self._count

    def data(self, index: QModelIndex | QPersistentModelIndex, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        """Return number, picture or name of a page."""
        page = index.row()
        if role == Qt.ItemDataRole.DisplayRole:
            return str(page + 1)
        if role in (Qt.ItemDataRole.ToolTipRole, Qt.ItemDataRole.AccessibleTextRole):
            return self.tr("Page {n}").format(n=page + 1)
        if role == Qt.ItemDataRole.DecorationRole:
            if page not in self._drawn:
                self._wanted.append(page)
                self._next.start(0)
            return self._drawn.get(page, self._blank)
        return None

    def _draw_next(self) -> None:
        """Draw the page that was looked at last; one a round, so that the window stays at hand."""
        if not self._wanted or self._document is None:
            return
        page = self._wanted.pop()
        if page not in self._drawn:
            picture = self._paper()
            size = QSize(_WIDTH_PX, _HEIGHT_PX) * self._ratio
            image = self._document.render(page, size)
            image.setDevicePixelRatio(self._ratio)
            painter = QPainter(picture)
            painter.drawImage(0, 0, image)
            painter.end()
            self._drawn[page] = _untinted(picture)
            self.dataChanged.emit(self.index(page), self.index(page), [Qt.ItemDataRole.DecorationRole])
        if self._wanted:
            self._next.start(0)

    def _paper(self) -> QPixmap:
        paper = QPixmap(QSize(_WIDTH_PX, _HEIGHT_PX) * self._ratio)
        paper.setDevicePixelRatio(self._ratio)
        paper.fill(Qt.GlobalColor.white)  # paper is white in every theme
        return paper


def _untinted(picture: QPixmap) -> QIcon:
    """An icon that a selected row does not tint: a page keeps its colours."""
    made = QIcon(picture)
    made.addPixmap(picture, QIcon.Mode.Selected)
    return made


class PdfPages(QListView):
    """The list of pages.

    Signals:
        page_chosen: 0-based page that a person went to.
    """

    page_chosen = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._model = PdfPagesModel(self.devicePixelRatioF(), self)
        self.setModel(self._model)
        self.setAccessibleName(self.tr("Pages of the report"))
        self.setToolTip(self.tr("Pages of the report"))
        self.setViewMode(QListView.ViewMode.IconMode)
        self.setFlow(QListView.Flow.TopToBottom)
        self.setWrapping(False)
        self.setMovement(QListView.Movement.Static)
        self.setUniformItemSizes(True)
        self.setIconSize(QSize(_WIDTH_PX, _HEIGHT_PX))
        self.setGridSize(QSize(_WIDTH_PX + 4 * SPACE, _HEIGHT_PX + 4 * SPACE))
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollMode(QListView.ScrollMode.ScrollPerPixel)
        self.setFixedWidth(_WIDTH_PX + 6 * SPACE + 4)
        self.selectionModel().currentChanged.connect(self._on_current)
        self._is_following = False

    def set_document(self, document: QPdfDocument | None) -> None:
        """Show the pages of a loaded document, or none."""
        self._model.set_document(document)

    def follow(self, page: int) -> None:
        """Mark the page that is in view; nobody is told."""
        self._is_following = True
        self.setCurrentIndex(self._model.index(page))
        self._is_following = False

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802
        """Keep the keys that move through the list; the others belong to the page around it."""
        if event.key() in MOVES:
            super().keyPressEvent(event)
        else:
            event.ignore()

    def _on_current(self, current: QModelIndex) -> None:
        if current.isValid() and not self._is_following:
            self.page_chosen.emit(current.row())
