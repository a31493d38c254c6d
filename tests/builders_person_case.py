"""A case with one analysed item: three persons on four tracks, with pictures, candidates and track spans."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from builders_report import item, result
from builders_report_parts import at, person, person_not_recovered, person_without_candidates, recovered_frame

from core.casefile.records import ScanBatch, StoredCrop
from core.casefile.store import CaseFile
from core.domain.evidence import EvidenceState
from core.domain.faces import FaceDetection, TrackView
from core.domain.geometry import BBox
from core.domain.report import CaseInfo, EvidenceResult, PersonTrack
from core.domain.time import TimeRange

N_FRAMES = 9
"""Analysed frames; their indices are multiples of six."""

PLACES = {1: (0, 5), 3: (5, 9), 2: (0, 3), 4: (1, 3)}
"""First and one past the last analysed frame of each track."""


def persons() -> tuple[PersonTrack, ...]:
    """Person 1 on tracks 1 and 3 with candidates, person 2 on track 2, person 3 on track 4, never recovered."""
    return (person(1, N_FRAMES), person_without_candidates(2), person_not_recovered(3))


def person_case(folder: Path) -> int:
    """Make the case and close it; returns the id of its item."""
    with CaseFile.open(folder, create=True) as case:
        case.set_case_info(CaseInfo(case_number="2026-031", examiner="M. Weber"))
        made = result(persons=persons(), n_frames=N_FRAMES)
        number = case.add_evidence(item())
        case.begin_run(number, run_key="k", time_range=TimeRange())
        shown = [recovered_frame(n) for n in range(7)]
        detections = _detections(made)
        case.commit_batch(
            number,
            ScanBatch(
                frames=made.frames,
                is_key=[True] * N_FRAMES,
                detections=[[d for _, d in faces] for faces in detections],
                crops=[
                    StoredCrop(frame_index=s.face.frame_index, face_number=0, track_key=1, face=s.face) for s in shown
                ],
                finder_state="{}",
                n_decoded=made.n_frames_decoded,
                n_corrupt=0,
            ),
        )
        case.finish_scan(number)
        case.put_recovered(number, [(s.face.frame_index, 0, s.recovered) for s in shown])
        _finish(case, number, made, detections)
        return number


def analyse_again(folder: Path, number: int, groups: tuple[PersonTrack, ...]) -> None:
    """Put another result in place, as an analysis beside the window does; tracks of no person are ignored."""
    with CaseFile.open(folder, create=False) as case:
        made = result(persons=groups, n_frames=N_FRAMES)
        _finish(case, number, made, _detections(made))


def renumbered(found: PersonTrack, number: int, tracks: tuple[int, ...] | None = None) -> PersonTrack:
    """The same person under another number, perhaps on other tracks."""
    return replace(found, person_track_id=number, track_ids=found.track_ids if tracks is None else tracks)


def _detections(made: EvidenceResult) -> list[list[tuple[int, FaceDetection]]]:
    """(track, face) of each analysed frame."""
    face = recovered_frame(0).face
    return [
        [
            (
                track,
                FaceDetection(
                    frame_index=made.frames[n].index,
                    time=at(n),
                    bbox=BBox(x1=100 * track, y1=10, x2=100 * track + 60, y2=90),
                    score=0.99,
                    landmarks_px=face.landmarks_px,
                    quality=face.quality,
                ),
            )
            for track, (first, end) in PLACES.items()
            if first <= n < end
        ]
        for n in range(N_FRAMES)
    ]


def _finish(
    case: CaseFile, number: int, made: EvidenceResult, detections: list[list[tuple[int, FaceDetection]]]
) -> None:
    holder = {track: p.person_track_id for p in made.persons for track in p.track_ids}
    case.put_tracks(
        number,
        [
            TrackView(
                track_id=track,
                person_track_id=holder.get(track),
                is_ignored=track not in holder,
                detections=tuple(d for faces in detections for of, d in faces if of == track),
            )
            for track in sorted(PLACES)
        ],
    )
    case.put_result(number, made)
    case.set_state(number, EvidenceState.DONE)
