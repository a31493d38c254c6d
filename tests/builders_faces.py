"""A corpus of faces drawn by script: waves for pictures, a plain face's landmarks, random vectors."""

import numpy as np

from core.training.corpus import FaceCorpus


def mean_face() -> np.ndarray:
    """68 points of a plain face in a 256 px square."""
    jaw = [(128 - 62 * np.cos(t), 118 + 88 * np.sin(t)) for t in np.linspace(0, np.pi, 17)]
    brows = [(78 + 9 * i, 98 - 3 * (2 - abs(i - 2))) for i in range(5)]
    brows += [(142 + 9 * i, 98 - 3 * (2 - abs(i - 2))) for i in range(5)]
    nose = [(128, 110 + 9 * i) for i in range(4)] + [(116 + 6 * i, 146 + 2 * (2 - abs(i - 2))) for i in range(5)]
    circle = np.linspace(np.pi, -np.pi, 7)[:6]
    eyes = [(x + 11 * np.cos(t), 112 - 5 * np.sin(t)) for x in (97, 159) for t in circle]
    outer = [(128 + 24 * np.cos(t), 170 - 9 * np.sin(t)) for t in np.linspace(np.pi, -np.pi, 13)[:12]]
    inner = [(128 + 15 * np.cos(t), 170 - 3 * np.sin(t)) for t in np.linspace(np.pi, -np.pi, 9)[:8]]
    return np.array(jaw + brows + nose + eyes + outer + inner, dtype=np.float32)


def scripted_corpus(count: int = 48) -> FaceCorpus:
    random = np.random.default_rng(0)
    marks = mean_face()[None] + random.normal(0, 1.5, (count, 68, 2)).astype(np.float32)
    y, x = np.mgrid[:256, :256]
    images = np.stack(
        [
            np.stack([128 + 90 * np.sin((x + y * k) / (9 + i % 7) + i) for k in (-1, 0.3, 1)], -1).astype(np.uint8)
            for i in range(count)
        ]
    )
    vectors = random.normal(size=(count, 128)).astype(np.float32)
    names = np.array([f"person/{i}" for i in range(count)])
    return FaceCorpus(
        images=images,
        landmarks68=marks.astype(np.float32),
        landmarks5=np.zeros((count, 5, 2), np.float32),
        embedding=vectors / np.linalg.norm(vectors, axis=1, keepdims=True),
        sets=np.array(["lfw"] * count),
        identity=names,
        family=names,
        group=np.array([""] * count),
        age=np.full(count, -1, np.int16),
        gender=np.array([""] * count, dtype="<U6"),
    )
