"""RFFR: where its blocks lie, what the residual is, and that only the classifier learns."""

import pytest
import torch

from core.models.mae import FaceMae, MaeConfig, pictures_of
from core.models.rffr import GAIN, Rffr, block_places, fake_score, residual, visible_without

SMALL = MaeConfig(width=24, depth=1, heads=2, decoder_width=16, decoder_depth=1, decoder_heads=2)


@pytest.fixture
def images() -> torch.Tensor:
    return torch.rand(2, 3, 224, 224, generator=torch.Generator().manual_seed(1))


def test_the_blocks_cover_the_centre_once_and_nothing_else() -> None:
    places = block_places()
    assert sorted(places.flatten().tolist()) == [14 * row + column for row in range(1, 13) for column in range(1, 13)]
    assert places[5].tolist() == [14 * row + column for row in (4, 5, 6) for column in (4, 5, 6)]


def test_everything_but_the_block_is_seen() -> None:
    keep = visible_without(block_places())
    assert keep.shape == (16, 187)
    for block, seen in zip(block_places(), keep, strict=True):
        assert sorted([*block.tolist(), *seen.tolist()]) == list(range(196))


@pytest.mark.parametrize("blocks", [[0], [3, 9], list(range(16))])
def test_all_blocks_in_one_call_give_what_one_after_the_other_gives(images: torch.Tensor, blocks: list[int]) -> None:
    torch.manual_seed(0)
    mae = FaceMae(SMALL).eval()
    with torch.inference_mode():
        together = residual(mae, images, torch.tensor(blocks))
        alone = torch.zeros_like(images)
        for block in blocks:
            keep = visible_without(block_places()[block : block + 1]).expand(2, -1)
            rebuilt = pictures_of(mae(images, keep))
            top, left = 16 * (3 * (block // 4) + 1), 16 * (3 * (block % 4) + 1)
            where = (slice(None), slice(None), slice(top, top + 48), slice(left, left + 48))
            alone[where] = (GAIN * (rebuilt - images)).clamp(-1, 1)[where]
    torch.testing.assert_close(together, alone, atol=1e-5, rtol=0)


def test_the_border_of_the_face_decides_nothing(images: torch.Tensor) -> None:
    """Branches see the 12 x 12 patches in the middle; the border only helps to reconstruct."""
    torch.manual_seed(0)
    net = Rffr(SMALL).eval()
    torch.nn.init.zeros_(net.mae.predict.weight)  # reconstructs grey whatever it sees
    other = images.clone()
    other[:, :, :16] = 0
    with torch.inference_mode():
        torch.testing.assert_close(net(images), net(other))


def test_only_branches_and_decision_learn(images: torch.Tensor) -> None:
    net = Rffr(SMALL)
    net(images, torch.tensor([2, 7])).square().sum().backward()
    for name, parameter in net.named_parameters():
        assert (parameter.grad is None) == name.startswith("mae."), name


def test_the_score_is_the_probability_of_the_second_class() -> None:
    assert fake_score(torch.tensor([[0.0, 0.0], [0.0, 50.0], [50.0, 0.0]])).tolist() == pytest.approx([0.5, 1.0, 0.0])


def test_both_branches_start_from_the_foundation() -> None:
    mae, net = FaceMae(SMALL), Rffr(SMALL)
    net.start_from_foundation(mae.state_dict())
    torch.testing.assert_close(net.mae.state_dict(), mae.state_dict())
    for branch in (net.rgb_branch, net.residual_branch):
        torch.testing.assert_close(branch.encoder[0].state_dict(), mae.encoder[0].state_dict())
        assert torch.equal(branch.embed.weight, mae.embed.weight)
