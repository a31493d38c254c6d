"""Case reports for tests: every kind of outcome, and everything a hostile input could smuggle in."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from fractions import Fraction
from pathlib import Path

from core.domain.calibration import Calibration
from core.domain.evidence import EvidenceItem, EvidenceKind, FrameRecord
from core.domain.identity import (
    Decision,
    Role,
)
from core.domain.report import (
    AuditEntry,
    CaseInfo,
    CaseReport,
    ErrorRate,
    EvidenceResult,
    PersonTrack,
    RunManifest,
    WeightsRecord,
)
from core.domain.review import Review
from core.domain.time import TimeRange
from tests.builders_calibration import calibration
from tests.builders_report_parts import (
    HOSTILE,
    NAMES,
    START,
    TIME_BASE,
    at,
    digest,
    finding,
    person,
    person_not_recovered,
    person_without_candidates,
    recovered_frame,
    search,
)
from tests.builders_review import all_kinds, bookmarked, hostile

__all__ = ["CASES", "NAMES", "digest", "finding", "person", "recovered_frame", "search"]


def item(name: str = "interview.mp4", folder: str = "/evidence/2026-031") -> EvidenceItem:
    return EvidenceItem(
        path=Path(folder) / name,
        sha256=digest(name),
        size_bytes=48_231_977,
        modified_at=START - timedelta(days=12),
        ingested_at=START,
        kind=EvidenceKind.VIDEO,
        container="mov,mp4,m4a,3gp,3g2,mj2",
        codec="h264",
        pixel_format="yuv420p",
        stream_index=0,
        n_video_streams=1,
        has_audio=True,
        width_px=1080,
        height_px=1920,
        rotation_deg=90,
        nominal_fps=Fraction(30000, 1001),
        is_vfr=True,
        time_base=TIME_BASE,
        duration_s=Fraction(83, 2),
        encoder="Lavf61.7.100",
    )


def result(
    evidence: EvidenceItem | None = None,
    persons: tuple[PersonTrack, ...] = (),
    *,
    n_frames: int = 9,
    failure: str = "",
    warnings: tuple[str, ...] = (),
) -> EvidenceResult:
    evidence = evidence or item()
    frames = tuple(
        FrameRecord(
            index=n * 6,
            time=at(n),
            sha256=digest(f"frame {n}"),
            is_corrupt=n % 97 == 4,
            is_duplicate=n % 61 == 5,
            is_cut=n % 131 == 6,
        )
        for n in range(0 if failure else n_frames)
    )
    return EvidenceResult(
        evidence=evidence,
        sha256_before="" if failure else evidence.sha256,
        sha256_after="" if failure else evidence.sha256,
        analysed_range=TimeRange(),
        n_frames_decoded=0 if failure else n_frames * 6,
        n_frames_analysed=len(frames),
        n_frames_corrupt=sum(f.is_corrupt for f in frames),
        n_frames_duplicate=sum(f.is_duplicate for f in frames),
        n_cuts=sum(f.is_cut for f in frames),
        frames=frames,
        persons=persons,
        warnings=warnings,
        failure=failure,
    )


MANIFEST = RunManifest(
    application_version="0.1.0",
    config=(("sampling.fps", "5"), ("recovery.frames_per_track", "16"), ("gallery.threshold", "0.42")),
    weights=(
        WeightsRecord(name="compact-2026-03", sha256=digest("weights"), terms="MIT; trained on licensed faces"),
        WeightsRecord(name="embedder-128", sha256=digest("embedder"), terms="CC0"),
    ),
    libraries=(("torch", "2.15.0"), ("av", "18.0.0"), ("numpy", "2.4.6")),
    platform="Linux 6.1 x86_64, Python 3.11.2",
    device="cpu, 2 threads",
    seed=7,
    started_at=START + timedelta(minutes=2),
    ended_at=START + timedelta(minutes=5, seconds=11),
    command="unswap analyze /evidence/2026-031/interview.mp4 --case case-2026-031 --gallery people.db --seed 7",
    tolerance="scores agree to 0.001 on the same device; ranks may change where scores differ by less",
)


def case_report(
    results: tuple[EvidenceResult, ...],
    *,
    case: CaseInfo | None = None,
    refused: tuple[tuple[str, str], ...] = (),
    audit: tuple[AuditEntry, ...] = (),
    measured: bool = True,
) -> CaseReport:
    rates = (
        ErrorRate(
            measure="FMR, recovered source, 8 or more frames",
            threshold=0.42,
            rate=0.0008,
            low=0.0003,
            high=0.0017,
            trials=7514,
            population="120 people of an open face collection, forgeries made by our own generator",
        ),
        ErrorRate(
            measure="FNMR, recovered target, 8 or more frames",
            threshold=0.42,
            rate=0.0,
            low=0.0,
            high=0.0249,
            trials=120,
            population="the same 120 people",
        ),
    )
    return CaseReport(
        case=case or CaseInfo(),
        created_at=START + timedelta(minutes=6),
        results=results,
        refused=refused,
        manifest=MANIFEST,
        error_rates=rates if measured else (),
        model_limits=("trained on 224 px faces of adults; unvalidated on children",) if measured else (),
        audit=audit,
        gallery_name="people.db",
        calibration=calibration() if measured else Calibration.none(),
    )


def audit_log() -> tuple[AuditEntry, ...]:
    steps = (
        ("intake", f"/evidence/2026-031/interview.mp4 sha256 {item().sha256}"),
        ("analysis started", f"sha256 {item().sha256}"),
        ("gallery searched", "people.db, revision 17"),
        ("export", f"report of {item().sha256}"),
    )
    return tuple(
        AuditEntry(
            at=START + timedelta(minutes=i),
            actor="m.weber",
            action=action,
            detail=detail,
            entry_sha256=digest(f"{i}{detail}"),
        )
        for i, (action, detail) in enumerate(steps)
    )


def full_case() -> CaseReport:
    """Three people with every kind of outcome, a failed item, a refused input."""
    case = CaseInfo(
        case_number="2026-031",
        title="",
        examiner="Dr. Miriam Weber",
        organisation="Forensic Media Laboratory",
        request="Examination of a video received on 2 March 2026 with regard to manipulation of faces.",
        questions=(
            "Was the face of the person in the video replaced?",
            "If so, whose face was put in, and whose head was it put on?",
        ),
        observations="The skin tone changes along the jaw at 0:00:00.400.\nThe ears do not move with the face.",
    )
    persons = (person(), person_without_candidates(), person_not_recovered())
    return case_report(
        (
            result(persons=persons, warnings=("2 frames of the face at 0:00:01.200 could not be aligned",)),
            result(item("broken.mkv"), failure="the file ends before its first picture"),
            result(item("landscape.mov"), n_frames=3),
        ),
        case=case,
        refused=(("/evidence/2026-031/notes.txt", "no decoder recognises the file as a video or a picture"),),
        audit=audit_log(),
    )


def no_candidate_case() -> CaseReport:
    return case_report((result(persons=(person_without_candidates(1),)),), measured=False)


def unable_case() -> CaseReport:
    return case_report((result(persons=(person_not_recovered(1),)),))


def failed_case() -> CaseReport:
    return case_report((result(failure="the stream opens and yields no picture"),))


def empty_case() -> CaseReport:
    return case_report((), measured=False)


def many_frames_case() -> CaseReport:
    return case_report((result(persons=(person(n_frames=600),), n_frames=600),), case=CaseInfo(case_number="LONG-1"))


def many_candidates_case() -> CaseReport:
    names = ("Grace Hopper", *(f"Person number {n}" for n in range(2, 60)))
    found = search(names, 0.95, threshold=-1.0, n_people=59)
    everybody = finding(Role.SOURCE, Decision.INCONCLUSIVE, "too many candidates reach the threshold", found)
    crowd = tuple(person_without_candidates(n) for n in range(2, 6))
    first = person()
    one = PersonTrack(**{**{f: getattr(first, f) for f in first.__slots__}, "findings": (everybody,)})
    return case_report((result(persons=(one, *crowd)),), case=CaseInfo(case_number="MANY-1"))


def hostile_case() -> CaseReport:
    """Everything a person, a file name or an audit line could smuggle in."""
    case = CaseInfo(
        case_number='<b>7</b> & "quoted" \u202e',
        title="Case <script>alert(1)</script> ναι да نعم 是",
        examiner="محمد بن عبد الله (Test) 123",
        organisation="ירושלים & <i>Co</i>",
        request="\n".join(HOSTILE),
        questions=(HOSTILE[0], "مَن هو الشخص الذي يظهر في هذا التسجيل؟ " * 6),
        observations="x" * 3000 + "\n" + "observation 中文 " * 200,
    )
    audit = tuple(
        AuditEntry(
            at=START,
            actor=HOSTILE[i % 11],
            action=HOSTILE[(i + 1) % 11],
            detail=HOSTILE[(i + 2) % 11] * 9,
            entry_sha256=digest(str(i)),
        )
        for i in range(11)
    )
    evidence = item('<b>evil</b> & "\udcff\u202efdp.mp4', folder="/evidence/" + "deep/" * 60)
    return case_report(
        (result(evidence, persons=(person(names=HOSTILE),), warnings=HOSTILE),),
        case=case,
        refused=tuple((text, text) for text in HOSTILE),
        audit=audit,
    )


def reviewed_case() -> CaseReport:
    """`full_case` after a person's work on it."""
    made = all_kinds()
    return replace(full_case(), review=Review.of(made), bookmark_frames=bookmarked(made))


def hostile_review_case() -> CaseReport:
    """`hostile_case` with the same texts in decisions."""
    made = hostile(HOSTILE)
    return replace(hostile_case(), review=Review.of(made), bookmark_frames=bookmarked(made))


CASES: dict[str, Callable[[], CaseReport]] = {
    "full": full_case,
    "no-candidate": no_candidate_case,
    "unable": unable_case,
    "failed": failed_case,
    "empty": empty_case,
    "many-frames": many_frames_case,
    "many-candidates": many_candidates_case,
    "hostile": hostile_case,
    "reviewed": reviewed_case,
    "hostile-review": hostile_review_case,
}
