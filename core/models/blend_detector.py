"""Detection by what blending leaves: a network that compares a real face with blends of that very face.

Self-blended images (Shiohara and Yamasaki 2022, arXiv 2204.08376): what is told from a real photograph is the same
photograph, its inner face replaced by a slightly changed copy. Nothing but the traces of blending (edges, other
colours, other sharpness, shifted features) differs, so that these are learned, and no forger's hand. A map of where
was blended is learned beside the decision (Face X-ray, Li et al. 2020).
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from core.models.perceptual import LITE0_MODEL

STAGES = 5
FROZEN_STAGES = 2
DEEP = 112
GRID = 14


class BlendDetector(nn.Module):
    """EfficientNet-Lite0 (Tan and Le 2019) down to a stride of 16; 1.0 million parameters.

    Stem and first two stages stay as ImageNet made them: edges and grain are the same in every photograph.
    """

    def __init__(self) -> None:
        super().__init__()
        import timm

        network = timm.create_model(LITE0_MODEL, pretrained=False)
        self.stem = nn.Sequential(network.conv_stem, network.bn1)
        self.blocks = nn.ModuleList(list(network.blocks)[:STAGES])
        self.locate = nn.Sequential(nn.Conv2d(DEEP, 64, 1), nn.ReLU(), nn.Conv2d(64, 2, 1))
        self.decide = nn.Sequential(nn.Dropout(0.2), nn.Linear(2 * DEEP, 64), nn.ReLU(), nn.Linear(64, 1))

    @property
    def frozen(self) -> list[nn.Module]:
        """What does not learn."""
        return [self.stem, *self.blocks[:FROZEN_STAGES]]

    def train(self, mode: bool = True) -> BlendDetector:
        """The frozen part keeps ImageNet's batch statistics."""
        super().train(mode)
        for part in self.frozen:
            part.eval()
        return self

    def start_from_imagenet(self, state: dict[str, Tensor]) -> None:
        """Copy the tensors of EfficientNet-Lite0 (`timm`'s names) that are kept."""
        own = self.state_dict()
        renamed = {
            name.replace("conv_stem.", "stem.0.").replace("bn1.", "stem.1.", 1)
            if name.startswith(("conv_stem.", "bn1."))
            else name: tensor
            for name, tensor in state.items()
        }
        self.load_state_dict(own | {name: renamed[name] for name in own if name.startswith(("stem.", "blocks."))})

    def fake_score(self, images: Tensor) -> Tensor:
        """Probability of "blended" (B,), by the mean log-odds of each face and its mirror image.

        Args:
            images: (B, 3, 224, 224) RGB in [0, 1].
        """
        odds, mirrored = self(images)[0], self(images.flip(3))[0]
        return torch.sigmoid((odds + mirrored) / 2)

    def forward(self, images: Tensor) -> tuple[Tensor, Tensor]:
        """Decide about faces.

        Args:
            images: (B, 3, 224, 224) RGB in [0, 1], framed as `core.recovery.align` does.

        Returns:
            Log-odds of "blended" (B,), and logits (B, 2, 14, 14): share of the other picture, and blending edge.
        """
        with torch.no_grad():
            x = self.stem(images * 2 - 1)  # (B, 32, 112, 112)
            for stage in self.blocks[:FROZEN_STAGES]:
                x = stage(x)  # (B, 16, 112, 112), (B, 24, 56, 56)
        for stage in self.blocks[FROZEN_STAGES:]:
            x = stage(x)  # (B, 40, 28, 28), (B, 80, 14, 14), (B, 112, 14, 14)
        odds: Tensor = self.decide(torch.cat([x.mean((2, 3)), x.amax((2, 3))], 1)).squeeze(1).float()
        return odds, self.locate(x)
