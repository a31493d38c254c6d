"""The evidence of a case with all that can be done to it: toolbar, table, details of what is selected."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QSize, Qt, Signal, SignalInstance
from PySide6.QtGui import QAction, QGuiApplication
from PySide6.QtWidgets import QFileDialog, QHBoxLayout, QSizePolicy, QStackedWidget, QToolButton, QVBoxLayout, QWidget

from core.domain.time import TimeRange
from ui.dialogs.time_range import TimeRangeDialog
from ui.icons import Icon
from ui.theme import scaled
from ui.tokens import SPACE
from ui.widgets.empty_state import EmptyState
from ui.widgets.evidence_actions import EvidenceActions
from ui.widgets.evidence_model import EvidenceModel
from ui.widgets.evidence_row import EvidenceRow
from ui.widgets.evidence_table import EvidenceTable
from ui.widgets.item_details import ItemDetails


class EvidencePanel(QWidget):
    """Signals: those of `ui.views.case.CaseView` that are about items and the queue."""

    files_added = Signal(list)
    analyse_asked = Signal(list)
    range_chosen = Signal(int, TimeRange)
    cancel_asked = Signal(list)
    hash_check_asked = Signal(list)
    front_asked = Signal(int)
    pause_asked = Signal()
    resume_asked = Signal()
    item_chosen = Signal(int)
    folder_asked = Signal(Path)
    dismiss_asked = Signal(list)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._suffixes: tuple[str, ...] = ()
        self._is_busy = self._is_paused = False
        self._model = EvidenceModel(self)
        self.table = EvidenceTable(self._model, self)
        self.actions_of_evidence = actions = EvidenceActions(self)
        self.details = ItemDetails((actions.open_item, actions.analyse, actions.cancel, actions.dismiss), self)
        empty = EmptyState(
            Icon.DROP,
            self.tr("Drop suspect videos here"),
            self.tr("Files and folders. Each is hashed, then analysed. Originals are only read, never changed."),
            self.tr("Add files…"),
            self,
        )
        empty.action_asked.connect(self.ask_for_files)
        self._pages = QStackedWidget(self)
        self._pages.addWidget(empty)
        self._pages.addWidget(self.table)
        bar = QHBoxLayout()
        bar.setSpacing(SPACE)
        for action in (actions.add_files, actions.add_folder):
            bar.addWidget(self._button(action, with_words=True))
        bar.addSpacing(SPACE)
        bar.addWidget(self._button(actions.analyse, with_words=True))
        bar.addStretch()
        for action in (actions.analyse_range, actions.first, actions.cancel):
            bar.addWidget(self._button(action, with_words=False))
        for action in (actions.check_hash, actions.copy_hash, actions.show_folder):
            bar.addWidget(self._button(action, with_words=False))
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(SPACE)
        column.addLayout(bar)
        column.addWidget(self._pages, 1)
        column.addWidget(self.details)
        self._connect()

    def set_rows(self, rows: Sequence[EvidenceRow]) -> None:
        """Show these inputs; selection, sorting and place stay."""
        self._model.set_rows(rows)
        self._pages.setCurrentIndex(1 if rows else 0)

    def update_rows(self, rows: Sequence[EvidenceRow]) -> None:
        """Show how far these inputs are; the others stay as they are."""
        self._model.update_rows(rows)

    def rows(self) -> tuple[EvidenceRow, ...]:
        """Return what is shown, in order of intake."""
        return self._model.rows()

    def set_queue_state(self, *, is_busy: bool, is_paused: bool) -> None:
        """Say how the queue is, so that the right one of pause and resume is offered."""
        self._is_busy, self._is_paused = is_busy, is_paused
        self._fit()

    def set_media_suffixes(self, suffixes: Sequence[str]) -> None:
        """Say which names the dialog for files shows at first, for example ``".mp4"``."""
        self._suffixes = tuple(suffixes)

    def ask_for_files(self) -> None:
        """Let a person choose files; `files_added` follows."""
        dialog = self._file_dialog(self.tr("Add files"), QFileDialog.FileMode.ExistingFiles)
        names = " ".join(f"*{suffix}" for suffix in self._suffixes)
        media = [self.tr("Videos and pictures") + f" ({names})"] if names else []
        dialog.setNameFilters([*media, self.tr("All files") + " (*)"])
        dialog.open()

    def ask_for_folder(self) -> None:
        """Let a person choose a folder; `files_added` follows."""
        self._file_dialog(self.tr("Add a folder"), QFileDialog.FileMode.Directory).open()

    def ask_for_range(self) -> None:
        """Let a person choose a part of the selected video; `range_chosen` follows."""
        row = next(iter(self.table.selected_rows()), None)
        if row is None or row.item is None or row.evidence_id is None:
            return
        evidence_id = row.evidence_id
        dialog = TimeRangeDialog(row.path.name, row.item.duration_s, self)
        dialog.range_chosen.connect(lambda part: self.range_chosen.emit(evidence_id, part))
        dialog.open()

    def _connect(self) -> None:
        actions, table = self.actions_of_evidence, self.table
        of_panel = (
            (actions.add_files, self.ask_for_files),
            (actions.add_folder, self.ask_for_folder),
            (actions.analyse, lambda: self._emit_ids(self.analyse_asked)),
            (actions.analyse_range, self.ask_for_range),
            (actions.first, lambda: self._emit_ids(self.front_asked)),
            (actions.cancel, lambda: self._emit_ids(self.cancel_asked)),
            (actions.check_hash, lambda: self._emit_ids(self.hash_check_asked)),
            (actions.pause, self.pause_asked.emit),
            (actions.resume, self.resume_asked.emit),
        )
        of_table = (
            (actions.open_item, lambda: self._open(self.table.selected_rows())),
            (actions.copy_hash, self._copy_hashes),
            (actions.show_folder, lambda: self.folder_asked.emit(self.table.selected_rows()[0].path)),
            (actions.dismiss, lambda: self.dismiss_asked.emit([row.path for row in self.table.selected_rows()])),
        )
        for action, act in of_panel + of_table:
            action.triggered.connect(lambda _=False, act=act: act())
        self.addActions([action for action, _ in of_panel])
        table.addActions(actions.menu())
        table.row_opened.connect(lambda row: self._open([row]))
        table.selection_moved.connect(self._fit)

    def _fit(self) -> None:
        rows = self.table.selected_rows()
        self.actions_of_evidence.fit(rows, is_busy=self._is_busy, is_paused=self._is_paused)
        self.details.set_rows(rows)

    def _emit_ids(self, intent: SignalInstance) -> None:
        ids = [row.evidence_id for row in self.table.selected_rows() if row.evidence_id is not None]
        if ids:
            intent.emit(ids[0] if intent is self.front_asked else ids)

    def _open(self, rows: Sequence[EvidenceRow]) -> None:
        if rows and rows[0].evidence_id is not None:
            self.item_chosen.emit(rows[0].evidence_id)

    def _copy_hashes(self) -> None:
        lines = [f"{row.item.sha256}  {row.path.name}" for row in self.table.selected_rows() if row.item is not None]
        alone = len(lines) == 1
        QGuiApplication.clipboard().setText(lines[0].split()[0] if alone else "\n".join(lines))

    def _file_dialog(self, title: str, mode: QFileDialog.FileMode) -> QFileDialog:
        dialog = QFileDialog(self, title)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.setFileMode(mode)
        dialog.filesSelected.connect(lambda names: self.files_added.emit([Path(name) for name in names]))
        return dialog

    def _button(self, action: QAction, *, with_words: bool) -> QToolButton:
        button = QToolButton(self)
        button.setDefaultAction(action)
        button.setIconSize(QSize(scaled(2 * SPACE), scaled(2 * SPACE)))
        button.setCursor(Qt.CursorShape.PointingHandCursor)
        button.setAccessibleName(action.text())
        action.changed.connect(lambda: button.setAccessibleName(action.text()))
        if with_words:
            button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
            button.setSizePolicy(QSizePolicy.Policy.Minimum, QSizePolicy.Policy.Fixed)
        else:
            button.setProperty("kind", "flat")
        return button
