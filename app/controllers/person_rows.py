"""Lines of the list of persons: from an analysis and from what people decided since."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication

from core.domain.outstanding import unreviewed
from core.domain.report import EvidenceResult, PersonTrack
from core.domain.review import IgnoreTracks, Review, ReviewEntry
from core.domain.time import TimePoint
from ui.widgets.person_header import TrackWords
from ui.widgets.person_model import PersonRow, ReviewState

if TYPE_CHECKING:
    from core.casefile.records import TrackSpan


def person_rows(
    result: EvidenceResult, spans: Sequence[TrackSpan], review: Review, evidence_id: int
) -> tuple[PersonRow, ...]:
    """Persons in their order, then what is ignored, one line for each decision to ignore.

    Args:
        result: of the item; the persons' frames may be left out.
        spans: where the tracks are.
        review: the state that holds, perhaps newer than the result.
        evidence_id: of the item within the case.
    """
    ignored = review.ignored(evidence_id)
    waiting = set(unreviewed(result, review, evidence_id))
    persons = [
        _person_row(person, person.person_track_id in waiting)
        for person in result.persons
        if not set(person.track_ids) <= ignored
    ]
    return (*persons, *(_ignored_row(entry, spans) for entry in ignoring(review, evidence_id)))


def ignoring(review: Review, evidence_id: int) -> tuple[ReviewEntry, ...]:
    """Decisions to ignore tracks of an item that hold, oldest first."""
    return tuple(e for e in review.entries_of(evidence_id) if isinstance(e.action, IgnoreTracks))


def track_words(
    spans: Sequence[TrackSpan], track_ids: Collection[int], frame_index: int | None
) -> tuple[TrackWords, ...]:
    """The tracks of a person, as far as they are known, and which of them can be cut at a frame."""
    return tuple(
        TrackWords(
            track_id=span.track_id,
            words=_said("Track {id}: {span}, {faces}").format(
                id=span.track_id, span=_span(span.first, span.last), faces=_faces(len(span.frame_indices))
            ),
            can_be_cut=frame_index is not None and span.frame_indices[0] < frame_index <= span.frame_indices[-1],
        )
        for span in spans
        if span.track_id in track_ids
    )


def _person_row(person: PersonTrack, is_waiting: bool) -> PersonRow:
    return PersonRow(
        key=person.person_track_id,
        label=_said("Person {number}").format(number=person.person_track_id),
        span=_span(person.first, person.last),
        fake_score="" if person.fake_score is None else f"{person.fake_score:.3f}",
        state=ReviewState.TO_REVIEW if is_waiting else ReviewState.REVIEWED,
        track_id=min(person.track_ids),
        tracks=person.track_ids,
    )


def _ignored_row(entry: ReviewEntry, spans: Sequence[TrackSpan]) -> PersonRow:
    assert isinstance(entry.action, IgnoreTracks)
    tracks = entry.action.track_ids
    label = _said("Ignored: track {ids}") if len(tracks) == 1 else _said("Ignored: tracks {ids}")
    known = [span for span in spans if span.track_id in tracks]
    first = min((span.first for span in known), key=lambda time: time.seconds, default=None)
    last = max((span.last for span in known), key=lambda time: time.seconds, default=None)
    return PersonRow(
        key=-entry.id,
        label=label.format(ids=", ".join(map(str, tracks))),
        span="" if first is None or last is None else _span(first, last),
        fake_score="",
        state=ReviewState.IGNORED,
        track_id=min(tracks),
        tracks=tracks,
    )


def _span(first: TimePoint, last: TimePoint) -> str:
    return first.clock() if first == last else f"{first.clock()} – {last.clock()}"


def _faces(n: int) -> str:
    return _said("1 face") if n == 1 else _said("{n} faces").format(n=f"{n:,}")


def _said(text: str) -> str:
    return QCoreApplication.translate("Person", text)
