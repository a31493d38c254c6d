"""Evidence hashed again, with an entry in the custody log for each hashing."""

from __future__ import annotations

from core.casefile.session import CaseSession
from core.domain.cancel import CancelToken
from core.domain.evidence import EvidenceItem
from core.evidence.integrity import FileCheck, check_file

HASH_CHECKED = "hash checked"
AT_EXPORT = "at export"


def check_evidence(
    case: CaseSession, item: EvidenceItem, *, actor: str, occasion: str, cancel: CancelToken | None = None
) -> FileCheck:
    """Hash an item's file, compare it with what was taken in, and say so in the custody log.

    Args:
        case: open.
        item: as taken in.
        actor: who caused it.
        occasion: when in the course of work, such as ``"before the analysis"``.
        cancel: checked after each block; nothing is logged then.

    Raises:
        AnalysisCancelledError: asked to stop.
        CaseFileError: the log cannot be written.
    """
    found = check_file(item, cancel)
    log_check(case, item, found, actor=actor, occasion=occasion)
    return found


def log_check(case: CaseSession, item: EvidenceItem, found: FileCheck, *, actor: str, occasion: str) -> None:
    """The entry of a hashing that was done elsewhere; see `check_evidence`."""
    case.append_audit(actor, HASH_CHECKED, f"{item.path} {item.sha256}: {occasion}: {found.words}")


def checks_at_export(case: CaseSession, *, actor: str, cancel: CancelToken | None = None) -> dict[int, FileCheck]:
    """Hash every item of a case before its report is made.

    Returns:
        What was found, by evidence id.

    Raises:
        AnalysisCancelledError: asked to stop.
        CaseFileError: the log cannot be written.
    """
    return {
        stored.id: check_evidence(case, stored.item, actor=actor, occasion=AT_EXPORT, cancel=cancel)
        for stored in case.evidence()
    }
