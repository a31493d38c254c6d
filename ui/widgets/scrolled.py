"""A part of a page, or a whole one, that scrolls where there is not room enough for it."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, QSize, Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QFrame, QScrollArea, QSizePolicy, QWidget

from ui.tokens import SPACE

_LEAST_PX = 14 * SPACE


class PageFrame(QScrollArea):
    """Around a whole page: with a large font it is scrolled both ways, with the usual one it fits.

    The page gets the room there is, or the least it needs where that is more. Qt's own way would give a page with
    wrapped lines all the height that it would like to have.

    Args:
        content: owned from now on.
    """

    def __init__(self, content: QWidget, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._content = content
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setWidget(content)
        content.installEventFilter(self)

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802
        """Give the content the room there is."""
        super().resizeEvent(event)
        self._fit()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802
        """Follow what the content needs."""
        if watched is self._content and event.type() == QEvent.Type.LayoutRequest:
            self._fit()
        return super().eventFilter(watched, event)

    def _fit(self) -> None:
        content, layout = self._content, self._content.layout()
        least = _least(content)
        size = self.viewport().size().expandedTo(least)
        if layout is not None and layout.hasHeightForWidth():
            size.setHeight(max(size.height(), layout.minimumHeightForWidth(size.width())))
        content.resize(size)


class Scrolled(PageFrame):
    """As wide as its content needs, and as low as it has to be: what does not fit is scrolled up and down."""

    def __init__(self, content: QWidget, parent: QWidget | None = None) -> None:
        super().__init__(content, parent)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)

    def minimumSizeHint(self) -> QSize:  # noqa: N802
        """Return the width of the content with a scroll bar beside it, and a height that shows a part of it."""
        least = _least(self._content)
        bar = self.verticalScrollBar().sizeHint().width()
        return QSize(least.width() + bar, min(least.height(), _LEAST_PX))

    def sizeHint(self) -> QSize:  # noqa: N802
        """Return the size that the content wants."""
        wanted = self._content.sizeHint()
        return QSize(wanted.width() + self.verticalScrollBar().sizeHint().width(), wanted.height())


def _least(content: QWidget) -> QSize:
    return content.minimumSizeHint().expandedTo(content.minimumSize())
