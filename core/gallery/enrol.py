"""Enrolment: from one photo, from a folder of people's folders, or from a CSV list."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np

from core.domain.arrays import FloatArray, UInt8Array, frozen_array
from core.domain.comparison import Surroundings
from core.domain.gallery import EnrolOutcome, EnrolStatus, PersonRecord
from core.errors import EmbedderMismatchError, GalleryError, PhotoRefusedError
from core.gallery.listings import Listed, csv_listing, folder_listing
from core.gallery.photos import decode_photo, read_photo_bytes
from core.gallery.store import Gallery
from core.gallery.templates import duplicate_photo
from core.gallery.texts import checked_name

BATCH_SIZE = 32


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class PhotoTemplate:
    """What a photo of one face yields.

    Attributes:
        embedding: (D,) float32, unit norm.
        thumbnail_png: the face, PNG of at most 96 px a side (`core.gallery.photos.thumbnail_png` makes one).
        quality: of the face, [0, 1].
        landmarks_px: (5, 2) float32 in pixels of the photo, MTCNN order.
        surroundings: what surrounds the face; None where they were not read.
    """

    embedding: FloatArray
    thumbnail_png: bytes
    quality: float
    landmarks_px: FloatArray
    surroundings: Surroundings | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "embedding", frozen_array(self.embedding, "embedding", (None,), np.float32))
        landmarks = frozen_array(self.landmarks_px, "landmarks_px", (5, 2), np.float32)
        object.__setattr__(self, "landmarks_px", landmarks)


class FaceTemplater(Protocol):
    """Finds the one face of a photo, embeds it, and reads what surrounds it."""

    @property
    def embedder_id(self) -> str:
        """Id of the embedder, with its checksum; must be the gallery's."""

    @property
    def surroundings_id(self) -> str:
        """Id of what reads the surroundings of faces, with its checksum; '' where nothing does."""

    def template(self, rgb: UInt8Array) -> PhotoTemplate:
        """Template of the one face in `rgb`, (H, W, 3) uint8, upright.

        Raises:
            PhotoRefusedError: no face, several faces, too small, too blurred.
        """


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Prepared:
    photo: Listed
    sha256: str
    template: PhotoTemplate


def enrol_photo(
    gallery: Gallery,
    templater: FaceTemplater,
    path: Path,
    *,
    name: str = "",
    person_id: int | None = None,
    note: str = "",
    basis: str = "",
    actor: str,
) -> EnrolOutcome:
    """Enrol one photo of a person given by id, or by name (added when nobody bears it).

    A photo that was enrolled before the templater's model read surroundings gets them, and is else left as it is.

    Raises:
        PhotoRefusedError: the photo cannot be read, shows no usable face, or is enrolled already.
        GalleryError: unknown id, ambiguous or unusable name, or the gallery fails.
        EmbedderMismatchError: the templater's embedder is not the gallery's.
    """
    _check_embedder(gallery, templater)
    name = gallery.person(person_id).name if person_id is not None else checked_name(name)
    photo = Listed(path=path, name=name, note=note, basis=basis, photo_name=path.name)
    holder = gallery.person(person_id) if person_id is not None else gallery.only_person_named(name)
    data, sha256 = read_photo_bytes(path)
    known_as = dict(gallery.holders_of_photo(sha256)).get(holder.id) if holder else None
    if holder and known_as is not None and not _lacks_surroundings(gallery, templater, holder.id, sha256):
        raise duplicate_photo(known_as)  # found before the face is looked for
    prepared = _Prepared(photo=photo, sha256=sha256, template=templater.template(decode_photo(data, path)))
    with gallery.transaction():
        return _commit(gallery, templater, prepared, actor, person_id)


def import_folder(
    gallery: Gallery,
    templater: FaceTemplater,
    folder: Path,
    *,
    basis: str = "",
    actor: str,
    batch_size: int = BATCH_SIZE,
) -> Iterator[EnrolOutcome]:
    """Enrol a folder that holds one folder a person, named after the person.

    Bad photos are refused one by one and the rest goes on. Photos that are enrolled already are passed over, or get the
    surroundings that they lack. Photos are committed in batches; an outcome is
    handed out after its commit, so that a killed import loses at most one batch, and another run resumes.

    Args:
        gallery: where to.
        templater: finds and embeds the faces.
        folder: of people's folders; hidden files are passed over.
        basis: on what ground the data is held, for people that are new.
        actor: who imports.
        batch_size: photos a commit, >= 1.

    Raises:
        GalleryError: `folder` is none, or the gallery fails.
        EmbedderMismatchError: the templater's embedder is not the gallery's.
    """
    return import_listed(gallery, templater, folder_listing(folder, basis=basis), actor=actor, batch_size=batch_size)


def import_csv(
    gallery: Gallery, templater: FaceTemplater, csv_path: Path, *, actor: str, batch_size: int = BATCH_SIZE
) -> Iterator[EnrolOutcome]:
    """Enrol the photos listed in a CSV file, UTF-8, columns ``path,name`` and optionally ``note,basis``.

    Relative paths start at the CSV's folder; lines of the same name are the same person, whose note and basis
    are those of the first line. Goes on and commits as `import_folder` does.

    Raises:
        GalleryError: the list cannot be read, or the gallery fails.
        EmbedderMismatchError: the templater's embedder is not the gallery's.
    """
    return import_listed(gallery, templater, csv_listing(csv_path), actor=actor, batch_size=batch_size)


def import_listed(
    gallery: Gallery,
    templater: FaceTemplater,
    listing: Iterable[Listed],
    *,
    actor: str,
    batch_size: int = BATCH_SIZE,
) -> Iterator[EnrolOutcome]:
    """Enrol the photos of a listing, as `import_folder` does.

    Raises:
        EmbedderMismatchError: the templater's embedder is not the gallery's.
    """
    _check_embedder(gallery, templater)
    return _import(gallery, templater, listing, actor, batch_size)


def _import(
    gallery: Gallery, templater: FaceTemplater, listing: Iterable[Listed], actor: str, batch_size: int
) -> Iterator[EnrolOutcome]:
    batch: list[_Prepared | EnrolOutcome] = []
    for photo in listing:
        batch.append(_prepare(gallery, templater, photo))
        if len(batch) >= batch_size:
            yield from _flush(gallery, templater, batch, actor)
            batch = []
    yield from _flush(gallery, templater, batch, actor)


def _prepare(gallery: Gallery, templater: FaceTemplater, photo: Listed) -> _Prepared | EnrolOutcome:
    """The slow part, outside any transaction so that other programs can write meanwhile."""
    if photo.refusal:
        return _refused(photo, photo.refusal)
    try:
        holder = gallery.only_person_named(photo.name)
    except GalleryError as ambiguous:
        return _refused(photo, ambiguous.what)
    known_as: str | None = None
    try:
        data, sha256 = read_photo_bytes(photo.path)
        known_as = dict(gallery.holders_of_photo(sha256)).get(holder.id) if holder else None
        if holder and known_as is not None and not _lacks_surroundings(gallery, templater, holder.id, sha256):
            return _known(photo, holder.id, known_as)
        template = templater.template(decode_photo(data, photo.path))
    except PhotoRefusedError as error:
        if holder and known_as is not None:  # whatever is wrong with it, its person has it
            return _known(photo, holder.id, known_as, f"its surroundings could not be read: {error.what}")
        return _refused(photo, error.what)
    return _Prepared(photo=photo, sha256=sha256, template=template)


def _lacks_surroundings(gallery: Gallery, templater: FaceTemplater, person_id: int, sha256: str) -> bool:
    """Whether an enrolled photo would gain by being looked at again."""
    reader = templater.surroundings_id
    return bool(reader) and gallery.lacks_surroundings(person_id, sha256, reader)


def _known(photo: Listed, person_id: int, known_as: str, *warnings: str) -> EnrolOutcome:
    """What becomes of a photo that its person has already: under another name, it is refused as a copy."""
    if known_as != photo.photo_name:
        return _refused(photo, duplicate_photo(known_as).what)
    return EnrolOutcome(
        path=photo.path,
        name=photo.name,
        status=EnrolStatus.ALREADY_ENROLLED,
        person_id=person_id,
        warnings=warnings,
    )


def _flush(
    gallery: Gallery, templater: FaceTemplater, batch: list[_Prepared | EnrolOutcome], actor: str
) -> list[EnrolOutcome]:
    """Commit a batch as a whole; outcomes in the order of the listing."""
    if not any(isinstance(item, _Prepared) for item in batch):
        return [item for item in batch if isinstance(item, EnrolOutcome)]
    outcomes: list[EnrolOutcome] = []
    with gallery.transaction():
        for item in batch:
            if isinstance(item, EnrolOutcome):
                outcomes.append(item)
                continue
            try:
                outcomes.append(_commit(gallery, templater, item, actor))
            except PhotoRefusedError as error:  # a copy within this batch, or another process was faster
                outcomes.append(_refused(item.photo, error.what))
    return outcomes


def _commit(
    gallery: Gallery,
    templater: FaceTemplater,
    prepared: _Prepared,
    actor: str,
    person_id: int | None = None,
) -> EnrolOutcome:
    photo, template = prepared.photo, prepared.template
    if person_id is None:
        person_id = gallery.find_or_add_person(photo.name, note=photo.note, basis=photo.basis, actor=actor)
    person = gallery.person(person_id)
    known_as = dict(gallery.holders_of_photo(prepared.sha256)).get(person_id)
    if known_as is not None:
        return _completed(gallery, prepared, person, known_as, actor)
    warnings = [
        f"the same photo is enrolled under {gallery.person(other).name} (person {other}) too"
        for other, _ in gallery.holders_of_photo(prepared.sha256)
        if other != person_id
    ]
    if photo.basis and photo.basis != person.basis:
        warnings.append(f"the basis given differs from that of person {person_id}, which was kept")
    template_id = gallery.add_template(
        person_id,
        template.embedding,
        embedder_id=templater.embedder_id,
        photo_sha256=prepared.sha256,
        photo_name=photo.photo_name,
        thumbnail_png=template.thumbnail_png,
        quality=template.quality,
        surroundings=template.surroundings,
        actor=actor,
    )
    return EnrolOutcome(
        path=photo.path,
        name=person.name,
        status=EnrolStatus.ENROLLED,
        person_id=person_id,
        template_id=template_id,
        warnings=tuple(warnings),
        quality=template.quality,
    )


def _completed(gallery: Gallery, prepared: _Prepared, person: PersonRecord, known_as: str, actor: str) -> EnrolOutcome:
    """Add the surroundings to a photo that its person has already; PhotoRefusedError when it has them, too."""
    around = prepared.template.surroundings
    template_id = gallery.add_surroundings(person.id, prepared.sha256, around, actor=actor) if around else None
    if template_id is None:
        raise duplicate_photo(known_as)
    return EnrolOutcome(
        path=prepared.photo.path,
        name=person.name,
        status=EnrolStatus.SURROUNDINGS_ADDED,
        person_id=person.id,
        template_id=template_id,
    )


def _refused(photo: Listed, reason: str) -> EnrolOutcome:
    return EnrolOutcome(path=photo.path, name=photo.name, status=EnrolStatus.REFUSED, reason=reason)


def _check_embedder(gallery: Gallery, templater: FaceTemplater) -> None:
    if templater.embedder_id != gallery.embedder_id:
        raise EmbedderMismatchError(
            f"faces would be embedded by {templater.embedder_id}, the gallery is of {gallery.embedder_id}",
            next_step="choose the gallery's embedder, or enrol into a new gallery",
            path=gallery.path,
        )
