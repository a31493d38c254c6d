"""Degradations through real codecs, which work on processors alone, of pictures that may lie anywhere."""

import pytest
import torch
from torch import Tensor
from torch._subclasses.fake_tensor import FakeTensorMode

from core.training.camera import recompressed
from tests.builders_training import seeded


@pytest.mark.parametrize("device", ["cuda", "mps"])
def test_jpeg_is_made_on_the_processor_and_comes_back(monkeypatch: pytest.MonkeyPatch, device: str) -> None:
    """PyTorch's tensors without memory keep account of devices that this machine need not have."""
    places = []

    def encode(pictures: list[Tensor], quality: int) -> list[Tensor]:
        places.extend(picture.device.type for picture in pictures)
        return [picture.flatten() for picture in pictures]

    def decode(coded: list[Tensor], device: str = "cpu", **_: object) -> list[Tensor]:
        places.extend([device, *(one.device.type for one in coded)])
        return [one.view(3, 16, 16) for one in coded]

    monkeypatch.setattr("torchvision.io.encode_jpeg", encode)
    monkeypatch.setattr("torchvision.io.decode_jpeg", decode)
    with FakeTensorMode():
        pictures = torch.empty(2, 3, 16, 16, device=device)
        again = recompressed(pictures, 0.5, is_video=False)
    assert set(places) == {"cpu"}, "torchvision decodes no coded picture that lies on an accelerator"
    assert (again.device.type, again.dtype, again.shape) == (device, torch.float32, pictures.shape)


@pytest.mark.parametrize("is_video", [False, True])
def test_a_codec_changes_a_picture_a_little_and_the_less_the_better_its_quality(is_video: bool) -> None:
    pictures = torch.rand(2, 3, 8, 8, generator=seeded(1)).repeat_interleave(8, 2).repeat_interleave(8, 3)
    poor, good = ((recompressed(pictures, q, is_video) - pictures).abs().mean() for q in (0.0, 1.0))
    assert 0 < float(good) < float(poor) < 0.15
