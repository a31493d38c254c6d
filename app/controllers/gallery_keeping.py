"""Who can read the open gallery, and until when people are kept in it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from app.controllers.gallery_search import lookup_of
from app.gallery_answers import listed
from app.session import Session
from core.domain.events import ErrorReport
from ui.views.gallery import GalleryView
from ui.widgets.message_bar import MessageBar

if TYPE_CHECKING:
    from core.gallery.conversion import Conversion
    from core.gallery.key_file import GalleryKey
    from core.gallery.store import Gallery


class GalleryKeepingController(QObject):
    """Part of the gallery's controller.

    Args:
        session: what is open.
        view: the page.
        messages: the window's; says what went well.
    """

    def __init__(self, session: Session, view: GalleryView, messages: MessageBar) -> None:
        super().__init__(session)
        self._session = session
        self._view = view
        self._messages = messages
        self._asked: Path | None = None
        self._logged: Path | None = None
        view.passphrase_given.connect(self._open)
        view.encryption_asked.connect(self._encrypt)
        view.passphrase_change_asked.connect(self._change_passphrase)
        view.decryption_asked.connect(self._decrypt)
        view.retention_asked.connect(self._retain)
        session.gallery_locked.connect(self._ask_passphrase)
        session.gallery_changed.connect(self._log_opening)

    def _ask_passphrase(self, path: Path, report: ErrorReport) -> None:
        """The first question needs no explanation; the next says that the passphrase was wrong."""
        is_again, self._asked = self._asked == path, path
        self._view.ask_passphrase(path, report.what if is_again else "")

    def _open(self, path: Path, passphrase: str) -> None:
        self._session.open_gallery(path, passphrase=passphrase)

    def _log_opening(self) -> None:
        """Once an opening: whoever looks at the page sees everybody."""
        path = self._session.gallery_path
        if path is not None:
            self._asked = None
        if path == self._logged:
            return
        self._logged = path
        if path is not None:
            lookup = lookup_of(self._session)
            self._session.gallery.write(lambda gallery: listed(gallery, lookup))

    def _encrypt(self, passphrase: str) -> None:
        done: list[Conversion] = []
        actor = self._session.actor

        def convert(path: Path, _: GalleryKey | None) -> GalleryKey | None:
            from core.gallery.conversion import encrypt_gallery
            from core.gallery.keys import unlock

            done.append(encrypt_gallery(path, passphrase=passphrase, actor=actor))
            return unlock(path, passphrase)

        self._convert(convert, done, self.tr("The gallery is encrypted. Its key file belongs beside it."))

    def _decrypt(self) -> None:
        done: list[Conversion] = []
        actor = self._session.actor

        def convert(path: Path, key: GalleryKey | None) -> GalleryKey | None:
            from core.gallery.conversion import decrypt_gallery

            if key is not None:
                done.append(decrypt_gallery(path, key, actor=actor))
            return None

        self._convert(convert, done, self.tr("The gallery is encrypted no longer."))

    def _convert(
        self, convert: Callable[[Path, GalleryKey | None], GalleryKey | None], done: list[Conversion], words: str
    ) -> None:
        session = self._session

        def told() -> None:
            session.gallery_changed.disconnect(told)
            if done:
                left = ", ".join(str(path) for path in done[0].copies_left)
                more = self.tr(" Copies made before stay as they were: {paths}").format(paths=left) if left else ""
                self._tell(words + more)

        session.gallery_changed.connect(told)
        session.convert_gallery(convert)

    def _change_passphrase(self, passphrase: str) -> None:
        key, actor = self._session.gallery_key, self._session.actor
        if key is None:
            return

        def change(gallery: Gallery) -> None:
            from core.gallery.keys import change_passphrase

            change_passphrase(gallery.path, key, passphrase, in_keyring=None)
            gallery.record_key_change(actor=actor, detail="passphrase changed")

        said = self.tr("The passphrase is changed. Destroy copies of the former key file.")
        self._session.gallery.write(change, lambda _: self._tell(said))

    def _tell(self, words: str) -> None:
        self._messages.show_info(words)

    def _retain(self, person_id: int, until: date | None, basis: str) -> None:
        actor = self._session.actor

        def retain(gallery: Gallery) -> None:
            gallery.set_retention(person_id, until, actor=actor, basis=basis)

        self._session.gallery.write(retain, lambda _: self._session.gallery_changed.emit())
