"""One line of the list of recent cases."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from PySide6.QtCore import QDateTime, QEvent, QLocale, QSize, Qt, Signal
from PySide6.QtGui import QFont, QPainter, QPaintEvent, QPen, QResizeEvent
from PySide6.QtWidgets import QAbstractButton, QSizePolicy, QWidget

from ui.icons import Icon, Tint, icon_pixmap
from ui.plain import plain_tip, spelled
from ui.theme import colour, current_palette, scaled
from ui.tokens import RADIUS, SPACE, TYPE
from ui.widgets.buttons import tool_button

_HEIGHT = 7 * SPACE
_ICON_PX = 22


@dataclass(frozen=True, slots=True, kw_only=True)
class RecentCase:
    """A case that was open not long ago.

    Attributes:
        path: its folder.
        title: what it was called; '' shows the folder's name.
        opened_at: when it was last opened, with a time zone.
        is_missing: nothing is there now.
    """

    path: Path
    title: str
    opened_at: datetime
    is_missing: bool = False


class RecentCaseRow(QAbstractButton):
    """Title, folder, date; pressing it opens the case. A missing case says so and cannot be opened.

    Signals:
        case_chosen, removal_asked: the folder.
    """

    case_chosen = Signal(Path)
    removal_asked = Signal(Path)

    def __init__(self, recent: RecentCase, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.recent = recent
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setFixedHeight(scaled(_HEIGHT))
        self.setText(recent.title or recent.path.name)
        self.setAccessibleName(self.text())
        self.setAccessibleDescription(f"{self.where()}. {self.when()}")
        self.setToolTip(plain_tip(self.where()))
        if recent.is_missing:
            self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        else:
            self.setCursor(Qt.CursorShape.PointingHandCursor)
            self.clicked.connect(lambda: self.case_chosen.emit(recent.path))
        self._remove = tool_button(
            Icon.CLOSE, self.tr("Take off this list; the case stays"), tint=Tint.MUTED, parent=self
        )
        self._remove.clicked.connect(lambda: self.removal_asked.emit(recent.path))

    def where(self) -> str:
        """Return the folder, or why it cannot be opened."""
        if self.recent.is_missing:
            return self.tr("Not there any more: {folder}. Moved, or its disk is not connected.").format(
                folder=spelled(str(self.recent.path))
            )
        return str(self.recent.path)

    def when(self) -> str:
        """Return when it was last opened, in local time."""
        local = QDateTime.fromSecsSinceEpoch(int(self.recent.opened_at.timestamp()))
        return QLocale().toString(local, "d MMM yyyy, HH:mm")

    def sizeHint(self) -> QSize:  # noqa: N802
        """Return a usual size; the list gives the width."""
        return QSize(40 * SPACE, scaled(_HEIGHT))

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802
        """Keep the button at the right end."""
        edge = self._remove.sizeHint()
        self._remove.resize(edge)
        self._remove.move(self.width() - edge.width() - SPACE, (self.height() - edge.height()) // 2)

    def event(self, event: QEvent) -> bool:
        """Repaint when the pointer comes and goes."""
        if event.type() in (QEvent.Type.Enter, QEvent.Type.Leave):
            self.update()
        return super().event(event)

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802
        """Draw ground, icon, title, folder, date, focus ring."""
        palette, missing = current_palette(), self.recent.is_missing
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        ground = self.rect().adjusted(1, 1, -1, -1)
        if not missing and (self.underMouse() or self.isDown()):
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(colour(palette.pressed if self.isDown() else palette.hover))
            painter.drawRoundedRect(ground, RADIUS, RADIUS)
        if self.hasFocus():
            painter.setPen(QPen(colour(palette.accent), 2))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(ground, RADIUS, RADIUS)
        glyph, tint = (Icon.WARNING, Tint.WARNING) if missing else (Icon.CASE, Tint.MUTED)
        picture = icon_pixmap(glyph, scaled(_ICON_PX), tint, self.devicePixelRatioF())
        painter.drawPixmap(SPACE + 4, (self.height() - scaled(_ICON_PX)) // 2, picture)
        room = ground.adjusted(scaled(6 * SPACE) - 4, SPACE, -scaled(6 * SPACE), -SPACE)
        font = QFont(self.font())
        font.setPixelSize(scaled(TYPE.small))
        painter.setFont(font)
        painter.setPen(colour(palette.muted))
        date_width = painter.fontMetrics().horizontalAdvance(self.when()) + SPACE
        painter.drawText(room, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignTop, self.when())
        mode = Qt.TextElideMode.ElideRight if missing else Qt.TextElideMode.ElideMiddle
        folder = painter.fontMetrics().elidedText(self.where(), mode, room.width())
        painter.drawText(room, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignBottom, folder)
        font.setPixelSize(scaled(TYPE.body))
        font.setWeight(QFont.Weight.DemiBold)
        painter.setFont(font)
        painter.setPen(colour(palette.muted if missing else palette.text))
        title = painter.fontMetrics().elidedText(self.text(), Qt.TextElideMode.ElideRight, room.width() - date_width)
        painter.drawText(room, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop, title)
