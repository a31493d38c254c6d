"""The stages of a run in their order, each made ready from what the stages before it left in the run's folder."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, TypeVar

import torch
from safetensors import safe_open
from safetensors.torch import load_file
from torch import nn

from core.errors import CaseError
from core.models.attributes import AttributeHead
from core.models.blend_detector import BlendDetector
from core.models.compact import CompactConfig, CompactDfrec
from core.models.embedder import DlibResNet
from core.models.losses import FaceFeatures
from core.models.mae import FaceMae, MaeConfig
from core.models.perceptual import imagenet_weights, load_perceptual
from core.models.plain_unet import PlainUnet
from core.models.weights import assign_weights, load_weights
from core.training.attribute_task import AttributeTask
from core.training.blend_task import BlendTask
from core.training.context_task import ContextTask
from core.training.corpus import FaceCorpus
from core.training.engine import Task
from core.training.faces import SHARP_WEIGHT, TrainingFaces
from core.training.forgeries import ForgeryGenerator
from core.training.forgery_batch import ForgeryConfig
from core.training.foundation_task import FoundationTask
from core.training.identity_shift import IdentityModel, fit_identity_model
from core.training.inverse_task import InverseMappingTask
from core.training.pair_corpus import load_pairs
from core.training.pairs import PairedFaces
from core.training.placing import PackedPhotographs
from core.training.recovery_task import Forger, LossWeights, RecoveryTask
from core.training.rffr_task import RffrTask, started
from core.training.self_blends import SelfBlender
from core.training.states import averaged_weights, foundation_sizes
from core.training.swap_network import SwapNetwork, Swapper
from core.training.swap_task import SwapTask

IDENTITY_MODEL = "identity-model.pt"
OF_PAIRS = ("identity", "map", "whole", "rffr", "inverse")
"""Stages that can learn of published forgeries instead of generated ones."""
REAL_HALF = 0.5
Network = TypeVar("Network", bound=nn.Module)

FOUNDATIONS = {
    "small": MaeConfig(),
    "tirm": MaeConfig(
        width=CompactConfig().width, depth=CompactConfig().depth, heads=CompactConfig().heads, decoder_width=256
    ),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class StageInputs:
    """What a stage is made from.

    Attributes:
        corpus: packed faces.
        embedder: safetensors of the CC0 embedder.
        run: folder of the run.
        device: torch device.
        start: safetensors to begin with where the run holds none yet: DFREC (tensors that fit by name and shape
            count) or, for stage "blends", the blend detector.
        foundation: sizes of a foundation model that begins; of TIRM's own size it starts TIRM where `start` does not.
        trunk_rate: factor on the rate of DFREC's trunks; 0 freezes them.
        forgeries: how varied the forgeries are.
        losses: weights of DFREC's losses.
        perceptual: ImageNet weights; None takes the package's.
        pairs: packed pairs of published forgeries to learn from, in the stages of `OF_PAIRS`; None forges the corpus's
            faces.
    """

    corpus: FaceCorpus
    embedder: Path
    run: Path
    device: torch.device
    start: Path | None = None
    foundation: MaeConfig = field(default_factory=MaeConfig)
    trunk_rate: float = 1.0
    forgeries: ForgeryConfig = field(default_factory=ForgeryConfig)
    losses: LossWeights = field(default_factory=LossWeights)
    perceptual: Path | None = None
    pairs: Path | None = None


def _embedder_state(inputs: StageInputs) -> dict[str, torch.Tensor]:
    if not inputs.embedder.is_file():
        raise CaseError("no embedder weights", path=inputs.embedder, next_step="name the embedder's safetensors")
    return {name: tensor.float() for name, tensor in load_file(inputs.embedder).items()}


def _features(inputs: StageInputs) -> FaceFeatures:
    embedder = DlibResNet()
    embedder.load_state_dict(_embedder_state(inputs))
    return _placed(FaceFeatures(embedder), inputs.device)


def _placed(network: Network, device: torch.device) -> Network:
    return network.to(device).to(memory_format=torch.channels_last)


def _forgeries(inputs: StageInputs, faces: TrainingFaces) -> tuple[TrainingFaces, Forger]:
    """True faces, and what makes forgeries of them or knows published ones."""
    if inputs.pairs is None:
        path = inputs.run / IDENTITY_MODEL
        model = IdentityModel.load(path).to(inputs.device) if path.is_file() else None
        if model is None and inputs.forgeries.shift_share == 1:
            raise CaseError(
                "without blended forgeries nothing is left but shifted ones, which this run has no model for",
                path=path,
                next_step="run fit-identities for this run first",
            )
        return faces, ForgeryGenerator(faces.images, faces.landmarks, inputs.forgeries, model, _swapper(inputs, faces))
    pairs = PairedFaces(load_pairs(inputs.pairs), inputs.device, inputs.forgeries)
    return pairs.faces, pairs


def _swapper(inputs: StageInputs, faces: TrainingFaces) -> Swapper | None:
    """What stage "swap" of this run left, if it was trained."""
    path = inputs.run / f"{SwapTask.file}.pt"
    return Swapper.load(path, faces.centred, inputs.device) if path.is_file() else None


def _dfrec(inputs: StageInputs) -> CompactDfrec:
    network = CompactDfrec(CompactConfig())
    network.start_from_embedder(_embedder_state(inputs))
    if inputs.start is not None and not (inputs.run / "dfrec.pt").is_file():
        own = network.state_dict()
        given = {k: v.float() for k, v in load_file(inputs.start).items() if k in own and own[k].shape == v.shape}
        network.load_state_dict({**own, **given})
        if not any(name.startswith("context.") for name in given):
            network.context.start_from(network.sirm.target, network.target_head.own)
    elif inputs.foundation == FOUNDATIONS["tirm"] and (inputs.run / "mae.pt").is_file():
        network.tirm.start_from_foundation(averaged_weights(inputs.run, "mae"))
    return _placed(network, inputs.device)


def _part(stage: str) -> Callable[[StageInputs, TrainingFaces], Task[Any]]:
    """Stage "identity" or "map": of weights to start from that know surroundings, what those stand on is kept."""

    def make(inputs: StageInputs, faces: TrainingFaces) -> Task[Any]:
        if stage == "identity" and not inputs.losses.retrieval:
            raise CaseError("stage identity learns by the retrieval loss alone", next_step="keep that loss")
        faces, forger = _forgeries(inputs, faces)
        return RecoveryTask(
            stage,
            _dfrec(inputs),
            faces,
            forger,
            features=_features(inputs),
            trunk_rate=inputs.trunk_rate,
            weights=inputs.losses,
            keeps_surroundings=_knows_surroundings(inputs.start),
        )

    return make


def _knows_surroundings(start: Path | None) -> bool:
    if start is None:
        return False
    with safe_open(start, framework="pt") as given:
        return any(name.startswith("context.") for name in given.keys())  # noqa: SIM118 - no mapping


def _whole(inputs: StageInputs, faces: TrainingFaces) -> Task[Any]:
    attributes = AttributeHead()
    attributes.load_state_dict(averaged_weights(inputs.run, "attributes"))
    faces, forger = _forgeries(inputs, faces)
    return RecoveryTask(
        "whole",
        _dfrec(inputs),
        faces,
        forger,
        features=_features(inputs),
        perceptual=_placed(load_perceptual(inputs.perceptual), inputs.device),
        attributes=_placed(attributes.requires_grad_(False), inputs.device),
        trunk_rate=inputs.trunk_rate,
        weights=inputs.losses,
    )


def _context(inputs: StageInputs, faces: TrainingFaces) -> Task[Any]:
    forger = ForgeryGenerator(faces.images, faces.landmarks, inputs.forgeries)
    return ContextTask(_dfrec(inputs), faces, forger)


def _swap(inputs: StageInputs, faces: TrainingFaces) -> Task[Any]:
    sharp = ForgeryGenerator(faces.images, faces.landmarks, replace(inputs.forgeries, degrade_share=0.0))
    return SwapTask(_placed(SwapNetwork(), inputs.device), faces, sharp, _features(inputs))


def _attributes(inputs: StageInputs, faces: TrainingFaces) -> Task[Any]:
    forger = ForgeryGenerator(faces.images, faces.landmarks, ForgeryConfig(real_share=1.0, self_blend_share=0.0))
    return AttributeTask(_placed(AttributeHead(), inputs.device), faces, forger, _features(inputs))


def _generative(stage: str) -> Callable[[StageInputs, TrainingFaces], Task[Any]]:
    def make(inputs: StageInputs, faces: TrainingFaces) -> Task[Any]:
        is_first = stage == "foundation"
        network = FaceMae(inputs.foundation if is_first else foundation_sizes(inputs.run, inputs.foundation))
        if not is_first:
            network.load_state_dict(averaged_weights(inputs.run, "mae"))
        forger = ForgeryGenerator(faces.images, faces.landmarks, inputs.forgeries)
        return FoundationTask(stage, network.to(inputs.device), faces, forger)

    return make


def _inverse(inputs: StageInputs, faces: TrainingFaces) -> Task[Any]:
    faces, forger = _forgeries(inputs, faces)
    perceptual = _placed(load_perceptual(inputs.perceptual), inputs.device)
    return InverseMappingTask(_placed(PlainUnet(), inputs.device), faces, forger, perceptual)


def _blends(inputs: StageInputs, faces: TrainingFaces) -> Task[Any]:
    faces.prefer(SHARP_WEIGHT)
    network = BlendDetector()
    if inputs.start is not None:
        assign_weights(network, load_weights(inputs.start, sha256=None))
    else:
        network.start_from_imagenet(imagenet_weights(inputs.perceptual))
    blender = SelfBlender(PackedPhotographs(faces.images, faces.landmarks), inputs.forgeries)
    return BlendTask(_placed(network, inputs.device), faces, blender)


def _rffr(inputs: StageInputs, faces: TrainingFaces) -> Task[Any]:
    sizes = foundation_sizes(inputs.run, inputs.foundation)
    network = started(sizes, averaged_weights(inputs.run, "mae")).to(inputs.device)
    if inputs.pairs is None:
        halves = replace(inputs, forgeries=replace(inputs.forgeries, real_share=REAL_HALF))
        return RffrTask(network, *_forgeries(halves, faces))
    corpus = load_pairs(inputs.pairs)
    pairs = PairedFaces(corpus, inputs.device, inputs.forgeries, needs_truth=False, real_share=REAL_HALF)
    return RffrTask(network, pairs.faces, pairs)


STAGES: dict[str, Callable[[StageInputs, TrainingFaces], Task[Any]]] = {
    "attributes": _attributes,
    "foundation": _generative("foundation"),
    "blocks": _generative("blocks"),
    "swap": _swap,
    "identity": _part("identity"),
    "map": _part("map"),
    "whole": _whole,
    "context": _context,
    "rffr": _rffr,
    "blends": _blends,
    "inverse": _inverse,
}


def make_task(stage: str, inputs: StageInputs) -> Task[Any]:
    """The task of a stage, its network on the device, begun with what earlier stages of the run left.

    Raises:
        CaseError: an earlier stage is missing, or the stage cannot learn of published forgeries and is given some.
    """
    if inputs.pairs is not None and stage not in OF_PAIRS:
        known = ", ".join(OF_PAIRS)
        raise CaseError(
            f"stage {stage} learns of real faces with 68 landmarks, which published forgeries do not bring",
            path=inputs.pairs,
            next_step=f"leave --pairs out, or give it to: {known}",
        )
    torch.manual_seed(1)
    return STAGES[stage](inputs, TrainingFaces(inputs.corpus, inputs.device))


def fit_identities(corpus: FaceCorpus, run: Path) -> None:
    """Fit the identity model that shifted forgeries need, once a run; it stays in the run's folder."""
    faces = TrainingFaces(corpus, torch.device("cpu"))
    run.mkdir(parents=True, exist_ok=True)
    fit_identity_model(faces.images, faces.landmarks, faces.identity, faces.rows).save(run / IDENTITY_MODEL)
