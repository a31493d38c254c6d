"""The list of inputs that were refused is bound to the custody log: what was handed in and not examined stays told."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import older_case as older
import pytest

from core.casefile.opening import DATABASE_NAME
from core.casefile.store import CaseFile
from core.domain.custody import FindingKind
from tests import builders_report as reports

NOTES = "/evidence/notes.txt"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A case with two refused inputs, one of them refused again for another reason."""
    with CaseFile.open(tmp_path / "case", create=True) as case:
        case.add_refused(NOTES, "no video")
        case.add_refused("/evidence/caf\udce9.txt", "no video")
        case.add_refused(NOTES, "still no video; list sha256 0")
        assert case.check_log().is_whole
    return tmp_path / "case"


def edit(folder: Path, statement: str, *values: object) -> None:
    with closing(sqlite3.connect(folder / DATABASE_NAME)) as conn:
        assert conn.execute(statement, values).rowcount == 1
        conn.commit()


def kinds(folder: Path) -> set[FindingKind]:
    with CaseFile.open(folder, create=False) as case:
        return {finding.kind for finding in case.check_log().findings}


def test_each_refusal_enters_the_log_once_with_its_reason(folder: Path) -> None:
    with CaseFile.open(folder, create=False) as case:
        n_entries = len(case.audit())
        case.add_refused(NOTES, "still no video; list sha256 0")
        log = [entry for entry in case.audit() if entry.action == "input refused"]
        assert len(case.audit()) == n_entries
    assert [entry.detail.partition(";")[0] for entry in log] == [
        f"{NOTES}: no video",
        "/evidence/caf\\udce9.txt: no video",
        f"{NOTES}: still no video",
    ]


@pytest.mark.parametrize(
    ("statement", "values"),
    [
        ("DELETE FROM refused WHERE path = ?", (NOTES.encode(),)),
        ("UPDATE refused SET reason = 'not handed in' WHERE path = ?", (NOTES.encode(),)),
        ("UPDATE refused SET path = x'00' WHERE path = ?", (NOTES.encode(),)),
        ("INSERT INTO refused (path, reason) VALUES (?, 'no video')", (b"/evidence/other.txt",)),
        ("UPDATE refused SET id = 9 WHERE path = ?", (NOTES.encode(),)),
    ],
)
def test_a_changed_list_is_found_and_work_does_not_cover_it_up(
    folder: Path, statement: str, values: tuple[object, ...]
) -> None:
    edit(folder, statement, *values)
    assert kinds(folder) == {FindingKind.REFUSED_CHANGED}
    with CaseFile.open(folder, create=False) as case:
        case.add_refused("/evidence/later.txt", "no video")
        for path, _ in case.refused():
            case.dismiss_refused("J. Doe", path)
        assert case.refused() == ()
    assert kinds(folder) == {FindingKind.REFUSED_CHANGED}


def test_an_input_that_is_dismissed_or_taken_in_leaves_a_whole_log(folder: Path) -> None:
    good = reports.item("late.mp4")
    with CaseFile.open(folder, create=False) as case:
        case.add_refused(str(good.path), "no permission")
        case.dismiss_refused("J. Doe", NOTES)
        case.add_evidence(good)
        case.add_evidence(good)
        assert [path for path, _ in case.refused()] == ["/evidence/caf\udce9.txt"]
        assert case.check_log().is_whole
        assert [entry.detail.partition(";")[0] for entry in case.audit() if entry.action == "refusal dismissed"] == [
            f"{NOTES}: still no video",
            f"{good.path}: taken in",
        ]


def refused(path: str) -> older.Fill:
    return lambda conn: conn.execute("INSERT INTO refused (path, reason) VALUES (?, 'no video')", (path.encode(),))


def test_a_list_of_an_older_version_is_bound_late_and_from_then_on(tmp_path: Path) -> None:
    folder = older.made(tmp_path / "case", refused(NOTES), refused("/evidence/b.txt"))
    with CaseFile.open(folder, create=False) as case:
        status = case.check_log()
        assert status.is_whole
        assert status.bound_late == ("the list of inputs that were refused",)
        case.dismiss_refused("J. Doe", NOTES)
        assert case.check_log().bound_late == ("the list of inputs that were refused",)
    edit(folder, "DELETE FROM refused WHERE path = ?", b"/evidence/b.txt")
    assert kinds(folder) == {FindingKind.REFUSED_CHANGED}


def test_an_older_list_that_is_empty_by_now_is_no_longer_told_as_bound_late(tmp_path: Path) -> None:
    with CaseFile.open(older.made(tmp_path / "case", refused(NOTES)), create=False) as case:
        case.dismiss_refused("J. Doe", NOTES)
        status = case.check_log()
    assert status.is_whole
    assert status.bound_late == ()


def set_back(folder: Path) -> None:
    with closing(sqlite3.connect(folder / DATABASE_NAME)) as conn:
        conn.execute("PRAGMA user_version = 5")


def test_a_change_is_not_bound_late_by_setting_the_version_back(folder: Path) -> None:
    edit(folder, "DELETE FROM refused WHERE path = ?", NOTES.encode())
    set_back(folder)
    assert FindingKind.VERSION_SET_BACK in kinds(folder)


@pytest.mark.parametrize("is_migrated", [False, True])
def test_nor_is_an_input_put_in_where_none_was_ever_refused(tmp_path: Path, is_migrated: bool) -> None:
    folder = tmp_path / "case"
    if is_migrated:
        CaseFile.open(older.made(folder, older.item(reports.item("old.mp4"))), create=False).close()
    else:
        with CaseFile.open(folder, create=True) as case:
            case.add_evidence(reports.item("new.mp4"))
    edit(folder, "INSERT INTO refused (path, reason) VALUES (?, 'no video')", NOTES.encode())
    set_back(folder)
    assert FindingKind.VERSION_SET_BACK in kinds(folder)


def test_many_refusals_are_one_entry_that_names_all_of_them(tmp_path: Path) -> None:
    with CaseFile.open(tmp_path / "case", create=True) as case:
        case.add_all_refused([])
        case.add_all_refused([(f"/evidence/{n}.txt", "stopped") for n in range(300)])
        (entry,) = case.audit()
        assert all(f"/evidence/{n}.txt: stopped; " in entry.detail for n in range(300))
        assert len(case.refused()) == 300
        assert case.check_log().is_whole
