"""Dresses the application in the light or the dark palette, and tells widgets which one is on."""

from __future__ import annotations

import functools
from enum import StrEnum
from importlib.resources import as_file, files
from string import Template

from PySide6.QtCore import QObject, Qt
from PySide6.QtGui import QColor, QFont, QFontDatabase, QGuiApplication, QPalette
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
    "set_kind",
]

_PALETTE_PROPERTY = "unswap_palette"
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
    """Dress every window of `app` now; with SYSTEM, again whenever the desktop changes its mind."""
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


def mono_font(size_px: int = TYPE.body) -> QFont:
    """Return the font of hashes, frame numbers and clocks."""
    font = QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont)
    font.setPixelSize(size_px)
    return font


class _SystemFollower(QObject):
    """Child of the application that carries the chosen mode and hears of the desktop's changes."""

    def __init__(self, app: QApplication) -> None:
        super().__init__(app)
        self.setObjectName(_FOLLOWER_NAME)
        self._app = app
        self._mode = ThemeMode.SYSTEM
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
        if self._app.property(_PALETTE_PROPERTY) == palette and self._app.styleSheet():
            return
        self._app.setProperty(_PALETTE_PROPERTY, palette)
        font = self._app.font()
        font.setPixelSize(TYPE.body)
        self._app.setFont(font)
        self._app.setPalette(_qt_palette(palette))
        self._app.setStyleSheet(_style_sheet(palette))


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
def _template() -> Template:
    return Template((files("resources") / "styles" / "window.qss").read_text(encoding="utf-8"))


def _style_sheet(p: Palette) -> str:
    tokens = {name: getattr(p, name) for name in Palette.__slots__ if isinstance(getattr(p, name), str)}
    with as_file(files("resources") / "styles") as folder:
        return _template().substitute(
            tokens,
            styles=folder.as_posix(),
            theme="dark" if p.is_dark else "light",
            radius=f"{RADIUS}px",
            radius_large=f"{RADIUS_LARGE}px",
            space=f"{SPACE}px",
            half=f"{SPACE // 2}px",
            wide=f"{2 * SPACE}px",
            small=f"{TYPE.small}px",
            body=f"{TYPE.body}px",
            strong=f"{TYPE.strong}px",
            title=f"{TYPE.title}px",
            display=f"{TYPE.display}px",
        )
