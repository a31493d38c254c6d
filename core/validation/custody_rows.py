"""Part of the campaign `custody`: rows that the custody log holds the hash of are changed behind its back."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from random import Random

from core.casefile import audit, result_rows, scan_rows
from core.casefile.bindings import DECIDED
from core.casefile.codec_evidence import case_info_json
from core.casefile.codec_review import action_json
from core.casefile.opening import DATABASE_NAME
from core.casefile.records import ScanBatch, StoredCrop
from core.casefile.row_tampering import CALLED, RowAct, tamper_rows
from core.casefile.store import CaseFile
from core.domain.custody import FindingKind
from core.domain.identity import Role
from core.domain.report import CaseInfo, EvidenceResult
from core.domain.review import JudgeCandidate, ReviewAction, Verdict, WriteNote, described
from core.domain.time import TimeRange
from core.evidence.examiner_key import ExaminerKey
from core.evidence.ledger import HeadLedger
from core.validation.campaign import Check
from core.validation.report_specimen import specimen_report
from core.validation.sample_item import sample_item

_CASES, _CASES_SHORT = 8, 1
_FACES = (0, 1)  # frames of the specimen that show one

N_CHECKS = len(RowAct) + 3


def row_checks(
    workspace: Path, random: Random, n_seeds: int, *, full: bool, done: Callable[[], None]
) -> Iterator[Check]:
    """`N_CHECKS` checks of `n_seeds` trials each.

    Args:
        workspace: an empty folder of their own.
        random: of every choice.
        n_seeds: trials.
        full: with many cases.
        done: called after each check.
    """
    bench = _RowBench(workspace, random, _CASES if full else _CASES_SHORT)
    for act in RowAct:
        yield _tampered(bench, act, n_seeds)
        done()
    for check in (_untouched, _gone_on, _older_version):
        yield check(bench, n_seeds)
        done()


class _RowBench:
    """Signed cases with every kind of row, to change copies of, and the ledger of the machine that signed them."""

    def __init__(self, workspace: Path, random: Random, n_cases: int) -> None:
        self.random, self.workspace = random, workspace
        self.ledger, self.key = HeadLedger(workspace / "row-heads.jsonl"), ExaminerKey.create("J. Doe")
        self.cases = [self._made(workspace / f"rows-{number}") for number in range(n_cases)]

    def _made(self, folder: Path) -> Path:
        with CaseFile.open(folder, create=True) as case:
            case.set_case_info(CaseInfo(case_number=f"{self.random.randrange(999)}/26", examiner="J. Doe"))
            result = _result(case)
            number = case.add_evidence(result.evidence)
            for key in range(self.random.randint(1, 2)):  # the later run takes the place of the earlier one
                case.begin_run(number, run_key=f"settings {key}", time_range=TimeRange())
                case.commit_batch(number, _batch(result, _FACES[:1]))
                case.commit_batch(number, _batch(result, (*_FACES[1:], 2, 3)))
                for face in _FACES:
                    case.put_recovered(number, [(face, 0, result.persons[0].frames[face].recovered)])
            for _ in range(self.random.randint(1, 2)):
                case.put_result(number, result)
            for action in _decisions(self.random, number):
                case.decide("J. Doe", action)
            case.set_decision_active("J. Doe", 1, is_active=False)
            if self.random.random() < 0.5:
                case.set_decision_active("J. Doe", 1, is_active=True)
            case.set_case_info(replace(case.case_info(), title="Rows"))
            case.sign_log(self.key, self.ledger)
        return folder

    def copy(self) -> Path:
        """A copy of one of the cases, to be changed; the one before is gone."""
        trial = self.workspace / "row-trial"
        shutil.rmtree(trial, ignore_errors=True)
        return Path(shutil.copytree(self.random.choice(self.cases), trial))

    def kinds(self, folder: Path) -> set[FindingKind]:
        """What a check finds, and the same without the ledger."""
        with CaseFile.open(folder, create=False) as case:
            found = {finding.kind for finding in case.check_log(ledger=self.ledger).findings}
            return found & {finding.kind for finding in case.check_log().findings}


def _tampered(bench: _RowBench, act: RowAct, n: int) -> Check:
    n_named = 0
    for _ in range(n):
        folder = bench.copy()
        tamper_rows(folder / DATABASE_NAME, act, bench.random)
        n_named += bench.kinds(folder) == {CALLED[act]}
    return Check(
        promise=f"Detected and called by its name, by the case alone: {act}.",
        figure=f"{n_named:,} of {n:,} found and named, and nothing else",
        passed=n_named == n,
    )


def _untouched(bench: _RowBench, n: int) -> Check:
    n_whole = 0
    for _ in range(n):
        folder = bench.copy()
        with CaseFile.open(folder, create=False) as case:
            _work_on(case, bench.random)
            status = case.check_log(ledger=bench.ledger)
        n_whole += status.is_whole and not status.unbound
    return Check(
        promise="A case in which work went on, over what an earlier program had stored, passes.",
        figure=f"{n_whole:,} of {n:,} passed",
        passed=n_whole == n,
    )


def _gone_on(bench: _RowBench, n: int) -> Check:
    """The changed rows themselves are gone when the check is made."""
    n_named = 0
    acts = (RowAct.EDIT_CROP, RowAct.EDIT_RECOVERED, RowAct.EDIT_FACTS)
    for number in range(n):
        folder, act = bench.copy(), acts[number % len(acts)]
        with CaseFile.open(folder, create=False) as case:
            kept = case.case_info()
            faces = [(face, 0, case.get_recovered(1, face, 0)) for face in _FACES]
            crops = [StoredCrop(frame_index=f, face_number=0, track_key=1, face=case.crop(1, f, 0)) for f in _FACES]
        tamper_rows(folder / DATABASE_NAME, act, bench.random)
        with CaseFile.open(folder, create=False) as case:
            match act:
                case RowAct.EDIT_CROP:
                    case.put_added_face(1, 100_001, crops, [])
                case RowAct.EDIT_RECOVERED:
                    case.put_recovered(1, faces)
                case _:
                    case.set_case_info(kept)
            n_named += CALLED[act] in {finding.kind for finding in case.check_log(ledger=bench.ledger).findings}
    return Check(
        promise="A crop, a recovered face or a fact that was altered and then stored anew by the application, which "
        "puts it right, still shows.",
        figure=f"{n_named:,} of {n:,} found and named",
        passed=n_named == n,
    )


def _older_version(bench: _RowBench, n: int) -> Check:
    n_told = 0
    for number in range(n):
        folder = bench.workspace / f"older-{number}"
        with CaseFile.open(folder, create=True) as case:
            result = _result(case)
            case.add_evidence(result.evidence)
        _write_as_older_version(folder / DATABASE_NAME, result, _decisions(bench.random, 1))
        with CaseFile.open(folder, create=False) as case:
            status = case.check_log(ledger=bench.ledger)
        told = "; ".join(status.unbound)
        parts = ("the result of item 1", "the crops of item 1", "recovered faces", "about the case", "decisions")
        n_told += status.is_whole and all(part in told for part in parts)
        shutil.rmtree(folder)
    return Check(
        promise="What a version that entered no hashes stored is told as not bound, and not called tampered with.",
        figure=f"{n_told:,} of {n:,} told in full",
        passed=n_told == n,
    )


def _work_on(case: CaseFile, random: Random) -> None:
    """What a program does that opens a case again: it knows none of the rows yet."""
    case.put_recovered(1, [(face, 0, case.get_recovered(1, face, 0)) for face in _FACES])
    if random.random() < 0.5:
        shown = case.crop(1, _FACES[0], 0)
        crop = StoredCrop(frame_index=_FACES[0], face_number=7, track_key=2, face=shown)
        case.put_added_face(1, 100_001, [crop], [])
    case.set_decision_active("J. Doe", 1, is_active=random.random() < 0.5)
    case.set_case_info(replace(case.case_info(), observations=str(random.random())))


def _result(case: CaseFile) -> EvidenceResult:
    item = sample_item(Path("/evidence/clip.mp4"), "5a" * 32, datetime(2026, 3, 15, tzinfo=UTC))
    return specimen_report(case, item).results[0]


def _batch(result: EvidenceResult, frames: Sequence[int]) -> ScanBatch:
    shown = result.persons[0].frames
    return ScanBatch(
        frames=[result.frames[n] for n in frames],
        is_key=[True] * len(frames),
        detections=[()] * len(frames),
        crops=[
            StoredCrop(frame_index=n, face_number=0, track_key=1, face=shown[n].face) for n in frames if n in _FACES
        ],
        finder_state="{}",
        n_decoded=frames[-1] + 1,
        n_corrupt=0,
    )


def _decisions(random: Random, item: int) -> list[ReviewAction]:
    verdicts = [
        JudgeCandidate(
            evidence_id=item,
            track_id=1,
            role=random.choice(list(Role)),
            person_id=person,
            name=f"Person {person}",
            verdict=random.choice(list(Verdict)),
        )
        for person in range(random.randint(1, 4))
    ]
    return [WriteNote(text="the recorder is not available"), *verdicts]


def _write_as_older_version(database: Path, result: EvidenceResult, decisions: Sequence[ReviewAction]) -> None:
    """Store rows as versions did that entered no hash of them into the log."""
    with closing(sqlite3.connect(database, isolation_level=None)) as conn:
        conn.execute("BEGIN IMMEDIATE")
        conn.execute("INSERT INTO case_info (id, info) VALUES (1, ?)", (case_info_json(CaseInfo(title="old")),))
        conn.execute(
            "INSERT INTO runs (evidence_id, run_key, time_range, started_at) VALUES (1, 'k', '[null,null]', ?)",
            (datetime.now(UTC).isoformat(),),
        )
        scan_rows.insert_batch(conn, 1, _batch(result, range(4)))
        shown = result.persons[0].frames
        result_rows.insert_recovered(conn, 1, [(face, 0, shown[face].recovered) for face in _FACES])
        result_rows.put_result(conn, 1, result)
        for number, action in enumerate(decisions, 1):
            values = (datetime.now(UTC).isoformat(), "J. Doe", action_json(action))
            conn.execute("INSERT INTO review (at, actor, action) VALUES (?, ?, ?)", values)
            audit.append(conn, actor="J. Doe", action=DECIDED, detail=f"{number}: {described(action)}")
        conn.execute("COMMIT")
