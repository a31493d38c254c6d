"""What a page shows while it has nothing to show: why, and what to do about it."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QSize, Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QVBoxLayout, QWidget

from ui.icons import Icon, Tint, icon_pixmap
from ui.plain import plain_tip
from ui.theme import ButtonKind, scaled
from ui.tokens import SPACE
from ui.widgets.buttons import push_button

_PICTURE_PX = 48


class EmptyState(QWidget):
    """An icon, a title, a sentence and, where something can be done, a button.

    Signals:
        action_asked: the button was pressed.
    """

    action_asked = Signal()

    def __init__(
        self, glyph: Icon, title: str, text: str, action_text: str = "", parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._glyph = glyph
        self._picture = QLabel(self)
        self._picture.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._title = QLabel(self)
        self._title.setProperty("rank", "strong")
        self._text = QLabel(self)
        self._text.setProperty("rank", "muted")
        self._text.setWordWrap(True)
        self._text.setMaximumWidth(scaled(420))
        for label in (self._title, self._text):
            label.setTextFormat(Qt.TextFormat.PlainText)
            label.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._action = push_button("", kind=ButtonKind.PRIMARY, parent=self)
        self._action.clicked.connect(self.action_asked)
        column = QVBoxLayout(self)
        column.setSpacing(SPACE)
        column.addStretch(2)
        column.addWidget(self._picture)
        column.addWidget(self._title)
        middle = QHBoxLayout()  # an aligned label would not get the height its lines need
        middle.addStretch(1)
        middle.addWidget(self._text, 100)
        middle.addStretch(1)
        column.addLayout(middle)
        column.addSpacing(SPACE)
        column.addWidget(self._action, 0, Qt.AlignmentFlag.AlignHCenter)
        column.addStretch(3)
        self.set_words(title, text, action_text)
        self._tint()

    def set_words(self, title: str, text: str, action_text: str = "") -> None:
        """Say something else; without `action_text` there is no button."""
        self._title.setText(title)
        self._text.setText(text)
        self._action.setText(action_text)
        self._action.setAccessibleName(action_text)
        self._action.setToolTip(plain_tip(action_text))
        self._action.setVisible(bool(action_text))
        self.setAccessibleName(title)
        self.setAccessibleDescription(text)

    def minimumSizeHint(self) -> QSize:  # noqa: N802
        """Return the height that the wrapped lines take at this width, which nothing around asks for by itself."""
        hint, layout = super().minimumSizeHint(), self.layout()
        if layout is not None and layout.hasHeightForWidth():
            hint.setHeight(max(hint.height(), layout.minimumHeightForWidth(max(self.width(), hint.width()))))
        return hint

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802
        """Lines wrap otherwise at another width."""
        super().resizeEvent(event)
        if event.size().width() != event.oldSize().width():
            self.updateGeometry()

    def changeEvent(self, event: QEvent) -> None:  # noqa: N802
        """Follow the theme."""
        super().changeEvent(event)
        if event.type() in (QEvent.Type.PaletteChange, QEvent.Type.StyleChange):
            self._tint()

    def _tint(self) -> None:
        self._picture.setPixmap(icon_pixmap(self._glyph, _PICTURE_PX, Tint.MUTED, self.devicePixelRatioF()))
