from __future__ import annotations

import gc
import sqlite3
from contextlib import closing
from pathlib import Path, PurePosixPath, PureWindowsPath

import pytest

from core.evidence.open_databases import beginning, connected, database_uri, is_on_share


@pytest.mark.parametrize(
    ("path", "uri"),
    [
        (PurePosixPath("/cases/17 a/case.sqlite"), "file:///cases/17%20a/case.sqlite?mode=ro"),
        (PureWindowsPath(r"C:\cases\case.sqlite"), "file:///C:/cases/case.sqlite?mode=ro"),
        (PureWindowsPath(r"\\?\C:\cases\case.sqlite"), "file:///C:/cases/case.sqlite?mode=ro"),
        (PureWindowsPath(r"\\server\share\17\case.sqlite"), "file:////server/share/17/case.sqlite?mode=ro"),
        (PureWindowsPath(r"\\?\UNC\server\share\case.sqlite"), "file:////server/share/case.sqlite?mode=ro"),
    ],
)
def test_a_database_is_named_without_a_machine(path: PurePosixPath | PureWindowsPath, uri: str) -> None:
    assert database_uri(path, "ro") == uri


def test_sqlite_takes_a_name_with_four_slashes(tmp_path: Path) -> None:
    uri = database_uri(PureWindowsPath(r"\\server\share\x.db"), "rwc").replace("/server/share", tmp_path.as_posix())
    assert uri.startswith("file:////")
    sqlite3.connect(uri, uri=True).close()
    assert (tmp_path / "x.db").exists()


@pytest.mark.parametrize("path", [r"\\server\share\x", r"\\?\UNC\server\share\x"])
def test_a_share_is_told_by_its_path(path: str) -> None:
    assert is_on_share(PureWindowsPath(path))


@pytest.mark.parametrize(
    "path", [PureWindowsPath(r"C:\x"), PureWindowsPath(r"\\?\C:\x"), PurePosixPath("//server/x"), PurePosixPath("/x")]
)
def test_a_local_disk_is_no_share(path: PurePosixPath | PureWindowsPath) -> None:
    assert not is_on_share(path)


def test_an_open_database_is_not_read_as_a_file(tmp_path: Path) -> None:
    path, link = tmp_path / "a.db", tmp_path / "link.db"
    with closing(connected(sqlite3, path, "rwc", timeout_s=1)) as conn:
        link.symlink_to(path)
        assert beginning(link, 6).is_empty
        conn.execute("CREATE TABLE t (x)")
        assert (beginning(link, 6).data, beginning(link, 6).is_encrypted) == (None, False)
        with closing(connected(sqlite3, link, "ro", timeout_s=1)):
            pass
        assert beginning(path, 6).data is None
    assert beginning(path, 6).data == b"SQLite"


def test_a_connection_that_was_dropped_is_open_no_longer(tmp_path: Path) -> None:
    conn = connected(sqlite3, tmp_path / "a.db", "rwc", timeout_s=1)
    conn.execute("CREATE TABLE t (x)")
    del conn
    gc.collect()
    assert beginning(tmp_path / "a.db", 6).data == b"SQLite"
