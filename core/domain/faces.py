"""Faces found in frames, their tracks and their aligned crops."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from core.domain.arrays import FloatArray, UInt8Array, frozen_array
from core.domain.geometry import BBox
from core.domain.time import TimePoint


class Rejection(StrEnum):
    """Why the quality gate excluded a face (after ISO/IEC 29794-5's component measures)."""

    TOO_SMALL = "too small"
    TOO_BLURRED = "too blurred"
    YAW = "turned too far aside"
    PITCH = "turned too far up or down"
    LOW_SCORE = "detector unsure"
    OUT_OF_FRAME = "cut off by the frame"


@dataclass(frozen=True, slots=True, kw_only=True)
class FaceQuality:
    """Measured on the original frame.

    Attributes:
        size_px: distance between the eyes or 0.95 of eye-to-mouth distance, whichever is larger, px.
        sharpness: variance of the Laplacian of the luma of the face at 112 px, >= 0; larger is sharper.
        yaw_deg, pitch_deg, roll_deg: estimated from the five landmarks, degrees.
        score: overall usability in [0, 1]; ranks frames of a track.
        rejections: why the gate excluded the face; empty when it passed.
    """

    size_px: float
    sharpness: float
    yaw_deg: float
    pitch_deg: float
    roll_deg: float
    score: float
    rejections: tuple[Rejection, ...] = ()

    @property
    def passed(self) -> bool:
        """Whether the face may be used for recovery."""
        return not self.rejections


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class FaceDetection:
    """One face in one frame.

    Attributes:
        frame_index, time: of the frame.
        bbox: float px of the original frame.
        score: detector's confidence, [0, 1].
        landmarks_px: (5, 2) float32, MTCNN order: left eye, right eye, nose tip, left and right mouth
            corner ("left" = smaller x of an upright face), px of the original frame.
        quality: None until measured.
        embedding: (D,) float32 appearance vector of unit norm, or None.
        is_refined: True when the box comes from refinement of a predicted box, False from full detection.
    """

    frame_index: int
    time: TimePoint
    bbox: BBox
    score: float
    landmarks_px: FloatArray
    quality: FaceQuality | None = None
    embedding: FloatArray | None = None
    is_refined: bool = False

    def __post_init__(self) -> None:
        lms = frozen_array(self.landmarks_px, "FaceDetection.landmarks_px", (5, 2), np.float32)
        object.__setattr__(self, "landmarks_px", lms)
        if self.embedding is not None:
            emb = frozen_array(self.embedding, "FaceDetection.embedding", (None,), np.float32)
            object.__setattr__(self, "embedding", emb)


class TrackEnd(StrEnum):
    """Why a track stopped."""

    CUT = "scene cut"
    LOST = "face lost"
    END_OF_RANGE = "end of the analysed range"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class FaceTrack:
    """The same face over consecutive analysed frames; no pixels.

    Attributes:
        track_id: 1-based, in order of first appearance.
        detections: in time order, at least one.
        n_gaps: analysed frames inside the track's span in which the face was not found.
        end_reason: why it stopped.
    """

    track_id: int
    detections: tuple[FaceDetection, ...]
    n_gaps: int
    end_reason: TrackEnd

    def __post_init__(self) -> None:
        if not self.detections:
            raise ValueError("a track holds at least one detection")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class TrackView:
    """A track of a finished run, as a person looks at it.

    Attributes:
        track_id: of the tracker, or made by a person (see `core.domain.review.FIRST_MADE_TRACK`).
        person_track_id: the person it was counted to; None when it is ignored.
        is_ignored: a person said that it does not matter.
        detections: in time order, at least one.
    """

    track_id: int
    person_track_id: int | None
    is_ignored: bool
    detections: tuple[FaceDetection, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class TrackBox:
    """Where the face of a track is in one frame; see `TrackView` and `FaceDetection`."""

    track_id: int
    bbox: BBox
    score: float


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class AlignedFace:
    """A face crop in the framing of the recovery networks.

    Attributes:
        frame_index, time, frame_sha256: the frame it was cut from.
        rgb: (S, S, 3) uint8 RGB, read-only; S is 224 for DFREC.
        frame_to_crop: (2, 3) float32 affine map from frame pixels to crop pixels.
        landmarks_px: (5, 2) float32 in crop pixels, MTCNN order.
        quality: of the detection.
    """

    frame_index: int
    time: TimePoint
    frame_sha256: str
    rgb: UInt8Array
    frame_to_crop: FloatArray
    landmarks_px: FloatArray
    quality: FaceQuality

    def __post_init__(self) -> None:
        object.__setattr__(self, "rgb", frozen_array(self.rgb, "AlignedFace.rgb", (None, None, 3), np.uint8))
        affine = frozen_array(self.frame_to_crop, "AlignedFace.frame_to_crop", (2, 3), np.float32)
        object.__setattr__(self, "frame_to_crop", affine)
        lms = frozen_array(self.landmarks_px, "AlignedFace.landmarks_px", (5, 2), np.float32)
        object.__setattr__(self, "landmarks_px", lms)
