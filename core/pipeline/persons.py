"""Second pass, without the video: persons from tracks, recovery of their best faces, templates, candidates."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from operator import attrgetter

import numpy as np

from core.aggregation.decision import forgery_decision, identity_finding, table_for, tempered, track_score
from core.aggregation.selection import FaceCandidate, best_spread
from core.aggregation.template import aggregate, aggregate_surroundings
from core.aggregation.thresholds import threshold_among
from core.casefile.records import CropKey
from core.casefile.store import CaseFile
from core.config import AnalysisSettings
from core.domain.calibration import Calibration
from core.domain.cancel import CancelToken
from core.domain.events import FacesRecovered, PipelineEvent, Progress, StageStarted
from core.domain.evidence import EvidenceItem, EvidenceKind
from core.domain.faces import FaceTrack, Rejection
from core.domain.identity import IdentityFinding, Role
from core.domain.report import PersonTrack, RecoveredFrame
from core.gallery.search import GallerySearch
from core.pipeline.engines import Engines
from core.pipeline.reviewed import ReviewedTracks

STAGE = "recover"


def select_faces(
    reviewed: ReviewedTracks,
    crops: Sequence[CropKey],
    aliases: Mapping[int, int],
    settings: AnalysisSettings,
) -> list[list[FaceCandidate]]:
    """For each person the faces to recover, in order of time."""
    seen = {
        (track.track_id, d.frame_index): (d.time.seconds, d.quality.score)
        for person in reviewed.persons
        for track in person
        for d in track.detections
        if d.quality is not None
    }
    by_track: dict[int, list[FaceCandidate]] = {}
    for crop in crops:
        track_id = reviewed.holder(aliases.get(crop.track_key, crop.track_key), crop.frame_index)
        if (track_id, crop.frame_index) in seen:
            seconds, quality = seen[track_id, crop.frame_index]
            by_track.setdefault(track_id, []).append(
                FaceCandidate(
                    frame_index=crop.frame_index, face_number=crop.face_number, seconds=seconds, quality=quality
                )
            )
    return [
        best_spread([face for track in person for face in by_track.get(track.track_id, [])], settings.frames_per_person)
        for person in reviewed.persons
    ]


def recover(
    evidence: EvidenceItem,
    evidence_id: int,
    chosen: Sequence[Sequence[FaceCandidate]],
    *,
    case: CaseFile,
    settings: AnalysisSettings,
    engines: Engines,
    cancel: CancelToken,
) -> Iterator[PipelineEvent]:
    """Recover the chosen faces in batches, skipping those that are stored already; yields events."""
    yield StageStarted(stage=STAGE, evidence=evidence)
    stored = set(case.recovered(evidence_id))
    total, done = sum(len(faces) for faces in chosen), 0
    yield Progress(stage=STAGE, done=0, total=total, unit="faces")
    for number, faces in enumerate(chosen, 1):
        # A resumed run forms the same batches, so that its results equal those of an unbroken one.
        for start in range(0, len(faces), settings.recovery_batch):
            batch = faces[start : start + settings.recovery_batch]
            cancel.raise_if_cancelled()
            keys = [(face.frame_index, face.face_number) for face in batch]
            if not all(key in stored for key in keys):
                aligned = [case.crop(evidence_id, *key) for key in keys]
                recovered = engines.recoverer.recover(aligned, settings.seed)
                case.put_recovered(evidence_id, [(*key, result) for key, result in zip(keys, recovered, strict=True)])
                frames = [RecoveredFrame(face=f, recovered=r) for f, r in zip(aligned, recovered, strict=True)]
                yield FacesRecovered(person_track_id=number, frames=tuple(frames))
            done += len(batch)
            yield Progress(stage=STAGE, done=done, total=total, unit="faces")


def describe_person(
    number: int,
    tracks: Sequence[FaceTrack],
    frames: Sequence[RecoveredFrame],
    *,
    evidence: EvidenceItem,
    settings: AnalysisSettings,
    calibration: Calibration,
    gallery: GallerySearch | None,
) -> PersonTrack:
    """All that is said of one person.

    Args:
        number: 1-based.
        tracks: of that person.
        frames: their recovered frames in order of time.
        evidence: the item.
        settings: see `AnalysisSettings`.
        calibration: error rates for the weights in use.
        gallery: None when none was given.
    """
    is_still = evidence.kind is EvidenceKind.IMAGE
    detections = sorted((d for track in tracks for d in track.detections), key=attrgetter("frame_index"))
    rejected: Counter[Rejection] = Counter()
    for detection in detections:
        rejected.update(detection.quality.rejections if detection.quality else ())
    scores = tuple((frame.face.time, frame.recovered.fake_score) for frame in frames)
    fake_score = track_score([score for _, score in scores])
    decision, reason = forgery_decision(fake_score, len(frames), is_still, calibration)

    def finding(role: Role, vectors: str, *, is_photo: bool = False) -> IdentityFinding:
        return _finding(role, vectors, frames, is_photo, is_still, settings, calibration, gallery)

    return PersonTrack(
        person_track_id=number,
        track_ids=tuple(track.track_id for track in tracks),
        first=detections[0].time,
        last=detections[-1].time,
        n_detections=len(detections),
        n_rejected=tuple(sorted(rejected.items())),
        scores=scores,
        fake_score=fake_score,
        forgery_decision=decision,
        forgery_reason=reason,
        frames=tuple(sorted(frames, key=lambda f: (-f.face.quality.score, f.face.frame_index))),
        findings=(
            tempered((finding(Role.SOURCE, "source_embedding"), finding(Role.TARGET, "target_embedding")), decision)
            if frames
            else ()
        ),
        input_finding=finding(Role.SOURCE, "input_embedding", is_photo=True) if frames else None,
    )


def _finding(
    role: Role,
    vectors: str,
    frames: Sequence[RecoveredFrame],
    is_photo: bool,
    is_still: bool,
    settings: AnalysisSettings,
    calibration: Calibration,
    gallery: GallerySearch | None,
) -> IdentityFinding:
    stacked = np.stack([getattr(frame.recovered, vectors) for frame in frames])
    weights = np.array([frame.face.quality.score for frame in frames], dtype=np.float32)
    template, kept = aggregate(stacked, weights, role, frames[0].recovered.embedder_id, calibration.comparison)
    if role is Role.TARGET and not is_photo:
        around = [frames[i].recovered.surroundings for i in kept]
        template = replace(template, surroundings=aggregate_surroundings(around, weights[list(kept)]))
    table = table_for(calibration, role, template.n_frames, is_photo=is_photo)
    search = None
    if gallery is not None:
        search = gallery.search(
            template.embedding,
            k=settings.candidates,
            threshold=partial(threshold_among, table),
            embedder_id=template.embedder_id,
            comparison=calibration.comparison,
            surroundings=template.surroundings,
        )
    return identity_finding(
        role,
        template,
        search,
        [frames[i].face.frame_index for i in kept],
        is_still=is_still,
        calibration=calibration,
        sharpness=float(np.median([frames[i].face.quality.sharpness for i in kept])),
        is_photo=is_photo,
    )
