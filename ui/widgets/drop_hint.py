"""Lets a part of the window take dropped files, and says over it what will become of them."""

from __future__ import annotations

from typing import cast

from PySide6.QtCore import QEvent, QObject, QRect, Qt, Signal
from PySide6.QtGui import QDropEvent, QFont, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QWidget

from ui.dropped_files import local_paths
from ui.icons import Icon, Tint, icon_pixmap
from ui.theme import colour, current_palette, scaled
from ui.tokens import RADIUS_LARGE, SPACE, TYPE

_ICON_PX = 40


class DropHint(QWidget):
    """Veil over its parent while files hang over it.

    Args:
        parent: the part of the window that takes files; does so from now on.
        title, text: what a drop does.

    Signals:
        files_dropped: list of `Path`, files and folders.
    """

    files_dropped = Signal(list)

    def __init__(self, parent: QWidget, title: str, text: str = "") -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self._title, self._text = title, text
        parent.setAcceptDrops(True)
        parent.installEventFilter(self)
        self.hide()

    def set_words(self, title: str, text: str = "") -> None:
        """Say something else."""
        self._title, self._text = title, text

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802
        """Follow what is dragged over the parent, and its size."""
        kind = event.type()
        if kind == QEvent.Type.Resize:
            self.setGeometry(cast(QWidget, watched).rect())
        elif kind == QEvent.Type.DragLeave:
            self.hide()
        elif kind in (QEvent.Type.DragEnter, QEvent.Type.DragMove, QEvent.Type.Drop):
            return self._take(cast(QDropEvent, event))
        return False

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802
        """Draw veil, frame, icon and words."""
        palette = current_palette()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.fillRect(self.rect(), colour(palette.window, 0.9))
        painter.setPen(QPen(colour(palette.accent), 2, Qt.PenStyle.DashLine))
        painter.setBrush(colour(palette.accent, 0.08))
        frame = self.rect().adjusted(SPACE, SPACE, -SPACE, -SPACE)
        painter.drawRoundedRect(frame, RADIUS_LARGE, RADIUS_LARGE)
        middle = frame.center()
        picture = icon_pixmap(Icon.DROP, scaled(_ICON_PX), Tint.ACCENT, self.devicePixelRatioF())
        painter.drawPixmap(middle.x() - scaled(_ICON_PX) // 2, middle.y() - scaled(_ICON_PX) - SPACE, picture)
        font = QFont(self.font())
        font.setPixelSize(scaled(TYPE.strong))
        font.setWeight(QFont.Weight.DemiBold)
        painter.setFont(font)
        painter.setPen(colour(palette.text))
        words = QRect(frame.left() + 2 * SPACE, middle.y() + SPACE, frame.width() - 4 * SPACE, frame.height() // 2)
        align = Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignTop
        title = painter.boundingRect(words, align | Qt.TextFlag.TextWordWrap, self._title)
        painter.drawText(words, align | Qt.TextFlag.TextWordWrap, self._title)
        words.setTop(title.bottom() + SPACE // 2)
        font.setPixelSize(scaled(TYPE.body))
        font.setWeight(QFont.Weight.Normal)
        painter.setFont(font)
        painter.setPen(colour(palette.muted))
        painter.drawText(words, align | Qt.TextFlag.TextWordWrap, self._text)

    def _take(self, event: QDropEvent) -> bool:
        paths = local_paths(event.mimeData())
        if not paths:
            return False
        event.acceptProposedAction()
        is_over = event.type() != QEvent.Type.Drop
        self.raise_()
        self.setVisible(is_over)
        if not is_over:
            self.files_dropped.emit(paths)
        return True
