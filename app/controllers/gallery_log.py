"""The gallery's log in the window: checked when a gallery is opened, signed while the examiner's key is open."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from app.session import Session
from core.domain.custody import CustodyStatus
from core.domain.events import ErrorReport
from ui.views.gallery import GalleryView

if TYPE_CHECKING:
    from core.gallery.store import Gallery


class GalleryLogController(QObject):
    """Says what a check of the log found, and signs where it ends: when a key is opened, and before a gallery closes.

    Lookups are entered all day long; each of them signed for by itself would double the log.

    Args:
        session: what is open, and the examiner's key.
        view: the gallery page, which says how the log stands.
    """

    def __init__(self, session: Session, view: GalleryView) -> None:
        super().__init__(session)
        self._session, self._view = session, view
        self._checked: Path | None = None
        session.gallery_changed.connect(self._on_gallery_changed)
        session.gallery_closing.connect(self.sign)

    def sign(self) -> None:
        """Sign where the log ends; nothing happens without an open key, or where somebody tampered with the log."""
        session, key = self._session, self._session.key
        if key is None or not session.gallery.is_open:
            return
        ledger_path = session.folders.head_ledger

        def work(gallery: Gallery) -> CustodyStatus:
            from core.evidence.ledger import HeadLedger

            ledger = HeadLedger(ledger_path)
            gallery.sign_log(key, ledger)
            return gallery.check_log(ledger=ledger)

        session.gallery.ask(work, self._view.show_log)

    def _on_gallery_changed(self) -> None:
        path = self._session.gallery_path
        if path is None or not self._session.gallery.is_open:
            self._checked = None
        elif path != self._checked:
            self._checked = path
            self._check(path)

    def _check(self, path: Path) -> None:
        ledger_path = self._session.folders.head_ledger

        def work(gallery: Gallery) -> CustodyStatus:
            from core.evidence.ledger import HeadLedger

            return gallery.check_log(ledger=HeadLedger(ledger_path))

        def checked(status: CustodyStatus) -> None:
            self._view.show_log(status)
            if status.tampering:
                self._session.failed.emit(
                    ErrorReport(
                        what=f"the log of this gallery was tampered with: {status.tampering[0].sentence}",
                        next_step="secure a copy of the file before you go on, and see `unswap gallery log`",
                        path=path,
                    )
                )

        self._session.gallery.ask(work, checked)
