"""Opening a case file or a gallery for the window; called on the threads that own them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from app.places import is_there
from app.settings import Folders
from app.workers.boundary import error_report
from app.workers.heavy_imports import import_heavy_libraries
from core.domain.events import ErrorReport
from core.domain.report import CaseInfo
from core.errors import CaseError, CaseFileError

if TYPE_CHECKING:
    from core.casefile.store import CaseFile
    from core.gallery.key_file import GalleryKey
    from core.gallery.store import Gallery


def opened_case(folder: Path, *, create: bool, info: CaseInfo | None, is_new: bool) -> CaseFile:
    """A case claimed for the window.

    Args:
        folder: of the case.
        create: make it when there is none.
        info: replaces what was entered about it.
        is_new: refuse a folder that holds a case already.

    Raises:
        CaseFileError: it cannot be opened, or another window has it open.
    """
    from core.casefile.opening import DATABASE_NAME
    from core.casefile.store import CaseFile

    if is_new and is_there(folder / DATABASE_NAME):
        raise CaseFileError(
            "this folder holds a case already",
            next_step="open that case, or choose another folder for the new one",
            path=folder,
        )
    case = CaseFile.open(folder, create=create)
    try:
        case.claim_window()
    except CaseFileError:
        case.close()
        raise
    if info is not None:
        case.set_case_info(info)
        case.append_audit(case.actor, "case made", str(folder))
    return case


def opened_gallery(path: Path, folders: Folders, *, create: bool, passphrase: str | None) -> Gallery:
    """A gallery, plain or encrypted.

    Args:
        path: of its file.
        folders: where the embedder is found that a new gallery belongs to.
        create: make it when there is none.
        passphrase: of an encrypted one; without it the system's keyring is asked.

    Raises:
        GalleryLockedError: it is encrypted, and the passphrase does not fit or is missing.
        GalleryError: it cannot be opened.
    """
    from core.gallery.keys import is_encrypted, unlock
    from core.gallery.store import Gallery

    key = unlock(path, passphrase) if is_encrypted(path) else None
    embedder_id = None
    if create and not path.exists():
        import_heavy_libraries()
        from app.assembly import default_embedder_id

        embedder_id = default_embedder_id(folders)
    return Gallery.open(path, create=create, embedder_id=embedder_id, key=key)


def converted_gallery(
    path: Path, key: GalleryKey | None, convert: Callable[[Path, GalleryKey | None], GalleryKey | None]
) -> tuple[Gallery, ErrorReport | None]:
    """A gallery after `convert` encrypted or decrypted it; as it was, and why, when that failed.

    Raises:
        GalleryError: it cannot be opened afterwards.
    """
    from core.gallery.store import Gallery

    trouble = None
    try:
        key = convert(path, key)
    except CaseError as error:
        trouble = error_report(error)
    return Gallery.open(path, create=False, embedder_id=None, key=key), trouble
