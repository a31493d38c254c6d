"""One line above the video that says what is missing, and offers what to do about it."""

from __future__ import annotations

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QWidget

from ui.icons import Icon, Tint, icon_pixmap
from ui.plain import plain_tip
from ui.theme import scaled
from ui.tokens import SPACE
from ui.widgets.buttons import push_button

_SIGN_PX = 18


class NoticeStrip(QFrame):
    """Hidden while there is nothing to say.

    Signals:
        action_asked: its button was pressed.
    """

    action_asked = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("surface", "toolbar")
        self._sign = QLabel(self)
        self._words = QLabel(self)
        self._words.setTextFormat(Qt.TextFormat.PlainText)
        self._words.setWordWrap(True)
        self._action = push_button("", parent=self)
        self._action.clicked.connect(self.action_asked)
        row = QHBoxLayout(self)
        row.setContentsMargins(SPACE + 4, SPACE // 2, SPACE, SPACE // 2)
        row.setSpacing(SPACE)
        row.addWidget(self._sign)
        row.addWidget(self._words, 1)
        row.addWidget(self._action)
        self.say("")
        self._paint_sign()

    def say(self, words: str, action_text: str = "") -> None:
        """Say something; '' says nothing. Without `action_text` there is no button."""
        self._words.setText(words)
        self._action.setText(action_text)
        self._action.setAccessibleName(action_text)
        self._action.setToolTip(plain_tip(action_text))
        self._action.setVisible(bool(action_text))
        self.setVisible(bool(words))
        self.setAccessibleName(words)

    def text(self) -> str:
        """Return what is said."""
        return self._words.text()

    def changeEvent(self, event: QEvent) -> None:  # noqa: N802
        """Follow the theme."""
        super().changeEvent(event)
        if event.type() in (QEvent.Type.PaletteChange, QEvent.Type.StyleChange):
            self._paint_sign()

    def _paint_sign(self) -> None:
        self._sign.setPixmap(icon_pixmap(Icon.INFO, scaled(_SIGN_PX), Tint.ACCENT, self.devicePixelRatioF()))
