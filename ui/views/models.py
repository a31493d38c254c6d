"""The page "Models and self-check": which weights there are, how good they are, and whether everything works."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QByteArray, QItemSelectionModel, Qt, Signal
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QFrame,
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QMenu,
    QProgressBar,
    QSplitter,
    QTableView,
    QVBoxLayout,
    QWidget,
)

from core.domain.events import ErrorReport
from core.domain.installation import Check, ImportKind, WeightsInfo
from ui.dialogs.import_weights import ImportWeightsDialog, import_words
from ui.icons import Icon
from ui.plain import spelled
from ui.theme import scaled
from ui.tokens import SPACE
from ui.widgets.buttons import push_button
from ui.widgets.installation_models import ROW_ROLE, WeightsColumn, WeightsModel
from ui.widgets.message_bar import MessageBar
from ui.widgets.self_check_panel import SelfCheckPanel
from ui.widgets.weights_details import WeightsDetails

_ROW_PX = 34
_WIDTHS = {WeightsColumn.STATE: 84, WeightsColumn.NAME: 124, WeightsColumn.PURPOSE: 190, WeightsColumn.SHA256: 116}
_SPLIT = (680, 440)
_STACK = (276, 344)


class ModelsView(QWidget):
    """Weights on top, the self-check below, the card of the selected weights beside both.

    Signals:
        opened: the page came into view.
        check_asked: make the self-check again.
        import_asked: (ImportRequest) a person chose a file and confirmed its terms.
        import_cancelled: stop the import that runs or waits.
    """

    opened = Signal()
    check_asked = Signal()
    import_asked = Signal(object)
    import_cancelled = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("page")
        self._model = WeightsModel(self)
        self._details = WeightsDetails(self)
        self._check = SelfCheckPanel(self)
        self._check.run_asked.connect(self.check_asked)
        self._messages = MessageBar(self)
        self._check.copied.connect(lambda: self._messages.show_success(self.tr("The list is on the clipboard.")))
        self._table = self._made_table()
        self._import_bar = self._made_import_bar()
        self._stack = QSplitter(Qt.Orientation.Vertical, self)
        self._split = QSplitter(Qt.Orientation.Horizontal, self)
        self._arrange()
        self.reset_layout()
        self.show_import_ended()

    # --- weights

    def show_weights(self, weights: tuple[WeightsInfo, ...]) -> None:
        """List these; the selection stays where it was."""
        former = self.selected()
        self._model.set_rows(weights)
        names = [info.name for info in weights]
        place = names.index(former.name) if former is not None and former.name in names else 0
        if weights:
            self.select(names[place])
        else:
            self._details.show_weights(None)

    def select(self, name: str) -> None:
        """Show the card of these weights."""
        for row in range(self._model.rowCount()):
            index = self._model.index(row, 0)
            if index.data(ROW_ROLE).name == name:
                flags = QItemSelectionModel.SelectionFlag
                self._table.selectionModel().setCurrentIndex(index, flags.ClearAndSelect | flags.Rows)

    def selected(self) -> WeightsInfo | None:
        """Return the weights whose card is shown."""
        info = self._table.currentIndex().data(ROW_ROLE)
        return info if isinstance(info, WeightsInfo) else None

    @property
    def details(self) -> WeightsDetails:
        """The card."""
        return self._details

    # --- the self-check

    @property
    def check(self) -> SelfCheckPanel:
        """The list of checks."""
        return self._check

    def show_check_started(self) -> None:
        """Empty the list of checks."""
        self._check.start()

    def add_check(self, check: Check) -> None:
        """Add a check that was made."""
        self._check.add_check(check)

    def show_check_ended(self) -> None:
        """All checks were made, or somebody stopped them."""
        self._check.finish()

    # --- imports

    def ask_import(self, kind: ImportKind) -> ImportWeightsDialog:
        """Open the form of an import."""
        dialog = ImportWeightsDialog(kind, self)
        dialog.import_asked.connect(self.import_asked)
        dialog.open()
        return dialog

    def show_import_running(self, path: Path, *, is_waiting: bool) -> None:
        """Show that a file is being brought in, or waits for the work before it."""
        text = self.tr("Waiting to import {name}…") if is_waiting else self.tr("Checking and importing {name}…")
        self._import_text.setText(text.format(name=spelled(path.name)))
        self._import_bar.show()
        self._import_menu.setEnabled(False)

    def show_import_ended(self) -> None:
        """No file is being brought in any more."""
        self._import_bar.hide()
        self._import_menu.setEnabled(True)

    def show_imported(self, name: str, hint: str) -> None:
        """Tell that weights were brought in, and what can be done with them."""
        self._messages.show_info(self.tr("{name} was imported.").format(name=spelled(name)), hint)

    def show_import_refused(self, error: ErrorReport) -> None:
        """Tell why a file was refused."""
        self._messages.show_error(error)

    def messages(self) -> MessageBar:
        """Return what was told."""
        return self._messages

    # --- layout

    def saved_layout(self) -> bytes:
        """Return where the splitters stand."""
        return bytes(self._split.saveState().data()) + b"|" + bytes(self._stack.saveState().data())

    def restore_layout(self, saved: bytes) -> None:
        """Put the splitters where they stood."""
        size = len(self._split.saveState().data())
        self._split.restoreState(QByteArray(saved[:size]))
        self._stack.restoreState(QByteArray(saved[size + 1 :]))

    def reset_layout(self) -> None:
        """Put the splitters where they stood at first."""
        self._split.setSizes(_SPLIT)
        self._stack.setSizes(_STACK)

    def showEvent(self, event: QShowEvent) -> None:  # noqa: N802
        """Tell that the page came into view."""
        super().showEvent(event)
        self.opened.emit()

    def _made_table(self) -> QTableView:
        table = QTableView(self)
        table.setModel(self._model)
        table.setAccessibleName(self.tr("Weights"))
        table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        table.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        table.setShowGrid(False)
        table.setWordWrap(False)
        table.setTabKeyNavigation(False)
        table.verticalHeader().hide()
        table.verticalHeader().setDefaultSectionSize(scaled(_ROW_PX))
        header = table.horizontalHeader()
        header.setHighlightSections(False)
        header.setStretchLastSection(True)
        table.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        header.setSectionResizeMode(QHeaderView.ResizeMode.Interactive)
        for column, width in _WIDTHS.items():
            header.resizeSection(column, scaled(width))
        table.selectionModel().currentRowChanged.connect(lambda: self._details.show_weights(self.selected()))
        return table

    def _made_import_bar(self) -> QFrame:
        bar = QFrame(self)
        bar.setProperty("surface", "panel")
        self._import_text = QLabel(bar)
        self._import_text.setTextFormat(Qt.TextFormat.PlainText)
        progress = QProgressBar(bar)
        progress.setRange(0, 0)
        progress.setTextVisible(False)
        progress.setFixedWidth(20 * SPACE)
        progress.setAccessibleName(self.tr("Import is running"))
        cancel = push_button(self.tr("Cancel"), glyph=Icon.STOP, tip=self.tr("Stop the import"), parent=bar)
        cancel.clicked.connect(self.import_cancelled)
        row = QHBoxLayout(bar)
        row.setContentsMargins(SPACE + 4, SPACE // 2, SPACE // 2, SPACE // 2)
        row.addWidget(self._import_text, 1)
        row.addWidget(progress)
        row.addWidget(cancel)
        return bar

    def _arrange(self) -> None:
        title = QLabel(self.tr("Models and self-check"), self)
        title.setProperty("rank", "title")
        purpose = QLabel(self.tr("What this program computes with, and whether everything it needs works here."), self)
        purpose.setProperty("rank", "muted")
        words = QVBoxLayout()
        words.setSpacing(2)
        words.addWidget(title)
        words.addWidget(purpose)
        self._import_menu = push_button(
            self.tr("Import weights"), glyph=Icon.IMPORT, tip=self.tr("Bring weights made elsewhere"), parent=self
        )
        menu = QMenu(self._import_menu)
        for kind in ImportKind:
            action = menu.addAction(import_words(kind).title + "…")
            action.triggered.connect(lambda _=False, kind=kind: self.ask_import(kind))
        self._import_menu.setMenu(menu)
        head = QHBoxLayout()
        head.addLayout(words, 1)
        head.addWidget(self._import_menu, 0, Qt.AlignmentFlag.AlignVCenter)
        self._stack.addWidget(self._table)
        self._stack.addWidget(self._check)
        self._split.addWidget(self._stack)
        self._split.addWidget(self._details)
        for splitter in (self._split, self._stack):
            splitter.setChildrenCollapsible(False)
            splitter.setHandleWidth(SPACE + 4)
        self._details.setMinimumWidth(scaled(40 * SPACE))
        self._split.setStretchFactor(0, 3)
        self._split.setStretchFactor(1, 2)
        column = QVBoxLayout(self)
        column.setContentsMargins(3 * SPACE, 2 * SPACE, 3 * SPACE, 2 * SPACE)
        column.setSpacing(SPACE + 4)
        column.addLayout(head)
        column.addWidget(self._messages)
        column.addWidget(self._import_bar)
        column.addWidget(self._split, 1)
