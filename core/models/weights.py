"""Weights on disk: safetensors files with a text header, checked by SHA-256, loaded strictly.

No file is ever unpickled with the right to run code: PyTorch checkpoints are read by its weights-only reader.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import TypeAlias

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import load, save_file
from torch import Tensor, nn

from core.errors import ModelError
from core.evidence.hashing import file_sha256
from core.evidence.writing import replacing
from core.models.allowlist import altered

TensorDict: TypeAlias = dict[str, Tensor]


def sha256_of(path: Path) -> str:
    """SHA-256 of a file, hexadecimal.

    Raises:
        ModelError: the file is missing, is no regular file, or cannot be read.
    """
    try:
        return file_sha256(path)
    except OSError as error:
        raise unreadable(path, error) from error


def unreadable(path: Path, error: OSError) -> ModelError:
    """The ModelError for a file that the operating system does not hand over."""
    if isinstance(error, FileNotFoundError):
        return ModelError("no such file", next_step="check the path", path=path)
    if isinstance(error, IsADirectoryError):
        return ModelError("this is a folder, not a weights file", next_step="name the file in it", path=path)
    reason = error.strerror or type(error).__name__
    return ModelError(f"cannot be read ({reason})", next_step="check the file's permissions", path=path)


def save_weights(
    path: Path, tensors: Mapping[str, Tensor], metadata: Mapping[str, str], dtype: torch.dtype | None = None
) -> str:
    """Write tensors to a safetensors file, all of it or nothing.

    Args:
        path: file to write; replaced when it exists.
        tensors: by name; copied to the CPU.
        metadata: text header of the file.
        dtype: floating-point tensors are stored so (None: as they are). A tensor that would overflow float16
            stays as it is.

    Returns:
        SHA-256 of the file, hexadecimal.

    Raises:
        ModelError: the folder cannot be written.
    """
    stored = {name: _as_stored(tensor, dtype) for name, tensor in tensors.items()}
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with replacing(path) as part:
            save_file(stored, part, metadata=dict(metadata))
            part.chmod(0o644)  # safetensors makes its files for their owner alone
            digest = sha256_of(part)
    except (OSError, SafetensorError) as error:
        raise ModelError(
            f"the weights could not be written ({error})",
            next_step="check free space and permissions of the folder",
            path=path,
        ) from error
    return digest


def _as_stored(tensor: Tensor, dtype: torch.dtype | None) -> Tensor:
    tensor = tensor.detach().cpu().contiguous()
    if dtype is None or not tensor.is_floating_point():
        return tensor
    cast = tensor.to(dtype)
    return cast if bool(cast.isfinite().all()) or not bool(tensor.isfinite().all()) else tensor


def read_metadata(path: Path) -> dict[str, str]:
    """Text header of a safetensors file.

    Raises:
        ModelError: missing, unreadable, or no safetensors file.
    """
    with _opened(path) as reader:
        return dict(reader.metadata() or {})


def load_weights(
    path: Path, *, sha256: str | None, dtype: torch.dtype = torch.float32, device: str = "cpu"
) -> TensorDict:
    """Read every tensor of a safetensors file.

    The bytes that were hashed are the bytes that are used: the file is read once, and not mapped into memory, where
    somebody could change it afterwards.

    Args:
        path: the file.
        sha256: digest it must have; None skips the check (only for a file just written).
        dtype: floating-point tensors are returned so.
        device: where the tensors go.

    Raises:
        ModelError: missing, unreadable, altered, or no safetensors file.
    """
    stored = tensors_in(read_whole(path, sha256), path)
    tensors: TensorDict = {}
    for name in list(stored):
        tensor = stored.pop(name)  # one copy at a time
        tensors[name] = tensor.to(device, dtype if tensor.is_floating_point() else None)
    return tensors


def tensors_in(data: bytes, path: Path) -> TensorDict:
    """The tensors of a safetensors file, as they are stored.

    Args:
        data: the whole file.
        path: where it came from, for the message.

    Raises:
        ModelError: it is none.
    """
    try:
        tensors: TensorDict = load(data)
    except (SafetensorError, KeyError, ValueError, RuntimeError) as error:  # KeyError: a dtype that torch has not
        raise _no_safetensors(path, error) from error
    return tensors


def read_whole(path: Path, sha256: str | None) -> bytes:
    """All bytes of a file, after they were compared with the digest the file must have (None: not compared).

    Raises:
        ModelError: missing, unreadable or altered.
    """
    try:
        data = path.read_bytes()
    except OSError as error:
        raise unreadable(path, error) from error
    if sha256 is not None:
        found = hashlib.sha256(data).hexdigest()
        if found != sha256.lower():
            raise altered(path, found, sha256)
    return data


def check_sha256(path: Path, sha256: str) -> None:
    """Raise ModelError unless the file has this digest."""
    found = sha256_of(path)
    if found != sha256.lower():
        raise altered(path, found, sha256)


def assign_weights(module: nn.Module, tensors: Mapping[str, Tensor], path: Path | None = None) -> None:
    """Give a module (built on the meta device, say) these very tensors as its weights.

    Args:
        module: every parameter and persistent buffer must be named in `tensors`, and nothing else.
        tensors: float tensors in the dtype to compute in; not copied.
        path: where they came from, for the message.

    Raises:
        ModelError: a name is missing or unknown, or a shape differs.
    """
    check_shapes({k: v.shape for k, v in module.state_dict().items()}, tensors, path)
    module.load_state_dict(dict(tensors), strict=True, assign=True)


def check_shapes(
    expected: Mapping[str, torch.Size], tensors: Mapping[str, Tensor], path: Path | None, part: str = ""
) -> None:
    """Raise ModelError unless `tensors` has exactly the expected names and shapes.

    Args:
        expected: shape by name.
        tensors: what was found.
        path: file, for the message.
        part: section of the file, for the message.
    """
    of_part = f" of {part}" if part else ""
    next_step = "get the file again, or check that it belongs to this kind of model"
    for name, shape in expected.items():
        if name not in tensors:
            n = sum(key not in tensors for key in expected)
            raise ModelError(f"{n} tensors{of_part} are missing, the first is {name}", next_step=next_step, path=path)
        if tensors[name].shape != shape:
            found = tuple(tensors[name].shape)
            what = f"tensor {name}{of_part} has shape {found}, expected {tuple(shape)}"
            raise ModelError(what, next_step=next_step, path=path)
    unknown = [name for name in tensors if name not in expected]
    if unknown:
        what = f"{len(unknown)} unknown tensors{of_part}, the first is {unknown[0]}"
        raise ModelError(what, next_step=next_step, path=path)


def _opened(path: Path) -> safe_open:
    try:
        with path.open("rb"):
            return safe_open(path, framework="pt", device="cpu")
    except OSError as error:
        raise unreadable(path, error) from error
    except SafetensorError as error:
        raise _no_safetensors(path, error) from error


def _no_safetensors(path: Path, error: Exception) -> ModelError:
    return ModelError(
        f"this is no intact safetensors file ({error})",
        next_step="install or import the model again",
        path=path,
    )
