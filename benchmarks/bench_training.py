"""What a training step costs, a stage at a time, and what batching RFFR's residuals gains.

    python -m benchmarks.bench_training

Faces are noise with landmarks of a mean face: speed does not depend on what they show. Ratios are of one run, side by
side.
"""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch

from core.models.mae import FaceMae, pictures_of
from core.models.rffr import N_BLOCKS, block_places, residual, visible_without
from core.training.corpus import FaceCorpus
from core.training.engine import TrainConfig, Trainer
from core.training.stages import StageInputs, fit_identities, make_task

EMBEDDER = Path("resources/models/dlib-resnet-v1.safetensors")
ORDER = ("attributes", "foundation", "blocks", "identity", "rffr")
FACES, BATCH, STEPS = 256, 16, 4


def noise_corpus() -> FaceCorpus:
    """256 pictures of noise, two of each person."""
    random = np.random.default_rng(0)
    angle = np.linspace(0, np.pi, 17)
    jaw = np.stack([128 - 70 * np.cos(angle), 120 + 80 * np.sin(angle)], 1)
    inner = np.stack([128 + random.uniform(-50, 50, 51), random.uniform(90, 180, 51)], 1)
    for eye, x in ((slice(19, 25), 98), (slice(25, 31), 158)):  # by which faces are framed
        inner[eye] = random.normal((x, 110), 4, (6, 2))
    marks = np.concatenate([jaw, inner])[None] + random.normal(0, 2, (FACES, 68, 2))
    vectors = random.normal(size=(FACES, 128)).astype(np.float32)
    people = np.array([f"person/{i // 2}" for i in range(FACES)])
    return FaceCorpus(
        images=random.integers(0, 256, (FACES, 256, 256, 3), dtype=np.uint8),
        landmarks68=marks.astype(np.float32),
        landmarks5=np.zeros((FACES, 5, 2), np.float32),
        embedding=vectors / np.linalg.norm(vectors, axis=1, keepdims=True),
        sets=np.array(["lfw"] * FACES),
        identity=people,
        family=people,
        group=np.array([""] * FACES),
        age=np.full(FACES, 30, np.int16),
        gender=np.array(["male"] * FACES),
    )


def stage_costs(device: torch.device) -> None:
    """Milliseconds a face of drawing and of a whole step."""
    corpus = noise_corpus()
    with tempfile.TemporaryDirectory() as folder:
        run = Path(folder)
        fit_identities(corpus, run)
        for stage in ORDER:
            inputs = StageInputs(corpus=corpus, embedder=EMBEDDER, run=run, device=device)
            config = TrainConfig(steps=1000, batch=BATCH)
            trainer = Trainer(make_task(stage, inputs), run, config, device)
            trainer.task.network.train()
            trainer.train_step()
            records = [trainer.train_step() for _ in range(STEPS)]
            draw = np.mean([r["draw_ms"] for r in records]) / BATCH
            whole = 1e3 / np.mean([r["faces_s"] for r in records])
            print(f"{stage:12s} draw {draw:6.1f} ms a face   step {whole:6.1f} ms a face   {1e3 / whole:6.1f} faces/s")
            trainer.save()


def residual_gain(device: torch.device) -> None:
    """All blocks of all faces in one call, beside one block after the other."""
    mae = FaceMae().to(device).eval()
    images = torch.rand(4, 3, 224, 224, device=device)
    every = torch.arange(N_BLOCKS, device=device)

    def one_by_one() -> None:
        for block in range(N_BLOCKS):
            keep = visible_without(block_places()[block : block + 1].to(device)).expand(len(images), -1)
            pictures_of(mae(images, keep))

    with torch.inference_mode():
        together, apart = _seconds(lambda: residual(mae, images, every)), _seconds(one_by_one)
    print(
        f"residual of a face: {1e3 * together / 4:.0f} ms in one call, {1e3 * apart / 4:.0f} ms block by block, ",
        end="",
    )
    print(f"{apart / together:.2f} x")


def _seconds(work: Callable[[], object]) -> float:
    work()
    begun = time.perf_counter()
    for _ in range(3):
        work()
    return (time.perf_counter() - begun) / 3


def main() -> int:
    """Print both tables."""
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    print(f"{device}, {torch.get_num_threads()} threads")
    stage_costs(device)
    residual_gain(device)
    return 0


if __name__ == "__main__":
    sys.exit(main())
