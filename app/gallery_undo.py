"""Undo and redo of what a person changed in a gallery."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication
from PySide6.QtGui import QUndoCommand

from core.domain.events import ErrorReport

if TYPE_CHECKING:
    from app.session import Session
    from core.gallery.merging import Merge, Split
    from core.gallery.store import Gallery


class GalleryChange(QUndoCommand):
    """One change. It is pushed when it is done, so that what could not be done is never on the stack.

    Args:
        session: whose gallery it belongs to.
        text: what undo and redo call it.
        again, back: the change and its undoing, done on the gallery's thread.
    """

    def __init__(
        self, session: Session, text: str, *, again: Callable[[Gallery], None], back: Callable[[Gallery], None]
    ) -> None:
        super().__init__(text)
        self._session = session
        self._path: Path | None = session.gallery_path
        self._steps: tuple[Callable[[Gallery], None], Callable[[Gallery], None]] | None = (again, back)
        self._is_first = True

    def redo(self) -> None:
        """Do it again."""
        is_first, self._is_first = self._is_first, False
        if not is_first and self._steps is not None:
            self._ask(self._steps[0])

    def undo(self) -> None:
        """Take it back."""
        if self._steps is not None:
            self._ask(self._steps[1])

    def forget(self) -> None:
        """Hold nothing personal any more, and do nothing: somebody was erased."""
        self._steps = None
        self.setText(_said("a change from before an erasure"))
        self.setObsolete(True)

    def _ask(self, work: Callable[[Gallery], None]) -> None:
        if self.isObsolete():
            return
        session = self._session
        if session.gallery_path == self._path and session.gallery.is_open:
            session.gallery.write(work, self._done, self._refuse)
            return
        self._refuse(
            ErrorReport(
                what=f"“{self.text()}” belongs to a gallery that is not open",
                next_step="open it and make the change there",
                path=self._path,
            )
        )

    def _done(self, _: None) -> None:
        self._session.gallery_changed.emit()
        self._session.marked.emit()

    def _refuse(self, error: ErrorReport) -> None:
        self.setObsolete(True)
        self._session.failed.emit(error)


def renaming(session: Session, person_id: int, *, old: str, new: str) -> GalleryChange:
    """A person was renamed."""

    def again(gallery: Gallery) -> None:
        gallery.rename(person_id, new, actor=session.actor)

    def back(gallery: Gallery) -> None:
        gallery.rename(person_id, old, actor=session.actor)

    return GalleryChange(session, _said("rename {old} to {new}").format(old=old, new=new), again=again, back=back)


def merging(session: Session, merge: Merge, *, reason: str) -> GalleryChange:
    """Two people were made one."""
    latest = [merge]  # written and read on the gallery's thread, whose order of work keeps it the latest
    keep, absorb = merge.keep, merge.absorb

    def again(gallery: Gallery) -> None:
        latest[0] = gallery.merge_people(keep.id, absorb.id, actor=session.actor, reason=reason)

    def back(gallery: Gallery) -> None:
        gallery.undo_merge(latest[0], actor=session.actor)

    text = _said("merge {absorb} with {keep}").format(absorb=absorb.name, keep=keep.name)
    return GalleryChange(session, text, again=again, back=back)


def splitting(session: Session, split: Split, *, name: str, reason: str) -> GalleryChange:
    """Some photos were made a person of their own."""
    latest = [split]

    def again(gallery: Gallery) -> None:
        latest[0] = gallery.split_off(split.person_id, split.moved, name=name, actor=session.actor, reason=reason)

    def back(gallery: Gallery) -> None:
        gallery.undo_split(latest[0], actor=session.actor)

    return GalleryChange(session, _said("split {name} off").format(name=name), again=again, back=back)


def _said(text: str) -> str:
    return QCoreApplication.translate("GalleryChange", text)
