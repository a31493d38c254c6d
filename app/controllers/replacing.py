"""Asks before a finished analysis, or what was decided on it, gives way to another one."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from PySide6.QtCore import QCoreApplication
from PySide6.QtWidgets import QApplication

from app.session import Session
from core.domain.evidence import EvidenceState
from core.domain.review import names_tracks
from ui.dialogs.confirm import ConfirmDialog


def ask_before_replacing(session: Session, evidence_id: int, go_on: Callable[[], None]) -> None:
    """Go on at once unless the item's analysis is finished; then only when a person says so."""
    states = {stored.id: stored.state for stored in session.items}
    if states.get(evidence_id) is not EvidenceState.DONE:
        go_on()
        return

    _ask(
        _said("Replace the finished analysis?"),
        _said(
            "An item has one analysis. That of the marked part takes the place of the one that is there: persons are "
            "found and numbered anew, and what was recovered outside the part is gone. Decisions on those persons are "
            "kept and told in the report, and apply to nobody any more."
        ),
        _said("Analyse the part"),
        go_on,
    )


def ask_before_setting_aside(session: Session, evidence_ids: Iterable[int], go_on: Callable[[], None]) -> None:
    """Go on at once unless somebody decided on persons of these items; then only when a person says so."""
    entries = [entry for evidence_id in evidence_ids for entry in session.review.entries_of(evidence_id)]
    if not any(names_tracks(entry.action) for entry in entries):
        go_on()
        return
    _ask(
        _said("Analyse again what was decided on?"),
        _said(
            "Where settings, models or the part are others than before, persons are found and numbered anew. Decisions "
            "on those of now are then kept and told in the report, and apply to nobody any more."
        ),
        _said("Analyse again"),
        go_on,
    )


def _said(text: str) -> str:
    return QCoreApplication.translate("Replacing", text)


def _ask(title: str, text: str, confirm_text: str, go_on: Callable[[], None]) -> None:
    dialog = ConfirmDialog(title, text, confirm_text=confirm_text, parent=QApplication.activeWindow())
    dialog.confirmed.connect(go_on)
    # Without a window in front it has no parent, and nothing but this would keep it until it is answered.
    dialog.finished.connect(lambda _, kept=dialog: kept)
    dialog.open()
