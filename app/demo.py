"""The demo case: a clip whose swap is known, and a gallery with the two people in it."""

from __future__ import annotations

import shutil
from collections.abc import Generator
from dataclasses import dataclass
from pathlib import Path

from app.places import is_there
from app.settings import DEFAULT_EMBEDDER, Folders
from app.workers.engine_room import EngineRoom
from core.domain.cancel import CancelToken
from core.domain.events import Progress
from core.domain.report import CaseInfo
from core.errors import OutputError

ENROL_STAGE = "enrol"
_BASIS = "public domain photographs of NASA and the US Navy"
_ACTOR = "unswap demo"
DEMO_INFO = CaseInfo(
    case_number="DEMO",
    title="A face swap whose two faces are known",
    request="Get to know Unswap: the clip shows the face of one person on the head of another.",
    questions=("Was the face in the clip swapped?", "Whose face was put in, and whose was replaced?"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoPlaces:
    """Where the demo case lies, in the user's data folder.

    Attributes:
        case_folder: of the case.
        clip: a copy of the clip.
        photos: one folder a person.
        gallery: the database.
        is_new: there is no demo case yet.
    """

    case_folder: Path
    clip: Path
    photos: Path
    gallery: Path
    is_new: bool


def prepare_demo(folders: Folders) -> DemoPlaces:
    """Copy the clip into the user's data folder, unless it is there.

    Raises:
        OutputError: the data folder cannot be written to, or the demo did not come with the application.
    """
    from core.casefile.opening import DATABASE_NAME
    from core.evidence.writing import replacing

    home, source = folders.data / "demo", folders.resources / "demo"
    places = DemoPlaces(
        case_folder=home / "case",
        clip=home / "swap.mp4",
        photos=source / "gallery",
        gallery=home / "gallery.db",
        is_new=not is_there(home / "case" / DATABASE_NAME),
    )
    try:
        home.mkdir(parents=True, exist_ok=True)
        if not places.clip.exists():
            with replacing(places.clip) as part:
                shutil.copyfile(source / "swap.mp4", part)
    except OSError as error:
        raise OutputError(
            f"the demo case cannot be made ({error.strerror})",
            next_step="check free space and permissions of your data folder",
            path=home,
        ) from error
    return places


@dataclass(frozen=True, slots=True, kw_only=True)
class EnrolDemoJob:
    """Enrols the demo's people; those who are enrolled already are passed over.

    Attributes:
        places: see `DemoPlaces`.
        device: to compute on.
    """

    places: DemoPlaces
    device: str

    def run(self, room: EngineRoom, cancel: CancelToken) -> Generator[object, None, None]:
        """The generator of the job."""
        from core.gallery.store import Gallery

        yield Progress(stage=ENROL_STAGE, done=0, total=None, unit="photos")
        templater = room.templater(DEFAULT_EMBEDDER, self.device)

        from core.gallery.enrol import import_folder

        with Gallery.open(self.places.gallery, create=True, embedder_id=templater.embedder_id, actor=_ACTOR) as gallery:
            outcomes = import_folder(gallery, templater, self.places.photos, basis=_BASIS, actor=_ACTOR)
            for done, _ in enumerate(outcomes, 1):
                cancel.raise_if_cancelled()
                yield Progress(stage=ENROL_STAGE, done=done, total=None, unit="photos")
