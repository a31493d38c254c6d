"""`analyze`: from videos to an evidence report, in a case folder that remembers how far it got."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from app.arguments import clock_time, new_command, positive_seconds, whole
from app.commands.case_options import REPORT_NAME, add_case_options, merged_info
from app.gallery_unlocking import add_passphrase_option, key_of
from app.interrupts import cancel_on_interrupt
from app.places import is_there
from app.report_export import add_signing_options, signing_with
from app.settings import DEFAULT_MODEL, Folders
from app.terminal import Terminal
from core.config import AnalysisSettings
from core.domain.time import TimeRange

if TYPE_CHECKING:
    from app.arguments import Subparsers


def add_parser(subparsers: Subparsers, common: ArgumentParser) -> None:
    """Add the command."""
    standard = AnalysisSettings()
    parser = new_command(
        subparsers,
        common,
        "analyze",
        summary="from videos to an evidence report",
        description="Finds the faces of videos and pictures, recovers the two faces behind each, searches them in the\n"
        "gallery, and writes an evidence report (PDF and JSON). Evidence files are only read.\n"
        "After Ctrl-C or a crash the same command goes on where it stopped.\n"
        "An analysis made with other settings is kept, unless --replace is given.",
        examples="  unswap analyze suspect.mp4 --case cases/2026-17\n"
        "  unswap analyze seized/ --case cases/2026-17 --gallery known.db --examiner 'J. Doe'\n"
        "  unswap analyze suspect.mp4 --case cases/2026-17 --from 1:05 --to 1:20.5 --sample-period 0.1",
    )
    parser.add_argument(
        "inputs", nargs="+", type=Path, metavar="VIDEO|FOLDER", help="a video, a picture, or a folder of them"
    )
    parser.add_argument("--case", type=Path, required=True, metavar="DIR", help="the case folder; made if missing")
    which = parser.add_mutually_exclusive_group()
    which.add_argument(
        "--gallery",
        type=Path,
        metavar="DB",
        help="gallery to search (default: the one in your data folder, if there is one)",
    )
    which.add_argument("--no-gallery", action="store_true", help="search no gallery")
    add_passphrase_option(parser, "--gallery-passphrase-file")
    parser.add_argument(
        "--from",
        dest="start",
        type=clock_time,
        metavar="T",
        help="begin there: seconds, mm:ss or h:mm:ss.mmm, counted from the first picture",
    )
    parser.add_argument(
        "--to",
        dest="end",
        type=clock_time,
        metavar="T",
        help="stop before that time, counted from the first picture",
    )
    parser.add_argument(
        "--sample-period",
        type=positive_seconds,
        default=standard.sample_period_s,
        metavar="S",
        help=f"seconds between analysed frames (default: {float(standard.sample_period_s):g})",
    )
    parser.add_argument(
        "--frames",
        type=whole(1, 256),
        default=standard.frames_per_person,
        metavar="N",
        help=f"faces recovered of each person (default: {standard.frames_per_person})",
    )
    parser.add_argument(
        "--model", default=DEFAULT_MODEL, metavar="NAME", help=f"recovery weights (default: {DEFAULT_MODEL})"
    )
    parser.add_argument(
        "--detector",
        default=standard.detector,
        help="mtcnn, or the name or path of an imported insightface detector (default: mtcnn)",
    )
    parser.add_argument("--device", default=standard.device, help="auto, cpu, cuda or mps (default: auto)")
    parser.add_argument(
        "--replace",
        action="store_true",
        help="erase the analysis of a file that was made with other settings, models or times",
    )
    add_case_options(parser)
    add_signing_options(parser)
    parser.set_defaults(run=run, parser=parser)


def run(args: Namespace, folders: Folders, terminal: Terminal) -> int:
    """`analyze`."""
    if args.start is not None and args.end is not None and args.end <= args.start:
        args.parser.error("--to must lie after --from")
    gallery = args.gallery
    if gallery is None and not args.no_gallery and is_there(folders.gallery):
        gallery = folders.gallery
        terminal.note(f"searching your gallery {gallery}; --no-gallery or --gallery DB changes that")
    signer = signing_with(args, folders, terminal, args.examiner or _stored_examiner(args.case))
    with cancel_on_interrupt() as cancel:
        # Inside: a Ctrl-C that breaks the loading of a library off half-way may crash the process.
        from app.analysis_run import AnalysisOrder, AnalysisRun

        order = AnalysisOrder(
            inputs=tuple(args.inputs),
            case_folder=args.case,
            gallery=gallery,
            gallery_key=None if gallery is None else key_of(gallery, args.gallery_passphrase_file),
            report=args.report or args.case / REPORT_NAME,
            time_range=TimeRange(start=args.start, end=args.end),
            settings=AnalysisSettings(
                sample_period_s=args.sample_period,
                frames_per_person=args.frames,
                model=args.model,
                detector=args.detector,
                device=args.device,
            ),
            entered=partial(merged_info, args=args),
            command=args.command_line,
            replace=args.replace,
            signer=signer,
        )
        return AnalysisRun(order, folders, terminal, cancel).run()


def _stored_examiner(case_folder: Path) -> str:
    """Who was entered as the examiner of a case that exists."""
    from core.casefile.opening import DATABASE_NAME
    from core.casefile.store import CaseFile

    if not is_there(case_folder / DATABASE_NAME):
        return ""
    with CaseFile.open(case_folder, create=False) as case:
        return case.case_info().examiner
