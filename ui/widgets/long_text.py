"""Text of any length that people may read and copy, in a few lines that scroll."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QFontMetrics, QResizeEvent
from PySide6.QtWidgets import QFrame, QPlainTextEdit, QSizePolicy, QWidget

_MOST_LINES = 5


class LongText(QPlainTextEdit):
    """Plain text, read only, as high as it needs and at most five lines."""

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setReadOnly(True)
        self.setAccessibleName(name)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setObjectName("plain")
        self.setTabChangesFocus(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.document().setDocumentMargin(0)
        self.setStyleSheet("QPlainTextEdit { padding: 0; min-height: 0; }")  # it stands among labels

    def show_text(self, text: str) -> None:
        """Show something else."""
        self.setPlainText(text)
        self.updateGeometry()

    def sizeHint(self) -> QSize:  # noqa: N802
        """Return a size that holds the text, or five lines of it."""
        metrics = QFontMetrics(self.font())
        width = max(1, self.viewport().width())
        box = metrics.boundingRect(0, 0, width, 10_000, Qt.TextFlag.TextWrapAnywhere, self._beginning())
        lines = min(_MOST_LINES, max(1, box.height() // metrics.lineSpacing()))
        margins = self.contentsMargins()
        return QSize(width, lines * metrics.lineSpacing() + margins.top() + margins.bottom() + 4)

    def minimumSizeHint(self) -> QSize:  # noqa: N802
        """Return the same."""
        return self.sizeHint()

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802
        """Take the height that the new width asks for."""
        super().resizeEvent(event)
        self.updateGeometry()

    def _beginning(self) -> str:
        return self.toPlainText()[:1000]
