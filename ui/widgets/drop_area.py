"""A framed place that takes dropped files, and says so."""

from __future__ import annotations

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtGui import QDragEnterEvent, QDragLeaveEvent, QDropEvent
from PySide6.QtWidgets import QFrame, QLabel, QVBoxLayout, QWidget

from ui.dropped_files import local_paths
from ui.icons import Icon, Tint, icon_pixmap
from ui.theme import scaled
from ui.tokens import SPACE

_ICON_PX = 40


class DropArea(QFrame):
    """Takes files and folders.

    Signals:
        files_dropped: list of `Path`.
    """

    files_dropped = Signal(list)

    def __init__(self, title: str, text: str = "", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("dropArea")
        self.setAcceptDrops(True)
        self.setAccessibleName(title)
        self._picture = QLabel(self)
        self._picture.setAlignment(Qt.AlignmentFlag.AlignCenter)
        column = QVBoxLayout(self)
        column.setSpacing(SPACE // 2)
        column.addStretch()
        column.addWidget(self._picture)
        column.addSpacing(SPACE // 2)
        for words, rank in ((title, "strong"), (text, "muted")):
            label = QLabel(self)
            label.setTextFormat(Qt.TextFormat.PlainText)
            label.setText(words)
            label.setProperty("rank", rank)
            label.setAlignment(Qt.AlignmentFlag.AlignCenter)
            label.setWordWrap(True)
            label.setVisible(bool(words))
            column.addWidget(label)
        column.addStretch()
        self._light(False)

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:  # noqa: N802
        """Light up for files."""
        if local_paths(event.mimeData()):
            event.acceptProposedAction()
            self._light(True)

    def dragLeaveEvent(self, event: QDragLeaveEvent) -> None:  # noqa: N802
        """Go dark."""
        self._light(False)

    def dropEvent(self, event: QDropEvent) -> None:  # noqa: N802
        """Hand the files on."""
        self._light(False)
        event.acceptProposedAction()
        self.files_dropped.emit(local_paths(event.mimeData()))

    def changeEvent(self, event: QEvent) -> None:  # noqa: N802
        """Follow the theme."""
        super().changeEvent(event)
        if event.type() in (QEvent.Type.PaletteChange, QEvent.Type.StyleChange):
            self._tint()

    def _light(self, is_over: bool) -> None:
        self.setProperty("over", is_over)
        self.style().unpolish(self)
        self.style().polish(self)
        self._tint()

    def _tint(self) -> None:
        tint = Tint.ACCENT if self.property("over") else Tint.MUTED
        self._picture.setPixmap(icon_pixmap(Icon.DROP, scaled(_ICON_PX), tint, self.devicePixelRatioF()))
