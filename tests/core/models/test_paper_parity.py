"""The official configuration computes what the reference implementation computes."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import torch
from official_weights import filled_official

from core.models.dfrec import DfrecOutput, OfficialDfrec, build_official

GOLDEN = Path(__file__).parents[2] / "golden"
TOLERANCE = 1e-4
PARTS = {"state_dict": "ism", "recover1_state_dict": "sirm", "recover2_state_dict": "tirm"}


@pytest.fixture(scope="module")
def golden() -> dict[str, np.ndarray]:
    with np.load(GOLDEN / "dfrec_official_golden.npz") as stored:
        return {name: stored[name] for name in stored.files}


@pytest.fixture(scope="module")
def output(golden: dict[str, np.ndarray]) -> Iterator[DfrecOutput]:
    network = build_official(filled_official())
    with torch.inference_mode():
        yield network(torch.from_numpy(golden["input"]))


@pytest.mark.parametrize("name", ["m_s", "source", "f_t", "target"])
def test_outputs_equal_the_reference(name: str, output: DfrecOutput, golden: dict[str, np.ndarray]) -> None:
    got = getattr(output, name).numpy()
    assert got.shape == golden[name].shape
    np.testing.assert_allclose(got, golden[name], rtol=0, atol=TOLERANCE)


def test_kept_patches_equal_the_reference(output: DfrecOutput, golden: dict[str, np.ndarray]) -> None:
    np.testing.assert_array_equal(np.sort(output.idx_keep.numpy(), axis=1), golden["idx_keep"])


def test_masked_input_equals_the_reference(output: DfrecOutput, golden: dict[str, np.ndarray]) -> None:
    stored = golden["masked_input"]  # float16
    np.testing.assert_array_equal(output.masked_input.numpy().astype(np.float16), stored)


def test_target_keeps_visible_pixels_of_the_input(output: DfrecOutput, golden: dict[str, np.ndarray]) -> None:
    visible = output.masked_input.numpy() != 0
    np.testing.assert_array_equal(output.target.numpy()[visible], golden["input"][visible])


def test_names_and_shapes_are_those_of_the_official_checkpoint() -> None:
    official = json.loads((GOLDEN / "dfrec_official_keys.json").read_text())
    with torch.device("meta"):
        network = OfficialDfrec()
    for part, ours in PARTS.items():
        got = {k: list(v.shape) for k, v in network.get_submodule(ours).state_dict().items()}
        assert got == official[part]


def test_parameter_counts_are_the_published_ones() -> None:
    with torch.device("meta"):
        network = OfficialDfrec()
    millions = {ours: sum(p.numel() for p in network.get_submodule(ours).parameters()) / 1e6 for ours in PARTS.values()}
    assert millions == pytest.approx({"ism": 4.91, "sirm": 17.57, "tirm": 308.60}, abs=0.01)
