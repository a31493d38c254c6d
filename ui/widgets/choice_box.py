"""A list to choose from that leaves the view's keys to the view."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QComboBox

_OWN = frozenset(
    {
        Qt.Key.Key_Up,
        Qt.Key.Key_Down,
        Qt.Key.Key_PageUp,
        Qt.Key.Key_PageDown,
        Qt.Key.Key_F4,
        Qt.Key.Key_Space,
        Qt.Key.Key_Return,
        Qt.Key.Key_Enter,
    }
)


class ChoiceBox(QComboBox):
    """A combo box without search by letters: J, K and L play the video while it has the focus too."""

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802
        """Keep the keys that open the list or move in it."""
        if event.key() in _OWN:
            super().keyPressEvent(event)
        else:
            event.ignore()
