"""A SHA-256 as people read it: its first digits, the whole on hovering, and one press to copy it."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QHBoxLayout, QLabel, QWidget

from ui.icons import Icon, Tint
from ui.theme import mono_font
from ui.tokens import SPACE
from ui.widgets.buttons import tool_button


class HashLabel(QWidget):
    """Shows the first digits of a hash.

    Args:
        sha256: hex digest; '' shows a dash.
        digits: how many digits are shown.
    """

    def __init__(self, sha256: str = "", digits: int = 12, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._digits = digits
        self._sha256 = ""
        self._short = QLabel(self)
        self._short.setTextFormat(Qt.TextFormat.PlainText)
        self._short.setFont(mono_font(12))
        self._copy = tool_button(Icon.COPY, self.tr("Copy the whole SHA-256"), tint=Tint.MUTED, parent=self)
        self._copy.clicked.connect(self.copy)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(SPACE // 2)
        row.addWidget(self._short)
        row.addWidget(self._copy)
        row.addStretch()
        self.set_hash(sha256)

    @property
    def sha256(self) -> str:
        """The whole hex digest."""
        return self._sha256

    def set_hash(self, sha256: str) -> None:
        """Show another hash."""
        self._sha256 = sha256
        shortened = len(sha256) > self._digits
        self._short.setText(f"{sha256[: self._digits]}…" if shortened else sha256 or "–")
        self.setToolTip(f"SHA-256\n{sha256}" if sha256 else self.tr("No hash yet"))
        self.setAccessibleName(f"SHA-256 {sha256}" if sha256 else self.tr("No hash yet"))
        self._copy.setEnabled(bool(sha256))

    def copy(self) -> None:
        """Put the whole digest on the clipboard."""
        QGuiApplication.clipboard().setText(self._sha256)
