"""Jobs on a gallery that need networks: enrolling photos, searching with a photo. They open the gallery themselves."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from app.assembly import lacks_surroundings
from app.gallery_access import embedder_name, open_existing, photo_query
from app.gallery_answers import Lookup, answer
from app.settings import DEFAULT_MODEL
from app.workers.boundary import error_report
from app.workers.engine_room import EngineRoom
from app.workers.heavy_imports import import_heavy_libraries
from core.domain.cancel import CancelToken
from core.domain.events import ErrorReport, Progress
from core.domain.gallery import EnrolCounts, EnrolOutcome, EnrolRequest, EnrolStatus
from core.errors import CaseError, GalleryError, PhotoRefusedError
from ui.person_words import CandidateSection

if TYPE_CHECKING:
    from core.gallery.enrol import FaceTemplater
    from core.gallery.key_file import GalleryKey
    from core.gallery.listings import Listed
    from core.gallery.store import Gallery

ENROL_STAGE = "enrol"
MOST_FILES = 200_000
"""Files of one enrolment: whoever drops a whole disk is told so before the memory is full."""

_LOADING = Progress(stage="load", done=0, total=None, unit="networks")


@dataclass(frozen=True, slots=True, kw_only=True)
class PhotosCounted:
    """How many photos an enrolment will look at."""

    total: int


@dataclass(frozen=True, slots=True, kw_only=True)
class EnrolJob:
    """Enrols what was handed in; yields `PhotosCounted`, an `EnrolOutcome` a photo, and `Progress`.

    Each photo is committed by itself, so that a job that is cancelled or killed keeps what it said.

    Attributes:
        gallery: file of an existing gallery.
        key: opens it when it is encrypted.
        request: what was handed in.
        actor: who enrols, for the gallery's log.
        device: for the networks, ``"auto"`` and so on.
        model: recovery network whose reading of surroundings is kept with the photos.
    """

    gallery: Path
    key: GalleryKey | None = None
    request: EnrolRequest
    actor: str
    device: str = "auto"
    model: str = DEFAULT_MODEL

    def run(self, room: EngineRoom, cancel: CancelToken) -> Generator[object, None, EnrolCounts]:
        """The generator of the job."""
        yield _LOADING
        import_heavy_libraries()
        counts = EnrolCounts()
        with open_existing(self.gallery, self.key) as gallery:
            templater = room.templater(embedder_name(gallery.embedder_id), self.device, self.model)
            warning = lacks_surroundings(templater)
            files = self._listed(gallery, cancel)
            yield PhotosCounted(total=len(files))
            for outcome in self._outcomes(gallery, templater, files):
                counts = counts.plus(outcome.status)
                if warning and outcome.status is EnrolStatus.ENROLLED:
                    yield replace(outcome, warnings=(*outcome.warnings, warning))
                    warning = ""
                else:
                    yield outcome
                yield Progress(stage=ENROL_STAGE, done=counts.done, total=len(files), unit="photos")
        return counts

    def _outcomes(self, gallery: Gallery, templater: FaceTemplater, files: list[Listed]) -> Iterator[EnrolOutcome]:
        from core.gallery.enrol import import_listed

        if self.request.person_id is None:
            return import_listed(gallery, templater, files, actor=self.actor, batch_size=1)
        return self._of_one_person(gallery, templater, files, self.request.person_id)

    def _of_one_person(
        self, gallery: Gallery, templater: FaceTemplater, files: list[Listed], person_id: int
    ) -> Iterator[EnrolOutcome]:
        """By number, so that namesakes are no obstacle."""
        from core.gallery.enrol import enrol_photo

        for file in files:
            reason = file.refusal
            if not reason:
                try:
                    yield enrol_photo(gallery, templater, file.path, person_id=person_id, actor=self.actor)
                    continue
                except PhotoRefusedError as error:
                    reason = error.what
            yield EnrolOutcome(path=file.path, name=file.name, status=EnrolStatus.REFUSED, reason=reason)

    def _listed(self, gallery: Gallery, cancel: CancelToken) -> list[Listed]:
        """All files, so that a person knows from the start how many there are."""
        found: list[Listed] = []
        for file in self._found(gallery):
            cancel.raise_if_cancelled()
            found.append(file)
            if len(found) > MOST_FILES:
                raise GalleryError(
                    f"there are more than {MOST_FILES:,} files in what was chosen",
                    next_step="choose the folder that holds the people's folders, or enrol it in parts",
                    path=self.request.listings[0],
                )
        return found

    def _found(self, gallery: Gallery) -> Iterator[Listed]:
        from core.gallery.listings import listed, person_listing

        request = self.request
        name = request.name if request.person_id is None else gallery.person(request.person_id).name
        for path in request.photos:
            yield listed(path, name=name, note=request.note, basis=request.basis, photo_name=path.name)
        for path in request.listings:
            if request.person_id is not None:
                yield from person_listing(path, name=name)
                continue
            try:
                yield from self._of_listing(path)
            except CaseError as error:  # the other listings are none the worse for it
                yield listed(path, name=path.stem, note="", basis="", photo_name=path.name, refusal=error.what)

    def _of_listing(self, path: Path) -> Iterator[Listed]:
        from core.gallery.listings import csv_listing, folder_listing

        return folder_listing(path, basis=self.request.basis) if path.is_dir() else csv_listing(path)


@dataclass(frozen=True, slots=True, kw_only=True)
class PhotoSearchJob:
    """Searches with a photo; returns the answer, or why there is none.

    Attributes:
        gallery: file of an existing gallery.
        key: opens it when it is encrypted.
        photo: to search with.
        lookup: how, and for whom.
    """

    gallery: Path
    key: GalleryKey | None = None
    photo: Path
    lookup: Lookup

    def run(self, room: EngineRoom, cancel: CancelToken) -> Generator[object, None, CandidateSection | ErrorReport]:
        """The generator of the job."""
        yield _LOADING
        import_heavy_libraries()
        try:
            with open_existing(self.gallery, self.key) as gallery:
                name = embedder_name(gallery.embedder_id)
                query = photo_query(self.photo, lambda: room.templater(name, self.lookup.device, None))
                cancel.raise_if_cancelled()  # before the lookup enters the log
                return answer(gallery, query, self.lookup, room.folders)
        except (PhotoRefusedError, GalleryError) as error:
            return error_report(error)
