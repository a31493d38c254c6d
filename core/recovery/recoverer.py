"""Recovery of the faces behind a swap, a batch at a time, behind one class whatever the network."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import torch

from core.arithmetic import exact_inference
from core.domain.arrays import FloatArray, UInt8Array
from core.domain.comparison import Surroundings
from core.domain.faces import AlignedFace
from core.domain.recovery import RecoveredFaces
from core.models.dfrec import DfrecOutput
from core.models.embedding import Embedder
from core.recovery.align import CANONICAL_LANDMARKS, FACE_PX, align_chip
from core.recovery.detection import CompanionDetector

BATCH = 8


class DfrecNetwork(Protocol):
    """A DFREC network in evaluation mode, compact or official."""

    def __call__(
        self, images: torch.Tensor, generator: torch.Generator | None, seen: torch.Tensor | None
    ) -> DfrecOutput:
        """(B, 3, 224, 224) in [0, 1] and, for identity heads, (B, D) their embeddings -> everything it says."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class RecoveryArrays:
    """What the networks put out for N faces, unrounded.

    Attributes:
        source_image, target_image: (N, 3, 224, 224) float32 RGB in [0, 1].
        map: (N, 1, 224, 224) float32 in [0, 1], share of source information.
        fake_score: (N,) float32 in [0, 1], what the application goes by: fused where a companion was run.
        dfrec_score, companion_score: (N,) float32 in [0, 1], the two scores alone; NaN where no companion was run.
        input, source, target: (N, D) float32, unit norm, embeddings of the face as seen and of the two recovered
            identities.
        surroundings: (N, D) float32, unit norm; (N, 0) for networks that do not read them.
    """

    source_image: FloatArray
    target_image: FloatArray
    map: FloatArray
    fake_score: FloatArray
    dfrec_score: FloatArray
    companion_score: FloatArray
    input: FloatArray
    source: FloatArray
    target: FloatArray
    surroundings: FloatArray

    @classmethod
    def joined(cls, parts: Sequence[RecoveryArrays]) -> RecoveryArrays:
        """The faces of all parts, in order; at least one part."""
        names = cls.__dataclass_fields__
        return cls(**{name: np.concatenate([getattr(part, name) for part in parts]) for name in names})


class FaceRecoverer:
    """Runs a DFREC network and an embedder on face crops.

    Where the network states identities in the embedder's own space those vectors are used, otherwise the recovered
    pictures are embedded like photographs.

    Args:
        network: in evaluation mode, on `device`.
        embedder: describes the input and, where needed, the recovered pictures.
        speaks: id of the embedder whose space the network's identity heads speak; '' when it has none.
        model_name, weights_sha256: of the recovery weights.
        device: torch device.
        companion: a second detector, fitted to these weights; None goes by DFREC's own score.
        surroundings_id: names what in the network reads the surroundings; '' where nothing does.
    """

    def __init__(
        self,
        network: DfrecNetwork,
        embedder: Embedder,
        *,
        speaks: str,
        model_name: str,
        weights_sha256: str,
        device: str,
        companion: CompanionDetector | None = None,
        surroundings_id: str = "",
    ) -> None:
        self._network = network
        self._embedder = embedder
        self._has_heads = speaks == embedder.embedder_id
        self.device = device
        self._device = torch.device(device)
        self.companion = companion
        self.surroundings_id = surroundings_id
        self.model_name = model_name
        self.weights_sha256 = weights_sha256
        self.embedder_id = embedder.embedder_id

    def infer(self, crops: UInt8Array, landmarks: FloatArray | None, seed: int) -> RecoveryArrays:
        """Recover faces already cropped.

        Args:
            crops: (N, 224, 224, 3) uint8 RGB in the framing of `core.recovery.align`, N >= 1.
            landmarks: (N, 5, 2) float32 in crop pixels; None takes the framing's usual places.
            seed: of the masking step, in which all faces get the same random numbers: what is hidden of a face does
                not depend on those around it.

        Raises:
            ValueError: another shape or dtype.
        """
        if crops.ndim != 4 or crops.shape[1:] != (FACE_PX, FACE_PX, 3) or crops.dtype != np.uint8 or not len(crops):
            raise ValueError(f"expected crops (N, {FACE_PX}, {FACE_PX}, 3) uint8, got {crops.shape} {crops.dtype}")
        if landmarks is None:
            landmarks = np.broadcast_to(CANONICAL_LANDMARKS, (len(crops), 5, 2))
        parts = [
            self._infer_batch(crops[at : at + BATCH], landmarks[at : at + BATCH], seed)
            for at in range(0, len(crops), BATCH)
        ]
        return parts[0] if len(parts) == 1 else RecoveryArrays.joined(parts)

    def recover(self, faces: Sequence[AlignedFace], seed: int) -> list[RecoveredFaces]:
        """Recover aligned faces; pictures are rounded to 8 bits. See `infer` for `seed`."""
        if not faces:
            return []
        crops = np.stack([face.rgb for face in faces])
        arrays = self.infer(crops, np.stack([face.landmarks_px for face in faces]), seed)
        return [
            RecoveredFaces(
                source_rgb=_eight_bit(arrays.source_image[i]),
                target_rgb=_eight_bit(arrays.target_image[i]),
                identity_map=arrays.map[i, 0],
                fake_score=float(arrays.fake_score[i]),
                input_embedding=arrays.input[i],
                source_embedding=arrays.source[i],
                target_embedding=arrays.target[i],
                embedder_id=self.embedder_id,
                weights_sha256=self.weights_sha256,
                seed=seed,
                surroundings=self._surroundings(arrays.surroundings[i]),
            )
            for i in range(len(faces))
        ]

    @exact_inference()
    def _infer_batch(self, crops: UInt8Array, landmarks: FloatArray, seed: int) -> RecoveryArrays:
        # Drawn on the processor whatever the device: each has another generator, and would mask other patches.
        generator = torch.Generator().manual_seed(seed)
        images = torch.tensor(crops).to(self._device).permute(0, 3, 1, 2).float() / 255
        images = images.contiguous(memory_format=torch.channels_last)
        seen = self._embed(crops, landmarks)
        out = self._network(images, generator, torch.from_numpy(seen).to(self._device) if self._has_heads else None)
        source, target = _array(out.source), _array(out.target)
        if self._has_heads and out.source_embedding is not None and out.target_embedding is not None:
            source_vector, target_vector = _array(out.source_embedding), _array(out.target_embedding)
        else:
            source_vector = self._embed(np.stack([_eight_bit(p) for p in source]), landmarks)
            target_vector = self._embed(np.stack([_eight_bit(p) for p in target]), landmarks)
        if out.fake_logit is not None:
            dfrec_score = _array(torch.sigmoid(out.fake_logit))
        else:  # the paper calls a face real when its recovered target is like the input
            dfrec_score = np.clip(1 - (seen * target_vector).sum(1), 0, 1).astype(np.float32)
        if self.companion is not None:
            companion_score = self.companion.scores(images)
            fake = self.companion.fusion(dfrec_score, companion_score)
        else:
            companion_score, fake = np.full_like(dfrec_score, np.nan), dfrec_score
        return RecoveryArrays(
            source_image=source,
            target_image=target,
            map=_array(out.m_s),
            fake_score=fake,
            dfrec_score=dfrec_score,
            companion_score=companion_score,
            input=seen,
            source=source_vector,
            target=target_vector,
            surroundings=np.zeros((len(crops), 0), np.float32)
            if out.surroundings is None
            else _array(out.surroundings),
        )

    def _surroundings(self, vector: FloatArray) -> Surroundings | None:
        return Surroundings(embedding=vector, model_id=self.surroundings_id) if vector.size else None

    def _embed(self, crops: UInt8Array, landmarks: FloatArray) -> FloatArray:
        embedder = self._embedder
        chips = [
            align_chip(crop, points, embedder.template_points, embedder.chip_size)
            for crop, points in zip(crops, landmarks, strict=True)
        ]
        return embedder.embed(np.stack(chips))


def _array(tensor: torch.Tensor) -> FloatArray:
    return tensor.float().cpu().contiguous().numpy()


def _eight_bit(picture: FloatArray) -> UInt8Array:
    """(3, H, W) in [0, 1] -> (H, W, 3) uint8."""
    return np.ascontiguousarray(np.clip(picture.transpose(1, 2, 0) * 255 + 0.5, 0, 255).astype(np.uint8))
