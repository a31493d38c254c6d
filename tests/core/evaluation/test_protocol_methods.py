"""Baselines and switches: what they change of a face, and what they leave."""

import numpy as np
import pytest
import torch
from PIL import Image

from core.errors import CaseError, ModelError
from core.evaluation.protocol.baselines import baselines_of, load_foundation
from core.evaluation.protocol.faces import Suspects
from core.evaluation.protocol.inpainting import FolderExchange, Telea, region
from core.evaluation.protocol.inverse_mapping import InverseMapping
from core.evaluation.protocol.methods import AsSeen
from core.evaluation.protocol.networks import without_fusion, without_map
from core.evaluation.protocol.perturbations import PERTURBATIONS, downscaled, noisy
from core.evaluation.protocol.reconstruction import random_masking, whole_reconstruction
from core.evaluation.protocol.settings import NamedPath
from core.models.mae import FaceMae, MaeConfig, patches_of
from core.models.plain_unet import PlainUnet
from core.models.rffr import block_places
from core.models.weights import save_weights
from core.recovery.align import CANONICAL_LANDMARKS
from core.training.pixels import as_tensor, eight_bit
from core.training.stages import FOUNDATIONS
from tests.builders_faces import scripted_corpus
from tests.builders_protocol import untrained_models, untrained_network


def suspects(count=2):
    crops = np.ascontiguousarray(scripted_corpus(4).images[:count, 16:240, 16:240])
    marked = np.zeros((count, 224, 224), np.float32)
    marked[:, 80:140, 80:140] = 0.9
    return Suspects(crops=crops, landmarks=np.repeat(CANONICAL_LANDMARKS[None], count, 0), map=marked)


class Constant(FaceMae):
    """Predicts mid grey for every patch."""

    def decode(self, encoded, keep):
        return torch.full((len(encoded), 196, 768), 0.5)


def test_none_is_the_forgery_for_both_roles():
    seen = suspects()
    recovered = AsSeen().recover(seen)
    assert recovered.source is recovered.target is seen.crops


def test_inpainting_fills_the_marked_region_alone():
    seen = suspects()
    seen.crops[:] = 90
    seen.crops[:, 85:135, 85:135] = 255
    recovered = Telea().recover(seen)
    assert recovered.source is None
    assert np.abs(recovered.target.astype(int) - 90).max() <= 10
    striped = suspects()
    outside = region(striped) == 0
    assert np.array_equal(Telea().recover(striped).target[outside], striped.crops[outside])
    assert not np.array_equal(Telea().recover(striped).target, striped.crops)


def test_an_inpainter_is_spoken_to_through_a_folder(tmp_path):
    seen, exchange = suspects(), FolderExchange("MAT", tmp_path / "mat")
    with pytest.raises(CaseError, match=r"2 of 2 .* 00000\.png"):
        exchange.recover(seen)
    assert np.array_equal(np.asarray(Image.open(tmp_path / "mat" / "input" / "00001.png")), seen.crops[1])
    assert set(np.unique(np.asarray(Image.open(tmp_path / "mat" / "mask" / "00000.png")))) == {0, 255}
    done = tmp_path / "mat" / "completed"
    done.mkdir()
    for i in range(2):
        Image.new("RGB", (224, 224), (10 + i, 0, 0)).save(done / f"{i:05d}.png")
    assert exchange.recover(seen).target[:, 0, 0, 0].tolist() == [10, 11]
    Image.new("RGB", (256, 256)).save(done / "00001.png")
    with pytest.raises(CaseError, match="256 x 256"):
        exchange.recover(seen)
    seen.crops[0, 0, 0] ^= 1
    with pytest.raises(CaseError, match="other faces"):
        exchange.recover(seen)


def test_random_masking_keeps_the_patches_it_shows():
    seen = suspects()
    recovered = random_masking(Constant(MaeConfig(depth=1, decoder_depth=1)), 1, "cpu").recover(seen)
    before, after = (patches_of(as_tensor(p, "cpu")) for p in (seen.crops, recovered.target))
    kept = (before - after).abs().amax(2) < 1e-6
    grey = (after - 128 / 255).abs().amax(2) < 1e-2
    assert kept.sum(1).tolist() == [98, 98]
    assert grey[~kept].all()


def test_whole_reconstruction_replaces_all_blocks_and_keeps_the_border():
    seen = suspects()
    recovered = whole_reconstruction(Constant(MaeConfig(depth=1, decoder_depth=1)), "cpu").recover(seen)
    before, after = (patches_of(as_tensor(p, "cpu")) for p in (seen.crops, recovered.target))
    inside = torch.zeros(196, dtype=torch.bool)
    inside[block_places().flatten()] = True
    assert inside.sum() == 144
    assert (after[:, inside] - 128 / 255).abs().max() < 1e-2
    assert torch.equal(before[:, ~inside], after[:, ~inside])


def test_rows_without_weights_say_so(tmp_path):
    rows = baselines_of((NamedPath(name="mat", path=tmp_path / "mat"),), None, 1, "cpu")
    reasons = {row.name: row.available() for row in rows}
    assert reasons["MAT"] == reasons["Inpainting, Telea"] == ""
    assert reasons["Inverse mapping (DFI-style U-Net)"] == "not trained"
    assert "no weights" in reasons["Random-mask autoencoder"]
    assert load_foundation(untrained_models(tmp_path / "models"), "cpu") is None


def test_inverse_mapping_takes_its_own_weights_and_no_others(tmp_path):
    torch.manual_seed(0)
    network = PlainUnet().eval()
    save_weights(tmp_path / "dfi.safetensors", network.state_dict(), {})
    seen = suspects()
    recovered = InverseMapping(tmp_path / "dfi.safetensors", "cpu").recover(seen)
    with torch.inference_mode():
        source, target = network(as_tensor(seen.crops, "cpu"))
    assert np.array_equal(recovered.source, eight_bit(source))
    assert np.array_equal(recovered.target, eight_bit(target))
    save_weights(tmp_path / "other.safetensors", {"x": torch.zeros(1)}, {})
    with pytest.raises(ModelError, match="missing"):
        InverseMapping(tmp_path / "other.safetensors", "cpu")


@pytest.mark.parametrize("size", FOUNDATIONS)
def test_an_autoencoder_given_by_hand_makes_both_of_its_rows(tmp_path, size):
    torch.manual_seed(0)
    mae = FaceMae(FOUNDATIONS[size])
    save_weights(tmp_path / "mae.safetensors", mae.state_dict(), {})
    given = (NamedPath(name="autoencoder", path=tmp_path / "mae.safetensors"),)
    rows = {row.name: row for row in baselines_of(given, None, 1, "cpu")}
    assert "autoencoder" not in rows, "it is no exchange folder"
    for name, by_hand in (
        ("Random-mask autoencoder", random_masking(mae.eval(), 1, "cpu")),
        ("Whole reconstruction", whole_reconstruction(mae.eval(), "cpu")),
    ):
        assert rows[name].available() == ""
        assert np.array_equal(rows[name].recover(suspects()).target, by_hand.recover(suspects()).target)
    save_weights(tmp_path / "mae.safetensors", {"x": torch.zeros(1)}, {})
    with pytest.raises(ModelError, match="missing"):
        baselines_of(given, None, 1, "cpu")


@torch.inference_mode()
def test_without_map_random_patches_are_pasted_and_the_switch_goes_back():
    network, images = untrained_network(), as_tensor(suspects().crops, "cpu")
    whole = network(images, torch.Generator().manual_seed(1))
    with without_map(network):
        off = network(images, torch.Generator().manual_seed(1))
    again = network(images, torch.Generator().manual_seed(1))
    assert off.m_s.max() < 1e-6 < whole.m_s.min()
    changed = (patches_of(off.target) - patches_of(images)).abs().amax(2) > 1e-4
    hidden = torch.ones(2, 196, dtype=torch.bool).scatter(1, off.idx_keep, value=False)
    assert torch.equal(changed, hidden)
    assert torch.equal(again.target, whole.target)
    assert torch.equal(off.target_embedding, whole.target_embedding)


@torch.inference_mode()
def test_without_fusion_the_target_feature_does_not_reach_the_decoder():
    network, images = untrained_network(), as_tensor(suspects().crops, "cpu")
    hints = []
    network.tirm.join.register_forward_hook(lambda _, given, __: hints.append(given[0][:, :, -128:].abs().max().item()))
    whole = network(images, torch.Generator().manual_seed(1))
    with without_fusion(network):
        off = network(images, torch.Generator().manual_seed(1))
    assert hints[0] > 0 == hints[1]
    assert not torch.equal(off.target, whole.target)
    assert torch.equal(off.source, whole.source)


@pytest.mark.parametrize("perturbation", PERTURBATIONS, ids=lambda p: p.label)
def test_every_perturbation_keeps_the_shape_and_changes_pixels(perturbation):
    crops = suspects().crops
    given = crops.copy()
    out = perturbation.apply(crops)
    assert (out.shape, out.dtype) == (crops.shape, np.uint8)
    assert not np.array_equal(out, crops)
    assert np.array_equal(crops, given)
    assert np.abs(out.astype(int) - crops).mean() < 60


def test_stronger_perturbations_change_more():
    crops = suspects().crops
    for kind in {p.kind for p in PERTURBATIONS}:
        own = [p for p in PERTURBATIONS if p.kind == kind]
        own.sort(key=lambda p: abs(p.strength - p.untouched))
        change = [np.abs(p.apply(crops).astype(int) - crops).mean() for p in own]
        assert change == sorted(change), kind


def test_noise_has_the_variance_asked_for_and_downscaling_keeps_flat_pictures():
    grey = np.full((2, 224, 224, 3), 128, np.uint8)
    assert np.var(noisy(grey, 40).astype(float)) == pytest.approx(40, rel=0.02)
    assert np.array_equal(downscaled(grey, 3), grey)
