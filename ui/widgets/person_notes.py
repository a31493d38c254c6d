"""Notes on a person: what was written, by whom and when, and a field for the next one."""

from __future__ import annotations

from collections.abc import Hashable, Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QFrame, QHBoxLayout, QPlainTextEdit, QScrollArea, QVBoxLayout, QWidget

from ui.icons import Icon, Tint
from ui.person_words import WrittenWords
from ui.theme import scaled
from ui.tokens import SPACE
from ui.widgets.buttons import push_button, tool_button
from ui.widgets.statement_box import plain_label


class PersonNotes(QWidget):
    """Notes enter the report. What was typed for one person is kept while another is looked at.

    Signals:
        written: text of a note.
        closed: text of a note, may be '', that also says: reviewed, no verdict needed.
        taken_back: action id of a note that is to hold no more.
    """

    written = Signal(str)
    closed = Signal(str)
    taken_back = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._subject: Hashable = None
        self._drafts: dict[Hashable, str] = {}
        self._notes: tuple[WrittenWords, ...] | None = None
        self._handed_in: tuple[Hashable, str] | None = None
        self._scroll = QScrollArea(self)
        self._scroll.setWidgetResizable(True)
        self._scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._text = QPlainTextEdit(self)
        self._text.setTabChangesFocus(True)
        self._text.setFixedHeight(scaled(11 * SPACE))
        self._text.setPlaceholderText(self.tr("A note on this person"))
        self._text.setAccessibleName(self._text.placeholderText())
        self._add = push_button(
            self.tr("Add note"), glyph=Icon.NOTE, tip=self.tr("It enters the report"), keys="Ctrl+Return", parent=self
        )
        self._close = push_button(
            self.tr("Mark as reviewed"),
            glyph=Icon.CHECK,
            tip=self.tr("Close the review of this person without a verdict; what is typed is the reason"),
            parent=self,
        )
        self._add.clicked.connect(self._hand_in)
        self._close.clicked.connect(self._hand_in_closing)
        self._text.textChanged.connect(self._typed)
        hand_in = QShortcut(QKeySequence("Ctrl+Return"), self)
        hand_in.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
        hand_in.activated.connect(self._hand_in)
        row = QHBoxLayout()
        row.setSpacing(SPACE)
        row.addWidget(self._add)
        row.addWidget(self._close)
        row.addStretch()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(SPACE)
        column.addWidget(self._scroll, 1)
        column.addWidget(self._text)
        column.addLayout(row)
        self._typed()

    def set_person(self, subject: Hashable, notes: Sequence[WrittenWords], *, is_reviewed: bool) -> None:
        """Show the notes that hold; what is being typed of this person is left alone."""
        is_saved = subject == self._subject and len(notes) > len(self._notes or ())
        if is_saved and self._handed_in == (subject, self._text.toPlainText()):
            self._text.clear()  # not before: a note that could not be saved is not lost
        if subject != self._subject:
            self._subject = subject
            self._text.setPlainText(self._drafts.get(subject, ""))
        if tuple(notes) != self._notes:
            self._notes = tuple(notes)
            self._show()
        self._close.setEnabled(not is_reviewed)

    @property
    def has_draft(self) -> bool:
        """Whether something is typed, of anybody, that was not saved."""
        return bool(self._drafts)

    def forget(self) -> None:
        """Drop what was typed and not saved, of everybody: another case numbers its persons alike."""
        self._subject = self._notes = self._handed_in = None
        self._text.clear()
        self._drafts.clear()

    def field(self) -> QPlainTextEdit:
        """Return the field for the next note."""
        return self._text

    def _show(self) -> None:
        page = QWidget()
        page.setObjectName("page")
        column = QVBoxLayout(page)
        column.setContentsMargins(0, 0, SPACE, 0)
        column.setSpacing(SPACE)
        for note in self._notes or ():
            column.addWidget(self._card(note, page))
        if not self._notes:
            column.addWidget(plain_label(self.tr("No notes on this person yet."), "muted", page))
        column.addStretch()
        self._scroll.setWidget(page)

    def _card(self, note: WrittenWords, parent: QWidget) -> QFrame:
        card = QFrame(parent)
        card.setProperty("surface", "card")
        words = QVBoxLayout()
        words.setSpacing(2)
        words.addWidget(plain_label(note.text, "", card))
        words.addWidget(plain_label(note.given, "small", card))
        remove = tool_button(Icon.CLOSE, self.tr("Take this note back"), tint=Tint.MUTED, parent=card)
        remove.clicked.connect(lambda: self.taken_back.emit(note.action_id))
        row = QHBoxLayout(card)
        row.setContentsMargins(SPACE + 4, SPACE, SPACE, SPACE)
        row.addLayout(words, 1)
        row.addWidget(remove, 0, Qt.AlignmentFlag.AlignTop)
        return card

    def _typed(self) -> None:
        text = self._text.toPlainText()
        self._add.setEnabled(bool(text.strip()))
        if text.strip():
            self._drafts[self._subject] = text
        else:
            self._drafts.pop(self._subject, None)

    def _hand_in(self) -> None:
        text = self._text.toPlainText()
        if text.strip():
            self._handed_in = (self._subject, text)
            self.written.emit(text.strip())

    def _hand_in_closing(self) -> None:
        text = self._text.toPlainText()
        self._handed_in = (self._subject, text)
        self.closed.emit(text.strip())
