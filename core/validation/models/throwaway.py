"""A process to be thrown away: reads files in one of two ways, and says by which error each ended.

Run as ``python -m core.validation.models.throwaway WAY FILE...``. It is not confined: what a file makes it do, it does.
"""

from __future__ import annotations

import json
import pickle
import sys
import warnings
from pathlib import Path

import torch

from core.models.checkpoints import flattened, read_checkpoint


def trusting(path: Path) -> None:
    """Read a file as if it were one's own: PyTorch's formats by PyTorch, anything else as a pickle."""
    try:
        torch.load(path, weights_only=False)
    except (pickle.UnpicklingError, RuntimeError):
        pickle.loads(path.read_bytes())


def careful(path: Path) -> None:
    """Read a file as the application's converter does, without its confinement."""
    flattened(read_checkpoint(path), path)


def main(arguments: list[str]) -> None:
    """Print a JSON list with the name of the error of each file, '' where there was none."""
    warnings.simplefilter("ignore")
    read = {"trusting": trusting, "careful": careful}[arguments[0]]
    ends = []
    for name in arguments[1:]:
        try:
            read(Path(name))
            ends.append("")
        except BaseException as error:  # whatever a hostile file raises
            ends.append(type(error).__name__)
    print(json.dumps(ends))


if __name__ == "__main__":
    main(sys.argv[1:])
