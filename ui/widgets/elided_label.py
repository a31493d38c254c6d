"""A label that shortens its text to the width it has, and tells the whole on hovering."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QPalette
from PySide6.QtWidgets import QLabel, QWidget

from ui.plain import plain_tip
from ui.tokens import SPACE


class ElidedLabel(QLabel):
    """One line of plain text; never forces its window to grow.

    Args:
        text: what to show.
        mode: where the dots go; the middle keeps both ends of a path.
    """

    def __init__(
        self,
        text: str = "",
        mode: Qt.TextElideMode = Qt.TextElideMode.ElideMiddle,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._mode = mode
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setText(text)

    def setText(self, text: str) -> None:  # noqa: N802
        """Show `text`; the tooltip carries the whole of it."""
        super().setText(text)
        self.setToolTip(plain_tip(text))

    def shown_text(self) -> str:
        """Return what fits, dots included."""
        flat = self.text().replace("\n", " ")
        return self.fontMetrics().elidedText(flat, self._mode, self.contentsRect().width())

    def minimumSizeHint(self) -> QSize:  # noqa: N802
        """Return a size that holds a few letters."""
        return QSize(5 * SPACE, super().minimumSizeHint().height())

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802
        """Draw what fits."""
        painter = QPainter(self)
        painter.setFont(self.font())
        painter.setPen(self.palette().color(QPalette.ColorRole.WindowText))
        align = self.alignment() | Qt.AlignmentFlag.AlignVCenter
        painter.drawText(self.contentsRect(), align, self.shown_text())
