"""FaceNet (Schroff et al. 2015) as InceptionResnetV1, with weights that the user brings."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import torch
from facenet_pytorch import InceptionResnetV1
from torch import Tensor, nn
from torch.nn.functional import interpolate, normalize

from core.arithmetic import exact_inference
from core.domain.arrays import FloatArray, UInt8Array
from core.models.embedding import check_chips, embedder_id
from core.models.weights import TensorDict, assign_weights

BATCH = 32
CHIP = 212
INPUT = 160  # px, side of what the network sees
LEFT = (CHIP - INPUT) // 2

# The network was trained on MTCNN boxes (with a margin) stretched to a square. The box is 0.755 as wide as
# high, so a chip holds the face with true proportions and `embed` stretches its middle columns. Points: mean
# over 696 photographs of the landmarks in MTCNN's own 160 px crop with a margin of 14, in true proportions.
TEMPLATE = np.array(
    [[75.69, 84.49], [141.54, 83.50], [109.24, 122.53], [80.58, 155.79], [138.49, 155.03]], dtype=np.float32
)


def build_facenet() -> nn.Module:
    """InceptionResnetV1 without its classifier: (B, 3, 160, 160) -> (B, 512), unit norm; 23.5 M weights."""
    network: nn.Module = InceptionResnetV1(pretrained=None, classify=False)
    return network


def facenet_tensors(tensors: Mapping[str, Tensor]) -> TensorDict:
    """State dict of a published checkpoint without the classifier (``logits``) of its training identities.

    Counters of batch norm layers, which old PyTorch did not store, are set to zero when absent.
    """
    kept = {name: tensor for name, tensor in tensors.items() if not name.startswith("logits.")}
    for name in [n for n in kept if n.endswith(".running_mean")]:
        kept.setdefault(name.replace("running_mean", "num_batches_tracked"), torch.zeros((), dtype=torch.int64))
    return kept


class FaceNetEmbedder:
    """FaceNet behind the `Embedder` protocol: 512 components, chips of 212 px."""

    dim = 512
    chip_size = CHIP

    def __init__(self, *, name: str, sha256: str, tensors: TensorDict, device: str = "cpu") -> None:
        """Build the network around loaded weights.

        Args:
            name: name of the model.
            sha256: of its weights file.
            tensors: float32 state dict without ``logits``; held, not copied.
            device: compute device.

        Raises:
            ModelError: the tensors are not those of this network.
        """
        self.embedder_id = embedder_id(name, sha256)
        self._device = device
        with torch.device("meta"):
            self._network = build_facenet()
        assign_weights(self._network, tensors)
        self._network.to(device).eval()

    @property
    def template_points(self) -> FloatArray:
        """(5, 2) float32, see `Embedder`."""
        return TEMPLATE.copy()

    @exact_inference()
    def embed(self, chips: UInt8Array) -> FloatArray:
        """(N, 212, 212, 3) uint8 RGB -> (N, 512) float32, unit norm. Raises ValueError for another shape."""
        check_chips(chips, CHIP)
        vectors = np.empty((len(chips), self.dim), dtype=np.float32)
        for start in range(0, len(chips), BATCH):
            stop = start + BATCH
            x = torch.tensor(chips[start:stop, :, LEFT : LEFT + INPUT]).to(self._device)  # (n, 212, 160, 3)
            x = x.permute(0, 3, 1, 2).float()  # (n, 3, 212, 160)
            x = interpolate(x, size=(INPUT, INPUT), mode="bilinear", antialias=True)  # (n, 3, 160, 160)
            y = self._network((x - 127.5) / 128.0)  # (n, 512)
            vectors[start:stop] = normalize(y).cpu().numpy()
        return vectors
