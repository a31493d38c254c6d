"""SQLite databases that this process has open, so that nothing reads one of them as a file meanwhile.

POSIX locks belong to the process: closing any descriptor of a file gives up all locks that this process holds on it,
those of SQLite included. Another process that then closes the database takes itself for the last one and removes the
WAL, and what is written here afterwards goes into a file without a name. SQLite knows its own connections; who reads a
header as a file asks here. The SQLite library is the caller's: cases and galleries do not have the same.
"""

from __future__ import annotations

import errno
import stat
import threading
from dataclasses import dataclass
from functools import cache
from pathlib import Path, PurePath, PureWindowsPath
from typing import Any
from weakref import WeakKeyDictionary

_LONG, _LONG_SHARE = "\\\\?\\", "\\\\?\\UNC\\"  # how Windows writes paths that may be long
# Truly one for the process, as its locks are. A connection that is dropped without being closed vanishes by itself.
_OPEN: WeakKeyDictionary[Any, tuple[tuple[int, int], bool]] = WeakKeyDictionary()
_LOCK = threading.RLock()  # a collected generator may close its connection at any moment, in this very thread


@dataclass(frozen=True, slots=True, kw_only=True)
class Beginning:
    """How a file begins.

    Attributes:
        data: its first bytes; None where this process has it open as a database: only SQLite may read it then.
        is_encrypted: what it was opened as; None where it is not open.
        is_empty: whether nothing is in it.
    """

    data: bytes | None
    is_encrypted: bool | None
    is_empty: bool


def connected(library: Any, path: Path, mode: str, *, timeout_s: float, is_encrypted: bool = False) -> Any:
    """A connection in autocommit mode that is known as open until it is closed.

    Args:
        library: `sqlite3`, or a module like it.
        path: of the database.
        mode: SQLite's: ``"ro"``, ``"rw"``, or ``"rwc"``, which makes it.
        timeout_s: how long to wait for locks, seconds.
        is_encrypted: whether the file begins otherwise than a plain database.

    Raises:
        The library's errors.
    """
    uri = database_uri(path.resolve(), mode)
    with _LOCK:  # nobody reads the header between opening and noting
        connection = library.connect(
            uri, uri=True, timeout=timeout_s, isolation_level=None, factory=_noted(library.Connection)
        )
        try:
            facts = path.stat()
        except OSError:  # gone already: nobody finds it by its path any more
            return connection
        _OPEN[connection] = ((facts.st_dev, facts.st_ino), is_encrypted)
    return connection


def beginning(path: Path, n_bytes: int) -> Beginning:
    """How a file begins, read only while this process does not have it open as a database.

    Raises:
        OSError: it cannot be read.
    """
    with _LOCK:  # nobody opens it as a database before this descriptor is closed
        facts = path.stat()
        if not stat.S_ISREG(facts.st_mode):  # a pipe would be waited for, with the lock held
            raise OSError(errno.EINVAL, "it is no regular file", str(path))
        # One that is collected meanwhile may be closed in this very thread: no iterating over the dictionary itself.
        noted = [_OPEN.get(connection) for ref in _OPEN.keyrefs() if (connection := ref()) is not None]
        kinds = {one[1] for one in noted if one is not None and one[0] == (facts.st_dev, facts.st_ino)}
        if kinds:
            return Beginning(data=None, is_encrypted=True in kinds, is_empty=not facts.st_size)
        with path.open("rb") as file:
            data = file.read(n_bytes)
    return Beginning(data=data, is_encrypted=None, is_empty=not data)


def database_uri(path: PurePath, mode: str) -> str:
    r"""The name of a database for SQLite, which takes no machine in it: ``\\machine\share`` becomes ``////machine``.

    Args:
        path: absolute.
        mode: SQLite's mode of opening.
    """
    drive = path.drive.upper()
    if drive.startswith(_LONG_SHARE):
        path = PureWindowsPath("\\\\" + str(path)[len(_LONG_SHARE) :])
    elif drive.startswith(_LONG):
        path = PureWindowsPath(str(path)[len(_LONG) :])
    uri = path.as_uri()
    if not uri.startswith("file:///"):
        uri = uri.replace("file://", "file:////", 1)
    return f"{uri}?mode={mode}"


def is_on_share(path: PurePath) -> bool:
    r"""Whether an absolute path names a share of Windows, as those of mapped drives do once they are resolved.

    Network disks of other systems, and mapped drives that Windows does not resolve, cannot be told by their path.
    """
    drive = path.drive.upper()
    return drive.startswith(_LONG_SHARE) or (drive.startswith("\\\\") and not drive.startswith((_LONG, "\\\\.\\")))


@cache
def _noted(plain: Any) -> Any:
    """A class of connections that are open until they are closed; the libraries' own cannot be referred to weakly."""

    class Noted(plain):  # type: ignore[misc]
        def close(self) -> None:
            super().close()
            with _LOCK:
                _OPEN.pop(self, None)

    return Noted
