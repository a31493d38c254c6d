"""Which gallery, and who acts on it: what every action of `gallery` asks first."""

from __future__ import annotations

from argparse import Namespace
from pathlib import Path
from typing import TYPE_CHECKING

from app.places import is_there
from app.settings import DEFAULT_EMBEDDER, Folders
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


def open_existing(path: Path) -> Gallery:
    """An existing gallery, whatever its embedder.

    Raises:
        GalleryError: missing, damaged, locked, newer.
    """
    from core.gallery.store import Gallery

    if not is_there(path):
        raise GalleryError(
            "there is no gallery", next_step="enrol somebody with `gallery add` or `gallery import`", path=path
        )
    return Gallery.open(path, create=False, embedder_id=None)


def embedder_of(path: Path) -> str:
    """Name of the embedder that an existing gallery is bound to.

    Raises:
        GalleryError: missing, damaged, locked, newer.
    """
    with open_existing(path) as gallery:
        return gallery.embedder_id.rpartition(":")[0]


def embedder_for(path: Path, wish: str | None) -> str:
    """Name of the embedder to enrol with: the gallery's, or for a new gallery the one asked for.

    Raises:
        GalleryError: the gallery cannot be opened, or another embedder than its own was asked for.
    """
    if not is_there(path):
        return wish or DEFAULT_EMBEDDER
    bound = embedder_of(path)
    if wish not in (None, bound):
        raise GalleryError(
            f"the gallery was made with the embedder {bound}, not with {wish}",
            next_step="leave --embedder out, or enrol into a new gallery",
            path=path,
        )
    return bound


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
