"""Official checkpoints: stored when right, refused with a reason when not."""

from __future__ import annotations

import json
from collections import OrderedDict
from pathlib import Path
from typing import Any

import pytest
import torch

from core.errors import ModelError
from core.models.card import ModelKind
from core.models.conversion import Checkpoint
from core.models.dfrec import build_official
from core.models.importing import store_checkpoint
from core.models.registry import ModelRegistry
from core.models.weights import read_metadata

KEYS = Path(__file__).parents[2] / "golden" / "dfrec_official_keys.json"


def official_content() -> dict[str, Any]:
    """A checkpoint of the official form whose tensors are views of one number, so that it is small."""
    shapes = json.loads(KEYS.read_text())
    content: dict[str, Any] = {}
    for n, (part, entries) in enumerate(shapes.items(), start=1):
        value, count = torch.tensor(0.25 * n), torch.tensor(7)
        content[part] = OrderedDict(
            (key, count.clone() if key.endswith("num_batches_tracked") else value.expand(shape))
            for key, shape in entries.items()
        )
    return content


def checkpoint(content: dict[str, Any]) -> Checkpoint:
    tensors = {f"{part}/{name}": tensor for part, table in content.items() for name, tensor in table.items()}
    return Checkpoint(tensors=tensors, numbers={"epoch": "12", "acc1": "98.5", "best": "1"})


def stored(content: dict[str, Any], folder: Path) -> None:
    store_checkpoint(checkpoint(content), Path("x.pth"), folder, "x", "0" * 64, torch.float16)


def refusal(content: dict[str, Any], folder: Path) -> str:
    """The message of the refusal; nothing may have been written."""
    with pytest.raises(ModelError) as caught:
        stored(content, folder / "user")
    assert not (folder / "user").exists()
    return str(caught.value)


def test_official_checkpoint_is_stored_and_loads_strictly(tmp_path: Path) -> None:
    registry = ModelRegistry(tmp_path / "shipped", tmp_path / "user")
    (tmp_path / "user").mkdir()
    stored(official_content(), tmp_path / "user")
    card = registry.find("x")
    assert (card.kind, card.source_sha256) == (ModelKind.DFREC_OFFICIAL, "0" * 64)
    file = registry.verified_path("x")
    assert read_metadata(file) == {"kind": "dfrec-official", "epoch": "12", "acc1": "98.5"}
    network = build_official(registry.load("x"))
    file.unlink()
    assert not network.training
    assert network.ism.encoder._conv_stem.weight[0, 0, 0, 0] == 0.25
    assert network.sirm.Conv1.conv[0].weight[0, 0, 0, 0] == 0.5
    assert network.tirm.mask_token[0, 0, 0] == 0.75
    assert int(network.sirm.Conv1.conv[1].num_batches_tracked) == 7


def test_missing_part_is_named(tmp_path: Path) -> None:
    content = official_content()
    del content["recover1_state_dict"]
    assert "it has no recover1_state_dict" in refusal(content, tmp_path)


def test_missing_tensor_is_named(tmp_path: Path) -> None:
    content = official_content()
    del content["recover2_state_dict"]["mask_token"]
    message = refusal(content, tmp_path)
    assert "1 tensors of recover2_state_dict are missing, the first is mask_token" in message


def test_wrong_shape_is_named(tmp_path: Path) -> None:
    content = official_content()
    content["recover1_state_dict"]["Conv_1x1.bias"] = torch.zeros(4)
    message = refusal(content, tmp_path)
    assert "Conv_1x1.bias of recover1_state_dict has shape (4,), expected (3,)" in message
