"""Asks which other record of the gallery is the same person."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QDialog, QHBoxLayout, QLabel, QLineEdit, QVBoxLayout, QWidget

from core.domain.gallery import PersonRecord
from ui.plain import spelled
from ui.theme import ButtonKind
from ui.tokens import SPACE
from ui.widgets.buttons import push_button
from ui.widgets.people_browser import PeopleBrowser


class MergePeopleDialog(QDialog):
    """Everybody but the person who remains; show it with `open()`. It deletes itself.

    Args:
        keep: who remains.
        people: everybody.

    Signals:
        merge_confirmed: (id of the record that becomes part of `keep`, reason).

    Attributes:
        browser: its `faces_wanted` asks for pictures.
    """

    merge_confirmed = Signal(int, str)

    def __init__(self, keep: PersonRecord, people: Sequence[PersonRecord], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setModal(True)
        self.setWindowTitle(self.tr("Merge with…"))
        self.resize(64 * SPACE, 72 * SPACE)
        self._keep = keep
        self.browser = PeopleBrowser(self)
        self.browser.set_grid(False)
        self.browser.set_people([person for person in people if person.id != keep.id])
        self.browser.person_chosen.connect(self._chosen)
        self._words = QLabel(self)
        self._words.setTextFormat(Qt.TextFormat.PlainText)
        self._words.setWordWrap(True)
        self._words.setProperty("rank", "muted")
        self._reason = QLineEdit(self)
        self._reason.setAccessibleName(self.tr("Reason"))
        self._reason.setPlaceholderText(self.tr("Why they are the same person; goes into the gallery's log"))
        self._reason.setToolTip(self._reason.placeholderText())
        title = QLabel(self)
        title.setTextFormat(Qt.TextFormat.PlainText)
        title.setWordWrap(True)
        title.setText(self.tr("Which other record is {name} too?").format(name=spelled(keep.name)))
        title.setProperty("rank", "strong")
        self._merge = push_button(self.tr("Merge"), kind=ButtonKind.PRIMARY, parent=self)
        self._merge.setDefault(True)
        self._merge.clicked.connect(self._hand_in)
        cancel = push_button(self.tr("Cancel"), keys=self.tr("Esc"), parent=self)
        cancel.setAutoDefault(False)
        cancel.clicked.connect(self.reject)
        foot = QHBoxLayout()
        foot.addStretch()
        foot.addWidget(cancel)
        foot.addWidget(self._merge)
        column = QVBoxLayout(self)
        column.setContentsMargins(3 * SPACE, 3 * SPACE, 3 * SPACE, 2 * SPACE)
        column.setSpacing(SPACE + 4)
        column.addWidget(title)
        column.addWidget(self.browser, 1)
        column.addWidget(self._words)
        column.addWidget(self._reason)
        column.addLayout(foot)
        self._chosen(None)
        self.browser.focus_filter()

    def _chosen(self, person_id: int | None) -> None:
        other = None if person_id is None else self.browser.model.person(person_id)
        self._merge.setEnabled(other is not None)
        if other is None:
            self._words.setText(self.tr("Choose a record. Photos, notes, basis and holds are joined. Can be undone."))
            return
        words = self.tr(
            "{n} photos of {other} (person {id}) go to {keep} (person {keep_id}), who keeps name and number; notes, "
            "basis and holds are joined. Can be undone."
        )
        self._words.setText(
            words.format(
                n=other.n_templates, other=other.name, id=other.id, keep=self._keep.name, keep_id=self._keep.id
            )
        )

    def _hand_in(self) -> None:
        chosen = self.browser.chosen()
        if chosen is not None:
            reason = self._reason.text().strip()
            self.accept()
            self.merge_confirmed.emit(chosen, reason)
