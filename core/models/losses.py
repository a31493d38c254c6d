"""What DFREC is taught with beside the losses of its pictures: the identity loss and a gallery search as a loss."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from core.models.embedder import DlibResNet

TEMPERATURE = 0.06


class GalleryRetrieval(nn.Module):
    """Classifies an identity vector among every face of the corpus: a gallery search as a loss.

    Args:
        gallery: (N, 128) unit vectors of the pristine photographs.
        identity: (N,) int64 identity number; other photos of the wanted identity are not counted as wrong.
    """

    gallery: Tensor
    centred: Tensor
    mean: Tensor
    identity: Tensor

    def __init__(self, gallery: Tensor, identity: Tensor) -> None:
        super().__init__()
        mean = gallery.mean(0, keepdim=True)
        self.register_buffer("gallery", gallery, persistent=False)
        self.register_buffer("mean", mean, persistent=False)
        self.register_buffer("centred", F.normalize(gallery - mean, dim=1), persistent=False)
        self.register_buffer("identity", identity, persistent=False)

    def forward(self, vector: Tensor, rows: Tensor) -> Tensor:
        """Mean loss () float32 of vectors (B, 128) whose truth are the gallery's `rows` (B,) int64.

        Computed in float32 under any autocast: cosines of faces lie around 0.9, and in bf16, divided by a temperature,
        they would be wrong by more than what tells one face from another.
        """
        with torch.autocast(vector.device.type, enabled=False):
            return self._searched(vector.float(), rows)

    def _searched(self, vector: Tensor, rows: Tensor) -> Tensor:
        unit = F.normalize(vector, dim=1)
        centred = F.normalize(unit - self.mean, dim=1)
        same = self.identity[rows].unsqueeze(1) == self.identity.unsqueeze(0)
        same.scatter_(1, rows.unsqueeze(1), False)
        # Plain cosine is what a gallery compares; the centred one spreads faces that plain cosine crowds.
        plain = (unit @ self.gallery.T / (TEMPERATURE / 3)).masked_fill(same, -torch.inf)
        spread = (centred @ self.centred.T / TEMPERATURE).masked_fill(same, -torch.inf)
        distance = 1 - (centred * self.centred[rows]).sum(1)
        loss: Tensor = 0.5 * F.cross_entropy(plain, rows) + 0.5 * F.cross_entropy(spread, rows) + 2 * distance.mean()
        return loss


class FaceFeatures(nn.Module):
    """Features of the frozen CC0 embedder at four levels, and its vector.

    The paper compares four FaceNet layers; FaceNet's weights cannot be shipped.
    """

    def __init__(self, embedder: DlibResNet) -> None:
        super().__init__()
        self.embedder = embedder.requires_grad_(False).eval()

    def forward(self, crops: Tensor) -> list[Tensor]:
        """Crops (B, 3, 224, 224) in [0, 1] -> features of levels 0-3 and unit vectors (B, 128), in this order."""
        net = self.embedder
        # The embedder's chip within the canonical crop: 150 px at a crop of 196, from (23, 44).
        small = F.interpolate(crops, size=(196, 196), mode="bilinear", align_corners=False)
        chip = small[:, :, 44:194, 23:173]
        x = F.max_pool2d(F.relu(net.stem((chip * 255 - net.mean) / 256)), 3, stride=2)
        features = []
        for level in (net.level0, net.level1, net.level2, net.level3):
            x = level(x)
            features.append(x)
        vector = net.fc(net.level4(x).mean((2, 3)))
        return [*features, F.normalize(vector.float(), dim=1)]


def identity_loss(recovered: list[Tensor], pristine: list[Tensor]) -> Tensor:
    """Identity loss (levels 2-3 and the vector) of two outputs of `FaceFeatures`."""

    def apart(a: Tensor, b: Tensor) -> Tensor:
        a, b = a.float(), b.float()
        return (a - b).abs().mean() / b.abs().mean().clamp_min(1e-3)

    levels = torch.stack([apart(a, b) for a, b in zip(recovered[2:4], pristine[2:4], strict=True)]).mean()
    angle = (1 - (recovered[4] * pristine[4]).sum(1)).mean()
    return levels + 4 * angle
