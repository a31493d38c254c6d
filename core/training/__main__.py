"""``python -m core.training pack|train``: prepare faces and train the compact DFREC."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import torch

from core.errors import CaseError
from core.training import corpus
from core.training.engine import STAGES, TrainConfig, Trainer


def main() -> int:
    """Parse the command line and run; returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m core.training", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    packing = commands.add_parser("pack", help="decode face shards into arrays")
    packing.add_argument("folder", type=Path)
    packing.add_argument("out", type=Path)
    training = commands.add_parser("train", help="train one stage; resumes the run's folder")
    training.add_argument("stage", choices=STAGES)
    training.add_argument("--faces", type=Path, required=True, help="packed faces")
    training.add_argument("--embedder", type=Path, required=True, help="safetensors of the CC0 embedder")
    training.add_argument("--run", type=Path, required=True, help="folder for state and curves")
    training.add_argument("--minutes", type=float, required=True)
    training.add_argument("--batch", type=int, default=64)
    training.add_argument("--rate", type=float, default=4e-4)
    training.add_argument("--trunk-rate", type=float, default=1.0)
    training.add_argument("--device", default="cuda" if torch.cuda.is_available() else "cpu")
    args = parser.parse_args()
    try:
        if args.command == "pack":
            corpus.pack(args.folder, args.out)
            return 0
        config = TrainConfig(
            stage=args.stage,
            minutes=args.minutes,
            batch=args.batch,
            learning_rate=args.rate,
            trunk_rate=args.trunk_rate,
        )
        trainer = Trainer(corpus.load(args.faces), args.embedder, args.run, config, torch.device(args.device))
        for record in trainer.run_stage():
            print("  ".join(f"{k} {v:.4g}" for k, v in record.items()), flush=True)
    except CaseError as error:
        print(error, file=sys.stderr)
        return error.exit_code
    return 0


if __name__ == "__main__":
    sys.exit(main())
