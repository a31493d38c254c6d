"""The key of an encrypted gallery on the command line: where its passphrase comes from."""

from __future__ import annotations

import getpass
import os
import sys
from argparse import ArgumentParser, _ArgumentGroup
from pathlib import Path
from typing import TYPE_CHECKING

from app.passphrases import passphrase_in
from core.errors import GalleryError, GalleryLockedError

if TYPE_CHECKING:
    from core.gallery.key_file import GalleryKey

PASSPHRASE_VARIABLE = "UNSWAP_GALLERY_PASSPHRASE"
_TRIES = 3


def add_passphrase_option(parser: ArgumentParser | _ArgumentGroup, flag: str = "--passphrase-file") -> None:
    """The option that names a file; its value is ``args.gallery_passphrase_file`` whatever the flag is called."""
    parser.add_argument(
        flag,
        dest="gallery_passphrase_file",
        type=Path,
        metavar="FILE",
        help="read an encrypted gallery's passphrase from its first line "
        f"(else: {PASSPHRASE_VARIABLE}, the system's keyring, or asked on a terminal)",
    )


def key_of(gallery: Path, passphrase_file: Path | None) -> GalleryKey | None:
    """The key of an encrypted gallery; None for a plain one, and where there is none.

    What was given is tried first, then the system's keyring, then whoever sits at the terminal is asked.

    Raises:
        GalleryError: no passphrase can be had, or none that was tried opens it.
    """
    from core.gallery.keys import is_encrypted, unlock

    if not is_encrypted(gallery):
        return None
    given = given_passphrase(passphrase_file)
    if given is not None:
        return unlock(gallery, given)
    try:
        return unlock(gallery)
    except GalleryLockedError:
        return _asked(gallery)


def given_passphrase(file: Path | None) -> str | None:
    """The passphrase of the file, or of the environment; None when neither is given.

    Raises:
        GalleryError: the file cannot be read, or holds none.
    """
    if file is None:
        return os.environ.get(PASSPHRASE_VARIABLE) or None
    return passphrase_in(file, GalleryError)


def new_passphrase(file: Path | None, gallery: Path) -> str:
    """A passphrase to be set: from a file or the environment, or typed twice.

    Raises:
        GalleryError: the file holds none, nobody can be asked, or the two are not the same.
    """
    given = given_passphrase(file)
    if given is not None:
        return given
    first = _typed(gallery, "New passphrase of the gallery: ")
    if _typed(gallery, "The same once more: ") != first:
        raise GalleryError("the two passphrases are not the same", next_step="try again; nothing was changed")
    return first


def _asked(gallery: Path) -> GalleryKey:
    from core.gallery.keys import unlock

    for _ in range(_TRIES - 1):
        try:
            return unlock(gallery, _typed(gallery, f"Passphrase of {gallery.name}: "))
        except GalleryLockedError as error:
            print(f"unswap: {error.what}", file=sys.stderr)
    return unlock(gallery, _typed(gallery, f"Passphrase of {gallery.name}: "))


def _typed(gallery: Path, question: str) -> str:
    if not sys.stdin.isatty():
        raise GalleryLockedError(
            "the gallery's passphrase is needed, and nobody can be asked here",
            next_step=f"name a file that holds it, or set {PASSPHRASE_VARIABLE}",
            path=gallery,
        )
    return getpass.getpass(question)
