"""Networks under test: the model as shipped, the same with a part switched off, and others trained for comparison."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from core.models.card import ConfigValue, ModelCard, ModelKind, read_card
from core.models.compact import CompactDfrec, CompactPass
from core.models.consistency import NEVER
from core.models.embedding import Embedder
from core.models.mae import GRID, PATCH_PX, MaeConfig
from core.models.registry import ModelRegistry
from core.models.weights import TensorDict, load_weights, sha256_of
from core.recovery.detection import CompanionDetector, Fusion
from core.recovery.loading import build_network, companion_of
from core.recovery.recoverer import FaceRecoverer
from core.training.stages import FOUNDATIONS

NO_SOURCE = -30.0
"""A map logit that says "target" for sure."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Candidate:
    """A recovery network whose parts can be switched off, and the recoverer that runs it."""

    network: nn.Module
    recoverer: FaceRecoverer


def candidate_of(registry: ModelRegistry, name: str, embedder: Embedder, device: str) -> Candidate:
    """The registry's model called `name`, DFREC alone.

    Raises:
        ModelError: no such model, or it does not recover faces.
    """
    card = registry.find(name)
    return _candidate(card, registry.load(name), card.config, card.sha256, embedder, device)


def candidate_from(path: Path, like: ModelCard, embedder: Embedder, device: str) -> Candidate:
    """Weights of a compact network trained otherwise; sizes from its own card beside the file, or those of `like`.

    Raises:
        ModelError: these are not weights of such a network.
    """
    beside = path.with_suffix(".json")
    config = read_card(beside).config if beside.is_file() else like.config
    return _candidate(like, load_weights(path, sha256=None), config, sha256_of(path), embedder, device)


def rffr_from(path: Path, device: str) -> CompanionDetector:
    """RFFR's classifier of a training run, of whichever size its weights have, fused with nothing yet.

    Raises:
        ModelError: these are not its weights.
    """
    tensors = load_weights(path, sha256=None)
    card = ModelCard(
        name="rffr",
        kind=ModelKind.RFFR,
        file="rffr.safetensors",
        sha256=sha256_of(path),
        terms="as the weights that the user gave",
        config=tuple(asdict(autoencoder_sizes(tensors, "mae.")).items()),
    )
    return companion_of(card, tensors, device, Fusion(), path)


def autoencoder_sizes(tensors: TensorDict, part: str = "") -> MaeConfig:
    """Sizes of the autoencoder whose weights these are; `part` begins the names of its tensors."""
    token = tensors.get(f"{part}mask_token")
    width = 0 if token is None else token.numel()
    return next((c for c in FOUNDATIONS.values() if c.decoder_width == width), MaeConfig())


def _candidate(
    card: ModelCard,
    tensors: TensorDict,
    config: tuple[tuple[str, ConfigValue], ...],
    sha256: str,
    embedder: Embedder,
    device: str,
) -> Candidate:
    network = build_network(replace(card, config=config), tensors, device)
    recoverer = FaceRecoverer(
        network.eval(),
        embedder,
        speaks=card.embedder_id,
        model_name=card.name,
        weights_sha256=sha256,
        device=device,
    )
    return Candidate(network=network, recoverer=recoverer)


@contextmanager
def without_map(network: nn.Module) -> Iterator[None]:
    """No ISM: the map says "target" everywhere, so that patches are masked at random.

    The compact network pastes its prediction where the map is, which would then be nowhere: as in the paper's
    network, the patches hidden from the encoder are pasted instead.
    """
    if isinstance(network, CompactDfrec):

        def silent(_: nn.Module, __: Any, out: tuple[Tensor, Tensor]) -> tuple[Tensor, Tensor]:
            return torch.full_like(out[0], NO_SOURCE), out[1]

        with _hooked(network.ism, silent), _hidden_patches_pasted(network):
            yield
    else:
        with _hooked(_part(network, "ism"), lambda _, __, out: torch.zeros_like(out)):
            yield


@contextmanager
def without_fusion(network: nn.Module) -> Iterator[None]:
    """No fusion: the masked autoencoder is given zeros for the target feature f_t."""
    if isinstance(network, CompactDfrec):
        with _hooked(network.tirm.squeeze, lambda _, __, out: torch.zeros_like(out)):
            yield
    else:
        with _hooked(_part(network, "sirm"), lambda _, __, out: (*out[:2], torch.zeros_like(out[2]))):
            yield


@contextmanager
def without_surroundings(network: nn.Module) -> Iterator[None]:
    """Source, target and fake score by the whole face alone; the paper's network has no other way."""
    if not isinstance(network, CompactDfrec):
        yield
        return
    kept = network.context_weights.clone()
    network.context_weights.zero_()
    try:
        with _hooked(network.consistency, lambda _, __, out: torch.full_like(out, NEVER)):
            yield
    finally:
        network.context_weights.copy_(kept)


@contextmanager
def _hidden_patches_pasted(network: CompactDfrec) -> Iterator[None]:
    passed = network.passed

    def pasted(images: Tensor, generator: torch.Generator | None = None) -> CompactPass:
        result = passed(images, generator)
        keep = result.output.idx_keep
        hidden = torch.ones(len(images), GRID * GRID, device=images.device).scatter(1, keep, 0.0)
        hidden = hidden.view(-1, 1, GRID, GRID).repeat_interleave(PATCH_PX, 2).repeat_interleave(PATCH_PX, 3)
        target = torch.lerp(images.float(), result.predicted, hidden)
        return replace(result, output=replace(result.output, target=target))

    network.passed = pasted  # type: ignore[method-assign]
    try:
        yield
    finally:
        del network.passed


def _part(network: nn.Module, name: str) -> nn.Module:
    return network.get_submodule(name)


@contextmanager
def _hooked(module: nn.Module, hook: Callable[[nn.Module, Any, Any], Any]) -> Iterator[None]:
    handle = module.register_forward_hook(hook)
    try:
        yield
    finally:
        handle.remove()
