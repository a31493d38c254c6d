"""``python -m core.evaluation --faces PACKED``: measure a model, fill in its card, write its calibration.

With ``--surroundings`` first teach the model's weights whether an inner face and its surroundings are one person's, and
fit how much surroundings count (after training its stage "context"). With ``--swaps FOLDER`` rank published swaps
instead, among 1,000 validation photographs, and change nothing.
"""

from __future__ import annotations

import argparse
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np

from core.aggregation.calibration import load_calibration, write_calibration
from core.domain.calibration import Calibration
from core.domain.comparison import Comparison
from core.errors import CaseError
from core.evaluation.calibrate import CalibrationPlan, calibrate
from core.evaluation.fake_rates import FakeScores
from core.evaluation.fusion import fuse
from core.evaluation.published import Strangers, SwapRank, SwapTrial
from core.evaluation.surroundings import fit_surroundings
from core.evaluation.validation import figures_of, run_trials
from core.models.allowlist import allow
from core.models.registry import ModelRegistry
from core.models.weights import sha256_of
from core.recovery.loading import load_detector, load_embedder, load_recoverer, load_surroundings, pick_device
from core.recovery.recoverer import FaceRecoverer
from core.training import corpus

STRANGERS = 1000


def main() -> int:
    """Parse the command line and run; returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m core.evaluation", description=__doc__)
    parser.add_argument("--faces", type=Path, required=True, help="packed faces")
    parser.add_argument("--models", type=Path, default=Path("resources/models"))
    parser.add_argument("--model", default="dfrec-compact")
    parser.add_argument("--embedder", default="dlib-resnet-v1")
    parser.add_argument("--count", type=int, default=1536, help="faces to recover for the card")
    plan = CalibrationPlan()
    parser.add_argument("--pairs", type=int, default=plan.pairs, help="pairs to calibrate on, 16 faces each")
    parser.add_argument("--group-pairs", type=int, default=plan.group_pairs, help="pairs of named groups, 2 faces each")
    parser.add_argument("--seed", type=int, default=20)
    parser.add_argument("--device", default="auto")
    parser.add_argument("--swaps", type=Path, help="folder of case folders with source.*, target.* and swap*.*")
    parser.add_argument(
        "--surroundings", action="store_true", help="learn and fit what a face's surroundings count, and stop"
    )
    parser.add_argument(
        "--fuse",
        metavar="COMPANION",
        help="fit a companion to the model, in its card, and stop",
    )
    args = parser.parse_args()
    try:
        registry = ModelRegistry(args.models, args.models)
        if args.surroundings:
            print(fit_surroundings(registry, args.models, args.model, corpus.load(args.faces), args.seed + 2))
            return 0
        device = pick_device(args.device)
        embedder = load_embedder(registry, args.embedder, device)
        recoverer = load_recoverer(registry, args.model, device, embedder)
        if args.swaps is not None:
            faces = corpus.load(args.faces)
            reader = load_surroundings(registry, args.model, device)
            rows = np.random.default_rng(args.seed).permutation(np.flatnonzero(faces.is_validation))[:STRANGERS]
            measured = load_calibration(args.models / "calibration.json")
            strangers = Strangers.of(faces, rows, comparison_of(measured, recoverer), reader)
            trial = SwapTrial(load_detector(registry, "mtcnn", device), embedder, recoverer, strangers, args.seed)
            _print_swaps(trial.run(args.swaps))
            return 0
        faces = corpus.load(args.faces)
        if args.fuse is not None:
            print(fuse(registry, args.models, args.fuse, recoverer, faces, args.seed + 1))
            return 0
        reader = load_surroundings(registry, args.model, device)
        trials = run_trials(recoverer, faces, args.count, args.seed)
        fake = FakeScores.of(trials, faces)
        plan = CalibrationPlan(pairs=args.pairs, group_pairs=args.group_pairs, seed=args.seed)
        calibration = calibrate(recoverer, faces, fake, plan, reader)
        figures = figures_of(trials, faces, calibration.comparison, reader)
        replace(registry.find(args.model), figures=figures).write(args.models)
        written = args.models / "calibration.json"
        write_calibration(calibration, written)
        allow(args.models, {written.name: sha256_of(written)})
    except CaseError as error:
        print(error, file=sys.stderr)
        return error.exit_code
    for figure in figures:
        none = "" if figure.none_row is None else f"   None {figure.none_row:.4f}"
        print(f"{figure.measure:75s} {figure.value:.4f}{none}   n {figure.n}")
    return 0


def comparison_of(measured: Calibration, recoverer: FaceRecoverer) -> Comparison:
    """The rule by which the application compares what these weights state; the plain one where others were measured."""
    second = recoverer.companion.weights_sha256 if recoverer.companion is not None else ""
    return measured.for_run(recoverer.weights_sha256, recoverer.embedder_id, second).comparison


def _print_swaps(results: list[SwapRank]) -> None:
    for r in results:
        print(
            f"{r.name:60s} source {r.source:4d} (None {r.none_source:4d})  "
            f"target {r.target:4d} (face {r.target_face:4d}, None {r.none_target:4d})  fake {r.fake_score:.2f}"
        )
    for label, ranks in (
        ("source, recovered", [r.source for r in results]),
        ("source, None", [r.none_source for r in results]),
        ("target, recovered", [r.target for r in results]),
        ("target, face alone", [r.target_face for r in results]),
        ("target, None", [r.none_target for r in results]),
    ):
        values = np.array(ranks)
        first, five = 100 * np.mean(values <= 1), 100 * np.mean(values <= 5)
        print(
            f"{label:20s} first {first:.0f} %  first five {five:.0f} %  median {np.median(values):.0f}  n {len(values)}"
        )


if __name__ == "__main__":
    sys.exit(main())
