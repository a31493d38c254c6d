"""Signed heads: who signed how much of the custody log, and how tampering with a signed log is called."""

from __future__ import annotations

import shutil
import sqlite3
from pathlib import Path
from random import Random

import pytest

from core.casefile.schema import MIGRATIONS
from core.casefile.store import CaseFile
from core.casefile.tampering import NAMES, NEEDS_OUTSIDE, Act, Skill, tamper
from core.domain.custody import FindingKind, SignedHead
from core.evidence.examiner_key import ExaminerKey
from core.evidence.heads import signature_problem
from core.evidence.ledger import HeadLedger
from tests.builders_report import item

KEY, OTHER = ExaminerKey.create("J. Doe"), ExaminerKey.create("J. Doe")


@pytest.fixture
def ledger(tmp_path: Path) -> HeadLedger:
    return HeadLedger(tmp_path / "mine" / "signed-heads.jsonl")


@pytest.fixture
def folder(tmp_path: Path, ledger: HeadLedger) -> Path:
    """A case whose log was signed twice, with entries after that."""
    with CaseFile.open(tmp_path / "case", create=True) as case:
        case.add_evidence(item())
        for n in range(4):
            case.append_audit("J. Doe", "viewed", f"item {n} «é» 山田")
        case.sign_log(KEY, ledger)
        for n in range(3):
            case.append_audit("unswap", "analysed", f"item {n}")
        case.sign_log(KEY, ledger)
        case.append_audit("J. Doe", "viewed", "after the signature")
    return tmp_path / "case"


def kinds(folder: Path, **known: object) -> set[FindingKind]:
    with CaseFile.open(folder, create=False) as case:
        return {finding.kind for finding in case.check_log(**known).findings}  # type: ignore[arg-type]


def test_an_unsigned_log_works_and_says_so(tmp_path: Path) -> None:
    with CaseFile.open(tmp_path / "case", create=True) as case:
        case.append_audit("J. Doe", "viewed", "item 1")
        status = case.check_log()
        assert status.is_whole and status.signed is None and case.signed_head() is None
        assert (status.signature_words, status.n_unsigned) == ("unsigned", 1)


def test_a_signature_names_the_case_the_count_and_the_key(folder: Path, ledger: HeadLedger) -> None:
    with CaseFile.open(folder, create=False) as case:
        head, log, status = case.signed_head(), case.audit(), case.check_log(ledger=ledger)
        assert head is not None and signature_problem(head) == ""
        assert (head.case_id, head.count, head.signer) == (case.case_id(), 10, "J. Doe")
        assert head.fingerprint == KEY.fingerprint
    assert head.head_sha256 == log[head.count - 1].entry_sha256
    assert (log[9].action, log[9].detail) == ("log signed", f"with the key {KEY.fingerprint}")
    assert status.is_whole and status.signed == head and status.n_unsigned == 1
    assert status.signature_words.startswith(f"10 entries signed by J. Doe (key {KEY.fingerprint[:16]}…) on ")
    assert status.signature_words.endswith("; 1 entry since the last signature")


def test_nothing_is_signed_twice_and_another_examiner_may_sign_too(folder: Path, ledger: HeadLedger) -> None:
    with CaseFile.open(folder, create=False) as case:
        first = case.sign_log(KEY, ledger)
        assert case.sign_log(KEY, ledger) == first
        second = case.sign_log(ExaminerKey.create("M. Weber"), ledger)
        assert (second.signer, second.count) == ("M. Weber", first.count + 1)
        assert case.check_log(ledger=ledger).findings == ()
        assert len(ledger.heads(case.case_id())) == 4


def test_a_signature_that_cannot_enter_the_ledger_stands_in_the_case(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with CaseFile.open(folder, create=False) as case:
        with pytest.raises(Exception, match="ledger of signed heads cannot be written"):
            case.sign_log(KEY, HeadLedger(tmp_path / "file" / "heads.jsonl"))
        assert case.check_log().n_unsigned == 0


@pytest.mark.parametrize("skill", Skill)
@pytest.mark.parametrize("act", Act)
def test_every_act_of_tampering_is_found_and_named(folder: Path, ledger: HeadLedger, act: Act, skill: Skill) -> None:
    assert kinds(folder, ledger=ledger) == set()
    tamper(folder / "case.sqlite", act, skill, Random(f"{act}{skill}"), OTHER)
    assert kinds(folder, ledger=ledger) & NAMES[act, skill], kinds(folder, ledger=ledger)
    # What leaves the case consistent in itself is known only from outside; all else the case itself shows.
    assert bool(kinds(folder)) == (act not in NEEDS_OUTSIDE)


def test_an_older_copy_of_the_whole_case_shows_on_the_machine_that_signed(folder: Path, ledger: HeadLedger) -> None:
    older = folder.with_name("older")
    shutil.copytree(folder, older)
    with CaseFile.open(folder, create=False) as case:
        case.append_audit("J. Doe", "viewed", "item 9")
        newest = case.sign_log(KEY, ledger)
    shutil.rmtree(folder)
    older.rename(folder)
    assert kinds(folder) == set()
    assert kinds(folder, ledger=ledger) == {FindingKind.OLDER_COPY, FindingKind.SIGNATURE_MISSING}
    assert kinds(folder, known=[newest]) == {FindingKind.OLDER_COPY, FindingKind.SIGNATURE_MISSING}


class SignedMeanwhile(HeadLedger):
    """A ledger that is read just after another program signed the case."""

    def __init__(self, path: Path, folder: Path) -> None:
        super().__init__(path)
        self._folder = folder

    def heads(self, case_id: str) -> tuple[SignedHead, ...]:
        with CaseFile.open(self._folder, create=False) as other:
            other.append_audit("M. Weber", "viewed", "at the same time")
            other.sign_log(OTHER, HeadLedger(self.path))
        return super().heads(case_id)


def test_what_another_program_signs_during_a_check_is_no_tampering(folder: Path, ledger: HeadLedger) -> None:
    meanwhile = SignedMeanwhile(ledger.path, folder)
    with CaseFile.open(folder, create=False) as case:
        assert case.check_log(ledger=meanwhile).findings == ()
        assert case.sign_whole(KEY, meanwhile).signer == "J. Doe"
        assert case.check_log(ledger=ledger).findings == ()


def test_work_on_an_older_copy_shows_as_another_log(folder: Path, ledger: HeadLedger) -> None:
    older = folder.with_name("older")
    shutil.copytree(folder, older)
    with CaseFile.open(folder, create=False) as case:
        case.sign_log(KEY, ledger)
    with CaseFile.open(older, create=False) as case:
        for n in range(5):
            case.append_audit("J. Doe", "viewed", f"other {n}")
        case.sign_log(OTHER)
    assert FindingKind.LOG_REWRITTEN in kinds(older, ledger=ledger)


def test_another_case_is_not_mistaken_for_this_one(folder: Path, tmp_path: Path) -> None:
    with CaseFile.open(folder, create=False) as case:
        head = case.signed_head()
    with CaseFile.open(tmp_path / "second", create=True) as case:
        case.append_audit("J. Doe", "viewed", "item 1")
        assert head is not None and case.case_id() != head.case_id
    assert kinds(tmp_path / "second", known=[head]) == {FindingKind.OTHER_CASE, FindingKind.SIGNATURE_MISSING}


def test_entries_after_the_last_signature_are_kept_by_the_chain_alone(folder: Path) -> None:
    """What the words "since the last signature" warn of: whoever makes the chain anew there is not found out."""
    from datetime import UTC, datetime

    from core.casefile.audit import canonical_entry, link

    conn = sqlite3.connect(folder / "case.sqlite")
    (previous,) = conn.execute("SELECT entry_sha256 FROM audit WHERE number = 10").fetchone()
    entry = canonical_entry(number=11, at=datetime.now(UTC), actor="J. Doe", action="viewed", detail="something else")
    (statement,) = conn.execute("SELECT sql FROM sqlite_master WHERE name = 'audit_is_fixed'").fetchone()
    conn.execute("DROP TRIGGER audit_is_fixed")
    conn.execute("UPDATE audit SET entry = ?, entry_sha256 = ? WHERE number = 11", (entry, link(previous, entry)))
    conn.execute(statement)
    conn.commit()
    conn.close()
    with CaseFile.open(folder, create=False) as case:
        status = case.check_log()
    assert status.is_whole and status.n_unsigned == 1


def test_a_case_of_the_second_schema_gets_an_id_and_can_be_signed(tmp_path: Path) -> None:
    folder = tmp_path / "case"
    with CaseFile.open(folder, create=True) as case:
        for n in range(2):
            case.append_audit("J. Doe", "viewed", f"item {n}")
            case.sign_log(KEY)
    conn = sqlite3.connect(folder / "case.sqlite")
    conn.executescript("DROP TABLE signed_heads; DROP TABLE case_identity; PRAGMA user_version = 2;")
    conn.close()
    assert 2 in MIGRATIONS
    with CaseFile.open(folder, create=False) as case:
        first = case.case_id()
        assert len(first) == 32
        # The two signatures went with the table: the log still tells of them.
        assert {f.kind for f in case.check_log().findings} == {FindingKind.SIGNATURE_MISSING}
    with CaseFile.open(folder, create=False) as case:
        assert case.case_id() == first
    assert (folder / "case.sqlite.v2.bak").is_file()
