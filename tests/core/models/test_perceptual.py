"""Features of ImageNet networks: frozen, of unit length, nearer for pictures that look alike."""

from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from torch.nn import functional
from torchvision.models import vgg

from core.errors import ModelError
from core.models.perceptual import VGG19_RELUS, PerceptualFeatures, load_perceptual, perceptual_distance

PORTRAITS = sorted(Path("resources/demo/gallery").rglob("*.jpg"))[:2]


@pytest.fixture(scope="module")
def lite0() -> PerceptualFeatures:
    torch.set_num_threads(1)
    return load_perceptual()


@pytest.fixture(scope="module")
def faces() -> torch.Tensor:
    pictures = [Image.open(path).convert("RGB").resize((112, 112)) for path in PORTRAITS]
    return torch.from_numpy(np.stack([np.asarray(p) for p in pictures])).permute(0, 3, 1, 2).float() / 255


def test_five_maps_of_unit_length_shallow_to_deep(lite0: PerceptualFeatures, faces: torch.Tensor) -> None:
    maps = lite0(faces)
    assert lite0.name == "EfficientNet-Lite0"
    assert [tuple(m.shape[1:]) for m in maps] == [(32, 56, 56), (16, 56, 56), (24, 28, 28), (80, 7, 7), (192, 4, 4)]
    for m in maps[1:]:
        torch.testing.assert_close(m.norm(dim=1), torch.ones_like(m[:, 0]), atol=1e-3, rtol=0)


def test_the_distance_grows_with_blur_and_is_largest_to_another_face(
    lite0: PerceptualFeatures, faces: torch.Tensor
) -> None:
    one = faces[:1]
    blurred = [functional.interpolate(functional.avg_pool2d(one, k), size=(112, 112)) for k in (1, 2, 4)]
    distances = [float(perceptual_distance(lite0(one), lite0(other))) for other in [*blurred, faces[1:2]]]
    assert distances[0] == 0
    assert distances == sorted(distances)
    assert distances[3] > 1.2 * distances[2]


def test_it_stays_as_it_is_and_lets_gradients_through(lite0: PerceptualFeatures, faces: torch.Tensor) -> None:
    lite0.train()
    assert not any(module.training for module in lite0.modules())
    assert not any(p.requires_grad for p in lite0.parameters())
    picture = (faces[:1] * 0.9).requires_grad_()
    perceptual_distance(lite0(picture), lite0(faces[1:2])).sum().backward()
    assert picture.grad is not None and picture.grad.abs().sum() > 0


def test_torchvisions_vgg19_is_read_layer_by_layer(tmp_path: Path) -> None:
    torch.manual_seed(0)
    layers = vgg.make_layers(vgg.cfgs["E"]).eval()
    # Nobody needs the 500 MB of the classifier: one number stands for all of it.
    classifier = {"classifier.0.weight": torch.zeros(1).expand(4096, 25088)}
    state = {f"features.{name}": value for name, value in layers.state_dict().items()} | classifier
    torch.save(state, tmp_path / "vgg19.pth")
    features = load_perceptual(tmp_path / "vgg19.pth")
    assert features.name == "VGG19"
    picture = torch.rand(1, 3, 32, 32, generator=torch.Generator().manual_seed(1))
    x = (picture - torch.tensor([0.485, 0.456, 0.406]).view(3, 1, 1)) / torch.tensor([0.229, 0.224, 0.225]).view(
        3, 1, 1
    )
    expected = [functional.normalize(layers[: relu + 1](x), dim=1, eps=1e-6) for relu in VGG19_RELUS]
    for found, wanted in zip(features(picture), expected, strict=True):
        torch.testing.assert_close(found, wanted)


@pytest.mark.parametrize("content", [b"no weights", b""])
def test_a_file_that_is_none_is_named(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "w.pth").write_bytes(content)
    with pytest.raises(ModelError) as caught:
        load_perceptual(tmp_path / "w.pth")
    assert caught.value.path == tmp_path / "w.pth"


def test_weights_of_another_network_are_refused(tmp_path: Path) -> None:
    torch.save({"conv.weight": torch.zeros(3)}, tmp_path / "w.pth")
    with pytest.raises(ModelError, match="neither"):
        load_perceptual(tmp_path / "w.pth")
