"""Undo and redo in the window: says what was taken back, and asks before earlier or other people's decisions."""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QAction, QUndoCommand
from shiboken6 import isValid

from app.gallery_undo import GalleryChange
from app.session import Session
from app.undo import Decision
from core.domain.review import Retract, ReviewEntry
from ui.dialogs.confirm import ConfirmDialog
from ui.main_window import MainWindow
from ui.widgets.message_bar import Message

_LONGEST = 120


class UndoController(QObject):
    """Joins Edit > Undo and Redo to the session's stack.

    Args:
        session: whose decisions and changes are undone.
        window: with the menu and the messages.

    Attributes:
        undo_action, redo_action: the entries of the menu; they carry the name of what they undo.

    Signals:
        item_concerned: evidence id of what was undone or redone; 0 where it belongs to the case as a whole.
        gallery_concerned: it was a change of the gallery.
    """

    item_concerned = Signal(int)
    gallery_concerned = Signal()

    def __init__(self, session: Session, window: MainWindow) -> None:
        super().__init__(session)
        self._session, self._window = session, window
        self._stack = stack = session.undo_stack
        self._step: tuple[bool, str] | None = None
        self._message: Message | None = None
        self.undo_action, self.redo_action = QAction(window), QAction(window)
        self.undo_action.triggered.connect(self.undo)
        self.redo_action.triggered.connect(self.redo)
        for changed in (stack.undoTextChanged, stack.redoTextChanged, stack.canUndoChanged, stack.canRedoChanged):
            changed.connect(self._name_actions)
        self._name_actions()
        window.set_undo_actions(self.undo_action, self.redo_action)
        session.marked.connect(self._tell)
        session.failed.connect(self._forget)

    def undo(self) -> None:
        """Undo the last step; a decision of an earlier sitting, or of somebody else, only when a person says so."""
        if not self._stack.canUndo():
            return
        command = self._stack.command(self._stack.index() - 1)
        others = [entry for entry in map(self._foreign, _decisions(command)) if entry is not None]
        if not others:
            self._go(command, is_undo=True)
            return
        question = self._question(others[-1])
        question.confirmed.connect(lambda: self._undo_asked(command))
        question.open()

    def redo(self) -> None:
        """Redo what was undone last."""
        if self._stack.canRedo():
            self._go(self._stack.command(self._stack.index()), is_undo=False)

    def _undo_asked(self, command: QUndoCommand) -> None:
        if self._stack.canUndo() and self._stack.command(self._stack.index() - 1) is command:
            self._go(command, is_undo=True)

    def _go(self, command: QUndoCommand, *, is_undo: bool) -> None:
        self._step = (is_undo, command.text())
        decisions = _decisions(command)
        is_of_gallery = isinstance(command, GalleryChange)
        if is_undo:
            self._stack.undo()
        else:
            self._stack.redo()
        if decisions:
            self.item_concerned.emit(self._item_of(decisions[-1]) or 0)
        elif is_of_gallery:
            self.gallery_concerned.emit()

    def _item_of(self, decision: Decision) -> int | None:
        action = decision.action
        if isinstance(action, Retract):
            kept = next((e.action for e in self._session.entries if e.id == action.action_id), None)
            return None if kept is None or isinstance(kept, Retract) else kept.evidence_id
        return action.evidence_id

    def _foreign(self, decision: Decision) -> ReviewEntry | None:
        """The stored row where it is not the person's own of this sitting."""
        row = decision.row
        is_own = row is None or (not decision.is_earlier and row.actor == self._session.actor)
        return None if is_own else row

    def _question(self, row: ReviewEntry) -> ConfirmDialog:
        made = self.tr("{actor} made it on {at} UTC.").format(actor=row.actor, at=f"{row.at:%Y-%m-%d %H:%M}")
        after = self.tr("Both the decision and its undoing stay in the custody log; it can be redone.")
        return ConfirmDialog(
            self.tr("Undo a decision that is not of this sitting?"),
            f"{made} {after}",
            [_short(self._stack.undoText())],
            confirm_text=self.tr("Undo it"),
            parent=self._window,
        )

    def _tell(self) -> None:
        """An undo or a redo is stored: say which, once for all parts of it."""
        if self._step is None:
            return
        (is_undo, text), self._step = self._step, None
        words = self.tr("Undone: {what}") if is_undo else self.tr("Done again: {what}")
        back = self.tr("Redo") if is_undo else self.tr("Undo")
        if self._message is not None and isValid(self._message):
            self._message.closed.emit()
        self._message = message = self._window.messages.show_success(words.format(what=_short(text)), back)
        message.action_asked.connect(lambda: self._take_back(message, text, is_undo=is_undo))

    def _take_back(self, message: Message, text: str, *, is_undo: bool) -> None:
        message.closed.emit()
        if is_undo and self._stack.redoText() == text:
            self.redo()
        elif not is_undo and self._stack.undoText() == text:
            self.undo()

    def _forget(self) -> None:
        self._step = None

    def _name_actions(self) -> None:
        stack = self._stack
        if not isValid(stack):  # it empties itself while it is taken apart
            return
        for action, word, text, is_possible in (
            (self.undo_action, self.tr("Undo"), stack.undoText(), stack.canUndo()),
            (self.redo_action, self.tr("Redo"), stack.redoText(), stack.canRedo()),
        ):
            action.setText(f"{word} {_short(text)}".strip().replace("&", "&&"))
            action.setEnabled(is_possible)


def _decisions(command: QUndoCommand) -> list[Decision]:
    """The decision, or those that were made together as one step."""
    parts = [command.child(place) for place in range(command.childCount())] or [command]
    return [part for part in parts if isinstance(part, Decision)]


def _short(text: str) -> str:
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"
