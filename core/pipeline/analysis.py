"""The analysis of one evidence item, resumable at every batch."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from core.casefile.computed_on import ComputedOn
from core.casefile.hash_log import check_evidence
from core.casefile.records import FaceKey, ScanState
from core.casefile.store import CaseFile
from core.config import AnalysisSettings
from core.domain.cancel import CancelToken
from core.domain.events import AnalysisDone, FindingReady, PipelineEvent, StageStarted
from core.domain.evidence import EvidenceItem, EvidenceState
from core.domain.report import EvidenceResult, PersonTrack, RecoveredFrame
from core.domain.time import TimeRange
from core.errors import AnalysisCancelledError, CaseError, EvidenceChangedError, EvidencePermissionError
from core.evidence.integrity import FileCheck, FileState
from core.gallery.search import GallerySearch
from core.pipeline import case_report
from core.pipeline.added_faces import find_added_faces, outside
from core.pipeline.engines import Engines, run_key
from core.pipeline.persons import describe_person, recover, select_faces
from core.pipeline.reviewed import reviewed_tracks
from core.pipeline.scan import scan, tracks_of


def analyse(
    evidence: EvidenceItem,
    *,
    case: CaseFile,
    settings: AnalysisSettings,
    engines: Engines,
    gallery: GallerySearch | None,
    time_range: TimeRange,
    cancel: CancelToken,
) -> Iterator[PipelineEvent]:
    """Analyse one item and store everything in the case; goes on where an earlier run stopped.

    Args:
        evidence: as `core.video.probe.probe` returned it.
        case: open for writing; its `actor` stands in the custody log.
        settings: see `AnalysisSettings`; other settings than those of a stored run start anew.
        engines: loaded networks.
        gallery: people to rank; None searches nobody.
        time_range: part of the video.
        cancel: checked at every batch.

    Yields:
        Events; the last one is `AnalysisDone`.

    Raises:
        CaseError: the item cannot be analysed; it is marked as failed with the reason.
        AnalysisCancelledError: asked to stop; what was committed stays and is resumed.
    """
    case.claim()
    evidence_id = case.add_evidence(evidence)
    try:
        yield from _analyse(evidence, evidence_id, case, settings, engines, gallery, time_range, cancel)
    except AnalysisCancelledError:
        raise
    except CaseError as error:
        case.set_state(evidence_id, EvidenceState.FAILED, str(error))
        case.append_audit(case.actor, "analysis failed", f"{evidence.path}: {error.what}")
        raise


def _analyse(
    evidence: EvidenceItem,
    evidence_id: int,
    case: CaseFile,
    settings: AnalysisSettings,
    engines: Engines,
    gallery: GallerySearch | None,
    time_range: TimeRange,
    cancel: CancelToken,
) -> Iterator[PipelineEvent]:
    before = yield from check_evidence(case, evidence, actor=case.actor, occasion="before the analysis", cancel=cancel)
    if before.state is FileState.UNREADABLE:
        raise EvidencePermissionError(
            f"the file {before.words}", path=evidence.path, next_step="connect the disk it lies on, or restore it"
        )
    if not before.is_same:
        raise EvidenceChangedError(
            "the file is no longer the one taken in", path=evidence.path, next_step="restore it, or take it in anew"
        )
    run = case.begin_run(evidence_id, run_key=run_key(settings, engines, time_range), time_range=time_range)
    case.compute_on(ComputedOn(device=engines.device, libraries=case_report.library_versions()))
    case.set_state(evidence_id, EvidenceState.RUNNING)
    verb = "analysis resumed" if run.is_resumed else "analysis started"
    case.append_audit(case.actor, verb, f"{evidence.path} {evidence.sha256}")

    yield from scan(
        evidence,
        evidence_id,
        case=case,
        settings=settings,
        engines=engines,
        time_range=time_range,
        cancel=cancel,
    )
    stored = case.scanned(evidence_id)
    scanned = tracks_of(stored, settings, engines)
    review = case.review()
    yield from find_added_faces(evidence, evidence_id, review, stored, case=case, engines=engines, cancel=cancel)
    added = case.added_faces(evidence_id)
    not_found = [outside(face) for key, face in review.added_faces(evidence_id).items() if key not in added]
    rule = engines.face_comparison()
    reviewed = reviewed_tracks(
        scanned.tracks, added, review, evidence_id, settings.similar_from(has_cohort=bool(rule.cohort)), rule
    )
    groups = reviewed.persons
    chosen = select_faces(reviewed, case.crops(evidence_id), scanned.aliases, settings)
    yield from recover(evidence, evidence_id, chosen, case=case, settings=settings, engines=engines, cancel=cancel)

    yield StageStarted(stage="identify", evidence=evidence)
    persons: list[PersonTrack] = []
    shown: dict[int, list[FaceKey]] = {}
    for number, (group, faces) in enumerate(zip(groups, chosen, strict=True), 1):
        cancel.raise_if_cancelled()
        keys = [FaceKey(face.frame_index, face.face_number) for face in faces]
        frames = [
            RecoveredFrame(face=case.crop(evidence_id, *key), recovered=case.get_recovered(evidence_id, *key))
            for key in keys
        ]
        person = describe_person(
            number,
            group,
            frames,
            evidence=evidence,
            settings=settings,
            calibration=engines.fitting_calibration(),
            gallery=gallery,
        )
        keys_of = {id(frame): key for frame, key in zip(frames, keys, strict=True)}
        shown[number] = [keys_of[id(frame)] for frame in person.frames]
        persons.append(replace(person, frames=()))  # 10 MB a person, and there may be hundreds
        yield FindingReady(person=person)

    case.put_tracks(evidence_id, reviewed.views())
    after = yield from check_evidence(case, evidence, actor=case.actor, occasion="after the analysis", cancel=cancel)
    result = _result(evidence, before, after, time_range, stored, persons, scanned.n_dropped, not_found)
    case.put_result(evidence_id, result, shown)
    case.set_state(evidence_id, EvidenceState.DONE)
    case.append_audit(case.actor, "analysis finished", f"{evidence.path} {evidence.sha256}")
    yield AnalysisDone(result=result)


def _result(
    evidence: EvidenceItem,
    before: FileCheck,
    after: FileCheck,
    time_range: TimeRange,
    stored: ScanState,
    persons: list[PersonTrack],
    n_dropped: int,
    not_found: list[str],
) -> EvidenceResult:
    warnings = [*stored.warnings, *not_found]
    if (aspect := evidence.pixel_aspect) != 1:
        look = "narrower" if aspect > 1 else "wider"
        warnings.append(
            f"the file states pixels of {aspect.numerator}:{aspect.denominator} (width to height), which was not "
            f"applied: faces were analysed {look} than they are, and error rates were measured on faces that are not "
            "distorted"
        )
    if stored.n_corrupt:
        pictures = "1 picture is" if stored.n_corrupt == 1 else f"{stored.n_corrupt} pictures are"
        warnings.append(f"{pictures} damaged or cannot be decoded; {stored.n_decoded} were decoded")
    if n_dropped:
        warnings.append(f"{n_dropped} fleeting or doubtful face tracks were left out")
    if after.state is FileState.UNREADABLE:
        warnings.append(f"after the analysis the file {after.words}")
    elif not after.is_same:
        warnings.append("the file changed during the analysis: its hash is another one now")
    elif after.state is FileState.TOUCHED:
        warnings.append("the content of the file is as at intake, but its modification time is another")
    return EvidenceResult(
        evidence=evidence,
        sha256_before=before.sha256,
        sha256_after=after.sha256,
        analysed_range=time_range,
        n_frames_decoded=stored.n_decoded,
        n_frames_analysed=len(stored.frames),
        n_frames_corrupt=stored.n_corrupt,
        n_frames_duplicate=sum(frame.is_duplicate for frame in stored.frames),
        n_cuts=sum(frame.is_cut for frame in stored.frames),
        frames=stored.frames,
        persons=tuple(persons),
        warnings=tuple(warnings),
    )
