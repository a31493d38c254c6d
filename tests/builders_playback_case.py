"""A case with a real clip and an invented analysis of it: two persons, an ignored track, one recovered frame."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from core.casefile.records import ScanBatch, StoredCrop
from core.casefile.store import CaseFile
from core.domain.evidence import EvidenceItem, EvidenceState, FrameRecord
from core.domain.faces import FaceDetection, TrackView
from core.domain.geometry import BBox
from core.domain.report import CaseInfo, EvidenceResult, PersonTrack, RecoveredFrame
from core.domain.time import TimePoint, TimeRange
from core.evidence.hashing import pixels_sha256
from core.video.pyav_reader import PyAvReader
from tests.builders_media import ClipSpec, evidence_item, write_clip
from tests.builders_report import result
from tests.builders_report_parts import person_not_recovered, recovered_frame

N_PICTURES = 60
STEP = 5
"""Every fifth frame was analysed."""

ANALYSED = range(0, N_PICTURES, STEP)
RECOVERED = 10
"""The frame whose recovery is stored, of person 1."""

TRACKS = {1: range(0, 30, STEP), 2: range(35, 60, STEP), 5: range(10, 20, STEP)}
"""Frames of each track; 5 is ignored."""

SPEC = ClipSpec(n_pictures=N_PICTURES, width=320, height=180, options={"x264-params": "keyint=15:scenecut=0:bframes=2"})


@dataclass(frozen=True, kw_only=True)
class PlaybackCase:
    """Where everything is: folder of the case, ids and items of the analysed clip, and of one not analysed."""

    folder: Path
    analysed: int
    item: EvidenceItem
    waiting: int
    empty: int


def box_at(track: int, index: int) -> BBox:
    """The face moves by a pixel a frame."""
    return BBox(x1=40 * track + index, y1=40, x2=40 * track + index + 30, y2=80)


def playback_case(folder: Path) -> PlaybackCase:
    """Make clips and case."""
    folder.mkdir(parents=True, exist_ok=True)
    item = evidence_item(write_clip(folder / "clip.mp4", SPEC))
    other = evidence_item(write_clip(folder / "other.mp4", ClipSpec(n_pictures=8, width=96, height=64)))
    blank = evidence_item(write_clip(folder / "blank.mp4", ClipSpec(n_pictures=10, width=96, height=64, fps=10)))
    with CaseFile.open(folder / "case", create=True) as case:
        case.set_case_info(CaseInfo(case_number="2026-031", examiner="M. Weber"))
        number = case.add_evidence(item)
        _fill(case, number, item, _persons(item), TRACKS)
        waiting = case.add_evidence(other)
        empty = case.add_evidence(blank)
        _fill(case, empty, blank, (), {})
    return PlaybackCase(folder=folder / "case", analysed=number, item=item, waiting=waiting, empty=empty)


def records_of(item: EvidenceItem) -> tuple[FrameRecord, ...]:
    """Analysed frames, with their real hashes; the fourth follows a cut."""
    with PyAvReader(item) as reader:
        frames = [frame for frame in reader.frames() if frame.index % STEP == 0]
    return tuple(
        FrameRecord(
            index=frame.index,
            time=frame.time,
            sha256=pixels_sha256(frame.rgb),
            is_corrupt=False,
            is_cut=frame.index == 3 * STEP,
        )
        for frame in frames
    )


def _persons(item: EvidenceItem) -> tuple[PersonTrack, PersonTrack]:
    records = {record.index: record for record in records_of(item)}

    def time(index: int) -> TimePoint:
        return records[index].time

    base = person_not_recovered(1)
    one = replace(
        base,
        track_ids=(1,),
        first=time(0),
        last=time(25),
        scores=((time(0), 0.2), (time(RECOVERED), 0.9), (time(20), 0.3)),
        fake_score=0.5,
        frames=(_recovered(records[RECOVERED]),),
    )
    two = replace(base, person_track_id=2, track_ids=(2,), first=time(35), last=time(55))
    return one, two


def _recovered(record: FrameRecord) -> RecoveredFrame:
    made = recovered_frame(0)
    box = box_at(1, record.index)
    scale = 224 / box.height
    affine = np.array([[scale, 0, -scale * box.x1], [0, scale, -scale * box.y1]], np.float32)
    face = replace(
        made.face, frame_index=record.index, time=record.time, frame_sha256=record.sha256, frame_to_crop=affine
    )
    return replace(made, face=face)


def _fill(
    case: CaseFile, number: int, item: EvidenceItem, persons: tuple[PersonTrack, ...], tracks: dict[int, range]
) -> None:
    records = records_of(item)
    made: EvidenceResult = replace(result(item, persons), frames=records, n_frames_analysed=len(records))
    case.begin_run(number, run_key="k", time_range=TimeRange())
    found = [[(track, _face(track, record)) for track in tracks if record.index in tracks[track]] for record in records]
    shown = [frame for person in persons for frame in person.frames]
    case.commit_batch(
        number,
        ScanBatch(
            frames=records,
            is_key=[True] * len(records),
            detections=[[face for _, face in faces] for faces in found],
            crops=[StoredCrop(frame_index=s.face.frame_index, face_number=0, track_key=1, face=s.face) for s in shown],
            finder_state="{}",
            n_decoded=len(records) * STEP,
            n_corrupt=0,
        ),
    )
    case.finish_scan(number)
    case.put_recovered(number, [(s.face.frame_index, 0, s.recovered) for s in shown])
    holder = {track: person.person_track_id for person in persons for track in person.track_ids}
    case.put_tracks(
        number,
        [
            TrackView(
                track_id=track,
                person_track_id=holder.get(track),
                is_ignored=track not in holder,
                detections=tuple(face for faces in found for of, face in faces if of == track),
            )
            for track in sorted(tracks)
        ],
    )
    case.put_result(number, made)
    case.set_state(number, EvidenceState.DONE)


def _face(track: int, record: FrameRecord) -> FaceDetection:
    return FaceDetection(
        frame_index=record.index,
        time=record.time,
        bbox=box_at(track, record.index),
        score=0.99,
        landmarks_px=np.zeros((5, 2), np.float32),
        quality=recovered_frame(0).face.quality,
    )
