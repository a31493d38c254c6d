"""The face as filmed beside what was recovered from it: side by side, behind a divider, or under its identity map."""

from __future__ import annotations

from enum import StrEnum

from PySide6.QtCore import Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QButtonGroup, QHBoxLayout, QPushButton, QStackedWidget, QVBoxLayout, QWidget

from core.domain.arrays import FloatArray, UInt8Array
from ui.heat import SHARE, heat_overlay
from ui.icons import Icon
from ui.shortcuts import Command, ShortcutGroup, command_of, keys_of
from ui.theme import ButtonKind
from ui.tokens import DARK, SPACE
from ui.widgets.buttons import push_button, tool_button
from ui.widgets.heat_legend import HeatLegend
from ui.widgets.picture_pane import PicturePane
from ui.widgets.split_pane import SplitPane
from ui.widgets.zoom_link import STEP, ZoomLink


class CompareMode(StrEnum):
    """How the faces are laid out."""

    SIDE_BY_SIDE = "side by side"
    SOURCE = "source"
    TARGET = "target"
    MAP = "map"


_KEYS = {
    Command.SIDE_BY_SIDE: CompareMode.SIDE_BY_SIDE,
    Command.SOURCE_SLIDER: CompareMode.SOURCE,
    Command.TARGET_SLIDER: CompareMode.TARGET,
    Command.IDENTITY_MAP: CompareMode.MAP,
}


class CompareView(QWidget):
    """Original, recovered source and recovered target with one zoom for all.

    Signals:
        mode_changed: the `CompareMode` a person chose.
    """

    mode_changed = Signal(CompareMode)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.zoom = ZoomLink(self)
        self._mode = CompareMode.SIDE_BY_SIDE
        self._original: UInt8Array | None = None
        self._source: UInt8Array | None = None
        self._target: UInt8Array | None = None
        self._map: FloatArray | None = None
        filmed = self.tr("As filmed")
        self._panes = (
            PicturePane(filmed, self.zoom, parent=self),
            self._recovered_pane(CompareMode.SOURCE),
            self._recovered_pane(CompareMode.TARGET),
        )
        self._split = SplitPane(filmed, "", self.zoom, self)
        self._map_pane = PicturePane(self.tr("Identity map over the face as filmed"), self.zoom, parent=self)
        self._legend = HeatLegend(self)
        self._legend.set_share(SHARE)
        self._legend.share_changed.connect(self._show_map)
        self._modes = QButtonGroup(self)
        self._stack = QStackedWidget(self)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(SPACE)
        column.addLayout(self._bar())
        column.addWidget(self._stack, 1)
        self._fill_stack()
        self.set_missing("")
        self.set_mode(CompareMode.SIDE_BY_SIDE)

    @property
    def mode(self) -> CompareMode:
        """How the faces are laid out now."""
        return self._mode

    def set_faces(self, original: UInt8Array, source: UInt8Array, target: UInt8Array, identity_map: FloatArray) -> None:
        """Show one recovered frame; zoom and layout stay as they are.

        Args:
            original, source, target: (S, S, 3) uint8 RGB.
            identity_map: (S, S) float32 in [0, 1].
        """
        self._original, self._source, self._target, self._map = original, source, target, identity_map
        self._show()

    def clear(self, words: str) -> None:
        """Show no face, and say why."""
        self._original = self._source = self._target = self._map = None
        self.set_missing(words)
        self._show()

    def set_missing(self, words: str) -> None:
        """Set what is told where there is no picture."""
        for pane in (self._panes[0], self._split, self._map_pane):
            pane.missing = words

    def set_mode(self, mode: CompareMode) -> None:
        """Lay the faces out otherwise."""
        changed, self._mode = mode is not self._mode, mode
        self._modes.button(list(CompareMode).index(mode)).setChecked(True)
        if mode in (CompareMode.SOURCE, CompareMode.TARGET):
            self._split.set_titles(self.tr("As filmed"), self._role_title(mode), _TOKENS[mode])
        pages = {CompareMode.SIDE_BY_SIDE: 0, CompareMode.SOURCE: 1, CompareMode.TARGET: 1, CompareMode.MAP: 2}
        self._stack.setCurrentIndex(pages[mode])
        self._show()
        if changed:
            self.mode_changed.emit(mode)

    def panes(self) -> tuple[PicturePane, ...]:
        """Return the pictures that are laid out now, from the left."""
        if self._mode is CompareMode.SIDE_BY_SIDE:
            return self._panes
        return (self._map_pane,) if self._mode is CompareMode.MAP else (self._split,)

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802
        """Digits choose the layout; other keys belong to the view around it."""
        command = command_of(event, (ShortcutGroup.FACES,))
        if command in _KEYS:
            self.set_mode(_KEYS[command])
        else:
            event.ignore()

    def _show(self) -> None:
        for pane, picture in zip(self._panes, (self._original, self._source, self._target), strict=True):
            pane.set_picture(picture)
        self._split.set_pictures(self._original, self._target if self._mode is CompareMode.TARGET else self._source)
        self._show_map(self._legend.share)

    def _show_map(self, share: float) -> None:
        if self._original is None or self._map is None:
            self._map_pane.set_picture(None)
        elif self._mode is CompareMode.MAP:
            self._map_pane.set_picture(heat_overlay(self._original, self._map, share))

    def _recovered_pane(self, mode: CompareMode) -> PicturePane:
        title, token = self._role_title(mode), _TOKENS[mode]
        return PicturePane(title, self.zoom, token=token, is_reconstruction=True, parent=self)

    def _role_title(self, mode: CompareMode) -> str:
        return self.tr("Recovered source") if mode is CompareMode.SOURCE else self.tr("Recovered target")

    def _bar(self) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setSpacing(SPACE // 2)
        words = {
            CompareMode.SIDE_BY_SIDE: (self.tr("Side by side"), self.tr("Face as filmed, source and target in a row")),
            CompareMode.SOURCE: (self.tr("Source"), self.tr("Before and after: as filmed, and the recovered source")),
            CompareMode.TARGET: (self.tr("Target"), self.tr("Before and after: as filmed, and the recovered target")),
            CompareMode.MAP: (self.tr("Map"), self.tr("Where information of the source lies: the identity map")),
        }
        for place, (command, mode) in enumerate(_KEYS.items()):
            text, tip = words[mode]
            keys = keys_of(command)
            button: QPushButton = push_button(
                text, kind=ButtonKind.FLAT, tip=tip, keys=keys, is_compact=True, parent=self
            )
            button.setCheckable(True)
            button.clicked.connect(lambda _=False, mode=mode: self.set_mode(mode))
            self._modes.addButton(button, place)
            row.addWidget(button)
        row.addStretch()
        for glyph, name, command, act in (
            (Icon.ZOOM_OUT, self.tr("Reduce"), Command.ZOOM_OUT, lambda: self._zoom_by(1 / STEP)),
            (Icon.ZOOM_IN, self.tr("Enlarge"), Command.ZOOM_IN, lambda: self._zoom_by(STEP)),
            (Icon.FIT, self.tr("Show whole faces"), Command.FIT, self.zoom.fit),
        ):
            tool = tool_button(glyph, name, keys=keys_of(command), parent=self)
            tool.clicked.connect(act)
            row.addWidget(tool)
        return row

    def _zoom_by(self, factor: float) -> None:
        shown = self.panes()[0].picture_rect().width()
        if shown > 0:
            self.zoom.zoom(shown, factor)

    def _fill_stack(self) -> None:
        three = QWidget(self)
        row = QHBoxLayout(three)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(SPACE // 2)
        for pane in self._panes:
            row.addWidget(pane, 1)
        mapped = QWidget(self)
        column = QVBoxLayout(mapped)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(SPACE // 2)
        column.addWidget(self._map_pane, 1)
        column.addWidget(self._legend)
        for page in (three, self._split, mapped):
            self._stack.addWidget(page)


# The ground behind pictures is dark in both themes, and so are the tokens that are seen on it.
_TOKENS = {CompareMode.SOURCE: DARK.source, CompareMode.TARGET: DARK.target}
