"""Icons of the window: own SVG strokes, tinted when painted so that they follow the theme."""

from __future__ import annotations

import ctypes
import functools
from enum import StrEnum
from importlib.resources import files

from PySide6.QtCore import QByteArray, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QIcon, QIconEngine, QPainter, QPixmap, QPixmapCache
from PySide6.QtSvg import QSvgRenderer

from ui.theme import Palette, current_palette


class Icon(StrEnum):
    """What there is; the value is the name of the file in ``resources/icons``."""

    START = "start"
    CASE = "case"
    ANALYSIS = "analysis"
    GALLERY = "gallery"
    REPORT = "report"
    MODELS = "models"
    ADD = "add"
    REMOVE = "remove"
    CLOSE = "close"
    CHECK = "check"
    OPEN = "open"
    FOLDER = "folder"
    SAVE = "save"
    EXPORT = "export"
    IMPORT = "import"
    SETTINGS = "settings"
    SEARCH = "search"
    TRASH = "trash"
    EDIT = "edit"
    COPY = "copy"
    UNDO = "undo"
    REDO = "redo"
    INFO = "info"
    SUCCESS = "success"
    WARNING = "warning"
    ERROR = "error"
    HELP = "help"
    KEYBOARD = "keyboard"
    PLAY = "play"
    PAUSE = "pause"
    STOP = "stop"
    REVERSE = "reverse"
    STEP_BACK = "step-back"
    STEP_FORWARD = "step-forward"
    FIRST = "first"
    LAST = "last"
    ZOOM_IN = "zoom-in"
    ZOOM_OUT = "zoom-out"
    FIT = "fit"
    BOOKMARK = "bookmark"
    RANGE = "range"
    MERGE = "merge"
    SPLIT = "split"
    IGNORE = "ignore"
    EYE = "eye"
    FACE = "face"
    DRAW_BOX = "draw-box"
    PERSON = "person"
    PERSON_ADD = "person-add"
    VIDEO = "video"
    IMAGE = "image"
    SWAP = "swap"
    CLOCK = "clock"
    QUEUE = "queue"
    LOCK = "lock"
    NOTE = "note"
    LAYERS = "layers"
    REFRESH = "refresh"
    CHEVRON_LEFT = "chevron-left"
    CHEVRON_RIGHT = "chevron-right"
    CHEVRON_DOWN = "chevron-down"
    CHEVRON_UP = "chevron-up"
    MORE = "more"
    FILTER = "filter"
    GRID = "grid"
    LIST = "list"
    UNKNOWN = "unknown"
    DROP = "drop"
    THEME = "theme"
    CHIP = "chip"


class Tint(StrEnum):
    """Token of `ui.theme.Palette` that an icon is painted in."""

    TEXT = "text"
    MUTED = "muted"
    DISABLED = "disabled"
    ACCENT = "accent"
    ACCENT_TEXT = "accent_text"
    SUCCESS = "success"
    WARNING = "warning"
    DANGER = "danger"
    DANGER_TEXT = "danger_text"
    SOURCE = "source"
    TARGET = "target"
    CANVAS_TEXT = "canvas_text"


def icon(name: Icon, tint: Tint = Tint.TEXT) -> QIcon:
    """Return an icon that follows the theme; greyed when disabled."""
    return QIcon(_ThemedEngine(name, tint))


def icon_pixmap(name: Icon, size_px: int, tint: Tint = Tint.TEXT, ratio: float = 1.0) -> QPixmap:
    """Return a picture of an icon in today's colours; ask again when the theme changes.

    Args:
        name: which.
        size_px: edge in device-independent px.
        tint: token to paint it in.
        ratio: device pixels per device-independent px.
    """
    return _painted(name, getattr(current_palette(), tint.value), QSize(size_px, size_px), ratio)


def application_icon() -> QIcon:
    """Return the icon of the window and the task bar."""
    source = (files("resources") / "icons" / "unswap.svg").read_bytes()
    made = QIcon()
    for edge in (16, 24, 32, 48, 64, 128, 256):
        made.addPixmap(_render(source, QSize(edge, edge), 1.0))
    return made


class _ThemedEngine(QIconEngine):
    """Asks for the palette at each painting, so that a change of theme needs no new icons."""

    def __init__(self, name: Icon, tint: Tint) -> None:
        super().__init__()
        self._name, self._tint = name, tint

    def clone(self) -> QIconEngine:
        made = _ThemedEngine(self._name, self._tint)
        # Qt owns the clone, but the binding would free it with its last Python name: keep one for ever. Rare and small:
        # Qt clones only when somebody alters a copied icon.
        ctypes.pythonapi.Py_IncRef(ctypes.py_object(made))
        return made

    def paint(self, painter: QPainter, rect: QRect, mode: QIcon.Mode, state: QIcon.State) -> None:
        ratio = painter.device().devicePixelRatioF()
        painter.drawPixmap(rect, _painted(self._name, self._colour(mode), rect.size(), ratio))

    def pixmap(self, size: QSize, mode: QIcon.Mode, state: QIcon.State) -> QPixmap:
        return _painted(self._name, self._colour(mode), size, 1.0)

    def scaledPixmap(self, size: QSize, mode: QIcon.Mode, state: QIcon.State, scale: float) -> QPixmap:  # noqa: N802
        return _painted(self._name, self._colour(mode), size, scale)

    def _colour(self, mode: QIcon.Mode) -> str:
        palette: Palette = current_palette()
        if mode == QIcon.Mode.Disabled:
            return palette.disabled
        found: str = getattr(palette, self._tint.value)
        return found


@functools.cache
def _source(name: Icon) -> str:
    return (files("resources") / "icons" / f"{name.value}.svg").read_text(encoding="utf-8")


def _painted(name: Icon, colour: str, size: QSize, ratio: float) -> QPixmap:
    key = f"unswap/{name.value}/{colour}/{size.width()}x{size.height()}@{ratio}"
    found = QPixmap()
    if QPixmapCache.find(key, found):
        return found
    made = _render(_source(name).replace("currentColor", colour).encode(), size, ratio)
    QPixmapCache.insert(key, made)
    return made


def _render(source: bytes, size: QSize, ratio: float) -> QPixmap:
    pixmap = QPixmap(size * ratio)
    pixmap.setDevicePixelRatio(ratio)
    pixmap.fill(Qt.GlobalColor.transparent)
    painter = QPainter(pixmap)
    renderer = QSvgRenderer(QByteArray(source))
    renderer.setAspectRatioMode(Qt.AspectRatioMode.KeepAspectRatio)
    renderer.render(painter, QRectF(0, 0, size.width(), size.height()))
    painter.end()
    return pixmap
