"""Buttons in the looks of the theme, with a name for screen readers and a tooltip that tells the shortcut."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import QPushButton, QToolButton, QWidget

from ui.icons import Icon, Tint, icon
from ui.plain import plain_tip
from ui.theme import ButtonKind, scaled
from ui.tokens import SPACE

_TINTS = {
    ButtonKind.PRIMARY: Tint.ACCENT_TEXT,
    ButtonKind.DANGER: Tint.DANGER_TEXT,
    ButtonKind.PLAIN: Tint.TEXT,
    ButtonKind.FLAT: Tint.TEXT,
}


def push_button(
    text: str,
    *,
    kind: ButtonKind = ButtonKind.PLAIN,
    glyph: Icon | None = None,
    tip: str = "",
    keys: str = "",
    is_compact: bool = False,
    parent: QWidget | None = None,
) -> QPushButton:
    """Return a button with words; `keys` is told in its tooltip, the shortcut itself is set elsewhere.

    A compact one leaves less room around its words, for rows of several in a narrow panel.
    """
    button = QPushButton(text, parent)
    button.setProperty("compact", is_compact)
    button.setProperty("kind", kind.value)
    button.setToolTip(plain_tip(with_keys(tip or text.replace("&", ""), keys)))
    button.setAccessibleName(text.replace("&", ""))
    button.setCursor(Qt.CursorShape.PointingHandCursor)
    if glyph is not None:
        button.setIcon(icon(glyph, _TINTS[kind]))
        button.setIconSize(QSize(scaled(2 * SPACE), scaled(2 * SPACE)))
    return button


def tool_button(
    glyph: Icon,
    name: str,
    *,
    keys: str = "",
    checkable: bool = False,
    tint: Tint = Tint.TEXT,
    parent: QWidget | None = None,
) -> QToolButton:
    """Return a flat button that shows an icon only; `name` is its tooltip and what a screen reader says."""
    button = QToolButton(parent)
    button.setProperty("kind", ButtonKind.FLAT.value)
    button.setIcon(icon(glyph, tint))
    button.setIconSize(QSize(scaled(18), scaled(18)))
    button.setToolTip(plain_tip(with_keys(name, keys)))
    button.setAccessibleName(name)
    button.setCheckable(checkable)
    button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
    button.setCursor(Qt.CursorShape.PointingHandCursor)
    return button


def with_keys(tip: str, keys: str) -> str:
    """Return a tooltip that ends with its shortcut."""
    return f"{tip} ({keys})" if keys else tip
