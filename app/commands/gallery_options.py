"""Options of `gallery` and its actions."""

from __future__ import annotations

from argparse import ArgumentParser
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from app.arguments import new_command, score, whole
from app.commands.gallery_keeping_options import KEEPING, add_person
from app.gallery_unlocking import add_passphrase_option
from app.settings import DEFAULT_MODEL

if TYPE_CHECKING:
    from app.arguments import Subparsers

EXAMPLES = """\
  unswap gallery add portrait.jpg --name "Jane Doe" --basis "consent of 3 May 2026"
  unswap gallery import people/ --basis "court order 12/2026"
  unswap gallery list
  unswap gallery search --photo unknown.jpg --k 5
  unswap gallery erase --name "Jane Doe" --reason "consent withdrawn"
"""


def add_actions(parser: ArgumentParser, common: ArgumentParser, runs: dict[str, Callable[..., int]]) -> None:
    """Add every action to the parser of `gallery`; `runs` says what each of them runs."""
    actions = parser.add_subparsers(title="actions", dest="action", metavar="ACTION", required=True)
    for build in (_add, _import, _list, _search, _merge, _rename, _erase, *KEEPING):
        action = build(actions, common)
        _add_everywhere(action)
        action.set_defaults(run=runs[action.prog.rpartition(" ")[2]])


def _add_everywhere(action: ArgumentParser) -> None:
    action.add_argument(
        "--gallery", type=Path, metavar="DB", help="gallery file (default: the one in your data folder)"
    )
    action.add_argument("--actor", default="", help="who does this, for the audit (default: your account's name)")
    add_passphrase_option(action)


def _add(actions: Subparsers, common: ArgumentParser) -> ArgumentParser:
    action = new_command(
        actions,
        common,
        "add",
        summary="enrol photos of one person",
        description="Enrols photos of one person. Each photo must show exactly one usable face.",
        examples='  unswap gallery add a.jpg b.jpg --name "Jane Doe" --basis "consent of 3 May 2026"\n'
        "  unswap gallery add new.jpg --person 7",
    )
    action.add_argument("photos", nargs="+", type=Path, metavar="PHOTO", help="a photograph")
    add_person(action, "of a new or an enrolled person")
    action.add_argument("--note", default="", help="free text kept with a new person")
    _add_basis(action)
    _add_networks(action)
    return action


def _import(actions: Subparsers, common: ArgumentParser) -> ArgumentParser:
    action = new_command(
        actions,
        common,
        "import",
        summary="enrol many people at once",
        description="Enrols a folder that holds one folder a person, named after the person, or a CSV list with the\n"
        "columns path,name and optionally note,basis. Photos that cannot be used are refused one by one\n"
        "and the rest goes on; running it again skips what is enrolled already, but for photos of earlier\n"
        "versions: those get what surrounds their faces.",
        examples='  unswap gallery import people/ --basis "court order 12/2026"\n'
        "  unswap gallery import list.csv --gallery case.db",
    )
    action.add_argument("listing", type=Path, metavar="FOLDER|CSV", help="what to enrol")
    _add_basis(action)
    _add_networks(action)
    return action


def _list(actions: Subparsers, common: ArgumentParser) -> ArgumentParser:
    action = new_command(
        actions,
        common,
        "list",
        summary="who is enrolled",
        description="Lists the enrolled people, or the photos of one of them. Who looked is logged in the gallery.",
        examples="  unswap gallery list\n  unswap gallery list --person 7 --purpose 2026-17",
    )
    action.add_argument("--person", type=whole(1, 2**62), metavar="ID", help="show this person's photos")
    action.add_argument("--purpose", default="", help="ground of looking, for the audit, for example a case number")
    return action


def _search(actions: Subparsers, common: ArgumentParser) -> ArgumentParser:
    action = new_command(
        actions,
        common,
        "search",
        summary="whom a face resembles",
        description="Ranks the enrolled people by similarity to a face. Every lookup is logged in the gallery.\n"
        "The ranking is a lead, not an identification.",
        examples="  unswap gallery search --photo unknown.jpg --k 5 --purpose 2026-17\n"
        "  unswap gallery search --embedding out/embeddings.npz --role source",
    )
    what = action.add_mutually_exclusive_group(required=True)
    what.add_argument("--photo", type=Path, metavar="P", help="a photograph with one face")
    what.add_argument("--embedding", type=Path, metavar="NPZ", help="embeddings.npz as `recover` writes it")
    action.add_argument(
        "--role",
        choices=("source", "target", "input"),
        action="append",
        help="which vectors of the NPZ to search; may be repeated (default: source and target)",
    )
    action.add_argument("--k", type=whole(1, 1000), default=10, help="how many people to list (default: 10)")
    action.add_argument(
        "--threshold",
        type=score,
        help="similarity from which a candidate counts, at most 1; with the shipped models 0 is as alike as the "
        "nearest of a cohort of others (default: the one measured for the shipped models)",
    )
    action.add_argument("--purpose", default="", help="ground of the lookup, for the audit, for example a case number")
    _add_device(action)
    return action


def _merge(actions: Subparsers, common: ArgumentParser) -> ArgumentParser:
    action = new_command(
        actions,
        common,
        "merge",
        summary="two records are one person",
        description="Moves all photos of one record to another and removes the emptied one.",
        examples='  unswap gallery merge --keep 7 --absorb 12 --reason "same person, misspelt"',
    )
    action.add_argument("--keep", type=whole(1, 2**62), required=True, metavar="ID", help="the record that stays")
    action.add_argument("--absorb", type=whole(1, 2**62), required=True, metavar="ID", help="the record that goes")
    action.add_argument("--reason", default="", help="for the audit")
    return action


def _rename(actions: Subparsers, common: ArgumentParser) -> ArgumentParser:
    action = new_command(
        actions,
        common,
        "rename",
        summary="correct a person's name",
        description="Gives a person another name.",
        examples='  unswap gallery rename --person 7 --to "Jane Doe-Smith"',
    )
    add_person(action, "to rename")
    action.add_argument("--to", required=True, metavar="NAME", help="the new name")
    return action


def _erase(actions: Subparsers, common: ArgumentParser) -> ArgumentParser:
    action = new_command(
        actions,
        common,
        "erase",
        summary="remove a person for good",
        description="Removes a person with all photos' templates and thumbnails, and the name in the audit, from the\n"
        "file, its journal, its backups and the copies and lists that were made of it. Says what goes and asks\n"
        "first. Cannot be undone. Cases keep what their searches said. A legal hold blocks it.\n"
        "Where notes, grounds and photo names of other people mention the person is listed first; a neutral mark\n"
        "takes the name's place there, but in records under a legal hold. Looked for is the whole name, or a former\n"
        "one, of at least three characters.",
        examples='  unswap gallery erase --name "Jane Doe" --reason "consent withdrawn"\n'
        "  unswap gallery erase --person 7 --reason expired --yes",
    )
    add_person(action, "to erase")
    action.add_argument("--reason", required=True, help="for the audit")
    action.add_argument(
        "--mentions",
        choices=("redact", "keep"),
        default="redact",
        help="what becomes of the name in the records of other people (default: redact)",
    )
    action.add_argument("--yes", action="store_true", help="do not ask")
    return action


def _add_basis(action: ArgumentParser) -> None:
    action.add_argument("--basis", default="", help="on what ground the data of new people is held")


def _add_networks(action: ArgumentParser) -> None:
    action.add_argument(
        "--embedder", metavar="NAME", help="embedder of a new gallery, see `models list` (default: dlib-resnet-v1)"
    )
    action.add_argument(
        "--model",
        default=DEFAULT_MODEL,
        metavar="NAME",
        help="recovery weights whose targets will be searched: what surrounds the faces is read as they do "
        f"(default: {DEFAULT_MODEL})",
    )
    _add_device(action)


def _add_device(action: ArgumentParser) -> None:
    action.add_argument("--device", default="auto", help="auto, cpu, cuda or mps (default: auto)")
