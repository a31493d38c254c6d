"""Pictures of persons: faces of the list, crops of the frames, and the frame that is compared."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from app.controllers.thumbnail_feed import ThumbnailFeed
from app.session import Session
from core.domain.arrays import UInt8Array
from core.domain.report import PersonTrack, RecoveredFrame
from core.domain.time import TimePoint
from core.errors import BugError
from ui.widgets.person_panel import PersonPanel

if TYPE_CHECKING:
    from app.person_frames import PersonFrames
    from core.casefile.records import FaceKey
    from core.casefile.store import CaseFile


class PersonPictures(QObject):
    """Reads from the case only what is looked at; answers to what is no longer looked at are dropped.

    Signals:
        frame_chosen: `TimePoint` of a frame that a person chose.
    """

    frame_chosen = Signal(TimePoint)

    def __init__(self, session: Session, panel: PersonPanel, parent: QObject) -> None:
        super().__init__(parent)
        self._session, self._panel = session, panel
        self._evidence_id: int | None = None
        self._person: PersonTrack | None = None
        self._frames: PersonFrames | None = None
        self._key: FaceKey | None = None
        self._person_turn = self._frame_turn = 0
        self._faces = ThumbnailFeed[int](session.case, panel.set_face, session.failed.emit)
        self._crops = ThumbnailFeed["FaceKey"](session.case, panel.set_thumbnail, session.failed.emit)
        panel.faces_wanted.connect(self._on_faces_wanted)
        panel.thumbnails_wanted.connect(self._on_crops_wanted)
        panel.frame_asked.connect(self._on_frame_asked)

    def set_item(self, evidence_id: int | None) -> None:
        """The persons listed from now on are those of this item, or numbered anew."""
        self._evidence_id = evidence_id
        self._faces.forget()
        self._crops.forget()
        self._panel.forget_faces()

    def forget_person(self) -> None:
        """Nobody is shown."""
        self._person_turn += 1
        self._frame_turn += 1
        self._person = self._frames = self._key = None

    def show_person(self, person: PersonTrack) -> None:
        """Bring the frames of a person; where it is who was shown before, the frame shown stays."""
        assert self._evidence_id is not None
        evidence_id = self._evidence_id
        was_shown = self._person is not None and set(self._person.track_ids) & set(person.track_ids)
        if self._frames is None or not was_shown:
            self._frames = self._key = None
            self._panel.show_frames_coming()
        self._person = person
        self._person_turn += 1
        turn = self._person_turn

        def read(case: CaseFile) -> PersonFrames:
            from app.person_frames import frames_of

            return frames_of(person, case.person_faces(evidence_id, person.person_track_id))

        def done(frames: PersonFrames) -> None:
            if turn == self._person_turn:
                self._take_frames(frames)

        self._session.case.ask(read, done)

    def _take_frames(self, frames: PersonFrames) -> None:
        self._frames = frames
        self._crops.forget()
        self._frame_turn += 1
        self._panel.set_frames(frames.entries, frames.bands)
        keys = [face.key for face in frames.faces]
        if keys:
            self._show_frame(keys.index(self._key) if self._key in keys else 0)

    def _on_frame_asked(self, place: int) -> None:
        if self._frames is not None and place < len(self._frames.faces):
            self._show_frame(place)
            self.frame_chosen.emit(self._frames.faces[place].time)

    def _show_frame(self, place: int) -> None:
        assert self._frames is not None and self._evidence_id is not None
        evidence_id, key = self._evidence_id, self._frames.faces[place].key
        self._key = key
        self._frame_turn += 1
        turn = self._frame_turn
        self._panel.mark_frame(place)

        def read(case: CaseFile) -> RecoveredFrame | None:
            try:
                return RecoveredFrame(
                    face=case.crop(evidence_id, *key), recovered=case.get_recovered(evidence_id, *key)
                )
            except BugError:  # an analysis beside us has begun anew
                return None

        def done(frame: RecoveredFrame | None) -> None:
            if turn != self._frame_turn:
                return
            if frame is None:
                why = self.tr("The item is being analysed anew; this frame is not there yet.")
                self._panel.show_no_faces(why)
            else:
                faces = frame.recovered
                self._panel.show_faces(frame.face.rgb, faces.source_rgb, faces.target_rgb, faces.identity_map)

        self._session.case.ask(read, done)

    def _on_crops_wanted(self, keys: list[FaceKey]) -> None:
        evidence_id = self._evidence_id
        if evidence_id is not None:
            self._crops.want(keys, lambda case, key: _crop(case, evidence_id, key))

    def _on_faces_wanted(self, persons: list[int]) -> None:
        evidence_id = self._evidence_id
        if evidence_id is not None:
            self._faces.want(persons, lambda case, person: _best_face(case, evidence_id, person))


def _crop(case: CaseFile, evidence_id: int, key: FaceKey) -> UInt8Array | None:
    try:
        return case.crop(evidence_id, *key).rgb
    except BugError:  # an analysis beside us has begun anew
        return None


def _best_face(case: CaseFile, evidence_id: int, person_track_id: int) -> UInt8Array | None:
    try:
        faces = case.person_faces(evidence_id, person_track_id)
    except BugError:
        return None
    return _crop(case, evidence_id, faces[0].key) if faces else None
