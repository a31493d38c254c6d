"""`unswap custody`: the log of a case is checked, printed and signed."""

import json
import shutil
import sqlite3
from contextlib import closing
from random import Random

import pytest
from builders_report import item

from core.casefile.codec_evidence import case_info_json
from core.casefile.row_tampering import RowAct, tamper_rows
from core.casefile.store import CaseFile
from core.casefile.tampering import Act, Skill, tamper
from core.domain.report import CaseInfo
from core.domain.review import WriteNote
from core.evidence.examiner_key import ExaminerKey, KeyStore


@pytest.fixture
def secret(tmp_path):
    (tmp_path / "secret.txt").write_text("correct horse", encoding="utf-8")
    return tmp_path / "secret.txt"


@pytest.fixture
def case(tmp_path, folders):
    KeyStore(folders.keys).create("J. Doe", "correct horse")
    with CaseFile.open(tmp_path / "case", create=True) as made:
        made.add_evidence(item())
        made.append_audit("J. Doe", "viewed", "item 1\nturned \u202e around")
        made.append_audit("J. Doe", "viewed", "item 2")
    return tmp_path / "case"


def test_an_unsigned_log_is_whole_and_said_to_be_unsigned(unswap, case):
    outcome = unswap("custody", "--case", case)
    assert outcome.code == 0 and "signature: unsigned" in outcome.out and "chain: whole" in outcome.out
    assert "unsigned: a log that was rewritten as a whole would not show" in outcome.err


def test_a_signed_log_says_who_signed(unswap, case, secret):
    signed = unswap("custody", "--case", case, "--sign-as", "J. Doe", "--passphrase-file", secret)
    assert signed.code == 0 and "signature: 4 entries signed by J. Doe" in signed.out
    assert "would not show" not in signed.err
    record = json.loads(unswap("custody", "--case", case, "--entries", "--json").out)
    assert (record["signed"]["name"], record["signed"]["count"], record["unsigned_entries"]) == ("J. Doe", 4, 0)
    assert [entry["action"] for entry in record["log"]] == ["evidence taken in", "viewed", "viewed", "log signed"]


def test_entries_are_printed_as_text(unswap, case):
    lines = unswap("custody", "--case", case, "--entries").out.splitlines()
    assert lines[0].split() == ["TIME", "(UTC)", "WHO", "ACTION", "DETAIL"]
    assert "\u202e" not in lines[2] and "item 1" in lines[2]


@pytest.mark.parametrize("act", [Act.EDIT, Act.CUT_TAIL, Act.FORGE])
def test_tampering_is_named_and_such_a_log_is_not_signed(unswap, case, secret, act):
    unswap("custody", "--case", case, "--sign-as", "J. Doe", "--passphrase-file", secret)
    tamper(case / "case.sqlite", act, Skill.CHAINED, Random(1), ExaminerKey.create("J. Doe"))
    before = (case / "case.sqlite").read_bytes()
    outcome = unswap("custody", "--case", case, "--sign-as", "J. Doe", "--passphrase-file", secret)
    assert outcome.code == 40 and "chain: NOT WHOLE" in outcome.out
    named = {Act.EDIT: "log rewritten: ", Act.CUT_TAIL: "tail cut: ", Act.FORGE: "other key: "}[act]
    assert f"unswap: {named}" in outcome.err
    assert (case / "case.sqlite").read_bytes() == before


def test_an_older_copy_put_back_shows(unswap, case, secret, tmp_path):
    shutil.copytree(case, tmp_path / "older")
    unswap("custody", "--case", case, "--sign-as", "J. Doe", "--passphrase-file", secret)
    outcome = unswap("custody", "--case", tmp_path / "older")
    assert outcome.code == 40 and "older copy: 4 entries were signed" in outcome.err
    assert "put back, or another copy of the case was worked on and signed" in outcome.err


def test_a_copy_that_went_on_another_way_may_be_the_reason_too(unswap, case, secret, tmp_path):
    shutil.copytree(case, tmp_path / "copy")
    unswap("custody", "--case", case, "--sign-as", "J. Doe", "--passphrase-file", secret)
    with CaseFile.open(tmp_path / "copy", create=False) as made:
        made.append_audit("J. Doe", "viewed", "item 3")
    outcome = unswap("custody", "--case", tmp_path / "copy")
    assert outcome.code == 40
    assert "log rewritten: the first 4 entries are not those that were signed on" in outcome.err
    assert "written anew, or another copy of the case was worked on and signed" in outcome.err


def test_a_changed_decision_is_named_and_the_case_is_not_signed(unswap, case, secret):
    with CaseFile.open(case, create=False) as made:
        made.decide("J. Doe", WriteNote(text="the recorder is not available"))
    assert unswap("custody", "--case", case).code == 0
    tamper_rows(case / "case.sqlite", RowAct.EDIT_DECISION, Random(1))
    outcome = unswap("custody", "--case", case, "--sign-as", "J. Doe", "--passphrase-file", secret)
    assert outcome.code == 40
    assert "decision changed: decision 1 is not the one whose hash the log holds: it was changed" in outcome.err
    with CaseFile.open(case, create=False) as made:
        assert made.signed_head() is None


def test_what_an_older_version_stored_is_said_to_be_bound_late(unswap, tmp_path):
    case = tmp_path / "older"
    CaseFile.open(case, create=True).close()
    with closing(sqlite3.connect(case / "case.sqlite")) as conn:
        conn.execute("INSERT INTO case_info (id, info) VALUES (1, ?)", (case_info_json(CaseInfo(title="old")),))
        conn.execute("PRAGMA user_version = 3")
        conn.commit()
    outcome = unswap("custody", "--case", case)
    assert outcome.code == 0 and "chain: whole" in outcome.out
    assert "bound to the log only since the case was brought up to date (written by an older version)" in outcome.err
    assert len(json.loads(unswap("custody", "--case", case, "--json").out)["bound_late"]) == 1


def test_an_item_that_was_put_in_is_named_and_the_case_is_not_signed(unswap, case, secret):
    tamper_rows(case / "case.sqlite", RowAct.ADD_ITEM, Random(1))
    outcome = unswap("custody", "--case", case, "--sign-as", "J. Doe", "--passphrase-file", secret)
    assert outcome.code == 40 and "items changed: item 2 is not in the log: it was put in" in outcome.err
