"""What a person wants of the chosen person, as decisions that the session saves and can undo."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from app.session import Session
from core.domain.identity import Role
from core.domain.outstanding import REVIEWED
from core.domain.report import PersonTrack
from core.domain.review import (
    CutTrack,
    IgnoreTracks,
    JoinTracks,
    JudgeCandidate,
    PartTracks,
    Retract,
    ReviewAction,
    Verdict,
    WriteNote,
    WriteObservation,
)
from ui.widgets.person_panel import PersonPanel

if TYPE_CHECKING:
    from app.controllers.person import PersonController


class PersonDecisions(QObject):
    """Hears the panel's wishes and decides; who is meant is asked of the controller at that moment."""

    def __init__(self, session: Session, shown: PersonController) -> None:
        super().__init__(shown)
        self._session, self._shown = session, shown

    def listen_to(self, panel: PersonPanel) -> None:
        """Turn the wishes of this panel into decisions."""
        panel.judged.connect(self.judge)
        panel.verdict_taken_back.connect(self.take_verdict_back)
        panel.observed.connect(self.observe)
        panel.join_asked.connect(self.join)
        panel.part_asked.connect(self.part)
        panel.cut_asked.connect(self.cut)
        panel.ignore_asked.connect(self.ignore)
        panel.unignore_asked.connect(self.unignore)
        panel.note_written.connect(self.note)
        panel.review_closed.connect(self.close_review)
        panel.note_taken_back.connect(lambda action_id: self._session.decide(Retract(action_id=action_id)))

    def judge(self, role: Role, gallery_person: int, verdict: Verdict) -> None:
        """Say of a candidate: confirmed, rejected, unknown."""
        meant = self._meant()
        if meant is not None:
            evidence_id, person = meant
            self._session.decide(
                JudgeCandidate(
                    evidence_id=evidence_id,
                    track_id=min(person.track_ids),
                    role=Role(role),
                    person_id=gallery_person,
                    name=_name(person, Role(role), gallery_person),
                    verdict=Verdict(verdict),
                    gallery_id=_gallery_of(person, Role(role)),
                )
            )

    def take_verdict_back(self, role: Role, gallery_person: int) -> None:
        """Let no verdict on a candidate hold, earlier ones neither; one step to undo."""
        meant = self._meant()
        if meant is None:
            return
        evidence_id, person = meant
        given = [
            entry.id
            for entry in self._session.review.entries_of(evidence_id)
            if isinstance(entry.action, JudgeCandidate)
            and (entry.action.role, entry.action.person_id) == (role, gallery_person)
            and entry.action.track_id in person.track_ids
        ]
        self._decide_together(self.tr("take a verdict back"), [Retract(action_id=action_id) for action_id in given])

    def observe(self, text: str) -> None:
        """Write down what is seen in the face."""
        meant = self._meant()
        if meant is not None:
            evidence_id, person = meant
            track = min(person.track_ids)
            self._session.decide(WriteObservation(evidence_id=evidence_id, track_id=track, text=text))

    def join(self, other_person_track_id: int) -> None:
        """The person shown and another are one."""
        meant, other = self._meant(), self._shown.person_of(other_person_track_id)
        if meant is not None and other is not None:
            evidence_id, person = meant
            tracks = (min(person.track_ids), min(other.track_ids))
            self._session.decide(JoinTracks(evidence_id=evidence_id, track_ids=tuple(sorted(tracks))))

    def part(self, track_id: int) -> None:
        """A track of the person shown is somebody else."""
        meant = self._meant()
        if meant is not None:
            self._session.decide(PartTracks(evidence_id=meant[0], track_ids=(track_id,)))

    def cut(self, track_id: int) -> None:
        """From the picture on screen on a track shows somebody else."""
        meant, frame_index = self._meant(), self._shown.frame_on_screen
        if meant is not None and frame_index is not None:
            self._session.decide(CutTrack(evidence_id=meant[0], track_id=track_id, frame_index=frame_index))

    def ignore(self) -> None:
        """The person shown does not matter."""
        meant = self._meant()
        if meant is not None:
            evidence_id, person = meant
            self._session.decide(IgnoreTracks(evidence_id=evidence_id, track_ids=person.track_ids))

    def unignore(self) -> None:
        """The ignored tracks shown matter after all."""
        entry = self._shown.ignored
        if entry is not None:
            self._session.decide(Retract(action_id=entry.id))

    def note(self, text: str) -> None:
        """Write a note on the person shown."""
        meant = self._meant()
        if meant is not None:
            evidence_id, person = meant
            self._session.decide(WriteNote(text=text, evidence_id=evidence_id, track_id=min(person.track_ids)))

    def close_review(self, reason: str) -> None:
        """Say by a note that the person shown was reviewed, though no verdict was given."""
        self.note(f"{REVIEWED}: {reason}" if reason else f"{REVIEWED}.")

    def _meant(self) -> tuple[int, PersonTrack] | None:
        evidence_id, person = self._shown.evidence_id, self._shown.person
        return None if evidence_id is None or person is None else (evidence_id, person)

    def _decide_together(self, words: str, actions: list[ReviewAction]) -> None:
        if len(actions) == 1:
            self._session.decide(actions[0])
        elif actions:
            self._session.undo_stack.beginMacro(words)
            for action in actions:
                self._session.decide(action)
            self._session.undo_stack.endMacro()


def _gallery_of(person: PersonTrack, role: Role) -> str:
    return next((f.search.gallery_id for f in person.findings if f.role is role and f.search is not None), "")


def _name(person: PersonTrack, role: Role, gallery_person: int) -> str:
    return next(
        (
            candidate.name
            for finding in person.findings
            if finding.role is role and finding.search is not None
            for candidate in finding.search.candidates
            if candidate.person_id == gallery_person
        ),
        "",
    )
