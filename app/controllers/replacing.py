"""Asks before a finished analysis gives way to that of a part."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QCoreApplication
from PySide6.QtWidgets import QApplication

from app.session import Session
from core.domain.evidence import EvidenceState
from ui.dialogs.confirm import ConfirmDialog


def ask_before_replacing(session: Session, evidence_id: int, go_on: Callable[[], None]) -> None:
    """Go on at once unless the item's analysis is finished; then only when a person says so."""
    states = {stored.id: stored.state for stored in session.items}
    if states.get(evidence_id) is not EvidenceState.DONE:
        go_on()
        return

    def said(text: str) -> str:
        return QCoreApplication.translate("Replacing", text)

    dialog = ConfirmDialog(
        said("Replace the finished analysis?"),
        said(
            "An item has one analysis. That of the marked part takes the place of the one that is there: persons are "
            "found and numbered anew, and what was recovered outside the part is gone."
        ),
        confirm_text=said("Analyse the part"),
        parent=QApplication.activeWindow(),
    )
    dialog.confirmed.connect(go_on)
    # Without a window in front it has no parent, and nothing but this would keep it until it is answered.
    dialog.finished.connect(lambda _, kept=dialog: kept)
    dialog.open()
