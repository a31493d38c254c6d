"""Published face swaps with known source and target: where the truth is ranked among strangers."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from tqdm import tqdm

from core.aggregation.selection import FaceCandidate, best_spread
from core.aggregation.template import aggregate
from core.detection.base import FaceDetector
from core.domain.arrays import FloatArray, UInt8Array
from core.domain.evidence import FrameRecord
from core.domain.faces import AlignedFace, FaceQuality
from core.domain.identity import Role
from core.models.embedding import Embedder
from core.recovery.align import crop_face
from core.recovery.appearance import FaceDescriber
from core.recovery.recoverer import FaceRecoverer
from core.video.probe import probe
from core.video.pyav_reader import open_reader

FRAMES = 8
UNMEASURED = FaceQuality(size_px=0, sharpness=0, yaw_deg=0, pitch_deg=0, roll_deg=0, score=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class SwapRank:
    """Ranks of one swap's truth, 1-based; "none" rows use the forgery as seen."""

    name: str
    source: int
    target: int
    none_source: int
    none_target: int
    fake_score: float


def swaps_in(folder: Path) -> Iterator[tuple[Path, Path, Path]]:
    """(swap, source, target) files of every case folder below `folder` that holds ``source.*`` and ``target.*``."""
    for source in sorted(folder.rglob("source.*")):
        target = next(iter(sorted(source.parent.glob("target.*"))), None)
        if target is not None:
            yield from ((swap, source, target) for swap in sorted(source.parent.glob("swap*")))


class SwapTrial:
    """Ranks published swaps with the networks of the application.

    Args:
        detector, embedder, recoverer: of the application; the recoverer speaks the embedder's space.
        strangers: (N, D) float32, unit norm, photographs of people who are in no swap.
        seed: of the recovery.
    """

    def __init__(
        self,
        detector: FaceDetector,
        embedder: Embedder,
        recoverer: FaceRecoverer,
        strangers: FloatArray,
        seed: int,
    ) -> None:
        self._detector = detector
        self._describe = FaceDescriber(embedder)
        self._recoverer = recoverer
        self._strangers = strangers
        self._seed = seed

    def run(self, folder: Path) -> list[SwapRank]:
        """Rank every swap below `folder`; swaps in which no face is found are left out."""
        results = []
        for swap, source, target in tqdm(list(swaps_in(folder)), desc="swaps", unit="swap"):
            ranked = self._rank(swap, source, target)
            if ranked is not None:
                results.append(ranked)
        return results

    def _rank(self, swap: Path, source: Path, target: Path) -> SwapRank | None:
        truths = [self._faces(path, 1) for path in (source, target)]
        faces = self._faces(swap, FRAMES)
        if not faces or not all(truths):
            return None
        source_truth, target_truth = (self._describe(rgb, [marks])[0] for ((rgb, marks, _),) in truths)
        recovered = self._recoverer.recover([face for _, _, face in faces], self._seed)

        def rank(vectors: list[FloatArray], truth: FloatArray) -> int:
            equal = np.ones(len(vectors), np.float32)
            template, _ = aggregate(np.stack(vectors), equal, Role.SOURCE, self._recoverer.embedder_id)
            return 1 + int((self._strangers @ template.embedding > truth @ template.embedding).sum())

        seen = [r.input_embedding for r in recovered]
        return SwapRank(
            name=f"{swap.parent.parent.name}/{swap.parent.name}/{swap.stem}",
            source=rank([r.source_embedding for r in recovered], source_truth),
            target=rank([r.target_embedding for r in recovered], target_truth),
            none_source=rank(seen, source_truth),
            none_target=rank(seen, target_truth),
            fake_score=float(np.median([r.fake_score for r in recovered])),
        )

    def _faces(self, path: Path, count: int) -> list[tuple[UInt8Array, FloatArray, AlignedFace]]:
        """(frame, landmarks, crop) of the largest face in up to `count` frames, spread over time."""
        with open_reader(probe(path)) as reader:
            frames = list(reader.frames())
        spread = best_spread(
            [
                FaceCandidate(frame_index=i, face_number=0, seconds=f.time.seconds, quality=1)
                for i, f in enumerate(frames)
            ],
            count,
        )
        found = []
        for frame in (frames[candidate.frame_index] for candidate in spread):
            detections = self._detector.detect([frame])[0]
            if detections:
                marks = max(detections, key=lambda d: d.bbox.area).landmarks_px
                record = FrameRecord(index=frame.index, time=frame.time, sha256="", is_corrupt=frame.is_corrupt)
                found.append((frame.rgb, marks, crop_face(frame.rgb, record, marks, UNMEASURED)))
        return found
