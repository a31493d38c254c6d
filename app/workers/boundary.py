"""The worker's boundary: the one place where every error is caught and put into words."""

from __future__ import annotations

import errno
import logging
import traceback
from pathlib import Path

from core.domain.events import ErrorReport
from core.errors import CaseError

_LOG = logging.getLogger("unswap.worker")


def error_report(error: BaseException) -> ErrorReport:
    """What a person is told of an error; those that are not the user's doing also enter the log with their trace."""
    if isinstance(error, CaseError):
        return ErrorReport(what=error.what, next_step=error.next_step, path=error.path, detail=str(error))
    if isinstance(error, OSError) and error.errno == errno.ENOSPC:
        return ErrorReport(
            what="the disk is full",
            next_step="free some space and try again; what was finished is kept",
            path=Path(error.filename) if isinstance(error.filename, str) else None,
            detail=str(error),
        )
    if isinstance(error, MemoryError):
        return ErrorReport(
            what="the memory of this computer is not enough for this step",
            next_step="close other programs, or recover fewer frames a person in the preferences, and try again",
            detail=str(error),
        )
    trace = "".join(traceback.format_exception(error))
    _LOG.error("internal fault\n%s", trace)
    return ErrorReport(
        what=f"an internal fault stopped this step ({type(error).__name__})",
        next_step="what was finished is kept; try again, and send the log file if it happens twice",
        is_bug=True,
        detail=trace,
    )
