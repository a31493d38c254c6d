"""Opening a case in place of another: the one that is open stays until the other one has been opened once."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from app.opening import opened_case
from app.workers.desk import Desk
from core.domain.events import ErrorReport
from core.domain.report import CaseInfo

if TYPE_CHECKING:
    from app.session import Session
    from core.casefile.store import CaseFile


class CaseOpening(QObject):
    """How a session gets from one case to another.

    A trial on a thread of its own makes or opens the other case, brings it up to date and lets it go again: only then
    is the open one closed. So a wrong folder, or a case that another window has open, costs nothing.
    """

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self._session = session
        self._trial: Desk[CaseFile] = Desk("trial", self)
        self._trial.unexpected.connect(session.failed)

    def open(
        self, folder: Path, *, create: bool, info: CaseInfo | None, is_new: bool, failed: Callable[[ErrorReport], None]
    ) -> None:
        """See `Session.open_case`."""

        def make() -> CaseFile:
            return opened_case(folder, create=create, info=info, is_new=is_new)

        def tried(_: CaseFile) -> None:
            self._trial.release(lambda: self._replace(folder, lambda: _found(folder), failed))

        if self._session.case_folder in (None, folder):  # the same one cannot be held twice
            self._replace(folder, make, failed)
        else:
            self._trial.open(make, tried, failed)

    def stop(self) -> None:
        """End the thread of the trials."""
        self._trial.stop()

    def _replace(self, folder: Path, make: Callable[[], CaseFile], failed: Callable[[ErrorReport], None]) -> None:
        session = self._session
        session.close_case()
        session.case.open(make, None, failed)
        session.case.ask(
            lambda case: (case.case_info(), case.evidence(), case.decisions()),
            lambda state: session.take_up(folder, *state),
        )


def _found(folder: Path) -> CaseFile:
    """A case that the trial has just opened."""
    return opened_case(folder, create=False, info=None, is_new=False)
