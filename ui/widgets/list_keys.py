"""Keys that a list keeps for itself; letters and Space belong to the view around it."""

from __future__ import annotations

from PySide6.QtCore import Qt

MOVES = frozenset(
    {
        Qt.Key.Key_Left,
        Qt.Key.Key_Right,
        Qt.Key.Key_Up,
        Qt.Key.Key_Down,
        Qt.Key.Key_Home,
        Qt.Key.Key_End,
        Qt.Key.Key_PageUp,
        Qt.Key.Key_PageDown,
    }
)
"""Keys by which a person moves through a list."""
