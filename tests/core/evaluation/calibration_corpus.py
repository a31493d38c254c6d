"""Invented validation people with known vectors, and a recoverer that says what it is told."""

import hashlib
from dataclasses import replace

import numpy as np

from core.recovery.recoverer import RecoveryArrays
from core.training.corpus import VALIDATION_PERCENT, FaceCorpus
from tests.builders_faces import scripted_corpus


def unit(vectors: np.ndarray) -> np.ndarray:
    return (vectors / np.linalg.norm(vectors, axis=-1, keepdims=True)).astype(np.float32)


def held_out_names(count: int) -> list[str]:
    """Names of people that the split takes for validation."""
    names, number = [], 0
    while len(names) < count:
        name = f"person/{number}"
        if int(hashlib.sha256(name.encode()).hexdigest()[:8], 16) % 100 < VALIDATION_PERCENT:
            names.append(name)
        number += 1
    return names


def people_corpus(n_people: int = 40, photos: int = 2, dim: int = 16, spread: float = 0.15) -> FaceCorpus:
    """`photos` photographs of each of `n_people` validation people, who are no relatives; two groups."""
    random = np.random.default_rng(4)
    person = np.repeat(np.arange(n_people), photos)
    names = np.array(held_out_names(n_people))[person]
    truth = unit(random.normal(size=(n_people, dim)))
    vectors = unit(truth[person] + random.normal(0, spread, (len(person), dim)))
    return replace(
        scripted_corpus(len(person)),
        embedding=vectors,
        identity=names,
        family=names,
        group=np.where(person % 2, "female_asian", "black"),
    )


class ToldRecoverer:
    """Answers with vectors drawn around one direction; `infer` alone is what measuring needs."""

    embedder_id = "e:1"
    weights_sha256 = "c" * 64
    companion = None

    def __init__(self, dim: int) -> None:
        self._random = np.random.default_rng(1)
        self._dim = dim

    def infer(self, crops: np.ndarray, landmarks: np.ndarray | None, seed: int) -> RecoveryArrays:
        count = len(crops)

        def drawn() -> np.ndarray:
            return unit(self._random.normal(size=(count, self._dim)))

        picture = np.zeros((count, 3, 224, 224), np.float32)
        return RecoveryArrays(
            source_image=picture,
            target_image=picture,
            map=picture[:, :1],
            fake_score=self._random.random(count).astype(np.float32),
            dfrec_score=np.zeros(count, np.float32),
            companion_score=np.full(count, np.nan, np.float32),
            input=drawn(),
            source=drawn(),
            target=drawn(),
            surroundings=drawn(),
        )
