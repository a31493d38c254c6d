"""Undo and redo of a person's decisions. The case file is the memory; the stack only knows their order."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtGui import QUndoCommand

from core.domain.review import ReviewAction, ReviewEntry, described

if TYPE_CHECKING:
    from app.session import Session
    from core.casefile.store import CaseFile


class Decision(QUndoCommand):
    """One action. Pushing it stores it at once; undo and redo mark the stored row.

    Args:
        session: whose case it belongs to.
        action: what was decided.
        stored: the row, for decisions of an earlier opening of the case; pushing those stores nothing.
    """

    def __init__(self, session: Session, action: ReviewAction, stored: ReviewEntry | None = None) -> None:
        super().__init__(described(action))
        self._session = session
        self._action = action
        # Written and read on the case's thread, whose order of work makes the id known before the first undo.
        self._row: ReviewEntry | None = stored
        self._is_earlier = stored is not None
        self._is_first = True

    @property
    def action(self) -> ReviewAction:
        """What was decided."""
        return self._action

    @property
    def row(self) -> ReviewEntry | None:
        """As it is stored; None until it is, or where that failed."""
        return self._row

    @property
    def is_earlier(self) -> bool:
        """Whether it was decided before the case was opened this time."""
        return self._is_earlier

    def redo(self) -> None:
        """Store the action, or mark its row as holding again."""
        is_first, self._is_first = self._is_first, False
        if is_first and self._row is not None:
            return  # it holds already
        if is_first:
            self._session.write_decision(self._store, self._action, self)
        else:
            self._session.write_decision(self._mark(is_active=True), self._action, self, is_mark=True)

    def undo(self) -> None:
        """Mark the row as undone."""
        self._session.write_decision(self._mark(is_active=False), self._action, self, is_mark=True)

    def _store(self, case: CaseFile) -> None:
        self._row = case.decide(self._session.actor, self._action)

    def _mark(self, *, is_active: bool) -> Callable[[CaseFile], None]:
        def mark(case: CaseFile) -> None:
            if self._row is not None:  # else: it could not be stored, which was said
                case.set_decision_active(self._session.actor, self._row.id, is_active=is_active)

        return mark
