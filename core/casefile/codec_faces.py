"""Codecs of detections, aligned crops and recovered faces: domain types to table columns and back."""

from __future__ import annotations

from typing import Any

from core.casefile.codec import (
    blob_floats,
    blob_png,
    floats_blob,
    packed_floats,
    png_blob,
    surroundings_from_json,
    surroundings_json,
    time_from_json,
    time_json,
    to_json,
    unpacked_floats,
)
from core.domain.faces import AlignedFace, FaceDetection, FaceQuality, Rejection
from core.domain.foreign_text import parsed_json
from core.domain.geometry import BBox
from core.domain.recovery import RecoveredFaces

DETECTION_COLUMNS = "pts, time_base, box_and_score, landmarks, quality, embedding, is_refined"
CROP_COLUMNS = "pts, time_base, frame_sha256, frame_to_crop, landmarks, quality, png"
RECOVERED_COLUMNS = (
    "facts, input_embedding, source_embedding, target_embedding, source_png, target_png, map_shape, map_zlib"
)


def quality_json(quality: FaceQuality) -> str:
    """A face's quality as JSON text."""
    numbers = [
        quality.size_px,
        quality.sharpness,
        quality.yaw_deg,
        quality.pitch_deg,
        quality.roll_deg,
        quality.score,
    ]
    return to_json([*numbers, [str(r) for r in quality.rejections]])


def quality_from_json(text: str) -> FaceQuality:
    """Back from `quality_json`."""
    size_px, sharpness, yaw_deg, pitch_deg, roll_deg, score, rejections = parsed_json(text)
    return FaceQuality(
        size_px=size_px,
        sharpness=sharpness,
        yaw_deg=yaw_deg,
        pitch_deg=pitch_deg,
        roll_deg=roll_deg,
        score=score,
        rejections=tuple(Rejection(r) for r in rejections),
    )


def detection_row(detection: FaceDetection) -> tuple[Any, ...]:
    """Values of `DETECTION_COLUMNS`."""
    box = detection.bbox
    return (
        *time_json(detection.time),
        to_json([box.x1, box.y1, box.x2, box.y2, detection.score]),
        floats_blob(detection.landmarks_px),
        None if detection.quality is None else quality_json(detection.quality),
        None if detection.embedding is None else floats_blob(detection.embedding),
        int(detection.is_refined),
    )


def detection_from_row(frame_index: int, row: tuple[Any, ...]) -> FaceDetection:
    """Back from `detection_row`."""
    pts, time_base, box_and_score, landmarks, quality, embedding, is_refined = row
    bbox, score = box_from_text(box_and_score)
    return FaceDetection(
        frame_index=frame_index,
        time=time_from_json((pts, time_base)),
        bbox=bbox,
        score=score,
        landmarks_px=blob_floats(landmarks, (5, 2)),
        quality=None if quality is None else quality_from_json(quality),
        embedding=None if embedding is None else blob_floats(embedding),
        is_refined=bool(is_refined),
    )


def box_from_text(box_and_score: str) -> tuple[BBox, float]:
    """Box and detector's score of a detection, without the rest of it."""
    x1, y1, x2, y2, score = parsed_json(box_and_score)
    return BBox(x1=x1, y1=y1, x2=x2, y2=y2), score


def crop_row(face: AlignedFace) -> tuple[Any, ...]:
    """Values of `CROP_COLUMNS`."""
    return (
        *time_json(face.time),
        face.frame_sha256,
        floats_blob(face.frame_to_crop),
        floats_blob(face.landmarks_px),
        quality_json(face.quality),
        png_blob(face.rgb),
    )


def crop_from_row(frame_index: int, row: tuple[Any, ...]) -> AlignedFace:
    """Back from `crop_row`."""
    pts, time_base, frame_sha256, frame_to_crop, landmarks, quality, png = row
    return AlignedFace(
        frame_index=frame_index,
        time=time_from_json((pts, time_base)),
        frame_sha256=frame_sha256,
        rgb=blob_png(png),
        frame_to_crop=blob_floats(frame_to_crop, (2, 3)),
        landmarks_px=blob_floats(landmarks, (5, 2)),
        quality=quality_from_json(quality),
    )


def recovered_row(faces: RecoveredFaces) -> tuple[Any, ...]:
    """Values of `RECOVERED_COLUMNS`."""
    return (
        to_json([faces.fake_score, faces.embedder_id, faces.weights_sha256, faces.seed, *_surroundings(faces)]),
        floats_blob(faces.input_embedding),
        floats_blob(faces.source_embedding),
        floats_blob(faces.target_embedding),
        png_blob(faces.source_rgb),
        png_blob(faces.target_rgb),
        to_json(list(faces.identity_map.shape)),
        packed_floats(faces.identity_map),
    )


def recovered_from_row(row: tuple[Any, ...]) -> RecoveredFaces:
    """Back from `recovered_row`."""
    facts, input_vector, source_vector, target_vector, source_png, target_png, map_shape, map_zlib = row
    fake_score, embedder_id, weights_sha256, seed, *surroundings = parsed_json(facts)
    return RecoveredFaces(
        source_rgb=blob_png(source_png),
        target_rgb=blob_png(target_png),
        identity_map=unpacked_floats(map_zlib, tuple(parsed_json(map_shape))),
        fake_score=fake_score,
        input_embedding=blob_floats(input_vector),
        source_embedding=blob_floats(source_vector),
        target_embedding=blob_floats(target_vector),
        embedder_id=embedder_id,
        weights_sha256=weights_sha256,
        seed=seed,
        surroundings=None if not surroundings else surroundings_from_json(surroundings),
    )


def _surroundings(faces: RecoveredFaces) -> list[str]:
    """Nothing for faces without: rows of versions that did not know them stay byte for byte as they are."""
    return [] if faces.surroundings is None else surroundings_json(faces.surroundings)
