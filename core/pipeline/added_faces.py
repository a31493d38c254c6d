"""Faces that a person drew because the detector missed them: found in the box, then followed both ways."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

import numpy as np

from core.casefile.records import ScanState, StoredCrop
from core.casefile.store import CaseFile
from core.detection.quality import measure
from core.domain.cancel import CancelToken
from core.domain.events import PipelineEvent, StageWarning
from core.domain.evidence import EvidenceItem, Frame, FrameRecord
from core.domain.faces import FaceDetection
from core.domain.review import AddFace, Review
from core.domain.time import TimeRange
from core.errors import EvidenceChangedError
from core.evidence.hashing import pixels_sha256
from core.pipeline.engines import Engines
from core.recovery.align import crop_face
from core.recovery.appearance import FaceDescriber
from core.video.pyav_reader import open_reader

STAGE = "added faces"
_REACH_S = Fraction(4)  # a drawn face is followed that far each way, or until it is lost or the tracker has it
_SAME_FACE_IOU = 0.5
# Where five points lie in an upright face's box, when no network finds them in it.
_USUAL_POINTS = np.array([[0.31, 0.40], [0.69, 0.40], [0.50, 0.60], [0.35, 0.78], [0.65, 0.78]], np.float32)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Seen:
    """An analysed frame around a drawn face, with what the scan had found in it."""

    frame: Frame
    record: FrameRecord
    known: Sequence[FaceDetection]


def find_added_faces(
    evidence: EvidenceItem,
    evidence_id: int,
    review: Review,
    stored: ScanState,
    *,
    case: CaseFile,
    engines: Engines,
    cancel: CancelToken,
) -> Iterator[PipelineEvent]:
    """Look at drawn faces that were not looked at before and store what was found; yields warnings.

    Raises:
        EvidenceChangedError: a decoded frame is not the one that was analysed.
        CaseError: the evidence cannot be decoded.
    """
    done = case.added_faces(evidence_id)
    for track_id, face in review.added_faces(evidence_id).items():
        if track_id in done:
            continue
        cancel.raise_if_cancelled()
        seen = _frames_around(evidence, face, stored)
        at = next((i for i, s in enumerate(seen) if s.record.index == face.frame_index), None)
        if at is None:
            yield StageWarning(
                stage=STAGE, message=f"the face drawn on frame {face.frame_index} lies outside the analysed frames"
            )
            continue
        first = engines.detector.refine([seen[at].frame], [[face.bbox]])[0][0]
        if first is None:
            found = [(seen[at], _unrefined(face, seen[at].record))]
            yield StageWarning(
                stage=STAGE,
                message=f"no eyes, nose and mouth were found in the box drawn on frame {face.frame_index}; "
                "it is kept and cannot be recovered",
            )
        else:
            before = _followed(first, list(reversed(seen[:at])), engines)
            found = [*reversed(before), (seen[at], first), *_followed(first, seen[at + 1 :], engines)]
        _store(case, evidence_id, track_id, found, engines)


def _frames_around(evidence: EvidenceItem, face: AddFace, stored: ScanState) -> list[_Seen]:
    """The analysed frames around the drawn one, decoded anew and compared with their hashes."""
    known = {r.index: (r, d) for r, d in zip(stored.frames, stored.detections, strict=True)}
    seen = []
    with open_reader(evidence, isolated=True) as reader:
        middle = face.time.seconds - reader.first_frame().time.seconds  # ranges count from the first picture
        # A hair longer than the reach, because the end of a range is not part of it.
        span = TimeRange(start=max(Fraction(0), middle - _REACH_S), end=middle + _REACH_S + Fraction(1, 1000))
        for frame in reader.frames(span):
            if frame.index not in known:
                continue
            record, detections = known[frame.index]
            if pixels_sha256(frame.rgb) != record.sha256:
                raise EvidenceChangedError(
                    f"frame {frame.index} is not the one that was analysed",
                    next_step="restore the file, or take it in anew",
                    path=evidence.path,
                )
            seen.append(_Seen(frame=frame, record=record, known=detections))
    return seen


def _followed(start: FaceDetection, seen: Sequence[_Seen], engines: Engines) -> list[tuple[_Seen, FaceDetection]]:
    """The face on the next frames, until it is lost or one that the scan found itself."""
    found: list[tuple[_Seen, FaceDetection]] = []
    box = start.bbox
    for view in seen:
        face = None if view.record.is_cut else engines.detector.refine([view.frame], [[box]])[0][0]
        if face is None or any(face.bbox.iou(other.bbox) > _SAME_FACE_IOU for other in view.known):
            break
        found.append((view, face))
        box = face.bbox
    return found


def _unrefined(face: AddFace, record: FrameRecord) -> FaceDetection:
    """The box as drawn. Its score of 0 keeps it from being recovered."""
    box = face.bbox
    points = np.array([box.x1, box.y1]) + _USUAL_POINTS * np.array([box.x2 - box.x1, box.y2 - box.y1])
    return FaceDetection(
        frame_index=record.index, time=record.time, bbox=box, score=0.0, landmarks_px=points.astype(np.float32)
    )


def _store(
    case: CaseFile,
    evidence_id: int,
    track_id: int,
    found: Sequence[tuple[_Seen, FaceDetection]],
    engines: Engines,
) -> None:
    describe = FaceDescriber(engines.embedder)
    faces: list[tuple[int, FaceDetection]] = []
    crops: list[StoredCrop] = []
    for view, detection in found:
        rgb = view.frame.rgb
        quality = measure(rgb, detection, engines.gate)
        vector = describe(rgb, [detection.landmarks_px])[0] if detection.score > 0 else None
        # The track's id serves as face number: it is far above those of the scan and the same in every frame.
        faces.append((track_id, replace(detection, quality=quality, embedding=vector)))
        if quality.passed:
            crops.append(
                StoredCrop(
                    frame_index=view.record.index,
                    face_number=track_id,
                    track_key=track_id,
                    face=crop_face(rgb, view.record, detection.landmarks_px, quality),
                )
            )
    case.put_added_face(evidence_id, track_id, crops, faces)
