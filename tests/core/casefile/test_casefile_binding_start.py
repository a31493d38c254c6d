"""A case of schema 3: brought up to date with a backup, its rows bound from then on, earlier changes not covered up."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import older_case as older
import pytest
import test_casefile_result as stored
from casefile_builders import WHOLE

from core.casefile import result_digest
from core.casefile.codec_evidence import case_info_json
from core.casefile.codec_review import action_json
from core.casefile.opening import DATABASE_NAME
from core.casefile.schema import SCHEMA_VERSION
from core.casefile.store import CaseFile
from core.domain.custody import FindingKind
from core.domain.report import CaseInfo
from core.domain.review import WriteNote, described
from core.errors import CaseFileError
from tests import builders_report as reports

FIRST, SECOND, THIRD = (reports.item(name) for name in ("interview.mp4", "second.mp4", "third.mp4"))
ROWS = ("runs", "frames", "crops", "recovered", "results", "result_pictures")


@pytest.fixture(scope="module")
def newer(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A case of today with everything that an analysis stores, to copy rows from."""
    folder = tmp_path_factory.mktemp("start") / "newer"
    result = reports.result(evidence=FIRST, persons=(reports.person(1),))
    case, number = stored.analysed(folder, result, [(0, reports.recovered_frame(n)) for n in range(7)])
    with case:
        case.finish_scan(number)
        case.put_result(number, result)
    return folder


@pytest.fixture
def folder(newer: Path, tmp_path: Path) -> Path:
    """A case of schema 3 with two items, the first analysed; the log has no hash of anything but the result."""

    def log_result(conn: sqlite3.Connection) -> None:
        older.logged("result stored", f"item 1 sha256 {result_digest.digest(conn, 1)}")(conn)

    return older.made(
        tmp_path / "case",
        older.item(FIRST),
        older.item(SECOND),
        older.copied(newer, *ROWS),
        log_result,
        enter("17/26"),
        note("the recorder is not available"),
    )


def enter(number: str) -> older.Fill:
    text = case_info_json(CaseInfo(case_number=number))
    return lambda conn: conn.execute("INSERT OR REPLACE INTO case_info (id, info) VALUES (1, ?)", (text,))


def note(text: str) -> older.Fill:
    def decide(conn: sqlite3.Connection) -> None:
        action = WriteNote(text=text)
        values = ("2026-03-14T09:00:00.000000+00:00", "J. Doe", action_json(action))
        number = conn.execute("INSERT INTO review (at, actor, action) VALUES (?, ?, ?)", values).lastrowid
        older.logged("decision", f"{number}: {described(action)}")(conn)

    return decide


def run(statement: str) -> older.Fill:
    return lambda conn: conn.execute(statement)


def sentences(folder: Path) -> list[str]:
    with CaseFile.open(folder, create=False) as case:
        return case.check_log().sentences


def test_it_opens_with_a_backup_and_says_from_where_on_rows_are_bound(folder: Path) -> None:
    with CaseFile.open(folder, create=False) as case:
        status, log = case.check_log(), case.audit()
        assert status.is_whole
        assert status.bound_late == (
            "the facts read at intake of items 1, 2",
            "the crops of item 1",
            "the recovered faces of item 1",
            "the frames and tracks of item 1",
            "what was entered about the case (number, title, examiner, question and the like)",
            "the wording of decision 1",
        )
    (start,) = [entry for entry in log if entry.action == "case brought up to date"]
    begin = f"from schema 3 to {SCHEMA_VERSION}: what older versions stored is bound to the log from here on"
    assert start.detail.startswith(begin)
    assert [entry.detail[:6] for entry in log if entry.action == "item bound"] == ["item 1", "item 2"]
    with closing(sqlite3.connect(folder / f"{DATABASE_NAME}.v3.bak")) as backup:
        assert backup.execute("PRAGMA user_version").fetchone() == (3,)
        assert backup.execute("SELECT count(*) FROM audit").fetchone() == (len(log) - 4,)
    with CaseFile.open(folder, create=False) as case:
        assert case.audit() == log, "a case is brought up to date once"


def test_a_case_of_the_next_schema_is_refused_as_it_is(folder: Path) -> None:
    CaseFile.open(folder, create=False).close()
    older.written(folder, run(f"PRAGMA user_version = {SCHEMA_VERSION + 1}"))
    before = (folder / DATABASE_NAME).read_bytes()
    with pytest.raises(CaseFileError, match=r"newer version \(schema 8, this one knows 7\).*left as it is"):
        CaseFile.open(folder, create=False)
    assert (folder / DATABASE_NAME).read_bytes() == before


def test_what_replaces_older_rows_is_no_longer_told_as_bound_late(folder: Path) -> None:
    with CaseFile.open(folder, create=False) as case:
        case.set_case_info(CaseInfo(case_number="18/26"))
        case.begin_run(1, run_key="new", time_range=WHOLE)
        status = case.check_log()
        assert status.is_whole
        assert status.bound_late == ("the facts read at intake of items 1, 2", "the wording of decision 1")


AFTER = {
    "UPDATE evidence SET path = x'00' WHERE id = 2": {FindingKind.ITEMS_CHANGED},
    "DELETE FROM evidence WHERE id = 2": {FindingKind.ITEMS_CHANGED},
    "UPDATE evidence SET state = 'done' WHERE id = 2": {FindingKind.ITEMS_CHANGED},
    "UPDATE runs SET run_key = 'other'": {FindingKind.RUN_CHANGED},
    "UPDATE frames SET pts = pts + 1 WHERE frame_index = 0": {FindingKind.RUN_CHANGED},
    "UPDATE crops SET track_key = 9 WHERE id = 1": {FindingKind.CROPS_CHANGED},
    "DELETE FROM recovered WHERE id = 1": {FindingKind.RECOVERED_CHANGED},
    "UPDATE case_info SET info = '{}'": {FindingKind.FACTS_CHANGED},
    "UPDATE review SET action = replace(action, 'not ', '')": {FindingKind.DECISION_CHANGED},
    "INSERT INTO review (at, actor, action) SELECT at, actor, action FROM review": {FindingKind.DECISION_CHANGED},
}


@pytest.mark.parametrize(("statement", "kinds"), AFTER.items())
def test_an_older_row_that_is_changed_after_that_is_found(
    folder: Path, statement: str, kinds: set[FindingKind]
) -> None:
    CaseFile.open(folder, create=False).close()
    older.written(folder, run(statement))
    with CaseFile.open(folder, create=False) as case:
        assert {finding.kind for finding in case.check_log().findings} == kinds


def test_items_that_were_exchanged_before_that_are_found(folder: Path) -> None:
    swap = [run(f"UPDATE evidence SET id = {new} WHERE id = {old}") for old, new in ((1, -1), (2, 1), (-1, 2))]
    older.written(folder, *swap)
    assert sentences(folder) == [
        "item 1 was taken in after item 2: items were exchanged",
        "the result of item 1 is of another file than the item: one of them was exchanged",
    ]


def test_an_item_that_was_taken_away_before_that_is_found_also_when_it_was_the_only_one(tmp_path: Path) -> None:
    case = older.made(tmp_path / "case", older.item(FIRST), run("DELETE FROM evidence"))
    what = f"{FIRST.path} {FIRST.sha256}"
    assert sentences(case) == [f"what the log says was taken in is no item: {what} was taken away or changed"]


def test_an_item_that_was_put_in_before_that_is_found(folder: Path) -> None:
    older.written(folder, older.item(THIRD, is_logged=False))
    assert sentences(folder) == ["the log does not say that item 3 was taken in: it was put in"]


def test_an_item_of_a_version_that_did_not_log_intake_is_none_that_was_put_in(tmp_path: Path) -> None:
    only = older.logged("evidence taken in", f"{SECOND.path} {SECOND.sha256}")
    fill = (older.item(FIRST, is_logged=False), older.item(SECOND, is_logged=False), only, older.item(THIRD))
    assert sentences(older.made(tmp_path / "case", *fill)) == []


def test_a_result_that_was_taken_away_before_that_is_found(folder: Path) -> None:
    older.written(folder, run("DELETE FROM results"))
    (said,) = sentences(folder)
    assert said.startswith("the result of item 1 was taken away before entry ")


def test_a_result_that_an_older_version_replaced_by_a_new_run_is_not_missed(folder: Path) -> None:
    later = (datetime.now(UTC) + timedelta(hours=1)).isoformat(timespec="microseconds")
    older.written(folder, run("DELETE FROM results"), run(f"UPDATE runs SET started_at = '{later}'"))
    assert sentences(folder) == []


def test_a_note_that_ends_like_an_entry_with_a_hash_is_no_tampering(tmp_path: Path) -> None:
    case = older.made(tmp_path / "case", note(f"the file is as received; sha256 {'ab' * 32}"))
    assert sentences(case) == []
    older.written(case, run("UPDATE review SET action = replace(action, 'as received', 'another')"))
    assert len(sentences(case)) == 1


def test_even_of_an_older_decision_it_shows_that_it_was_taken_away_or_undone(tmp_path: Path) -> None:
    undone = older.made(tmp_path / "undone", note("kept"), run("UPDATE review SET active = 0"))
    assert sentences(undone) == ["decision 1 is marked as undone, but the log says that it holds: it was changed"]
    gone = older.made(tmp_path / "gone", note("kept"), run("DELETE FROM review"))
    assert sentences(gone) == ["decision 1 is gone: it was taken away"]


def test_facts_that_were_changed_under_an_older_log_are_not_covered_up(tmp_path: Path) -> None:
    case = older.made(tmp_path / "case", enter("17/26"), older.logged("case facts entered", f"sha256 {'ab' * 32}"))
    (said,) = sentences(case)
    assert "was changed before entry 2" in said
    with CaseFile.open(case, create=False) as opened:
        opened.set_case_info(CaseInfo(case_number="18/26"))
        assert opened.check_log().sentences == [said]


@pytest.mark.parametrize("is_twice", [False, True])
def test_a_version_that_was_set_back_to_have_a_change_bound_shows(folder: Path, tmp_path: Path, is_twice: bool) -> None:
    if is_twice:
        CaseFile.open(folder, create=False).close()
    else:
        folder = tmp_path / "of today"
        with CaseFile.open(folder, create=True) as case:
            case.add_evidence(FIRST)
    older.written(folder, older.item(THIRD, is_logged=False))
    older.set_back(folder)
    with CaseFile.open(folder, create=False) as case:
        kinds = {finding.kind for finding in case.check_log().findings}
    assert FindingKind.VERSION_SET_BACK in kinds


def test_an_entry_that_binds_an_item_like_an_older_one_shows(tmp_path: Path) -> None:
    with CaseFile.open(tmp_path / "case", create=True) as case:
        case.append_audit("unswap", "item bound", f"item 1: row sha256 {'0' * 64}; state sha256 {'0' * 64}")
        assert FindingKind.VERSION_SET_BACK in {finding.kind for finding in case.check_log().findings}
