"""The transport bar: every button asks for what its key does, and what is going on is said in words."""

from __future__ import annotations

from fractions import Fraction

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QAbstractButton, QLabel, QSlider
from pytestqt.qtbot import QtBot

from core.domain.time import TimeRange
from ui.shortcuts import Command, keys_of
from ui.widgets.transport import Transport

SHOWN = (
    Command.FIRST,
    Command.FRAME_BACK,
    Command.REVERSE,
    Command.PLAY,
    Command.FRAME_ON,
    Command.LAST,
    Command.MARK_IN,
    Command.MARK_OUT,
    Command.ANALYSE_RANGE,
    Command.CLEAR_RANGE,
    Command.BOOKMARK,
)


@pytest.fixture
def bar(qtbot: QtBot) -> Transport:
    made = Transport()
    qtbot.addWidget(made)
    made.resize(1300, 60)
    made.show()
    qtbot.waitExposed(made)
    made.set_extent(Fraction(2), Fraction(62))
    return made


def words(bar: Transport) -> str:
    return " | ".join(label.text() for label in bar.findChildren(QLabel) if label.isVisible())


def button_of(bar: Transport, command: Command) -> QAbstractButton:
    found = [b for b in bar.findChildren(QAbstractButton) if b.toolTip().endswith(f"({keys_of(command)})")]
    assert len(found) == 1
    return found[0]


@pytest.mark.parametrize("command", SHOWN)
def test_buttons_ask_for_what_their_keys_do_and_tell_them(bar, qtbot, command):
    bar.set_range(TimeRange(start=Fraction(1)))
    button = button_of(bar, command)
    assert button.accessibleName()
    with qtbot.waitSignal(bar.command_asked) as asked:
        qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
    assert asked.args == [command]


@pytest.mark.parametrize(("speed", "said"), [(0, "Paused"), (2, "2× forward"), (-4, "4× back")])
def test_speed_is_said_in_words(bar, speed, said):
    bar.set_speed(speed)
    assert said in words(bar)


def test_time_and_end_are_shown(bar):
    bar.set_time(Fraction(7, 2))
    assert "0:00:03.500 / 0:01:02.000" in words(bar)


def test_a_marked_range_is_shown_on_the_stream_s_clock_and_can_be_analysed(bar):
    assert not button_of(bar, Command.ANALYSE_RANGE).isVisible()
    bar.set_range(TimeRange(start=Fraction(1), end=Fraction(10)))
    assert "0:00:03.000 – 0:00:12.000" in words(bar)
    assert button_of(bar, Command.ANALYSE_RANGE).isVisible()
    bar.set_range(TimeRange(start=Fraction(1)))
    assert "0:00:03.000 – 0:01:02.000" in words(bar)
    bar.set_range(TimeRange())
    assert not button_of(bar, Command.CLEAR_RANGE).isVisible()


def test_strength_of_the_map(bar, qtbot):
    (slider,) = bar.findChildren(QSlider)
    with qtbot.waitSignal(bar.map_opacity_changed) as changed:
        slider.setValue(80)
    assert changed.args == [0.8]
    bar.set_map_available(False, "nobody is chosen")
    assert not slider.isEnabled() and slider.toolTip() == "nobody is chosen"
    bar.set_map_available(True)
    assert slider.isEnabled()


def test_rows_stand_below_each_other_where_there_is_no_room(bar, qtbot):
    bar.set_range(TimeRange(start=Fraction(1)))
    bookmark, play = button_of(bar, Command.BOOKMARK), button_of(bar, Command.PLAY)
    assert abs(bookmark.geometry().center().y() - play.geometry().center().y()) <= 2
    bar.resize(bar.minimumSizeHint().width(), 100)
    qtbot.waitUntil(lambda: bookmark.geometry().top() > play.geometry().bottom())
    assert bar.minimumSizeHint().width() < 540
