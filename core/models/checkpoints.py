"""Checkpoints made by others: read without running their code, checked, converted to our weights files."""

from __future__ import annotations

import pickle
import struct
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from core.errors import ModelError
from core.models.dfrec import OfficialDfrec
from core.models.weights import TensorDict, check_shapes, save_weights, unreadable

# what the three state dicts are called in splitidentity_*.pth, and by us
OFFICIAL_PARTS = {"state_dict": "ism", "recover1_state_dict": "sirm", "recover2_state_dict": "tirm"}

# accuracies and epochs beside the weights are often NumPy scalars: plain numbers, nothing that runs
_SCALAR: Any = np.float64(0).__reduce__()[0]
_PLAIN_NUMBERS: list[Callable[..., object] | tuple[Callable[..., object], str]] = [
    np.dtype,
    *(type(np.dtype(kind)) for kind in ("f4", "f8", "i4", "i8", "bool")),
    (_SCALAR, "numpy.core.multiarray.scalar"),  # NumPy 1
    (_SCALAR, "numpy._core.multiarray.scalar"),
]

# what PyTorch's readers raise on bytes that are no checkpoint
_NOT_A_CHECKPOINT = (
    OSError,
    RuntimeError,
    EOFError,
    ValueError,
    KeyError,
    IndexError,
    AttributeError,
    TypeError,
    AssertionError,
    struct.error,
    zipfile.BadZipFile,
)


def read_checkpoint(path: Path) -> Mapping[str, object]:
    """Read a file written by ``torch.save`` with PyTorch's weights-only reader, on the CPU.

    Raises:
        ModelError: unreadable, not a checkpoint, not a dict, or holding objects other than tensors and plain
            values, which could run code.
    """
    try:
        with path.open("rb") as stream:
            zipped = zipfile.is_zipfile(stream)
    except OSError as error:
        raise unreadable(path, error) from error
    try:
        with torch.serialization.safe_globals(_PLAIN_NUMBERS):
            content = torch.load(path, map_location="cpu", weights_only=True, mmap=zipped)
    except pickle.UnpicklingError as error:
        if "GLOBAL" in str(error):
            raise ModelError(
                "the file holds more than tensors and could run code when read; it was refused",
                next_step="ask its publisher for a file of plain tensors",
                path=path,
            ) from error
        raise _not_a_checkpoint(path) from error
    except _NOT_A_CHECKPOINT as error:
        raise _not_a_checkpoint(path) from error
    if not isinstance(content, Mapping):
        raise _not_a_checkpoint(path)
    return content


def _not_a_checkpoint(path: Path) -> ModelError:
    return ModelError(
        "this is not a PyTorch checkpoint, or it is incomplete",
        next_step="download the file again and compare its size with the publisher's",
        path=path,
    )


def tensors_of(content: object, path: Path, part: str) -> TensorDict:
    """`content` as a dict of tensors by name.

    Raises:
        ModelError: it is something else.
    """
    if isinstance(content, Mapping) and all(
        isinstance(key, str) and isinstance(value, Tensor) for key, value in content.items()
    ):
        return dict(content)
    raise ModelError(
        f"{part} of the checkpoint is no table of tensors",
        next_step="check that it is the file you meant",
        path=path,
    )


def official_tensors(content: Mapping[str, object], path: Path) -> TensorDict:
    """The tensors of an official DFREC checkpoint under our names (``ism.``, ``sirm.``, ``tirm.``).

    Raises:
        ModelError: a part or a tensor is missing, or has another shape.
    """
    absent = [part for part in OFFICIAL_PARTS if part not in content]
    if absent:
        raise ModelError(
            f"this is no official DFREC checkpoint: it has no {absent[0]}",
            next_step="give the splitidentity_*.pth file of the authors",
            path=path,
        )
    with torch.device("meta"):
        network = OfficialDfrec()
    tensors: TensorDict = {}
    for part, ours in OFFICIAL_PARTS.items():
        found = tensors_of(content[part], path, part)
        expected = {k: v.shape for k, v in network.get_submodule(ours).state_dict().items()}
        check_shapes(expected, found, path, part)
        tensors.update({f"{ours}.{name}": tensor for name, tensor in found.items()})
    return tensors


def convert_official(path_pth: Path, out_path: Path, dtype: torch.dtype = torch.float32) -> str:
    """Convert an official DFREC checkpoint (``splitidentity_*.pth``) to a safetensors file.

    Args:
        path_pth: the checkpoint.
        out_path: file to write, all of it or nothing.
        dtype: float32 keeps every bit; float16 halves 1.3 GB and rounds.

    Returns:
        SHA-256 of the new file.

    Raises:
        ModelError: the checkpoint is not usable (see `read_checkpoint`, `official_tensors`), or the new file
            cannot be written.
    """
    content = read_checkpoint(path_pth)
    tensors = official_tensors(content, path_pth)
    return save_weights(out_path, tensors, _official_metadata(content), dtype)


def _official_metadata(content: Mapping[str, object]) -> dict[str, str]:
    """What an official checkpoint says of itself beside its tensors: ``epoch`` and ``acc1``, as texts."""
    metadata = {"kind": "dfrec-official"}
    for name in ("epoch", "acc1"):
        value = content.get(name)
        if isinstance(value, Tensor) and value.numel() == 1:
            value = value.item()
        if isinstance(value, (int, float, np.number)):
            metadata[name] = str(value)
    return metadata
