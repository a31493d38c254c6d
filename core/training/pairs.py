"""Published forgeries, packed by `core.training.pair_packing`, in the place of generated ones."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from torch import Tensor

from core.errors import CaseError
from core.training.corpus import PACKED_PX, SQUARE_OVER_CROP, VALIDATION_PERCENT, FaceCorpus
from core.training.faces import TrainingFaces
from core.training.forgeries import Family, ForgeryBatch, ForgeryConfig
from core.training.layouts.record import Split
from core.training.masks import CROP_PX


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class PairCorpus(FaceCorpus):
    """The true faces of packed pairs as a corpus: row 2 p is the target of pair p, row 2 p + 1 its source.

    It has no 68 landmarks (NaN): nothing can be forged from it.

    Attributes:
        forged: (P, 256, 256, 3) uint8 RGB, memory-mapped.
        is_forged: (P,) False where the face is real and its own source and target.
        has_truth: (P,) False where the true faces are unknown.
        method: (P,) name of the forgery method, '' where real.
        held_out: (2 P,) True for rows that do not train.
    """

    forged: NDArray[np.uint8]
    is_forged: NDArray[np.bool_]
    has_truth: NDArray[np.bool_]
    method: NDArray[np.str_]
    held_out: NDArray[np.bool_]

    @property
    def is_validation(self) -> NDArray[np.bool_]:
        """(2 P,) the data set's own parts, or a tenth of the people where it has none."""
        return self.held_out


def load_pairs(folder: Path) -> PairCorpus:
    """Open packed pairs; pictures stay on disk and are mapped.

    Raises:
        CaseError: the folder holds none.
    """
    if not (folder / "pairs.npz").is_file():
        raise CaseError(
            "no packed pairs there", path=folder, next_step="pack a list first: pack-list LAYOUT FOLDER OUT"
        )
    with np.load(folder / "pairs.npz") as archive:
        index = {key: archive[key] for key in archive.files}
    count = len(index["is_forged"])
    shape = (PACKED_PX, PACKED_PX, 3)
    identity = np.stack([index["target_identity"], index["source_identity"]], 1).reshape(-1)
    nameless = np.array([f"{index['name']}/row{row:07d}" for row in range(2 * count)])
    identity = np.where(identity == "", nameless, identity)
    return PairCorpus(
        images=np.memmap(folder / "photos.bin", np.uint8, "c", shape=(2 * count, *shape)),
        forged=np.memmap(folder / "forged.bin", np.uint8, "c", shape=(count, *shape)),
        landmarks68=np.full((2 * count, 68, 2), np.nan, np.float32),
        landmarks5=np.full((2 * count, 5, 2), np.nan, np.float32),
        embedding=index["embedding"],
        sets=np.full(2 * count, str(index["name"])),
        identity=identity,
        family=identity,
        group=np.full(2 * count, ""),
        age=np.full(2 * count, -1, np.int16),
        gender=np.full(2 * count, ""),
        is_forged=index["is_forged"],
        has_truth=index["has_truth"],
        method=index["method"],
        held_out=np.repeat(_held_out(index["split"], identity.reshape(-1, 2)), 2),
    )


def _held_out(split: NDArray[np.str_], people: NDArray[np.str_]) -> NDArray[np.bool_]:
    """(P,) True where a pair is not of the training part; without parts, where one of its people (P, 2) is held out."""
    names, inverse = np.unique(people, return_inverse=True)
    digest = [int(hashlib.sha256(str(name).encode()).hexdigest()[:8], 16) for name in names]
    chosen = np.array([d % 100 < VALIDATION_PERCENT for d in digest], dtype=bool)[inverse].reshape(people.shape)
    held_out: NDArray[np.bool_] = split != Split.TRAIN.value
    undivided: NDArray[np.bool_] = split == Split.NONE.value
    held_out[undivided] = np.asarray(chosen.any(1))[undivided]
    return held_out


class PairedFaces:
    """Hands out packed pairs as the forgery generator hands out forgeries.

    Args:
        corpus: see `load_pairs`.
        device: torch device.
        config: jitter of the crop; nothing else of it is used, since published forgeries bring their own flaws.
        needs_truth: leave out forgeries whose true faces are unknown; False only for tasks that look at `image` and
            `is_fake` alone, since the forged face stands in for both true ones there.

    Attributes:
        faces: the true faces; its `draw` gives rows that `draw` here takes.

    Raises:
        CaseError: no pair is left to train with.
    """

    def __init__(
        self,
        corpus: PairCorpus,
        device: torch.device,
        config: ForgeryConfig | None = None,
        *,
        needs_truth: bool = True,
    ) -> None:
        self._config = config or ForgeryConfig()
        self._forged = torch.from_numpy(corpus.forged).to(device)
        self._is_forged = torch.from_numpy(corpus.is_forged).to(device)
        if needs_truth:
            corpus = replace(corpus, held_out=corpus.held_out | np.repeat(~corpus.has_truth, 2))
        if corpus.held_out.all():
            raise CaseError(
                "no forgery there has both true faces and is of the training part",
                next_step="use the list for the stage that only tells real from forged, or pack more of the set",
            )
        self.faces = TrainingFaces(corpus, device)

    def draw(
        self, rows: Tensor, generator: torch.Generator, chunk: int = 16, *, shows_source: bool = True
    ) -> ForgeryBatch:
        """The pairs that rows of `faces` belong to, their crops jittered and by chance mirrored.

        Args:
            rows: (B,) int64.
            generator: source of all chance.
            chunk: pairs at a time.
            shows_source: False saves the source's picture; the target's stands there.
        """
        count, config, device = len(rows), self._config, rows.device

        def uniform(*shape: int) -> Tensor:
            return torch.rand(shape, generator=generator, device=device)

        scale = 1 + config.scale * (2 * uniform(count) - 1)
        angle = torch.deg2rad(config.turn_deg * (2 * uniform(count) - 1))
        shift = config.shift * (2 * uniform(count, 2) - 1)
        mirrored = uniform(count) < 0.5
        return self._batches(rows // 2, _views(scale, angle, shift, mirrored), mirrored, chunk, shows_source)

    def exact(self, pairs: Tensor, chunk: int = 16) -> ForgeryBatch:
        """Pairs (B,) int64 as the application would crop them: for measuring."""
        zero = torch.zeros(len(pairs), device=pairs.device)
        straight = _views(zero + 1, zero, torch.stack([zero, zero], 1), zero > 0)
        return self._batches(pairs, straight, zero > 0, chunk, True)

    def _batches(self, pairs: Tensor, views: Tensor, mirrored: Tensor, chunk: int, shows_source: bool) -> ForgeryBatch:
        parts = [
            self._pictures(pair, view, shows_source)
            for pair, view in zip(torch.split(pairs, chunk), torch.split(views, chunk), strict=True)
        ]
        image, target, source, mask = (torch.cat(column) for column in zip(*parts, strict=True))
        return ForgeryBatch(
            image=image,
            target=target,
            source=source,
            mask=mask,
            is_fake=self._is_forged[pairs].float(),
            source_row=2 * pairs + 1,
            target_row=2 * pairs,
            is_mirrored=mirrored,
            family=torch.where(self._is_forged[pairs], Family.PUBLISHED, Family.REAL),
        )

    def _pictures(self, pairs: Tensor, views: Tensor, shows_source: bool) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """Image, target, source and mask of one chunk."""
        grid = F.affine_grid(views, [len(pairs), 1, CROP_PX, CROP_PX], align_corners=False)

        def seen(stored: Tensor, rows: Tensor) -> Tensor:
            photos = stored[rows].permute(0, 3, 1, 2).float() / 255  # (B, 3, 256, 256)
            return F.grid_sample(photos, grid, mode="bilinear", padding_mode="border", align_corners=False)

        image = seen(self._forged, pairs)
        target = seen(self.faces.images, 2 * pairs)
        source = seen(self.faces.images, 2 * pairs + 1) if shows_source else target
        mask = changed_share(image, target) * self._is_forged[pairs].view(-1, 1, 1, 1)
        return image, target, source, mask


def _views(scale: Tensor, angle: Tensor, shift: Tensor, mirrored: Tensor) -> Tensor:
    """(B, 2, 3) maps for `affine_grid` from the crop to the packed square.

    Args:
        scale, angle: (B,) factor on the crop's side, radians.
        shift: (B, 2) shares of the crop's side.
        mirrored: (B,) bool.
    """
    size = scale / SQUARE_OVER_CROP
    cos, sin = size * torch.cos(angle), size * torch.sin(angle)
    linear = torch.stack([cos, -sin, sin, cos], 1).view(-1, 2, 2)
    views = torch.cat([linear, (2 * size[:, None] * shift).unsqueeze(2)], 2)
    sign = torch.where(mirrored, -1.0, 1.0).view(-1, 1)
    return torch.stack([views[:, 0] * sign, views[:, 1]], 1)


def changed_share(forged: Tensor, pristine: Tensor) -> Tensor:
    """(B, 1, H, W) how much of each pixel was forged, [0, 1], from two pictures (B, 3, H, W) in [0, 1].

    The grey difference against a threshold of 0.1, as manipulated pixels are marked where a data set brings no masks
    (Dang et al. 2020), softened: 0 below 0.05, 1 above 0.15, after coding noise was averaged away and holes closed.
    """
    apart = F.avg_pool2d((forged - pristine).mean(1, keepdim=True).abs(), 5, 1, 2)
    soft = ((apart - 0.05) / 0.1).clamp(0, 1)
    closed = -F.max_pool2d(-F.max_pool2d(soft, 17, 1, 8), 17, 1, 8)
    return F.avg_pool2d(closed, 5, 1, 2)
