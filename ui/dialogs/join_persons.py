"""Asks with whom a person is to be joined."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QDialog, QHBoxLayout, QVBoxLayout, QWidget

from ui.plain import spelled
from ui.theme import ButtonKind
from ui.tokens import SPACE
from ui.widgets.buttons import push_button
from ui.widgets.person_list import PersonList
from ui.widgets.person_model import PersonRow
from ui.widgets.statement_box import plain_label
from ui.widgets.thumbnails import Thumbnails


class JoinPersonsDialog(QDialog):
    """A list of the other persons; show it with `open()`. It deletes itself.

    Args:
        label: of the person that is to be joined.
        others: whom it can be joined with.
        thumbnails: faces by key, shared with the list of persons.

    Signals:
        join_chosen: key of the other person.
    """

    join_chosen = Signal(int)

    def __init__(
        self, label: str, others: Sequence[PersonRow], thumbnails: Thumbnails, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setModal(True)
        self.setWindowTitle(self.tr("Join two persons"))
        self.setMinimumSize(440, 420)
        self._list = PersonList(thumbnails, self)
        self._list.set_rows(others)
        self._join = push_button(self.tr("Join"), kind=ButtonKind.PRIMARY, parent=self)
        self._join.setEnabled(False)
        cancel = push_button(self.tr("Cancel"), keys=self.tr("Esc"), parent=self)
        cancel.setAutoDefault(False)
        self._list.chosen.connect(lambda _: self._join.setEnabled(True))
        self._list.activated.connect(lambda _: self._hand_in())
        self._join.clicked.connect(self._hand_in)
        cancel.clicked.connect(self.reject)
        column = QVBoxLayout(self)
        column.setContentsMargins(3 * SPACE, 3 * SPACE, 3 * SPACE, 2 * SPACE)
        column.setSpacing(SPACE + 4)
        column.addWidget(
            plain_label(self.tr("Who is the same person as {label}?").format(label=spelled(label)), "strong", self)
        )
        what = self.tr("Their faces are counted together and searched anew. This can be undone.")
        column.addWidget(plain_label(what, "muted", self))
        column.addWidget(self._list, 1)
        row = QHBoxLayout()
        row.addStretch()
        row.addWidget(cancel)
        row.addWidget(self._join)
        column.addLayout(row)
        self._list.filter_text().setFocus()

    def persons(self) -> PersonList:
        """Return the list."""
        return self._list

    def _hand_in(self) -> None:
        key = self._list.current()
        if key is not None:
            self.join_chosen.emit(key)
            self.accept()
