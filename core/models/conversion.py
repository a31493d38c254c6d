"""Files made elsewhere, read in a confined child process (`core.isolation`); this process sees only what it answers."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from safetensors import SafetensorError
from safetensors.torch import load

from core.errors import ModelError
from core.isolation.call import isolated_call
from core.isolation.ending import ChildEndedError, Ending
from core.isolation.limits import Limits
from core.models.card import ModelKind
from core.models.weights import TensorDict, unreadable

_PICKLED = "core.models.pickle_child:pickled"
_ONNX_KIND = "core.models.onnx_child:onnx_kind"
_START_S = 120.0
"""Importing the libraries on a slow, busy machine, and then some."""
_BYTES_PER_S = 20e6
_SLACK_BYTES = 16 << 20
_WORDS = {
    Ending.OUT_OF_MEMORY: "it needs more memory than a checkpoint may",
    Ending.CPU_TIME: "reading it takes longer than it may",
    Ending.WALL_TIME: "reading it takes longer than it may",
    Ending.HUNG: "reading it takes longer than it may",
    Ending.GARBLED: "it makes its reader say nonsense",
    Ending.CRASHED: "it crashes its reader",
}


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Checkpoint:
    """What a checkpoint holds.

    Attributes:
        tensors: by name, those of a part as ``part/name``.
        numbers: plain numbers beside them, such as ``epoch``, as texts.
    """

    tensors: TensorDict
    numbers: dict[str, str]

    def part(self, name: str) -> TensorDict:
        """The tensors of one part under their own names."""
        return {key.partition("/")[2]: t for key, t in self.tensors.items() if key.startswith(f"{name}/")}


def read_pickled(path: Path) -> Checkpoint:
    """The tensors of a PyTorch checkpoint.

    Raises:
        ModelError: it is none, holds more than tensors and numbers, or its reader did not survive it.
    """
    numbers, _, stored = _answer(_PICKLED, path).partition(b"\n")
    try:
        texts = {str(name): str(text) for name, text in json.loads(numbers).items()}
        return Checkpoint(tensors=load(stored), numbers=texts)
    except (SafetensorError, ValueError, AttributeError, RecursionError) as error:
        raise _ended(path, Ending.GARBLED) from error


def onnx_kind(path: Path) -> ModelKind:
    """What an ONNX network is for: describing faces or finding them.

    Raises:
        ModelError: neither, it may not be run, or its reader did not survive it.
    """
    kinds = {b"recognition": ModelKind.EMBEDDER_ARCFACE, b"detector": ModelKind.DETECTOR_SCRFD}
    try:
        return kinds[_answer(_ONNX_KIND, path)]
    except KeyError as error:
        raise _ended(path, Ending.GARBLED) from error


def _answer(function: str, path: Path) -> bytes:
    try:
        size = path.stat().st_size
    except OSError as error:
        raise unreadable(path, error) from error
    seconds = _START_S + size / _BYTES_PER_S
    limits = Limits(wall_s=seconds, cpu_s=seconds, answer_bytes=2 * size + _SLACK_BYTES)
    try:
        return isolated_call(function, path.absolute(), limits=limits)
    except ChildEndedError as error:
        raise _ended(path, error.ending, error.detail) from error


def _ended(path: Path, ending: Ending, detail: str = "") -> ModelError:
    return ModelError(
        f"the file was refused: {_WORDS[ending]}{f' ({detail[:200]})' if detail else ''}",
        next_step="download it again; if that does not help, ask its publisher for a .safetensors file",
        path=path,
    )
