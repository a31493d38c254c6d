"""Handing over a case's report: its custody log signed, the report signed, its hashes entered into the log."""

from __future__ import annotations

from argparse import ArgumentParser, ArgumentTypeError, Namespace
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

from app.deliver import deliver
from app.progress import EventDisplay
from app.settings import Folders
from app.signing import add_key_options, sign_log, signing_key
from app.terminal import Terminal
from core.domain.cancel import CancelToken
from core.domain.events import Progress
from core.domain.evidence import EvidenceItem
from core.domain.preferences import is_http_address
from core.report.seal import EXPORTED

if TYPE_CHECKING:
    from core.casefile.store import CaseFile
    from core.report.files import ReportFiles
    from core.report.signing import Signer


def add_signing_options(parser: ArgumentParser) -> None:
    """Which key signs, and whether a time-stamp authority is asked."""
    add_key_options(parser)
    parser.add_argument(
        "--timestamp-url",
        type=_http_url,
        default=None,
        metavar="URL",
        help="ask this time-stamp authority (RFC 3161) to confirm the time of the signature; the only use of a network",
    )


def signing_with(args: Namespace, folders: Folders, terminal: Terminal, examiner: str) -> Signer | None:
    """Who signs, by the options of `add_signing_options`; None when nobody does.

    Args:
        args: with those options.
        folders: where the keys are.
        terminal: told why a key that is there is not used.
        examiner: of the case.

    Raises:
        ExaminerKeyError: the named key does not open.
    """
    key = signing_key(args, folders, terminal, examiner)
    if key is None:
        if args.timestamp_url:
            terminal.note("no time stamp: nothing is signed that could bear one")
        return None
    from core.report.signing import Signer

    return Signer(key=key, timestamp_url=args.timestamp_url or "")


def export(
    case: CaseFile,
    pdf: Path,
    signer: Signer | None,
    folders: Folders,
    terminal: Terminal,
    cancel: CancelToken | None = None,
) -> None:
    """Write the report of a case and say so in its custody log.

    Evidence is hashed first, with an entry for each item. The log is signed before, so that the report carries a
    signature over it, and after, so that the export itself is signed for.

    Raises:
        CaseFileError: no analysis of the case came to its end.
        ReportError: a file cannot be written, or the time-stamp authority does not answer.
        AnalysisCancelledError: asked to stop.
    """
    from core.casefile.hash_log import checks_at_export
    from core.report.stored import stored_report

    key = None if signer is None else signer.key
    terminal.record({"event": "stage", "stage": "report", "path": str(pdf)})
    with ExitStack() as shown:
        displays: dict[Path, EventDisplay] = {}

        def tell(item: EvidenceItem, progress: Progress) -> None:
            if item.path not in displays:
                shown.close()  # the item before is done
                displays[item.path] = shown.enter_context(EventDisplay(terminal, item.path))
            displays[item.path].show(progress)

        checks = checks_at_export(case, actor=case.actor, cancel=cancel, tell=tell)
    sign_log(case, key, folders)
    report = stored_report(case, cancel, checks)
    files = deliver(report, pdf, folders, terminal, signer, cancel)
    log_export(case, case.actor, files)
    sign_log(case, key, folders)


def log_export(case: CaseFile, actor: str, files: ReportFiles) -> None:
    """Enter the hashes of both files into the custody log, and the key that signed."""
    signed = f"; signed with the key {files.seal.key_sha256}" if files.seal.signer else "; not signed"
    detail = f"{files.pdf} sha256 {files.pdf_sha256}; {files.json} sha256 {files.json_sha256}{signed}"
    case.append_audit(actor, EXPORTED, detail)


def _http_url(text: str) -> str:
    if not is_http_address(text):
        raise ArgumentTypeError(f"{text!r} is no address that begins with http:// or https://")
    return text
