"""``python -m core.evaluation --faces PACKED --models FOLDER --model NAME``: measure a model, fill in its card and
write the table of error rates beside it."""

from __future__ import annotations

import argparse
import sys
from dataclasses import replace
from pathlib import Path

from core.errors import CaseError
from core.evaluation.validation import validate
from core.models.registry import ModelRegistry
from core.recovery.loading import load_embedder, load_recoverer, pick_device
from core.training import corpus


def main() -> int:
    """Parse the command line and run; returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m core.evaluation", description=__doc__)
    parser.add_argument("--faces", type=Path, required=True, help="packed faces")
    parser.add_argument("--models", type=Path, default=Path("resources/models"))
    parser.add_argument("--model", default="dfrec-compact")
    parser.add_argument("--embedder", default="dlib-resnet-v1")
    parser.add_argument("--count", type=int, default=1536, help="faces to recover")
    parser.add_argument("--seed", type=int, default=20)
    parser.add_argument("--device", default="auto")
    args = parser.parse_args()
    try:
        registry = ModelRegistry(args.models, args.models)
        device = pick_device(args.device)
        embedder = load_embedder(registry, args.embedder, device)
        recoverer = load_recoverer(registry, args.model, device, embedder)
        measured = validate(recoverer, corpus.load(args.faces), args.count, args.seed)
        replace(registry.find(args.model), figures=measured.figures).write(args.models)
        measured.calibration.write(args.models / "calibration.json")
    except CaseError as error:
        print(error, file=sys.stderr)
        return error.exit_code
    for figure in measured.figures:
        none = "" if figure.none_row is None else f"   None {figure.none_row:.4f}"
        print(f"{figure.measure:75s} {figure.value:.4f}{none}   n {figure.n}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
