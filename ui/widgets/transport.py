"""Transport bar: play, step, speed, time, the range to analyse, bookmark, strength of the identity map."""

from __future__ import annotations

from fractions import Fraction

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QLabel, QPushButton, QSlider, QToolButton, QWidget

from core.domain.time import TimeRange
from ui.icons import Icon, icon
from ui.shortcuts import Command, keys_of
from ui.theme import ButtonKind, mono_font
from ui.tokens import SPACE
from ui.widgets.buttons import push_button, tool_button
from ui.widgets.elided_label import ElidedLabel
from ui.widgets.timeline_hints import clock_of
from ui.widgets.two_parts import TwoParts

_USUAL_OPACITY = 0.45


class Transport(TwoParts):
    """One row of controls. What a key does, a button does too: both are told as a `Command`.

    Signals:
        command_asked: (Command) a button was pressed.
        map_opacity_changed: (float) how much of the identity map covers the frame, [0, 1].
    """

    command_asked = Signal(Command)
    map_opacity_changed = Signal(float)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._first, self._last = Fraction(0), Fraction(0)
        self._row = self.first
        self._add(Command.FIRST, Icon.FIRST, self.tr("First frame"))
        self._add(Command.FRAME_BACK, Icon.STEP_BACK, self.tr("One decoded frame back"))
        self._add(Command.REVERSE, Icon.REVERSE, self.tr("Play backwards; again: faster"))
        self._play = self._add(Command.PLAY, Icon.PLAY, self.tr("Play or pause"))
        self._add(Command.FRAME_ON, Icon.STEP_FORWARD, self.tr("One decoded frame on"))
        self._add(Command.LAST, Icon.LAST, self.tr("Last frame"))
        self._row.addSpacing(SPACE // 2)
        self._time = QLabel(self)
        self._time.setFont(mono_font(12))
        self._time.setToolTip(self.tr("Time on the stream's clock, and the time of its last frame"))
        self._speed = QLabel(self)
        self._speed.setProperty("rank", "muted")
        self._row.addWidget(self._time)
        self._row.addSpacing(SPACE // 2)
        self._row.addWidget(self._speed)
        self._speed.setMinimumWidth(self._speed.fontMetrics().horizontalAdvance(self._speed_words(8)))
        self._row = self.second
        self._row.addStretch()
        self._add_range()
        self._row.addSpacing(SPACE)
        self._add(Command.BOOKMARK, Icon.BOOKMARK, self.tr("Bookmark this frame into the report"))
        self._row.addSpacing(SPACE)
        self._opacity = self._add_opacity()
        self.set_speed(0)
        self.set_extent(Fraction(0), Fraction(0))
        self.set_time(Fraction(0))
        self.set_range(TimeRange())

    # --- what is shown

    def set_extent(self, first: Fraction, last: Fraction) -> None:
        """Tell the times of the first and the last frame, seconds on the stream's clock."""
        self._first, self._last = first, last

    def set_time(self, seconds: Fraction) -> None:
        """Show the time of the frame on show."""
        self._time.setText(f"{clock_of(seconds)} / {clock_of(self._last)}")
        self._time.setAccessibleName(self.tr("Time {time}").format(time=clock_of(seconds)))

    def set_speed(self, speed: int) -> None:
        """Show how it plays: a multiple of the natural speed, negative backwards, 0 for standing still."""
        self._speed.setText(self._speed_words(speed))
        self._play.setIcon(icon(Icon.PAUSE if speed else Icon.PLAY))

    def set_range(self, marked: TimeRange) -> None:
        """Show the marked range, seconds from the first frame."""
        is_marked = marked != TimeRange()
        begin = clock_of(self._first + (marked.start or 0))
        end = clock_of(self._last if marked.end is None else self._first + marked.end)
        self._range.setText(f"{begin} – {end}" if is_marked else "")
        for button in (self._analyse, self._clear):
            button.setVisible(is_marked)
        self._range.setVisible(is_marked)

    def set_map_opacity(self, opacity: float) -> None:
        """Move the slider of the identity map, [0, 1]."""
        self._opacity.setValue(round(100 * opacity))

    @property
    def map_opacity(self) -> float:
        """How much of the identity map covers the frame, [0, 1]."""
        return self._opacity.value() / 100

    def set_map_available(self, is_available: bool, why_not: str = "") -> None:
        """Say whether there is an identity map to be laid over the frame."""
        self._opacity.setEnabled(is_available)
        tip = self.tr("How much of the identity map of the chosen track covers the frame")
        self._opacity.setToolTip(tip if is_available or not why_not else why_not)

    def _speed_words(self, speed: int) -> str:
        if speed == 0:
            return self.tr("Paused")
        words = self.tr("{n}× forward") if speed > 0 else self.tr("{n}× back")
        return words.format(n=abs(speed))

    # --- parts

    def _add(self, command: Command, glyph: Icon, name: str) -> QToolButton:
        button = tool_button(glyph, name, keys=keys_of(command), parent=self)
        button.clicked.connect(lambda: self.command_asked.emit(command))
        self._row.addWidget(button)
        return button

    def _add_words(self, command: Command, text: str, tip: str) -> QPushButton:
        button = push_button(text, kind=ButtonKind.FLAT, tip=tip, keys=keys_of(command), parent=self)
        button.setAccessibleName(tip)
        button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        button.clicked.connect(lambda: self.command_asked.emit(command))
        self._row.addWidget(button)
        return button

    def _add_range(self) -> None:
        self._add_words(Command.MARK_IN, self.tr("In"), self.tr("Start of the range to analyse"))
        self._add_words(Command.MARK_OUT, self.tr("Out"), self.tr("End of the range to analyse"))
        self._range = ElidedLabel("", Qt.TextElideMode.ElideRight, self)
        self._range.setFont(mono_font(12))
        self._range.setAccessibleName(self.tr("The marked range"))
        self._row.addWidget(self._range)
        self._analyse = self._add_words(
            Command.ANALYSE_RANGE, self.tr("Analyse range"), self.tr("Analyse the marked range only")
        )
        self._clear = self._add(Command.CLEAR_RANGE, Icon.CLOSE, self.tr("Forget the range"))

    def _add_opacity(self) -> QSlider:
        label = QLabel(self.tr("Map"), self)
        label.setProperty("rank", "small")
        slider = QSlider(Qt.Orientation.Horizontal, self)
        slider.setRange(0, 100)
        slider.setPageStep(10)
        slider.setFixedWidth(9 * SPACE)
        slider.setValue(round(100 * _USUAL_OPACITY))
        slider.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        slider.setAccessibleName(self.tr("Strength of the identity map"))
        slider.setToolTip(self.tr("How much of the identity map of the chosen track covers the frame"))
        slider.valueChanged.connect(lambda value: self.map_opacity_changed.emit(value / 100))
        label.setBuddy(slider)
        self._row.addWidget(label)
        self._row.addSpacing(SPACE // 2)
        self._row.addWidget(slider)
        return slider
