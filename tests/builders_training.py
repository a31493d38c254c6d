"""A training run's inputs, made by script: a packed corpus on disk and what a stage is made from."""

from pathlib import Path

import numpy as np
import torch

from core.training.corpus import FaceCorpus
from core.training.forgeries import ForgeryGenerator
from core.training.forgery_batch import ForgeryConfig
from core.training.stages import StageInputs
from tests.builders_faces import scripted_corpus

EMBEDDER = Path("resources/models/dlib-resnet-v1.safetensors").resolve()
CPU = torch.device("cpu")


def labelled_corpus(count: int = 48) -> FaceCorpus:
    """The scripted corpus with ages and genders on every third face."""
    corpus = scripted_corpus(count)
    knows = np.arange(count) % 3 == 0
    corpus.age[knows] = 20 + np.arange(count)[knows]
    corpus.gender[:] = np.where(knows, np.where(np.arange(count) % 2, "male", "female"), "")
    return corpus


def packed_corpus(folder: Path) -> Path:
    """The labelled corpus as `core.training.corpus.load` reads it."""
    corpus = labelled_corpus()
    folder.mkdir(parents=True)
    np.save(folder / "images.npy", corpus.images)
    np.savez(
        folder / "index.npz",
        landmarks68=corpus.landmarks68,
        landmarks5=corpus.landmarks5,
        embedding=corpus.embedding,
        sets=corpus.sets,
        identity=corpus.identity,
        family=corpus.family,
        group=corpus.group,
        age=corpus.age,
        gender=corpus.gender,
    )
    return folder


def stage_inputs(run: Path, corpus: FaceCorpus, start: Path | None = None) -> StageInputs:
    return StageInputs(corpus=corpus, embedder=EMBEDDER, run=run, device=CPU, start=start)


def forger(corpus: FaceCorpus, config: ForgeryConfig | None = None) -> ForgeryGenerator:
    return ForgeryGenerator(
        torch.from_numpy(corpus.images), torch.from_numpy(corpus.landmarks68), config or ForgeryConfig()
    )


def seeded(seed: int) -> torch.Generator:
    return torch.Generator().manual_seed(seed)
