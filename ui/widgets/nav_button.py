"""One entry of the navigation rail: icon, name, and the number of things that wait there."""

from __future__ import annotations

from PySide6.QtCore import QRect, QSize, Qt
from PySide6.QtGui import QFont, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QAbstractButton, QSizePolicy, QWidget

from ui.icons import Tint, icon_pixmap
from ui.pages import Page, page_title
from ui.theme import colour, current_palette, scaled
from ui.tokens import RADIUS, SPACE, TYPE
from ui.widgets.buttons import with_keys

_HEIGHT = 5 * SPACE
_LEAST_HEIGHT = 3 * SPACE + 4
_ICON_PX = 20


class NavButton(QAbstractButton):
    """Checkable, focusable; narrow shows the icon only."""

    def __init__(self, page: Page, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.page = page
        self._badge = 0
        self._is_narrow = False
        self.setCheckable(True)
        self.setAutoExclusive(True)
        self.setText(page_title(page))
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Maximum)
        self._name_it()

    @property
    def badge(self) -> int:
        """How many things wait; 0 shows nothing."""
        return self._badge

    def set_badge(self, count: int) -> None:
        """Show how many things wait there."""
        self._badge = max(0, count)
        self._name_it()
        self.update()

    def set_narrow(self, is_narrow: bool) -> None:
        """Show the icon only, or the name too."""
        self._is_narrow = is_narrow
        self.update()

    def sizeHint(self) -> QSize:  # noqa: N802
        """Return a height; the rail gives the width."""
        return QSize(scaled(_HEIGHT), scaled(_HEIGHT))

    def minimumSizeHint(self) -> QSize:  # noqa: N802
        """Return the least height: with a large font the entries move together, so that all stay in view."""
        return QSize(scaled(_LEAST_HEIGHT), scaled(_LEAST_HEIGHT))

    def enterEvent(self, event: object) -> None:  # noqa: N802
        """Light up."""
        self.update()

    def leaveEvent(self, event: object) -> None:  # noqa: N802
        """Go dark again."""
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802
        """Draw ground, mark of the page in view, icon, name, number, focus ring."""
        palette = current_palette()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        ground = self.rect().adjusted(SPACE, 2, -SPACE, -2)
        painter.setPen(Qt.PenStyle.NoPen)
        if self.isChecked() or (self.underMouse() and self.isEnabled()):
            painter.setBrush(colour(palette.accent_soft if self.isChecked() else palette.hover))
            painter.drawRoundedRect(ground, RADIUS, RADIUS)
        if self.isChecked():
            painter.setBrush(colour(palette.accent))
            painter.drawRoundedRect(
                QRect(ground.left(), ground.top() + SPACE, 3, ground.height() - 2 * SPACE), 1.5, 1.5
            )
        self._paint_icon(painter, ground)
        if not self._is_narrow:
            painter.setPen(colour(self._word_token()))
            font = QFont(self.font())
            font.setWeight(QFont.Weight.DemiBold if self.isChecked() else QFont.Weight.Normal)
            painter.setFont(font)
            painter.drawText(ground.adjusted(scaled(5 * SPACE), 0, 0, 0), Qt.AlignmentFlag.AlignVCenter, self.text())
        if self._badge:
            self._paint_badge(painter, ground)
        if self.hasFocus():
            painter.setPen(QPen(colour(palette.accent), 2))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(ground.adjusted(1, 1, -1, -1), RADIUS, RADIUS)

    def _paint_icon(self, painter: QPainter, ground: QRect) -> None:
        tint = Tint.ACCENT if self.isChecked() else Tint.MUTED if self.isEnabled() else Tint.DISABLED
        picture = icon_pixmap(self.page.glyph, scaled(_ICON_PX), tint, self.devicePixelRatioF())
        painter.drawPixmap(ground.left() + SPACE + 2, ground.center().y() - scaled(_ICON_PX) // 2 + 1, picture)

    def _paint_badge(self, painter: QPainter, ground: QRect) -> None:
        palette = current_palette()
        font = QFont(self.font())
        font.setPixelSize(scaled(TYPE.small - (2 if self._is_narrow else 0)))
        font.setWeight(QFont.Weight.Bold)
        painter.setFont(font)
        words = str(self._badge) if self._badge < 1000 else "999+"
        height = painter.fontMetrics().height() + 2
        width = max(height, painter.fontMetrics().horizontalAdvance(words) + SPACE)
        pill = QRect(0, 0, width, height)
        if self._is_narrow:
            pill.moveTopRight(ground.topRight())
        else:
            pill.moveCenter(ground.center())
            pill.moveRight(ground.right() - SPACE)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(colour(palette.accent))
        painter.drawRoundedRect(pill, height / 2, height / 2)
        painter.setPen(colour(palette.accent_text))
        painter.drawText(pill, Qt.AlignmentFlag.AlignCenter, words)

    def _word_token(self) -> str:
        palette = current_palette()
        if not self.isEnabled():
            return palette.disabled
        return palette.text if self.isChecked() else palette.muted

    def _name_it(self) -> None:
        waiting = self.tr("%n waiting", "", self._badge) if self._badge else ""
        name = ", ".join(part for part in (self.text(), waiting) if part)
        self.setAccessibleName(name)
        self.setToolTip(with_keys(name, self.page.keys))
