"""The face foundation model: what it sees, what it rebuilds, and how it starts the recovery of the target."""

import pytest
import torch
from torch.nn import functional

from core.errors import ModelError
from core.models.compact_tirm import CompactConfig, CompactTirm
from core.models.mae import FaceMae, MaeConfig, patches_of, pictures_of, random_visible, sine_cosine_positions

SMALL = MaeConfig(width=24, depth=1, heads=2, decoder_width=16, decoder_depth=1, decoder_heads=2)


@pytest.fixture
def images() -> torch.Tensor:
    return torch.rand(2, 3, 224, 224, generator=torch.Generator().manual_seed(1))


def test_patches_and_pictures_are_inverse(images: torch.Tensor) -> None:
    torch.testing.assert_close(pictures_of(patches_of(images)), images)


def test_patch_15_stands_in_the_second_row_and_column(images: torch.Tensor) -> None:
    patch = patches_of(images)[0, 15].view(3, 16, 16)
    assert torch.equal(patch, images[0, :, 16:32, 16:32])


def test_what_is_hidden_cannot_be_seen(images: torch.Tensor) -> None:
    mae = FaceMae(SMALL).eval()
    keep = random_visible(2, 49, torch.Generator().manual_seed(0), images.device)
    hidden = torch.ones(2, 196).scatter(1, keep, 0.0)[..., None]
    other = pictures_of(torch.where(hidden > 0, 1 - patches_of(images), patches_of(images)))
    with torch.inference_mode():
        torch.testing.assert_close(mae(images, keep), mae(other, keep))


def test_every_place_has_its_own_position() -> None:
    places = sine_cosine_positions(32)[0]
    apart = torch.cdist(places, places) + 10 * torch.eye(196)
    assert apart.min() > 0.1


def test_a_few_steps_lower_the_error_on_hidden_patches(images: torch.Tensor) -> None:
    torch.manual_seed(0)
    mae = FaceMae(SMALL)
    smooth = functional.interpolate(images[:, :, :4, :4], size=(224, 224), mode="bilinear")
    keep = random_visible(2, 49, torch.Generator().manual_seed(0), images.device)
    optimiser = torch.optim.Adam(mae.parameters(), lr=3e-3)
    errors = []
    for _ in range(60):
        error = (mae(smooth, keep) - patches_of(smooth)).square().mean()
        optimiser.zero_grad()
        error.backward()
        optimiser.step()
        errors.append(float(error.detach()))
    assert errors[-1] < errors[0] / 2


def test_the_target_recovery_starts_as_the_foundation(images: torch.Tensor) -> None:
    mae, tirm = FaceMae(SMALL), CompactTirm(CompactConfig(width=24, depth=1, heads=2))
    tirm.start_from_foundation(mae.state_dict())
    keep = random_visible(2, 98, torch.Generator().manual_seed(0), images.device)
    with torch.inference_mode():
        torch.testing.assert_close(tirm.encode(images, keep), mae.encode(mae.tokens(images), keep))


def test_a_foundation_of_another_size_is_refused() -> None:
    with pytest.raises(ModelError, match="another size"):
        CompactTirm(CompactConfig(width=24, depth=2, heads=2)).start_from_foundation(FaceMae(SMALL).state_dict())


@pytest.mark.parametrize("wrong", [{"width": 25}, {"decoder_width": 10}, {"mask_ratio": 1.0}])
def test_impossible_sizes_are_refused(wrong: dict[str, float]) -> None:
    with pytest.raises(ValueError, match=r"multiple|within"):
        MaeConfig(**wrong)  # type: ignore[arg-type]
