"""Faces that a person drew because the detector missed them: found in the box, then followed both ways."""

from __future__ import annotations

from collections import deque
from collections.abc import Generator, Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import takewhile
from pathlib import Path

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
from core.video.reader import BrowsableReader

STAGE = "added faces"
_REACH_S = Fraction(4)  # a drawn face is followed that far each way, or until it is lost or the tracker has it
_SAME_FACE_IOU = 0.5
_KEPT_BYTES = 512 << 20  # of frames kept to follow a face backwards
# Where five points lie in an upright face's box, when no network finds them in it.
_USUAL_POINTS = np.array([[0.31, 0.40], [0.69, 0.40], [0.50, 0.60], [0.35, 0.78], [0.65, 0.78]], np.float32)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Seen:
    """An analysed frame around a drawn face, with what the scan had found in it."""

    frame: Frame
    record: FrameRecord
    known: Sequence[FaceDetection]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Found:
    """A drawn face on one frame: what is stored of it, so that the frame itself need not be held."""

    detection: FaceDetection
    crop: StoredCrop | None


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
        with (
            open_reader(evidence, isolated=True) as reader,
            closing(_frames_around(reader, evidence.path, face, stored)) as seen,
        ):
            found = _found(face, track_id, seen, engines)
        if not found:
            yield StageWarning(stage=STAGE, message=outside(face))
            continue
        if len(found) == 1 and found[0].detection.score == 0:
            yield StageWarning(
                stage=STAGE,
                message=f"no eyes, nose and mouth were found in the box drawn on frame {face.frame_index}; "
                "it is kept and cannot be recovered",
            )
        crops = [one.crop for one in found if one.crop is not None]
        case.put_added_face(evidence_id, track_id, crops, [(track_id, one.detection) for one in found])


def outside(face: AddFace) -> str:
    """What is said of a drawn face whose frame was not analysed."""
    return f"the face drawn on frame {face.frame_index} lies outside the analysed frames"


def _frames_around(
    reader: BrowsableReader, path: Path, face: AddFace, stored: ScanState
) -> Generator[_Seen, None, None]:
    """The analysed frames around the drawn one, decoded anew and compared with their hashes."""
    known = {r.index: (r, d) for r, d in zip(stored.frames, stored.detections, strict=True)}
    # Ranges count from the stream's first picture, whether or not that one can be decoded.
    middle = face.time.seconds - reader.picture_index().time_of(0).seconds
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
                path=path,
            )
        yield _Seen(frame=frame, record=record, known=detections)


def _found(face: AddFace, track_id: int, seen: Iterator[_Seen], engines: Engines) -> list[_Found]:
    """The drawn face and where it was followed to, in order of time; nothing when its frame is not among `seen`.

    Frames are followed forwards as they are decoded. Backwards those since the last cut are kept, the nearest ones
    where they are large.
    """
    before: deque[_Seen] = deque()
    for view in seen:
        if view.record.is_cut:
            before.clear()
        if view.record.index == face.frame_index:
            first = engines.detector.refine([view.frame], [[face.bbox]])[0][0]
            if first is None:
                return [_kept(view, _unrefined(face, view.record), track_id, engines)]
            earlier = _followed(first, track_id, reversed(before), engines)
            before.clear()
            later = _followed(first, track_id, takewhile(lambda s: not s.record.is_cut, seen), engines)
            return [*reversed(earlier), _kept(view, first, track_id, engines), *later]
        before.append(view)
        while sum(s.frame.rgb.nbytes for s in before) > _KEPT_BYTES:
            before.popleft()
    return []


def _followed(start: FaceDetection, track_id: int, seen: Iterable[_Seen], engines: Engines) -> list[_Found]:
    """The face on the next frames of its shot, until it is lost or one that the scan found itself."""
    found: list[_Found] = []
    box = start.bbox
    for view in seen:
        face = engines.detector.refine([view.frame], [[box]])[0][0]
        if face is None or any(face.bbox.iou(other.bbox) > _SAME_FACE_IOU for other in view.known):
            break
        found.append(_kept(view, face, track_id, engines))
        box = face.bbox
    return found


def _unrefined(face: AddFace, record: FrameRecord) -> FaceDetection:
    """The box as drawn. Its score of 0 keeps it from being recovered."""
    box = face.bbox
    points = np.array([box.x1, box.y1]) + _USUAL_POINTS * np.array([box.x2 - box.x1, box.y2 - box.y1])
    return FaceDetection(
        frame_index=record.index, time=record.time, bbox=box, score=0.0, landmarks_px=points.astype(np.float32)
    )


def _kept(view: _Seen, detection: FaceDetection, track_id: int, engines: Engines) -> _Found:
    rgb = view.frame.rgb
    quality = measure(rgb, detection, engines.gate)
    vector = None
    if detection.score > 0:
        vector = FaceDescriber(engines.embedder)(rgb, [detection.landmarks_px])[0]
    crop = None
    if quality.passed:
        crop = StoredCrop(
            frame_index=view.record.index,
            # The track's id serves as face number: it is far above those of the scan and the same in every frame.
            face_number=track_id,
            track_key=track_id,
            face=crop_face(rgb, view.record, detection.landmarks_px, quality),
        )
    return _Found(detection=replace(detection, quality=quality, embedding=vector), crop=crop)
