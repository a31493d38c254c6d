"""Reading of checkpoints made by others: plain tensors come through, everything else is refused by name.

That nothing in a file is run, and that the reader is confined, is shown by the campaign ``models``.
"""

from __future__ import annotations

import pickle
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from core.errors import ModelError
from core.models.checkpoints import flattened, read_checkpoint


def saved(content: object, folder: Path) -> Path:
    path = folder / "splitidentity_test.pth"
    torch.save(content, path)
    return path


def refusal(path: Path) -> str:
    with pytest.raises(ModelError) as caught:
        flattened(read_checkpoint(path), path)
    return str(caught.value)


def test_tensors_and_numbers_come_through_under_flat_names(tmp_path: Path) -> None:
    content = {
        "state_dict": {"a.weight": torch.arange(3.0)},
        "b": torch.ones(2, dtype=torch.int64),
        "epoch": 12,
        "acc1": np.float64(98.5),
        "arch": "resnet",
        "options": {"lr": 0.5, "names": ["x"]},
    }
    path = saved(content, tmp_path)
    tensors, numbers = flattened(read_checkpoint(path), path)
    assert {name: tensor.tolist() for name, tensor in tensors.items()} == {
        "state_dict/a.weight": [0.0, 1.0, 2.0],
        "b": [1, 1],
    }
    assert numbers == {"epoch": "12", "acc1": "98.5", "options/lr": "0.5"}


@pytest.mark.parametrize("content", [torch.zeros(3), [1, 2], "text"])
def test_file_without_a_table(content: object, tmp_path: Path) -> None:
    assert "not a PyTorch checkpoint" in refusal(saved(content, tmp_path))


@pytest.mark.parametrize("content", [b"", b"hello", b"\x80\x02}q", bytes(range(256)) * 9])
def test_bytes_that_are_no_checkpoint(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "a.pth"
    path.write_bytes(content)
    assert "not a PyTorch checkpoint" in refusal(path)


def test_truncated_checkpoint(tmp_path: Path) -> None:
    path = saved({"w": torch.zeros(1000)}, tmp_path)
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    assert "the archive is damaged" in refusal(path)


def test_missing_file_and_folder(tmp_path: Path) -> None:
    assert "no such file" in refusal(tmp_path / "none.pth")
    assert "folder" in refusal(tmp_path)


def test_one_number_that_stands_for_many_is_refused(tmp_path: Path) -> None:
    path = saved({"w": torch.zeros(1).expand(10**12)}, tmp_path)
    assert "claims 4,000,000,000,000 bytes" in refusal(path)


@pytest.mark.parametrize(
    ("tensor", "kind"),
    [
        (torch.eye(3).to_sparse(), "sparse"),
        (torch.zeros(2, dtype=torch.complex64), "complex64"),
        (torch.zeros(10**6, device="meta"), "meta"),
    ],
)
def test_tensors_that_are_no_weights_are_refused(tensor: torch.Tensor, kind: str, tmp_path: Path) -> None:
    message = refusal(saved({"w": tensor}, tmp_path))
    assert "of a kind no weights are" in message
    assert kind in message


def rewritten(path: Path, change: Any) -> Path:
    """The archive with its records changed: `change(name, data)` gives (name, data, compression) of each to write."""
    out = path.with_name("changed.pth")
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(out, "w") as new:
        for info in old.infolist():
            for name, data, compression in change(info.filename, old.read(info)):
                new.writestr(name, data, compression)
    return out


STORED, DEFLATED = zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED


@pytest.mark.filterwarnings("ignore:Duplicate name")
@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda n, d: [(n, d, DEFLATED)], "compressed"),
        (lambda n, d: [(n.replace("version", "../../version"), d, STORED)], "outside itself"),
        (lambda n, d: [("/etc/passwd" if n.endswith("version") else n, d, STORED)], "outside itself"),
        (lambda n, d: [(n, d, STORED)] * (2 if n.endswith("data.pkl") else 1), "two records"),
        (lambda n, d: [(n.replace("version", "code/__torch__.py"), d, STORED)], "TorchScript"),
        (lambda n, d: [(n.replace("data.pkl", "other.pkl"), d, STORED)], "0 tables"),
    ],
)
def test_archives_that_torch_did_not_write_are_refused(change: Any, message: str, tmp_path: Path) -> None:
    assert message in refusal(rewritten(saved({"w": torch.zeros(9)}, tmp_path), change))


class Hostile:
    """An object whose pickle creates a file when it is read."""

    def __init__(self, trace: Path) -> None:
        self.trace = trace

    def __reduce__(self) -> tuple[Any, tuple[Any, ...]]:
        return open, (str(self.trace), "w")


def test_code_in_a_checkpoint_is_named_and_not_run(tmp_path: Path) -> None:
    trace = tmp_path / "code-has-run"
    message = refusal(saved({"state_dict": Hostile(trace)}, tmp_path))
    assert "asks for io.open" in message or "asks for open" in message
    assert "could run code" in message
    assert not trace.exists()


@pytest.mark.filterwarnings("ignore:Detected pickle protocol")
@pytest.mark.parametrize("protocol", [0, 2, 4, 5])
def test_code_in_a_plain_pickle_is_not_run(protocol: int, tmp_path: Path) -> None:
    trace = tmp_path / "code-has-run"
    path = tmp_path / "hostile.pth"
    path.write_bytes(pickle.dumps({"state_dict": Hostile(trace)}, protocol=protocol))
    refusal(path)
    assert not trace.exists()
