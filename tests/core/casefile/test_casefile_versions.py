"""Older cases are migrated with a whole backup, newer ones are refused unchanged, whatever stands in the way."""

from __future__ import annotations

import hashlib
import os
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from casefile_builders import batch, begun

from core.casefile import audit, item_bindings
from core.casefile.opening import DATABASE_NAME
from core.casefile.schema import APPLICATION_ID, FIRST_SCRIPT, MIGRATIONS, SCHEMA_VERSION
from core.casefile.store import CaseFile
from core.casefile.versions import SCHEMA_RAISED
from core.domain.evidence import EvidenceItem
from core.domain.report import CaseInfo
from core.domain.review import WriteNote
from core.errors import CaseFileError

posix = pytest.mark.skipif(os.name != "posix", reason="limits of POSIX systems")
PUBLISHED = {  # first digits of SHA-256, by the version that the script leads to
    1: "a5145649b3a2d329",
    2: "b07c4cfd25556c53",
    3: "2b0e19bea7f0011f",
    4: "e3b0c44298fc1c14",
}
# Leaves a newer schema version in the WAL only, as a newer program that was killed does.
NEWER_IN_WAL = "PRAGMA user_version = 99"


def older_case(folder: Path) -> Path:
    """A case as schema version 1 left it."""
    folder.mkdir()
    path = folder / DATABASE_NAME
    with closing(sqlite3.connect(path)) as conn:
        conn.executescript(f"{FIRST_SCRIPT} PRAGMA application_id = {APPLICATION_ID}; PRAGMA user_version = 1;")
        conn.execute("INSERT INTO refused (path, reason) VALUES (?, 'no video')", (b"/evidence/a.txt",))
        conn.commit()
    return path


def version(path: Path) -> int:
    with closing(sqlite3.connect(path)) as conn:
        return int(conn.execute("PRAGMA user_version").fetchone()[0])


def content(folder: Path) -> dict[str, bytes]:
    return {p.name: p.read_bytes() for p in folder.iterdir() if not p.name.endswith("-shm")}


def test_published_schemas_never_change() -> None:
    """A case that exists was made by exactly these statements; what is new goes into a new migration."""
    scripts = {1: FIRST_SCRIPT, 2: MIGRATIONS[1], 3: MIGRATIONS[2], 4: MIGRATIONS[3]}
    assert {n: hashlib.sha256(text.encode()).hexdigest()[:16] for n, text in scripts.items()} == PUBLISHED
    assert sorted(MIGRATIONS) == list(range(1, SCHEMA_VERSION))


def test_a_case_of_the_first_version_is_brought_up_to_date_and_a_copy_stays(tmp_path: Path) -> None:
    path = older_case(tmp_path / "case")
    with CaseFile.open(tmp_path / "case", create=False) as case:
        assert case.refused() == (("/evidence/a.txt", "no video"),)
        case.decide("Ex", WriteNote(text="kept"))
        case.set_case_info(CaseInfo(title="new"))
        assert case.problems() == []
    backup = path.with_name(f"{DATABASE_NAME}.v1.bak")
    with closing(sqlite3.connect(backup)) as conn:
        assert conn.execute("PRAGMA user_version").fetchone() == (1,)
        assert conn.execute("SELECT reason FROM refused").fetchall() == [("no video",)]
        assert conn.execute("PRAGMA journal_mode").fetchone() == ("delete",)
    assert sorted(content(tmp_path / "case")) == [DATABASE_NAME, backup.name]


def test_a_look_at_an_older_case_leaves_it_the_older_case(tmp_path: Path) -> None:
    path = older_case(tmp_path / "case")
    before = content(tmp_path / "case")
    with CaseFile.look(tmp_path / "case") as case:
        assert case.refused() == (("/evidence/a.txt", "no video"),)
        assert case.problems() == []
        copy = case.folder
    assert content(tmp_path / "case") == before and version(path) == 1
    assert copy != tmp_path / "case" and not copy.exists()


def test_a_look_at_an_older_case_sees_what_its_program_left_in_the_wal(tmp_path: Path) -> None:
    path = older_case(tmp_path / "case")
    with closing(sqlite3.connect(path)) as conn:
        conn.execute("PRAGMA journal_mode = WAL")
        conn.execute("INSERT INTO refused (path, reason) VALUES (?, 'no face')", (b"/evidence/b.txt",))
        conn.commit()
        with CaseFile.look(tmp_path / "case") as case:
            assert [reason for _, reason in case.refused()] == ["no video", "no face"]
    assert version(path) == 1


def test_a_look_at_a_case_of_this_version_is_at_the_case_itself(tmp_path: Path) -> None:
    made, _ = begun(tmp_path / "case")
    made.close()
    with CaseFile.look(tmp_path / "case") as case:
        assert case.folder == tmp_path / "case"


def test_a_look_at_what_is_no_case_is_refused_in_the_words_of_opening(tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    for made in (None, b"SQLite format 3\x00" + bytes(200), b"no database"):
        if made is not None:
            (tmp_path / "other" / DATABASE_NAME).write_bytes(made)
        with pytest.raises(CaseFileError) as refused, CaseFile.look(tmp_path / "other"):
            pass
        with pytest.raises(CaseFileError) as opened:
            CaseFile.open(tmp_path / "other", create=False)
        assert refused.value.what == opened.value.what


def test_a_case_whose_rows_are_bound_already_is_taken_over_as_it_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def log_taken_in(conn: sqlite3.Connection, actor: str, number: int, item: EvidenceItem) -> None:
        """As schema 4 and 5 had it: nothing on refused inputs."""
        detail = f"{item_bindings.intake_words(item)}; item {number}, sha256 {item_bindings.item_sha256(conn, number)}"
        audit.append(conn, actor=actor, action=item_bindings.TAKEN_IN, detail=detail)

    monkeypatch.setattr(item_bindings, "log_taken_in", log_taken_in)
    case, _ = begun(tmp_path / "case")
    with case:
        entries = case.audit()
    path = tmp_path / "case" / DATABASE_NAME
    with closing(sqlite3.connect(path)) as conn:
        conn.execute("PRAGMA user_version = 4")
    with CaseFile.open(tmp_path / "case", create=False) as case:
        *before, raised, refused = case.audit()
        assert tuple(before) == tuple(entries)
        assert (raised.action, refused.action) == (SCHEMA_RAISED, "refused inputs bound")
        assert raised.detail == f"from schema 4 to {SCHEMA_VERSION}: no row that was stored changed"
        assert case.problems() == [] and case.check_log().findings == ()
    with CaseFile.open(tmp_path / "case", create=False) as case:
        assert len(case.audit()) == len(entries) + 2
    assert version(path) == SCHEMA_VERSION
    assert version(path.with_name(f"{DATABASE_NAME}.v4.bak")) == 4


def test_a_backup_holds_what_was_only_in_the_wal(tmp_path: Path) -> None:
    path = older_case(tmp_path / "case")
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("PRAGMA journal_mode = WAL")
        other.execute("INSERT INTO refused (path, reason) VALUES (x'00', 'written last')")
        assert path.with_name(f"{DATABASE_NAME}-wal").stat().st_size
        CaseFile.open(tmp_path / "case", create=False).close()
    with closing(sqlite3.connect(path.with_name(f"{DATABASE_NAME}.v1.bak"))) as conn:
        assert conn.execute("SELECT reason FROM refused").fetchall() == [("no video",), ("written last",)]


def test_an_earlier_backup_is_kept_and_the_same_is_not_made_twice(tmp_path: Path) -> None:
    path = older_case(tmp_path / "case")
    former = path.with_name(f"{DATABASE_NAME}.v1.bak")
    former.write_bytes(b"an earlier one")
    as_it_was = path.read_bytes()
    for _ in range(2):  # the second time somebody has put the old case back
        path.write_bytes(as_it_was)
        CaseFile.open(tmp_path / "case", create=False).close()
    assert former.read_bytes() == b"an earlier one"
    backups = sorted(name for name in content(tmp_path / "case") if name.endswith(".bak"))
    assert backups[0] == f"{DATABASE_NAME}.v1.2.bak"
    assert {version(path.with_name(name)) for name in backups[:-1]} == {1}


@posix
def test_a_migration_that_finds_no_room_leaves_the_case_as_it_was(tmp_path: Path) -> None:
    import resource

    path = older_case(tmp_path / "case")
    before = content(tmp_path / "case")
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (path.stat().st_size // 2, hard))
    try:
        with pytest.raises(CaseFileError, match=r"disk") as refusal:
            CaseFile.open(tmp_path / "case", create=False)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert refusal.value.path == path
    assert version(path) == 1
    assert set(content(tmp_path / "case")) == set(before)
    CaseFile.open(tmp_path / "case", create=False).close()
    assert version(path) == SCHEMA_VERSION


def test_a_newer_case_is_refused_byte_by_byte_as_it_was(tmp_path: Path) -> None:
    case, number = begun(tmp_path / "case")
    path = tmp_path / "case" / DATABASE_NAME
    with case:
        case.commit_batch(number, batch(range(3)))
        with closing(sqlite3.connect(path, isolation_level=None)) as newer:
            newer.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            newer.execute(NEWER_IN_WAL)
        # Copied while open: the file says one version, the WAL a newer one.
        left = tmp_path / "left by a killed program"
        left.mkdir()
        for name, data in content(tmp_path / "case").items():
            (left / name).write_bytes(data)
    assert int.from_bytes((left / DATABASE_NAME).read_bytes()[60:64], "big") == SCHEMA_VERSION
    for folder in (left, tmp_path / "case"):
        before = content(folder)
        for create in (True, False):
            with pytest.raises(CaseFileError, match=r"newer version \(schema 99.*Update the application"):
                CaseFile.open(folder, create=create)
        assert content(folder) == before


@pytest.mark.skipif(os.name != "posix", reason="permissions of owner and others")
def test_nobody_but_the_owner_may_read_a_case(tmp_path: Path) -> None:
    def modes(folder: Path) -> set[int]:
        return {p.stat().st_mode & 0o777 for p in folder.glob(f"{DATABASE_NAME}*")}

    with CaseFile.open(tmp_path / "new", create=True) as case:
        case.append_audit("J. Doe", "viewed", "item 1")
        assert modes(tmp_path / "new") == {0o600}
    older_case(tmp_path / "old")
    (tmp_path / "old" / DATABASE_NAME).chmod(0o644)
    CaseFile.open(tmp_path / "old", create=False).close()
    assert len(list((tmp_path / "old").glob("*.bak"))) == 1 and modes(tmp_path / "old") == {0o600}
