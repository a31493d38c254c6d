"""The veil over the window while files hang over it: says that they can be dropped, and what happens then."""

from __future__ import annotations

from PySide6.QtCore import QRect, Qt
from PySide6.QtGui import QFont, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QWidget

from ui.icons import Icon, Tint, icon_pixmap
from ui.theme import colour, current_palette, scaled
from ui.tokens import RADIUS_LARGE, SPACE, TYPE

_ICON_PX = 56


class DropOverlay(QWidget):
    """Lies over its parent, takes no part in the dragging itself."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self._n_files = 0
        self.hide()

    def show_over(self, n_files: int) -> None:
        """Cover the parent and say how many files hang there."""
        self._n_files = n_files
        parent = self.parentWidget()
        if parent is not None:
            self.setGeometry(parent.rect())
        self.raise_()
        self.show()

    def words(self) -> str:
        """Return what it says."""
        if self._n_files == 1:
            return self.tr("Drop the file here")
        return self.tr("Drop {n} files here").format(n=self._n_files)

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802
        """Draw veil, frame, icon and words."""
        palette = current_palette()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.fillRect(self.rect(), colour(palette.window, 0.94))
        frame = self.rect().adjusted(2 * SPACE, 2 * SPACE, -2 * SPACE, -2 * SPACE)
        painter.setPen(QPen(colour(palette.accent), 2, Qt.PenStyle.DashLine))
        painter.setBrush(colour(palette.accent, 0.08))
        painter.drawRoundedRect(frame, RADIUS_LARGE, RADIUS_LARGE)
        middle = self.rect().center()
        picture = icon_pixmap(Icon.DROP, scaled(_ICON_PX), Tint.ACCENT, self.devicePixelRatioF())
        painter.drawPixmap(middle.x() - scaled(_ICON_PX) // 2, middle.y() - scaled(_ICON_PX) - SPACE, picture)
        font = QFont(self.font())
        font.setPixelSize(scaled(TYPE.title))
        font.setWeight(QFont.Weight.DemiBold)
        painter.setFont(font)
        painter.setPen(colour(palette.text))
        below = QRect(0, middle.y() + SPACE, self.width(), 5 * SPACE)
        words = self.words()
        painter.drawText(below, Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignTop, words)
        font.setPixelSize(scaled(TYPE.body))
        font.setWeight(QFont.Weight.Normal)
        painter.setFont(font)
        painter.setPen(colour(palette.muted))
        hint = self.tr("Originals are only ever read, never changed.")
        painter.drawText(below.translated(0, 4 * SPACE), Qt.AlignmentFlag.AlignHCenter, hint)
