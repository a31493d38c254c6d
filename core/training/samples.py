"""What a run shows while it goes on: a grid of sample pictures and its curves."""

from __future__ import annotations

import json
from pathlib import Path

import torch
from torch import Tensor


def write_grid(path: Path, rows: list[Tensor]) -> None:
    """Write rows of pictures, each (n, 3, H, W) in [0, 1], as one JPEG; replaced when it exists."""
    from torchvision.io import write_jpeg

    path.parent.mkdir(parents=True, exist_ok=True)
    lines = [torch.cat(list(row.float().cpu().clamp(0, 1)), 2) for row in rows]
    width = min(line.shape[2] for line in lines)
    grid = torch.cat([line[:, :, :width] for line in lines], 1)
    write_jpeg((grid * 255).round().to(torch.uint8), str(path), quality=85)


def draw_curves(run: Path) -> Path:
    """Draw every loss of ``curve.jsonl`` over minutes, a panel a stage; returns the picture's path."""
    from matplotlib.figure import Figure

    stages: dict[str, list[dict[str, float]]] = {}
    for line in (run / "curve.jsonl").read_text().splitlines():
        record = json.loads(line)
        stages.setdefault(record.pop("stage"), []).append(record)
    aside = {"step", "steps", "batch", "minutes", "minutes_left", "draw_ms", "faces_s"}
    figure = Figure(figsize=(7, 3 * len(stages)), layout="constrained")
    for axes, (stage, records) in zip(figure.subplots(len(stages), squeeze=False)[:, 0], stages.items(), strict=True):
        for name in (key for key in records[0] if key not in aside):
            axes.plot([r["minutes"] for r in records], [r.get(name, float("nan")) for r in records], label=name)
        axes.set(title=stage, xlabel="minutes", ylabel="loss", yscale="log")
        axes.legend(fontsize=6, ncol=3)
    path = run / "curve.png"
    figure.savefig(path, dpi=110)
    return path
