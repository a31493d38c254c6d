"""The pages of the window, in the order of work."""

from __future__ import annotations

from enum import StrEnum

from PySide6.QtCore import QCoreApplication

from ui.icons import Icon


class Page(StrEnum):
    """One page; its position in this enumeration is its digit in Ctrl+1..6."""

    START = "start"
    CASE = "case"
    ANALYSIS = "analysis"
    GALLERY = "gallery"
    REPORT = "report"
    MODELS = "models"

    @property
    def glyph(self) -> Icon:
        """Its icon."""
        return Icon(self.value)

    @property
    def keys(self) -> str:
        """Its shortcut, in Qt's notation."""
        return f"Ctrl+{list(Page).index(self) + 1}"


def page_title(page: Page) -> str:
    """Return its name for people."""

    def said(text: str) -> str:
        return QCoreApplication.translate("Page", text)

    return {
        Page.START: said("Start"),
        Page.CASE: said("Case"),
        Page.ANALYSIS: said("Analysis"),
        Page.GALLERY: said("Gallery"),
        Page.REPORT: said("Report"),
        Page.MODELS: said("Models"),
    }[page]
