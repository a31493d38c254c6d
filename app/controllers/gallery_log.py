"""The gallery's log in the window: checked when a gallery is opened, signed with the examiner's key on request."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from app.session import Session
from core.domain.custody import CustodyStatus
from core.domain.events import ErrorReport
from ui.views.gallery import GalleryView

if TYPE_CHECKING:
    from core.gallery.store import Gallery


@dataclass(frozen=True, slots=True, kw_only=True)
class _Checked:
    """What a check found, and whether the gallery alone is whole, whatever was signed elsewhere."""

    status: CustodyStatus
    is_whole_alone: bool


class GalleryLogController(QObject):
    """Says what a check of the log found, and signs where it ends.

    It is signed when a person asks for it, and from then on before that gallery closes: lookups are entered all day
    long. Never unasked: a copy of a gallery bears the same id, and signing the copy would make the original an older
    one.

    Args:
        session: what is open, and the examiner's key.
        view: the gallery page, which says how the log stands.
    """

    def __init__(self, session: Session, view: GalleryView) -> None:
        super().__init__(session)
        self._session, self._view = session, view
        self._checked: Path | None = None
        self._is_signed_here = False
        view.sign_asked.connect(self.sign)
        session.gallery_changed.connect(self._on_gallery_changed)
        session.gallery_closing.connect(self._on_gallery_closing)

    def sign(self) -> None:
        """Sign where the log ends; a log that somebody tampered with is not signed, which is said."""
        session, key = self._session, self._session.key
        if not session.gallery.is_open:
            return
        if key is None:
            step = "open the examiner's key on the case page, then sign"
            session.failed.emit(ErrorReport(what="no key is open to sign with", next_step=step, path=None))
            return
        ledger_path = session.folders.head_ledger

        def work(gallery: Gallery) -> CustodyStatus:
            from core.evidence.ledger import HeadLedger

            ledger = HeadLedger(ledger_path)
            gallery.sign_log(key, ledger)
            return gallery.check_log(ledger=ledger)

        def signed(status: CustodyStatus) -> None:
            self._is_signed_here = True
            self._view.show_log(status, datetime.now().astimezone())

        session.gallery.write(work, signed)

    def _on_gallery_closing(self) -> None:
        session, key = self._session, self._session.key
        if self._is_signed_here and key is not None and session.gallery.is_open:
            ledger_path = session.folders.head_ledger

            def work(gallery: Gallery) -> None:
                from core.evidence.ledger import HeadLedger

                gallery.sign_log(key, HeadLedger(ledger_path))

            session.gallery.write(work)
        self._is_signed_here, self._checked = False, None
        self._view.show_log(None)

    def _on_gallery_changed(self) -> None:
        path = self._session.gallery_path
        if path is not None and self._session.gallery.is_open and path != self._checked:
            self._checked = path
            self._check(path)

    def _check(self, path: Path) -> None:
        ledger_path = self._session.folders.head_ledger

        def work(gallery: Gallery) -> _Checked:
            from core.evidence.ledger import HeadLedger

            status = gallery.check_log(ledger=HeadLedger(ledger_path))
            return _Checked(status=status, is_whole_alone=not status.tampering or gallery.check_log().is_whole)

        def checked(found: _Checked) -> None:
            self._view.show_log(found.status, datetime.now().astimezone())
            if not found.status.tampering:
                return
            what = "the log of this gallery was tampered with"
            step = "secure a copy of the file before you go on, and see `unswap gallery log`"
            if found.is_whole_alone:
                what = "this gallery does not go on from what was signed on this computer"
                step = "was a copy or an older state put back? If not, secure the file; see `unswap gallery log`"
            what = f"{what}: {found.status.tampering[0].sentence}"
            self._session.failed.emit(ErrorReport(what=what, next_step=step, path=path))

        self._session.gallery.ask(work, checked)
