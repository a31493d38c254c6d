"""`models`: the weights files that come with the application and those that the user brought."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from app.arguments import new_command
from app.assembly import build_registry
from app.settings import Folders
from app.terminal import JsonValue, Terminal, table
from core.errors import ModelError

if TYPE_CHECKING:
    from app.arguments import Subparsers
    from core.models.card import ModelCard


def add_parser(subparsers: Subparsers, common: ArgumentParser) -> None:
    """Add the command and its subcommands."""
    parser = new_command(
        subparsers,
        common,
        "models",
        summary="list, import and check weights",
        description="Lists, imports and checks the weights of the networks.",
        examples="  unswap models list\n  unswap models import dfrec_ffpp.pth --name dfrec-paper\n"
        "  unswap models verify",
    )
    actions = parser.add_subparsers(title="actions", dest="action", metavar="ACTION", required=True)
    listing = new_command(
        actions,
        common,
        "list",
        summary="what there is",
        description="Lists every model: name, kind, terms, description.",
        examples="  unswap models list\n  unswap models list --json",
    )
    listing.set_defaults(run=list_models)
    importing = new_command(
        actions,
        common,
        "import",
        summary="bring a weights file",
        description="Checks a weights file, converts it to safetensors and stores it with a card in your folder.\n"
        "Known are the official DFREC checkpoint (.pth), FaceNet's state dict (.pt), insightface's\n"
        "recognition and detection models (.onnx), and a model of this application (.safetensors with\n"
        "its .json). The file is read in a confined process; nothing in a pickle is run.",
        examples="  unswap models import dfrec_ffpp.pth\n  unswap models import dfrec_ffpp.pth --name paper --half\n"
        "  unswap models import 20180402-114759-vggface2.pt --name facenet",
    )
    importing.add_argument("file", type=Path, metavar="FILE", help="the weights file; it is only read")
    importing.add_argument("--name", help="name of the new model; made from the file's name when left out")
    importing.add_argument("--half", action="store_true", help="store an official checkpoint as float16: half the size")
    importing.set_defaults(run=import_model)
    verifying = new_command(
        actions,
        common,
        "verify",
        summary="check every file",
        description="Compares the SHA-256 of every weights file and card with the list of allowed files, and names\n"
        "files that are not on it. Exit code 30 when there is one, or one differs.",
        examples="  unswap models verify",
    )
    verifying.set_defaults(run=verify_models)


def list_models(_: Namespace, folders: Folders, terminal: Terminal) -> int:
    """`models list`."""
    cards = build_registry(folders).list()
    rows = [("NAME", "KIND", "TERMS", "DESCRIPTION")]
    rows += [(card.name, card.kind.value, _short(card.terms), _short(card.description, 70)) for card in cards]
    for line in table(rows):
        terminal.say(line)
    if not cards:
        terminal.say("(no model)")
    terminal.record({"models": [card_record(card) for card in cards]})
    return 0


def import_model(args: Namespace, folders: Folders, terminal: Terminal) -> int:
    """`models import`."""
    import torch

    dtype = torch.float16 if args.half else torch.float32
    card = build_registry(folders).import_checkpoint(args.file, name=args.name, dtype=dtype)
    terminal.say(f"{card.name}: {card.description or card.kind.value}")
    terminal.say(f"terms: {card.terms}")
    terminal.say(f"SHA-256: {card.sha256}")
    use = "gallery add --embedder"
    if card.kind.is_recovery or card.kind.is_detector:
        use = "--model" if card.kind.is_recovery else "--detector"
    terminal.say(f"use it with: {use} {card.name}")
    terminal.record({"imported": card_record(card)})
    return 0


def verify_models(_: Namespace, folders: Folders, terminal: Terminal) -> int:
    """`models verify`."""
    statuses = build_registry(folders).verify()
    bad = [status for status in statuses if status.detail]
    for status in statuses:
        name = status.card.name if status.card else status.path.stem
        terminal.say(f"{status.state.value:8}  {name}" + (f"  ({status.detail})" if status.detail else ""))
    terminal.record(
        {
            "models": [
                {
                    "name": status.card.name if status.card else status.path.stem,
                    "path": str(status.path),
                    "state": status.state.value,
                    "detail": status.detail,
                    "sha256": status.card.sha256 if status.card else None,
                }
                for status in statuses
            ]
        }
    )
    if not statuses:
        terminal.say("(no model)")
    for status in bad:
        terminal.note(status.detail)
    return ModelError.exit_code if bad else 0


def card_record(card: ModelCard) -> dict[str, JsonValue]:
    """A model card for machines."""
    return asdict(card) | {"kind": card.kind.value, "config": dict(card.config)}


def _short(text: str, limit: int = 48) -> str:
    return text if len(text) <= limit else text[: limit - 1].rstrip() + "…"
