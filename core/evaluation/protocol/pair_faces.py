"""Published forgeries that never trained as test faces, and the photographs that their true faces are ranked among."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

from core.domain.arrays import FloatArray
from core.domain.identity import Role
from core.errors import CaseError
from core.evaluation.people import BATCH
from core.evaluation.protocol.bench import Bench
from core.evaluation.protocol.describe import identity_vectors
from core.evaluation.protocol.faces import REAL, REAL_SHARE, TestFaces
from core.evaluation.protocol.people import PhotoGallery
from core.recovery.cropped import landmarks_of_crops
from core.training.forgery_batch import ForgeryBatch
from core.training.pair_corpus import PairCorpus
from core.training.pairs import PairPictures
from core.training.pixels import eight_bit

UNNAMED = "unnamed"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class PairTest:
    """Held-out pairs of one data set, drawn.

    Attributes:
        faces: N of them; families are the set's forgery methods, rows those of the pairs' corpus.
        has_truth: (N,) bool, whether both true faces are known.
        gallery: distinct photographs to rank the true ones among, at the rows of people who never trained; None where
            nobody behind the forgeries is known.
    """

    faces: TestFaces
    has_truth: NDArray[np.bool_]
    gallery: PhotoGallery | None

    def rows(self, role: Role) -> NDArray[np.int64]:
        """(N,) rows of the true photographs of a role."""
        return self.faces.source_row if role is Role.SOURCE else self.faces.target_row

    def measured(self, role: Role) -> NDArray[np.bool_]:
        """(N,) True for forgeries whose true face of that role is known and is a person's who never trained."""
        if self.gallery is None:
            return np.zeros(len(self.faces), bool)
        known: NDArray[np.bool_] = self.has_truth & self.faces.is_fake & (self.gallery.place[self.rows(role)] >= 0)
        return known


def draw_pairs(bench: Bench, pairs: PairCorpus) -> PairTest:
    """As many held-out pairs as the run's settings say, a third of them real where there are so many.

    Args:
        bench: finds landmarks, describes photographs, and has the packed faces that join the gallery, if any.
        pairs: of one data set.

    Raises:
        CaseError: all pairs train.
    """
    chosen = held_out_pairs(pairs, bench.settings.count, bench.settings.seed)
    pictures = PairPictures(*map(torch.from_numpy, (pairs.forged, pairs.images, pairs.is_forged)))
    crops, sources, targets, marks = [], [], [], []
    bench.progress.begin("cropping pairs", len(chosen), "face")
    for batch in _batches(pictures, chosen):
        crops.append(eight_bit(batch.image))
        sources.append(eight_bit(batch.source))
        targets.append(eight_bit(batch.target))
        marks.append(landmarks_of_crops(bench.detector, crops[-1]))
        bench.progress.advance(len(crops[-1]))
    is_fake, method = pairs.is_forged[chosen], pairs.method[chosen]
    faces = TestFaces(
        crops=np.concatenate(crops),
        landmarks=np.concatenate(marks),
        source=np.concatenate(sources),
        target=np.concatenate(targets),
        is_fake=is_fake,
        family=np.where(is_fake, np.where(method == "", UNNAMED, method), REAL),
        source_row=2 * chosen + 1,
        target_row=2 * chosen,
    )
    has_truth = pairs.has_truth[chosen]
    gallery = _gallery(bench, pairs, pictures) if (has_truth & is_fake).any() else None
    return PairTest(faces=faces, has_truth=has_truth, gallery=gallery)


def held_out_pairs(pairs: PairCorpus, count: int, seed: int) -> NDArray[np.int64]:
    """(N,) numbers of pairs that never trained, N <= `count`, in the order they were packed.

    Raises:
        CaseError: there are none.
    """
    held_out = np.flatnonzero(pairs.held_out[::2])
    if not len(held_out):
        raise CaseError(
            f"every pair of {pairs.sets[0]} is of the training part",
            next_step="pack its validation or test part, too",
        )
    drawn = np.random.default_rng(seed).permutation(held_out)
    forged, real = drawn[pairs.is_forged[drawn]], drawn[~pairs.is_forged[drawn]]
    n_real = min(len(real), max(round(count * REAL_SHARE), count - len(forged)))
    return np.sort(np.concatenate([real[:n_real], forged[: count - n_real]])).astype(np.int64)


def _gallery(bench: Bench, pairs: PairCorpus, pictures: PairPictures) -> PhotoGallery:
    """Each photograph once, however many pairs show it; beside them those of the packed faces.

    The mean face is that of the packed faces where there are any; of the pairs' training photographs otherwise, or of
    the gallery where those are not in the embedder's space.
    """
    rows = np.flatnonzero(pairs.unseen & np.repeat(pairs.has_truth, 2))
    _, first, number = np.unique(pairs.embedding[rows], axis=0, return_index=True, return_inverse=True)
    photographs = rows[first]
    place = np.full(len(pairs.identity), -1)
    place[rows] = number.reshape(-1)
    if bench.embedder.embedder_id == pairs.embedder_id:
        vectors, mean = pairs.embedding[photographs], pairs.mean_embedding
    else:
        vectors = _described(bench, pictures, photographs)
        mean = vectors.mean(0)
    identity = pairs.identity[photographs]
    if bench.settings.faces is not None:
        vectors = np.concatenate([vectors, bench.gallery.vectors])
        identity = np.concatenate([identity, bench.gallery.identity])
        mean = bench.gallery.mean
    return PhotoGallery(vectors=vectors, identity=identity, place=place, mean=mean.astype(np.float32))


def _described(bench: Bench, pictures: PairPictures, rows: NDArray[np.int64]) -> FloatArray:
    """(R, D) vectors of photographs by an embedder that did not pack them."""
    parts = []
    bench.progress.begin("describing photographs", len(rows), "face")
    for at, batch in zip(range(0, len(rows), BATCH), _batches(pictures, rows // 2), strict=True):
        is_source = torch.from_numpy(rows[at : at + BATCH] % 2 == 1).view(-1, 1, 1, 1)
        crops = eight_bit(torch.where(is_source, batch.source, batch.target))
        parts.append(identity_vectors(bench.embedder, crops, landmarks_of_crops(bench.detector, crops)))
        bench.progress.advance(len(crops))
    return np.concatenate(parts)


def _batches(pictures: PairPictures, pairs: NDArray[np.int64]) -> Iterator[ForgeryBatch]:
    for at in range(0, len(pairs), BATCH):
        yield pictures.exact(torch.from_numpy(pairs[at : at + BATCH]))
