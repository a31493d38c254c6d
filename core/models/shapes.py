"""Names and shapes that a network's weights must have, for files that the application did not make itself."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import fields
from pathlib import Path

import torch
from torch import Tensor, nn

from core.errors import ModelError
from core.models.blend_detector import BlendDetector
from core.models.card import ConfigValue, ModelKind
from core.models.compact import CompactConfig, CompactDfrec
from core.models.conversion import Checkpoint
from core.models.dfrec import OfficialDfrec
from core.models.embedder import DlibResNet
from core.models.facenet import build_facenet
from core.models.mae import MaeConfig
from core.models.rffr import Rffr
from core.models.weights import TensorDict, check_shapes

# what the three state dicts are called in splitidentity_*.pth, and by us
OFFICIAL_PARTS = {"state_dict": "ism", "recover1_state_dict": "sirm", "recover2_state_dict": "tirm"}


def check_network(
    kind: ModelKind, config: Iterable[tuple[str, ConfigValue]], tensors: Mapping[str, Tensor], path: Path
) -> None:
    """Raise ModelError unless `tensors` are exactly the weights of a network.

    Args:
        kind: which network.
        config: its sizes, as a model card gives them.
        tensors: by name.
        path: where they came from, for the message.
    """
    try:
        with torch.device("meta"):
            expected = {name: tensor.shape for name, tensor in _network(kind, dict(config)).state_dict().items()}
    except (ValueError, TypeError, RuntimeError, ZeroDivisionError) as error:
        raise ModelError(
            f"its card describes no network that can be built ({str(error)[:100]})",
            next_step="get both files again from their maker",
            path=path,
        ) from error
    check_shapes(expected, tensors, path)


def official_tensors(checkpoint: Checkpoint, path: Path) -> TensorDict:
    """The tensors of an official DFREC checkpoint under our names (``ism.``, ``sirm.``, ``tirm.``).

    Raises:
        ModelError: a part or a tensor is missing, or has another shape.
    """
    absent = [part for part in OFFICIAL_PARTS if not checkpoint.part(part)]
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
        found = checkpoint.part(part)
        expected = {k: v.shape for k, v in network.get_submodule(ours).state_dict().items()}
        check_shapes(expected, found, path, part)
        tensors.update({f"{ours}.{name}": tensor for name, tensor in found.items()})
    return tensors


def _network(kind: ModelKind, config: dict[str, ConfigValue]) -> nn.Module:
    builders: dict[ModelKind, Callable[[], nn.Module]] = {
        ModelKind.DFREC_COMPACT: lambda: CompactDfrec(CompactConfig(**_known(CompactConfig, config))),  # type: ignore[arg-type]
        ModelKind.DFREC_OFFICIAL: OfficialDfrec,
        ModelKind.EMBEDDER_DLIB: DlibResNet,
        ModelKind.EMBEDDER_FACENET: build_facenet,
        ModelKind.BLENDS: BlendDetector,
        ModelKind.RFFR: lambda: Rffr(MaeConfig(**_known(MaeConfig, config))),  # type: ignore[arg-type]
    }
    if kind not in builders:
        raise ValueError(f"a {kind.value} is not brought as safetensors")
    return builders[kind]()


def _known(settings: type[CompactConfig] | type[MaeConfig], config: dict[str, ConfigValue]) -> dict[str, float]:
    known = {field.name for field in fields(settings)}
    return {name: value for name, value in config.items() if name in known and not isinstance(value, str)}
