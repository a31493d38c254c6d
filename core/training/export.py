"""From a training run to what the application loads: float16 safetensors with a model card."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, TypeAlias

import torch
from torch import Tensor, nn

from core.errors import CaseError
from core.models.blend_detector import BlendDetector
from core.models.card import ModelCard, ModelKind
from core.models.compact import CompactConfig, CompactDfrec
from core.models.mae import MaeConfig
from core.models.rffr import Rffr
from core.models.weights import check_shapes, save_weights
from core.training.omissions import Omissions
from core.training.states import averaged_weights, saved_state

Sizes: TypeAlias = dict[str, Any]
"""Of a network by name: texts and numbers, as a model card takes them."""

DATA = (
    "About 25,000 photographs of LFW (research use), MEBeauty (no licence stated), FFHQ at 256 px (CC BY-NC-SA), "
    "Families in the Wild (research use) and UTKFace (non-commercial research); a tenth of the identities, chosen by a "
    "hash of their names, never trained."
)
TERMS = "Trained on data sets for research and non-commercial use: weights for research and evaluation only."


@dataclass(frozen=True, slots=True, kw_only=True)
class Shipment:
    """What is said of a network that leaves a run.

    Attributes:
        kind: which network.
        build: makes it of its sizes, on any device; its names and shapes are what the weights must have.
        description: of the model card.
        sizes: as the loader reads them back, where the run does not say with which ones the network was trained.
        origin: what its weights began with, a sentence; '' where they began anew.
    """

    kind: ModelKind
    build: Callable[[Sizes], nn.Module]
    description: str
    sizes: Sizes = field(default_factory=dict)
    origin: str = ""


SHIPMENTS: dict[str, Shipment] = {
    "dfrec": Shipment(
        kind=ModelKind.DFREC_COMPACT,
        build=lambda sizes: CompactDfrec(CompactConfig(**sizes)),
        description="Compact DFREC: identity map, recovered source and target, fake score, two identity vectors.",
        sizes=asdict(CompactConfig()),
        origin="Started from dlib's face recognition ResNet (CC0).",
    ),
    "blends": Shipment(
        kind=ModelKind.BLENDS,
        build=lambda _: BlendDetector(),
        description="Blend detector: tells a face from blends that hold the same face (self-blended images); its score "
        "is fused with that of the recovery network named in its config.",
        origin="Started from EfficientNet-Lite0 trained on ImageNet (Apache-2.0).",
    ),
    "rffr": Shipment(
        kind=ModelKind.RFFR,
        build=lambda sizes: Rffr(MaeConfig(**sizes)),
        description="RFFR: a masked autoencoder of real faces, and two branches that judge a face and what of it the "
        "autoencoder cannot rebuild; its score is fused with that of the recovery network named in its config.",
        sizes=asdict(MaeConfig()),
    ),
}
"""By the file that holds the network in the run's folder."""
COMPARED = ("dfrec", "mae", "dfi", "attributes", "rffr")
"""Networks of a run that the evaluation protocol measures beside the model, or measures with."""


def export(
    run: Path,
    folder: Path,
    name: str,
    embedder_id: str,
    known_failures: tuple[str, ...] = (),
    *,
    file: str = "dfrec",
    terms: str = TERMS,
    data: str = "",
) -> ModelCard:
    """Write a network's averaged weights as ``NAME.safetensors`` with ``NAME.json`` in `folder`.

    Args:
        run: folder of the training run.
        folder: where both files go.
        name: of the model.
        embedder_id: embedder whose space the network speaks; '' where it states no identities.
        known_failures: sentences for the card.
        file: which network of the run, see `SHIPMENTS`.
        terms: for the card.
        data: for the card; '' names the photographs of `pack` and what the weights began with.

    Raises:
        CaseError: the run does not hold that network, or it was trained with another shape.
    """
    if file not in SHIPMENTS:
        known = ", ".join(SHIPMENTS)
        raise CaseError(f"{file!r} is no network that can be exported", next_step=f"choose one of: {known}")
    shipment = SHIPMENTS[file]
    state = saved_state(run, file)
    weights: dict[str, Tensor] = state["average"]
    sizes: Sizes = state.get("sizes") or shipment.sizes
    _check(shipment, sizes, weights, run / f"{file}.pt")
    stored = f"{name}.safetensors"
    digest = save_weights(folder / stored, weights, {"format": f"unswap {shipment.kind}"}, torch.float16)
    card = ModelCard(
        name=name,
        kind=shipment.kind,
        file=stored,
        sha256=digest,
        terms=terms,
        description=shipment.description,
        data=data or f"{DATA} {shipment.origin}".rstrip(),
        schedule=schedule(run, state["history"]) + _left_out(run),
        config=tuple(sizes.items()),
        embedder_id=embedder_id,
        known_failures=known_failures,
    )
    card.write(folder)
    return card


def _left_out(run: Path) -> str:
    words = Omissions.of(run).words
    return f" Trained for an ablation: {words}." if words else ""


def export_for_comparison(run: Path, file: str, out: Path) -> str:
    """Write a network's averaged weights as safetensors, without a model card: for the protocol, not for the shelf.

    Args:
        run: folder of the training run.
        file: one of `COMPARED`.
        out: file to write.

    Returns:
        SHA-256 of the file, hexadecimal.

    Raises:
        CaseError: the run does not hold that network, or it is none that is compared.
    """
    if file not in COMPARED:
        known = ", ".join(COMPARED)
        raise CaseError(f"{file!r} is no network that is compared", next_step=f"choose one of: {known}")
    return save_weights(out, averaged_weights(run, file), {"format": f"unswap {file}, for comparison"})


def _check(shipment: Shipment, sizes: Sizes, weights: dict[str, Tensor], path: Path) -> None:
    with torch.device("meta"):
        expected = {name: tensor.shape for name, tensor in shipment.build(sizes).state_dict().items()}
    check_shapes(expected, weights, path)


def schedule(run: Path, stages: list[str]) -> str:
    """How a network was trained, one sentence a stage, read off the run's curve.

    A run that was killed and resumed repeats steps; what was lost does not count.

    Args:
        run: folder of the run.
        stages: that trained the network.
    """
    curve = run / "curve.jsonl"
    trained: list[tuple[str, list[dict[str, float]]]] = []
    for line in curve.read_text().splitlines() if curve.is_file() else ():
        record = json.loads(line)
        stage = record.pop("stage")
        if stage not in stages:
            continue
        if not trained or trained[-1][0] != stage:
            trained.append((stage, []))
        kept = trained[-1][1]
        while kept and kept[-1]["step"] > record["step"] - record["steps"]:
            kept.pop()
        kept.append(record)
    return " ".join(
        f"Stage {stage!r}: {kept[-1]['minutes']:.0f} minutes, "
        f"{sum(r['batch'] * r['steps'] for r in kept):,.0f} faces, AdamW."
        for stage, kept in trained
    )
