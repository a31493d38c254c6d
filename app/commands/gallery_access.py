"""Which gallery, and who acts on it: what every action of `gallery` asks first."""

from __future__ import annotations

from argparse import Namespace
from pathlib import Path
from typing import TYPE_CHECKING

from app.settings import Folders
from core.errors import GalleryError

if TYPE_CHECKING:
    from core.domain.gallery import PersonRecord
    from core.gallery.store import Gallery


def actor(args: Namespace) -> str:
    """Who acts, for the audit."""
    from core.gallery.audit import account_name

    return str(args.actor) or account_name()


def gallery_path(args: Namespace, folders: Folders) -> Path:
    """The gallery that was named, or the user's own."""
    return Path(args.gallery or folders.gallery)


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
