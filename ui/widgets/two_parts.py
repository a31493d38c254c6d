"""Two rows of controls that stand beside each other where there is room, and below each other where there is not."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QSize
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QBoxLayout, QFrame, QHBoxLayout, QWidget

from ui.tokens import SPACE


class TwoParts(QFrame):
    """Bar of two rows, `first` and `second`, to be filled by whoever makes it."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("surface", "bar")
        self._parts = QBoxLayout(QBoxLayout.Direction.LeftToRight, self)
        self._parts.setContentsMargins(SPACE, SPACE // 2, SPACE, SPACE // 2)
        self._parts.setSpacing(SPACE // 2)
        self._parts.setSizeConstraint(QBoxLayout.SizeConstraint.SetNoConstraint)
        self.first, self.second = QHBoxLayout(), QHBoxLayout()
        for row, stretch in ((self.first, 0), (self.second, 1)):
            row.setSpacing(2)
            self._parts.addLayout(row, stretch)

    def minimumSizeHint(self) -> QSize:  # noqa: N802
        """Return a size that holds the longer row, at the height of today's arrangement."""
        first, second = self.first.minimumSize(), self.second.minimumSize()
        margins = self._parts.contentsMargins()
        width = max(first.width(), second.width()) + margins.left() + margins.right()
        height = max(first.height(), second.height())
        if self._parts.direction() == QBoxLayout.Direction.TopToBottom:
            height = first.height() + self._parts.spacing() + second.height()
        return QSize(width, height + margins.top() + margins.bottom())

    def sizeHint(self) -> QSize:  # noqa: N802
        """Return a size that lets both rows stand beside each other, at the height of today's arrangement."""
        return QSize(self._width_beside(), self.minimumSizeHint().height())

    def event(self, event: QEvent) -> bool:
        """Arrange the rows anew when what is in them has become longer or shorter."""
        if event.type() == QEvent.Type.LayoutRequest:
            self._arrange()
        return super().event(event)

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802
        """Arrange the rows."""
        super().resizeEvent(event)
        self._arrange()

    def _arrange(self) -> None:
        is_beside = self.width() >= self._width_beside()
        direction = QBoxLayout.Direction.LeftToRight if is_beside else QBoxLayout.Direction.TopToBottom
        if direction != self._parts.direction():
            self._parts.setDirection(direction)
            self.updateGeometry()

    def _width_beside(self) -> int:
        margins = self._parts.contentsMargins()
        widths = self.first.minimumSize().width() + self.second.minimumSize().width()
        return widths + self._parts.spacing() + margins.left() + margins.right()
