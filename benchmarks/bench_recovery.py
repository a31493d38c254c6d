"""Recovery: ms a face of the compact configuration beside the paper's, in one run.

Usage: python benchmarks/bench_recovery.py [--batch 4] [--repeats 3] [--threads 2]

The paper configuration runs with random weights: its cost does not depend on them. Rows are the median of the
repeats, after one warm-up; the two networks take turns, so that a busy machine slows both.
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path
from statistics import median

import torch

from core.models.dfrec import OfficialDfrec
from core.models.registry import ModelRegistry
from core.recovery.loading import load_embedder, load_recoverer


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--batch", type=int, default=4)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--threads", type=int, default=2)
    args = parser.parse_args()
    torch.set_num_threads(args.threads)
    models = Path(__file__).resolve().parent.parent / "resources" / "models"
    registry = ModelRegistry(models, models)
    recoverer = load_recoverer(registry, "dfrec-compact", "cpu", load_embedder(registry, "dlib-resnet-v1", "cpu"))
    paper = OfficialDfrec().eval()
    crops = torch.randint(0, 255, (args.batch, 224, 224, 3), dtype=torch.uint8)
    images = crops.permute(0, 3, 1, 2).float() / 255
    ways = {
        "compact, with embedding of the input": lambda: recoverer.infer(crops.numpy(), None, 0),
        "paper configuration (ISM + SIRM + TIRM)": lambda: paper(images, torch.Generator().manual_seed(0)),
    }
    times: dict[str, list[float]] = {name: [] for name in ways}
    with torch.inference_mode():
        for turn in range(args.repeats + 1):
            for name, way in ways.items():
                begun = time.perf_counter()
                way()
                if turn:
                    times[name].append((time.perf_counter() - begun) / args.batch * 1e3)
    slowest = median(times["paper configuration (ISM + SIRM + TIRM)"])
    print(f"{'network':45s} {'ms a face':>10s} {'times faster':>13s}")
    for name, values in times.items():
        print(f"{name:45s} {median(values):10.1f} {slowest / median(values):13.1f}")


if __name__ == "__main__":
    main()
