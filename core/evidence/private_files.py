"""Databases that hold biometric data: for their owner's eyes alone, as far as the system knows owners (POSIX)."""

from __future__ import annotations

import os
import stat
from contextlib import suppress
from pathlib import Path

_OTHERS = 0o077
_NEIGHBOURS = ("", "-wal", "-shm", "-journal")


def reserve_private(path: Path) -> None:
    """Make an empty file that only its owner may read, unless something stands there; SQLite fills an empty file.

    What cannot be made is left to SQLite, which says why. Does nothing where the system has no such permissions.
    """
    if os.name == "posix":
        with suppress(OSError):
            os.close(os.open(os.path.realpath(path), os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))


def make_private(database: Path) -> None:
    """Take a database and SQLite's files beside it from everybody but their owner, where that is this account.

    No file is opened: closing one would give up the locks that SQLite holds on it in this process.
    """
    if os.name != "posix":
        return
    whole = os.path.realpath(database)
    for name in _NEIGHBOURS:
        path = Path(whole + name)
        with suppress(OSError):  # not there, or on a disk that keeps no permissions
            facts = path.stat()
            mode = stat.S_IMODE(facts.st_mode)
            if stat.S_ISREG(facts.st_mode) and facts.st_uid == os.geteuid() and mode & _OTHERS:
                path.chmod(mode & ~_OTHERS)
