"""Asks before something that cannot be taken back, and says what will go."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QCheckBox, QDialog, QHBoxLayout, QLabel, QVBoxLayout, QWidget

from ui.theme import ButtonKind
from ui.tokens import SPACE
from ui.widgets.buttons import push_button


class ConfirmDialog(QDialog):
    """One question; show it with `open()`. It deletes itself.

    Args:
        title: the question in a few words.
        text: what will happen.
        points: what exactly will go, one line each.
        confirm_text: verb on the button that does it.
        is_dangerous: nothing brings it back; Enter then does not confirm.
        choice: something more that is done unless it is unticked; '' for nothing more.

    Signals:
        confirmed: a person wants it; otherwise `rejected` comes.
    """

    confirmed = Signal()

    def __init__(
        self,
        title: str,
        text: str,
        points: Sequence[str] = (),
        confirm_text: str = "",
        *,
        is_dangerous: bool = False,
        choice: str = "",
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setModal(True)
        self.setWindowTitle(title)
        self.setMinimumWidth(420)
        column = QVBoxLayout(self)
        column.setContentsMargins(3 * SPACE, 3 * SPACE, 3 * SPACE, 2 * SPACE)
        column.setSpacing(SPACE + 4)
        column.addWidget(_words(title, "strong"))
        column.addWidget(_words(text, ""))
        if points:
            column.addWidget(_words("\n".join(f"•  {point}" for point in points), "muted"))
        self.choice = QCheckBox(choice, self)
        self.choice.setChecked(True)
        self.choice.setVisible(bool(choice))
        if choice:
            column.addWidget(self.choice)
        column.addSpacing(SPACE)
        kind = ButtonKind.DANGER if is_dangerous else ButtonKind.PRIMARY
        self._confirm = push_button(confirm_text or self.tr("Continue"), kind=kind, parent=self)
        self._cancel = push_button(self.tr("Cancel"), keys=self.tr("Esc"), parent=self)
        self._confirm.clicked.connect(self.accept)
        self._cancel.clicked.connect(self.reject)
        self.accepted.connect(self.confirmed)
        row = QHBoxLayout()
        row.addStretch()
        row.addWidget(self._cancel)
        row.addWidget(self._confirm)
        column.addLayout(row)
        safe = self._cancel if is_dangerous else self._confirm
        for button in (self._confirm, self._cancel):
            button.setAutoDefault(button is safe)
        safe.setDefault(True)
        safe.setFocus()

    def is_chosen(self) -> bool:
        """Return whether what was offered besides is wanted; True where nothing was offered."""
        return self.choice.isChecked()


def _words(text: str, rank: str) -> QLabel:
    label = QLabel()
    label.setTextFormat(Qt.TextFormat.PlainText)
    label.setText(text)
    label.setWordWrap(True)
    if rank:
        label.setProperty("rank", rank)
    return label
