"""Dresses the application in the light or the dark palette, and tells widgets which one is on."""

from __future__ import annotations

import functools
import re
from enum import StrEnum
from importlib.resources import as_file, files
from string import Template

from PySide6.QtCore import QObject, Qt
from PySide6.QtGui import QColor, QFont, QFontDatabase, QFontInfo, QGuiApplication, QPalette
from PySide6.QtWidgets import QApplication, QWidget

from ui.tokens import DARK, LIGHT, RADIUS, RADIUS_LARGE, SPACE, TYPE, Palette

__all__ = [
    "DARK",
    "LIGHT",
    "SPACE",
    "TYPE",
    "ButtonKind",
    "Palette",
    "ThemeMode",
    "apply_theme",
    "colour",
    "current_palette",
    "mono_font",
    "palette_of",
    "scaled",
    "set_kind",
]

_PALETTE_PROPERTY = "unswap_palette"
_SCALE_PROPERTY = "unswap_scale"
_FOLLOWER_NAME = "unswap_theme_follower"


class ThemeMode(StrEnum):
    """What a person chose."""

    LIGHT = "light"
    DARK = "dark"
    SYSTEM = "system"


class ButtonKind(StrEnum):
    """Look of a button, read by the style sheet from its dynamic property ``kind``."""

    PRIMARY = "primary"
    PLAIN = "plain"
    DANGER = "danger"
    FLAT = "flat"


def palette_of(mode: ThemeMode) -> Palette:
    """Return the colours of `mode`; SYSTEM asks the desktop, and takes light where it does not say."""
    if mode is ThemeMode.SYSTEM:
        scheme = QGuiApplication.styleHints().colorScheme()
        return DARK if scheme == Qt.ColorScheme.Dark else LIGHT
    return DARK if mode is ThemeMode.DARK else LIGHT


def current_palette() -> Palette:
    """Return the colours the application wears now; light before `apply_theme`."""
    app = QApplication.instance()
    held = app.property(_PALETTE_PROPERTY) if app is not None else None
    return held if isinstance(held, Palette) else LIGHT


def apply_theme(app: QApplication, mode: ThemeMode) -> None:
    """Dress every window of `app` now; with SYSTEM, again whenever the desktop changes its mind.

    Sizes follow the font that the application has then, see `scaled`.
    """
    follower = app.findChild(QObject, _FOLLOWER_NAME) or _SystemFollower(app)
    assert isinstance(follower, _SystemFollower)
    follower.set_mode(mode)


def set_kind(widget: QWidget, kind: ButtonKind) -> None:
    """Give a button another look, also after it was shown."""
    widget.setProperty("kind", kind.value)
    widget.style().unpolish(widget)
    widget.style().polish(widget)


def colour(token: str, alpha: float = 1.0) -> QColor:
    """Return a palette token as a QColor; `alpha` in [0, 1]."""
    made = QColor(token)
    made.setAlphaF(alpha)
    return made


def scaled(px: float) -> int:
    """Return a length of `ui.tokens`, or another that words have to fit into, for the font of the application.

    Args:
        px: the length where that font is of the usual size, device-independent px. A larger font makes it larger; a
            smaller one does not make it smaller.
    """
    app = QApplication.instance()
    factor = app.property(_SCALE_PROPERTY) if app is not None else None
    return round(px * factor) if isinstance(factor, float) else round(px)


def mono_font(size_px: int = TYPE.body) -> QFont:
    """Return the font of hashes, frame numbers and clocks; its size is `scaled`."""
    font = QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont)
    font.setPixelSize(scaled(size_px))
    return font


class _SystemFollower(QObject):
    """Child of the application that carries the chosen mode and hears of the desktop's changes."""

    def __init__(self, app: QApplication) -> None:
        super().__init__(app)
        self.setObjectName(_FOLLOWER_NAME)
        self._app = app
        self._mode = ThemeMode.SYSTEM
        self._font = self._worn = app.font()
        app.setStyle("Fusion")
        app.styleHints().colorSchemeChanged.connect(self._desktop_changed)

    def set_mode(self, mode: ThemeMode) -> None:
        self._mode = mode
        hints = self._app.styleHints()
        if mode is ThemeMode.SYSTEM:
            hints.unsetColorScheme()
        else:  # so that the frame of the window, drawn by the desktop, agrees
            hints.setColorScheme(Qt.ColorScheme.Dark if mode is ThemeMode.DARK else Qt.ColorScheme.Light)
        self._dress(palette_of(mode))

    def _desktop_changed(self) -> None:
        if self._mode is ThemeMode.SYSTEM:
            self._dress(palette_of(self._mode))

    def _dress(self, palette: Palette) -> None:
        app = self._app
        if app.font() != self._worn:
            self._font = app.font()
        factor = max(1.0, QFontInfo(self._font).pixelSize() / TYPE.body)
        now = (app.property(_PALETTE_PROPERTY), app.property(_SCALE_PROPERTY))
        if now == (palette, factor) and app.font() == self._worn and app.styleSheet():
            return
        app.setProperty(_PALETTE_PROPERTY, palette)
        app.setProperty(_SCALE_PROPERTY, factor)
        font = QFont(self._font)
        font.setPixelSize(scaled(TYPE.body))
        app.setFont(font)
        self._worn = app.font()
        app.setPalette(_qt_palette(palette))
        app.setStyleSheet(_style_sheet(palette))


def _qt_palette(p: Palette) -> QPalette:
    role = QPalette.ColorRole
    qt = QPalette()
    for roles, token in (
        ((role.Window, role.AlternateBase), p.window),
        ((role.Base,), p.surface),
        ((role.Button, role.ToolTipBase, role.Light, role.Midlight), p.raised),
        ((role.WindowText, role.Text, role.ButtonText, role.ToolTipText, role.BrightText), p.text),
        ((role.Mid, role.Dark), p.border_strong),
        ((role.Shadow,), p.border),
        ((role.Highlight, role.Accent), p.accent),
        ((role.HighlightedText,), p.accent_text),
        ((role.Link, role.LinkVisited), p.accent),
        ((role.PlaceholderText,), p.muted),
    ):
        for each in roles:
            qt.setColor(each, QColor(token))
    for each in (role.WindowText, role.Text, role.ButtonText):
        qt.setColor(QPalette.ColorGroup.Disabled, each, QColor(p.disabled))
    return qt


@functools.cache
def _template() -> str:
    return (files("resources") / "styles" / "window.qss").read_text(encoding="utf-8")


def _scaled_lengths(sheet: str) -> str:
    """All lengths of a style sheet for the font of the application; hairlines stay hairlines."""
    return re.sub(r"\b(\d+)px", lambda found: f"{scaled(int(found[1])) if int(found[1]) > 2 else found[1]}px", sheet)


def _style_sheet(p: Palette) -> str:
    tokens = {name: getattr(p, name) for name in Palette.__slots__ if isinstance(getattr(p, name), str)}
    with as_file(files("resources") / "styles") as folder:
        return Template(_scaled_lengths(_template())).substitute(
            tokens,
            styles=folder.as_posix(),
            theme="dark" if p.is_dark else "light",
            contrary="light" if p.is_dark else "dark",
            radius=f"{scaled(RADIUS)}px",
            radius_large=f"{scaled(RADIUS_LARGE)}px",
            # Half of what they round, borders and all: Qt draws a larger radius as a square.
            radio_radius=f"{(scaled(16) + 2) // 2}px",
            handle_radius=f"{(scaled(12) + 4) // 2}px",
            dot_radius=f"{scaled(14) // 2}px",
            space=f"{SPACE}px",
            half=f"{SPACE // 2}px",
            wide=f"{2 * SPACE}px",
            small=f"{scaled(TYPE.small)}px",
            body=f"{scaled(TYPE.body)}px",
            strong=f"{scaled(TYPE.strong)}px",
            title=f"{scaled(TYPE.title)}px",
            display=f"{scaled(TYPE.display)}px",
        )
