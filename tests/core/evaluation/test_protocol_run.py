"""The whole protocol on faces drawn by script: what is written, what is kept, what is measured again."""

import json
import shutil
from dataclasses import replace

import numpy as np
import pytest
import torch
from PIL import Image

from core.errors import CaseError, ModelError, OutputError
from core.evaluation.protocol import perturbations, robustness
from core.evaluation.protocol.runner import PAGE, kept_section, rebuild, run_protocol
from core.evaluation.protocol.sections import NAMES
from core.evaluation.protocol.settings import NamedPath, Silent
from core.models.rffr import Rffr
from core.models.weights import save_weights, sha256_of
from core.training.swap_network import SwapNetwork
from tests.builders_protocol import MODEL, packed_faces, settings, untrained_models

ROWS = {"None (the forgery itself)", "Inpainting, Telea", "DFREC, recovered picture", "DFREC, stated identity"}


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    torch.set_num_threads(1)
    made = tmp_path_factory.mktemp("protocol")
    packed_faces(made / "packed")
    return made


@pytest.fixture(scope="module")
def registry(folder):
    return untrained_models(folder / "models")


def run(registry, wanted, *names, progress=None):
    return run_protocol(registry, wanted, names, progress or Silent(), lambda line: None)


@pytest.fixture(scope="module")
def measured(folder, registry):
    """Four sections, with the model's own weights as an ablation that never saw blends, and as one that saw all."""
    own = folder / "models" / f"{MODEL}.safetensors"
    named = ("without-blend+swap", "without-fake", "with-all")
    wanted = settings(folder, ablations=tuple(NamedPath(name=name, path=own) for name in named))
    return wanted, run(registry, wanted, "recovery", "detection", "ablation", "families")


def table(out, section, number=0):
    kept = kept_section(out, section)
    return {row.label: row.cells for row in kept.tables[number].rows}


def test_page_numbers_and_figures_are_written(measured):
    wanted, outcome = measured
    assert outcome.computed == ("recovery", "detection", "ablation", "families")
    page = (wanted.out / PAGE).read_text(encoding="utf-8")
    assert page.index("## Recovery") < page.index("## Detection") < page.index("## Ablation")
    for chart in (chart for section in outcome.sections for chart in section.charts):
        assert f"(figures/{chart.name}.png)" in page
        with Image.open(wanted.out / "figures" / f"{chart.name}.png") as picture:
            assert min(picture.size) > 300
    stored = json.loads((wanted.out / "results.json").read_text(encoding="utf-8"))
    assert [section["name"] for section in stored["sections"]] == ["recovery", "detection", "ablation", "families"]
    assert "people" not in "".join(path.name for path in (wanted.out / "figures").iterdir())


def test_methods_stand_beside_none_and_those_without_weights_say_so(measured):
    out = measured[0].out
    identity, pictures = table(out, "recovery", 2), table(out, "recovery", 3)
    assert set(identity) >= ROWS
    assert identity["Random-mask autoencoder"][0] == "no weights of the foundation autoencoder"
    assert pictures["Inverse mapping (DFI-style U-Net)"][0] == "not trained"
    assert "DFREC, stated identity" not in pictures
    # The pristine picture is nearer to the forgery than to what a network that has learnt nothing paints.
    assert pictures["None (the forgery itself)"][2].value > pictures["DFREC, recovered picture"][2].value + 3


def test_ablations_tell_switched_off_from_trained(measured):
    rows = table(measured[0].out, "ablation")
    assert [label.rpartition("(")[2] for label in rows] == [
        "DFREC, whole",
        "switched off at inference)",
        "switched off at inference)",
        "switched off at inference)",
        "switched off at inference)",
        "trained separately)",
        "trained separately)",
        "trained separately)",
    ]
    # The "separately trained" weights are the same ones: every number is.
    assert rows["DFREC, whole"] == rows["without-blend+swap (trained separately)"]
    assert rows["DFREC, whole"][0] != rows["no ISM: map zero (switched off at inference)"][0]
    assert rows["DFREC, whole"][3] == rows["no fusion: f_t zero (switched off at inference)"][3]


def test_a_network_that_never_saw_a_family_is_measured_on_it(measured):
    rows = table(measured[0].out, "families")
    shipped, other, control, unseen = rows.values()
    assert [label.partition(" (")[0] for label in rows] == [
        "blend: shipped weights",
        "blend: trained without it",
        "blend: trained with all, as long",
        "gradient: in no training",
    ]
    assert shipped == other == control != unseen
    assert "No test face belongs to: swap." in kept_section(measured[0].out, "families").text


def test_nothing_is_measured_twice_and_everything_when_something_changed(measured, registry):
    wanted, _ = measured
    assert run(registry, wanted, "detection").computed == ()
    assert run(registry, replace(wanted, seed=4), "detection").computed == ("detection",)
    assert run(registry, wanted, "detection").computed == ("detection",)


def test_a_stopped_run_goes_on_with_the_section_that_was_not_finished(folder, registry, tmp_path):
    class Stopped(Silent):
        def begin(self, what, total, unit):
            if what == "detection":
                raise KeyboardInterrupt

    wanted = settings(folder, out=tmp_path / "out")
    with pytest.raises(KeyboardInterrupt):
        run(registry, wanted, "families", "detection", progress=Stopped())
    assert run(registry, wanted, "families", "detection").computed == ("detection", "families")
    shutil.rmtree(wanted.out / "figures")
    (wanted.out / PAGE).unlink()
    (wanted.out / "sections" / "families.json").write_text("{")
    assert [section.name for section in rebuild(wanted.out)] == ["detection"]
    assert "## Detection" in (wanted.out / PAGE).read_text(encoding="utf-8")
    assert (wanted.out / "figures" / "roc.png").exists()


def test_robustness_starts_from_untouched_faces(folder, registry, tmp_path, monkeypatch):
    nothing = replace(perturbations.PERTURBATIONS[0], kind="nothing", apply=lambda crops: crops)
    black = replace(perturbations.PERTURBATIONS[0], kind="black", apply=np.zeros_like)
    monkeypatch.setattr(robustness, "PERTURBATIONS", (nothing, black))
    wanted = settings(folder, out=tmp_path / "out")
    run(registry, wanted, "robustness")
    untouched, same, dark = table(wanted.out, "robustness").values()
    assert untouched == same
    assert dark[1:3] != untouched[1:3]
    first, second = kept_section(wanted.out, "robustness").charts
    assert first.series[0].y[0] == first.series[0].y[1]
    assert second.series[1].x == (1, 3)


def test_sections_without_their_folder_are_left_out_with_a_reason(folder, registry, tmp_path):
    wanted = settings(folder, out=tmp_path / "out")
    outcome = run(registry, wanted, "published", "clips", "detection")
    assert [name for name, _ in outcome.left_out] == ["published", "clips"]
    assert "--swaps" in outcome.left_out[0][1]


def test_what_cannot_be_used_is_said(folder, registry, tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(OutputError):
        run(registry, settings(folder, out=tmp_path / "file"), "detection")
    with pytest.raises(CaseError, match="no section"):
        rebuild(tmp_path / "nothing")
    with pytest.raises(CaseError, match="packed"):
        run(registry, settings(folder, faces=tmp_path, out=tmp_path / "out"), "detection")
    bad = settings(folder, out=tmp_path / "out", identity_model=tmp_path / "file")
    with pytest.raises(ModelError, match="shifted identities"):
        run(registry, bad, "detection")


def test_swaps_by_a_network_are_a_family_where_one_is_given(measured, registry, tmp_path):
    wanted, _ = measured
    path = tmp_path / "swapper.pt"
    torch.save({"average": SwapNetwork().state_dict()}, path)
    swapped = replace(wanted, swapper=path, ablations=(), out=tmp_path / "out")
    run(registry, swapped, "families")
    label, cells = next((label, cells) for label, cells in table(swapped.out, "families").items() if "swap" in label)
    assert label.startswith("swap: by the given network")
    assert 0 <= cells[0].value <= 1
    assert "SimSwap" in (swapped.out / PAGE).read_text(encoding="utf-8")
    (tmp_path / "other.pt").write_bytes(b"no network")
    with pytest.raises(ModelError, match="no network of stage swap"):
        run(registry, replace(swapped, swapper=tmp_path / "other.pt"), "families")


def test_rffr_gets_its_rows_and_a_fusion_of_its_own(measured, registry, tmp_path):
    wanted, _ = measured
    path = tmp_path / "rffr.safetensors"
    torch.manual_seed(0)
    save_weights(path, Rffr().state_dict(), {})
    given = replace(wanted, rffr=path, out=tmp_path / "out")
    run(registry, given, "detection")
    before, after = kept_section(wanted.out, "detection"), kept_section(given.out, "detection")
    assert after.tables[0] == before.tables[0]
    rows = table(given.out, "detection", 1)
    assert list(rows) == ["DFREC", "companion", "fused", "RFFR residual classifier", "fused with DFREC"]
    everything, *_ = after.tables[0].rows
    assert rows["DFREC"][:2] == everything.cells[:2]
    assert rows["companion"][0] == "–"
    assert 0 <= rows["RFFR residual classifier"][0].value <= 1
    assert rows["RFFR residual classifier"] != rows["DFREC"]
    assert sha256_of(path)[:12] in after.text[0]
    assert before.fingerprint != after.fingerprint
    with pytest.raises(ModelError, match="missing"):
        run(registry, replace(given, rffr=registry.verified_path(MODEL)), "detection")


def test_every_section_can_be_found():
    from importlib import import_module

    from core.evaluation.protocol.sections import SECTIONS

    assert len(set(NAMES)) == len(NAMES)
    for spec in SECTIONS:
        assert callable(import_module(f"core.evaluation.protocol.{spec.module}").run)
