"""Which persons of an item a human has still to decide on."""

from __future__ import annotations

from collections import defaultdict

from core.domain.identity import Role
from core.domain.report import EvidenceResult, PersonTrack
from core.domain.review import JudgeCandidate, Review, ReviewEntry, WriteNote, WriteObservation

REVIEWED = "Reviewed"
"""First word of a note that closes the review of a person without a verdict."""


def unreviewed(result: EvidenceResult, review: Review, evidence_id: int) -> tuple[int, ...]:
    """The persons of an item that wait for a human, by person track id, in the order of the result.

    A person is reviewed when the first candidate of each searched role has a verdict (confirmed, rejected or
    unknown), when a note says so (see `says_reviewed`), or when all of its tracks are ignored. Where no candidate
    was ranked there is nothing to judge: then any note or observation shows that somebody looked.

    Args:
        result: of the item; the persons' frames may be left out.
        review: the state that holds.
        evidence_id: of the item within the case.
    """
    ignored = review.ignored(evidence_id)
    # Sorted by track first: an item may hold hundreds of persons, and a case thousands of decisions.
    by_track: dict[int, list[ReviewEntry]] = defaultdict(list)
    for entry in review.entries_of(evidence_id):
        if isinstance(entry.action, JudgeCandidate | WriteNote | WriteObservation) and entry.action.track_id:
            by_track[entry.action.track_id].append(entry)
    return tuple(
        person.person_track_id
        for person in result.persons
        if not set(person.track_ids) <= ignored
        and not is_reviewed(person, _of_tracks(by_track, person.track_ids), evidence_id)
    )


def is_reviewed(person: PersonTrack, review: Review, evidence_id: int) -> bool:
    """Whether a human has decided on this person; see `unreviewed`."""
    notes = review.notes(evidence_id, person.track_ids)
    if any(isinstance(note.action, WriteNote) and says_reviewed(note.action.text) for note in notes):
        return True
    first = {
        (finding.role, finding.search.candidates[0].person_id)
        for finding in person.findings
        if finding.search is not None and finding.search.candidates
    }
    if not first:
        return bool(notes) or review.observation(evidence_id, person.track_ids) is not None
    return first <= verdicts_on(person, review, evidence_id).keys()


def verdicts_on(person: PersonTrack, review: Review, evidence_id: int) -> dict[tuple[Role, int], ReviewEntry]:
    """The latest verdicts on people of the galleries that the person's findings rank.

    Every gallery numbers its people from 1: a verdict on no. 3 of one says nothing of no. 3 of another.
    """
    verdicts = review.verdicts(evidence_id, person.track_ids)
    return {key: entry for key, entry in verdicts.items() if _is_of_search(entry, person)}


def _is_of_search(entry: ReviewEntry, person: PersonTrack) -> bool:
    judged = entry.action
    assert isinstance(judged, JudgeCandidate)
    for finding in person.findings:
        search = finding.search
        if search is None or finding.role is not judged.role:
            continue
        if judged.gallery_id and search.gallery_id:
            return judged.gallery_id == search.gallery_id
        names = [c.name for c in search.candidates if c.person_id == judged.person_id]
        return not names or judged.name in names
    return True


def _of_tracks(by_track: dict[int, list[ReviewEntry]], track_ids: tuple[int, ...]) -> Review:
    return Review(entries=tuple(entry for track in track_ids for entry in by_track.get(track, ())))


def says_reviewed(note: str) -> bool:
    """Whether a note begins with the word ``Reviewed``."""
    words = note.split(maxsplit=1)
    return bool(words) and words[0].rstrip(".:,;").casefold() == REVIEWED.casefold()
