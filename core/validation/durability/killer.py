"""Kills its own process at a chosen transaction boundary: a power switch for programs that use SQLite.

It stands outside of what it tests: the connection classes of the libraries are replaced before the program starts, and
nothing of the program knows it.
"""

from __future__ import annotations

import os
import re
import signal
import sqlite3
from collections.abc import Callable
from types import ModuleType
from typing import Any

_BOUNDARY = re.compile(
    r"\s*(BEGIN|COMMIT|END|ROLLBACK|SAVEPOINT|RELEASE|VACUUM|PRAGMA\s+(wal_checkpoint|journal_mode\s*=|user_version\s*=))",
    re.IGNORECASE,
)


def kill_self() -> None:
    """End this process as `kill -9` does; nothing of it runs afterwards."""
    # On Windows any signal but CTRL_C_EVENT and CTRL_BREAK_EVENT is TerminateProcess.
    os.kill(os.getpid(), getattr(signal, "SIGKILL", signal.SIGTERM))


class Boundaries:
    """Counts boundaries: just before and just after each statement that begins, ends or empties a transaction, and
    each renaming of a file.

    Args:
        kill_at: number of the boundary (1-based) to be killed at; 0 kills nowhere.
    """

    def __init__(self, kill_at: int) -> None:
        self._kill_at = kill_at
        self.passed = 0

    def install(self) -> None:
        """Count in this process from now on, for every SQLite library that it has."""
        for library in _libraries():
            _wrap_library(library, self)
        os.rename = self._around(os.rename)
        os.replace = self._around(os.replace)

    def step(self) -> None:
        """One boundary."""
        self.passed += 1
        if self.passed == self._kill_at:
            kill_self()

    def before(self, statement: str) -> None:
        """A statement is about to be executed."""
        if _BOUNDARY.match(statement):
            self.step()

    def _around(self, function: Callable[..., None]) -> Callable[..., None]:
        def wrapped(*arguments: Any, **options: Any) -> None:
            self.step()
            function(*arguments, **options)
            self.step()

        return wrapped


def _libraries() -> list[ModuleType]:
    found: list[ModuleType] = [sqlite3]
    try:
        from sqlcipher3 import dbapi2
    except ImportError:
        return found
    return [*found, dbapi2]


def _wrap_library(library: ModuleType, boundaries: Boundaries) -> None:
    connect = library.connect

    def counted(*arguments: Any, **options: Any) -> Any:
        factory = _counting(options.pop("factory", library.Connection), boundaries)
        connection = connect(*arguments, factory=factory, **options)
        connection.set_trace_callback(boundaries.before)
        return connection

    library.connect = counted  # type: ignore[attr-defined]


def _counting(plain: Any, boundaries: Boundaries) -> Any:
    class Counted(plain):  # type: ignore[misc]
        """A connection whose boundaries are counted."""

        def execute(self, sql: str, *arguments: Any) -> Any:
            answer = super().execute(sql, *arguments)
            if _BOUNDARY.match(sql):
                boundaries.step()
            return answer

        def executescript(self, sql: str) -> Any:
            answer = super().executescript(sql)
            boundaries.step()
            return answer

    return Counted
