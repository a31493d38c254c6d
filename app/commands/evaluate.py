"""`evaluate`: the papers' evaluation protocol on packed faces, published swaps and real videos."""

from __future__ import annotations

from argparse import ArgumentParser, ArgumentTypeError, Namespace
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

from app.arguments import new_command, whole
from app.assembly import build_registry
from app.settings import DEFAULT_EMBEDDER, DEFAULT_MODEL, Folders
from app.terminal import Terminal
from core.errors import EvidenceNotFoundError
from core.evaluation.protocol.sections import NAMES

if TYPE_CHECKING:
    from tqdm import tqdm

    from app.arguments import Subparsers
    from core.evaluation.protocol.settings import NamedPath, ProtocolSettings


def add_parser(subparsers: Subparsers, common: ArgumentParser) -> None:
    """Add the command."""
    parser = new_command(
        subparsers,
        common,
        "evaluate",
        summary="measure the networks: every table and figure of docs/results.md",
        description="Measures recovery, detection and robustness on people that never trained, by the protocol of the\n"
        "DFREC paper, and writes results.md, results.json and figures/ into a folder. Each section is kept\n"
        "when it is done: started again, the command goes on where it stopped. The folder people/ beside\n"
        "them shows people of the data set: personal data, not to be published.",
        examples="  unswap evaluate --faces packed --out results\n"
        "  unswap evaluate --faces packed --swaps swaps/ --clips clips/ --out results --count 1024\n"
        "  unswap evaluate --faces packed --out results --ablation no-fusion=runs/no-fusion.safetensors\n"
        "  unswap evaluate --pairs celeb-df --pairs megafs --out results --section pairs\n"
        "  unswap evaluate --out results --rebuild",
    )
    parser.add_argument(
        "--faces", type=Path, metavar="PACKED", help="packed faces, from `python -m core.training pack`"
    )
    parser.add_argument(
        "--out", type=Path, required=True, metavar="FOLDER", help="folder of the results; made if missing"
    )
    parser.add_argument("--swaps", type=Path, metavar="FOLDER", help="published swaps: source.*, target.*, swap*.*")
    parser.add_argument(
        "--pairs",
        type=Path,
        action="append",
        default=[],
        metavar="PAIRS",
        help="published forgeries, from `python -m core.training pack-list`; may be repeated, one data set each",
    )
    parser.add_argument("--clips", type=Path, metavar="FOLDER", help="real videos, in which nothing was swapped")
    parser.add_argument("--count", type=whole(4, 1_000_000), default=512, help="faces of a section (default: 512)")
    parser.add_argument("--seed", type=whole(0, 2**31), default=20, help="of the forgeries (default: 20)")
    parser.add_argument("--device", default="auto", help="auto, cpu, cuda or mps (default: auto)")
    parser.add_argument("--model", default=DEFAULT_MODEL, metavar="NAME", help=f"weights (default: {DEFAULT_MODEL})")
    parser.add_argument(
        "--embedder", default=DEFAULT_EMBEDDER, metavar="NAME", help=f"embedder (default: {DEFAULT_EMBEDDER})"
    )
    parser.add_argument(
        "--ablation",
        type=named_path,
        action="append",
        default=[],
        metavar="NAME=FILE",
        help="weights (.safetensors) trained otherwise; without-FAMILY names those that never saw a family, with-all "
        "those trained alike on all",
    )
    parser.add_argument(
        "--baseline",
        type=named_path,
        action="append",
        default=[],
        metavar="NAME=PATH",
        help="dfi=FILE: weights of the plain U-Net; autoencoder=FILE: of the foundation model; mat=FOLDER, "
        "repaint=FOLDER: pictures completed by your own copy",
    )
    parser.add_argument(
        "--identity-model",
        type=Path,
        metavar="FILE",
        help="identity-model.pt of a training run on PACKED; without it one is fitted, which takes minutes",
    )
    parser.add_argument(
        "--swapper",
        type=Path,
        metavar="FILE",
        help="swapper.pt of a training run: section families measures its swaps of people it never saw, too",
    )
    parser.add_argument(
        "--rffr",
        type=Path,
        metavar="FILE",
        help="weights (.safetensors) of RFFR's classifier, for its rows in the sections detection and pairs",
    )
    parser.add_argument("--attributes", type=Path, metavar="FILE", help="weights of the attribute head")
    parser.add_argument(
        "--section", action="append", default=[], choices=NAMES, help="only this section; may be repeated"
    )
    parser.add_argument("--rebuild", action="store_true", help="write page and figures again; measure nothing")
    parser.set_defaults(run=run, usage_error=parser.error)


def named_path(text: str) -> tuple[str, Path]:
    """``NAME=PATH``."""
    name, separator, path = text.partition("=")
    if not separator or not name.strip() or not path.strip():
        raise ArgumentTypeError(f"{text!r} is not NAME=PATH")
    return name.strip(), Path(path)


def run(args: Namespace, folders: Folders, terminal: Terminal) -> int:
    """`evaluate`."""
    from core.evaluation.protocol.runner import rebuild, run_protocol

    if args.rebuild:
        sections = rebuild(args.out)
        _finish(args.out, [section.name for section in sections], [], terminal)
        return 0
    if not (args.faces or args.pairs or args.clips):
        args.usage_error("--faces PACKED, --pairs PAIRS or --clips FOLDER is required, unless --rebuild")
    settings = _settings(args, folders)
    progress = TerminalProgress(terminal)
    try:
        outcome = run_protocol(build_registry(folders), settings, tuple(args.section), progress, terminal.note)
    finally:
        progress.close()
    for name, reason in outcome.left_out:
        terminal.note(f"{name}: left out; {reason}")
    _finish(args.out, [section.name for section in outcome.sections], list(outcome.computed), terminal)
    return 0


def _settings(args: Namespace, folders: Folders) -> ProtocolSettings:
    from core.evaluation.protocol.settings import ProtocolSettings
    from core.recovery.loading import pick_device

    ablations = _named(args.ablation)
    given = (args.faces, args.swaps, args.clips, args.rffr, args.attributes, args.identity_model, args.swapper)
    for path in (*given, *args.pairs, *(one.path for one in ablations)):
        if path is not None and not path.exists():
            raise EvidenceNotFoundError("there is no such file or folder", next_step="check the path", path=path)
    demo = folders.resources / "demo"
    return ProtocolSettings(
        faces=args.faces,
        out=args.out,
        count=args.count,
        seed=args.seed,
        model=args.model,
        embedder=args.embedder,
        device=pick_device(args.device),
        swaps=args.swaps,
        clips=args.clips,
        pairs=tuple(args.pairs),
        rffr=args.rffr,
        ablations=ablations,
        baselines=_named(args.baseline),
        attributes=args.attributes,
        identity_model=args.identity_model,
        swapper=args.swapper,
        calibration=folders.calibration if folders.calibration.is_file() else None,
        demo=demo if (demo / "swap.mp4").is_file() else None,
    )


def _named(given: list[tuple[str, Path]]) -> tuple[NamedPath, ...]:
    from core.evaluation.protocol.settings import NamedPath

    return tuple(NamedPath(name=name, path=path) for name, path in given)


def _finish(out: Path, sections: list[str], computed: list[str], terminal: Terminal) -> None:
    terminal.say_foreign(f"written to {out / 'results.md'}")
    terminal.record({"event": "done", "out": str(out), "sections": sections, "computed": computed})


class TerminalProgress:
    """A bar for each stretch of a run."""

    def __init__(self, terminal: Terminal) -> None:
        self._terminal = terminal
        self._bar: tqdm[NoReturn] | None = None

    def begin(self, what: str, total: int, unit: str) -> None:
        """See `core.evaluation.protocol.settings.Progress`."""
        self.close()
        self._bar = self._terminal.progress_bar(what, unit, total=total)

    def advance(self, count: int) -> None:
        """See `core.evaluation.protocol.settings.Progress`."""
        if self._bar is not None:
            self._bar.update(count)

    def close(self) -> None:
        """Take the bar off."""
        if self._bar is not None:
            self._bar.close()
            self._bar = None
