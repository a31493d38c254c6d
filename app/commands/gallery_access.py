"""Which gallery, and who acts on it: what every action of `gallery` asks first."""

from __future__ import annotations

import sys
from argparse import Namespace
from pathlib import Path
from typing import TYPE_CHECKING

from app.gallery_access import open_existing
from app.gallery_unlocking import key_of
from app.settings import Folders
from core.errors import GalleryError

if TYPE_CHECKING:
    from core.domain.gallery import PersonRecord
    from core.gallery.key_file import GalleryKey
    from core.gallery.store import Gallery


def actor(args: Namespace) -> str:
    """Who acts, for the audit."""
    from core.gallery.audit import account_name

    return str(args.actor) or account_name()


def gallery_path(args: Namespace, folders: Folders) -> Path:
    """The gallery that was named, or the user's own."""
    return Path(args.gallery or folders.gallery)


def opened(args: Namespace, folders: Folders) -> Gallery:
    """The gallery itself, unlocked when it is encrypted.

    Raises:
        GalleryError: missing, damaged, in use, newer; or no passphrase opens it.
    """
    path = gallery_path(args, folders)
    return open_existing(path, gallery_key(args, path))


def gallery_key(args: Namespace, path: Path) -> GalleryKey | None:
    """What opens the gallery; None for a plain one. May ask for a passphrase: call it once."""
    return key_of(path, args.gallery_passphrase_file)


def named_person(args: Namespace, gallery: Gallery) -> PersonRecord:
    """The person given by ``--person`` or ``--name``.

    Raises:
        GalleryError: nobody, or several people of that name.
    """
    if args.person is not None:
        return gallery.person(args.person)
    person = gallery.only_person_named(args.name)
    if person is None:
        raise GalleryError(
            f"nobody is called {args.name!r}", next_step="look the name up with `gallery list`", path=gallery.path
        )
    return person


def confirmed(question: str) -> bool:
    """Whether a person types yes."""
    from core.report.text import printable

    print(f"unswap: {printable(question)} Type yes to go on: ", end="", file=sys.stderr, flush=True)
    answer = sys.stdin.readline()
    if not answer.endswith("\n"):
        print(file=sys.stderr)
    return answer.strip().lower() == "yes"
