"""The gallery search as a loss: what it asks for, and in which precision it asks."""

import torch
from torch import Tensor
from torch.nn import functional

from core.models.losses import GalleryRetrieval
from tests.builders_training import seeded


def crowded(count: int) -> Tensor:
    """Unit vectors (count, 128) about as near to each other as photographs of different people: cosines around 0.9."""
    mean = functional.normalize(torch.randn(1, 128, generator=seeded(0)))
    return functional.normalize(mean + 0.03 * torch.randn(count, 128, generator=seeded(1)), dim=1)


def test_a_gallery_is_searched_in_full_precision_whatever_the_networks_compute_in() -> None:
    gallery, rows = crowded(200), torch.arange(16)
    retrieval = GalleryRetrieval(gallery, torch.arange(200))
    near = functional.normalize(gallery[rows] + 0.01 * torch.randn(16, 128, generator=seeded(2)), dim=1)

    def searched(half: bool) -> tuple[Tensor, Tensor]:
        vector = near.clone().requires_grad_()
        with torch.autocast("cpu", torch.bfloat16, enabled=half):
            loss = retrieval(vector, rows)
        (gradient,) = torch.autograd.grad(loss, vector)
        return loss, gradient

    (full, full_gradient), (half, half_gradient) = searched(False), searched(True)
    assert half.dtype is torch.float32
    torch.testing.assert_close(half, full, atol=0, rtol=0)
    torch.testing.assert_close(half_gradient, full_gradient, atol=0, rtol=0)
    with torch.autocast("cpu", torch.bfloat16):
        assert retrieval(near.bfloat16(), rows).dtype is torch.float32


def test_the_wanted_face_costs_least_and_other_photographs_of_the_wanted_person_nothing() -> None:
    gallery = crowded(40)
    retrieval = GalleryRetrieval(gallery, torch.arange(40) // 2)
    own, stranger = (float(retrieval(gallery[[row]], torch.tensor([0]))) for row in (0, 7))
    assert own < stranger
    alone = GalleryRetrieval(gallery, torch.arange(40))
    assert own < float(alone(gallery[[0]], torch.tensor([0]))), "row 1 shows the same person and is not counted wrong"
