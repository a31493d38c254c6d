"""Unexpected errors: their details go into a log file, not onto the screen."""

from __future__ import annotations

import sys
import tempfile
import traceback
from datetime import UTC, datetime
from pathlib import Path

MAX_LOG_BYTES = 2**20


def log_fault(error: BaseException, log_file: Path, version: str) -> Path | None:
    """Append the traceback of `error` to a log file.

    Args:
        error: what was not expected.
        log_file: preferred file; made with its folder. When it cannot be written, a temporary file serves.
        version: of the application.

    Returns:
        The file written, None when nothing could be written anywhere.
    """
    stamp = datetime.now(UTC).isoformat(timespec="seconds")
    head = f"=== {stamp} Unswap {version}, Python {sys.version.split()[0]}, {sys.platform}: {' '.join(sys.argv[1:])}"
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
