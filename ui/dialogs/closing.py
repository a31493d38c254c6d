"""Asks what is to become of the work that still runs when a person leaves."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QDialog, QHBoxLayout, QLabel, QVBoxLayout, QWidget

from ui.theme import ButtonKind
from ui.tokens import SPACE
from ui.widgets.buttons import push_button


class ClosingDialog(QDialog):
    """Three ways on; show it with `open()`. It deletes itself. Closing it stays in the window.

    Args:
        jobs: what runs and waits, one line each.

    Signals:
        keep_running_chosen: finish everything, then close.
        stop_chosen: stop after the current step, then close; the work is resumed another time.
    """

    keep_running_chosen = Signal()
    stop_chosen = Signal()

    def __init__(self, jobs: Sequence[str], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setModal(True)
        self.setWindowTitle(self.tr("Work is still running"))
        self.setMinimumWidth(520)
        title = self._label(self.tr("Work is still running"), "strong")
        listed = "\n".join(f"•  {job}" for job in jobs[:5])
        if len(jobs) > 5:
            listed += "\n" + self.tr("•  and %n more", "", len(jobs) - 5)
        kept = self.tr(
            "Nothing is lost either way: what is done is kept, and the case goes on where it stopped when you open it "
            "again."
        )
        self.keep = push_button(
            self.tr("Keep running"), tip=self.tr("Minimise the window, finish everything, then close"), parent=self
        )
        self.stop = push_button(
            self.tr("Pause and close"),
            kind=ButtonKind.PRIMARY,
            tip=self.tr("Stop after the current step and close; resume later"),
            parent=self,
        )
        self.cancel = push_button(self.tr("Cancel"), keys=self.tr("Esc"), parent=self)
        self.keep.clicked.connect(lambda: self._choose(self.keep_running_chosen.emit))
        self.stop.clicked.connect(lambda: self._choose(self.stop_chosen.emit))
        self.cancel.clicked.connect(self.reject)
        row = QHBoxLayout()
        row.addWidget(self.cancel)
        row.addStretch()
        row.addWidget(self.keep)
        row.addWidget(self.stop)
        column = QVBoxLayout(self)
        column.setContentsMargins(3 * SPACE, 3 * SPACE, 3 * SPACE, 2 * SPACE)
        column.setSpacing(SPACE + 4)
        column.addWidget(title)
        column.addWidget(self._label(listed, "muted"))
        column.addWidget(self._label(kept, ""))
        column.addSpacing(SPACE)
        column.addLayout(row)
        for button in (self.keep, self.cancel):
            button.setAutoDefault(False)
        self.stop.setDefault(True)
        self.stop.setFocus()

    def _choose(self, announce: Callable[[], None]) -> None:
        self.accept()
        announce()

    def _label(self, text: str, rank: str) -> QLabel:
        label = QLabel(text, self)
        label.setTextFormat(Qt.TextFormat.PlainText)
        label.setWordWrap(True)
        label.setProperty("rank", rank)
        return label
