"""Official checkpoints: converted when right, refused with a reason when not, and never run."""

from __future__ import annotations

import json
import pickle
from collections import OrderedDict
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from core.errors import ModelError
from core.models.card import ModelKind
from core.models.checkpoints import convert_official
from core.models.dfrec import build_official
from core.models.registry import ModelRegistry
from core.models.weights import read_metadata

KEYS = Path(__file__).parents[2] / "golden" / "dfrec_official_keys.json"


def official_content() -> dict[str, Any]:
    """A checkpoint of the official form whose tensors are views of one number, so that the file is small."""
    shapes = json.loads(KEYS.read_text())
    content: dict[str, Any] = {}
    for n, (part, entries) in enumerate(shapes.items(), start=1):
        value, count = torch.tensor(0.25 * n), torch.tensor(7)
        content[part] = OrderedDict(
            (key, count.clone() if key.endswith("num_batches_tracked") else value.expand(shape))
            for key, shape in entries.items()
        )
    return content | {"epoch": 12, "acc1": np.float64(98.5)}


def saved(content: object, folder: Path) -> Path:
    path = folder / "splitidentity_test.pth"
    torch.save(content, path)
    return path


def refusal(path: Path, folder: Path) -> str:
    """The message of the refusal; nothing may have been written."""
    out = folder / "out.safetensors"
    with pytest.raises(ModelError) as caught:
        convert_official(path, out)
    assert not out.exists()
    return str(caught.value)


def test_official_checkpoint_is_imported_and_loads_strictly(tmp_path: Path) -> None:
    registry = ModelRegistry(tmp_path / "shipped", tmp_path / "user")
    card = registry.import_checkpoint(saved(official_content(), tmp_path), dtype=torch.float16)
    assert card.kind is ModelKind.DFREC_OFFICIAL
    stored = registry.verified_path("splitidentity_test")
    assert read_metadata(stored) == {"kind": "dfrec-official", "epoch": "12", "acc1": "98.5"}
    network = build_official(registry.load("splitidentity_test"))
    stored.unlink()
    assert not network.training
    assert network.ism.encoder._conv_stem.weight[0, 0, 0, 0] == 0.25
    assert network.sirm.Conv1.conv[0].weight[0, 0, 0, 0] == 0.5
    assert network.tirm.mask_token[0, 0, 0] == 0.75
    assert int(network.sirm.Conv1.conv[1].num_batches_tracked) == 7


def test_missing_part_is_named(tmp_path: Path) -> None:
    content = official_content()
    del content["recover1_state_dict"]
    assert "it has no recover1_state_dict" in refusal(saved(content, tmp_path), tmp_path)


def test_missing_tensor_is_named(tmp_path: Path) -> None:
    content = official_content()
    del content["recover2_state_dict"]["mask_token"]
    message = refusal(saved(content, tmp_path), tmp_path)
    assert "1 tensors of recover2_state_dict are missing, the first is mask_token" in message


def test_wrong_shape_is_named(tmp_path: Path) -> None:
    content = official_content()
    content["recover1_state_dict"]["Conv_1x1.bias"] = torch.zeros(4)
    message = refusal(saved(content, tmp_path), tmp_path)
    assert "Conv_1x1.bias of recover1_state_dict has shape (4,), expected (3,)" in message


def test_part_that_is_no_table_of_tensors(tmp_path: Path) -> None:
    content = official_content() | {"state_dict": {"a": 1}}
    assert "state_dict of the checkpoint is no table of tensors" in refusal(saved(content, tmp_path), tmp_path)


@pytest.mark.parametrize("content", [torch.zeros(3), [1, 2], "text"])
def test_file_without_a_table(content: object, tmp_path: Path) -> None:
    assert "not a PyTorch checkpoint" in refusal(saved(content, tmp_path), tmp_path)


@pytest.mark.parametrize("content", [b"", b"hello", b"\x80\x02}q", b"PK\x03\x04" + bytes(60), bytes(range(256)) * 9])
def test_bytes_that_are_no_checkpoint(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "a.pth"
    path.write_bytes(content)
    assert "not a PyTorch checkpoint" in refusal(path, tmp_path)


def test_truncated_checkpoint(tmp_path: Path) -> None:
    path = saved(official_content(), tmp_path)
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    assert "not a PyTorch checkpoint" in refusal(path, tmp_path)


def test_missing_file_and_folder(tmp_path: Path) -> None:
    assert "no such file" in refusal(tmp_path / "none.pth", tmp_path)
    assert "folder" in refusal(tmp_path, tmp_path)


class Hostile:
    """An object whose pickle creates a file when it is read."""

    def __init__(self, trace: Path) -> None:
        self.trace = trace

    def __reduce__(self) -> tuple[Any, tuple[Any, ...]]:
        return open, (str(self.trace), "w")


def test_code_in_a_checkpoint_is_refused_and_not_run(tmp_path: Path) -> None:
    trace = tmp_path / "code-has-run"
    path = saved({"state_dict": Hostile(trace)}, tmp_path)
    assert "could run code" in refusal(path, tmp_path)
    assert not trace.exists()


@pytest.mark.filterwarnings("ignore:Detected pickle protocol")
@pytest.mark.parametrize("protocol", [0, 2, 4, 5])
def test_code_in_a_plain_pickle_is_not_run(protocol: int, tmp_path: Path) -> None:
    trace = tmp_path / "code-has-run"
    path = tmp_path / "hostile.pth"
    path.write_bytes(pickle.dumps({"state_dict": Hostile(trace)}, protocol=protocol))
    refusal(path, tmp_path)
    assert not trace.exists()
