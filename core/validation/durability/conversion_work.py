"""Encrypting a gallery, which makes a copy, a key file, and an end of the plain file."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

from core.gallery.conversion import encrypt_gallery
from core.gallery.keys import is_encrypted, unlock
from core.gallery.passing_files import finish_conversion
from core.validation.durability.gallery_work import GALLERY, GalleryWork
from core.validation.durability.workload import fingerprint

_PASSPHRASE = "correct horse battery staple"
_TODAY = "plain gallery"


class ConversionWork:
    """The one step of encrypting a gallery."""

    name = "conversion"
    title = "encrypting a gallery"
    database = GALLERY

    def prepare(self, folder: Path) -> None:
        """See `Workload`."""
        plain = folder.with_name(_TODAY)  # once for all kills
        if not plain.exists():
            for _ in GalleryWork("gallery", "").work(plain):
                pass
        shutil.copytree(plain, folder)

    def work(self, folder: Path) -> Iterator[int]:
        """See `Workload`."""
        finish_conversion(folder / GALLERY)
        if not is_encrypted(folder / GALLERY):
            encrypt_gallery(folder / GALLERY, passphrase=_PASSPHRASE, actor="step 1")
            yield 1

    def attempts(self, folder: Path) -> Iterator[Callable[[], object]]:
        """See `Workload`."""
        self.prepare(folder)
        yield lambda: list(self.work(folder))

    def state(self, folder: Path) -> str:
        """See `Workload`."""
        return fingerprint((self._gallery(folder).state(folder), is_encrypted(folder / GALLERY)))

    def problems(self, folder: Path) -> list[str]:
        """See `Workload`; once it is encrypted, nothing plain lies beside it."""
        found = self._gallery(folder).problems(folder)
        if is_encrypted(folder / GALLERY):
            plain = [p.name for p in folder.iterdir() if p.read_bytes().startswith(b"SQLite format 3")]
            found += [f"{name} is not encrypted" for name in plain]
        return found

    def _gallery(self, folder: Path) -> GalleryWork:
        finish_conversion(folder / GALLERY)
        key = unlock(folder / GALLERY, _PASSPHRASE) if is_encrypted(folder / GALLERY) else None
        return GalleryWork("gallery", "", key=key)
