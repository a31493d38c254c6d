"""Work on a case: every kind of write that a case file knows, in the order of an analysis and its review."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from core.casefile.bindings import DECIDED, STORED
from core.casefile.opening import DATABASE_NAME
from core.casefile.run_bindings import RUN_BEGUN
from core.casefile.store import CaseFile
from core.domain.evidence import EvidenceState
from core.domain.geometry import BBox
from core.domain.report import AuditEntry, CaseInfo
from core.domain.review import FIRST_MADE_TRACK, AddFace, JoinTracks, WriteNote
from core.domain.time import TimeRange
from core.evidence.examiner_key import ExaminerKey
from core.validation.durability import records
from core.validation.durability.workload import fingerprint

N_FRAMES, BATCH = 30, 3
SHOWN = (0, 3, 6, 9, 12, 15, 18, 21)  # recovered; no later batch drops their crops
RECOVERY_BATCH = 2
_ITEM = 1
_DRAWN = FIRST_MADE_TRACK + 2  # the second decision draws a face
_EXAMINER = "E. Xaminer"
_KEPT_ACTION = "log signed"  # names a key, which is another in each process


@dataclass(frozen=True, slots=True, kw_only=True)
class _Step:
    """Something to store, and whether it is stored already."""

    do: Callable[[CaseFile], object]
    is_done: Callable[[CaseFile], bool]


class CaseWork:
    """Intake, scan, recovery, review, result, signature."""

    name = "case"
    title = "work on a case"
    database = DATABASE_NAME

    def prepare(self, folder: Path) -> None:
        """See `Workload`; it begins with nothing."""

    def work(self, folder: Path) -> Iterator[int]:
        """See `Workload`."""
        is_new = not (folder / DATABASE_NAME).exists()
        with CaseFile.open(folder, create=True) as case:
            if is_new:
                yield 1
            steps = _steps()
            done = 0 if is_new else next((n for n in range(len(steps), 0, -1) if steps[n - 1].is_done(case)), 0)
            for number, step in enumerate(steps[done:], done + 2):
                step.do(case)
                yield number

    def attempts(self, folder: Path) -> Iterator[Callable[[], object]]:
        """See `Workload`."""
        yield lambda: CaseFile.open(folder, create=True).close()
        with CaseFile.open(folder, create=False, busy_timeout_s=0.05) as case:
            for step in _steps():
                yield partial(step.do, case)

    def state(self, folder: Path) -> str:
        """See `Workload`."""
        if not (folder / DATABASE_NAME).exists():
            return ""
        with CaseFile.open(folder, create=False) as case:
            return fingerprint(_content(case))

    def problems(self, folder: Path) -> list[str]:
        """See `Workload`."""
        if not (folder / DATABASE_NAME).exists():
            return []
        with CaseFile.open(folder, create=False) as case:
            return [*case.problems(), *case.verify_audit()]


def _steps() -> tuple[_Step, ...]:
    """All of them; the later of two is done only when the earlier is."""
    return (
        _Step(
            do=lambda case: case.set_case_info(CaseInfo(case_number="17/26", title="Killed", examiner=_EXAMINER)),
            is_done=lambda case: case.case_info().title == "Killed",
        ),
        _Step(
            do=lambda case: case.add_refused("/evidence/a.txt", "no video"), is_done=lambda case: bool(case.refused())
        ),
        _Step(do=lambda case: case.add_evidence(records.evidence()), is_done=lambda case: bool(case.evidence())),
        _Step(
            do=lambda case: case.begin_run(_ITEM, run_key="settings 1", time_range=TimeRange()),
            is_done=lambda case: bool(case.evidence()) and case.run(_ITEM) is not None,
        ),
        _logged("analysis started"),
        _state(EvidenceState.RUNNING, after=(EvidenceState.DONE,)),
        *(_scanned(first) for first in range(0, N_FRAMES, BATCH)),
        _Step(
            do=lambda case: case.finish_scan(_ITEM, ["noise"], n_decoded=N_FRAMES + 1, n_corrupt=6),
            is_done=lambda case: _begun(case) and case.scanned(_ITEM).scan_done,
        ),
        _decided(1, WriteNote(text="The original recorder is not available.")),
        _decided(2, AddFace(evidence_id=_ITEM, frame_index=4, time=records.frame(4).time, bbox=_BOX)),
        _decided(3, JoinTracks(evidence_id=_ITEM, track_ids=(1, _DRAWN))),
        _Step(
            do=lambda case: case.set_decision_active(_EXAMINER, 3, is_active=False),
            is_done=lambda case: any(not entry.is_active for entry in case.decisions()),
        ),
        _Step(
            do=lambda case: case.put_added_face(
                _ITEM, _DRAWN, [], [(_DRAWN, records.detection(n, number=1)) for n in (4, 5)]
            ),
            is_done=lambda case: _begun(case) and bool(case.added_faces(_ITEM)),
        ),
        *(_recovered(SHOWN[first : first + RECOVERY_BATCH]) for first in range(0, len(SHOWN), RECOVERY_BATCH)),
        _Step(
            do=lambda case: case.put_tracks(_ITEM, [records.track(N_FRAMES)]),
            is_done=lambda case: bool(case.tracks(_ITEM)),
        ),
        _Step(
            do=lambda case: case.put_result(_ITEM, records.result(N_FRAMES, SHOWN)),
            is_done=lambda case: case.outline(_ITEM) is not None,
        ),
        _state(EvidenceState.DONE),
        _Step(do=lambda case: case.add_run_basis(records.basis()), is_done=lambda case: bool(case.run_bases())),
        _logged("analysis finished"),
        _Step(
            do=lambda case: case.dismiss_refused(_EXAMINER, "/evidence/a.txt"),
            is_done=lambda case: any(entry.action == "refusal dismissed" for entry in case.audit()),
        ),
        _Step(
            do=lambda case: case.sign_log(ExaminerKey.create(_EXAMINER)),
            is_done=lambda case: case.signed_head() is not None,
        ),
    )


_BOX = BBox(x1=4.0, y1=5.0, x2=40.0, y2=50.0)


def _begun(case: CaseFile) -> bool:
    return bool(case.evidence()) and case.run(_ITEM) is not None


def _logged(action: str) -> _Step:
    return _Step(
        do=lambda case: case.append_audit("unswap", action, "interview.mp4"),
        is_done=lambda case: any(entry.action == action for entry in case.audit()),
    )


def _state(state: EvidenceState, *, after: tuple[EvidenceState, ...] = ()) -> _Step:
    return _Step(
        do=lambda case: case.set_state(_ITEM, state),
        is_done=lambda case: any(stored.state in (state, *after) for stored in case.evidence()),
    )


def _scanned(first: int) -> _Step:
    return _Step(
        do=lambda case: case.commit_batch(_ITEM, records.batch(range(first, first + BATCH))),
        is_done=lambda case: _begun(case) and len(case.scanned(_ITEM).frames) > first,
    )


def _decided(number: int, action: WriteNote | AddFace | JoinTracks) -> _Step:
    return _Step(do=lambda case: case.decide(_EXAMINER, action), is_done=lambda case: len(case.decisions()) >= number)


def _recovered(numbers: Sequence[int]) -> _Step:
    return _Step(
        do=lambda case: case.put_recovered(_ITEM, [(n, 0, records.recovery(n)) for n in numbers]),
        is_done=lambda case: _begun(case) and (numbers[0], 0) in case.recovered(_ITEM),
    )


def _without_chance(entry: AuditEntry) -> str:
    """The detail of an entry without what differs from one run to the next."""
    if entry.action == DECIDED:
        return entry.detail.partition("; sha256 ")[0]  # the hash is over the time, too
    if entry.action == RUN_BEGUN:
        return entry.detail.partition(", sha256 ")[0]  # likewise
    if entry.action in STORED:
        return entry.detail.partition("; went on from ")[0]  # which resumed work says, and only that
    return "" if entry.action == _KEPT_ACTION else entry.detail


def _content(case: CaseFile) -> object:
    """All that readers can see of a case, times and random numbers left out."""
    stored = case.evidence()
    run = case.run(_ITEM) if stored else None
    of_case = (
        case.case_info(),
        case.run_bases(),
        stored,
        case.refused(),
        [(e.actor, e.action, _without_chance(e)) for e in case.audit()],
        [(entry.id, entry.actor, entry.action, entry.is_active) for entry in case.decisions()],
        case.signed_head() is not None,
    )
    if run is None:
        return of_case
    return (
        *of_case,
        (run.run_key, run.time_range),
        case.scanned(_ITEM),
        [(key, case.crop(_ITEM, key.frame_index, key.face_number)) for key in case.crops(_ITEM)],
        [(tuple(key), case.get_recovered(_ITEM, *key)) for key in case.recovered(_ITEM)],
        case.added_faces(_ITEM),
        case.tracks(_ITEM),
        case.result(_ITEM),
    )
