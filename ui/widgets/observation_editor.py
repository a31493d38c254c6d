"""Asks what a person sees in a face before any name is shown: what comes after is no longer unprejudiced."""

from __future__ import annotations

from collections.abc import Hashable

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QHBoxLayout, QPlainTextEdit, QSizePolicy, QVBoxLayout, QWidget

from ui.theme import ButtonKind, scaled
from ui.tokens import SPACE
from ui.widgets.buttons import push_button
from ui.widgets.statement_box import plain_label


class ObservationEditor(QWidget):
    """Guiding questions, a field, and two ways out. What was typed for one person is kept while another is looked at.

    Signals:
        observed: what the examiner wrote, or that nothing can be seen.
        cancelled: the earlier observation is to stand.
    """

    observed = Signal(str)
    cancelled = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._subject: Hashable = None
        self._given = ""
        self._drafts: dict[Hashable, str] = {}
        self._text = QPlainTextEdit(self)
        self._text.setTabChangesFocus(True)
        self._text.setMinimumHeight(scaled(9 * SPACE))
        # Takes what room there is, so that the buttons below stay in view.
        self._text.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Ignored)
        self._text.setAccessibleName(self.tr("What you see"))
        self._text.setPlaceholderText(self.tr("In your own words, as far as the picture carries"))
        self._save = push_button(
            self.tr("Save"),
            kind=ButtonKind.PRIMARY,
            tip=self.tr("Save and show the candidates; the observation enters the report and the custody log"),
            keys="Ctrl+Return",
            parent=self,
        )
        self._nothing = push_button(
            self.tr("No observation possible"),
            tip=self.tr("That is an answer too: it is saved, and the candidates are shown"),
            parent=self,
        )
        self._cancel = push_button(self.tr("Back"), tip=self.tr("Back to the candidates"), parent=self)
        self._cancel.clicked.connect(self.cancelled)
        self._save.clicked.connect(self._hand_in)
        self._nothing.clicked.connect(lambda: self.observed.emit(self.nothing_text()))
        self._text.textChanged.connect(self._typed)
        hand_in = QShortcut(QKeySequence("Ctrl+Return"), self)
        hand_in.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
        hand_in.activated.connect(self._hand_in)
        self._arrange()
        self._typed()

    def nothing_text(self) -> str:
        """Return the observation that says that there is none."""
        return self.tr("No observation possible.")

    def set_subject(self, subject: Hashable, text: str = "", *, can_cancel: bool = False) -> None:
        """Ask about a person; what was typed of them before, and not saved, is there again.

        Args:
            subject: names the person.
            text: what stands there at first.
            can_cancel: there is something to go back to.
        """
        self._cancel.setVisible(can_cancel)
        self._subject, self._given = subject, text.strip()
        self._text.setPlainText(self._drafts.get(subject, text))

    def text(self) -> str:
        """Return what is typed."""
        return self._text.toPlainText().strip()

    def forget_draft(self, subject: Hashable, saved: str) -> None:
        """Drop what was typed of a person if it is what was saved; until then it might yet be lost."""
        if self._drafts.get(subject, "").strip() == saved:
            self._drafts.pop(subject, None)

    @property
    def has_draft(self) -> bool:
        """Whether something is typed, of anybody, that was not saved."""
        return bool(self._drafts)

    def forget(self) -> None:
        """Drop what was typed and not saved, of everybody."""
        self._subject, self._given = None, ""
        self._text.clear()
        self._drafts.clear()

    def set_focus(self) -> None:
        """Begin to write."""
        self._text.setFocus()

    def _typed(self) -> None:
        self._save.setEnabled(bool(self.text()))
        if self.text() and self.text() != self._given:
            self._drafts[self._subject] = self._text.toPlainText()
        else:
            self._drafts.pop(self._subject, None)

    def _hand_in(self) -> None:
        if self.text():
            self.observed.emit(self.text())

    def _arrange(self) -> None:
        questions = (
            self.tr("Hairline: shape, parting, where it meets the forehead"),
            self.tr("Ears: shape, lobes, whether they go with the face"),
            self.tr("Marks: moles, scars, wrinkles, teeth, glasses"),
            self.tr("Asymmetries: brows, eyes, corners of the mouth"),
            self.tr("What looks artificial: edges, skin, light, flicker"),
        )
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(SPACE)
        column.addWidget(plain_label(self.tr("Write what you see first"), "strong", self))
        why = self.tr(
            "Names of candidates are shown once you have said what you see in the face: afterwards, the names guide "
            "the eye. Look at the comparison and at the frames, and write down:"
        )
        column.addWidget(plain_label(why, "muted", self))
        column.addWidget(plain_label("\n".join(f"•  {question}" for question in questions), "", self))
        column.addWidget(self._text, 1)
        row = QHBoxLayout()
        row.setSpacing(SPACE)
        row.addWidget(self._save)
        row.addWidget(self._nothing)
        row.addWidget(self._cancel)
        row.addStretch()
        column.addLayout(row)
