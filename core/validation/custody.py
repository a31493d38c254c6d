"""Campaign: whoever tampers with the custody log of a case is found out, and the act is called by its name."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from random import Random

from core.casefile.opening import DATABASE_NAME
from core.casefile.store import CaseFile
from core.casefile.tampering import NAMES, NEEDS_OUTSIDE, Act, Skill, tamper
from core.domain.custody import CustodyStatus, FindingKind
from core.domain.evidence import EvidenceItem
from core.evidence.examiner_key import ExaminerKey
from core.evidence.ledger import HeadLedger
from core.validation import custody_gallery, custody_older, custody_rows
from core.validation.campaign import Campaign, Check, Setting
from core.validation.sample_item import sample_item

_SEEDS, _SEEDS_SHORT = 1000, 2
_CASES, _CASES_SHORT = 20, 2
_WORDS = ("viewed", "decision", "hash checked", "report exported", "note «é» 山田", "line\nfeed", "")


def _run(setting: Setting) -> Iterator[Check]:
    n_seeds = _SEEDS if setting.full else _SEEDS_SHORT
    bench = _Bench(setting.workspace, setting.random(), _CASES if setting.full else _CASES_SHORT)
    acts = list(Act)
    total = len(acts) + 3 + sum(part.N_CHECKS for part in (custody_rows, custody_older, custody_gallery))
    steps = iter(range(1, total + 1))

    def step() -> None:
        setting.progress(next(steps), total)

    yield _untouched(bench, n_seeds)
    step()
    for act in acts:
        yield _tampered(bench, act, n_seeds)
        step()
    for check in (_older_copies, _limit):
        yield check(bench, n_seeds)
        step()
    rows, older = setting.workspace / "rows", setting.workspace / "older"
    yield from custody_rows.row_checks(rows, setting.random(), n_seeds, full=setting.full, done=step)
    yield from custody_older.older_checks(older, setting.random(), n_seeds, done=step)
    yield from custody_gallery.gallery_checks(setting.workspace / "gallery", setting.random(), n_seeds, done=step)


class _Bench:
    """Signed cases to tamper with copies of, and the ledger of the machine that signed them."""

    def __init__(self, workspace: Path, random: Random, n_cases: int) -> None:
        self.random = random
        self.ledger = HeadLedger(workspace / "signed-heads.jsonl")
        self.key, self.other = ExaminerKey.create("J. Doe"), ExaminerKey.create("J. Doe")
        self._trial = workspace / "trial"
        self._older: dict[Path, Path] = {}
        self.cases = [self._made(workspace / f"case-{number}") for number in range(n_cases)]

    def _made(self, folder: Path) -> Path:
        with CaseFile.open(folder, create=True) as case:
            for number in range(self.random.randint(1, 3)):
                case.add_evidence(_item(number))
            for _ in range(self.random.randint(1, 4)):
                self._work(case)
                case.sign_log(self.key, self.ledger)
        older = folder.with_name(f"{folder.name}-older")
        shutil.copytree(folder, older)
        self._older[folder] = older
        with CaseFile.open(folder, create=False) as case:
            self._work(case)
            case.sign_log(self.key, self.ledger)
            for _ in range(self.random.randint(0, 3)):
                case.append_audit("J. Doe", "viewed", "after the last signature")
        return folder

    def _work(self, case: CaseFile) -> None:
        for _ in range(self.random.randint(1, 12)):
            detail = f"{self.random.choice(_WORDS)} {self.random.random()}"
            case.append_audit(self.random.choice(("J. Doe", "unswap")), self.random.choice(_WORDS), detail)

    def copy(self, *, of_older: bool = False) -> Path:
        """A copy of one of the cases, to be tampered with; the one before is gone."""
        shutil.rmtree(self._trial, ignore_errors=True)
        folder = self.random.choice(self.cases)
        return Path(shutil.copytree(self._older[folder] if of_older else folder, self._trial))

    def check(self, folder: Path) -> CustodyStatus:
        """Against the ledger."""
        with CaseFile.open(folder, create=False) as case:
            return case.check_log(ledger=self.ledger)


def _untouched(bench: _Bench, n: int) -> Check:
    n_wrong = 0
    for _ in range(n):
        folder = bench.copy()
        if bench.random.random() < 0.5:  # work goes on, here or where the copy was taken to
            with CaseFile.open(folder, create=False) as case:
                case.append_audit("M. Weber", "viewed", "on another machine")
                if bench.random.random() < 0.5:
                    case.sign_log(bench.other)
        n_wrong += not bench.check(folder).is_whole
    return Check(
        promise="A log that nobody tampered with passes, also in a copy in which work went on.",
        figure=f"{n - n_wrong:,} of {n:,} passed",
        passed=not n_wrong,
    )


def _tampered(bench: _Bench, act: Act, n: int) -> Check:
    n_found = n_named = n_alone = 0
    for number in range(n):
        folder = bench.copy()
        skill = list(Skill)[number % 2]
        tamper(folder / DATABASE_NAME, act, skill, bench.random, bench.other)
        with CaseFile.open(folder, create=False) as case:
            kinds = {finding.kind for finding in case.check_log(ledger=bench.ledger).findings}
            n_alone += not case.check_log().is_whole
        n_found += bool(kinds)
        n_named += bool(kinds & NAMES[act, skill])
    needs = " (the case alone cannot show it: it takes the ledger or a report)" if act in NEEDS_OUTSIDE else ""
    is_kept = n_found == n_named == n and n_alone == (0 if act in NEEDS_OUTSIDE else n)
    return Check(
        promise=f"Detected and called by its name: {act}{needs}.",
        figure=f"{n_found:,} of {n:,} found, {n_named:,} named, {n_alone:,} shown by the case alone",
        passed=is_kept,
    )


def _older_copies(bench: _Bench, n: int) -> Check:
    n_named = 0
    for number in range(n):
        folder = bench.copy(of_older=True)
        expected = FindingKind.OLDER_COPY
        if number % 2:
            with CaseFile.open(folder, create=False) as case:
                for _ in range(40):  # past the count that was signed
                    case.append_audit("J. Doe", "viewed", "in the older copy")
            expected = FindingKind.LOG_REWRITTEN
        n_named += expected in {finding.kind for finding in bench.check(folder).findings}
    return Check(
        promise="An older copy of the whole case that was put back, and went on or not, shows on the machine that "
        "signed the newer one.",
        figure=f"{n_named:,} of {n:,} found and named",
        passed=n_named == n,
    )


def _limit(bench: _Bench, n: int) -> Check:
    """How much of a log no signature covers is always said."""
    n_said = 0
    for _ in range(n):
        folder = bench.copy()
        extra = bench.random.randint(0, 5)
        with CaseFile.open(folder, create=False) as case:
            before = case.check_log().n_unsigned
            for _ in range(extra):
                case.append_audit("J. Doe", "viewed", "unsigned")
        status = bench.check(folder)
        n_said += status.is_whole and status.n_unsigned == before + extra
    return Check(
        promise="Entries after the last signature, which the chain alone protects, are counted and told, not failed.",
        figure=f"{n_said:,} of {n:,} counted right",
        passed=n_said == n,
    )


def _item(number: int) -> EvidenceItem:
    return sample_item(Path("/evidence/clip.mp4"), f"{number:064x}", datetime(2026, 3, 15, tzinfo=UTC))


CAMPAIGN = Campaign(
    name="custody",
    title="Custody log: tampering is found out",
    about="Cases with signed custody logs of random length and content are tampered with through the database, with "
    "the database's own protection taken away and put back: each act once leaving the hashes as they were and once "
    "with hashes, numbers and counters made anew to fit, in turn. A check of the log against the ledger of the machine "
    "has to find the act and to call it by its name; what the case alone shows, on a machine that never saw it, is "
    "counted too. Acts concern entries that were signed for. In other cases, with items, a run, a result, crops, "
    "recovered faces, decisions and facts, rows are changed of which the log holds the hash; the log itself stays as "
    "it is, since whoever makes it fit does one of the acts before. Cases as the schema before wrote them are changed "
    "before and after this version opens them. The signed log of a gallery is tampered with likewise.",
    run=_run,
)
