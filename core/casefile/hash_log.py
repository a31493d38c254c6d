"""Evidence hashed again, with an entry in the custody log for each hashing."""

from __future__ import annotations

from collections.abc import Callable, Generator
from functools import partial

from core.casefile.session import CaseSession
from core.domain.cancel import CancelToken
from core.domain.events import Progress
from core.domain.evidence import EvidenceItem
from core.evidence.hashing import TOLD_FROM_BYTES, finished, told
from core.evidence.integrity import FileCheck, check_file_steps

HASH_CHECKED = "hash checked"
HASH_STAGE = "hash"
AT_EXPORT = "at export"


def check_evidence(
    case: CaseSession, item: EvidenceItem, *, actor: str, occasion: str, cancel: CancelToken
) -> Generator[Progress, None, FileCheck]:
    """Hash an item's file, compare it with what was taken in, and say so in the custody log.

    Args:
        case: open.
        item: as taken in.
        actor: who caused it.
        occasion: when in the course of work, such as ``"before the analysis"``.
        cancel: checked after each block; nothing is logged then.

    Yields:
        How far it is, for a file that takes long.

    Returns:
        What was found.

    Raises:
        AnalysisCancelledError: asked to stop.
        CaseFileError: the log cannot be written.
    """
    found = yield from told(check_file_steps(item), stage=HASH_STAGE, cancel=cancel, from_bytes=TOLD_FROM_BYTES)
    log_check(case, item, found, actor=actor, occasion=occasion)
    return found


def log_check(case: CaseSession, item: EvidenceItem, found: FileCheck, *, actor: str, occasion: str) -> None:
    """The entry of a hashing that was done elsewhere; see `check_evidence`."""
    case.append_audit(actor, HASH_CHECKED, f"{item.path} {item.sha256}: {occasion}: {found.words}")


def checks_at_export(
    case: CaseSession,
    *,
    actor: str,
    cancel: CancelToken | None = None,
    tell: Callable[[EvidenceItem, Progress], None] | None = None,
) -> dict[int, FileCheck]:
    """Hash every item of a case before its report is made.

    Args:
        case: open.
        actor: who makes it.
        cancel: checked after each block.
        tell: hears how far an item is that takes long.

    Returns:
        What was found, by evidence id.

    Raises:
        AnalysisCancelledError: asked to stop.
        CaseFileError: the log cannot be written.
    """
    cancel = cancel or CancelToken()
    found = {}
    for stored in case.evidence():
        steps = check_evidence(case, stored.item, actor=actor, occasion=AT_EXPORT, cancel=cancel)
        found[stored.id] = finished(steps, tell=None if tell is None else partial(tell, stored.item))
    return found
