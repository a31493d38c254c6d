"""Published face swaps with known source and target: where the truth is ranked among strangers."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from core.aggregation.selection import FaceCandidate, best_spread
from core.aggregation.template import aggregate, aggregate_surroundings
from core.detection.base import FaceDetector
from core.domain.arrays import FloatArray, UInt8Array
from core.domain.comparison import Comparison
from core.domain.evidence import FrameRecord
from core.domain.faces import AlignedFace, FaceQuality
from core.domain.identity import Role
from core.evaluation.comparisons import scores_of
from core.evaluation.photographs import photograph_surroundings
from core.models.embedding import Embedder
from core.recovery.align import crop_face
from core.recovery.appearance import FaceDescriber
from core.recovery.recoverer import FaceRecoverer
from core.recovery.surroundings import SurroundingsReader
from core.training.corpus import FaceCorpus
from core.video.probe import probe
from core.video.pyav_reader import open_reader

FRAMES = 8
UNMEASURED = FaceQuality(size_px=0, sharpness=0, yaw_deg=0, pitch_deg=0, roll_deg=0, score=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class SwapRank:
    """Ranks and cosines of one swap's truth, ranks 1-based; "none" uses the forgery as seen.

    Ranks follow the application's rule, for "target" with what surrounds the face, of which "target_face" takes no
    notice. What is enrolled of a target is the very picture that was changed, or one of the same clip.
    """

    name: str
    set: str
    source: int
    target: int
    target_face: int
    none_source: int
    none_target: int
    source_cosine: float
    target_cosine: float
    none_source_cosine: float
    none_target_cosine: float
    fake_score: float


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class PristineFace:
    """A source's or target's own file: vector and surroundings (D,) of its photograph, fake score of its face."""

    vector: FloatArray
    surroundings: FloatArray | None
    fake_score: float


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Strangers:
    """Photographs of people who are in no swap, and how anybody is compared with photographs.

    Attributes:
        vectors: (N, D) float32, unit norm.
        surroundings: (N, D) float32, unit norm; None where they are not read.
        comparison: the rule of the application.
        reader: reads the surroundings of photographs; None where nothing does.
    """

    vectors: FloatArray
    surroundings: FloatArray | None
    comparison: Comparison
    reader: SurroundingsReader | None

    @classmethod
    def of(
        cls, corpus: FaceCorpus, rows: NDArray[np.int64], comparison: Comparison, reader: SurroundingsReader | None
    ) -> Strangers:
        """Photographs of a packed corpus."""
        around = None if reader is None else photograph_surroundings(corpus, rows, reader)
        return cls(vectors=corpus.embedding[rows], surroundings=around, comparison=comparison, reader=reader)

    def rank(self, probe: FloatArray, around: FloatArray | None, truth: PristineFace) -> int:
        """1-based rank of the truth's photograph among the strangers'; `around`: surroundings (D,) of the probe."""
        probes, arounds = probe[None], None if around is None else around[None]
        others = scores_of(probes, arounds, self.vectors, self.surroundings, self.comparison)
        own_around = None if truth.surroundings is None else truth.surroundings[None]
        own = scores_of(probes, arounds, truth.vector[None], own_around, self.comparison)
        return 1 + int((others > own).sum())


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
        strangers: whom the truth is ranked among.
        seed: of the recovery.
    """

    def __init__(
        self,
        detector: FaceDetector,
        embedder: Embedder,
        recoverer: FaceRecoverer,
        strangers: Strangers,
        seed: int,
    ) -> None:
        self._detector = detector
        self._describe = FaceDescriber(embedder)
        self._recoverer = recoverer
        self._strangers = strangers
        self._seed = seed
        self._pristine: dict[Path, PristineFace | None] = {}

    @property
    def pristine_scores(self) -> FloatArray:
        """(P,) fake scores of the distinct source and target files met so far."""
        scores = [face.fake_score for face in self._pristine.values() if face is not None]
        return np.array(scores, dtype=np.float32)

    def run(self, folder: Path) -> list[SwapRank]:
        """Rank every swap below `folder`; swaps in which no face is found are left out."""
        swaps = tqdm(list(swaps_in(folder)), desc="swaps", unit="swap")
        ranked = (self.rank(swap, source, target) for swap, source, target in swaps)
        return [one for one in ranked if one is not None]

    def rank(self, swap: Path, source: Path, target: Path) -> SwapRank | None:
        """Rank one swap; None where no face is found in one of the files."""
        source_truth, target_truth = (self._truth(path) for path in (source, target))
        faces = self._faces(swap, FRAMES)
        if not faces or source_truth is None or target_truth is None:
            return None
        recovered = self._recoverer.recover([face for _, _, face in faces], self._seed)

        equal = np.ones(len(recovered), np.float32)
        surroundings = aggregate_surroundings([r.surroundings for r in recovered], equal)
        around = None if surroundings is None else surroundings.embedding

        def compare(vectors: list[FloatArray], truth: PristineFace) -> tuple[FloatArray, int, float]:
            template, _ = aggregate(
                np.stack(vectors), equal, Role.SOURCE, self._recoverer.embedder_id, self._strangers.comparison
            )
            by_face = self._strangers.rank(template.embedding, None, truth)
            return template.embedding, by_face, float(truth.vector @ template.embedding)

        seen = [r.input_embedding for r in recovered]
        _, source_rank, source_cosine = compare([r.source_embedding for r in recovered], source_truth)
        stated, face_rank, target_cosine = compare([r.target_embedding for r in recovered], target_truth)
        _, none_source, none_source_cosine = compare(seen, source_truth)
        _, none_target, none_target_cosine = compare(seen, target_truth)
        return SwapRank(
            name=f"{swap.parent.parent.name}/{swap.parent.name}/{swap.stem}",
            set=swap.parent.parent.name,
            source=source_rank,
            target=self._strangers.rank(stated, around, target_truth),
            target_face=face_rank,
            none_source=none_source,
            none_target=none_target,
            source_cosine=source_cosine,
            target_cosine=target_cosine,
            none_source_cosine=none_source_cosine,
            none_target_cosine=none_target_cosine,
            fake_score=float(np.median([r.fake_score for r in recovered])),
        )

    def _truth(self, path: Path) -> PristineFace | None:
        """What a source's or target's file shows; None where no face is found. Each file is looked at once."""
        if path not in self._pristine:
            self._pristine[path] = None
            faces = self._faces(path, FRAMES)
            if faces:
                rgb, marks, crop = faces[0]
                reader = self._strangers.reader
                recovered = self._recoverer.recover([face for _, _, face in faces], self._seed)
                score = float(np.median([r.fake_score for r in recovered]))
                self._pristine[path] = PristineFace(
                    vector=self._describe(rgb, [marks])[0],
                    surroundings=None if reader is None else reader.read(crop.rgb).embedding,
                    fake_score=score,
                )
        return self._pristine[path]

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
