"""Unexpected errors: their details go into a log file, not onto the screen."""

from __future__ import annotations

import re
import sys
import tempfile
import traceback
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

MAX_LOG_BYTES = 2**20
_OPTION = re.compile(r"--[a-z][a-z0-9-]*")


def log_fault(error: BaseException, log_file: Path, version: str, command: str) -> Path | None:
    """Append the traceback of `error` to a log file.

    Args:
        error: what was not expected.
        log_file: preferred file; made with its folder. When it cannot be written, a temporary file serves.
        version: of the application.
        command: what was asked for, see `words_without_values`.

    Returns:
        The file written, None when nothing could be written anywhere.
    """
    stamp = datetime.now(UTC).isoformat(timespec="seconds")
    head = f"=== {stamp} Unswap {version}, Python {sys.version.split()[0]}, {sys.platform}: {command}"
    text = head + "\n" + "".join(traceback.format_exception(error)) + "\n"
    for path in (log_file, Path(tempfile.gettempdir()) / log_file.name):
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            if path.exists() and path.stat().st_size > MAX_LOG_BYTES:
                path.replace(path.with_suffix(".old.log"))
            with path.open("a", encoding="utf-8", errors="backslashreplace") as stream:
                stream.write(text)
        except OSError:
            continue
        return path
    return None


def words_without_values(command: Sequence[str], arguments: Sequence[str]) -> str:
    """A command line for the log: names of people and of files stay out of it, as no erasure reaches a log.

    Args:
        command: the command, with its action where it has any.
        arguments: everything that was typed after the program's name.
    """
    typed = list(arguments)
    options = typed[: typed.index("--")] if "--" in typed else typed
    found = (_OPTION.match(word) for word in options)
    return " ".join([*command, *(option[0] for option in found if option)])
