"""Embedders that the user brings: FaceNet's state dict and insightface's ONNX models, from file to vectors."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
import pytest
import torch
from facenet_pytorch import InceptionResnetV1, fixed_image_standardization
from onnx import TensorProto, helper, numpy_helper
from torch.nn.functional import interpolate

from core.errors import ModelError
from core.models.arcface import ArcFaceEmbedder
from core.models.card import ModelKind
from core.models.embedding import Embedder
from core.models.facenet import FaceNetEmbedder
from core.models.registry import ModelRegistry


def chips(n: int, side: int) -> np.ndarray:
    return np.random.default_rng(1).integers(0, 256, (n, side, side, 3), dtype=np.uint8)


@pytest.fixture
def registry(tmp_path: Path) -> ModelRegistry:
    return ModelRegistry(tmp_path / "shipped", tmp_path / "user")


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, InceptionResnetV1]:
    """A FaceNet checkpoint as facenet-pytorch publishes it (with classifier), random weights."""
    torch.manual_seed(0)
    network = InceptionResnetV1(classify=True, num_classes=11).eval()
    network.classify = False
    path = tmp_path_factory.mktemp("facenet") / "20180402-114759-vggface2.pt"
    torch.save(network.state_dict(), path)
    return path, network


def test_facenet_says_what_the_library_says(published: tuple[Path, InceptionResnetV1], registry: ModelRegistry) -> None:
    card = registry.import_checkpoint(published[0])
    assert card.kind is ModelKind.EMBEDDER_FACENET
    embedder: Embedder = FaceNetEmbedder(name=card.name, sha256=card.sha256, tensors=registry.load(card.name))
    assert embedder.embedder_id == f"20180402-114759-vggface2:{card.sha256[:16]}"

    faces = chips(3, embedder.chip_size)
    vectors = embedder.embed(faces)
    columns = torch.from_numpy(faces[:, :, 26:186]).permute(0, 3, 1, 2).float()
    squares = interpolate(columns, (160, 160), mode="bilinear", antialias=True)
    with torch.inference_mode():
        expected = published[1](fixed_image_standardization(squares)).numpy()
    np.testing.assert_allclose(vectors, expected, atol=1e-5)


def test_facenet_with_a_missing_layer_is_refused(
    published: tuple[Path, InceptionResnetV1], registry: ModelRegistry, tmp_path: Path
) -> None:
    state = torch.load(published[0], weights_only=True)
    del state["last_linear.weight"]
    torch.save(state, tmp_path / "cut.pt")
    with pytest.raises(ModelError, match=r"missing, the first is last_linear\.weight"):
        registry.import_checkpoint(tmp_path / "cut.pt")


def linear_model(path: Path, *, scales_inside: bool, batch: int | str) -> np.ndarray:
    """Save a recognition model: one 112 x 112 convolution to 8 numbers; return its weights (8, 3, 112, 112)."""
    weight = np.random.default_rng(2).standard_normal((8, 3, 112, 112)).astype(np.float32) / 112
    nodes = [
        helper.make_node("Conv", ["scaled" if scales_inside else "x", "w"], ["c"], name="Conv_0"),
        helper.make_node("Flatten", ["c"], ["y"], name="Flatten_0"),
    ]
    constants = [numpy_helper.from_array(weight, "w")]
    if scales_inside:
        nodes.insert(0, helper.make_node("Sub", ["x", "mean"], ["centred"], name="_minusscalar0"))
        nodes.insert(1, helper.make_node("Mul", ["centred", "scale"], ["scaled"], name="_mulscalar0"))
        constants.append(numpy_helper.from_array(np.float32(127.5), "mean"))
        constants.append(numpy_helper.from_array(np.float32(1 / 127.5), "scale"))
    graph = helper.make_graph(
        nodes,
        "recognition",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, [batch, 3, 112, 112])],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, [batch, 8])],
        constants,
    )
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9), str(path))
    return weight


@pytest.mark.parametrize("scales_inside", [False, True])
@pytest.mark.parametrize("batch", ["n", 1, 2])
def test_arcface_scales_its_input_once_whatever_the_batch(
    scales_inside: bool, batch: int | str, registry: ModelRegistry, tmp_path: Path
) -> None:
    weight = linear_model(tmp_path / "w600k_r50.onnx", scales_inside=scales_inside, batch=batch)
    card = registry.import_checkpoint(tmp_path / "w600k_r50.onnx")
    embedder: Embedder = ArcFaceEmbedder(
        name=card.name, sha256=card.sha256, data=registry.read(card.name), path=Path(card.file)
    )
    assert embedder.dim == 8

    faces = chips(3, 112)
    x = (faces.transpose(0, 3, 1, 2).astype(np.float64) - 127.5) / 127.5
    expected = np.einsum("nchw,dchw->nd", x, weight.astype(np.float64))
    expected /= np.linalg.norm(expected, axis=1, keepdims=True)
    np.testing.assert_allclose(embedder.embed(faces), expected, atol=1e-4)


def test_embedders_keep_the_contract(
    published: tuple[Path, InceptionResnetV1], registry: ModelRegistry, tmp_path: Path
) -> None:
    linear_model(tmp_path / "a.onnx", scales_inside=False, batch="n")
    face, arc = registry.import_checkpoint(published[0]), registry.import_checkpoint(tmp_path / "a.onnx")
    embedders: tuple[Embedder, ...] = (
        FaceNetEmbedder(name=face.name, sha256=face.sha256, tensors=registry.load(face.name)),
        ArcFaceEmbedder(name=arc.name, sha256=arc.sha256, data=registry.read(arc.name), path=Path(arc.file)),
    )
    for embedder in embedders:
        size = embedder.chip_size
        points = embedder.template_points
        assert points.shape == (5, 2)
        assert points.dtype == np.float32
        assert (points > 0).all() and (points < size).all()
        assert points[0, 0] < points[2, 0] < points[1, 0]  # nose between the eyes
        assert points[:2, 1].max() < points[2, 1] < points[3:, 1].min()  # eyes, nose, mouth

        vectors = embedder.embed(chips(2, size))
        assert vectors.dtype == np.float32
        assert vectors.shape == (2, embedder.dim)
        np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)
        assert embedder.embed(chips(0, size)).shape == (0, embedder.dim)
        with pytest.raises(ValueError, match="expected chips"):
            embedder.embed(chips(2, size - 1))
