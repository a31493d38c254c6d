"""Opening galleries and asking them, for the command line and for the window alike."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from app.assembly import build_calibration
from app.places import is_there
from app.settings import DEFAULT_EMBEDDER, Folders
from core.domain.arrays import FloatArray
from core.domain.comparison import PLAIN, Comparison, Surroundings
from core.domain.identity import NO_THRESHOLD
from core.errors import GalleryError, PhotoRefusedError

if TYPE_CHECKING:
    from core.gallery.enrol import FaceTemplater
    from core.gallery.key_file import GalleryKey
    from core.gallery.store import Gallery

PHOTO = "photo"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class FaceQuery:
    """One face to search for.

    Attributes:
        label: how the answer is headed.
        kind: ``"photo"``, or the role of a recovered face.
        embedding: (D,) float32, unit norm.
        embedder_id: which embedder made it; None when it is not known.
        surroundings: of a recovered target; None where they were not read, and for photos.
    """

    label: str
    kind: str
    embedding: FloatArray
    embedder_id: str | None
    surroundings: Surroundings | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchRule:
    """How a query is compared, and from where a candidate counts.

    Attributes:
        comparison: the rule behind the scores.
        threshold: of the same calibration; NO_THRESHOLD when none was measured for the kind of query.
    """

    comparison: Comparison = PLAIN
    threshold: float = NO_THRESHOLD


def open_existing(path: Path, key: GalleryKey | None = None) -> Gallery:
    """An existing gallery, whatever its embedder; `key` opens an encrypted one.

    Raises:
        GalleryLockedError: encrypted, and there is no key.
        GalleryError: missing, damaged, locked, newer.
    """
    from core.gallery.store import Gallery

    if not is_there(path):
        raise GalleryError(
            "there is no gallery", next_step="enrol somebody with `gallery add` or `gallery import`", path=path
        )
    return Gallery.open(path, create=False, embedder_id=None, key=key)


def embedder_name(embedder_id: str) -> str:
    """Name of an embedder, of its id with the checksum."""
    return embedder_id.rpartition(":")[0]


def embedder_of(path: Path, key: GalleryKey | None = None) -> str:
    """Name of the embedder that an existing gallery is bound to; `key` opens an encrypted one.

    Raises:
        GalleryError: missing, damaged, locked, newer.
    """
    with open_existing(path, key) as gallery:
        return embedder_name(gallery.embedder_id)


def embedder_for(path: Path, wish: str | None, key: GalleryKey | None = None) -> str:
    """Name of the embedder to enrol with: the gallery's, or for a new gallery the one asked for.

    Raises:
        GalleryError: the gallery cannot be opened, or another embedder than its own was asked for.
    """
    if not is_there(path):
        return wish or DEFAULT_EMBEDDER
    bound = embedder_of(path, key)
    if wish not in (None, bound):
        raise GalleryError(
            f"the gallery was made with the embedder {bound}, not with {wish}",
            next_step="leave --embedder out, or enrol into a new gallery",
            path=path,
        )
    return bound


def photo_query(path: Path, make_templater: Callable[[], FaceTemplater]) -> FaceQuery:
    """The one face of a photo; networks are loaded for files that are photos only.

    Raises:
        PhotoRefusedError: the file cannot be read, or shows no usable face or several.
    """
    from core.gallery.photos import read_photo

    photo = read_photo(path)
    templater = make_templater()
    try:
        template = templater.template(photo.rgb)
    except PhotoRefusedError as error:
        raise PhotoRefusedError(error.what, next_step=error.next_step, path=path) from error
    return FaceQuery(label=path.name, kind=PHOTO, embedding=template.embedding, embedder_id=templater.embedder_id)


def measured_rule(folders: Folders, kind: str, embedder_id: str) -> SearchRule:
    """The rule and the threshold that were measured; plain cosines without threshold for any other embedder.

    The threshold is that of single frames: a photo, or a face recovered from one picture.
    """
    calibration = build_calibration(folders)
    if calibration.embedder_id != embedder_id:
        return SearchRule()
    measured = calibration.of(kind)
    threshold = NO_THRESHOLD if measured is None else measured.at(1).point.threshold
    return SearchRule(comparison=calibration.comparison, threshold=threshold)
