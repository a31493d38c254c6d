"""Tells where an exported report lies, and the hashes of its two files."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtWidgets import QFrame, QGridLayout, QLabel, QWidget

from ui.icons import Icon, Tint, icon_pixmap
from ui.plain import spelled
from ui.theme import scaled
from ui.tokens import SPACE
from ui.widgets.buttons import push_button, tool_button
from ui.widgets.elided_label import ElidedLabel
from ui.widgets.hash_label import HashLabel
from ui.widgets.report_summary import ExportedReport

_DIGITS = 24


class ExportedCard(QFrame):
    """Hidden until a report was exported.

    Signals:
        folder_asked: file whose folder is to be shown.
    """

    folder_asked = Signal(Path)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("surface", "card")
        self._shown: ExportedReport | None = None
        self._sign = QLabel(self)
        self._title = QLabel(self.tr("Report exported"), self)
        self._title.setProperty("rank", "strong")
        self._unlogged = QLabel(self)
        self._unlogged.setTextFormat(Qt.TextFormat.PlainText)
        self._unlogged.setWordWrap(True)
        self._unlogged.setProperty("rank", "error")
        self._signed = QLabel(self)
        self._signed.setTextFormat(Qt.TextFormat.PlainText)
        self._signed.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._signed.setWordWrap(True)
        self._paths = [ElidedLabel("", Qt.TextElideMode.ElideMiddle, self) for _ in range(2)]
        self._hashes = [HashLabel(digits=_DIGITS, parent=self) for _ in range(2)]
        folder = push_button(self.tr("Show in folder"), glyph=Icon.FOLDER, parent=self)
        folder.clicked.connect(self._ask_folder)
        close = tool_button(Icon.CLOSE, self.tr("Close this notice"), parent=self)
        close.clicked.connect(self.clear)
        grid = QGridLayout(self)
        grid.setContentsMargins(SPACE + 4, SPACE, SPACE, SPACE)
        grid.setHorizontalSpacing(SPACE + 4)
        grid.setVerticalSpacing(SPACE // 2)
        grid.addWidget(self._sign, 0, 0)
        grid.addWidget(self._title, 0, 1)
        grid.addWidget(folder, 0, 2, Qt.AlignmentFlag.AlignRight)
        grid.addWidget(close, 0, 3)
        grid.addWidget(self._unlogged, 1, 1, 1, 3)
        for row in range(2):
            grid.addWidget(self._paths[row], row + 2, 1)
            grid.addWidget(self._hashes[row], row + 2, 2, 1, 2)
        grid.addWidget(self._signed, 4, 1, 1, 3)
        grid.setColumnStretch(1, 1)
        self.clear()

    def show_report(self, report: ExportedReport) -> None:
        """Tell of a report."""
        self._shown = report
        for place, path in zip(self._paths, (report.pdf, report.json), strict=True):
            place.setText(str(path))
        for shown, sha256 in zip(self._hashes, (report.pdf_sha256, report.json_sha256), strict=True):
            shown.set_hash(sha256)
        self._signed.setText(
            self.tr("Signed by {name} (key fingerprint {fingerprint})").format(
                name=spelled(report.signer), fingerprint=report.key_sha256
            )
            if report.signer
            else self.tr("Not signed: a later change of the report would leave no trace")
        )
        self._unlogged.setText(
            self.tr("The custody log could not take the line on it: {reason}").format(reason=spelled(report.unlogged))
        )
        self._unlogged.setVisible(bool(report.unlogged))
        self._paint_sign()
        self.show()

    def clear(self) -> None:
        """Tell of nothing."""
        self._shown = None
        self.hide()

    def words(self) -> str:
        """Return all it says, line by line."""
        lines = [
            self._title.text(),
            *(label.text() for label in self._paths),
            *(h.sha256 for h in self._hashes),
            self._signed.text(),
        ]
        return "\n".join([*lines, *([self._unlogged.text()] if not self._unlogged.isHidden() else [])])

    def changeEvent(self, event: QEvent) -> None:  # noqa: N802
        """Follow the theme."""
        super().changeEvent(event)
        if event.type() in (QEvent.Type.PaletteChange, QEvent.Type.StyleChange):
            self._paint_sign()

    def _ask_folder(self) -> None:
        if self._shown is not None:
            self.folder_asked.emit(self._shown.pdf)

    def _paint_sign(self) -> None:
        is_whole = self._shown is None or not self._shown.unlogged
        glyph, tint = (Icon.SUCCESS, Tint.SUCCESS) if is_whole else (Icon.WARNING, Tint.WARNING)
        self._sign.setPixmap(icon_pixmap(glyph, scaled(2 * SPACE + 2), tint, self.devicePixelRatioF()))
