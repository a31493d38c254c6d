"""Published forgeries, packed by `core.training.pair_packing`, in the place of generated ones."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from core.errors import CaseError
from core.training.corpus import SQUARE_OVER_CROP
from core.training.faces import TrainingFaces
from core.training.forgery_batch import Family, ForgeryBatch, ForgeryConfig
from core.training.masks import CROP_PX
from core.training.pair_corpus import PairCorpus


class PairPictures:
    """Packed pairs as batches of forgeries.

    Args:
        forged: (P, 256, 256, 3) uint8.
        photos: (2 P, 256, 256, 3) uint8, target and source in turn.
        is_forged: (P,) bool, on the same device.
    """

    def __init__(self, forged: Tensor, photos: Tensor, is_forged: Tensor) -> None:
        self._forged, self._photos, self._is_forged = forged, photos, is_forged

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
        target = seen(self._photos, 2 * pairs)
        source = seen(self._photos, 2 * pairs + 1) if shows_source else target
        mask = changed_share(image, target) * self._is_forged[pairs].view(-1, 1, 1, 1)
        return image, target, source, mask


class PairedFaces(PairPictures):
    """Hands out packed pairs as the forgery generator hands out forgeries.

    Args:
        corpus: see `core.training.pair_corpus.load_pairs`.
        device: torch device.
        config: jitter of the crop; nothing else of it is used, since published forgeries bring their own flaws.
        needs_truth: leave out forgeries whose true faces are unknown; False only for tasks that look at `image` and
            `is_fake` alone, since the forged face stands in for both true ones there.
        real_share: how many of the faces drawn are real; None draws real and forged ones as often as they were packed.

    Attributes:
        faces: the true faces; its `draw` gives rows that `draw` here takes.

    Raises:
        CaseError: no pair is left to train with, or none of one kind where `real_share` is given.
    """

    def __init__(
        self,
        corpus: PairCorpus,
        device: torch.device,
        config: ForgeryConfig | None = None,
        *,
        needs_truth: bool = True,
        real_share: float | None = None,
    ) -> None:
        self._config = config or ForgeryConfig()
        forged, is_forged = (torch.from_numpy(a).to(device) for a in (corpus.forged, corpus.is_forged))
        if needs_truth:
            corpus = replace(corpus, held_out=corpus.held_out | np.repeat(~corpus.has_truth, 2))
        if corpus.held_out.all():
            raise CaseError(
                "no forgery there has both true faces and is of the training part",
                next_step="use the list for the stage that only tells real from forged, or pack more of the set",
            )
        self.faces = TrainingFaces(corpus, device)
        super().__init__(forged, self.faces.images, is_forged)
        if real_share is not None:
            self.faces.balance(np.repeat(~corpus.is_forged, 2), real_share)

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

    Data sets that bring no masks are marked where forged and pristine picture differ by more than a threshold (Dang et
    al. 2020). Here the difference of the channel that changed most, averaged over 9 px so that coding noise does not
    count, rises from 0 at 0.04 to 1 at 0.1; holes up to 33 px, where both faces happen to look alike, are closed.
    """
    apart = F.avg_pool2d((forged - pristine).abs().amax(1, keepdim=True), 9, 1, 4, count_include_pad=False)
    soft = ((apart - 0.04) / 0.06).clamp(0, 1)
    wide = F.pad(soft, (33, 33, 33, 33))  # nothing was changed outside: the border closes nothing
    closed = -F.max_pool2d(-F.max_pool2d(wide, 33, 1, 16), 33, 1, 16)[:, :, 33:-33, 33:-33]
    for _ in range(2):
        closed = F.avg_pool2d(closed, 9, 1, 4, count_include_pad=False)
    return closed
