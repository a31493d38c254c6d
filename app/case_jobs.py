"""Jobs on a case: taking evidence in, analysing it. They run on a worker's thread and open the case there."""

from __future__ import annotations

import sys
from collections.abc import Generator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from app.preferences import analysis_settings
from app.workers.boundary import error_report
from app.workers.engine_room import EngineRoom
from app.workers.heavy_imports import import_heavy_libraries
from core.domain.cancel import CancelToken
from core.domain.events import AnalysisDone, ErrorReport, Progress
from core.domain.preferences import Preferences
from core.domain.report import EvidenceResult, RunBasis
from core.domain.time import TimeRange
from core.errors import (
    AnalysisCancelledError,
    CaseError,
    CaseFileError,
    EvidenceIsDirectoryError,
    EvidenceNotFoundError,
)
from core.evidence.hashing import TOLD_FROM_BYTES, told

if TYPE_CHECKING:
    from core.casefile.store import CaseFile
    from core.gallery.key_file import GalleryKey
    from core.gallery.store import Gallery

INTAKE_STAGE, HASH_STAGE = "take in", "hash new"
STOPPED = "taking in was stopped before this file"


@dataclass(frozen=True, slots=True, kw_only=True)
class TakenIn:
    """An input was hashed, understood and put into the case."""

    evidence_id: int
    path: Path
    was_there: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """An input cannot be evidence; the case keeps its path and the reason."""

    error: ErrorReport


@dataclass(frozen=True, slots=True, kw_only=True)
class IntakeJob:
    """Hashes and probes inputs and puts them into the case; yields `Progress`, `TakenIn`, `Refused`.

    Attributes:
        case_folder: of the open case.
        inputs: files and folders.
        actor: who takes them in, for the custody log; '' leaves it to the case.
    """

    case_folder: Path
    inputs: tuple[Path, ...]
    actor: str = ""

    def run(self, room: EngineRoom, cancel: CancelToken) -> Generator[object, None, tuple[int, ...]]:
        """The generator of the job; returns the ids of the items taken in."""
        from app.media_inputs import PassedOver, expanded
        from core.casefile.store import CaseFile

        taken: list[int] = []
        others: list[PassedOver] = []
        with CaseFile.open(self.case_folder, create=False) as case:
            case.act_as(self.actor)
            inputs, cases = _apart_from_cases(self.inputs)
            found = list(expanded(inputs, leave_out=self.case_folder, passed_over=others.append))
            found += cases
            case.add_all_refused([(str(files.folder), files.reason) for files in others])
            for files in others:
                step = "add them by name to have them tried"
                yield Refused(error=ErrorReport(what=files.reason, next_step=step, path=files.folder))
            left, known = list(found), {stored.id for stored in case.evidence()}
            try:
                while left:
                    cancel.raise_if_cancelled()
                    yield Progress(stage=INTAKE_STAGE, done=len(found) - len(left), total=len(found), unit="files")
                    event = yield from _take_in(case, left[0], known, cancel)
                    del left[0]
                    if isinstance(event, TakenIn):
                        taken.append(event.evidence_id)
                    yield event
            finally:
                # What a person handed in must not vanish without a word, whatever stopped this.
                paths = [str(entry.path if isinstance(entry, CaseError) else entry) for entry in left]
                if paths:
                    case.add_all_refused([(path, STOPPED) for path in paths])
            yield Progress(stage=INTAKE_STAGE, done=len(found), total=len(found), unit="files")
        return tuple(taken)


def _apart_from_cases(inputs: Sequence[Path]) -> tuple[list[Path], list[EvidenceIsDirectoryError]]:
    """What may be evidence, and for each folder that is a case why it is none."""
    from core.casefile.opening import DATABASE_NAME

    def is_case(path: Path) -> bool:
        try:
            return (path / DATABASE_NAME).is_file()
        except OSError:  # whoever reads the folder says why it cannot be read
            return False

    cases = [path for path in inputs if is_case(path)]
    step = "open it with File > Open a case, or add files in it by name"
    refusals = [EvidenceIsDirectoryError("the folder is a case, no evidence", next_step=step, path=p) for p in cases]
    return [path for path in inputs if path not in cases], refusals


def _take_in(
    case: CaseFile, entry: Path | CaseError, known: set[int], cancel: CancelToken
) -> Generator[Progress, None, TakenIn | Refused]:
    from core.video.probe import probe_steps

    try:
        if isinstance(entry, CaseError):
            raise entry
        # Evidence may be as large as a disk: how far its hash is, is told, and it can be stopped.
        item = yield from told(probe_steps(entry), stage=HASH_STAGE, cancel=cancel, from_bytes=TOLD_FROM_BYTES)
    except AnalysisCancelledError:
        raise
    except CaseError as error:
        case.add_refused(str(error.path), error.what)
        return Refused(error=error_report(error))
    evidence_id = case.add_evidence(item)
    was_there = evidence_id in known
    known.add(evidence_id)
    if was_there:
        case.append_audit(case.actor, "evidence handed in again", f"{item.path} {item.sha256}")
    return TakenIn(evidence_id=evidence_id, path=item.path, was_there=was_there)


@dataclass(frozen=True, slots=True, kw_only=True)
class AnalysisJob:
    """Analyses one item of a case; yields the events of `core.pipeline.analyse`, returns the `EvidenceResult`.

    Attributes:
        case_folder: of the open case.
        evidence_id: the item.
        preferences: how, for an item that was not analysed before or is to be analysed `anew`.
        gallery: to search; None searches nobody.
        gallery_key: opens an encrypted gallery.
        time_range: part of the item; None goes on with the part that was asked for last.
        actor: the examiner, for the logs of case and gallery; '' leaves it to the case.
        anew: take today's preferences, even where the stored run was made with others.
    """

    case_folder: Path
    evidence_id: int
    preferences: Preferences
    gallery: Path | None
    gallery_key: GalleryKey | None = None
    time_range: TimeRange | None = None
    actor: str = ""
    anew: bool = False

    def run(self, room: EngineRoom, cancel: CancelToken) -> Generator[object, None, EvidenceResult | None]:
        """The generator of the job."""
        yield Progress(stage="load", done=0, total=None, unit="networks")
        import_heavy_libraries()

        from core.casefile.store import CaseFile
        from core.config import AnalysisSettings
        from core.gallery.search import GallerySearch
        from core.gallery.store import Gallery
        from core.pipeline import analyse, record_run
        from core.pipeline.engines import run_key
        from core.pipeline.replacing import refuse_to_replace

        started_at = datetime.now(UTC)
        with ExitStack() as stack:
            case = stack.enter_context(CaseFile.open(self.case_folder, create=False))
            case.claim()
            case.act_as(self.actor)
            item = next((s.item for s in case.evidence() if s.id == self.evidence_id), None)
            if item is None:
                raise EvidenceNotFoundError(
                    f"the case holds no item {self.evidence_id}", next_step="open the case again", path=self.case_folder
                )
            run = case.run(self.evidence_id)
            time_range = self.time_range or (run.time_range if run is not None else TimeRange())
            gallery, embedder = None, None
            if self.gallery is not None:
                gallery = stack.enter_context(
                    Gallery.open(self.gallery, create=False, embedder_id=None, key=self.gallery_key)
                )
                embedder = gallery.embedder_id.rpartition(":")[0]
            settings = analysis_settings(self.preferences)
            engines = room.engines(settings, embedder)
            basis = case.run_basis(self.evidence_id)
            if run is not None and basis is not None and not self.anew:
                # A person's decision must not start an item anew because a preference was changed meanwhile.
                # The device is today's: that of then may be gone.
                stored = replace(AnalysisSettings.from_pairs(basis.manifest.config), device=settings.device)
                old = room.engines(stored, embedder)
                if run_key(stored, old, time_range) == run.run_key:
                    settings, engines = stored, old
                else:
                    engines = room.engines(settings, embedder)
            is_asked_for = self.anew or self.time_range is not None
            if not is_asked_for:
                refuse_to_replace(
                    case,
                    self.evidence_id,
                    item,
                    run_key(settings, engines, time_range),
                    next_step="set the preferences back, or choose Analyse again, which replaces it",
                )
            if run is not None and not is_asked_for:
                _expect_same_gallery(case, self.evidence_id, gallery, basis, item.path)
            info = case.case_info()
            search = None
            if gallery is not None:
                search = GallerySearch(gallery, actor=self.actor, purpose=info.case_number or info.title)
            result: EvidenceResult | None = None
            for event in analyse(
                item,
                case=case,
                settings=settings,
                engines=engines,
                gallery=search,
                time_range=time_range,
                cancel=cancel,
            ):
                if isinstance(event, AnalysisDone):
                    result = event.result
                    # Before anybody hears of the end, and may stop the job.
                    record_run(
                        case,
                        settings=settings,
                        engines=engines,
                        command=self._command(settings.as_pairs(), _analysed_alike(case, self.evidence_id), time_range),
                        started_at=started_at,
                        gallery_name=self.gallery.name if self.gallery else "",
                        evidence_ids=[self.evidence_id],
                    )
                yield event
        return result

    def _command(
        self, config: Sequence[tuple[str, str]], inputs: Sequence[Path], time_range: TimeRange
    ) -> tuple[str, ...]:
        """Words of the command line that repeat the run, apart from a person's decisions, which are in the case.

        Items that were analysed with other settings or models, or of which another part was analysed, are not named: no
        one command line does both.
        """
        named = dict(config)
        words = [Path(sys.executable).name, "main.py", "analyze", *map(str, inputs), "--case", "NEW_CASE_FOLDER"]
        words += ["--sample-period", named["sample_period_s"], "--frames", named["frames_per_person"]]
        words += ["--model", named["model"], "--detector", named["detector"], "--device", named["device"]]
        for option, seconds in (("--from", time_range.start), ("--to", time_range.end)):
            words += [] if seconds is None else [option, f"{float(seconds):.6f}"]
        words += ["--gallery", str(self.gallery)] if self.gallery else ["--no-gallery"]
        return tuple(words)


def _expect_same_gallery(
    case: CaseFile, evidence_id: int, gallery: Gallery | None, basis: RunBasis | None, path: Path
) -> None:
    """A decision must not exchange candidates for those of another gallery, or for none.

    Raises:
        CaseFileError: the result was made with a gallery that is not the one at hand.
    """
    result = case.outline(evidence_id)
    findings = [finding for person in result.persons for finding in person.findings] if result is not None else []
    searched = {finding.search.gallery_id for finding in findings if finding.search is not None}
    name = basis.gallery_name if basis is not None else ""
    if not searched or (gallery is not None and gallery.gallery_id in searched):
        return
    if gallery is not None and searched == {""} and gallery.path.name == name:
        return  # earlier versions kept its name alone
    named = f"“{name}”" if name else "a gallery"
    now = "none is open" if gallery is None else f"“{gallery.path.name}” is open"
    raise CaseFileError(
        f"{path.name} was searched in {named}, and {now}; its candidates are kept",
        next_step="open that gallery and decide again, or choose Analyse again, which searches the one that is open",
        path=case.folder,
    )


def _analysed_alike(case: CaseFile, evidence_id: int) -> list[Path]:
    """Files of the items that were analysed as this one was: same part, settings and models."""
    runs = {stored.id: (stored.item.path, case.run(stored.id)) for stored in case.evidence()}
    own = runs[evidence_id][1]
    return [path for path, run in runs.values() if run is not None and own is not None and run.run_key == own.run_key]
