"""What can be done with the evidence of a case: one action each for toolbar, context menu and keyboard."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QWidget

from ui.icons import Icon, Tint, icon
from ui.shortcuts import Command, keys_of
from ui.widgets.buttons import with_keys
from ui.widgets.evidence_row import EvidenceRow, RowState

_AT_REST = (RowState.WAITING, RowState.INTERRUPTED, RowState.DONE, RowState.FAILED)
_AT_WORK = (RowState.QUEUED, RowState.RUNNING, RowState.PAUSED)


class EvidenceActions:
    """The actions; whoever owns them connects `triggered` and calls `fit` when the selection changes.

    Args:
        owner: within it the shortcuts work.

    Attributes:
        add_files, add_folder: of the case.
        open_item, analyse, analyse_range, first, cancel, check_hash, copy_hash, show_folder, dismiss: of the selection.
        pause, resume: of the whole queue.
    """

    def __init__(self, owner: QWidget) -> None:
        self._owner = owner
        tr = owner.tr
        self.add_files = self._make(
            Icon.ADD, tr("Add files…"), tr("Add videos and pictures to the case"), Command.ADD_FILES
        )
        self.add_folder = self._make(
            Icon.FOLDER, tr("Add folder…"), tr("Add all videos and pictures of a folder"), Command.ADD_FOLDER
        )
        self.open_item = self._make(
            Icon.ANALYSIS, tr("Open in the analysis view"), tr("Watch it and look at what was found"), None, "Return"
        )
        self.analyse = self._make(Icon.PLAY, tr("Analyse"), tr("Analyse the selected items"), Command.ANALYSE)
        self.analyse_range = self._make(
            Icon.RANGE, tr("Analyse a part…"), tr("Analyse only a part of the video"), Command.ANALYSE_RANGE
        )
        self.first = self._make(
            Icon.CHEVRON_UP, tr("Move to the front"), tr("Let it be the next in the queue"), Command.MOVE_TO_FRONT
        )
        self.cancel = self._make(
            Icon.STOP, tr("Stop"), tr("Take it out of the queue; what is done stays"), Command.CANCEL
        )
        self.check_hash = self._make(
            Icon.CHECK, tr("Check the hash now"), tr("Read the file again and compare its SHA-256"), Command.CHECK_HASH
        )
        self.copy_hash = self._make(
            Icon.COPY, tr("Copy SHA-256"), tr("Copy the hashes of the selected items"), None, "Ctrl+C"
        )
        self.show_folder = self._make(Icon.OPEN, tr("Show in folder"), tr("Open the folder it lies in"), None)
        self.dismiss = self._make(
            Icon.REMOVE,
            tr("Dismiss"),
            tr("Take it off the list; the custody log keeps the reason"),
            None,
            "Delete",
        )
        self.pause = self._make(Icon.PAUSE, tr("Pause"), tr("Stand still after the current step"), Command.PAUSE_RESUME)
        self.resume = self._make(Icon.PLAY, tr("Go on"), tr("Go on with the queue"), Command.PAUSE_RESUME)
        self.fit((), is_busy=False, is_paused=False)

    def menu(self) -> list[QAction]:
        """Return the entries of the context menu, in order, separators and all."""
        return [
            self.open_item,
            self._separator(),
            self.analyse,
            self.analyse_range,
            self.first,
            self.cancel,
            self._separator(),
            self.check_hash,
            self.copy_hash,
            self.show_folder,
            self._separator(),
            self.dismiss,
        ]

    def fit(self, rows: Sequence[EvidenceRow], *, is_busy: bool, is_paused: bool) -> None:
        """Enable what makes sense for the selected rows and the state of the queue."""
        tr = self._owner.tr
        items = [row for row in rows if row.item is not None]
        at_rest = [row for row in items if row.state in _AT_REST]
        one = len(rows) == 1
        self.open_item.setEnabled(one and bool(items))
        self.analyse.setEnabled(bool(at_rest))
        states = {row.state for row in at_rest}
        if states == {RowState.INTERRUPTED}:
            _name(self.analyse, tr("Resume"))
        elif states and states <= {RowState.DONE, RowState.FAILED}:
            _name(self.analyse, tr("Analyse again"))
        else:
            _name(self.analyse, tr("Analyse"))
        self.analyse_range.setEnabled(one and bool(at_rest) and items[0].item.duration_s is not None)  # type: ignore[union-attr]
        self.first.setEnabled(one and rows[0].state is RowState.QUEUED and rows[0].queue_place != 1)
        self.cancel.setEnabled(any(row.state in _AT_WORK for row in rows))
        self.check_hash.setEnabled(bool(items))
        self.copy_hash.setEnabled(bool(items))
        self.show_folder.setEnabled(one)
        self.dismiss.setEnabled(bool(rows) and not items)
        # Only one of the two may hold their common key.
        self.pause.setEnabled(is_busy and not is_paused)
        self.resume.setEnabled(is_paused)
        self.pause.setVisible(not is_paused)
        self.resume.setVisible(is_paused)

    def _make(self, glyph: Icon, text: str, tip: str, command: Command | None, keys: str = "") -> QAction:
        action = QAction(icon(glyph, Tint.TEXT), text, self._owner)
        _name(action, text)
        shown = keys_of(command) if command is not None else QKeySequence(keys).toString()
        if shown:
            action.setShortcut(QKeySequence(shown))
        # Enter, Delete and copying belong to the table, which has fields for typing beside it.
        action.setShortcutContext(
            Qt.ShortcutContext.WidgetShortcut if keys else Qt.ShortcutContext.WidgetWithChildrenShortcut
        )
        action.setToolTip(with_keys(tip, shown))
        return action

    def _separator(self) -> QAction:
        line = QAction(self._owner)
        line.setSeparator(True)
        return line


def _name(action: QAction, text: str) -> None:
    action.setText(text)
    # Buttons set icon and words too close to each other.
    action.setIconText(f" {text.rstrip('…')}")
