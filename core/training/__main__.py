"""``python -m core.training pack|pack-list|overlap|train|export|weights``: prepare faces, train by stages, ship."""

from __future__ import annotations

import argparse
import sys
from dataclasses import fields, replace
from pathlib import Path

import torch

from core.errors import CaseError
from core.models.embedder import DlibEmbedder
from core.models.embedding import embedder_id
from core.models.registry import ModelRegistry
from core.models.weights import load_weights, sha256_of
from core.recovery.loading import load_detector
from core.training import corpus
from core.training.engine import TrainConfig, Trainer
from core.training.export import COMPARED, SHIPMENTS, export, export_for_comparison
from core.training.forgery_batch import ForgeryConfig
from core.training.lists import LAYOUTS, read_list
from core.training.omissions import LEARNT_FROM, Omissions
from core.training.pair_packing import pack_pairs
from core.training.recovery_task import LossWeights, RecoveryTask
from core.training.samples import draw_curves
from core.training.stages import FOUNDATIONS, STAGES, StageInputs, fit_identities, make_task
from core.training.world import World, training_device

OF_DFREC = ("identity", "map", "whole")
"""Stages whose losses can be left out."""


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m core.training", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    packing = commands.add_parser("pack", help="decode face shards into arrays")
    packing.add_argument("folder", type=Path)
    packing.add_argument("out", type=Path)
    listing = commands.add_parser("pack-list", help="find the faces of a published data set of forgeries")
    listing.add_argument("layout", choices=LAYOUTS)
    listing.add_argument("folder", type=Path, help="its root as its authors lay it out; for rffr a list or a folder")
    listing.add_argument("out", type=Path)
    listing.add_argument("--frames", type=int, default=8, help="pictures of a clip at most")
    listing.add_argument("--embedder", type=Path, default=Path("resources/models/dlib-resnet-v1.safetensors"))
    listing.add_argument("--device", default="cuda" if torch.cuda.is_available() else "cpu")
    overlap = commands.add_parser("overlap", help="how many validation photographs are like a training photograph")
    overlap.add_argument("faces", type=Path, help="packed faces")
    fitting = commands.add_parser("fit-identities", help="fit the model that forgeries without a seam need")
    fitting.add_argument("--faces", type=Path, required=True, help="packed faces")
    fitting.add_argument("--run", type=Path, required=True, help="folder of the run")
    training = commands.add_parser("train", help="train one stage; resumes the run's folder")
    training.add_argument("stage", choices=STAGES)
    training.add_argument("--faces", type=Path, required=True, help="packed faces")
    training.add_argument("--embedder", type=Path, required=True, help="safetensors of the CC0 embedder")
    training.add_argument("--run", type=Path, required=True, help="folder for states, curves and sample grids")
    length = training.add_mutually_exclusive_group(required=True)
    length.add_argument("--minutes", type=float, default=0.0)
    length.add_argument("--steps", type=int, default=0)
    training.add_argument("--batch", type=int, default=64)
    training.add_argument("--rate", type=float, default=4e-4)
    training.add_argument("--trunk-rate", type=float, default=1.0, help="factor for what starts as the embedder")
    training.add_argument("--start", type=Path, help="safetensors to begin with")
    training.add_argument("--pairs", type=Path, help="packed published forgeries, in place of forged faces")
    training.add_argument(
        "--foundation",
        choices=FOUNDATIONS,
        default="small",
        help="small: fast enough for RFFR on a processor; tirm: the size that can start DFREC's TIRM",
    )
    training.add_argument("--compile", action="store_true", help="torch.compile; pays on an accelerator")
    training.add_argument(
        "--leave-out",
        action="append",
        default=[],
        choices=LEARNT_FROM,
        help="family of forgeries that this run never sees, to be measured on it; may be repeated",
    )
    training.add_argument(
        "--without-loss",
        action="append",
        default=[],
        choices=[loss.name for loss in fields(LossWeights)],
        help="loss of DFREC that is left out, for an ablation; may be repeated",
    )
    training.add_argument("--device", default="cuda" if torch.cuda.is_available() else "cpu")
    exporting = commands.add_parser("export", help="write a run's averaged weights with their model card")
    exporting.add_argument("--run", type=Path, required=True)
    exporting.add_argument("--models", type=Path, default=Path("resources/models"))
    exporting.add_argument("--name", default="dfrec-compact")
    exporting.add_argument("--embedder", default="dlib-resnet-v1", help="embedder whose space the heads speak")
    exporting.add_argument("--network", choices=SHIPMENTS, default="dfrec", help="which network of the run")
    exporting.add_argument("--failure", action="append", default=[], help="a known failure, one sentence")
    comparing = commands.add_parser("weights", help="write a run's averaged weights alone, for `evaluate` to compare")
    comparing.add_argument("--run", type=Path, required=True)
    comparing.add_argument("--network", choices=COMPARED, required=True, help="which network of the run")
    comparing.add_argument("out", type=Path, help="safetensors to write")
    return parser


def main() -> int:
    """Parse the command line and run; returns the exit code."""
    args = _parser().parse_args()
    try:
        if args.command == "pack":
            corpus.pack(args.folder, args.out)
            return 0
        if args.command == "pack-list":
            _pack_list(args)
            return 0
        if args.command == "overlap":
            nearest = corpus.load(args.faces).nearest_in_training()
            for cosine in (0.7, 0.75, 0.8, 0.85, 0.9, 0.95):
                print(f"{cosine:.2f}  {int((nearest >= cosine).sum())} of {len(nearest)}")
            return 0
        if args.command == "fit-identities":
            fit_identities(corpus.load(args.faces), args.run)
            return 0
        if args.command == "export":
            card = ModelRegistry(args.models, args.models).find(args.embedder)
            speaks = embedder_id(card.name, card.sha256) if args.network == "dfrec" else ""
            made = export(args.run, args.models, args.name, speaks, tuple(args.failure), file=args.network)
            print(made.to_json())
            return 0
        if args.command == "weights":
            print(export_for_comparison(args.run, args.network, args.out))
            return 0
        _train(args)
    except CaseError as error:
        print(error, file=sys.stderr)
        return error.exit_code
    return 0


def _pack_list(args: argparse.Namespace) -> None:
    embedder = DlibEmbedder(
        name=args.embedder.stem,
        sha256=sha256_of(args.embedder),
        tensors=load_weights(args.embedder, sha256=None),
        device=args.device,
    )
    records = read_list(args.layout, args.folder)
    beside = ModelRegistry(args.embedder.parent, args.embedder.parent)
    detector = load_detector(beside, "mtcnn", args.device)
    print(pack_pairs(records, args.out, detector, embedder, name=args.layout, frames=args.frames))


def _train(args: argparse.Namespace) -> None:
    omissions = Omissions(families=tuple(sorted({*args.leave_out})), losses=tuple(sorted({*args.without_loss})))
    if args.leave_out and args.pairs is not None:
        raise CaseError(
            "published forgeries are of no family of ours", next_step="give --leave-out or --pairs, not both"
        )
    if args.without_loss and args.stage not in OF_DFREC:
        known = ", ".join(OF_DFREC)
        raise CaseError(f"stage {args.stage} has none of these losses", next_step=f"leave losses out of: {known}")
    if args.stage in OF_DFREC:
        omissions.bind(args.run, RecoveryTask.file)
    device = training_device(args.device)
    world = World.joined(device)
    inputs = StageInputs(
        corpus=corpus.load(args.faces),
        embedder=args.embedder,
        run=args.run,
        device=device,
        start=args.start,
        trunk_rate=args.trunk_rate,
        pairs=args.pairs,
        foundation=FOUNDATIONS[args.foundation],
        forgeries=ForgeryConfig().without({LEARNT_FROM[name] for name in omissions.families}),
        losses=replace(LossWeights(), **dict.fromkeys(omissions.losses, 0.0)),
    )
    config = TrainConfig(
        minutes=args.minutes, steps=args.steps, batch=args.batch, learning_rate=args.rate, compile=args.compile
    )
    trainer = Trainer(make_task(args.stage, inputs), args.run, config, device, world)
    for record in trainer.run_stage():
        if world.rank == 0:
            print("  ".join(f"{k} {v:.4g}" for k, v in record.items()), flush=True)
    if world.rank == 0:
        draw_curves(args.run)
    world.leave()


if __name__ == "__main__":
    sys.exit(main())
