"""The CC0 embedder on two public-domain portraits."""

from pathlib import Path

import numpy as np
import pytest
import skimage.data
import torch
from safetensors.torch import load_file

from core.models.embedder import DlibEmbedder
from core.models.registry import ModelRegistry
from core.models.weights import load_weights, sha256_of
from core.recovery.align import align_chip

FILE = Path("resources/models/dlib-resnet-v1.safetensors")
ASTRONAUT_LANDMARKS = np.array([[200, 104], [243, 100], [222, 129], [206, 149], [241, 146]], dtype=np.float32)


@pytest.fixture(scope="module")
def embedder() -> DlibEmbedder:
    return DlibEmbedder(name="dlib", sha256=sha256_of(FILE), tensors=load_weights(FILE, sha256=None))


def test_a_photo_resembles_its_darker_noisier_self_and_not_another_picture(embedder: DlibEmbedder) -> None:
    photo = skimage.data.astronaut()
    noise = np.random.default_rng(0).normal(0, 8, photo.shape)
    changed = np.clip(photo * 0.8 + noise, 0, 255).astype(np.uint8)
    elsewhere = ASTRONAUT_LANDMARKS + np.float32(180)
    chips = np.stack(
        [
            align_chip(picture, marks, embedder.template_points, embedder.chip_size)
            for picture, marks in ((photo, ASTRONAUT_LANDMARKS), (changed, ASTRONAUT_LANDMARKS), (photo, elsewhere))
        ]
    )
    same, other = (embedder.embed(chips) @ embedder.embed(chips).T)[0, 1:]
    assert same > 0.95
    assert other < 0.9


def test_a_face_does_not_depend_on_its_batch(embedder: DlibEmbedder) -> None:
    chips = np.random.default_rng(0).integers(0, 255, (5, 150, 150, 3), dtype=np.uint8)
    np.testing.assert_allclose(embedder.embed(chips)[3], embedder.embed(chips[3:4])[0], atol=1e-5)


def test_no_faces_give_no_vectors_and_a_wrong_size_is_refused(embedder: DlibEmbedder) -> None:
    assert embedder.embed(np.zeros((0, 150, 150, 3), np.uint8)).shape == (0, 128)
    with pytest.raises(ValueError, match="150"):
        embedder.embed(np.zeros((1, 112, 112, 3), np.uint8))


def test_weights_are_stored_as_halves_and_computed_in_full(embedder: DlibEmbedder) -> None:
    assert {tensor.dtype for tensor in load_file(FILE).values()} == {torch.float16}
    registry = ModelRegistry(FILE.parent, FILE.parent)
    assert {tensor.dtype for tensor in registry.load(FILE.stem).values()} == {torch.float32}
    assert {parameter.dtype for parameter in embedder._network.parameters()} == {torch.float32}
    assert embedder.embedder_id.endswith(registry.find(FILE.stem).sha256[:16])
