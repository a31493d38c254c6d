"""What a run's folder holds of its networks."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from core.errors import CaseError
from core.models.mae import MaeConfig


def saved_state(run: Path, file: str) -> dict[str, Any]:
    """What `Trainer.save` wrote of one network of a run, on the CPU.

    Raises:
        CaseError: that network was not trained in this run.
    """
    path = run / f"{file}.pt"
    if not path.is_file():
        raise CaseError(f"this run holds no {file}", path=path, next_step=f"train the stage that makes {file} first")
    state: dict[str, Any] = torch.load(path, map_location="cpu", weights_only=True)
    return state


def foundation_sizes(run: Path, otherwise: MaeConfig) -> MaeConfig:
    """Sizes of the foundation model that a run holds; `otherwise` where an earlier version did not write them down.

    Raises:
        CaseError: the run holds none.
    """
    sizes: dict[str, Any] = saved_state(run, "mae").get("sizes", {})
    return MaeConfig(**sizes) if sizes else otherwise


def averaged_weights(run: Path, file: str) -> dict[str, Tensor]:
    """The averaged weights of one network of a run, on the CPU. Raises CaseError as `saved_state` does."""
    weights: dict[str, Tensor] = saved_state(run, file)["average"]
    return weights
