"""One call of `analyze`: inputs one after another, a case that holds what is done, a report at the end."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from app.assembly import build_engines
from app.gallery_access import embedder_of
from app.media_inputs import PassedOver, expanded
from app.places import check_report_place, is_there
from app.progress import EventDisplay
from app.report_export import export
from app.settings import Folders
from app.terminal import Terminal
from core.casefile.opening import DATABASE_NAME, LOCK_NAME
from core.casefile.store import CaseFile
from core.config import AnalysisSettings
from core.domain.cancel import CancelToken
from core.domain.events import AnalysisDone
from core.domain.evidence import EvidenceItem
from core.domain.report import CaseInfo
from core.domain.time import TimeRange
from core.errors import AnalysisCancelledError, CaseError, CaseFileError, GalleryError, ModelError, NoFramesError
from core.evidence.hashing import TOLD_FROM_BYTES, told
from core.gallery.search import GallerySearch
from core.gallery.store import Gallery
from core.pipeline import Engines, analyse, record_run
from core.pipeline.engines import run_key
from core.pipeline.replacing import refuse_to_replace
from core.video.probe import probe_steps

if TYPE_CHECKING:
    from core.gallery.key_file import GalleryKey
    from core.report.signing import Signer

HOW_TO_REPLACE = (
    "repeat the options and models that it was made with, name another case folder, or add --replace, which erases it "
    "and sets decisions on its persons aside"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class AnalysisOrder:
    """What is to be done.

    Attributes:
        inputs: files and folders.
        case_folder: of the case; made when the first usable input is found.
        gallery: to search; None searches none.
        gallery_key: opens an encrypted gallery.
        report: the PDF; the JSON goes beside it.
        time_range: part of every input to look at.
        settings: how.
        entered: what was entered about the case before -> with what was entered now.
        command: words of the command line that repeats the run.
        replace: erase an item's analysis where it was made with other settings, models or times.
        signer: who signs custody log and report; None when nobody does.
    """

    inputs: tuple[Path, ...]
    case_folder: Path
    gallery: Path | None
    gallery_key: GalleryKey | None = None
    report: Path
    time_range: TimeRange
    settings: AnalysisSettings
    entered: Callable[[CaseInfo], CaseInfo]
    command: tuple[str, ...]
    replace: bool = False
    signer: Signer | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Bench:
    """What is open once the first usable input was found."""

    case: CaseFile
    engines: Engines
    gallery: GallerySearch | None


class AnalysisRun:
    """Carries out an order."""

    def __init__(self, order: AnalysisOrder, folders: Folders, terminal: Terminal, cancel: CancelToken) -> None:
        self._order = order
        self._folders = folders
        self._terminal = terminal
        self._cancel = cancel
        self._open = ExitStack()
        self._bench: _Bench | None = None
        self._refused: list[tuple[str, CaseError]] = []
        self._passed_over: list[PassedOver] = []
        self._n_analysed = 0

    def run(self) -> int:
        """Analyse every input and write the report.

        Returns:
            0, or the largest exit code among the inputs that failed.

        Raises:
            CaseError: what concerns all inputs: models, gallery, case, report; or the run was cancelled.
        """
        order = self._order
        had_case = is_there(order.case_folder / DATABASE_NAME)
        missing = [f for f in (order.case_folder, *order.case_folder.absolute().parents) if not is_there(f)]
        keep = order.inputs if order.gallery is None else (*order.inputs, order.gallery)
        check_report_place(order.report, order.case_folder, is_new_case=not had_case, keep=keep)
        embedder = None if order.gallery is None else embedder_of(order.gallery, order.gallery_key)
        with self._open:
            for entry in expanded(order.inputs, leave_out=order.case_folder, passed_over=self._pass_over):
                self._cancel.raise_if_cancelled()
                try:
                    item = self._taken_in(entry)
                except AnalysisCancelledError:
                    raise
                except CaseError as error:
                    self._refuse(error)
                    continue
                self._bench = self._bench or self._set_up(embedder)
                if self._may_analyse(item, self._bench):
                    self._analyse(item, self._bench)
            if self._bench and self._n_analysed:
                export(self._bench.case, order.report, order.signer, self._folders, self._terminal, self._cancel)
        if self._bench and not self._n_analysed and not had_case:
            _remove_case(order.case_folder, missing)
        return max((error.exit_code for _, error in self._refused), default=0)

    def _taken_in(self, entry: Path | CaseError) -> EvidenceItem:
        if isinstance(entry, CaseError):
            raise entry
        steps = told(probe_steps(entry), stage="hash", cancel=self._cancel, from_bytes=TOLD_FROM_BYTES)
        bar = None
        try:
            while True:
                try:
                    progress = next(steps)
                except StopIteration as end:
                    item: EvidenceItem = end.value
                    return item
                if bar is None:
                    label = f"hashing {entry.name}"
                    bar = self._terminal.progress_bar(label, progress.unit, total=progress.total)
                bar.update(progress.done - bar.n)
        finally:
            if bar is not None:
                bar.close()

    def _refuse(self, error: CaseError) -> None:
        self._terminal.complain(error)
        path = str(error.path)
        self._refused.append((path, error))
        if self._bench:
            self._bench.case.add_refused(path, error.what)

    def _pass_over(self, files: PassedOver) -> None:
        self._terminal.note(f"{files.folder}: {files.reason}; name them to have them tried")
        self._terminal.record({"event": "warning", "stage": "intake", "message": f"{files.folder}: {files.reason}"})
        self._passed_over.append(files)
        if self._bench:
            self._bench.case.add_refused(str(files.folder), files.reason)

    def _set_up(self, embedder: str | None) -> _Bench:
        order = self._order
        engines = build_engines(self._folders, order.settings, embedder)
        search = None
        case = self._open.enter_context(CaseFile.open(order.case_folder, create=True))
        case.claim()
        stored = case.case_info()
        info = order.entered(stored)
        if info != stored:
            case.set_case_info(info)
        if order.gallery is not None:
            gallery = Gallery.open(
                order.gallery, create=False, embedder_id=engines.embedder.embedder_id, key=order.gallery_key
            )
            self._open.enter_context(gallery)
            search = GallerySearch(gallery, actor=info.examiner, purpose=info.case_number or info.title)
        refused = [(path, error.what) for path, error in self._refused]
        case.add_all_refused([*refused, *((str(files.folder), files.reason) for files in self._passed_over)])
        return _Bench(case=case, engines=engines, gallery=search)

    def _may_analyse(self, item: EvidenceItem, bench: _Bench) -> bool:
        """Whether the item's stored analysis goes on, or may be erased; says so where it is kept instead."""
        if self._order.replace:
            return True
        key = run_key(self._order.settings, bench.engines, self._order.time_range)
        try:
            refuse_to_replace(bench.case, bench.case.add_evidence(item), item, key, next_step=HOW_TO_REPLACE)
        except CaseFileError as error:
            self._terminal.complain(error)
            self._refused.append((str(item.path), error))
            return False
        return True

    def _analyse(self, item: EvidenceItem, bench: _Bench) -> None:
        order, started_at = self._order, datetime.now(UTC)
        with EventDisplay(self._terminal, item.path) as display:
            try:
                n_frames = 0
                for event in analyse(
                    item,
                    case=bench.case,
                    settings=order.settings,
                    engines=bench.engines,
                    gallery=bench.gallery,
                    time_range=order.time_range,
                    cancel=self._cancel,
                ):
                    display.show(event)
                    if isinstance(event, AnalysisDone):
                        n_frames = event.result.n_frames_analysed
                record_run(
                    bench.case,
                    settings=order.settings,
                    engines=bench.engines,
                    command=order.command,
                    started_at=started_at,
                    gallery_name=order.gallery.name if order.gallery else "",
                    evidence_ids=[bench.case.add_evidence(item)],
                )
                if not n_frames:
                    raise NoFramesError(
                        "no picture lies within the part asked for", next_step="change --from and --to", path=item.path
                    )
            except (AnalysisCancelledError, CaseFileError, GalleryError, ModelError):
                raise  # not this item's fault: the next would fail alike, and what is in the case must stay
            except CaseError as error:
                self._terminal.complain(error)
                self._refused.append((str(item.path), error))
                return
        self._n_analysed += 1


def _remove_case(folder: Path, missing: list[Path]) -> None:
    """Take back a case in which nothing could be analysed; `missing` are the folders made for it, innermost first."""
    for name in (DATABASE_NAME, f"{DATABASE_NAME}-wal", f"{DATABASE_NAME}-shm", LOCK_NAME):
        (folder / name).unlink(missing_ok=True)
    for made in missing:
        with suppress(OSError):  # somebody put something there meanwhile
            made.rmdir()
