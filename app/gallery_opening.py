"""Opening a gallery in place of another, and converting the one that is open."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from app.opening import converted_gallery, opened_gallery
from core.domain.events import ErrorReport
from core.errors import GalleryLockedError

if TYPE_CHECKING:
    from app.session import Session
    from core.gallery.key_file import GalleryKey
    from core.gallery.store import Gallery


class GalleryOpening:
    """How a session gets from one gallery to another; see `Session.open_gallery` and `Session.convert_gallery`."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def open(self, path: Path, *, create: bool, passphrase: str | None) -> None:
        """Open a gallery; `gallery_changed`, `gallery_locked` or `failed` follows."""
        session, folders = self._session, self._session.folders
        locked: list[GalleryLockedError] = []

        def make() -> Gallery:
            try:
                return opened_gallery(path, folders, create=create, passphrase=passphrase)
            except GalleryLockedError as error:
                locked.append(error)
                raise

        def failed(report: ErrorReport) -> None:
            if locked:
                session.gallery_changed.emit()
                session.gallery_locked.emit(path, report)
            else:
                session.failed.emit(report)

        self._forget()
        session.gallery.open(make, lambda gallery: self._opened(path, gallery), failed)

    def convert(self, convert: Callable[[Path, GalleryKey | None], GalleryKey | None]) -> None:
        """Close the open gallery, have it encrypted or decrypted, and open it again; also when that fails."""
        session, path, key = self._session, self._session.gallery_path, self._session.gallery_key
        if path is None:
            return
        if session.jobs.is_busy:
            session.failed.emit(
                ErrorReport(
                    what="the gallery cannot be converted while work goes on that may use it",
                    next_step="wait for it, or stop it",
                    path=path,
                )
            )
            return
        trouble: list[ErrorReport] = []

        def make() -> Gallery:
            gallery, problem = converted_gallery(path, key, convert)
            trouble.extend([problem] if problem is not None else [])
            return gallery

        def opened(gallery: Gallery) -> None:
            self._opened(path, gallery)
            for report in trouble:
                session.failed.emit(report)

        self._forget()
        session.gallery.open(make, opened, session.failed.emit)

    def _forget(self) -> None:
        """What cannot be opened must not be searched."""
        self._session.gallery_closing.emit()
        self._session.gallery_path, self._session.gallery_key = None, None

    def _opened(self, path: Path, gallery: Gallery) -> None:
        self._session.gallery_path, self._session.gallery_key = path, gallery.key
        self._session.gallery_changed.emit()
