"""Methods of recovery behind one protocol: the forgery itself, DFREC, and the baselines of the other modules."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np

from core.domain.arrays import FloatArray, UInt8Array
from core.evaluation.people import BATCH
from core.evaluation.protocol.faces import Suspects
from core.recovery.recoverer import FaceRecoverer, RecoveryArrays


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Recovered:
    """What a method makes of N faces; None where it says nothing of a role.

    Attributes:
        source, target: (N, 224, 224, 3) uint8 pictures.
        source_vector, target_vector: (N, D) float32 identities stated as vectors, unit norm.
    """

    source: UInt8Array | None = None
    target: UInt8Array | None = None
    source_vector: FloatArray | None = None
    target_vector: FloatArray | None = None


class Baseline(Protocol):
    """A method of recovery to compare DFREC with."""

    @property
    def name(self) -> str:
        """As tables call it."""
        ...

    @property
    def note(self) -> str:
        """One sentence: what it does."""
        ...

    def available(self) -> str:
        """'' when it can run; otherwise what is missing, for the table."""
        ...

    def recover(self, suspects: Suspects) -> Recovered:
        """Recover every face.

        Raises:
            CaseError: what the user gave for this method is not usable.
        """
        ...


class AsSeen:
    """The paper's row "None": the forgery itself, for both roles."""

    name = "None (the forgery itself)"
    note = "The suspect face as it is, for both roles: what every method has to improve on."

    def available(self) -> str:
        """Always."""
        return ""

    def recover(self, suspects: Suspects) -> Recovered:
        """The faces as they are."""
        return Recovered(source=suspects.crops, target=suspects.crops)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class DfrecResult:
    """DFREC on N faces: pictures and vectors, the map (N, 224, 224), and scores (N,); `companion` NaN without one.

    `surroundings` is (N, D), D 0 for networks that do not read them.
    """

    recovered: Recovered
    map: FloatArray
    fused: FloatArray
    dfrec: FloatArray
    companion: FloatArray
    seen: FloatArray
    surroundings: FloatArray


def run_dfrec(recoverer: FaceRecoverer, crops: UInt8Array, landmarks: FloatArray, seed: int) -> DfrecResult:
    """Run the application's recovery on crops, in batches of 32, and keep the pictures in 8 bits."""
    parts = [
        _part(recoverer.infer(crops[at : at + BATCH], landmarks[at : at + BATCH], seed))
        for at in range(0, len(crops), BATCH)
    ]
    return joined(parts)


def joined(parts: list[DfrecResult]) -> DfrecResult:
    """The faces of all parts, in order; at least one part."""

    def together(name: str) -> FloatArray:
        return np.concatenate([getattr(part, name) for part in parts])

    def pictures(name: str) -> UInt8Array:
        return np.concatenate([getattr(part.recovered, name) for part in parts])

    def vectors(name: str) -> FloatArray:
        return np.concatenate([getattr(part.recovered, name) for part in parts])

    return DfrecResult(
        recovered=Recovered(
            source=pictures("source"),
            target=pictures("target"),
            source_vector=vectors("source_vector"),
            target_vector=vectors("target_vector"),
        ),
        **{name: together(name) for name in ("map", "fused", "dfrec", "companion", "seen", "surroundings")},
    )


def _part(arrays: RecoveryArrays) -> DfrecResult:
    return DfrecResult(
        recovered=Recovered(
            source=_pictures(arrays.source_image),
            target=_pictures(arrays.target_image),
            source_vector=arrays.source,
            target_vector=arrays.target,
        ),
        map=arrays.map[:, 0],
        fused=arrays.fake_score,
        dfrec=arrays.dfrec_score,
        companion=arrays.companion_score,
        seen=arrays.input,
        surroundings=arrays.surroundings,
    )


def _pictures(images: FloatArray) -> UInt8Array:
    return np.ascontiguousarray(np.clip(images.transpose(0, 2, 3, 1) * 255 + 0.5, 0, 255).astype(np.uint8))
