"""The blend detector: what it puts out, what of it learns, and what it begins with."""

from pathlib import Path

import pytest
import torch

from core.errors import ModelError
from core.models.blend_detector import BlendDetector
from core.models.perceptual import imagenet_weights


@pytest.fixture(scope="module")
def network() -> BlendDetector:
    torch.manual_seed(0)
    return BlendDetector()


def pictures(count: int = 2) -> torch.Tensor:
    return torch.rand(count, 3, 224, 224, generator=torch.Generator().manual_seed(1))


def test_it_puts_out_one_decision_and_two_maps_a_face(network: BlendDetector) -> None:
    with torch.inference_mode():
        odds, maps = network.eval()(pictures())
    assert odds.shape == (2,) and maps.shape == (2, 2, 14, 14)
    assert odds.dtype == torch.float32


def test_a_face_is_judged_alike_whatever_stands_beside_it_in_a_batch(network: BlendDetector) -> None:
    faces = pictures(3)
    with torch.inference_mode():
        together = network.eval()(faces)[0]
        alone = torch.cat([network(face[None])[0] for face in faces])
    torch.testing.assert_close(together, alone, atol=1e-5, rtol=1e-4)


def test_a_face_and_its_mirror_image_are_as_suspect(network: BlendDetector) -> None:
    faces = pictures()
    with torch.inference_mode():
        score, mirrored = network.eval().fake_score(faces), network.fake_score(faces.flip(3))
        alone = torch.sigmoid(network(faces)[0])
    torch.testing.assert_close(score, mirrored, atol=1e-6, rtol=1e-5)
    assert not torch.equal(score, alone) and score.shape == (2,)


def test_stem_and_first_stages_learn_nothing_and_keep_their_statistics(network: BlendDetector) -> None:
    before = {name: value.clone() for name, value in network.state_dict().items()}
    odds, maps = network.train()(pictures())
    (odds.square().sum() + maps.square().sum()).backward()
    fixed = ("stem.", "blocks.0.", "blocks.1.")
    for name, parameter in network.named_parameters():
        assert (parameter.grad is None) == name.startswith(fixed), name
    moved = {name for name, value in network.state_dict().items() if not torch.equal(value, before[name])}
    assert moved and not any(name.startswith(fixed) for name in moved)


def test_it_starts_as_the_imagenet_network_down_to_its_last_stage() -> None:
    network, given = BlendDetector(), imagenet_weights()
    network.start_from_imagenet(given)
    assert torch.equal(network.stem[0].weight, given["conv_stem.weight"])
    assert torch.equal(network.stem[1].running_var, given["bn1.running_var"])
    for name, value in network.blocks.state_dict().items():
        assert torch.equal(value, given[f"blocks.{name}"]), name


def test_another_network_s_weights_are_refused_as_imagenet_s(tmp_path: Path) -> None:
    torch.save({"weight": torch.zeros(2, 2)}, tmp_path / "other.pth")
    with pytest.raises(ModelError, match="neither weights"):
        imagenet_weights(tmp_path / "other.pth")
