"""What a run of the evaluation protocol needs, by script: packed faces and a network that has learnt nothing."""

import shutil
from dataclasses import asdict
from pathlib import Path

import numpy as np
import torch

from core.evaluation.protocol.settings import ProtocolSettings
from core.models.card import ModelCard, ModelKind, read_card
from core.models.compact import CompactConfig, CompactDfrec
from core.models.embedding import embedder_id
from core.models.registry import ModelRegistry
from core.models.weights import save_weights
from tests.builders_faces import scripted_corpus

SHIPPED = Path(__file__).resolve().parents[1] / "resources" / "models"
EMBEDDER, DETECTOR, MODEL = "dlib-resnet-v1", "mtcnn", "dfrec-compact"


def untrained_network() -> CompactDfrec:
    torch.manual_seed(0)
    return CompactDfrec(CompactConfig(depth=1, decoder_depth=1)).eval()


def untrained_models(folder: Path) -> ModelRegistry:
    """The shipped embedder and detector, and a small recovery network of random weights."""
    folder.mkdir(parents=True)
    for name in (EMBEDDER, DETECTOR):
        card = read_card(SHIPPED / f"{name}.json")
        shutil.copy(SHIPPED / card.file, folder)
        card.write(folder)
    network = untrained_network()
    digest = save_weights(folder / f"{MODEL}.safetensors", network.state_dict(), {}, None)
    ModelCard(
        name=MODEL,
        kind=ModelKind.DFREC_COMPACT,
        file=f"{MODEL}.safetensors",
        sha256=digest,
        terms="none: random numbers",
        config=tuple(asdict(network.config).items()),
        embedder_id=embedder_id(EMBEDDER, read_card(folder / f"{EMBEDDER}.json").sha256),
    ).write(folder)
    return ModelRegistry(folder, folder)


def packed_faces(folder: Path, count: int = 96) -> Path:
    """The scripted corpus as `core.training.corpus.load` reads it."""
    corpus = scripted_corpus(count)
    folder.mkdir(parents=True)
    np.save(folder / "images.npy", corpus.images)
    names = ("landmarks68", "landmarks5", "embedding", "sets", "identity", "family", "group", "age", "gender")
    np.savez(folder / "index.npz", **{name: getattr(corpus, name) for name in names})
    return folder


def settings(folder: Path, **changes: object) -> ProtocolSettings:
    """A small run on `folder`/packed into `folder`/out."""
    wanted: dict[str, object] = {"faces": folder / "packed", "out": folder / "out", "count": 8, "seed": 3}
    return ProtocolSettings(**(wanted | changes))  # type: ignore[arg-type]
