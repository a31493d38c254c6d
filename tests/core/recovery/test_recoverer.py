"""The recoverer with the real shipped networks."""

from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
import skimage.data

from core.domain.evidence import FrameRecord
from core.domain.faces import AlignedFace, FaceQuality
from core.domain.time import TimePoint
from core.errors import ModelError
from core.models.registry import ModelRegistry
from core.recovery.align import crop_face
from core.recovery.loading import load_embedder, load_recoverer, pick_device
from core.recovery.recoverer import FaceRecoverer

MARKS = np.array([[200, 104], [243, 100], [222, 129], [206, 149], [241, 146]], dtype=np.float32)


@pytest.fixture(scope="module")
def registry(tmp_path_factory: pytest.TempPathFactory) -> ModelRegistry:
    return ModelRegistry(Path("resources/models"), tmp_path_factory.mktemp("user"))


@pytest.fixture(scope="module")
def recoverer(registry: ModelRegistry) -> FaceRecoverer:
    return load_recoverer(registry, "dfrec-compact", "cpu", load_embedder(registry, "dlib-resnet-v1", "cpu"))


@pytest.fixture(scope="module")
def face() -> AlignedFace:
    quality = FaceQuality(size_px=45, sharpness=50, yaw_deg=0, pitch_deg=0, roll_deg=0, score=0.9)
    record = FrameRecord(index=0, time=TimePoint(pts=0, time_base=Fraction(1)), sha256="0" * 64, is_corrupt=False)
    return crop_face(skimage.data.astronaut(), record, MARKS, quality)


def test_recovered_faces_carry_all_that_traces_them(recoverer: FaceRecoverer, face: AlignedFace) -> None:
    (recovered,) = recoverer.recover([face], seed=1)
    assert recovered.source_rgb.shape == recovered.target_rgb.shape == (224, 224, 3)
    assert recovered.identity_map.shape == (224, 224)
    assert 0 <= recovered.fake_score <= 1
    assert recovered.weights_sha256 == recoverer.weights_sha256
    assert recovered.embedder_id.startswith("dlib-resnet-v1:")
    for vector in (recovered.input_embedding, recovered.source_embedding, recovered.target_embedding):
        assert np.linalg.norm(vector) == pytest.approx(1, abs=1e-4)


def test_the_same_faces_and_seed_give_the_same_bits(recoverer: FaceRecoverer, face: AlignedFace) -> None:
    first, second = (recoverer.recover([face, face], seed=5) for _ in range(2))
    for a, b in zip(first, second, strict=True):
        np.testing.assert_array_equal(a.source_rgb, b.source_rgb)
        np.testing.assert_array_equal(a.target_rgb, b.target_rgb)
        np.testing.assert_array_equal(a.target_embedding, b.target_embedding)


def test_more_faces_than_a_batch_come_back_in_order(recoverer: FaceRecoverer, face: AlignedFace) -> None:
    crops = np.stack([np.roll(face.rgb, 3 * i, axis=1) for i in range(10)])
    arrays = recoverer.infer(crops, None, seed=0)
    assert arrays.source_image.shape == (10, 3, 224, 224)
    alone = recoverer.infer(crops[8:9], None, seed=0)
    np.testing.assert_allclose(arrays.input[8], alone.input[0], atol=1e-5)


def test_a_face_is_recovered_alike_whatever_faces_are_around_it(recoverer: FaceRecoverer, face: AlignedFace) -> None:
    others = [replace(face, rgb=np.roll(face.rgb, 7 * i, axis=1)) for i in range(1, 10)]
    (alone,) = recoverer.recover([face], seed=3)
    for place in (0, 2, 9):
        among = recoverer.recover([*others[:place], face, *others[place:]], seed=3)[place]
        # One level: sums of other batches are rounded otherwise. Other patches would differ by dozens.
        assert np.abs(among.target_rgb.astype(int) - alone.target_rgb).max() <= 1
        assert np.abs(among.source_rgb.astype(int) - alone.source_rgb).max() <= 1


def test_no_faces_are_no_work_and_a_wrong_shape_is_refused(recoverer: FaceRecoverer) -> None:
    assert recoverer.recover([], seed=0) == []
    with pytest.raises(ValueError, match="224"):
        recoverer.infer(np.zeros((1, 100, 100, 3), np.uint8), None, 0)


def test_an_embedder_is_no_recovery_model_and_the_other_way_round(registry: ModelRegistry) -> None:
    embedder = load_embedder(registry, "dlib-resnet-v1", "cpu")
    with pytest.raises(ModelError, match="does not recover"):
        load_recoverer(registry, "dlib-resnet-v1", "cpu", embedder)
    with pytest.raises(ModelError, match="does not embed"):
        load_embedder(registry, "dfrec-compact", "cpu")


def test_a_device_that_is_not_there_is_refused_with_a_way_out() -> None:
    with pytest.raises(ModelError, match="--device auto"):
        pick_device("quantum")
    with pytest.raises(ModelError, match="--device auto"):
        pick_device("cpu:1")
    assert pick_device("cpu") == "cpu"
