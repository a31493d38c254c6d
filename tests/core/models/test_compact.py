"""The compact DFREC: what it owes the embedder, the map and a pristine face."""

from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file
from torch.nn import functional

from core.models.compact import CompactConfig, CompactDfrec
from core.models.compact_sirm import CHIP_LEFT_PX, CHIP_PX, CHIP_TOP_PX
from core.models.context import usual_ellipse
from core.models.embedder import DlibResNet

EMBEDDER = Path("resources/models/dlib-resnet-v1.safetensors")


@pytest.fixture(scope="module")
def started() -> CompactDfrec:
    torch.manual_seed(0)
    model = CompactDfrec()
    model.start_from_embedder(load_file(EMBEDDER))
    return model.eval()


@pytest.fixture(scope="module")
def faces() -> torch.Tensor:
    return torch.rand(2, 3, 224, 224, generator=torch.Generator().manual_seed(1))


def test_it_has_at_most_25_million_parameters(started: CompactDfrec) -> None:
    assert sum(p.numel() for p in started.parameters()) <= 25_000_000


def test_untrained_it_states_what_the_embedder_says_of_its_chip(started: CompactDfrec, faces: torch.Tensor) -> None:
    embedder = DlibResNet()
    embedder.load_state_dict(load_file(EMBEDDER))
    at_scale = functional.interpolate(faces, size=(196, 196), mode="bilinear", align_corners=False, antialias=True)
    chip = at_scale[:, :, CHIP_TOP_PX : CHIP_TOP_PX + CHIP_PX, CHIP_LEFT_PX : CHIP_LEFT_PX + CHIP_PX]
    with torch.inference_mode():
        source, *_ = started.identities(faces)
        expected = embedder.eval()(chip * 255)
    assert functional.cosine_similarity(source, expected).min() > 0.9999


def test_outputs_have_the_documented_shapes_and_ranges(started: CompactDfrec, faces: torch.Tensor) -> None:
    with torch.inference_mode():
        out = started(faces, torch.Generator().manual_seed(0))
    assert out.m_s.shape == (2, 1, 224, 224)
    assert out.source.shape == out.target.shape == out.masked_input.shape == (2, 3, 224, 224)
    assert out.idx_keep.shape == (2, 98)
    assert out.fake_logit is not None and out.fake_logit.shape == (2,)
    for picture in (out.m_s, out.source, out.target):
        assert picture.min() >= 0 and picture.max() <= 1
    for vector in (out.source_embedding, out.target_embedding):
        assert vector is not None
        torch.testing.assert_close(vector.norm(dim=1), torch.ones(2))


def test_the_face_as_filmed_counts_in_the_source_as_far_as_the_map_sees_no_forgery(faces: torch.Tensor) -> None:
    torch.manual_seed(0)
    model = CompactDfrec()
    model.start_from_embedder(load_file(EMBEDDER))
    model.eval()
    seen = functional.normalize(torch.randn(2, 128, generator=torch.Generator().manual_seed(5)), dim=1)

    def source(log_odds: float, filmed: torch.Tensor | None) -> torch.Tensor:
        model.seam_weights.copy_(torch.tensor([log_odds, 0.0]))
        with torch.inference_mode():
            vector = model(faces, torch.Generator().manual_seed(0), filmed).source_embedding
        assert vector is not None
        return vector

    alone = source(0.0, None)
    torch.testing.assert_close(source(30.0, seen), alone)
    nearer = [(source(odds, seen) * seen).sum(1) - (alone * seen).sum(1) for odds in (30.0, 0.0, -30.0)]
    assert (nearer[0] < nearer[1]).all() and (nearer[1] < nearer[2]).all()


def test_patches_full_of_source_are_hidden_first(started: CompactDfrec) -> None:
    m_s = torch.zeros(1, 1, 224, 224)
    m_s[:, :, 64:160, 64:160] = 0.9  # 6 x 6 patches
    keep = started.tirm.visible_patches(m_s, torch.Generator().manual_seed(0))
    covered = {row * 14 + column for row in range(4, 10) for column in range(4, 10)}
    assert covered.isdisjoint(keep[0].tolist())
    assert keep[0].tolist() == sorted(keep[0].tolist())


def test_without_source_information_the_target_is_the_input(faces: torch.Tensor) -> None:
    model = CompactDfrec().eval()
    torch.nn.init.zeros_(model.ism.segment.weight)
    torch.nn.init.constant_(model.ism.segment.bias, -20.0)
    with torch.inference_mode():
        target = model(faces, torch.Generator().manual_seed(0)).target
    torch.testing.assert_close(target, faces, atol=1e-5, rtol=0)


def test_a_picture_in_a_batch_is_recovered_as_it_is_alone(started: CompactDfrec, faces: torch.Tensor) -> None:
    with torch.inference_mode():
        both = started(faces, torch.Generator().manual_seed(3))
        first = started(faces[:1], torch.Generator().manual_seed(3))
    torch.testing.assert_close(both.target[:1], first.target, atol=1e-4, rtol=0)


def test_every_parameter_learns(faces: torch.Tensor) -> None:
    torch.manual_seed(0)
    model = CompactDfrec(CompactConfig(depth=2)).train()
    passed = model.passed(faces, torch.Generator().manual_seed(0))
    out = passed.output
    assert out.fake_logit is not None
    vectors = passed.source_vector.square().sum() + passed.target_vector.square().sum()
    vectors = vectors + model.context_vector(faces, usual_ellipse(faces.device)).square().sum()
    loss = passed.map_logits.mean() + passed.predicted.mean() + out.source.mean() + out.fake_logit.sum() + vectors
    loss = loss + model.consistency(passed.source_vector.detach(), passed.target_vector.detach()).sum()
    loss.backward()
    assert [name for name, p in model.named_parameters() if p.grad is None] == []


def test_saved_and_loaded_weights_give_the_same_faces(
    started: CompactDfrec, faces: torch.Tensor, tmp_path: Path
) -> None:
    from core.models.weights import assign_weights, load_weights, save_weights

    path = tmp_path / "m.safetensors"
    digest = save_weights(path, started.state_dict(), {})
    other = CompactDfrec()
    assign_weights(other, load_weights(path, sha256=digest))
    with torch.inference_mode():
        a = started(faces, torch.Generator().manual_seed(0))
        b = other.eval()(faces, torch.Generator().manual_seed(0))
    torch.testing.assert_close(a.source, b.source, atol=0, rtol=0)
    torch.testing.assert_close(a.target, b.target, atol=0, rtol=0)
