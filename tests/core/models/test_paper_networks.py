"""The parts of the official configuration, at small sizes: shapes, gradients, and the two quirks."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from torch import Tensor, nn

from core.models.blocks import AttentionGate, patchify, place_tokens, unpatchify
from core.models.dfrec import DfrecOutput, OfficialDfrec
from core.models.tirm import Tirm, TirmConfig, patch_weights
from core.models.weights import assign_weights, load_weights, save_weights

SMALL_VIT = TirmConfig(width=64, depth=1, heads=2, mlp=64, decoder_width=32, decoder_heads=2)
# 4 x 4 patches: 17 tokens, 8 kept
TINY = TirmConfig(
    image_size=64, width=32, depth=1, heads=2, mlp=32, decoder_width=32, decoder_heads=2, target_feature=16
)
# in the checkpoint, not in the computation: classifiers of the two backbones and what leads to them
UNUSED = {
    "ism.encoder._conv_head.weight",
    "ism.encoder._bn1.weight",
    "ism.encoder._bn1.bias",
    "tirm.backbone.heads.head.weight",
    "tirm.backbone.heads.head.bias",
}


@pytest.fixture
def images() -> Tensor:
    return torch.rand(2, 3, 224, 224, generator=torch.Generator().manual_seed(3))


def small_network() -> OfficialDfrec:
    torch.manual_seed(0)
    return OfficialDfrec(SMALL_VIT)


def tiny_tirm() -> Tirm:
    torch.manual_seed(0)
    return Tirm(TINY).eval()


def test_forward_gives_every_field_in_range(images: Tensor) -> None:
    with torch.inference_mode():
        out: DfrecOutput = small_network().eval()(images)
    assert out.m_s.shape == (2, 1, 224, 224)
    assert out.source.shape == out.target.shape == out.masked_input.shape == (2, 3, 224, 224)
    assert out.f_s.shape == (2, 512, 14, 14)
    assert out.f_t.shape == (2, 98, 196)
    assert out.idx_keep.shape == (2, 98)
    assert out.idx_keep.dtype == torch.int64
    for picture in (out.m_s, out.source, out.target):
        assert 0 <= float(picture.min()) <= float(picture.max()) <= 1
    assert out.fake_logit is out.source_embedding is out.target_embedding is None


def test_every_used_parameter_learns(images: Tensor) -> None:
    network = small_network().train()
    out = network(images)
    (out.source.mean() + out.target.mean() + out.m_s.mean()).backward()
    idle = {name for name, p in network.named_parameters() if p.grad is None}
    assert idle == UNUSED
    assert all(bool(p.grad.isfinite().all()) for p in network.parameters() if p.grad is not None)


def test_saved_and_loaded_network_says_the_same(images: Tensor, tmp_path: Path) -> None:
    network = small_network().eval()
    digest = save_weights(tmp_path / "w.safetensors", network.state_dict(), {})
    with torch.device("meta"):
        again = OfficialDfrec(SMALL_VIT)
    assign_weights(again, load_weights(tmp_path / "w.safetensors", sha256=digest))
    with torch.inference_mode():
        a = network(images, torch.Generator().manual_seed(1))
        b = again.eval()(images, torch.Generator().manual_seed(1))
    assert torch.equal(a.source, b.source)
    assert torch.equal(a.target, b.target)


def test_attention_gate_is_the_formula_of_the_paper() -> None:
    gate = AttentionGate(4).eval()
    g, x = torch.randn(1, 4, 5, 5), torch.randn(1, 4, 5, 5)
    q = torch.sigmoid(gate.Conv1x1(gate.W[1](gate.W[0](x))))
    psi = torch.sigmoid(gate.psi[1](gate.psi[0](torch.relu(gate.W_g(g) + gate.W_x(x)))))
    assert torch.equal(gate(g, x), x * (psi + q))
    assert gate.Conv1x1.bias is None
    assert gate.psi[0].in_channels == 2


def test_patches_are_numbered_row_by_row_and_come_back() -> None:
    picture = torch.arange(2 * 3 * 8 * 8).float().reshape(2, 3, 8, 8)
    patches = patchify(picture, 4)
    assert torch.equal(patches[0, 1].reshape(4, 4, 3), picture[0, :, :4, 4:].permute(1, 2, 0))
    assert torch.equal(unpatchify(patches, 4), picture)


def test_tokens_are_placed_without_touching_the_original() -> None:
    tokens = torch.zeros(1, 3, 2)
    placed = place_tokens(tokens, torch.tensor([[2]]), torch.ones(1, 1, 2))
    assert placed.tolist() == [[[0, 0], [0, 0], [1, 1]]]
    assert not bool(tokens.any())


class TestTokenShift:
    """Quirk: patch index i selects token i, that is patch i - 1, while pixels are pasted at patch i."""

    def test_index_selects_the_token_before_the_patch(self) -> None:
        tirm = tiny_tirm()
        vit = tirm.backbone
        nn.init.constant_(vit.conv_proj.weight, 1 / (3 * 16 * 16))  # a token is the mean of its patch
        nn.init.zeros_(vit.conv_proj.bias)
        nn.init.zeros_(vit.encoder.pos_embedding)
        nn.init.constant_(vit.class_token, -7.0)
        vit.encoder.layers, vit.encoder.ln = nn.Identity(), nn.Identity()
        numbered = unpatchify(torch.arange(16.0).reshape(1, 16, 1).expand(1, 16, 768), 16)
        tokens = tirm.encode(numbered, torch.tensor([[0, 5, 15]]))
        assert tokens[0, :, 0].tolist() == pytest.approx([-7.0, 4.0, 14.0], abs=1e-4)

    def test_positions_follow_the_token(self) -> None:
        tirm = tiny_tirm()
        vit = tirm.backbone
        nn.init.zeros_(vit.conv_proj.weight)
        nn.init.zeros_(vit.conv_proj.bias)
        nn.init.zeros_(vit.class_token)
        vit.encoder.layers, vit.encoder.ln = nn.Identity(), nn.Identity()
        tokens = tirm.encode(torch.rand(1, 3, 64, 64), torch.tensor([[3, 9]]))
        assert torch.equal(tokens[0], vit.encoder.pos_embedding[0, [3, 9]])

    def test_pixels_are_pasted_at_the_patch(self) -> None:
        picture = torch.rand(1, 3, 64, 64) * 0.5 + 0.25
        m_s = torch.rand(1, 1, 64, 64) * 0.2 + 0.3
        with torch.inference_mode():
            out = tiny_tirm()(picture, m_s, torch.rand(1, 8, 16))
        kept = set(out.idx_keep[0].tolist())
        before, after, black = (patchify(p, 16)[0] for p in (picture, out.target, out.masked_input))
        assert len(kept) == 8
        for i in range(16):
            assert torch.equal(before[i], after[i]) == (i in kept)
            assert bool((black[i] == 0).all()) == (i not in kept)


class TestPatchWeights:
    """Quirk: weights are sums over a patch; they are random where the map says nothing."""

    noise = torch.linspace(0.01, 0.99, 16).reshape(1, 16)

    @staticmethod
    def maps(per_patch: Tensor) -> Tensor:
        """Maps whose patches are flat: (B, 16) -> (B, 1, 64, 64)."""
        values = per_patch.reshape(-1, 16, 1).expand(-1, 16, 768)
        return unpatchify(values, 16)[:, :1]

    def test_weight_is_the_sum_of_the_patch(self) -> None:
        weights = patch_weights(self.maps(torch.full((1, 16), 0.5)), 16, self.noise)
        assert weights.tolist()[0] == pytest.approx([128.0] * 16)

    def test_random_when_the_mean_sum_reaches_250(self) -> None:
        assert torch.equal(patch_weights(self.maps(torch.full((1, 16), 250 / 256)), 16, self.noise), self.noise)

    def test_not_random_just_below(self) -> None:
        weights = patch_weights(self.maps(torch.full((1, 16), 249 / 256)), 16, self.noise)
        assert weights.tolist()[0] == pytest.approx([249.0] * 16)

    def test_sums_up_to_50_are_replaced(self) -> None:
        sums = torch.full((1, 16), 200.0)
        sums[0, 3], sums[0, 4] = 50.0, 51.0
        weights = patch_weights(self.maps(sums / 256), 16, self.noise)
        assert weights[0, 3] == self.noise[0, 3]
        assert float(weights[0, 4]) == pytest.approx(51.0)

    def test_each_picture_is_judged_alone(self) -> None:
        both = self.maps(torch.stack((torch.full((16,), 1.0), torch.full((16,), 0.5))))
        weights = patch_weights(both, 16, self.noise.expand(2, -1))
        assert torch.equal(weights[0], self.noise[0])
        assert weights[1].tolist() == pytest.approx([128.0] * 16)

    def test_patches_with_least_source_are_kept(self) -> None:
        order = torch.randperm(16, generator=torch.Generator().manual_seed(5)).float()
        out = tiny_tirm()(torch.rand(1, 3, 64, 64), self.maps((100 + order[None]) / 256), torch.rand(1, 8, 16))
        assert set(out.idx_keep[0].tolist()) == set(order.argsort()[:8].tolist())


class TestGenerator:
    """A map of ones makes every weight random."""

    pictures = torch.rand(3, 3, 64, 64, generator=torch.Generator().manual_seed(2))
    f_t = torch.rand(3, 8, 16, generator=torch.Generator().manual_seed(4))
    ones = torch.ones(3, 1, 64, 64)

    def kept(self, seed: int) -> Tensor:
        out = tiny_tirm()(self.pictures, self.ones, self.f_t, torch.Generator().manual_seed(seed))
        return out.idx_keep

    def test_same_seed_same_mask(self) -> None:
        assert torch.equal(self.kept(1), self.kept(1))

    def test_other_seed_other_mask(self) -> None:
        assert not torch.equal(self.kept(1), self.kept(2))

    def test_the_place_in_a_batch_does_not_change_the_mask(self) -> None:
        tirm = tiny_tirm()
        for at in range(3):
            one = slice(at, at + 1)
            alone = tirm(self.pictures[one], self.ones[one], self.f_t[one], torch.Generator().manual_seed(1))
            assert torch.equal(alone.idx_keep, self.kept(1)[one])

    def test_in_training_every_picture_has_a_mask_of_its_own(self) -> None:
        out = tiny_tirm().train()(self.pictures, self.ones, self.f_t, torch.Generator().manual_seed(1))
        assert len({tuple(sorted(kept.tolist())) for kept in out.idx_keep}) == 3
