"""Weights files: written whole or not at all, checked by digest, loaded strictly."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
import torch
from torch import nn

from core.errors import ModelError
from core.models.weights import assign_weights, load_weights, read_metadata, save_weights, sha256_of


@pytest.fixture
def tensors() -> dict[str, torch.Tensor]:
    return {"weight": torch.randn(2, 3), "bias": torch.tensor([1.5, -2.0])}


def test_round_trip_keeps_values_and_header(tmp_path: Path, tensors: dict[str, torch.Tensor]) -> None:
    path = tmp_path / "new" / "a.safetensors"
    digest = save_weights(path, tensors, {"kind": "test"})
    assert digest == sha256_of(path)
    assert read_metadata(path) == {"kind": "test"}
    loaded = load_weights(path, sha256=digest)
    assert all(torch.equal(loaded[name], tensor) for name, tensor in tensors.items())


def test_float16_is_stored_and_float32_returned(tmp_path: Path) -> None:
    path = tmp_path / "a.safetensors"
    save_weights(path, {"w": torch.full((1000,), 0.1), "n": torch.tensor(7)}, {}, torch.float16)
    loaded = load_weights(path, sha256=None)
    assert path.stat().st_size < 2500
    assert loaded["w"].dtype == torch.float32
    assert loaded["n"].dtype == torch.int64
    assert float(loaded["w"][0]) == pytest.approx(0.1, abs=1e-4)


def test_values_beyond_float16_stay_float32(tmp_path: Path) -> None:
    path = tmp_path / "a.safetensors"
    save_weights(path, {"variance": torch.tensor([1e6])}, {}, torch.float16)
    assert load_weights(path, sha256=None)["variance"].tolist() == [1e6]


def test_altered_file_is_refused(tmp_path: Path, tensors: dict[str, torch.Tensor]) -> None:
    path = tmp_path / "a.safetensors"
    digest = save_weights(path, tensors, {})
    content = bytearray(path.read_bytes())
    content[-1] ^= 1
    path.write_bytes(content)
    with pytest.raises(ModelError, match="altered"):
        load_weights(path, sha256=digest)


def test_missing_file_and_folder_are_named(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="no such file"):
        load_weights(tmp_path / "none.safetensors", sha256=None)
    with pytest.raises(ModelError, match="folder"):
        load_weights(tmp_path, sha256=None)


def test_garbage_is_no_weights_file(tmp_path: Path) -> None:
    path = tmp_path / "a.safetensors"
    path.write_bytes(b"not weights at all" * 10)
    with pytest.raises(ModelError, match="no intact safetensors"):
        load_weights(path, sha256=None)


def test_truncated_file_is_no_weights_file(tmp_path: Path, tensors: dict[str, torch.Tensor]) -> None:
    path = tmp_path / "a.safetensors"
    save_weights(path, tensors, {})
    path.write_bytes(path.read_bytes()[:-4])
    with pytest.raises(ModelError, match="no intact safetensors"):
        load_weights(path, sha256=None)


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="permissions do not bind this user")
def test_failed_write_leaves_the_old_file(tmp_path: Path, tensors: dict[str, torch.Tensor]) -> None:
    path = tmp_path / "a.safetensors"
    digest = save_weights(path, tensors, {})
    tmp_path.chmod(0o500)
    try:
        with pytest.raises(ModelError, match="could not be written"):
            save_weights(path, {"other": torch.zeros(1)}, {})
    finally:
        tmp_path.chmod(0o700)
    assert sha256_of(path) == digest


def test_failed_write_leaves_nothing_behind(tmp_path: Path, tensors: dict[str, torch.Tensor]) -> None:
    (tmp_path / "a.safetensors").mkdir()  # a folder stands in the way
    (tmp_path / "a.safetensors" / "x").touch()
    with pytest.raises(ModelError, match="could not be written"):
        save_weights(tmp_path / "a.safetensors", tensors, {})
    assert [p.name for p in tmp_path.iterdir()] == ["a.safetensors"]


class TestStrictLoad:
    def linear(self) -> nn.Module:
        with torch.device("meta"):
            return nn.Linear(3, 2)

    def test_weights_become_those_tensors(self, tensors: dict[str, torch.Tensor]) -> None:
        module = self.linear()
        assign_weights(module, tensors)
        x = torch.ones(1, 3)
        assert torch.allclose(module(x), x @ tensors["weight"].T + tensors["bias"])

    def test_missing_tensor(self, tensors: dict[str, torch.Tensor]) -> None:
        del tensors["bias"]
        with pytest.raises(ModelError, match="1 tensors are missing, the first is bias"):
            assign_weights(self.linear(), tensors)

    def test_wrong_shape(self, tensors: dict[str, torch.Tensor]) -> None:
        tensors["bias"] = torch.zeros(5)
        with pytest.raises(ModelError, match=r"bias has shape \(5,\), expected \(2,\)"):
            assign_weights(self.linear(), tensors)

    def test_unknown_tensor(self, tensors: dict[str, torch.Tensor]) -> None:
        tensors["extra"] = torch.zeros(5)
        with pytest.raises(ModelError, match="1 unknown tensors, the first is extra"):
            assign_weights(self.linear(), tensors)
