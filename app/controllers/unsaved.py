"""Asks before something is left that was typed and not saved."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication
from PySide6.QtWidgets import QWidget

from ui.dialogs.confirm import ConfirmDialog


def unsaved_question(window: QWidget) -> ConfirmDialog:
    """The question; `confirmed` means that it may go."""

    def said(text: str) -> str:
        return QCoreApplication.translate("Unsaved", text)

    return ConfirmDialog(
        said("Leave what was typed unsaved?"),
        said("A note or an observation was typed and not saved; it will be gone. Everything else is kept."),
        confirm_text=said("Leave without it"),
        parent=window,
    )
