"""The CC0 face embedder: dlib's face recognition ResNet (Davis King; public domain) as a torch module.

Weights: ``dlib_face_recognition_resnet_model_v1`` with each convolution's affine layer folded in. A face is
described by 128 numbers; dlib compares them by Euclidean distance, this application by cosine of unit vectors.
"""

from __future__ import annotations

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from core.arithmetic import exact_inference
from core.domain.arrays import FloatArray, UInt8Array
from core.models.embedding import check_chips, embedder_id
from core.models.weights import TensorDict, assign_weights

PIXEL_MEAN = (122.782, 117.001, 104.298)
PIXEL_SCALE = 256.0
WIDTHS = (32, 64, 128, 256, 256)
DEPTHS = (3, 4, 3, 3, 1)
CHIP_PX = 150
BATCH = 64

# Mean place of MTCNN's five landmarks in 654 chips cut as dlib cuts them (its 5-point predictor, padding 0.25).
TEMPLATE = np.array(
    [[48.303, 46.289], [103.044, 46.228], [75.191, 78.483], [51.556, 106.477], [99.757, 106.515]], dtype=np.float32
)


class ResidualBlock(nn.Module):
    """conv a (stride 1 or 2) - ReLU - conv b, added to the input or its 2x2 average pool, ReLU.

    A block of stride 2 convolves without padding, so its two branches may differ by a pixel: both are zero-padded
    at the right, at the bottom and in the channels to the larger shape.
    """

    def __init__(self, in_channels: int, out_channels: int, stride: int) -> None:
        super().__init__()
        self.stride = stride
        self.a = nn.Conv2d(in_channels, out_channels, 3, stride=stride, padding=1 if stride == 1 else 0)
        self.b = nn.Conv2d(out_channels, out_channels, 3, padding=1)

    def forward(self, x: Tensor) -> Tensor:
        """(B, C, H, W) -> (B, C', H', W')."""
        y = self.b(F.relu(self.a(x)))
        skip = x if self.stride == 1 else F.avg_pool2d(x, 2)
        if skip.shape == y.shape:
            return F.relu(y + skip)
        channels, height, width = (max(p, q) for p, q in zip(y.shape[1:], skip.shape[1:], strict=True))

        def grown(t: Tensor) -> Tensor:
            return F.pad(t, (0, width - t.shape[3], 0, height - t.shape[2], 0, channels - t.shape[1]))

        return F.relu(grown(y) + grown(skip))


def residual_level(in_channels: int, level: int) -> nn.Sequential:
    """Level `level` (0-4) of the network: its blocks in order."""
    blocks = [ResidualBlock(in_channels, WIDTHS[level], 1 if level == 0 else 2)]
    blocks += [ResidualBlock(WIDTHS[level], WIDTHS[level], 1) for _ in range(DEPTHS[level] - 1)]
    return nn.Sequential(*blocks)


class DlibResNet(nn.Module):
    """The whole network. Parameters are named as in the published safetensors file."""

    mean: Tensor

    def __init__(self) -> None:
        super().__init__()
        self.register_buffer("mean", torch.tensor(PIXEL_MEAN).view(1, 3, 1, 1), persistent=False)
        self.stem = nn.Conv2d(3, WIDTHS[0], 7, stride=2)
        self.level0 = residual_level(WIDTHS[0], 0)
        self.level1 = residual_level(WIDTHS[0], 1)
        self.level2 = residual_level(WIDTHS[1], 2)
        self.level3 = residual_level(WIDTHS[2], 3)
        self.level4 = residual_level(WIDTHS[3], 4)
        self.fc = nn.Linear(WIDTHS[-1], 128, bias=False)

    def forward(self, chips: Tensor) -> Tensor:
        """Describe aligned faces.

        Args:
            chips: (B, 3, 150, 150) RGB in 0..255, aligned as by `template_points` of `DlibEmbedder`.

        Returns:
            (B, 128), not normalised (norm about 1.45).
        """
        x = (chips - self.mean) / PIXEL_SCALE
        x = F.max_pool2d(F.relu(self.stem(x)), 3, stride=2)  # (B, 32, 35, 35)
        x = self.level1(self.level0(x))  # (B, 64, 17, 17)
        x = self.level4(self.level3(self.level2(x)))  # (B, 256, 2, 2)
        described: Tensor = self.fc(x.mean((2, 3)))
        return described


class DlibEmbedder:
    """`DlibResNet` behind the `Embedder` protocol: 128 components, chips of 150 px."""

    dim = 128
    chip_size = CHIP_PX

    def __init__(self, *, name: str, sha256: str, tensors: TensorDict, device: str = "cpu") -> None:
        """Build the network around loaded weights.

        Args:
            name: name of the model.
            sha256: of its weights file.
            tensors: float32 state dict of `DlibResNet`; held, not copied.
            device: compute device.

        Raises:
            ModelError: the tensors are not those of this network.
        """
        self.embedder_id = embedder_id(name, sha256)
        self._device = device
        self._network = DlibResNet()
        assign_weights(self._network, tensors)
        self._network.to(device).to(memory_format=torch.channels_last).eval()

    @property
    def template_points(self) -> FloatArray:
        """(5, 2) float32, see `Embedder`."""
        return TEMPLATE.copy()

    @exact_inference()
    def embed(self, chips: UInt8Array) -> FloatArray:
        """(N, 150, 150, 3) uint8 RGB -> (N, 128) float32, unit norm. Raises ValueError for another shape."""
        check_chips(chips, CHIP_PX)
        vectors = np.empty((len(chips), self.dim), dtype=np.float32)
        for start in range(0, len(chips), BATCH):
            x = torch.tensor(chips[start : start + BATCH]).to(self._device).permute(0, 3, 1, 2).float()
            vectors[start : start + BATCH] = F.normalize(self._network(x)).cpu().numpy()
        return vectors
