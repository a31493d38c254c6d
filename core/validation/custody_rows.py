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

from core.casefile.codec_evidence import case_info_json
from core.casefile.opening import DATABASE_NAME
from core.casefile.records import ScanBatch, StoredCrop
from core.casefile.row_tampering import CALLED, RowAct, tamper_rows
from core.casefile.store import CaseFile
from core.domain.custody import FindingKind
from core.domain.evidence import EvidenceItem, EvidenceState
from core.domain.identity import Role
from core.domain.report import CaseInfo, EvidenceResult, RunBasis
from core.domain.review import JudgeCandidate, ReviewAction, Verdict, WriteNote
from core.domain.time import TimeRange
from core.evidence.examiner_key import ExaminerKey
from core.evidence.ledger import HeadLedger
from core.validation.campaign import Check
from core.validation.report_specimen import specimen_report
from core.validation.sample_item import sample_item

_CASES, _CASES_SHORT = 8, 1
FACES = (0, 1)
"""Frames of the specimen that show one."""

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
    for check in (_untouched, _gone_on, _planted):
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
            report = specimen_report(case, _item(0))
            result = report.results[0]
            number = case.add_evidence(result.evidence)
            for other in range(1, self.random.randint(2, 4)):
                case.add_evidence(_item(other))
            for key in range(self.random.randint(1, 2)):  # the later run takes the place of the earlier one
                case.begin_run(number, run_key=f"settings {key}", time_range=TimeRange())
                case.commit_batch(number, batch_of(result, FACES[:1]))
                case.commit_batch(number, batch_of(result, (*FACES[1:], 2, 3)))
                for face in FACES:
                    case.put_recovered(number, [(face, 0, result.persons[0].frames[face].recovered)])
                case.finish_scan(number)
            for _ in range(self.random.randint(1, 2)):
                case.put_result(number, result)
            case.set_state(number, EvidenceState.DONE)
            case.add_run_basis(
                RunBasis(
                    manifest=report.manifest,
                    error_rates=report.error_rates,
                    model_limits=report.model_limits,
                    gallery_name=report.gallery_name,
                )
            )
            for action in decisions_on(self.random, number):
                case.decide("J. Doe", action)
            case.set_decision_active("J. Doe", 1, is_active=False)
            if self.random.random() < 0.5:
                case.set_decision_active("J. Doe", 1, is_active=True)
            case.set_case_info(replace(case.case_info(), title="Rows"))
            # Names that differ in more than the one bit that an act changes: no two are alike afterwards.
            names = ("notes.txt", "table.csv", "letter.pdf")[: self.random.randint(1, 3)]
            case.add_all_refused([(f"/evidence/{name}", "no video") for name in names])
            case.add_refused("/evidence/notes.txt", "still no video")
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
        n_named += bench.kinds(folder) == CALLED[act]
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
        n_whole += status.is_whole and not status.bound_late
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
            faces = [(face, 0, case.get_recovered(1, face, 0)) for face in FACES]
            crops = [StoredCrop(frame_index=f, face_number=0, track_key=1, face=case.crop(1, f, 0)) for f in FACES]
        tamper_rows(folder / DATABASE_NAME, act, bench.random)
        with CaseFile.open(folder, create=False) as case:
            match act:
                case RowAct.EDIT_CROP:
                    case.put_added_face(1, 100_001, crops, [])
                case RowAct.EDIT_RECOVERED:
                    case.put_recovered(1, faces)
                case _:
                    case.set_case_info(kept)
            n_named += CALLED[act] <= {finding.kind for finding in case.check_log(ledger=bench.ledger).findings}
    return Check(
        promise="A crop, a recovered face or a fact that was altered and then stored anew by the application, which "
        "puts it right, still shows.",
        figure=f"{n_named:,} of {n:,} found and named",
        passed=n_named == n,
    )


def _planted(bench: _RowBench, n: int) -> Check:
    """Nothing was entered; what somebody put there is replaced by the application, or not."""
    n_named = 0
    for number in range(n):
        folder = bench.workspace / f"planted-{number}"
        with CaseFile.open(folder, create=True) as case:
            case.add_evidence(_item(0))
            case.sign_log(bench.key, bench.ledger)
        with closing(sqlite3.connect(folder / DATABASE_NAME)) as conn:
            info = case_info_json(CaseInfo(case_number=str(bench.random.random())))
            conn.execute("INSERT INTO case_info (id, info) VALUES (1, ?)", (info,))
            conn.commit()
        with CaseFile.open(folder, create=False) as case:
            if number % 2:
                case.set_case_info(replace(case.case_info(), title="edited"))
        n_named += bench.kinds(folder) == {FindingKind.FACTS_CHANGED}
        shutil.rmtree(folder)
    return Check(
        promise="Facts that somebody put in where none were entered show, also after the application replaced them.",
        figure=f"{n_named:,} of {n:,} found and named, and nothing else",
        passed=n_named == n,
    )


def _work_on(case: CaseFile, random: Random) -> None:
    """What a program does that opens a case again: it knows none of the rows yet."""
    case.put_recovered(1, [(face, 0, case.get_recovered(1, face, 0)) for face in FACES])
    if random.random() < 0.5:
        shown = case.crop(1, FACES[0], 0)
        crop = StoredCrop(frame_index=FACES[0], face_number=7, track_key=2, face=shown)
        case.put_added_face(1, 100_001, [crop], [])
    case.set_decision_active("J. Doe", 1, is_active=random.random() < 0.5)
    case.set_case_info(replace(case.case_info(), observations=str(random.random())))


def _item(number: int) -> EvidenceItem:
    path = Path(f"/evidence/clip {number}.mp4")
    return sample_item(path, f"{number:02x}" * 32, datetime(2026, 3, 15, tzinfo=UTC))


def batch_of(result: EvidenceResult, frames: Sequence[int]) -> ScanBatch:
    """The frames of these numbers of a specimen's result, with the crops of those that show a face."""
    shown = result.persons[0].frames
    return ScanBatch(
        frames=[result.frames[n] for n in frames],
        is_key=[True] * len(frames),
        detections=[()] * len(frames),
        crops=[StoredCrop(frame_index=n, face_number=0, track_key=1, face=shown[n].face) for n in frames if n in FACES],
        finder_state="{}",
        n_decoded=frames[-1] + 1,
        n_corrupt=0,
    )


def decisions_on(random: Random, item: int) -> list[ReviewAction]:
    """A note, and a verdict on some people."""
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
