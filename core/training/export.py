"""From a training run to what the application loads: float16 safetensors with a model card."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path

import torch

from core.errors import CaseError
from core.models.card import ModelCard, ModelKind
from core.models.compact import CompactConfig, CompactDfrec
from core.models.weights import save_weights

DATA = (
    "About 25,000 photographs of LFW (research use), MEBeauty (no licence stated), FFHQ at 256 px (CC BY-NC-SA), "
    "Families in the Wild (research use) and UTKFace (non-commercial research); a tenth of the identities, chosen by a "
    "hash of their names, never trained. Started from dlib's face recognition ResNet (CC0)."
)
TERMS = "Trained on data sets for research and non-commercial use: weights for research and evaluation only."


def export(run: Path, folder: Path, name: str, embedder_id: str, known_failures: tuple[str, ...]) -> ModelCard:
    """Write the averaged weights of a run as ``NAME.safetensors`` with ``NAME.json`` in `folder`.

    Raises:
        CaseError: the run holds no state.
    """
    path = run / "state.pt"
    if not path.is_file():
        raise CaseError("the run holds no state", path=run, next_step="train first")
    state = torch.load(path, map_location="cpu", weights_only=True)
    config = CompactConfig()
    CompactDfrec(config).load_state_dict(state["average"])
    file = f"{name}.safetensors"
    digest = save_weights(folder / file, state["average"], {"format": "unswap dfrec-compact"}, torch.float16)
    card = ModelCard(
        name=name,
        kind=ModelKind.DFREC_COMPACT,
        file=file,
        sha256=digest,
        terms=TERMS,
        description="Compact DFREC: identity map, recovered source and target, fake score, two identity vectors.",
        data=DATA,
        schedule=_schedule(run),
        config=tuple(asdict(config).items()),
        embedder_id=embedder_id,
        known_failures=known_failures,
    )
    card.write(folder)
    return card


def _schedule(run: Path) -> str:
    """One sentence a stage, read off the run's curve."""
    stages: dict[str, dict[str, float]] = {}
    faces: dict[str, float] = {}
    for line in (run / "curve.jsonl").read_text().splitlines():
        record = json.loads(line)
        stages[record["stage"]] = record
        faces[record["stage"]] = faces.get(record["stage"], 0) + record["batch"] * record["steps"]
    return " ".join(
        f"Stage {name!r}: {record['minutes']:.0f} minutes, {faces[name]:,.0f} faces, AdamW, bf16."
        for name, record in stages.items()
    )
