"""Checkpoints made by others, read with PyTorch's weights-only reader: tensors and plain numbers, nothing that runs.

Only the confined child process of `core.models.conversion` calls this.
"""

from __future__ import annotations

import pickle
import re
import struct
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from core.errors import ModelError
from core.models.archive import check_archive, is_archive, is_tar_file
from core.models.weights import TensorDict, unreadable

MAX_TENSORS = 20_000
SEPARATOR = "/"
_DTYPES = {
    *(torch.float64, torch.float32, torch.float16, torch.bfloat16),
    *(torch.int64, torch.int32, torch.int16, torch.int8, torch.uint8, torch.bool),
}
# What the reader says of instructions that call, build or look up; numbers are those of PERSID, INST, OBJ, EXT1, EXT2,
# EXT4, NEWOBJ_EX and STACK_GLOBAL.
_INSTRUCTIONS = re.compile(
    r"unrecognized function|Can only (?:build|create)|persistent_load|"
    r"Unsupported operand (?:80|105|111|130|131|132|146|147)\b"
)
_PLAIN = "ask its publisher for a file of plain tensors, best as .safetensors"

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
    OverflowError,
    struct.error,
    zipfile.BadZipFile,
)


def read_checkpoint(path: Path) -> Mapping[str, object]:
    """Read a file written by ``torch.save``, on the CPU.

    Raises:
        ModelError: unreadable, not a checkpoint, not a dict, or holding objects other than tensors and plain
            values, which could run code.
        MemoryError: it declares more than this process may have.
    """
    try:
        is_zip = is_archive(path)
        is_tar = is_tar_file(path)
    except OSError as error:
        raise unreadable(path, error) from error
    if is_zip:
        check_archive(path)
    if is_tar:
        raise ModelError(
            "the file has PyTorch's oldest format, a tar archive whose reader may run code; it was refused",
            next_step=_PLAIN,
            path=path,
        )
    try:
        with torch.serialization.safe_globals(_PLAIN_NUMBERS):
            content = torch.load(path, map_location="cpu", weights_only=True, mmap=is_zip)
    except pickle.UnpicklingError as error:
        raise _refusal(str(error), path) from error
    except _NOT_A_CHECKPOINT as error:
        raise _not_a_checkpoint(path) from error
    if not isinstance(content, Mapping):
        raise _not_a_checkpoint(path)
    return content


def flattened(content: Mapping[str, object], path: Path) -> tuple[TensorDict, dict[str, str]]:
    """Tensors of a checkpoint by name, those of a part as ``part/name``, and its plain numbers as texts.

    Anything else beside them (names of classes, options) is left out.

    Raises:
        ModelError: too many tensors, or one that is sparse, of a kind that no weights have, or larger than the file.
    """
    tensors: TensorDict = {}
    numbers: dict[str, str] = {}
    for key, value in content.items():
        if isinstance(key, str) and SEPARATOR not in key and isinstance(value, Mapping):
            inner = {f"{key}{SEPARATOR}{name}": item for name, item in value.items() if isinstance(name, str)}
        else:
            inner = {key: value} if isinstance(key, str) else {}
        for name, item in inner.items():
            if isinstance(item, Tensor):
                tensors[name] = item.detach()
            elif isinstance(item, (int, float, np.number)) and not isinstance(item, bool):
                numbers[name] = str(item)[:40]
    _check_tensors(tensors, path)
    return tensors, numbers


def _check_tensors(tensors: TensorDict, path: Path) -> None:
    size, total = path.stat().st_size, 0
    if len(tensors) > MAX_TENSORS:
        raise ModelError(f"the file holds {len(tensors):,} tensors", next_step=_PLAIN, path=path)
    for name, tensor in tensors.items():
        if tensor.layout is not torch.strided or tensor.device.type != "cpu" or tensor.dtype not in _DTYPES:
            kind = f"{tensor.dtype}, {tensor.layout}, {tensor.device.type}"
            raise ModelError(f"tensor {name[:80]!r} is of a kind no weights are ({kind})", next_step=_PLAIN, path=path)
        n_bytes = tensor.numel() * tensor.element_size()
        total += n_bytes
        if n_bytes > size or total > 2 * size:
            raise ModelError(
                f"tensor {name[:80]!r} claims {n_bytes:,} bytes, in a file of {size:,}: one number stands for many",
                next_step=_PLAIN,
                path=path,
            )


def _refusal(said: str, path: Path) -> ModelError:
    """The error for what the weights-only reader refused."""
    asked = re.search(r"GLOBAL ([\w.]{1,80})", said)
    if asked is not None:
        return ModelError(
            f"the file asks for {asked[1]}, which is no tensor: it could run code when read, and was refused",
            next_step=_PLAIN,
            path=path,
        )
    code = _INSTRUCTIONS.search(said)
    if code is not None:
        return ModelError(
            f"the file holds pickle instructions that tensors do not need ({code[0]}): it could run code when read, "
            "and was refused",
            next_step=_PLAIN,
            path=path,
        )
    return _not_a_checkpoint(path)


def _not_a_checkpoint(path: Path) -> ModelError:
    return ModelError(
        "this is not a PyTorch checkpoint, or it is incomplete",
        next_step="download the file again and compare its size with the publisher's",
        path=path,
    )
