"""Making, opening, claiming a case: whole or not at all, and refusals that say what to do."""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from casefile_builders import WHOLE, batch, begun, everything

from core.casefile.schema import SCHEMA_VERSION
from core.casefile.store import CaseFile
from core.domain.report import CaseInfo
from core.errors import CaseFileError
from tests.builders_report import item

HERE = Path(__file__).parent
ROOT = HERE.parents[2]

ANALYST = """
import sys
from pathlib import Path
from casefile_builders import batch, begun
case, number = begun(Path(sys.argv[1]))
case.commit_batch(number, batch(range(2)))
print("at work", flush=True)
sys.stdin.read()
"""

CREATOR = """
import sys
from pathlib import Path
from core.casefile.store import CaseFile
print("ready", flush=True)
sys.stdin.readline()
with CaseFile.open(Path(sys.argv[1]), create=True) as case:
    case.append_audit(sys.argv[2], "opened", "")
"""

VISITOR = """
import sys
from pathlib import Path
from core.casefile.store import CaseFile
with CaseFile.open(Path(sys.argv[1]), create=False) as case:
    if len(sys.argv) > 2:
        case.append_audit(sys.argv[2], "visited", "")
"""


def start(script: str, *arguments: str) -> subprocess.Popen[str]:
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT), str(HERE)])}
    return subprocess.Popen(
        [sys.executable, "-c", script, *arguments],
        env=environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


def pragma(path: Path, statement: str) -> None:
    conn = sqlite3.connect(path)
    conn.execute(f"PRAGMA {statement}")
    conn.commit()
    conn.close()


def test_a_new_case_is_a_folder_with_a_database_and_nothing_else(tmp_path: Path) -> None:
    CaseFile.open(tmp_path / "cases" / "2026" / "31", create=True).close()
    assert [p.name for p in (tmp_path / "cases" / "2026").iterdir()] == ["31"]
    assert [p.name for p in (tmp_path / "cases" / "2026" / "31").iterdir()] == ["case.sqlite"]


def test_a_case_is_made_in_a_folder_that_holds_other_files(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("kept")
    CaseFile.open(tmp_path, create=True).close()
    assert {p.name for p in tmp_path.iterdir()} == {"notes.txt", "case.sqlite", "case.lock"}
    CaseFile.open(tmp_path, create=False).close()


def test_the_database_flushes_every_commit_and_knows_whose_it_is(tmp_path: Path) -> None:
    with CaseFile.open(tmp_path / "case", create=True) as case:
        names = ("journal_mode", "synchronous", "foreign_keys", "secure_delete", "application_id", "user_version")
        values = [case._conn.execute(f"PRAGMA {name}").fetchone()[0] for name in names]
        assert values == ["wal", 2, 1, 1, 0x55736361, SCHEMA_VERSION]


@pytest.mark.parametrize("inside", [False, True], ids=["new folder", "folder with files"])
def test_a_failing_creation_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, inside: bool) -> None:
    folder = tmp_path / "a" / "case"
    if inside:
        folder.mkdir(parents=True)
        (folder / "notes.txt").write_text("kept")
    monkeypatch.setattr("core.casefile.opening.SCRIPT", "CREATE TABLE half (x); CREATE TABLE half (x);")
    with pytest.raises(CaseFileError):
        CaseFile.open(folder, create=True)
    left = [p.relative_to(tmp_path).as_posix() for p in sorted(tmp_path.rglob("*"))]
    assert left == (["a", "a/case", "a/case/notes.txt"] if inside else [])


def test_no_case_is_made_unless_asked(tmp_path: Path) -> None:
    for folder in (tmp_path, tmp_path / "missing"):
        with pytest.raises(CaseFileError, match=r"there is no case in this folder\. Check the folder"):
            CaseFile.open(folder, create=False)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("create", [True, False])
def test_a_file_in_place_of_the_folder(tmp_path: Path, create: bool) -> None:
    (tmp_path / "case").write_text("a letter")
    with pytest.raises(CaseFileError, match="a file stands where the case folder was expected"):
        CaseFile.open(tmp_path / "case", create=create)
    with pytest.raises(CaseFileError, match=r"Not a directory\)\. Check the path"):
        CaseFile.open(tmp_path / "case" / "below", create=True)
    assert (tmp_path / "case").read_text() == "a letter"


@pytest.mark.skipif(os.name != "posix" or os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_that_may_not_be_written(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    try:
        with pytest.raises(CaseFileError, match="Permission denied"):
            CaseFile.open(tmp_path / "case", create=True)
    finally:
        tmp_path.chmod(0o700)


@pytest.mark.parametrize(
    ("statement", "message"),
    [
        (f"user_version = {SCHEMA_VERSION + 1}", "made by a newer version .* Update the application"),
        ("application_id = 7", "a database of another program"),
        ("user_version = 0", "a database of another program"),
    ],
    ids=["newer", "foreign", "no version"],
)
def test_a_database_that_is_not_ours_is_refused_and_left_alone(tmp_path: Path, statement: str, message: str) -> None:
    CaseFile.open(tmp_path / "case", create=True).close()
    path = tmp_path / "case" / "case.sqlite"
    pragma(path, statement)
    before = path.read_bytes()
    for create in (True, False):
        with pytest.raises(CaseFileError, match=message):
            CaseFile.open(tmp_path / "case", create=create)
    assert path.read_bytes() == before


@pytest.mark.parametrize("content", [b"", b"not a database at all" * 99, b"SQLite format 3\x00" + b"\xa5" * 5000])
def test_a_file_that_is_no_database_is_refused_and_left_alone(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "case.sqlite").write_bytes(content)
    for create in (True, False):
        with pytest.raises(CaseFileError, match="not a case's database, or it is damaged"):
            CaseFile.open(tmp_path, create=create)
    assert (tmp_path / "case.sqlite").read_bytes() == content


def test_damaged_pages_are_reported(tmp_path: Path) -> None:
    case, number = begun(tmp_path / "case")
    with case:
        case.commit_batch(number, batch(range(20)))
        assert case.problems() == []
    path = tmp_path / "case" / "case.sqlite"
    content = bytearray(path.read_bytes())
    content[4096:] = b"\x5a" * (len(content) - 4096)
    path.write_bytes(content)
    with pytest.raises(CaseFileError, match=r"the case is damaged\. Restore the case folder"):
        CaseFile.open(tmp_path / "case", create=False).scanned(number)


def test_a_truncated_database_is_reported(tmp_path: Path) -> None:
    case, number = begun(tmp_path / "case")
    with case:
        case.commit_batch(number, batch(range(20)))
    path = tmp_path / "case" / "case.sqlite"
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 3])
    with pytest.raises(CaseFileError, match="damaged"), CaseFile.open(tmp_path / "case", create=False) as case:
        case.scanned(number)


def test_a_second_process_is_told_that_an_analysis_is_at_work(tmp_path: Path) -> None:
    folder = tmp_path / "case"
    with start(ANALYST, str(folder)) as analyst:
        assert analyst.stdout is not None
        assert analyst.stdout.readline() == "at work\n"
        with CaseFile.open(folder, create=True) as case:
            with pytest.raises(CaseFileError, match=r"another analysis is at work on this case\. Wait until"):
                case.claim()
            with pytest.raises(CaseFileError, match="another analysis is at work"):
                case.begin_run(1, run_key="settings 2", time_range=WHOLE)
            with pytest.raises(CaseFileError, match="another analysis is at work"):
                case.commit_batch(1, batch([5]))
            # Reading and short writes go on beside it.
            assert len(case.scanned(1).frames) == 2
            case.set_case_info(CaseInfo(title="entered meanwhile"))
            case.append_audit("J. Doe", "viewed", "")
            analyst.kill()
            analyst.wait()
            case.claim()
            assert case.begin_run(1, run_key="settings 1", time_range=WHOLE).is_resumed
            assert case.case_info().title == "entered meanwhile"


def test_two_sessions_of_one_process_cannot_analyse_the_same_case(tmp_path: Path) -> None:
    first, number = begun(tmp_path / "case")
    with CaseFile.open(tmp_path / "case", create=False) as second:
        with pytest.raises(CaseFileError, match="another analysis is at work"):
            second.claim()
        first.claim()
        first.commit_batch(number, batch([0]))
        first.close()
        second.commit_batch(number, batch([1]))
        assert len(second.scanned(number).frames) == 2


def test_a_database_locked_by_another_program_is_reported(tmp_path: Path) -> None:
    CaseFile.open(tmp_path / "case", create=True).close()
    conn = sqlite3.connect(tmp_path / "case" / "case.sqlite", isolation_level=None)
    conn.execute("BEGIN IMMEDIATE")
    with CaseFile.open(tmp_path / "case", create=False, busy_timeout_s=0.05) as case:
        with pytest.raises(CaseFileError, match="another program keeps the case locked"):
            case.add_evidence(item())
        assert case.evidence() == []
        conn.execute("ROLLBACK")
        assert case.add_evidence(item()) == 1
    conn.close()


@pytest.mark.parametrize("folder_exists", [False, True])
def test_processes_that_make_the_same_case_at_once_share_it(tmp_path: Path, folder_exists: bool) -> None:
    folder = tmp_path / "case"
    if folder_exists:
        folder.mkdir()
        (folder / "notes.txt").write_text("kept")
    creators = [start(CREATOR, str(folder), f"creator {n}") for n in range(4)]
    for creator in creators:
        assert creator.stdout is not None
        creator.stdout.readline()
    for creator in creators:
        creator.communicate("go\n")
    assert [creator.returncode for creator in creators] == [0] * 4
    with CaseFile.open(folder, create=False) as case:
        assert sorted(e.actor for e in case.audit()) == [f"creator {n}" for n in range(4)]
        assert case.verify_audit() == []
    assert not [p for p in tmp_path.rglob("*") if p.name.endswith(".new")]


def test_a_case_can_be_moved(tmp_path: Path) -> None:
    case, number = begun(tmp_path / "case")
    with case:
        case.commit_batch(number, batch(range(3)))
        before = everything(case, number)
    shutil.move(tmp_path / "case", tmp_path / "archive of José")
    with CaseFile.open(tmp_path / "archive of José", create=False) as case:
        assert everything(case, number) == before


def test_erased_rows_leave_no_bytes_behind(tmp_path: Path) -> None:
    marker = b"a finder state that can be found"
    case, number = begun(tmp_path / "case")
    with case:
        case.commit_batch(number, replace(batch(range(3)), finder_state=marker.decode()))
        assert any(marker in p.read_bytes() for p in (tmp_path / "case").iterdir())
        case.begin_run(number, run_key="settings 2", time_range=WHOLE)
    assert not any(marker in p.read_bytes() for p in (tmp_path / "case").iterdir())


def test_a_case_that_is_open_here_twice_keeps_its_entries_when_another_process_looks_in(tmp_path: Path) -> None:
    """The window, an analysis and a report desk open one case; locks dropped by one of them would be those of all."""
    folder = tmp_path / "case"
    CaseFile.open(folder, create=True).close()
    with CaseFile.open(folder, create=False) as window:
        window.append_audit("ann", "first", "")
        wal = (folder / "case.sqlite-wal").stat().st_ino
        with CaseFile.open(folder, create=False) as desk, CaseFile.look(folder) as look:
            assert [e.action for e in look.audit()] == ["first"]
            with start(VISITOR, str(folder)) as visitor:
                assert visitor.wait(timeout=60) == 0
            assert (folder / "case.sqlite-wal").stat().st_ino == wal
            desk.append_audit("ann", "at the desk", "")
        window.append_audit("ann", "in the window", "")
        with start(VISITOR, str(folder), "bob") as visitor:
            assert visitor.wait(timeout=60) == 0
        window.append_audit("ann", "last", "")
    with CaseFile.open(folder, create=False) as case:
        actions = [e.action for e in case.audit()]
        assert actions == ["first", "at the desk", "in the window", "visited", "last"]
        assert case.verify_audit() == []


def test_a_case_on_a_network_share_is_refused_in_words(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("core.casefile.opening.is_on_share", lambda path: path == tmp_path / "case")
    with pytest.raises(CaseFileError, match="network share") as refused:
        CaseFile.open(tmp_path / "case", create=True)
    assert "local disk" in refused.value.next_step
    assert not (tmp_path / "case").exists()
