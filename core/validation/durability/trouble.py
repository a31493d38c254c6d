"""Real conditions under which nothing can be written: a full disk, a limit, a folder that is read-only, a lock."""

from __future__ import annotations

import os
import sqlite3
import subprocess
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path

from core.errors import CaseError

DONE = "done"
_DISK_BYTES = 64 * 2**20
_STEP = 2**16


@contextmanager
def small_disk(folder: Path) -> Iterator[bool]:
    """Mount a small file system in memory on `folder`, which is made; False where that is not allowed (Linux, root)."""
    folder.mkdir(parents=True, exist_ok=True)
    words = ["mount", "-t", "tmpfs", "-o", f"size={_DISK_BYTES}", "tmpfs", str(folder)]
    if not _succeeds(words):
        yield False
        return
    try:
        yield True
    finally:
        _succeeds(["umount", "--lazy", str(folder)])


@contextmanager
def full(disk: Path) -> Iterator[bool]:
    """Fill a small disk to its last byte for the length of the block; True, as the other conditions say they hold."""
    ballast = disk / "ballast"
    try:
        with ballast.open("wb", buffering=0) as file:
            for step in (_STEP, 1):
                with suppress(OSError):
                    while True:
                        file.write(b"b" * step)
        yield True
    finally:
        ballast.unlink()


@contextmanager
def no_growth() -> Iterator[bool]:
    """Let no file of this process grow beyond its first byte; False where the system has no such limit."""
    try:
        import resource
    except ImportError:
        yield False
        return
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1, hard))
    try:
        yield True
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


@contextmanager
def read_only(disk: Path) -> Iterator[bool]:
    """Mount a small disk read-only for the length of the block; no file on it may be open for writing."""
    is_done = _succeeds(["mount", "-o", "remount,ro", str(disk)])
    try:
        yield is_done
    finally:
        if is_done:
            _succeeds(["mount", "-o", "remount,rw", str(disk)])


@contextmanager
def locked(database: Path) -> Iterator[bool]:
    """Hold the write lock of a database that is there, as another program in the middle of its work does."""
    if not database.exists():
        yield False
        return
    with closing(sqlite3.connect(database, isolation_level=None, timeout=5)) as other:
        other.execute("BEGIN IMMEDIATE")
        try:
            yield True
        finally:
            other.execute("ROLLBACK")


def empty_wal(database: Path) -> None:
    """Move what the WAL holds into the file, so that the next write needs room on the disk."""
    if database.exists():
        with closing(sqlite3.connect(database, isolation_level=None, timeout=5)) as conn:
            conn.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def _succeeds(words: list[str]) -> bool:
    if os.name != "posix":
        return False
    try:
        return subprocess.run(words, capture_output=True, check=False).returncode == 0
    except OSError:
        return False


def tried(attempt: Callable[[], object]) -> str:
    """'' when it was refused in words, `DONE` when it was done, otherwise what was wrong with the refusal."""
    try:
        attempt()
    except CaseError as error:
        return "" if error.what and error.next_step and error.path is not None else f"no file or advice: {error}"
    except Exception as error:  # a campaign reports what breaks, it does not break
        return f"{type(error).__name__}: {error}"
    return DONE
