"""Making the run of a report again, in a case of its own, and comparing."""

from __future__ import annotations

import shlex
from collections.abc import Collection, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from app.assembly import build_engines
from app.gallery_access import embedder_of
from app.gallery_unlocking import key_of
from app.places import is_there
from app.progress import EventDisplay
from app.report_check import installed_models, model_lines
from app.settings import Folders
from app.terminal import Terminal
from core.casefile.store import CaseFile
from core.config import AnalysisSettings
from core.domain.arrays import FloatArray, UInt8Array
from core.domain.calibration import Calibration
from core.domain.cancel import CancelToken
from core.domain.report import CaseInfo
from core.domain.tolerance import TOLERANCE
from core.errors import CaseError, ModelError, ReportError
from core.evidence.hashing import is_of_another_machine, stated_file_sha256
from core.gallery.search import GallerySearch
from core.gallery.store import Gallery
from core.pipeline import Engines, analyse, record_run
from core.recovery.align import align_chip
from core.report.check_lines import CheckLine, State, failed, ok, unchecked, worst
from core.report.compare import Comparison
from core.report.fields import Fields
from core.report.json_export import report_to_json_bytes
from core.report.replay import replay
from core.report.reported import ReportedBasis, ReportedEvidence, ReportedRun
from core.report.stored import stored_report
from core.video.probe import probe

if TYPE_CHECKING:
    from core.domain.evidence import EvidenceItem
    from core.gallery.key_file import GalleryKey


@dataclass(frozen=True, slots=True, kw_only=True)
class Repetition:
    """What is to be made again.

    Attributes:
        basis: as the report states it.
        result: the JSON of the report.
        known: SHA-256 -> a file that has it.
        case_folder: of the case to make; must not hold one.
        gallery: to search; None looks for the one that the report names.
        no_gallery: search nobody.
        passphrase_file: of an encrypted gallery; None asks as every command does.
        device: to compute on; None takes what the report's settings say.
        command: of this repetition.
    """

    basis: ReportedBasis
    result: bytes
    known: dict[str, Path]
    case_folder: Path
    gallery: Path | None
    no_gallery: bool
    passphrase_file: Path | None
    device: str | None
    command: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Searched:
    """A gallery that can be opened: where it lies, its key where it is encrypted, whether it is as it was searched."""

    path: Path
    key: GalleryKey | None
    is_same: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class _Part:
    """Items, by their numbers in the report, that one run analysed."""

    numbers: tuple[int, ...]
    settings: AnalysisSettings
    gallery: _Searched | None
    calibration: Calibration | None


def repeat(order: Repetition, folders: Folders, terminal: Terminal, cancel: CancelToken) -> Iterator[CheckLine]:
    """Check evidence and model files, run the analysis again, and compare.

    Stops before the run when evidence or model files are others. Items of earlier runs that used other model files than
    those installed are left out.

    Raises:
        CaseError: the run cannot be made.
    """
    items, lines = _evidence(order)
    before = [*lines, *model_lines(order.basis, folders)]
    yield from before
    if worst(before) is State.FAILED or not items:
        if not items:
            yield unchecked("run", "no item of the report is at hand")
        return
    root = Fields.parsed(order.result)
    parts: list[_Part] = []
    installed = _installed(folders) if len(order.basis.runs) > 1 else {}
    for run in order.basis.runs:
        own = tuple(n for n in items if order.basis.evidence[n - 1].evidence_id in run.evidence_ids)
        if not own:
            continue
        if run is not order.basis.runs[0] and any(installed.get(m.name) != m.sha256 for m in run.weights):
            who = ", ".join(map(str, own))
            yield unchecked("run", f"item {who}: analysed with other model files than those installed; left out")
            continue
        gallery, line = _gallery(order, run, _searches(root, own), folders)
        if line is not None:
            yield line
        parts.append(_Part(numbers=own, settings=_settings(order, run), gallery=gallery, calibration=run.calibration))
    known = frozenset[int]().union(*(run.evidence_ids for run in order.basis.runs))
    for number in items:
        if order.basis.evidence[number - 1].evidence_id not in known:
            yield unchecked("run", f"item {number}: what it was made with was not recorded; left out")
    numbers = {number for part in parts for number in part.numbers}
    items = {number: item for number, item in items.items() if number in numbers}
    with CaseFile.open(order.case_folder, create=True) as case:
        yield from _repeated(order, items, root, case)
        for part in parts:
            yield from _run(order, part, items, root, case, folders, terminal, cancel)


def _repeated(order: Repetition, items: dict[int, EvidenceItem], root: Fields, case: CaseFile) -> Iterator[CheckLine]:
    """Take in the items, and do the decisions that shape persons and tracks."""
    case.claim()
    request = f"Repetition of: {order.basis.runs[0].command}"
    case.set_case_info(CaseInfo(title="Reproduction", request=request))
    ids = {number: case.add_evidence(item) for number, item in items.items()}
    stated_ids = {stated.evidence_id: ids.get(number) for number, stated in enumerate(order.basis.evidence, 1)}
    n = replay(root, case, stated_ids)
    if n:
        yield ok("decisions", f"{n} that shape persons and tracks replayed; verdicts and notes change no result")


def _run(
    order: Repetition,
    part: _Part,
    items: dict[int, EvidenceItem],
    root: Fields,
    case: CaseFile,
    folders: Folders,
    terminal: Terminal,
    cancel: CancelToken,
) -> Iterator[CheckLine]:
    gallery, started_at = part.gallery, datetime.now(UTC)
    engines = build_engines(folders, part.settings, None if gallery is None else embedder_of(gallery.path, gallery.key))
    stated = part.calibration
    if stated is None:
        yield unchecked("error rates", "those of the report cannot be read; the installed ones are used")
    elif stated != engines.fitting_calibration():
        yield ok("error rates", "persons, scores and categories are made by the report's, not by the installed ones")
        engines = replace(engines, calibration=stated)
    with ExitStack() as stack:
        search = None
        if gallery is not None:
            embedder_id = engines.embedder.embedder_id
            opened = stack.enter_context(
                Gallery.open(gallery.path, create=False, embedder_id=embedder_id, key=gallery.key)
            )
            search = GallerySearch(opened, actor="reproduction", purpose="reproduction of a report")
        for number in part.numbers:
            with EventDisplay(terminal, items[number].path) as display:
                for event in analyse(
                    items[number],
                    case=case,
                    settings=part.settings,
                    engines=engines,
                    gallery=search,
                    time_range=order.basis.evidence[number - 1].time_range,
                    cancel=cancel,
                ):
                    display.show(event)
    record_run(
        case,
        settings=part.settings,
        engines=engines,
        command=order.command,
        started_at=started_at,
        gallery_name="" if gallery is None else gallery.path.name,
        evidence_ids=[case.add_evidence(items[number]) for number in part.numbers],
    )
    searches = _searches(root, part.numbers)
    with_candidates = not searches if gallery is None else gallery.is_same
    yield from _compared(order, part, list(items), root, case, engines, with_candidates=with_candidates)


def _compared(
    order: Repetition,
    part: _Part,
    places: list[int],
    root: Fields,
    case: CaseFile,
    engines: Engines,
    *,
    with_candidates: bool,
) -> Iterator[CheckLine]:
    def describe(pictures: UInt8Array, landmarks: FloatArray) -> FloatArray:
        embedder = engines.embedder
        chips = [
            align_chip(picture, points, embedder.template_points, embedder.chip_size)
            for picture, points in zip(pictures, landmarks, strict=True)
        ]
        return embedder.embed(np.stack(chips))

    again = Fields.parsed(report_to_json_bytes(stored_report(case)))
    comparison = Comparison(tolerance=TOLERANCE, describe=describe, with_candidates=with_candidates)
    stated, now = (list(each.child("report").rows("results")) for each in (root, again))
    for number in part.numbers:
        if order.basis.evidence[number - 1].changes_pending:
            yield unchecked(f"item {number}", "the report itself says that changes by the examiner were still pending")
        yield from comparison.item(number, stated[number - 1], now[places.index(number)])


def _evidence(order: Repetition) -> tuple[dict[int, EvidenceItem], list[CheckLine]]:
    """Items of the report by number that are at hand and unchanged, and a line on each."""
    items: dict[int, EvidenceItem] = {}
    lines = []
    for number, stated in enumerate(order.basis.evidence, 1):
        subject = f"evidence, item {number}"
        if stated.failure:
            lines.append(ok(subject, f"{stated.path.name}: was not analysed ({stated.failure}); left out"))
            continue
        path = order.known.get(stated.sha256) or _at_its_place(stated)
        if path is None:
            lines.append(unchecked(subject, f"{stated.path} is not at hand unchanged; --evidence names where it is"))
            continue
        items[number] = probe(path)
        lines.append(ok(subject, f"{path}: SHA-256 {stated.sha256}"))
    strangers = set(order.known) - {stated.sha256 for stated in order.basis.evidence}
    lines += [failed("evidence", f"{order.known[s]} is none of the report's: SHA-256 {s}") for s in sorted(strangers)]
    return items, lines


def _at_its_place(stated: ReportedEvidence) -> Path | None:
    try:
        return stated.path if stated_file_sha256(stated.path) == stated.sha256 else None
    except (OSError, ValueError):
        return None


def _installed(folders: Folders) -> dict[str, str]:
    try:
        return installed_models(folders)
    except ModelError:
        return {}


def _settings(order: Repetition, run: ReportedRun) -> AnalysisSettings:
    try:
        settings = AnalysisSettings.from_pairs(run.config)
    except ValueError as error:
        raise ReportError(
            f"the settings of the run cannot be read ({error})",
            next_step="use the version of Unswap that the report names",
        ) from error
    return settings if order.device is None else replace(settings, device=order.device)


def _gallery(
    order: Repetition, run: ReportedRun, searches: set[tuple[str, int]], folders: Folders
) -> tuple[_Searched | None, CheckLine | None]:
    """The gallery to search, and a line where candidates cannot be compared."""
    name = run.gallery_name
    if not name or order.no_gallery:
        return None, None if not name else unchecked("gallery", f"{name} is not searched, as asked for")
    names = {run.gallery_name for run in order.basis.runs} - {""}
    given = order.gallery if order.gallery is not None and (len(names) == 1 or order.gallery.name == name) else None
    path = given or next((p for p in _likely(run, folders) if p.name == name and is_there(p)), None)
    if path is None:
        return None, unchecked("gallery", f"{name} is not at hand; --gallery names where it is")
    try:
        key = key_of(path, order.passphrase_file)
        with Gallery.open(path, create=False, embedder_id=None, key=key) as gallery:
            revision, gallery_id = gallery.revision, gallery.gallery_id
    except CaseError as error:
        return None, unchecked("gallery", str(error))
    is_other = not {stated for stated, _ in searches} <= {"", gallery_id}  # earlier reports did not say which it was
    found = _Searched(path=path, key=key, is_same=not is_other and {number for _, number in searches} == {revision})
    if is_other:
        return found, unchecked("gallery", f"{path} is another gallery than the one that the report searched")
    if found.is_same:
        return found, ok("gallery", f"{path}, revision {revision}, as searched")
    return found, unchecked("gallery", f"{path} is at revision {revision}: people changed since the report searched it")


def _likely(run: ReportedRun, folders: Folders) -> Iterator[Path]:
    try:
        words = shlex.split(run.command)
    except ValueError:
        words = []
    named = (Path(after) for word, after in pairwise(words) if word == "--gallery")
    yield from (path for path in named if not is_of_another_machine(path))
    yield folders.gallery


def _searches(root: Fields, numbers: Collection[int]) -> set[tuple[str, int]]:
    """Id and revision of the gallery, as the report's searches in these items state them."""
    found = set()
    for number, result in enumerate(root.child("report").rows("results"), 1):
        if number not in numbers:
            continue
        for person in result.rows("persons"):
            for finding in person.rows("findings"):
                search = finding.child_or_none("search")
                if search is not None:
                    stated = search.text("gallery_id") if search.has("gallery_id") else ""
                    found.add((stated, search.whole("gallery_revision")))
    return found
