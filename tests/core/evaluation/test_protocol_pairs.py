"""Published forgeries, packed, measured on what of them never trained."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from core.domain.identity import Role
from core.errors import CaseError
from core.evaluation.protocol import published_pairs
from core.evaluation.protocol.bench import Bench
from core.evaluation.protocol.pair_faces import draw_pairs, held_out_pairs
from core.evaluation.protocol.runner import PAGE, kept_section, run_protocol
from core.evaluation.protocol.settings import Silent
from core.models.rffr import Rffr
from core.models.weights import save_weights
from core.training.lists import read_list
from core.training.pair_corpus import load_pairs
from tests.builders_pairs import new_packer, packed_list, packed_pairs
from tests.builders_protocol import packed_faces, settings, untrained_models

NONE, PICTURE, STATED = "None (the forgery itself)", "DFREC, recovered picture", "DFREC, stated identity"


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    torch.set_num_threads(1)
    return tmp_path_factory.mktemp("pairs")


@pytest.fixture(scope="module")
def registry(folder):
    return untrained_models(folder / "models")


@pytest.fixture(scope="module")
def packed(folder, registry):
    return packed_pairs(folder / "megafs", registry)


@pytest.fixture(scope="module")
def listed(folder, registry):
    return packed_list(folder / "rffr", registry)


@pytest.fixture(scope="module")
def measured(folder, registry, packed, listed):
    """Both sets without packed faces, and with RFFR's classifier."""
    torch.manual_seed(0)
    save_weights(folder / "rffr.safetensors", Rffr().state_dict(), {})
    given = settings(folder, faces=None, pairs=(packed, listed), rffr=folder / "rffr.safetensors", count=64)
    outcome = run_protocol(registry, given, (), Silent(), lambda line: None)
    assert outcome.computed == ("pairs",)
    return given, kept_section(given.out, "pairs"), outcome


def rows(section, caption):
    (table,) = (table for table in section.tables if table.caption.startswith(caption))
    return {row.label: row.cells for row in table.rows}


def test_every_role_stands_beside_none_by_method(measured):
    _, section, _ = measured
    target, source = (rows(section, f"megafs: identity of the recovered {role}") for role in ("target", "source"))
    # Six forgeries are held out, three a method; of two of them the source is somebody who trains.
    for found, counts in ((target, (6, 3, 3)), (source, (4, 2, 2))):
        groups = [f"{name} ({count})" for name, count in zip(("all", "FTM", "LCR"), counts, strict=True)]
        assert list(found) == [f"{group}: {entry}" for group in groups for entry in (NONE, PICTURE, STATED)]
    likeness, centred, first, five, rank = target[f"all (6): {NONE}"]
    # A tinted target as seen is still the target: among two photographs it comes first, and the source second.
    assert 0.9 < likeness.value < 0.9999 and centred.value > 0.5
    assert (first.value, five.value, rank.value, first.n) == (1, 1, 1, 6)
    assert source[f"all (4): {NONE}"][4].value == 2
    assert source[f"all (4): {NONE}"][0].value < likeness.value
    assert target[f"all (6): {STATED}"][0].value < likeness.value  # by a network that has learnt nothing
    assert "among 2 photographs of 2 people of the set that never trained" in section.text[1]
    assert "6 forged and 2 real faces" in section.text[1]


def test_recovery_accuracy_holds_each_method_against_all_real_faces(measured):
    found = rows(measured[1], "megafs: recovery accuracy")
    assert list(found) == [f"{g}: {e}" for g in ("all (6)", "FTM (3)", "LCR (3)") for e in (PICTURE, STATED)]
    pristine, forged, at, _ = found[f"FTM (3): {STATED}"]
    assert (pristine.n, forged.n) == (2, 3)
    assert at.value == pytest.approx((pristine.value + forged.value) / 2)


def test_detection_has_rows_of_rffr_and_columns_of_methods(measured):
    _, section, _ = measured
    table = next(table for table in section.tables if table.caption.startswith("megafs: detection"))
    assert [row.label for row in table.rows] == [
        "DFREC",
        "companion",
        "fused",
        "RFFR residual classifier",
        "fused with DFREC",
    ]
    assert [column.title for column in table.columns][::2] == ["all (6) AUC", "FTM (3) AUC", "LCR (3) AUC"]
    assert 0 <= table.rows[3].cells[0].value <= 1


def test_a_list_that_names_nobody_gives_detection_alone(measured):
    given, section, _ = measured
    of_list = [table for table in section.tables if table.caption.startswith("rffr")]
    assert [table.caption for table in of_list] == ["rffr: detection by method (forgeries)"]
    assert [column.title for column in of_list[0].columns][2] == "some_test_label (2) AUC"
    assert "detection alone" in section.text[2]
    assert "**rffr: detection by method (forgeries)**" in (given.out / PAGE).read_text(encoding="utf-8")


def test_sections_that_need_faces_are_left_out_without_them(measured):
    reasons = dict(measured[2].left_out)
    assert reasons["recovery"] == reasons["pictures"] == "name packed faces with --faces PACKED"
    assert "--clips" in reasons["clips"]


def test_photographs_of_the_packed_faces_join_the_gallery(folder, registry, packed):
    wanted = settings(folder, faces=packed_faces(folder / "faces", 64), pairs=(packed,))
    bench = Bench(registry, wanted, Silent())
    alone = draw_pairs(Bench(registry, replace(wanted, faces=None), Silent()), load_pairs(packed)).gallery
    beside = draw_pairs(bench, load_pairs(packed)).gallery
    assert len(alone) == 2 and len(beside) == 2 + len(bench.gallery)
    np.testing.assert_array_equal(beside.vectors[:2], alone.vectors)
    np.testing.assert_array_equal(beside.mean, bench.gallery.mean)
    text = published_pairs.run(bench).text[1]
    assert f"and {len(bench.gallery)} of the packed faces' validation people" in text


def test_photographs_are_described_anew_for_another_embedder(folder, registry, packed):
    """The same weights under another name: the crops give the vectors of the pictures that they were cut from."""
    new_packer()(read_list("megafs", folder / "megafs" / "megafs"), folder / "other", name="megafs")
    pairs = load_pairs(folder / "other")
    bench = Bench(registry, settings(folder, faces=None), Silent())
    assert bench.embedder.embedder_id != pairs.embedder_id
    test = draw_pairs(bench, pairs)
    for role in (Role.SOURCE, Role.TARGET):
        at = test.rows(role)[test.measured(role)]
        own, stored = test.gallery.photograph(at), pairs.embedding[at]
        assert not np.array_equal(own, stored)
        assert (own * stored).sum(1).min() > 0.98


def test_as_many_held_out_pairs_are_drawn_as_wished_a_third_real(packed):
    pairs = load_pairs(packed)
    everything = held_out_pairs(pairs, 64, 3)
    assert pairs.held_out[2 * everything].all() and len(everything) == pairs.held_out[::2].sum() == 8
    some = held_out_pairs(pairs, 4, 3)
    assert pairs.is_forged[some].tolist().count(True) == 3
    np.testing.assert_array_equal(some, held_out_pairs(pairs, 4, 3))
    with pytest.raises(CaseError, match="every pair of megafs is of the training part"):
        held_out_pairs(replace(pairs, held_out=np.zeros_like(pairs.held_out)), 4, 3)


def test_faces_are_shown_as_the_application_crops_them(folder, registry, packed):
    test = draw_pairs(Bench(registry, settings(folder, faces=None), Silent()), load_pairs(packed))
    forged = test.faces.is_fake
    apart = np.abs(test.faces.crops[forged].astype(float) - test.faces.target[forged]).mean((1, 2, 3))
    assert apart.min() > 0.5 and apart.max() < 20
    assert np.array_equal(test.faces.crops[~forged], test.faces.target[~forged])
    other = np.abs(test.faces.source[forged].astype(float) - test.faces.target[forged]).mean((1, 2, 3))
    assert other.min() > 2 * apart.max()


def test_the_section_is_measured_again_when_pairs_or_weights_change(measured, registry, packed):
    given, _, _ = measured
    say = lambda line: None  # noqa: E731
    assert run_protocol(registry, given, ("pairs",), Silent(), say).computed == ()
    assert run_protocol(registry, replace(given, pairs=(packed,)), ("pairs",), Silent(), say).computed == ("pairs",)
    assert run_protocol(registry, replace(given, pairs=(packed,), rffr=None), ("pairs",), Silent(), say).computed
    assert len(kept_section(given.out, "pairs").tables[-1].rows) == 3
