"""The branch of the surroundings: blind to the inner face, silent until it is fitted, heard afterwards."""

import pytest
import torch
from safetensors.torch import load_file
from torch.nn import functional

from core.models.compact import TARGET_SPREAD, CompactConfig, CompactDfrec
from core.models.context import HIDING_VIEWS, inner_ellipse, surroundings_id, usual_ellipse, without_inner_face
from tests.builders_training import EMBEDDER, seeded

USUAL = usual_ellipse(torch.device("cpu"))
TINY = CompactConfig(depth=1, decoder_depth=1)


@pytest.fixture(scope="module")
def faces() -> torch.Tensor:
    return torch.rand(3, 3, 224, 224, generator=seeded(1))


@pytest.fixture
def network() -> CompactDfrec:
    torch.manual_seed(0)
    model = CompactDfrec(TINY)
    model.start_from_embedder(load_file(EMBEDDER))
    return model.eval()


def said(network: CompactDfrec, faces: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    return network.directions(faces, network.identities(faces), network.hidden_views(faces))


def test_the_ellipse_lies_where_it_is_put() -> None:
    ellipse = inner_ellipse(torch.tensor([[112.0, 139.0]]), torch.tensor([[50.0, 60.0]]))[0, 0]
    assert ellipse.shape == (224, 224)
    assert ellipse[139, 112] > 0.999
    assert min(ellipse[139, 112 + 48], ellipse[139 - 58, 112]) > 0.8
    assert max(ellipse[139, 112 + 52], ellipse[139 - 62, 112]) < 0.2
    assert ellipse[0, 0] < 1e-6


def test_every_hiding_view_hides_the_eyes_and_the_mouth() -> None:
    features = [(82, 103), (142, 103), (112, 138), (112, 169)]
    for size, _ in HIDING_VIEWS:
        ellipse = usual_ellipse(torch.device("cpu"), size)[0, 0]
        assert all(ellipse[y, x] > 0.9 for x, y in features), f"at {size} of the usual size"


def test_what_is_hidden_has_the_mean_colour_and_the_rest_stays(faces: torch.Tensor) -> None:
    hidden = without_inner_face(faces, USUAL)
    inside = USUAL[0, 0]
    outside = inside < 1e-6
    torch.testing.assert_close(hidden[:, :, outside], faces[:, :, outside], atol=1e-5, rtol=0)
    middle = hidden[:, :, inside > 0.9999]
    torch.testing.assert_close(middle, middle.mean(2, keepdim=True).expand_as(middle), atol=1e-3, rtol=0)
    torch.testing.assert_close(middle.mean(2), faces[:, :, inside > 0.5].mean(2), atol=5e-3, rtol=0)


def test_another_inner_face_of_the_same_colour_changes_nothing_that_the_branch_says(
    network: CompactDfrec, faces: torch.Tensor
) -> None:
    inside = USUAL > 0.9999
    swapped = torch.where(inside, faces.flip(0), faces)
    colour = (swapped * inside).sum((2, 3), keepdim=True) - (faces * inside).sum((2, 3), keepdim=True)
    swapped = swapped - inside * colour / inside.sum()
    with torch.inference_mode():
        as_it_is, changed = (network.context_vector(x, USUAL) for x in (faces, swapped))
        seen, seen_changed = network.identities(faces)[0], network.identities(swapped)[0]
    assert functional.cosine_similarity(as_it_is, changed).min() > 0.9999
    assert functional.cosine_similarity(seen, seen_changed).min() < 0.999


def test_until_they_are_fitted_the_surroundings_count_nothing(network: CompactDfrec, faces: torch.Tensor) -> None:
    with torch.inference_mode():
        before = network(faces, seeded(0))
        network.context.own.weight.copy_(torch.randn(128, 256, generator=seeded(2)))
        after = network(faces, seeded(0))
        alone = network.ism(faces)[1]
    torch.testing.assert_close(before.target_embedding, after.target_embedding)
    torch.testing.assert_close(after.fake_logit, alone)


def test_fitted_they_move_the_target_and_the_fake_score_as_far_as_they_disagree(
    network: CompactDfrec, faces: torch.Tensor
) -> None:
    with torch.inference_mode():
        before = network(faces, seeded(0))
        network.seam_weights.copy_(torch.tensor([0.5, 2.0]))
        torch.nn.init.normal_(network.consistency.decide.weight, generator=seeded(3))
        torch.nn.init.zeros_(network.consistency.decide.bias)
        network.context_weights.copy_(torch.tensor([1.0, 0.0]))
        after = network(faces, seeded(0))
        source, _, context = said(network, faces)
        seam = torch.sigmoid(0.5 + 2 * network.ism(faces)[1])
        apart = torch.sigmoid(network.consistency(source, network.surroundings(network.hidden_views(faces))))
    assert after.fake_logit is not None
    torch.testing.assert_close(torch.sigmoid(after.fake_logit), 1 - (1 - seam) * (1 - apart))
    torch.testing.assert_close(after.source_embedding, before.source_embedding)
    assert before.target_embedding is not None and after.target_embedding is not None
    nearer = functional.normalize(context, dim=1)
    assert ((after.target_embedding - before.target_embedding) * nearer).sum(1).min() > 0


def test_the_surroundings_count_more_where_they_are_anothers_and_no_forgery_is_seen(network: CompactDfrec) -> None:
    seen, unseen = torch.tensor([5.0]), torch.tensor([-5.0])
    agree, apart = torch.tensor([-4.0]), torch.tensor([4.0])
    assert network.unseen_swap(unseen, apart) > 0.9
    assert network.unseen_swap(unseen, agree) < 0.1
    assert network.unseen_swap(seen, apart) < 0.1


def test_hiding_views_do_not_depend_on_the_inner_face_and_whole_ones_do(
    network: CompactDfrec, faces: torch.Tensor, monkeypatch: pytest.MonkeyPatch
) -> None:
    inside = usual_ellipse(torch.device("cpu"), min(size for size, _ in HIDING_VIEWS)) > 0.99999
    mirrored_too = inside & inside.flip(3)
    swapped = torch.where(mirrored_too, faces.flip(0), faces)
    colour = ((swapped - faces) * mirrored_too).sum((2, 3), keepdim=True) / mirrored_too.sum()
    swapped = swapped - mirrored_too * colour

    def kept() -> tuple[torch.Tensor, ...]:
        """Cosines of source, target and surroundings before and after the change."""
        with torch.inference_mode():
            before = said(network, faces)
            after = said(network, swapped)
        return tuple((a * b).sum(1) for a, b in zip(before, after, strict=True))

    source, _, context = kept()
    assert source.min() < 0.998
    assert context.min() < 0.9999
    for size, is_mirrored in HIDING_VIEWS:
        ellipse = usual_ellipse(torch.device("cpu"), size)
        with torch.inference_mode():
            pair = [network.context_vector(x.flip(3) if is_mirrored else x, ellipse) for x in (faces, swapped)]
        assert functional.cosine_similarity(*pair).min() > 0.9999, f"at {size} of the usual size"
    monkeypatch.setattr(network, "hidden_views", lambda images: images.new_zeros(len(images), 128))
    _, _, of_whole = kept()
    assert of_whole.min() < context.min()


def test_a_view_of_the_mirror_image_is_part_of_it(network: CompactDfrec, faces: torch.Tensor) -> None:
    with torch.inference_mode():
        straight, turned = (said(network, x)[2] for x in (faces, faces.flip(3)))
        alone = network.direction(network.context_vector(faces, USUAL))
    assert (straight * turned).sum(1).max() < 0.99999  # most views are not of the mirror image
    assert (straight * alone).sum(1).max() < 0.99999
    assert any(is_mirrored for _, is_mirrored in HIDING_VIEWS) and not all(
        is_mirrored for _, is_mirrored in HIDING_VIEWS
    )


def test_an_unseen_swap_gives_the_surroundings_the_second_weight(network: CompactDfrec, faces: torch.Tensor) -> None:
    with torch.inference_mode():
        before = network(faces, seeded(0)).target_embedding
        torch.nn.init.constant_(network.consistency.decide.bias, 20.0)
        network.context_weights.copy_(torch.tensor([0.0, 3.0]))
        after = network(faces, seeded(0)).target_embedding
        _, target, context = said(network, faces)
        unseen = torch.sigmoid(-network.ism(faces)[1]).unsqueeze(1)
    assert before is not None and after is not None
    torch.testing.assert_close(after, network.as_photograph(target + 3 * unseen * context, TARGET_SPREAD))
    assert not torch.allclose(before, after)


def test_surroundings_are_put_out_as_directions_from_their_mean_and_not_of_the_inner_face(
    network: CompactDfrec, faces: torch.Tensor
) -> None:
    inside = usual_ellipse(torch.device("cpu"), 0.75) > 0.99999
    mirrored_too = inside & inside.flip(3)
    swapped = torch.where(mirrored_too, faces.flip(0), faces)
    colour = ((swapped - faces) * mirrored_too).sum((2, 3), keepdim=True) / mirrored_too.sum()
    with torch.inference_mode():
        network.surroundings_mean.copy_(network.hidden_views(faces).mean(0))
        around, changed = (network(x, seeded(0)).surroundings for x in (faces, swapped - mirrored_too * colour))
        alone = network.surroundings(network.hidden_views(faces))
    assert around is not None and changed is not None
    torch.testing.assert_close(around, alone)
    torch.testing.assert_close(around.norm(dim=1), torch.ones(3))
    assert (around * changed).sum(1).min() > 0.99
    cosines = around @ around.T
    assert cosines[~torch.eye(3, dtype=torch.bool)].mean() < 0, "three directions from their own mean"


def test_the_name_of_what_reads_surroundings_changes_with_it_and_with_nothing_else(network: CompactDfrec) -> None:
    before = surroundings_id(network.state_dict())
    network.context_weights.fill_(3.0)
    network.source_head.own.weight.data += 1
    assert surroundings_id(network.state_dict()) == before
    for changed in (
        network.surroundings_mean,
        network.context.own.weight.data,
        network.sirm.target.stem.weight.data,
    ):
        changed.add_(1)
        now = surroundings_id(network.state_dict())
        assert now != before
        before = now
