"""`verify` and `reproduce` on a report of a real analysis."""

from __future__ import annotations

import json
import shutil
import sqlite3
from contextlib import closing
from hashlib import sha256
from pathlib import Path
from random import Random

import pytest
from pypdfium2 import PdfDocument
from report_bench import Analysed

from app.report_check import FAILED_CODE, UNCHECKED_CODE
from app.settings import Folders
from core.casefile import audit
from core.casefile.codec_review import action_json
from core.casefile.row_tampering import RowAct, tamper_rows
from core.casefile.store import CaseFile
from core.domain.review import WriteNote
from core.errors import CaseFileError, ReportError
from core.validation.report_attacks import unsigned_with_result
from core.validation.report_signature import before_signing

KEY = "M. Weber"


@pytest.fixture
def home(tmp_path: Path, analysed_part: Analysed) -> Path:
    """A copy of the analysed case."""
    shutil.copytree(analysed_part.folder, tmp_path / "case")
    (tmp_path / "secret.txt").write_text("correct horse")
    return tmp_path


@pytest.fixture
def signed(home: Path, unswap, untrained: Folders) -> Path:
    """Its report, signed."""
    secret = ("--passphrase-file", home / "secret.txt")
    assert unswap("key", "create", KEY, *secret, folders=untrained).code == 0
    made = unswap("report", "--case", home / "case", "--sign-as", KEY, *secret, folders=untrained)
    assert made.code == 0, made.err
    assert f"signed by {KEY}" in made.out
    return home / "case" / "report.pdf"


def test_a_signed_report_holds_and_its_signer_is_only_told_by_a_certificate(
    home: Path, signed: Path, unswap, untrained: Folders
) -> None:
    bare = unswap("verify", signed, folders=untrained)
    assert bare.code == UNCHECKED_CODE, bare.out
    assert "failed" not in bare.out
    assert "self-signed: it proves no identity" in bare.out
    assert unswap("key", "export", KEY, home / "weber.pem", folders=untrained).code == 0
    named = ("--certificate", home / "weber.pem", "--case", home / "case")
    whole = unswap("--json", "verify", signed, *named, folders=untrained)
    lines = [json.loads(line) for line in whole.out.splitlines()]
    assert whole.code == 0, whole.out
    assert {line["state"] for line in lines[:-1]} == {"ok"}
    assert {"signature", "signer", "attachment", "custody log", "evidence, item 1", "case"} <= {
        line["subject"] for line in lines[:-1]
    }


def test_what_differs_is_named(home: Path, signed: Path, unswap, untrained: Folders, analysed_part: Analysed) -> None:
    secret = ("--passphrase-file", home / "secret.txt")
    unswap("key", "create", "Somebody", *secret, folders=untrained)
    unswap("key", "export", "Somebody", home / "other.pem", folders=untrained)
    other = unswap("verify", signed, "--certificate", home / "other.pem", folders=untrained)
    assert other.code == FAILED_CODE
    assert "not the key of the certificate named" in other.out
    changed = home / "changed.pdf"
    data = bytearray(signed.read_bytes())
    data[len(data) // 2] ^= 1
    changed.write_bytes(data)
    assert unswap("verify", changed, folders=untrained).code == FAILED_CODE
    shutil.rmtree(home / "case")
    assert unswap("verify", home / "nothing.pdf", folders=untrained).code == ReportError.exit_code
    (home / "note.pdf").write_text("not a PDF")
    assert unswap("verify", home / "note.pdf", folders=untrained).code == ReportError.exit_code


def test_an_unsigned_report_says_so(home: Path, unswap, untrained: Folders) -> None:
    made = unswap("report", "--case", home / "case", "--unsigned", folders=untrained)
    assert "not signed" in made.out
    checked = unswap("verify", home / "case" / "report.pdf", "--case", home / "case", folders=untrained)
    assert checked.code == UNCHECKED_CODE, checked.out
    assert "item 1: the result is the one that the case holds" in checked.out
    assert "nothing differs" not in checked.out and "nobody signed the report" in checked.out
    assert "the report is not signed" in checked.out


def test_a_report_whose_export_the_case_did_not_log_is_told_which_it_did(
    home: Path, signed: Path, unswap, untrained: Folders
) -> None:
    first = home / "first.pdf"
    shutil.copy(signed, first)
    shutil.copytree(home / "case", home / "copied")
    named = ("--unsigned", "--case", home / "copied")
    assert unswap("report", *named, folders=untrained).code == 0
    shutil.copy(home / "copied" / "report.pdf", home / "second.pdf")
    found = unswap("verify", home / "second.pdf", "--case", home / "case", folders=untrained)
    assert "no export of this very file, but of others: 20" in found.out
    assert f"(SHA-256 {sha256(first.read_bytes()).hexdigest()[:16]}…, " in found.out


def forged(signed: Path, *, kept_entries: int | None = None) -> Path:
    """A copy whose findings are others, without its signature, and with every hash in the file put right."""
    document = json.loads(signed.with_suffix(".json").read_text(encoding="utf-8"))
    document["signer"] = None
    person = document["report"]["results"][0]["persons"][0]
    person["forgery_decision"] = "supported"
    for candidate in person["findings"][0]["search"]["candidates"]:
        candidate["name"] = "Innocent Neighbour"
    if kept_entries is not None:
        document["report"] |= {"audit": document["report"]["audit"][:kept_entries], "signed_head": None}
    copy = signed.with_name("forged.pdf")
    copy.write_bytes(unsigned_with_result(before_signing(signed.read_bytes()), json.dumps(document).encode()))
    return copy


def test_a_forged_copy_without_a_signature_fails_against_its_true_case(
    home: Path, signed: Path, unswap, untrained: Folders
) -> None:
    whole = unswap("verify", forged(signed), "--case", home / "case", folders=untrained)
    assert whole.code == FAILED_CODE, whole.out
    assert "at this point was of another result, which was signed" in whole.out
    assert "item 1: the report states another persons[0].forgery_decision than the case holds" in whole.out
    cut = unswap("verify", forged(signed, kept_entries=3), "--case", home / "case", folders=untrained)
    assert cut.code == FAILED_CODE, cut.out
    assert "nobody signed the report, and its custody log records no export of this very file" in cut.out


def test_the_result_beside_a_report_is_compared_with_the_one_that_it_carries(
    signed: Path, unswap, untrained: Folders
) -> None:
    beside = signed.with_suffix(".json")
    beside.write_text(beside.read_text(encoding="utf-8").replace('"supported"', '"not supported"', 1) + " ", "utf-8")
    changed = unswap("verify", signed, folders=untrained)
    assert changed.code == FAILED_CODE
    assert "result beside it: " in changed.out and "its SHA-256 is" in changed.out
    beside.unlink()
    gone = unswap("verify", signed, folders=untrained)
    assert gone.code == UNCHECKED_CODE and "result beside it" not in gone.out


def test_an_older_copy_of_the_case_is_told_by_the_ledger_of_this_machine(
    home: Path, signed: Path, unswap, untrained: Folders
) -> None:
    older, secret = home / "older", ("--passphrase-file", home / "secret.txt")
    shutil.copytree(home / "case", older)
    with CaseFile.open(home / "case", create=False) as case:
        case.append_audit("M. Weber", "viewed", "the recording")
    assert unswap("custody", "--case", home / "case", "--sign-as", KEY, *secret, folders=untrained).code == 0
    found = unswap("verify", signed, "--case", older, folders=untrained)
    assert unswap("custody", "--case", older, folders=untrained).code == CaseFileError.exit_code
    assert found.code == FAILED_CODE, found.out


def test_a_case_that_another_program_locks_is_not_checked_and_not_called_changed(
    home: Path, signed: Path, unswap, untrained: Folders
) -> None:
    with closing(sqlite3.connect(home / "case" / "case.sqlite", isolation_level=None)) as other:
        other.execute("PRAGMA locking_mode = EXCLUSIVE")
        other.execute("BEGIN EXCLUSIVE")
        found = unswap("verify", signed, "--case", home / "case", folders=untrained)
    assert found.code == UNCHECKED_CODE, found.out
    assert "another program keeps the case locked" in found.out


def test_a_case_whose_log_was_cut_no_longer_goes_with_the_report(
    home: Path, signed: Path, unswap, untrained: Folders
) -> None:
    with sqlite3.connect(home / "case" / "case.sqlite") as database:
        for (name,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
            database.execute(f"DROP TRIGGER {name}")
        database.execute("DELETE FROM audit WHERE number > 2")
    found = unswap("verify", signed, "--case", home / "case", folders=untrained)
    assert found.code == FAILED_CODE
    assert "does not go on from the one in the report" in found.out


def test_rows_that_were_changed_are_named_by_a_check_against_the_case(
    home: Path, signed: Path, unswap, untrained: Folders
) -> None:
    tamper_rows(home / "case" / "case.sqlite", RowAct.EDIT_RECOVERED, Random(1))
    found = unswap("verify", signed, "--case", home / "case", folders=untrained)
    assert found.code == FAILED_CODE
    assert "the recovered faces of item 1 are not those whose hash the log holds: they were changed" in found.out


def test_rows_that_an_older_version_wrote_are_told_by_a_check_against_the_case(
    signed: Path, unswap, untrained: Folders, tmp_path: Path
) -> None:
    CaseFile.open(tmp_path / "older", create=True).close()
    text = action_json(WriteNote(text="as an older version wrote it"))
    with closing(sqlite3.connect(tmp_path / "older" / "case.sqlite")) as conn:
        audit.append(
            conn, actor="M. Weber", action="decision", detail="1: note on the case: as an older version wrote it"
        )
        conn.execute("INSERT INTO review (at, actor, action) VALUES ('2026-03-02', 'M. Weber', ?)", (text,))
        conn.execute("PRAGMA user_version = 3")
        conn.commit()
    told = unswap("verify", signed, "--case", tmp_path / "older", folders=untrained)
    assert "(written by an older version), an earlier change would not show: the wording of decision 1" in told.out


def test_a_report_is_reproduced_bit_by_bit(home: Path, signed: Path, unswap, untrained: Folders) -> None:
    again = unswap("reproduce", signed, "--out", home / "again", folders=untrained)
    assert again.code in (0, UNCHECKED_CODE), again.out + again.err
    assert "failed" not in again.out
    assert "each with the same time and the same pixel hash" in again.out
    assert "template: the same bit by bit" in again.out
    assert (home / "again" / "case.sqlite").is_file()


def test_an_encrypted_gallery_is_searched_again_with_its_passphrase(
    home: Path, signed: Path, unswap, untrained: Folders, analysed_part: Analysed
) -> None:
    shutil.copy(analysed_part.folder.parent / "user" / "gallery.db", home / "gallery.db")
    secret = ("--passphrase-file", home / "secret.txt")
    closed = unswap("gallery", "encrypt", "--gallery", home / "gallery.db", *secret, folders=untrained)
    assert closed.code == 0, closed.err
    words = ("--gallery", home / "gallery.db", "--gallery-passphrase-file", home / "secret.txt")
    again = unswap("--json", "reproduce", signed, *words, folders=untrained)
    lines = [json.loads(line) for line in again.out.splitlines()]
    assert [line["state"] for line in lines if line.get("subject") == "gallery"] == ["ok"], again.out
    assert "failed" not in {line.get("state") for line in lines}


def test_items_analysed_otherwise_are_told_apart_and_each_is_reproduced_as_it_was_made(
    home: Path, unswap, untrained: Folders
) -> None:
    photo = Path(shutil.copy("resources/demo/gallery/Grace Hopper/photo.jpg", home / "photo.jpg"))
    words = ("--case", home / "case", "--no-gallery", "--frames", "1", "--device", "cpu")
    assert unswap("analyze", photo, *words, folders=untrained).code == 0
    stated = json.loads((home / "case" / "report.json").read_text(encoding="utf-8"))["report"]
    (other,) = stated["other_runs"]
    assert (stated["gallery_name"], dict(stated["manifest"]["config"])["frames_per_person"]) == ("", "1")
    assert (other["gallery_name"], dict(other["manifest"]["config"])["frames_per_person"]) == ("gallery.db", "2")
    assert other["evidence_ids"] == stated["evidence_ids"][:1] and len(stated["evidence_ids"]) == 2
    assert "swap.mp4" in other["manifest"]["command"] and "swap.mp4" not in stated["manifest"]["command"]
    with PdfDocument(home / "case" / "report.pdf") as document:
        text = " ".join("".join(page.get_textpage().get_text_range() for page in document).split())
    assert "Item 1: what was different in the run behind the results." in text
    assert "Setting frames_per_person 2 1" in text and "2 runs, made differently" in text
    again = unswap("reproduce", home / "case" / "report.pdf", folders=untrained)
    assert again.code in (0, UNCHECKED_CODE), again.out + again.err
    assert "failed" not in again.out and again.out.count("each with the same time and the same pixel hash") == 2


def test_other_evidence_is_not_run(home: Path, signed: Path, unswap, untrained: Folders) -> None:
    (home / "other.mp4").write_bytes(b"another file")
    found = unswap("reproduce", signed, "--evidence", home / "other.mp4", folders=untrained)
    assert found.code == FAILED_CODE
    assert "is none of the report's" in found.out
    assert "frames" not in found.out
