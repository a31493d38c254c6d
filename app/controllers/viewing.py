"""Who looked at which candidates: an entry in the custody log when their names come into view."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from app.controllers.person import PersonController
from app.session import Session
from ui.person_words import CandidateSection
from ui.widgets.person_panel import PersonPanel

if TYPE_CHECKING:
    from core.casefile.store import CaseFile

VIEWED = "candidates viewed"


class ViewingLog(QObject):
    """Logs each list of candidates once for each time that the case is open.

    Entries name gallery people by number: a name that is erased from the gallery must not stay in a case's log.

    Args:
        session: whose case has the log.
        persons: knows who is shown.
        panel: tells when candidates come into view.
    """

    def __init__(self, session: Session, persons: PersonController, panel: PersonPanel) -> None:
        super().__init__(session)
        self._session, self._persons = session, persons
        self._seen: set[tuple[object, ...]] = set()
        session.case_opened.connect(self._seen.clear)
        session.case_closed.connect(self._seen.clear)
        panel.candidates.section_shown.connect(self._on_shown)

    def _on_shown(self, section: CandidateSection) -> None:
        person, evidence_id = self._persons.person, self._persons.evidence_id
        item = next((stored.item for stored in self._session.items if stored.id == evidence_id), None)
        if person is None or item is None or not section.rows:
            return
        numbers = tuple(sorted(row.person_id for row in section.rows))
        key = (evidence_id, person.track_ids, section.title, numbers)
        if key in self._seen:
            return
        self._seen.add(key)
        actor = self._session.actor
        detail = (
            f"{item.path} {item.sha256}: person {person.person_track_id} (track "
            f"{', '.join(map(str, person.track_ids))}), {section.title}: gallery no. {', '.join(map(str, numbers))}"
        )

        def work(case: CaseFile) -> None:
            case.append_audit(actor, VIEWED, detail)

        self._session.case.write(work)
