"""RFFR: detection by what a real-face autoencoder cannot reconstruct (Shi, Zhang, Shan 2023, arXiv 2303.08439).

Each of 16 blocks of 3 x 3 patches is hidden alone and reconstructed from the rest of the face; four times the
difference to the face is the residual. Two transformer branches, one on the face and one on the residual, decide.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from core.models.blocks import TransformerBlock
from core.models.mae import (
    GRID,
    N_PATCHES,
    PATCH_PX,
    FaceMae,
    MaeConfig,
    patches_of,
    pictures_of,
    sine_cosine_positions,
)

N_BLOCKS = 16
BLOCK_SIDE = 3
GAIN = 4.0
REAL, FAKE = 0, 1
BRANCH_DEPTH = 3  # a block less than the autoencoder: what ships has to stay small


def block_places() -> Tensor:
    """(16, 9) int64: patches of each block; block b starts at row 3 (b // 4) + 1, column 3 (b % 4) + 1 of 14 x 14."""
    offset = torch.arange(BLOCK_SIDE)
    within = (offset[:, None] * GRID + offset[None]).flatten()
    block = torch.arange(N_BLOCKS)
    corner = (BLOCK_SIDE * (block // 4) + 1) * GRID + BLOCK_SIDE * (block % 4) + 1
    return corner[:, None] + within[None]


def visible_without(places: Tensor) -> Tensor:
    """Hidden places (K, 9) -> the other places, ascending (K, 187)."""
    hidden = torch.zeros(len(places), N_PATCHES, device=places.device).scatter(1, places, 1.0)
    return hidden.argsort(dim=1, stable=True)[:, : N_PATCHES - places.shape[1]]


def residual(mae: FaceMae, images: Tensor, blocks: Tensor) -> Tensor:
    """What the autoencoder cannot reconstruct: all blocks of all faces in one call.

    Args:
        mae: trained on real faces alone.
        images: (B, 3, 224, 224) RGB in [0, 1].
        blocks: (K,) int64 numbers of the blocks to hide, each alone.

    Returns:
        (B, 3, 224, 224) float32 in [-1, 1], clip(4 (reconstruction - image)); 0 outside the blocks.
    """
    count, n_blocks = len(images), len(blocks)
    places = block_places().to(images.device)[blocks]  # (K, 9)
    keep = visible_without(places)  # (K, 187)
    tokens = mae.tokens(images)  # (B, 196, width), embedded once for all blocks
    every = tokens.repeat_interleave(n_blocks, 0)  # (B K, 196, width)
    keep = keep.repeat(count, 1)  # (B K, 187)
    predicted = mae.decode(mae.encode(every, keep), keep)  # (B K, 196, 768)
    mine = places.repeat(count, 1)[:, :, None].expand(-1, -1, predicted.shape[2])  # (B K, 9, 768)
    rebuilt = predicted.gather(1, mine).view(count, n_blocks * places.shape[1], -1)  # (B, 9 K, 768)
    at = places.flatten().expand(count, -1)[:, :, None].expand_as(rebuilt)
    seen = patches_of(images.float())  # (B, 196, 768)
    difference = torch.zeros_like(seen).scatter(1, at, GAIN * (rebuilt - seen.gather(1, at)))
    return pictures_of(difference.clamp(-1, 1))


class Branch(nn.Module):
    """A vision transformer over the patches of the used blocks; its class token speaks."""

    position: Tensor

    def __init__(self, config: MaeConfig) -> None:
        super().__init__()
        self.embed = nn.Conv2d(3, config.width, PATCH_PX, stride=PATCH_PX)
        self.register_buffer("position", sine_cosine_positions(config.width), persistent=False)
        self.class_token = nn.Parameter(torch.randn(1, 1, config.width) * 0.02)
        self.encoder = nn.Sequential(*(TransformerBlock(config.width, config.heads) for _ in range(BRANCH_DEPTH)))
        self.norm = nn.LayerNorm(config.width)

    def forward(self, pictures: Tensor, places: Tensor) -> Tensor:
        """Pictures (B, 3, 224, 224) in [-1, 1], places of patches (T,) -> (B, width)."""
        tokens = (self.embed(pictures).flatten(2).transpose(1, 2) + self.position)[:, places]
        tokens = torch.cat([self.class_token.to(tokens.dtype).expand(len(tokens), -1, -1), tokens], 1)
        spoken: Tensor = self.norm(self.encoder(tokens))[:, 0]
        return spoken


class Rffr(nn.Module):
    """Autoencoder, two branches and the decision.

    The paper starts the branches from ImageNet; here they start from the autoencoder's encoder
    (`start_from_foundation`), the only pretraining whose weights can be shipped.
    """

    def __init__(self, config: MaeConfig | None = None) -> None:
        super().__init__()
        self.config = config or MaeConfig()
        self.mae = FaceMae(self.config)
        self.rgb_branch = Branch(self.config)
        self.residual_branch = Branch(self.config)
        self.decide = nn.Linear(2 * self.config.width, 2)

    def start_from_foundation(self, state: dict[str, Tensor]) -> None:
        """Copy a trained `FaceMae` into the frozen autoencoder, and its first blocks into both branches."""
        self.mae.load_state_dict(state)
        for branch in (self.rgb_branch, self.residual_branch):
            own = branch.state_dict()
            branch.load_state_dict({**own, **{name: state[name] for name in own if name in state}})

    def forward(self, images: Tensor, blocks: Tensor | None = None) -> Tensor:
        """Decide about faces.

        Args:
            images: (B, 3, 224, 224) RGB in [0, 1], framed as `core.recovery.align` does.
            blocks: (K,) int64 numbers of the blocks to use; None takes all 16, as at test time.

        Returns:
            (B, 2) logits of real and fake.
        """
        if blocks is None:
            blocks = torch.arange(N_BLOCKS, device=images.device)
        with torch.no_grad():
            unexplained = residual(self.mae, images, blocks)
        places = block_places().to(images.device)[blocks].flatten()
        spoken = torch.cat(
            [self.rgb_branch(images * 2 - 1, places), self.residual_branch(unexplained, places)], 1
        )  # (B, 2 width)
        logits: Tensor = self.decide(spoken).float()
        return logits


def fake_score(logits: Tensor) -> Tensor:
    """(B, 2) -> (B,) softmax probability of "fake"."""
    return logits.softmax(1)[:, FAKE]
