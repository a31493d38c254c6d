"""The head of the report page: what it does now, and what can be asked of it."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QProgressBar, QWidget

from ui.icons import Icon
from ui.plain import spelled
from ui.shortcuts import Command, keys_of
from ui.theme import ButtonKind
from ui.tokens import SPACE
from ui.widgets.buttons import push_button
from ui.widgets.elided_label import ElidedLabel


class ReportToolbar(QFrame):
    """Title, state, and buttons.

    Signals:
        refresh_asked, export_asked, cancel_asked, key_asked: a button was pressed.
    """

    refresh_asked = Signal()
    export_asked = Signal()
    cancel_asked = Signal()
    key_asked = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("surface", "toolbar")
        title = QLabel(self.tr("Report"), self)
        title.setProperty("rank", "title")
        self._state = ElidedLabel("", Qt.TextElideMode.ElideRight, self)
        self._state.setProperty("rank", "muted")
        self._signer = ElidedLabel("", Qt.TextElideMode.ElideRight, self)
        self._signer.setProperty("rank", "muted")
        self.key = push_button(
            self.tr("Sign as…"),
            tip=self.tr("Open the key that signs the custody log and the report, or make one"),
            parent=self,
        )
        self._busy = QProgressBar(self)
        self._busy.setRange(0, 0)
        self._busy.setFixedWidth(8 * SPACE)
        self._busy.setAccessibleName(self.tr("Working on the report"))
        self.cancel = push_button(self.tr("Cancel"), glyph=Icon.STOP, tip=self.tr("Stop this"), parent=self)
        self.refresh = push_button(
            self.tr("Refresh preview"),
            glyph=Icon.REFRESH,
            tip=self.tr("Make the pages anew from what the case holds now"),
            keys=keys_of(Command.REFRESH_PREVIEW),
            parent=self,
        )
        self.refresh.setShortcut(keys_of(Command.REFRESH_PREVIEW))
        self.export = push_button(
            self.tr("Export PDF and JSON…"),
            kind=ButtonKind.PRIMARY,
            glyph=Icon.EXPORT,
            tip=self.tr("Write the report to a place of your choice"),
            keys=keys_of(Command.EXPORT),
            parent=self,
        )
        for button, intent in (
            (self.cancel, self.cancel_asked),
            (self.refresh, self.refresh_asked),
            (self.export, self.export_asked),
            (self.key, self.key_asked),
        ):
            button.clicked.connect(intent)
        row = QHBoxLayout(self)
        row.setContentsMargins(2 * SPACE, SPACE, 2 * SPACE, SPACE)
        row.setSpacing(SPACE)
        row.addWidget(title)
        row.addSpacing(SPACE)
        row.addWidget(self._state, 1)
        for part in (self._signer, self._busy, self.cancel, self.key, self.refresh, self.export):
            row.addWidget(part)
        self.set_signer("")

    def set_signer(self, name: str) -> None:
        """Tell who signs an exported report; '' when nobody does."""
        self._signer.setText(
            self.tr("Signed by {name}").format(name=spelled(name)) if name else self.tr("Will not be signed")
        )

    def signer_words(self) -> str:
        """Return what it says of the signature."""
        return self._signer.text()

    def set_state(self, words: str, *, is_busy: bool, is_usable: bool) -> None:
        """Show what is being done, and whether refreshing and exporting are possible now."""
        self._state.setText(words)
        for part in (self._busy, self.cancel):
            part.setVisible(is_busy)
        for button in (self.refresh, self.export):
            button.setEnabled(is_usable)
