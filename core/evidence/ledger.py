"""The ledger of signed heads on this machine: outside the cases, so that a case that was put back shows.

A file of JSON lines, only ever appended to. A line is the canonical JSON (RFC 8785) of ``number`` (1-based),
``previous`` (hex SHA-256 of the line before without its line feed, 64 zeros in the first) and ``signed`` (a signed
head, see `core.evidence.heads`).
"""

from __future__ import annotations

import hashlib
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import rfc8785

from core.domain.custody import SignedHead
from core.domain.foreign_text import parsed_json
from core.errors import ExaminerKeyError
from core.evidence.heads import head_from_record, head_record, signature_problem

if sys.platform == "win32":
    import msvcrt
else:
    import fcntl

_FIRST_LINK = "0" * 64


class HeadLedger:
    """The ledger in a file.

    Args:
        path: of the file; it and its folder are made with the first entry.
    """

    def __init__(self, path: Path) -> None:
        self.path = path

    def append(self, head: SignedHead) -> None:
        """Add a signed head; on the disk when this returns.

        Raises:
            ExaminerKeyError: the ledger cannot be written.
        """
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            with self._locked():
                content = self.path.read_bytes() if self.path.exists() else b""
                # A line that a crash cut short stays, as a line: nothing in a ledger is ever taken away.
                mend = b"\n" if content and not content.endswith(b"\n") else b""
                lines = content.splitlines()
                line = rfc8785.dumps(
                    {
                        "number": len(lines) + 1,
                        "previous": _link(lines[-1]) if lines else _FIRST_LINK,
                        "signed": head_record(head),
                    }
                )
                handle = os.open(self.path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
                try:
                    _write_all(handle, mend + line + b"\n")
                    os.fsync(handle)
                except OSError:
                    os.ftruncate(handle, len(content))  # no room for all of the line: none of it may stay
                    if not content:
                        self.path.unlink()
                    raise
                finally:
                    os.close(handle)
        except OSError as error:
            raise ExaminerKeyError(
                f"the ledger of signed heads cannot be written ({error.strerror or error})",
                next_step="make its folder writable, then sign again; the signature in the case stands",
                path=self.path,
            ) from error

    def heads(self, case_id: str) -> tuple[SignedHead, ...]:
        """All signed heads of a case, oldest first; lines that cannot be read are left to `problems`.

        Raises:
            ExaminerKeyError: the ledger cannot be read.
        """
        found: list[SignedHead] = []
        for line in self._lines():
            try:
                head = _entry(line).head
            except ValueError:
                continue
            if head.case_id == case_id:
                found.append(head)
        return tuple(found)

    def problems(self) -> list[str]:
        """What is wrong with the ledger itself, one sentence each; empty when it is whole or not there.

        Raises:
            ExaminerKeyError: the ledger cannot be read.
        """
        found: list[str] = []
        previous = _FIRST_LINK
        for number, line in enumerate(self._lines(), 1):
            try:
                entry = _entry(line)
            except ValueError:
                found.append(f"line {number} of the ledger is no entry: it was changed, or its writing was interrupted")
            else:
                if (entry.number, entry.previous) != (number, previous):
                    found.append(f"line {number} of the ledger does not follow from the one before")
                elif problem := signature_problem(entry.head):
                    found.append(f"line {number} of the ledger: {problem}")
            previous = _link(line)
        return found

    def _lines(self) -> list[bytes]:
        try:
            return self.path.read_bytes().splitlines()
        except FileNotFoundError:
            return []
        except OSError as error:
            raise ExaminerKeyError(
                f"the ledger of signed heads cannot be read ({error.strerror or error})",
                next_step="check the permissions of the file and its folder",
                path=self.path,
            ) from error

    @contextmanager
    def _locked(self) -> Iterator[None]:
        """One program at a time; the system lifts the lock when a program dies."""
        lock = self.path.with_name(f"{self.path.name}.lock")
        handle = os.open(lock, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            if sys.platform == "win32":
                msvcrt.locking(handle, msvcrt.LK_LOCK, 1)
            else:
                fcntl.flock(handle, fcntl.LOCK_EX)
            yield
        finally:
            os.close(handle)


def _link(line: bytes) -> str:
    return hashlib.sha256(line).hexdigest()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Entry:
    number: object
    previous: object
    head: SignedHead


def _entry(line: bytes) -> _Entry:
    try:
        values = parsed_json(line)
        if set(values) != {"number", "previous", "signed"} or rfc8785.dumps(values) != line:
            raise ValueError("not in the form in which entries are written")
        return _Entry(number=values["number"], previous=values["previous"], head=head_from_record(values["signed"]))
    except (TypeError, AttributeError, RecursionError) as error:
        raise ValueError(str(error)) from error


def _write_all(handle: int, data: bytes) -> None:
    while data:
        data = data[os.write(handle, data) :]
