"""The custody log: canonical, chained, append-only, and every kind of tampering shows."""

from __future__ import annotations

import hashlib
import json
import sqlite3
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path

import pytest

from core.casefile.audit import canonical_entry
from core.casefile.records import AuditHead
from core.casefile.schema import TRIGGERS
from core.casefile.store import CaseFile
from core.domain.custody import FindingKind
from tests.builders_report import item


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    with CaseFile.open(tmp_path / "case", create=True) as case:
        assert case.audit() == ()
        assert case.verify_audit() == []
        assert case.audit_head() == AuditHead(count=0, sha256="0" * 64)
        for n in range(5):
            case.append_audit("J. Doe", "viewed", f"item {n} «é» 山田")
    return tmp_path / "case"


def tamper(folder: Path, *statements: str) -> None:
    """As somebody with the file and a database editor would, triggers out of the way and put back."""
    conn = sqlite3.connect(folder / "case.sqlite")
    for trigger in TRIGGERS:
        conn.execute(f"DROP TRIGGER {trigger}")
    for statement in (*statements, *TRIGGERS.values()):
        conn.execute(statement)
    conn.commit()
    conn.close()


def problems(folder: Path, expected: AuditHead | None = None) -> list[str]:
    with CaseFile.open(folder, create=False) as case:
        return case.verify_audit(expected)


def test_entries_come_back_in_order_and_the_chain_is_whole(folder: Path) -> None:
    with CaseFile.open(folder, create=False) as case:
        last = case.append_audit("unswap", "run started", "undecodable caf\udce9")
        entries = case.audit()
        assert [e.detail for e in entries[:5]] == [f"item {n} «é» 山田" for n in range(5)]
        assert entries[5] == last
        assert last.detail == "undecodable caf\\udce9"
        assert all(a.at <= b.at for a, b in pairwise(entries))
        assert last.at.tzinfo is not None
        assert case.verify_audit() == []
        assert case.audit_head() == AuditHead(count=6, sha256=last.entry_sha256)


def test_anybody_can_check_the_chain_without_the_program(folder: Path) -> None:
    conn = sqlite3.connect(folder / "case.sqlite")
    previous = "0" * 64
    for number, entry, sha256 in conn.execute("SELECT number, entry, entry_sha256 FROM audit ORDER BY number"):
        values = json.loads(entry)
        assert entry == json.dumps(values, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        assert sorted(values) == ["action", "actor", "at", "detail", "number"]
        assert values["number"] == number
        assert hashlib.sha256((previous + entry).encode()).hexdigest() == sha256
        previous = sha256
    conn.close()


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit SET entry = '{}' WHERE number = 2",
        "DELETE FROM audit WHERE number = 5",
        "DELETE FROM audit",
        "INSERT OR REPLACE INTO audit (number, entry, entry_sha256) VALUES (3, '{}', '')",
        "INSERT INTO audit (number, entry, entry_sha256) VALUES (9, '{}', '')",
    ],
)
def test_the_database_itself_forbids_all_but_appending(folder: Path, statement: str) -> None:
    conn = sqlite3.connect(folder / "case.sqlite")
    with pytest.raises(sqlite3.IntegrityError, match="audit entries are"):
        conn.execute(statement)
    conn.close()
    assert problems(folder) == []


# No digit need occur in a hash: one that is there is exchanged.
OTHER_FIRST_DIGIT = "(CASE substr(entry_sha256, 1, 1) WHEN '0' THEN '1' ELSE '0' END) || substr(entry_sha256, 2)"


@pytest.mark.parametrize(
    ("statements", "found"),
    [
        (["UPDATE audit SET entry = replace(entry, 'item 1', 'item 7') WHERE number = 2"], "entry 2 was changed"),
        (["DELETE FROM audit WHERE number = 3"], "entry 3 is missing"),
        (["DELETE FROM audit WHERE number = 1"], "entry 1 is missing"),
        (["DELETE FROM audit WHERE number > 3"], "the last entries are missing: 5 were written, 3 are left"),
        (["DELETE FROM audit"], "the last entries are missing: 5 were written, 0 are left"),
        (
            [
                "UPDATE audit SET number = -number WHERE number IN (2, 3)",
                "UPDATE audit SET number = 5 + number WHERE number < 0",
            ],
            "entry 2 bears the number 3: entries were moved",
        ),
        (
            [
                "UPDATE audit SET number = 10 + number WHERE number > 2",
                "INSERT INTO audit SELECT 3, entry, entry_sha256 FROM audit WHERE number = 2",
                "UPDATE audit SET number = number - 9 WHERE number > 10",
            ],
            "entry 3 bears the number 2, and two bear the same: entries were put in",
        ),
        (["UPDATE audit SET entry = entry || ' ' WHERE number = 4"], "entry 4 is not in the form"),
        ([f"UPDATE audit SET entry_sha256 = {OTHER_FIRST_DIGIT} WHERE number = 4"], "entry 4 was changed"),
        (["UPDATE audit SET entry = x'ff00' WHERE number = 2"], "entry 2 is not in the form"),
        (["UPDATE audit SET entry = '[1]' WHERE number = 2"], "entry 2 is not in the form"),
    ],
    ids=["edit", "middle", "first", "tail", "all", "reorder", "insert", "blank", "hash", "bytes", "other JSON"],
)
def test_tampering_shows(folder: Path, statements: list[str], found: str) -> None:
    tamper(folder, *statements)
    assert any(text.startswith(found) for text in problems(folder)), problems(folder)


def test_entries_of_earlier_versions_are_canonical_json_too() -> None:
    """Before, the standard library wrote them: the same bytes, so that every chain of an older case holds."""
    texts = ["", "plain", "«é» 山田 \U0001f600", 'quote " and \\ and /', "\n\r\t\b\f\x00\x1f\x7f\u2028", "caf\udce9"]
    at = datetime(2026, 3, 14, 9, 26, 53, 589, tzinfo=UTC)
    for number, text in enumerate(texts, 1):
        printed = text.encode("utf-8", "backslashreplace").decode()
        before = {"number": number, "at": at.isoformat(timespec="microseconds"), "actor": printed}
        before |= {"action": printed, "detail": printed}
        entry = canonical_entry(number=number, at=at, actor=text, action=text, detail=text)
        assert entry == json.dumps(before, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


@pytest.mark.parametrize("name", TRIGGERS)
def test_protection_that_was_taken_out_of_the_database_shows(folder: Path, name: str) -> None:
    conn = sqlite3.connect(folder / "case.sqlite")
    conn.execute(f"DROP TRIGGER {name}")
    conn.close()
    (found,) = problems(folder)
    assert name in found and "was taken out of the database" in found


def test_a_trigger_of_somebody_elses_shows(folder: Path) -> None:
    conn = sqlite3.connect(folder / "case.sqlite")
    conn.execute("CREATE TRIGGER quiet AFTER INSERT ON audit BEGIN DELETE FROM review; END")
    conn.close()
    (found,) = problems(folder)
    assert "not of our making (quiet)" in found


def test_the_empty_log_of_a_case_with_items_shows(tmp_path: Path) -> None:
    with CaseFile.open(tmp_path / "case", create=True) as case:
        case.add_evidence(item())
        assert case.check_log().findings == ()  # the intake is logged with the item, whenever the process is killed
    tamper(tmp_path / "case", "DELETE FROM audit", "DELETE FROM sqlite_sequence WHERE name = 'audit'")
    with CaseFile.open(tmp_path / "case", create=False) as case:
        kinds = [finding.kind for finding in case.check_log().findings]
    assert FindingKind.LOG_DROPPED in kinds


def test_a_log_cut_and_forged_whole_shows_against_a_head_kept_elsewhere(folder: Path, tmp_path: Path) -> None:
    with CaseFile.open(folder, create=False) as case:
        recorded = case.audit_head()
    tamper(folder, "DELETE FROM audit WHERE number > 3", "UPDATE sqlite_sequence SET seq = 3 WHERE name = 'audit'")
    assert problems(folder) == []  # the chain alone cannot know
    assert "does not go on from the 5 entries" in problems(folder, recorded)[0]
    with CaseFile.open(folder, create=False) as case:
        for n in range(4):
            case.append_audit("somebody", "viewed", f"other {n}")
    assert "does not go on from the 5 entries" in problems(folder, recorded)[0]


def test_a_head_kept_elsewhere_fits_a_log_that_went_on(folder: Path) -> None:
    with CaseFile.open(folder, create=False) as case:
        recorded = case.audit_head()
        case.append_audit("J. Doe", "report exported", "report.pdf")
        assert case.verify_audit(recorded) == []
        assert case.verify_audit(AuditHead(count=0, sha256="0" * 64)) == []
