"""The ledger of signed heads: appended to, never changed, and what was changed shows."""

import json
import multiprocessing
from datetime import UTC, datetime
from pathlib import Path

import pytest

from core.errors import ExaminerKeyError
from core.evidence.examiner_key import ExaminerKey
from core.evidence.heads import head_from_record, head_record, sign_head, signature_problem
from core.evidence.ledger import HeadLedger

KEY = ExaminerKey.create("Jürgen Müller")


def head(count, case="c" * 32, key=KEY):
    return sign_head(key, case_id=case, count=count, head_sha256=f"{count:064x}", at=datetime.now(UTC))


@pytest.fixture
def ledger(tmp_path):
    ledger = HeadLedger(tmp_path / "keys" / "signed-heads.jsonl")
    for count in (3, 5, 9):
        ledger.append(head(count))
        ledger.append(head(count, case="d" * 32))
    return ledger


def test_a_signed_head_survives_json_and_its_signature_holds():
    signed = head(7)
    again = head_from_record(json.loads(json.dumps(head_record(signed))))
    assert again == signed and signature_problem(again) == ""


@pytest.mark.parametrize("field", ["case", "count", "head", "at", "signer", "name", "certificate", "signature"])
def test_a_changed_field_breaks_the_signature(field):
    signed = head(7)
    other = head_record(
        sign_head(
            ExaminerKey.create("M. Weber"),
            case_id="e" * 32,
            count=8,
            head_sha256="f" * 64,
            at=datetime(2020, 1, 1, tzinfo=UTC),
        )
    )
    mixed = head_from_record(head_record(signed) | {field: other[field]})
    assert signature_problem(mixed) != ""


@pytest.mark.parametrize(
    "values", [{}, {"count": True}, {"count": -1}, {"at": "yesterday"}, {"at": "2026-01-01"}, {"case": 7}]
)
def test_what_is_no_signed_head_is_refused(values):
    with pytest.raises(ValueError):
        head_from_record((head_record(head(7)) | values) if values else {})


def test_each_case_has_its_own_heads_in_order(ledger):
    assert [signed.count for signed in ledger.heads("c" * 32)] == [3, 5, 9]
    assert ledger.heads("0" * 32) == ()
    assert ledger.problems() == []
    assert HeadLedger(ledger.path.with_name("none")).problems() == []


def test_any_changed_byte_of_the_ledger_shows(ledger):
    whole = ledger.path.read_bytes()
    for at in range(0, len(whole) - 1, 131):
        changed = bytearray(whole)
        changed[at] ^= 1
        ledger.path.write_bytes(changed)
        assert ledger.problems() != [], at


@pytest.mark.parametrize("line", range(5))
def test_a_line_that_was_taken_out_shows(ledger, line):
    lines = ledger.path.read_bytes().splitlines(keepends=True)
    ledger.path.write_bytes(b"".join(lines[:line] + lines[line + 1 :]))
    assert any("does not follow" in problem for problem in ledger.problems())


def test_after_a_write_that_a_crash_cut_short_the_ledger_goes_on(ledger):
    ledger.path.write_bytes(ledger.path.read_bytes()[:-100])
    ledger.append(head(12))
    assert [signed.count for signed in ledger.heads("c" * 32)] == [3, 5, 9, 12]
    (problem,) = ledger.problems()
    assert problem.startswith("line 6 of the ledger is no entry")


def test_a_place_that_takes_no_file_is_said(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(ExaminerKeyError, match="cannot be written"):
        HeadLedger(tmp_path / "file" / "heads.jsonl").append(head(1))


def _append_many(path: Path, case: str) -> None:
    for count in range(1, 11):
        HeadLedger(path).append(head(count, case=case))


def test_two_programs_that_sign_at_once_lose_nothing(tmp_path):
    path = tmp_path / "heads.jsonl"
    context = multiprocessing.get_context("fork")
    workers = [context.Process(target=_append_many, args=(path, letter * 32)) for letter in "ab"]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    ledger = HeadLedger(path)
    assert ledger.problems() == []
    assert [signed.count for signed in ledger.heads("a" * 32)] == list(range(1, 11))
    assert [signed.count for signed in ledger.heads("b" * 32)] == list(range(1, 11))
