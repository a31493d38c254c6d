"""Thousands of crops in a list: pictures only for those in view, and every key where it belongs."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QKeyEvent
from pytestqt.qtbot import QtBot

from ui.widgets import thumbnails
from ui.widgets.face_model import FaceEntry, FaceOrder
from ui.widgets.face_strip import FaceStrip, number_words

RED = np.full((32, 32, 3), (220, 20, 20), dtype=np.uint8)


def entries(n: int) -> list[FaceEntry]:
    """In order of falling quality, as results hold them; the time runs the other way."""
    return [
        FaceEntry(
            key=(i, 0),
            seconds=(n - i) / 5,
            time=f"0:00:{(n - i) / 5:06.3f}",
            quality=1 - i / n,
            fake_score=(i * 37 % n) / n,
            remark="Left out of the template of the source." if i == 3 else "",
        )
        for i in range(n)
    ]


@pytest.fixture
def strip(qtbot: QtBot) -> FaceStrip:
    made = FaceStrip()
    qtbot.addWidget(made)
    made.resize(480, 320)
    made.show()
    qtbot.waitExposed(made)
    return made


def chosen(strip: FaceStrip) -> list[int]:
    told: list[int] = []
    strip.frame_chosen.connect(told.append)
    return told


def wanted(strip: FaceStrip) -> list[tuple[int, int]]:
    told: list[tuple[int, int]] = []
    strip.thumbnails_wanted.connect(told.extend)
    return told


def test_numbers_under_a_face_have_names() -> None:
    assert number_words(entries(4)[1]) == ("fake 0.250", "quality 0.75")


def test_pictures_are_asked_for_only_where_they_are_seen(strip: FaceStrip, qtbot: QtBot) -> None:
    asked = wanted(strip)
    strip.set_entries(entries(5000))
    qtbot.waitUntil(lambda: bool(asked))
    assert 6 <= len(set(asked)) <= 40
    assert (4999, 0) in asked  # the first in time
    assert (0, 0) not in asked
    asked.clear()
    strip.scrollToBottom()
    qtbot.waitUntil(lambda: (0, 0) in asked)
    assert len(set(asked)) <= 40


def test_a_picture_once_given_is_not_asked_for_again(strip: FaceStrip, qtbot: QtBot) -> None:
    asked = wanted(strip)
    strip.set_entries(entries(4))
    qtbot.waitUntil(lambda: len(set(asked)) == 4)
    for key in set(asked[:3]):
        strip.set_thumbnail(key, RED)
    strip.set_thumbnail((0, 0), None)
    asked.clear()
    strip.viewport().repaint()
    qtbot.wait(20)
    assert not {(3, 0), (0, 0)} & set(asked)
    square = strip.visualRect(strip.model().index(0, 0))
    shown = strip.viewport().grab().toImage().pixelColor(square.center().x(), square.top() + 40)
    assert (shown.red(), shown.green()) == (220, 20)


def test_another_person_gets_other_pictures(strip: FaceStrip, qtbot: QtBot) -> None:
    asked = wanted(strip)
    strip.set_entries(entries(2))
    qtbot.waitUntil(lambda: len(set(asked)) == 2)
    for key in list(asked):
        strip.set_thumbnail(key, RED)
    asked.clear()
    strip.set_entries(entries(2))
    qtbot.waitUntil(lambda: len(set(asked)) == 2)


def test_memory_is_bounded(qtbot: QtBot) -> None:
    store = thumbnails.Thumbnails(64)
    for key in range(thumbnails.CAPACITY + 50):
        store.put(key, RED)
    assert store.get(thumbnails.CAPACITY + 49) is not None
    with qtbot.waitSignal(store.wanted) as told:
        assert store.get(0) is None
    assert told.args == [[0]]


def test_arrow_keys_walk_in_the_order_shown(strip: FaceStrip, qtbot: QtBot) -> None:
    told = chosen(strip)
    strip.set_entries(entries(30))
    strip.set_current(29)
    qtbot.keyClick(strip, Qt.Key.Key_Right)
    qtbot.keyClick(strip, Qt.Key.Key_End)
    qtbot.keyClick(strip, Qt.Key.Key_Home)
    assert told == [28, 0, 29]


def test_a_click_chooses(strip: FaceStrip, qtbot: QtBot) -> None:
    told = chosen(strip)
    strip.set_entries(entries(10))
    index = strip.model().index(2, 0)
    qtbot.mouseClick(strip.viewport(), Qt.MouseButton.LeftButton, pos=strip.visualRect(index).center())
    assert told == [7]
    assert strip.current() == 7


def test_choosing_from_outside_tells_nobody(strip: FaceStrip) -> None:
    told = chosen(strip)
    strip.set_entries(entries(400))
    strip.set_current(0)
    assert strip.current() == 0
    assert strip.viewport().rect().intersects(strip.visualRect(strip.currentIndex()))
    strip.set_order(FaceOrder.FAKE_SCORE)
    assert strip.current() == 0
    strip.set_entries(entries(3))
    assert strip.current() is None
    assert told == []


@pytest.mark.parametrize(
    ("order", "first"), [(FaceOrder.TIME, (9, 0)), (FaceOrder.QUALITY, (0, 0)), (FaceOrder.FAKE_SCORE, (7, 0))]
)
def test_frames_are_sorted_as_asked(strip: FaceStrip, order: FaceOrder, first: tuple[int, int]) -> None:
    strip.set_entries(entries(10))
    strip.set_order(order)
    place = strip._model.place_of(0)
    assert strip.entries[place].key == first


def test_time_quality_score_and_remark_are_said(strip: FaceStrip) -> None:
    strip.set_entries(entries(10))
    said = strip.model().index(strip._model.row_of(3), 0).data(Qt.ItemDataRole.AccessibleTextRole)
    assert said == ("Frame at 0:00:01.400, quality 0.70, fake score 0.100. Left out of the template of the source.")


def test_letters_and_space_are_left_to_the_player(strip: FaceStrip) -> None:
    strip.set_entries(entries(3))
    for key, text in ((Qt.Key.Key_J, "j"), (Qt.Key.Key_Space, " "), (Qt.Key.Key_M, "m")):
        event = QKeyEvent(QEvent.Type.KeyPress, key, Qt.KeyboardModifier.NoModifier, text)
        strip.keyPressEvent(event)
        assert not event.isAccepted()


def test_a_strip_is_one_row(qtbot: QtBot) -> None:
    strip = FaceStrip(64, is_grid=False)
    qtbot.addWidget(strip)
    strip.resize(300, strip.height())
    strip.set_entries(entries(40))
    strip.show()
    qtbot.waitExposed(strip)
    tops = {strip.visualRect(strip.model().index(row, 0)).top() for row in range(40)}
    assert len(tops) == 1
    assert strip.horizontalScrollBar().maximum() > 0
