"""Asks where files go that were dropped while a case is open, on a page that is not the case's."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QDialog, QHBoxLayout, QLabel, QVBoxLayout, QWidget

from ui.theme import ButtonKind
from ui.tokens import SPACE
from ui.widgets.buttons import push_button


class DroppedFilesDialog(QDialog):
    """One question; show it with `open()`. It deletes itself. Closing it takes nothing in.

    Args:
        files: what was dropped, in words.
        case: name of the open case.

    Signals:
        add_chosen: they belong to the open case.
        new_case_chosen: they belong to a case of their own.
    """

    add_chosen = Signal()
    new_case_chosen = Signal()

    def __init__(self, files: str, case: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setModal(True)
        title = self.tr("Which case do they belong to?")
        self.setWindowTitle(title)
        self.setMinimumWidth(480)
        text = self.tr("What is taken into a case stands in its custody log for good.")
        self.add = push_button(self.tr("Add to {case}").format(case=_shortened(case)), parent=self)
        self.add.setToolTip(case)
        self.new = push_button(self.tr("New case…"), kind=ButtonKind.PRIMARY, parent=self)
        self.cancel = push_button(self.tr("Cancel"), keys=self.tr("Esc"), parent=self)
        self.add.clicked.connect(self._add)
        self.new.clicked.connect(self._make_new)
        self.cancel.clicked.connect(self.reject)
        row = QHBoxLayout()
        row.addWidget(self.cancel)
        row.addStretch()
        row.addWidget(self.add)
        row.addWidget(self.new)
        column = QVBoxLayout(self)
        column.setContentsMargins(3 * SPACE, 3 * SPACE, 3 * SPACE, 2 * SPACE)
        column.setSpacing(SPACE + 4)
        for words, rank in ((title, "strong"), (files, "muted"), (text, "")):
            column.addWidget(self._label(words, rank))
        column.addSpacing(SPACE)
        column.addLayout(row)
        # Enter takes nothing into a case that was not meant.
        for button in (self.add, self.cancel):
            button.setAutoDefault(False)
        self.new.setDefault(True)
        self.new.setFocus()

    def _add(self) -> None:
        self.accept()
        self.add_chosen.emit()

    def _make_new(self) -> None:
        self.accept()
        self.new_case_chosen.emit()

    def _label(self, text: str, rank: str) -> QLabel:
        label = QLabel(self)
        label.setTextFormat(Qt.TextFormat.PlainText)
        label.setText(text)
        label.setWordWrap(True)
        label.setProperty("rank", rank)
        return label


def _shortened(name: str) -> str:
    return name if len(name) <= 32 else f"{name[:31]}…"
