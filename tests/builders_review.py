"""A person's decisions for test reports: every kind, some undone or taken back, some hostile."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

import numpy as np

from core.domain.geometry import BBox
from core.domain.identity import Role
from core.domain.report import BookmarkedFrame
from core.domain.review import (
    AddFace,
    BookmarkFrame,
    CutTrack,
    IgnoreTracks,
    JoinTracks,
    JudgeCandidate,
    PartTracks,
    Retract,
    ReviewAction,
    ReviewEntry,
    Verdict,
    WriteNote,
    WriteObservation,
)
from tests.builders_report_parts import START, at, digest, pixels, portrait

EXAMINER = "Dr. Miriam Weber"
UNDONE = "This note was undone."
RETRACTED = "This note was taken back."


def entries(*actions: ReviewAction, actor: str = EXAMINER) -> tuple[ReviewEntry, ...]:
    """Actions one minute apart, numbered from 1."""
    return tuple(
        ReviewEntry(id=number, at=START + timedelta(minutes=10 + number), actor=actor, action=action)
        for number, action in enumerate(actions, 1)
    )


def judged(role: Role, person_id: int, name: str, verdict: Verdict, track_id: int = 1) -> JudgeCandidate:
    return JudgeCandidate(evidence_id=1, track_id=track_id, role=role, person_id=person_id, name=name, verdict=verdict)


def all_kinds() -> tuple[ReviewEntry, ...]:
    """Decisions on `full_case`: person 1 holds the tracks 1 and 3, person 2 track 2, person 3 track 4."""
    made = entries(
        WriteNote(text="The original recorder is not available."),
        WriteObservation(evidence_id=1, track_id=3, text="A first look, replaced by the next."),
        WriteObservation(evidence_id=1, track_id=1, text="The edge of the face flickers.\nThe ears stay still."),
        judged(Role.SOURCE, 41, "Grace Hopper", Verdict.CONFIRMED),
        judged(Role.SOURCE, 42, "Annie Easley", Verdict.REJECTED, track_id=3),
        judged(Role.TARGET, 41, "Eileen Collins", Verdict.UNKNOWN),
        judged(Role.TARGET, 900, "Removed Person", Verdict.REJECTED),
        WriteNote(evidence_id=1, track_id=2, text="Turned away most of the time."),
        WriteNote(evidence_id=1, text="The sound was not examined."),
        JoinTracks(evidence_id=1, track_ids=(1, 3)),
        PartTracks(evidence_id=1, track_ids=(4,)),
        CutTrack(evidence_id=1, track_id=2, frame_index=12),
        AddFace(evidence_id=1, frame_index=6, time=at(1), bbox=BBox(x1=10.4, y1=20.0, x2=90.6, y2=120.0)),
        IgnoreTracks(evidence_id=1, track_ids=(8, 9)),
        WriteNote(evidence_id=1, track_id=9, text="A face on a poster."),
        WriteNote(text=RETRACTED),
        Retract(action_id=16),
        bookmark(2, "The ear lies outside the edge"),
        bookmark(5, ""),
        WriteNote(evidence_id=3, text="Shows the place only."),
    )
    undone = ReviewEntry(id=99, at=START, actor=EXAMINER, action=WriteNote(text=UNDONE), is_active=False)
    return (*made, undone)


def bookmark(n: int, caption: str) -> BookmarkFrame:
    return BookmarkFrame(
        evidence_id=1, frame_index=n * 6, time=at(n), frame_sha256=digest(f"frame {n}"), caption=caption
    )


def bookmarked(made: Sequence[ReviewEntry]) -> tuple[BookmarkedFrame, ...]:
    """The bookmarks among the entries; the first with a wide picture, the others not shown."""
    found = [entry for entry in made if isinstance(entry.action, BookmarkFrame)]
    wide = np.concatenate([pixels(portrait("hopper")), pixels(portrait("collins"))], axis=1)
    return tuple(
        BookmarkedFrame(
            evidence_id=entry.action.evidence_id,
            action_id=entry.id,
            frame_index=entry.action.frame_index,
            time=entry.action.time,
            frame_sha256=entry.action.frame_sha256,
            caption=entry.action.caption,
            actor=entry.actor,
            at=entry.at,
            thumbnail_rgb=wide if number == 0 else None,
            problem="" if number == 0 else "The frame cannot be shown: the file is gone.",
        )
        for number, entry in enumerate(found)
    )


def hostile(texts: Sequence[str]) -> tuple[ReviewEntry, ...]:
    """Every text as a note, an observation, a name, a caption and an actor; one note longer than a page."""
    actions: list[ReviewAction] = [WriteNote(text="\n".join(texts) + "\n" + "line\n" * 150 + "x" * 5000)]
    for text in texts:
        actions += [
            WriteNote(evidence_id=1, track_id=1, text=text),
            WriteObservation(evidence_id=1, track_id=1, text=text * 20),
            judged(Role.SOURCE, 41, text, Verdict.CONFIRMED),
            bookmark(1, text * 9),
        ]
    return tuple(
        ReviewEntry(id=number, at=START, actor=texts[number % len(texts)] * 3, action=action)
        for number, action in enumerate(actions, 1)
    )
