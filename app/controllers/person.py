"""The chosen person: reads it from the case, shows it, turns what a person wants into decisions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from app.controllers.person_decisions import PersonDecisions
from app.controllers.person_pictures import PersonPictures
from app.controllers.person_rows import ignoring, person_rows, track_words
from app.session import Session
from app.workers.jobs import JobState
from core.domain.identity import IdentityTemplate, Role
from core.domain.outstanding import is_reviewed
from core.domain.report import EvidenceResult, PersonTrack
from core.domain.review import IgnoreTracks, ReviewEntry
from core.domain.time import TimePoint
from ui.person_words import PersonWords
from ui.widgets.person_model import PersonRow, ReviewState
from ui.widgets.person_panel import PersonPanel

if TYPE_CHECKING:
    from core.casefile.records import TrackSpan
    from core.casefile.store import CaseFile

_AT_WORK = (JobState.QUEUED, JobState.RUNNING, JobState.PAUSED)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Item:
    """An analysed item as it was read last, without pixels."""

    result: EvidenceResult
    spans: tuple[TrackSpan, ...]
    words: tuple[PersonWords, ...]

    def person(self, person_track_id: int) -> PersonTrack | None:
        return next((p for p in self.result.persons if p.person_track_id == person_track_id), None)


class PersonController(QObject):
    """Joins the panel to the session. Answers to what is no longer shown are dropped.

    Signals:
        person_chosen: person track id; 0 for nobody. Also after a new analysis, which numbers persons anew.
        frame_chosen: `TimePoint` of a recovered frame that a person chose.
        search_asked: (`IdentityTemplate`, calibration id, label) search the gallery as it is now with a recovered face.
    """

    person_chosen = Signal(int)
    frame_chosen = Signal(TimePoint)
    search_asked = Signal(IdentityTemplate, str, str)

    def __init__(self, session: Session, panel: PersonPanel) -> None:
        super().__init__(session)
        self._session, self._panel = session, panel
        self._evidence_id: int | None = None
        self._item: _Item | None = None
        self._person: PersonTrack | None = None
        self._ignored: ReviewEntry | None = None
        self._tracks: frozenset[int] = frozenset()  # what is followed when persons are numbered anew
        self._on_screen: int | None = None
        self._wanted = 0  # a person to be shown as soon as the item is read
        self._turn = 0
        self._pictures = PersonPictures(session, panel, self)
        self._pictures.frame_chosen.connect(self.frame_chosen)
        self._decisions = PersonDecisions(session, self)
        self._decisions.listen_to(panel)
        panel.person_asked.connect(self._on_row_asked)
        panel.search_asked.connect(self._search_gallery)
        session.case_closed.connect(lambda: self.set_item(None))
        session.case_closed.connect(panel.forget_writing)
        session.result_changed.connect(self._on_result_changed)
        session.review_changed.connect(self._on_review_changed)
        session.preferences_changed.connect(self._show_decisions)
        session.jobs.changed.connect(self._show_busy)

    @property
    def evidence_id(self) -> int | None:
        """The item whose persons are listed."""
        return self._evidence_id

    @property
    def person(self) -> PersonTrack | None:
        """Who is shown; without recovered frames."""
        return self._person

    def person_of(self, person_track_id: int) -> PersonTrack | None:
        """A person of the item, None for nobody."""
        return self._item.person(person_track_id) if self._item else None

    @property
    def ignored(self) -> ReviewEntry | None:
        """The decision to ignore that is shown in place of a person."""
        return self._ignored

    @property
    def frame_on_screen(self) -> int | None:
        """Index of the picture that the player shows."""
        return self._on_screen

    def _search_gallery(self, role: Role) -> None:
        person = self._person
        finding = next((f for f in person.findings if f.role is role), None) if person is not None else None
        if person is not None and finding is not None and finding.template is not None:
            label = self.tr("Recovered {role} of person {number}")
            label = label.format(role=role.value, number=person.person_track_id)
            self.search_asked.emit(finding.template, finding.calibration_id, label)

    def set_item(self, evidence_id: int | None) -> None:
        """List the persons of another item; None lists nobody."""
        if evidence_id == self._evidence_id and evidence_id is not None:
            return
        self._evidence_id, self._on_screen = evidence_id, None
        self._tracks = frozenset()
        self._forget_item()
        if evidence_id is not None:
            self._load()
        self._show_busy()

    def choose_person(self, person_track_id: int) -> None:
        """Show a person, or, before the item is read, remember to; one that the item lacks changes nothing."""
        if self._item is None:
            self._wanted = person_track_id
            return
        person = self.person_of(person_track_id)
        if person is not None and person is not self._person:
            self._show_person(person)

    def choose_track(self, track_id: int) -> None:
        """Show the person that holds a track, or, before the item is read, remember to."""
        if self._item is None:
            self._tracks = frozenset({track_id})
            return
        for person in self._item.result.persons:
            if track_id in person.track_ids:
                self.choose_person(person.person_track_id)

    def choose_next_unreviewed(self) -> bool:
        """Show the next person that waits for a human, after the one shown; False when nobody does."""
        waiting = [row.key for row in self._rows() if row.state is ReviewState.TO_REVIEW]
        here = self._person.person_track_id if self._person else 0
        later = [key for key in waiting if key > here] or [key for key in waiting if key != here]
        if later:
            self.choose_person(later[0])
        return bool(later)

    def set_frame_on_screen(self, frame_index: int | None) -> None:
        """Tell which picture the player shows: tracks can be cut there."""
        if frame_index != self._on_screen:
            self._on_screen = frame_index
            if self._person is not None and self._item is not None:
                self._panel.set_tracks(track_words(self._item.spans, self._person.track_ids, frame_index))

    # --- the item

    def _forget_item(self) -> None:
        self._turn += 1
        self._wanted = 0
        self._item = None
        self._pictures.set_item(self._evidence_id)
        self._panel.set_persons(())
        self._show_nobody(self.tr("No item chosen"), self.tr("Choose an item of the case that was analysed."))

    def _load(self) -> None:
        assert self._evidence_id is not None
        evidence_id, review = self._evidence_id, self._session.review
        number = next((n for n, item in enumerate(self._session.items, 1) if item.id == evidence_id), evidence_id)
        self._turn += 1
        turn = self._turn

        def read(case: CaseFile) -> _Item | None:
            from app.person_report import all_persons

            result = case.outline(evidence_id)
            if result is None:
                return None
            words = all_persons(result, review, evidence_id, number)
            return _Item(result=result, spans=case.track_spans(evidence_id), words=words)

        def done(item: _Item | None) -> None:
            if turn == self._turn:
                self._take_item(item)

        self._session.case.ask(read, done)

    def _take_item(self, item: _Item | None) -> None:
        self._item = item
        self._pictures.set_item(self._evidence_id)
        self._panel.set_persons(self._rows())
        if item is None:
            self._show_nobody(
                self.tr("Not analysed yet"), self.tr("Persons are listed here once the item has been analysed.")
            )
            return
        followed = (item.person(self._wanted) if self._wanted else None) or self._followed(item)
        self._wanted = 0
        if followed is not None:
            self._show_person(followed)
        elif self._ignored is None or not self._show_ignored(self._ignored.id):
            self._show_first()

    def _followed(self, item: _Item) -> PersonTrack | None:
        """Who was shown before, by its tracks: persons may have been numbered, joined and parted anew."""
        shared = {p.person_track_id: len(self._tracks & set(p.track_ids)) for p in item.result.persons}
        best = max(shared, key=lambda key: shared[key], default=0)
        return item.person(best) if shared.get(best) else None

    def _show_first(self) -> None:
        rows = [row for row in self._rows() if not row.is_ignored]
        waiting = [row for row in rows if row.state is ReviewState.TO_REVIEW]
        if rows:
            self.choose_person((waiting or rows)[0].key)
            return
        text = self.tr("No face that can be followed was found, or all of them are ignored.")
        self._show_nobody(self.tr("Nobody to look at"), text)

    def _show_nobody(self, title: str, text: str) -> None:
        self._person = self._ignored = None
        self._pictures.forget_person()
        self._panel.show_nothing(title, text)
        self.person_chosen.emit(0)

    def _rows(self) -> tuple[PersonRow, ...]:
        if self._item is None or self._evidence_id is None:
            return ()
        return person_rows(self._item.result, self._item.spans, self._session.review, self._evidence_id)

    # --- the person

    def _show_person(self, person: PersonTrack) -> None:
        assert self._item is not None
        self._person, self._ignored, self._tracks = person, None, frozenset(person.track_ids)
        words = next(w for w in self._item.words if w.person_track_id == person.person_track_id)
        self._panel.show_person(words, track_words(self._item.spans, person.track_ids, self._on_screen))
        self._show_decisions()
        self._pictures.show_person(person)
        self.person_chosen.emit(person.person_track_id)

    def _show_ignored(self, action_id: int) -> bool:
        """Show ignored tracks in place of a person; False when that decision holds no more."""
        from app.person_report import given

        assert self._evidence_id is not None
        found = next((e for e in ignoring(self._session.review, self._evidence_id) if e.id == action_id), None)
        row = next((row for row in self._rows() if row.key == -action_id), None)
        if found is None or row is None:
            return False
        assert isinstance(found.action, IgnoreTracks)
        self._show_nobody("", "")
        self._ignored, self._tracks = found, frozenset(found.action.track_ids)
        text = self.tr("Neither recovered nor searched, and the report says so. Decided by {given}.")
        self._panel.show_ignored(row.key, row.label, text.format(given=given(found)))
        return True

    def _show_decisions(self) -> None:
        from app.person_report import notes_of, observation_of, verdicts_of

        if self._person is None or self._evidence_id is None:
            return
        review, here, tracks = self._session.review, self._evidence_id, self._person.track_ids
        self._panel.set_decisions(
            verdicts_of(self._person, review, here),
            observation_of(review, here, tracks),
            notes_of(review, here, tracks),
            ask_first=self._session.preferences.observations_first,
            is_reviewed=is_reviewed(self._person, review, here),
        )

    # --- what happens

    def _on_row_asked(self, key: int) -> None:
        if key < 0:
            self._show_ignored(-key)
        else:
            self.choose_person(key)

    def _on_result_changed(self, evidence_id: int) -> None:
        if evidence_id == self._evidence_id:
            self._load()

    def _on_review_changed(self) -> None:
        if self._item is None or self._evidence_id is None:
            return
        self._panel.set_persons(self._rows())
        if self._person is not None and set(self._person.track_ids) <= self._session.review.ignored(self._evidence_id):
            self._tracks = frozenset()
            if not self.choose_next_unreviewed():
                self._person = None
                self._show_first()
        elif self._ignored is not None and not self._show_ignored(self._ignored.id):
            text = self.tr("The item is being analysed again; the person comes back with it.")
            self._show_nobody(self.tr("No longer ignored"), text)
        self._show_decisions()

    def _show_busy(self) -> None:
        at_work = {s.evidence_id for s in self._session.jobs.statuses() if s.state in _AT_WORK}
        self._panel.set_busy(self._evidence_id is not None and self._evidence_id in at_work)
