"""The tables of recovery: each method's pictures and vectors against the pristine photographs of one role."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

from core.domain.arrays import FloatArray, UInt8Array
from core.domain.identity import Role
from core.evaluation.metrics import psnr
from core.evaluation.people import BATCH
from core.evaluation.protocol.bench import Bench
from core.evaluation.protocol.describe import attribute_agreement, identity_vectors, pose_error, poses
from core.evaluation.protocol.faces import TestFaces
from core.evaluation.protocol.intervals import bootstrapped, mean, median, share
from core.evaluation.protocol.likeness import Gaussian, frechet_distance, pooled_features, ssim
from core.evaluation.protocol.methods import Recovered
from core.evaluation.protocol.people import PhotoGallery, cosine
from core.evaluation.protocol.results import NOTHING, Cell, Column, Estimate, Row
from core.models.embedding import Embedder
from core.models.perceptual import PerceptualFeatures, perceptual_distance
from core.training.pixels import as_tensor

LIKENESS_COLUMNS = (Column(title="IDSim"), Column(title="IDSim, mean-centred"))
RANK_COLUMNS = (
    Column(title="ranked first", digits=1, is_share=True),
    Column(title="in the first five", digits=1, is_share=True),
    Column(title="median rank", digits=0),
)
IDENTITY_COLUMNS = (
    *LIKENESS_COLUMNS,
    Column(title="of the centred span closed", digits=1, is_share=True),
    *RANK_COLUMNS,
)
STATED, PICTURE = "DFREC, stated identity", "DFREC, recovered picture"
SMALLEST_SPAN = 0.02
"""Where None is nearer than this to two photographs of one person there is nothing left to close."""
PICTURE_COLUMNS = (
    Column(title="Fréchet distance (EfficientNet-Lite0 features)", digits=2),
    Column(title="perceptual distance"),
    Column(title="PSNR, dB", digits=2),
    Column(title="SSIM"),
    Column(title="attribute consistency", digits=1, is_share=True),
    Column(title="pose error, °", digits=2),
)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Entry:
    """One row: a method's pictures (N, 224, 224, 3) and identity vectors (N, D) of each role, where it has them."""

    label: str
    pictures: dict[Role, UInt8Array]
    vectors: dict[Role, FloatArray]


def dfrec_entries(embedder: Embedder, recovered: Recovered, landmarks: FloatArray) -> list[Entry]:
    """DFREC's rows: its recovered pictures, and the identities that it states.

    Args:
        embedder: describes the pictures.
        recovered: by DFREC, which gives all of it.
        landmarks: (N, 5, 2) of the faces as seen.
    """
    source, target = recovered.source, recovered.target
    assert source is not None and target is not None
    assert recovered.source_vector is not None and recovered.target_vector is not None
    pictures = {Role.SOURCE: source, Role.TARGET: target}
    shown = {role: identity_vectors(embedder, stack, landmarks) for role, stack in pictures.items()}
    stated = {Role.SOURCE: recovered.source_vector, Role.TARGET: recovered.target_vector}
    return [
        Entry(label=PICTURE, pictures=pictures, vectors=shown),
        Entry(label=STATED, pictures={}, vectors=stated),
    ]


def likeness_cells(gallery: PhotoGallery, vectors: FloatArray, rows: NDArray[np.int64]) -> tuple[Cell, ...]:
    """The cells of `LIKENESS_COLUMNS` for vectors (F, D) whose true photographs are at corpus rows (F,)."""
    photographs = gallery.photograph(rows)
    return mean(cosine(vectors, photographs)), mean(gallery.centred_cosine(vectors, photographs))


def rank_cells(rank: FloatArray) -> tuple[Cell, ...]:
    """The cells of `RANK_COLUMNS` for ranks (F,)."""
    return share(rank <= 1), share(rank <= 5), median(rank)


class RoleTruth:
    """The pristine photographs of one role behind the forged faces, and what is read off them once for all methods."""

    def __init__(self, bench: Bench, faces: TestFaces, role: Role, none: FloatArray) -> None:
        self._bench, self._forged, self.role = bench, faces.is_fake, role
        self.rows = (faces.source_row if role is Role.SOURCE else faces.target_row)[self._forged]
        self._photograph = bench.gallery.photograph(self.rows)
        self._pictures = (faces.source if role is Role.SOURCE else faces.target)[self._forged]
        self._none = bench.gallery.centred_cosine(none[self._forged], self._photograph)
        self._poses = poses(bench.detector, self._pictures)
        self._attributes = None if bench.attributes is None else bench.attributes.read(self._pictures)
        self._gaussian: Gaussian | None = None

    def ranks(self, vectors: FloatArray) -> FloatArray:
        """(F,) ranks of the true photograph, for the forged faces."""
        return self._bench.gallery.ranks(vectors[self._forged], self.rows).astype(np.float32)

    def identity_row(self, entry: Entry) -> Row:
        """The cells of `IDENTITY_COLUMNS`."""
        vectors = entry.vectors[self.role][self._forged]
        centred = self._bench.gallery.centred_cosine(vectors, self._photograph)
        likeness = likeness_cells(self._bench.gallery, vectors, self.rows)
        cells = (*likeness, self._span(centred), *rank_cells(self.ranks(entry.vectors[self.role])))
        return Row(label=entry.label, cells=cells)

    def picture_row(self, entry: Entry) -> Row:
        """The cells of `PICTURE_COLUMNS`."""
        pictures = entry.pictures[self.role][self._forged]
        perceptual = self._bench.perceptual
        likeness: list[Cell] = [NOTHING, NOTHING]
        if perceptual is not None and len(pictures) > 1:
            likeness = self._perceptual(perceptual, pictures)
        pose = pose_error(poses(self._bench.detector, pictures), self._poses)
        attributes: Cell = NOTHING
        if self._bench.attributes is not None and self._attributes is not None:
            attributes = mean(attribute_agreement(self._bench.attributes.read(pictures), self._attributes))
        signal, structure = [], []
        for at in range(0, len(pictures), BATCH):
            a, b = (as_tensor(stack[at : at + BATCH], "cpu") for stack in (pictures, self._pictures))
            signal.append(psnr(a.numpy(), b.numpy()))
            structure.append(ssim(a, b).numpy())
        cells = (*likeness, mean(np.concatenate(signal)), mean(np.concatenate(structure)), attributes, mean(pose))
        return Row(label=entry.label, cells=cells)

    def _span(self, likeness: FloatArray) -> Cell:
        """How much of the way from None to two photographs of one person was gone."""
        same = self._bench.gallery.same_person
        none = self._none
        if same is None or same.centred - float(none.mean()) < SMALLEST_SPAN or np.array_equal(likeness, none):
            return NOTHING

        def closed(picked: NDArray[np.int64]) -> float:
            start = float(none[picked].mean())
            return (float(likeness[picked].mean()) - start) / max(same.centred - start, SMALLEST_SPAN)

        return bootstrapped(closed, len(likeness))

    @torch.inference_mode()
    def _perceptual(self, network: PerceptualFeatures, pictures: UInt8Array) -> list[Cell]:
        device, distances, features, truth = self._bench.settings.device, [], [], []
        for at in range(0, len(pictures), BATCH):
            a, b = (as_tensor(stack[at : at + BATCH], device) for stack in (pictures, self._pictures))
            distances.append(perceptual_distance(network(a), network(b)).cpu().numpy())
            features.append(pooled_features(network, a).cpu().numpy())
            if self._gaussian is None:
                truth.append(pooled_features(network, b).cpu().numpy())
        self._gaussian = self._gaussian or Gaussian.of(np.concatenate(truth))
        distance = frechet_distance(Gaussian.of(np.concatenate(features)), self._gaussian)
        return [Estimate(value=distance, n=len(pictures)), mean(np.concatenate(distances))]
