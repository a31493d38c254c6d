"""What the confined child process does with checkpoints made elsewhere; called through `core.isolation.call`.

Everything is imported before the process is confined: afterwards it can open the one file and nothing else.
"""

from __future__ import annotations

import codecs
import io
import json
from pathlib import Path

import torch
from safetensors.torch import save

from core.models.checkpoints import flattened, read_checkpoint


def pickled(path: Path | None, argument: str, data: bytes) -> bytes:
    """A line of JSON with the plain numbers of a checkpoint, then its tensors as the bytes of a safetensors file.

    Names are those of `core.models.checkpoints.flattened`.

    Raises:
        ModelError: the file is refused.
    """
    assert path is not None
    tensors, numbers = flattened(read_checkpoint(path), path)
    seen: set[int] = set()
    plain = {}
    for name, tensor in tensors.items():
        storage = tensor.untyped_storage().data_ptr()
        # safetensors stores no memory twice: a tensor that shares another's gets its own
        plain[name] = tensor.clone().contiguous() if storage in seen else tensor.contiguous()
        seen.add(storage)
    stored: bytes = save(plain)
    return json.dumps(numbers).encode() + b"\n" + stored


def _warm_up() -> None:
    """Load what Python, PyTorch and safetensors load at first use."""
    codecs.lookup("cp437")  # names in zip archives
    for is_zip in (True, False):
        stored = io.BytesIO()
        torch.save({"w": torch.zeros(1)}, stored, _use_new_zipfile_serialization=is_zip)
        stored.seek(0)
        save(torch.load(stored, weights_only=True))


_warm_up()
