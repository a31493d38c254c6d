"""What a person decides about a case: small actions, kept in order, undone and redone without being lost.

Tracks are named by (evidence item, track id); the persons of the software are groups of tracks, which a person may
join and part. A state of the review is nothing but its active actions, replayed in order.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from core.domain.geometry import BBox
from core.domain.identity import Role
from core.domain.time import TimePoint

FIRST_MADE_TRACK = 100_000
"""Ids above it belong to tracks that a person made; the tracker's own stay far below."""


class Verdict(StrEnum):
    """What a person says of a candidate. The software never says it."""

    CONFIRMED = "confirmed"
    REJECTED = "rejected"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class JoinTracks:
    """These tracks, and the persons they belong to, are one person."""

    evidence_id: int
    track_ids: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class PartTracks:
    """These tracks are a person of their own, apart from the person they were counted to."""

    evidence_id: int
    track_ids: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class CutTrack:
    """From this frame on the track shows somebody else; the rest becomes the track `made_track_id(action id)`."""

    evidence_id: int
    track_id: int
    frame_index: int


@dataclass(frozen=True, slots=True, kw_only=True)
class AddFace:
    """A face that the detector missed, drawn on an analysed frame; becomes the track `made_track_id(action id)`.

    Attributes:
        evidence_id: the item.
        frame_index, time: of an analysed frame.
        bbox: px of the original frame.
    """

    evidence_id: int
    frame_index: int
    time: TimePoint
    bbox: BBox


@dataclass(frozen=True, slots=True, kw_only=True)
class IgnoreTracks:
    """These tracks do not matter to the case: they are neither recovered nor searched, and the report says so."""

    evidence_id: int
    track_ids: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class JudgeCandidate:
    """A verdict on one candidate of one role of the person that holds the track; a later one replaces it.

    Attributes:
        evidence_id, track_id: whose candidate.
        role: source or target.
        person_id, name: of the gallery, as they were.
        verdict: what the examiner says.
        gallery_id: of the gallery that numbers the person so, see `SearchResult`; '' in decisions of earlier versions.
    """

    evidence_id: int
    track_id: int
    role: Role
    person_id: int
    name: str
    verdict: Verdict
    gallery_id: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class WriteNote:
    """A remark on the case (both None), on an item, or on the person that holds a track."""

    text: str
    evidence_id: int | None = None
    track_id: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class WriteObservation:
    """What the examiner sees in a face before any name is shown; a later one for the track replaces it."""

    evidence_id: int
    track_id: int
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class BookmarkFrame:
    """A frame for the report.

    Attributes:
        evidence_id: the item.
        frame_index, time, frame_sha256: which decoded frame.
        caption: one line, may be ''.
    """

    evidence_id: int
    frame_index: int
    time: TimePoint
    frame_sha256: str
    caption: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Retract:
    """An earlier action no longer holds: a note or bookmark removed, a track no longer ignored."""

    action_id: int


ReviewAction = (
    JoinTracks
    | PartTracks
    | CutTrack
    | AddFace
    | IgnoreTracks
    | JudgeCandidate
    | WriteNote
    | WriteObservation
    | BookmarkFrame
    | Retract
)
RESHAPING = (JoinTracks, PartTracks, CutTrack, AddFace, IgnoreTracks)
"""Actions after which the item has to be analysed anew (from what is stored; only added faces are decoded)."""


def names_tracks(action: ReviewAction) -> bool:
    """Whether an action speaks of tracks by the numbers that one analysis gave them, and means nothing in another.

    A drawn face and a bookmark name a picture, which is the same in every analysis.
    """
    of_tracks = JoinTracks | PartTracks | CutTrack | IgnoreTracks | JudgeCandidate | WriteObservation
    return isinstance(action, of_tracks) or (isinstance(action, WriteNote) and action.track_id is not None)


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewEntry:
    """An action as the case keeps it.

    Attributes:
        id: of the action, > 0, in order of time.
        at: UTC.
        actor: who.
        action: what.
        is_active: False while undone.
        is_of_earlier: it speaks of tracks of an analysis that another one has replaced since, and no longer applies.
    """

    id: int
    at: datetime
    actor: str
    action: ReviewAction
    is_active: bool = True
    is_of_earlier: bool = False


def made_track_id(action_id: int) -> int:
    """Id of the track that an `AddFace` or `CutTrack` made."""
    return FIRST_MADE_TRACK + action_id


@dataclass(frozen=True, slots=True, kw_only=True)
class Review:
    """The active actions of a case, oldest first; see `of`.

    Attributes:
        entries: those that apply to the analyses of now.
        earlier: those on tracks of analyses that were replaced: told, never applied.
    """

    entries: tuple[ReviewEntry, ...] = field(default=())
    earlier: tuple[ReviewEntry, ...] = field(default=())

    @classmethod
    def of(cls, entries: Iterable[ReviewEntry]) -> Review:
        """Replay a case's entries: undone and retracted ones fall away."""
        active = [entry for entry in entries if entry.is_active]
        gone = {e.action.action_id for e in active if isinstance(e.action, Retract)}
        kept = [e for e in active if e.id not in gone and not isinstance(e.action, Retract)]
        return cls(
            entries=tuple(e for e in kept if not e.is_of_earlier), earlier=tuple(e for e in kept if e.is_of_earlier)
        )

    def entries_of(self, evidence_id: int | None) -> tuple[ReviewEntry, ...]:
        """Entries on one item; None: those on the case as a whole."""
        return tuple(e for e in self.entries if getattr(e.action, "evidence_id", None) == evidence_id)

    def earlier_of(self, evidence_id: int) -> tuple[ReviewEntry, ...]:
        """Entries on tracks of an analysis of the item that was replaced."""
        return tuple(e for e in self.earlier if getattr(e.action, "evidence_id", None) == evidence_id)

    def added_faces(self, evidence_id: int) -> dict[int, AddFace]:
        """Drawn faces of an item by the id of the track each makes."""
        return {made_track_id(e.id): e.action for e in self.entries_of(evidence_id) if isinstance(e.action, AddFace)}

    def cuts(self, evidence_id: int) -> tuple[tuple[int, CutTrack], ...]:
        """(id of the track made, cut) of an item, oldest first."""
        return tuple(
            (made_track_id(e.id), e.action) for e in self.entries_of(evidence_id) if isinstance(e.action, CutTrack)
        )

    def ignored(self, evidence_id: int) -> frozenset[int]:
        """Ids of the ignored tracks of an item."""
        return frozenset(
            track
            for e in self.entries_of(evidence_id)
            if isinstance(e.action, IgnoreTracks)
            for track in e.action.track_ids
        )

    def regrouped(self, evidence_id: int, groups: Sequence[Sequence[int]]) -> list[list[int]]:
        """The software's groups of track ids after the person's joins and parts.

        Args:
            evidence_id: the item.
            groups: track ids of each person as the software sees them; ids it does not know are left alone.

        Returns:
            Groups in order of their smallest track id, each sorted.
        """
        persons = [set(group) for group in groups]
        for entry in self.entries_of(evidence_id):
            action = entry.action
            if not isinstance(action, JoinTracks | PartTracks):
                continue
            named = set(action.track_ids) & set().union(*persons)
            if not named:
                continue
            touched = [person for person in persons if person & named]
            persons = [person for person in persons if not person & named]
            if isinstance(action, JoinTracks):
                persons.append(set().union(*touched))
            else:
                persons += [person - named for person in touched if person - named]
                persons.append(named)
        return sorted((sorted(person) for person in persons), key=lambda person: person[0])

    def verdicts(self, evidence_id: int, track_ids: Iterable[int]) -> dict[tuple[Role, int], ReviewEntry]:
        """The latest verdict for each (role, gallery person) of the person that holds these tracks."""
        return {
            (e.action.role, e.action.person_id): e
            for e in self.entries_of(evidence_id)
            if isinstance(e.action, JudgeCandidate) and e.action.track_id in set(track_ids)
        }

    def observation(self, evidence_id: int, track_ids: Iterable[int]) -> ReviewEntry | None:
        """The latest observation of the person that holds these tracks."""
        found = [
            e
            for e in self.entries_of(evidence_id)
            if isinstance(e.action, WriteObservation) and e.action.track_id in set(track_ids)
        ]
        return found[-1] if found else None

    def notes(self, evidence_id: int | None, track_ids: Iterable[int] | None = None) -> tuple[ReviewEntry, ...]:
        """Notes on the case (item None), on an item (tracks None), or on the person that holds these tracks."""
        wanted = None if track_ids is None else set(track_ids)
        return tuple(
            e
            for e in self.entries_of(evidence_id)
            if isinstance(e.action, WriteNote)
            and (e.action.track_id is None if wanted is None else e.action.track_id in wanted)
        )

    def bookmarks(self, evidence_id: int) -> tuple[ReviewEntry, ...]:
        """Bookmarked frames of an item, in order of time of the frame."""
        found = [e for e in self.entries_of(evidence_id) if isinstance(e.action, BookmarkFrame)]
        return tuple(sorted(found, key=_frame_of))


def _frame_of(entry: ReviewEntry) -> int:
    return entry.action.frame_index if isinstance(entry.action, BookmarkFrame) else 0


def described(action: ReviewAction) -> str:
    """One line on an action for the custody log and the undo list, for example ``"join tracks 1, 4 of item 2"``."""
    match action:
        case JoinTracks() | PartTracks() | IgnoreTracks():
            verb = {JoinTracks: "join", PartTracks: "part", IgnoreTracks: "ignore"}[type(action)]
            return f"{verb} {_tracks(action.track_ids)} of item {action.evidence_id}"
        case CutTrack():
            return f"cut track {action.track_id} of item {action.evidence_id} at frame {action.frame_index}"
        case AddFace():
            box = ", ".join(f"{side:.1f}" for side in (action.bbox.x1, action.bbox.y1, action.bbox.x2, action.bbox.y2))
            return f"add a face to frame {action.frame_index} of item {action.evidence_id}, box {box}"
        case JudgeCandidate():
            whom = f"{action.name} (gallery person {action.person_id}) as {action.role}"
            return f"{action.verdict}: {whom}, track {action.track_id} of item {action.evidence_id}"
        case WriteNote():
            where = "the case" if action.evidence_id is None else f"item {action.evidence_id}"
            where += "" if action.track_id is None else f", track {action.track_id}"
            return f"note on {where}: {action.text}"
        case WriteObservation():
            return f"observation on track {action.track_id} of item {action.evidence_id}: {action.text}"
        case BookmarkFrame():
            caption = f": {action.caption}" if action.caption else ""
            return f"bookmark frame {action.frame_index} ({action.frame_sha256}) of item {action.evidence_id}{caption}"
        case Retract():
            return f"retract action {action.action_id}"


def _tracks(ids: tuple[int, ...]) -> str:
    return ("track " if len(ids) == 1 else "tracks ") + ", ".join(map(str, ids))
