"""What the analysis page says is missing, and what can be done about it."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication

from app.analysis_scene import Scene
from core.domain.evidence import EvidenceState, StoredEvidence


def notice_of(stored: StoredEvidence | None, scene: Scene | None, *, is_at_work: bool) -> tuple[str, str]:
    """Words and the text of a button; '' for nothing to be said, or nothing to be done.

    Args:
        stored: the item on show.
        scene: its analysis, as far as it has been read.
        is_at_work: an analysis of it waits or runs.
    """
    if stored is None:
        return "", ""
    if is_at_work:
        return (_said("Being analysed. You can look at the video meanwhile.") if scene is None else ""), ""
    if stored.state is EvidenceState.FAILED:
        words = _said("The analysis failed: {reason}.").format(reason=stored.failure.rstrip("."))
        return words, _said("Analyse again")
    if scene is None and stored.state is not EvidenceState.DONE:
        return _said("Not analysed yet. You can look at the video already."), _said("Analyse")
    if is_empty(scene):
        return _said("No face was found. If you see one, draw a box around it."), _said("Draw a face")
    return "", ""


def is_empty(scene: Scene | None) -> bool:
    """Whether an analysis found no face."""
    return scene is not None and not scene.spans


def _said(text: str) -> str:
    return QCoreApplication.translate("PlaybackNotice", text)
