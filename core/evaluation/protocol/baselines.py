"""Which baselines a run compares with, and the weights they need."""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path

from core.errors import CaseError
from core.evaluation.protocol.describe import AttributeReader
from core.evaluation.protocol.inpainting import FolderExchange, Telea
from core.evaluation.protocol.inverse_mapping import InverseMapping
from core.evaluation.protocol.methods import AsSeen, Baseline
from core.evaluation.protocol.networks import autoencoder_sizes
from core.evaluation.protocol.reconstruction import random_masking, whole_reconstruction
from core.evaluation.protocol.settings import NamedPath
from core.models.attributes import AttributeHead
from core.models.card import ModelCard
from core.models.embedder import DlibResNet
from core.models.losses import FaceFeatures
from core.models.mae import FaceMae, MaeConfig
from core.models.registry import ModelRegistry
from core.models.weights import assign_weights, load_weights

FOUNDATION_KINDS = ("foundation", "mae", "face-mae", "rffr")
"""RFFR's weights hold the same autoencoder, frozen, as their part ``mae``."""
ATTRIBUTE_KINDS = ("attributes", "attribute-head")
DFI, AUTOENCODER = "dfi", "autoencoder"
EXCHANGE_TITLES = {"mat": "MAT", "repaint": "RePaint"}


def baselines_of(given: tuple[NamedPath, ...], mae: FaceMae | None, seed: int, device: str) -> list[Baseline]:
    """Every row of the recovery table but DFREC's, in order.

    Args:
        given: what the user gave: weights of ``dfi`` and ``autoencoder``; any other name is an exchange folder.
        mae: the foundation autoencoder of the registry, where none is given; None where its weights are not there.
        seed: of the random mask.
        device: torch device.

    Raises:
        ModelError: weights that do not fit.
        CaseError: a folder was named that is a file.
    """
    weights = {one.name: one.path for one in given}
    if AUTOENCODER in weights:
        mae = _autoencoder(weights[AUTOENCODER], device)
    rows: list[Baseline] = [AsSeen(), Telea()]
    for one in given:
        if one.name in (DFI, AUTOENCODER):
            continue
        if one.path.exists() and not one.path.is_dir():
            raise CaseError(
                f"{one.name} exchanges pictures through a folder, and this is a file",
                next_step="name a folder, or give weights as dfi=FILE or autoencoder=FILE",
                path=one.path,
            )
        rows.append(FolderExchange(EXCHANGE_TITLES.get(one.name, one.name), one.path))
    rows += [
        random_masking(mae, seed, device),
        whole_reconstruction(mae, device),
        InverseMapping(weights.get(DFI), device),
    ]
    return rows


def _autoencoder(path: Path, device: str) -> FaceMae:
    """The foundation autoencoder of a training run, of whichever size its weights have.

    Raises:
        ModelError: these are not its weights.
    """
    tensors = load_weights(path, sha256=None)
    mae = FaceMae(autoencoder_sizes(tensors))
    assign_weights(mae, tensors, path)
    return mae.to(device).eval()


def load_foundation(registry: ModelRegistry, device: str) -> FaceMae | None:
    """The autoencoder of real faces from the registry; None where there is none.

    Raises:
        ModelError: its file is altered.
    """
    card = _of_kind(registry, FOUNDATION_KINDS)
    if card is None:
        return None
    known = {field.name for field in fields(MaeConfig)}
    mae = FaceMae(MaeConfig(**{k: v for k, v in card.config if k in known}))  # type: ignore[arg-type]
    tensors = registry.load(card.name)
    part = {name.removeprefix("mae."): tensor for name, tensor in tensors.items() if name.startswith("mae.")}
    assign_weights(mae, part or tensors)
    return mae.to(device).eval()


def load_attributes(registry: ModelRegistry, path: Path | None, device: str) -> AttributeReader | None:
    """The attribute head at `path`, or that of the registry; None where there is none.

    Raises:
        ModelError: these are not its weights.
    """
    card = _of_kind(registry, ATTRIBUTE_KINDS)
    if path is None and card is None:
        return None
    head = AttributeHead()
    if path is not None:
        assign_weights(head, load_weights(path, sha256=None), path)
    elif card is not None:
        assign_weights(head, registry.load(card.name))
    embedder = DlibResNet()
    assign_weights(embedder, registry.load("dlib-resnet-v1"))
    return AttributeReader(FaceFeatures(embedder).to(device).eval(), head.to(device).eval(), device)


def _of_kind(registry: ModelRegistry, kinds: tuple[str, ...]) -> ModelCard | None:
    return next((card for card in registry.list() if card.kind.value in kinds), None)
