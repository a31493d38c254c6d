"""Opening galleries and asking them, for the command line and for the window alike."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from app.assembly import build_calibration
from app.places import is_there
from app.settings import DEFAULT_EMBEDDER, Folders
from core.domain.arrays import FloatArray
from core.domain.calibration import weights_part
from core.domain.comparison import PLAIN, Comparison, Surroundings
from core.domain.gallery import ErasurePreview
from core.domain.identity import Role
from core.errors import GalleryError, PhotoRefusedError

if TYPE_CHECKING:
    from core.domain.calibration import Calibration, FrameTable
    from core.gallery.enrol import FaceTemplater
    from core.gallery.key_file import GalleryKey
    from core.gallery.store import Gallery

PHOTO = "photo"


@dataclass(frozen=True, slots=True, kw_only=True)
class RecoveredBy:
    """Which networks recovered a face: either their checksums, or the table of error rates that they were found to fit.

    Attributes:
        model_sha256: of the recovery weights.
        detector_sha256: of their companion, '' for none.
        calibration_id: of the table; '' where no table fitted, or checksums are given instead.
    """

    model_sha256: str = ""
    detector_sha256: str = ""
    calibration_id: str = ""

    def fits(self, calibration: Calibration) -> bool:
        """Whether thresholds of the table hold for such a face; the embedder is compared elsewhere."""
        if self.model_sha256:
            return (self.model_sha256, self.detector_sha256) == (calibration.model_sha256, calibration.detector_sha256)
        return bool(self.calibration_id) and weights_part(self.calibration_id) == calibration.of_weights


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class FaceQuery:
    """One face to search for.

    Attributes:
        label: how the answer is headed.
        kind: ``"photo"``, or the role of a recovered face.
        embedding: (D,) float32, unit norm.
        embedder_id: which embedder made it; None when it is not known.
        surroundings: of a recovered target; None where they were not read, and for photos.
        n_frames: frames behind the embedding.
        made_with: what recovered it; None for photos, and where it is not known.
    """

    label: str
    kind: str
    embedding: FloatArray
    embedder_id: str | None
    surroundings: Surroundings | None = None
    n_frames: int = 1
    made_with: RecoveredBy | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchRule:
    """How a query is compared, and from where a candidate counts.

    Attributes:
        comparison: the rule behind the scores.
        table: of the same calibration, for as many frames; None when none was measured for the kind of query.
        lacking: why there is no threshold, and what to do where anything can be done; '' where there is one.
    """

    comparison: Comparison = PLAIN
    table: FrameTable | None = None
    lacking: str = ""

    def threshold_among(self, n_photos: int) -> float:
        """The threshold for a gallery of so many photographs; NO_THRESHOLD where none was measured."""
        from core.aggregation.thresholds import threshold_among

        return threshold_among(self.table, n_photos)


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


def measured_rule(folders: Folders, query: FaceQuery, embedder_id: str) -> SearchRule:
    """The rule and the thresholds that were measured; plain cosines without threshold for any other embedder.

    Thresholds are those of templates of as many frames, for a recovered face only where these very networks made it.
    """
    calibration = build_calibration(folders)
    if calibration.embedder_id != embedder_id:
        return SearchRule(lacking="no threshold was measured for this embedder")
    rule = SearchRule(comparison=calibration.comparison)
    measured = calibration.of(query.kind)
    if measured is None:
        return replace(rule, lacking="no threshold was measured for this kind of face")
    is_recovered = query.kind in (Role.SOURCE, Role.TARGET)
    if is_recovered and query.made_with is None:
        lacking = "which weights recovered the face is not known, so that no threshold holds; recover it anew"
        return replace(rule, lacking=lacking)
    if is_recovered and query.made_with is not None and not query.made_with.fits(calibration):
        return replace(rule, lacking="no threshold was measured for the weights that recovered the face")
    return replace(rule, table=measured.at(query.n_frames))


def erasure_preview(gallery: Gallery, person_id: int) -> ErasurePreview:
    """What an erasure would take."""
    from core.gallery.schema import backups_of

    mentions, namesakes = gallery.mentions_of(person_id)
    return ErasurePreview(
        person=gallery.person(person_id),
        backups=tuple(path.name for path in backups_of(gallery.path)),
        copies=tuple(gallery.known_copies()),
        mentions=mentions,
        namesakes=namesakes,
    )
