"""What the confined child process does with files made elsewhere; called through `core.isolation.call`.

Everything is imported before the process is confined: afterwards it can open the one file and nothing else.
"""

from __future__ import annotations

import io
import json
from pathlib import Path

import numpy as np
import torch
from safetensors.torch import save

from core.errors import ModelError
from core.models.arcface import CHIP, open_arcface
from core.models.checkpoints import flattened, read_checkpoint
from core.models.onnx_file import MAX_BYTES, check_onnx, open_session
from core.models.weights import read_whole

_DETECTOR_OUTPUTS = (9, 15)
_DETECTOR_PX = 128


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


def onnx_kind(path: Path | None, argument: str, data: bytes) -> bytes:
    """What an ONNX network is: ``recognition`` or ``detector``.

    It is looked through, opened, and shown a grey picture, here where it can do no harm.

    Raises:
        ModelError: it is neither, or may not be run.
    """
    assert path is not None
    if path.stat().st_size > MAX_BYTES:
        raise ModelError("the file is too large for an ONNX network", next_step="use another network", path=path)
    content = read_whole(path, None)
    check_onnx(content, path)
    session = open_session(content, path, threads=1)
    n_outputs = len(session.get_outputs())
    if n_outputs in _DETECTOR_OUTPUTS:
        kind, shape = "detector", session.get_inputs()[0].shape
        if len(shape) != 4 or shape[1] != 3:
            raise ModelError("its input is no colour picture", next_step="give an SCRFD detector", path=path)
        sides = [side if isinstance(side, int) and side > 0 else _DETECTOR_PX for side in shape[2:]]
        answers = session.run(None, {session.get_inputs()[0].name: np.zeros((1, 3, *sides), np.float32)})
    else:
        kind, network = "recognition", open_arcface(content, path, threads=1)
        batch = network.input_shape[0]
        blank = np.zeros((batch if isinstance(batch, int) and batch > 0 else 1, 3, CHIP, CHIP), np.float32)
        answers = [network.forward(blank)]
    if not all(np.isfinite(np.asarray(answer)).all() for answer in answers):
        raise ModelError("it says no numbers of a grey picture", next_step="download the file again", path=path)
    return kind.encode()


def _warm_up() -> None:
    """Load what PyTorch loads at first use."""
    stored = io.BytesIO()
    torch.save({"w": torch.zeros(1)}, stored)
    stored.seek(0)
    torch.load(stored, weights_only=True)


_warm_up()
