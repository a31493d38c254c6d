"""People whose last day has passed, to be looked at one by one."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QDialog, QHBoxLayout, QLabel, QListWidget, QListWidgetItem, QVBoxLayout, QWidget

from core.domain.gallery import PersonRecord
from ui.icons import Icon, Tint, icon
from ui.plain import spelled
from ui.theme import ButtonKind
from ui.tokens import SPACE
from ui.widgets.buttons import push_button


class DuePeopleDialog(QDialog):
    """A list, and nothing that erases; show it with `open()`. It deletes itself.

    Args:
        people: who is due, the longest overdue first.

    Signals:
        person_wanted: id of a person to be shown.
    """

    person_wanted = Signal(int)

    def __init__(self, people: Sequence[PersonRecord], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setModal(True)
        self.setWindowTitle(self.tr("People who are due"))
        self.resize(64 * SPACE, 56 * SPACE)
        self.list = QListWidget(self)
        self.list.setWordWrap(True)
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.list.setAccessibleName(self.tr("People whose last day has passed"))
        for person in people:
            self.list.addItem(self._row(person))
        self.list.setCurrentRow(0)
        self.list.itemActivated.connect(self._choose)
        show = push_button(self.tr("Show person"), kind=ButtonKind.PRIMARY, parent=self)
        show.setEnabled(bool(people))
        show.setDefault(True)
        show.clicked.connect(lambda: self._choose(self.list.currentItem()))
        close = push_button(self.tr("Close"), keys=self.tr("Esc"), parent=self)
        close.setAutoDefault(False)
        close.clicked.connect(self.reject)
        foot = QHBoxLayout()
        foot.addStretch()
        foot.addWidget(close)
        foot.addWidget(show)
        column = QVBoxLayout(self)
        column.setContentsMargins(3 * SPACE, 3 * SPACE, 3 * SPACE, 2 * SPACE)
        column.setSpacing(SPACE + 4)
        n = len(people)
        title = (
            self.tr("The last day of 1 person has passed")
            if n == 1
            else self.tr("The last day of {n} people has passed")
        )
        column.addWidget(_words(title.format(n=n), "strong", self))
        text = self.tr("Nothing is erased by itself. Those under a legal hold cannot be erased before it is released.")
        column.addWidget(_words(text, "muted", self))
        column.addWidget(self.list, 1)
        column.addLayout(foot)
        self.list.setFocus()

    def _row(self, person: PersonRecord) -> QListWidgetItem:
        words = self.tr("{name}  ·  until {day}  ·  {basis}").format(
            name=spelled(person.name), day=person.retain_until, basis=spelled(person.retention_basis)
        )
        if person.legal_hold:
            words += "  ·  " + self.tr("legal hold: {reason}").format(reason=spelled(person.legal_hold))
        item = QListWidgetItem(words.replace("\n", " "))
        if person.legal_hold:
            item.setIcon(icon(Icon.LOCK, Tint.WARNING))
        item.setData(Qt.ItemDataRole.UserRole, person.id)
        return item

    def _choose(self, item: QListWidgetItem | None) -> None:
        if item is not None:
            person_id = int(item.data(Qt.ItemDataRole.UserRole))
            self.accept()
            self.person_wanted.emit(person_id)


def _words(text: str, rank: str, parent: QWidget) -> QLabel:
    label = QLabel(parent)
    label.setTextFormat(Qt.TextFormat.PlainText)
    label.setText(text)
    label.setWordWrap(True)
    label.setProperty("rank", rank)
    return label
