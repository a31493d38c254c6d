"""Networks ready to run, from the model registry."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields
from pathlib import Path
from typing import TYPE_CHECKING

import torch

from core.errors import ModelError
from core.models.card import ModelCard, ModelKind
from core.models.context import surroundings_id
from core.models.embedding import Embedder
from core.models.registry import ModelRegistry
from core.models.weights import TensorDict, assign_weights
from core.recovery.detection import CompanionDetector, Fusion
from core.recovery.recoverer import FaceRecoverer
from core.recovery.surroundings import SurroundingsReader

if TYPE_CHECKING:
    from core.detection.base import FaceDetector

FUSED_WITH = "fusion_with"


def pick_device(wish: str) -> str:
    """Torch device for ``"auto"``, ``"cpu"``, ``"cuda"`` or ``"mps"``.

    Nobody has compared Apple's GPUs with the processor yet, so that they are used only where they are asked for.

    Raises:
        ModelError: the device asked for is not there.
    """
    has = {"cpu": True, "cuda": torch.cuda.is_available(), "mps": torch.backends.mps.is_available()}
    if wish == "auto":
        return "cuda" if has["cuda"] else "cpu"
    if not has.get(wish, False):
        raise ModelError(f"no device {wish!r} on this machine", next_step="use --device auto, or install its driver")
    return wish


def load_embedder(registry: ModelRegistry, name: str, device: str) -> Embedder:
    """The embedder called `name`.

    Raises:
        ModelError: no such model, it is no embedder, or its file is altered.
    """
    card = registry.find(name)
    if card.kind is ModelKind.EMBEDDER_ARCFACE:
        from core.models.arcface import ArcFaceEmbedder

        data, path = registry.read(name), Path(card.file)
        return ArcFaceEmbedder(name=name, sha256=card.sha256, data=data, path=path, device=device)
    if card.kind is ModelKind.EMBEDDER_FACENET:
        from core.models.facenet import FaceNetEmbedder

        return FaceNetEmbedder(name=name, sha256=card.sha256, tensors=registry.load(name), device=device)
    if card.kind is ModelKind.EMBEDDER_DLIB:
        from core.models.embedder import DlibEmbedder

        return DlibEmbedder(name=name, sha256=card.sha256, tensors=registry.load(name), device=device)
    raise ModelError(f"{name} does not embed faces", next_step="choose an embedder from `models list`")


def detector_card(registry: ModelRegistry, name: str) -> ModelCard:
    """The model card of a face detector.

    Args:
        registry: of all models.
        name: of the model; or where the file of an imported detector lies, or the folder of an insightface pack with
            that file: the imported copy is the one that is used.

    Raises:
        ModelError: no such model, it finds no faces, or that file was not imported.
    """
    is_known = any(card.name == name for card in registry.list())
    if not is_known and (Path(name).name != name or Path(name).suffix == ".onnx" or Path(name).is_dir()):
        from core.detection.scrfd import detector_file
        from core.models.weights import sha256_of

        path = detector_file(Path(name))
        found = registry.find_file(sha256_of(path), ModelKind.DETECTOR_SCRFD)
        if found is None:
            raise ModelError(
                "this face detector was not imported",
                next_step=f"check where it comes from, then run: unswap models import {path.name}",
                path=path,
            )
        return found
    card = registry.find(name)
    if not card.kind.is_detector:
        raise ModelError(f"{name} finds no faces", next_step="choose a detector from `models list`")
    return card


def load_detector(registry: ModelRegistry, name: str, device: str) -> FaceDetector:
    """The face detector called `name`, see `detector_card`.

    Raises:
        ModelError: no such model, it finds no faces, or its file is missing, not allowed or altered.
    """
    card = detector_card(registry, name)
    if card.kind is ModelKind.DETECTOR_MTCNN:
        from core.detection.mtcnn import MtcnnDetector

        return MtcnnDetector(registry.load(card.name), device=device)
    from core.detection.scrfd import ScrfdDetector
    from core.models.onnx_file import check_onnx, open_session

    data, path = registry.read(card.name), Path(card.file)
    check_onnx(data, path)
    return ScrfdDetector(open_session(data, path, device), name=card.name)


def load_recoverer(registry: ModelRegistry, name: str, device: str, embedder: Embedder) -> FaceRecoverer:
    """The recovery network called `name`, with `embedder` for the face as seen.

    Raises:
        ModelError: no such model, it does not recover faces, or its file is altered.
    """
    card, tensors = registry.find(name), registry.load(name)
    reads = surroundings_id(tensors) if card.kind is ModelKind.DFREC_COMPACT else ""
    network = build_network(card, tensors, device)
    return FaceRecoverer(
        network.eval(),
        embedder,
        speaks=card.embedder_id,
        model_name=name,
        weights_sha256=card.sha256,
        device=device,
        companion=_companion(registry, card, device),
        surroundings_id=reads,
    )


def load_surroundings(registry: ModelRegistry, name: str, device: str) -> SurroundingsReader | None:
    """What reads the surroundings of photographs as the recovery network called `name` does; None if it does not.

    Raises:
        ModelError: no such model, it does not recover faces, or its file is altered.
    """
    card = registry.find(name)
    if card.kind is not ModelKind.DFREC_COMPACT:
        return None
    from core.models.compact import CompactDfrec

    tensors = registry.load(name)
    network = build_network(card, tensors, device).eval()
    assert isinstance(network, CompactDfrec)
    network.keep_surroundings_only()  # an analysis may hold the whole network beside it
    return SurroundingsReader(network, surroundings_id(tensors), device)


def _companion(registry: ModelRegistry, recovery: ModelCard, device: str) -> CompanionDetector | None:
    """The companion whose fusion was fitted to this recovery network; a user's goes before the shipped one."""
    companions = (card for card in registry.list() if card.kind.is_companion)
    fitted = [card for card in companions if dict(card.config).get(FUSED_WITH) == recovery.sha256]
    if not fitted:
        return None
    card = fitted[-1]
    config = dict(card.config)
    fusion = Fusion(**{name: float(config[f"fusion_{name}"]) for name in ("bias", "slope")})
    return build_companion(registry, card, device, fusion)


def build_companion(registry: ModelRegistry, card: ModelCard, device: str, fusion: Fusion) -> CompanionDetector:
    """The companion that a card describes.

    Raises:
        ModelError: its file is missing, altered or of another shape, or it is no companion.
    """
    return companion_of(card, registry.load(card.name), device, fusion)


def companion_of(
    card: ModelCard, tensors: TensorDict, device: str, fusion: Fusion, path: Path | None = None
) -> CompanionDetector:
    """The companion that a card describes, of loaded weights; `path` says where they came from, for the message.

    Raises:
        ModelError: they are of another shape, or it is no companion.
    """
    label, network, judge = _judging(card)
    assign_weights(network, tensors, path)
    network.to(device).to(memory_format=torch.channels_last).eval()
    return CompanionDetector(judge, fusion, label=label, model_name=card.name, weights_sha256=card.sha256)


def _judging(card: ModelCard) -> tuple[str, torch.nn.Module, Callable[[torch.Tensor], torch.Tensor]]:
    """What a companion is called, its network, and how that gives a probability of "fake"."""
    if card.kind is ModelKind.RFFR:
        from core.models.mae import MaeConfig
        from core.models.rffr import Rffr, fake_score

        known = {field.name for field in fields(MaeConfig)}
        rffr = Rffr(MaeConfig(**{k: v for k, v in card.config if k in known}))  # type: ignore[arg-type]
        return "RFFR", rffr, lambda images: fake_score(rffr(images))
    if card.kind is ModelKind.BLENDS:
        from core.models.blend_detector import BlendDetector

        blends = BlendDetector()
        return "blends", blends, blends.fake_score
    raise ModelError(f"{card.name} judges no faces", next_step="name weights of kind blends or rffr")


def build_network(card: ModelCard, tensors: TensorDict, device: str) -> torch.nn.Module:
    """The recovery network that a card describes, around loaded weights.

    Raises:
        ModelError: it does not recover faces, or the weights are of another shape.
    """
    if card.kind is ModelKind.DFREC_COMPACT:
        from core.models.compact import CompactConfig, CompactDfrec

        known = {field.name for field in fields(CompactConfig)}
        compact = CompactDfrec(CompactConfig(**{k: v for k, v in card.config if k in known}))  # type: ignore[arg-type]
        if not {"surroundings_mean", "consistency.mean"} <= tensors.keys():
            raise ModelError(
                f"the weights of {card.name} were made by an earlier version, which read the surroundings of a face "
                "otherwise or not at all",
                next_step="train the stage context on them (docs/training.md), or use the weights that are shipped",
            )
        assign_weights(compact, tensors)
        return compact.to(device).to(memory_format=torch.channels_last)
    if card.kind is ModelKind.DFREC_OFFICIAL:
        from core.models.dfrec import build_official

        return build_official(tensors).to(device)
    raise ModelError(f"{card.name} does not recover faces", next_step="choose a recovery model from `models list`")
