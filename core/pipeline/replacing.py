"""Keeps a stored analysis from giving way to another one that nobody asked for."""

from __future__ import annotations

from core.casefile.store import CaseFile
from core.domain.evidence import EvidenceItem
from core.errors import CaseFileError


def refuse_to_replace(case: CaseFile, evidence_id: int, item: EvidenceItem, run_key: str, *, next_step: str) -> None:
    """Refuse an analysis that would erase the stored one; one that goes on with it is fine.

    Tracks would be numbered anew: decisions would lose the faces that they were made on, and hours of work be lost.

    Args:
        case: that may hold an analysis of the item.
        evidence_id, item: what is to be analysed.
        run_key: of the analysis that is wished for.
        next_step: what a person can do, one clause.

    Raises:
        CaseFileError: frames of another analysis are stored.
    """
    run = case.run(evidence_id)
    if run is None or run.run_key == run_key or not case.holds_frames(evidence_id):
        return
    raise CaseFileError(
        f"{item.path.name} was analysed with other settings or models, or in another part; that analysis is kept",
        next_step=next_step,
        path=case.folder,
    )
