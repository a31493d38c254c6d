"""The spread over frames, drawn small and said in words."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QEvent, QPoint, Qt
from PySide6.QtGui import QKeyEvent
from pytestqt.qtbot import QtBot

from ui.widgets.spread_plot import Band, Mark, SpreadPlot

SECONDS = (0.0, 1.0, 4.0)
TIMES = ("0:00:00.000", "0:00:01.000", "0:00:04.000")
SCORES = Band(
    title="Fake score", words="0.200 to 0.900, median 0.800", mark=Mark.SCORE, values=(0.2, 0.9, 0.8), level=0.8
)
SOURCE = Band(
    title="Recovered source",
    words="cosine 0.100 to 0.700",
    mark=Mark.SOURCE,
    values=(0.1, None, 0.7),
    left_out=frozenset({0}),
)


@pytest.fixture
def plot(qtbot: QtBot) -> SpreadPlot:
    made = SpreadPlot()
    qtbot.addWidget(made)
    made.set_spread(SECONDS, TIMES, (SCORES, SOURCE))
    made.resize(400, made.sizeHint().height())
    made.show()
    qtbot.waitExposed(made)
    return made


def test_all_numbers_are_said(plot: SpreadPlot) -> None:
    assert plot.accessibleDescription() == (
        "Fake score: 0.200 to 0.900, median 0.800 Recovered source: cosine 0.100 to 0.700"
    )
    assert plot.words_on(0) == "0:00:00.000\nFake score: 0.200\nRecovered source: 0.100, left out as an outlier"
    assert plot.words_on(1) == "0:00:01.000\nFake score: 0.900"


def test_a_click_chooses_the_nearest_frame_in_time(plot: SpreadPlot, qtbot: QtBot) -> None:
    told: list[int] = []
    plot.frame_chosen.connect(told.append)
    for x in (395, 130, 20):
        qtbot.mouseClick(plot, Qt.MouseButton.LeftButton, pos=QPoint(x, 40))
    assert told == [2, 1, 0]


def test_the_keyboard_walks_from_frame_to_frame(plot: SpreadPlot, qtbot: QtBot) -> None:
    told: list[int] = []
    plot.frame_chosen.connect(told.append)
    for key in (Qt.Key.Key_Right, Qt.Key.Key_Right, Qt.Key.Key_Left, Qt.Key.Key_End, Qt.Key.Key_Right, Qt.Key.Key_Home):
        qtbot.keyClick(plot, key)
    assert told == [0, 1, 0, 2, 0]
    event = QKeyEvent(QEvent.Type.KeyPress, Qt.Key.Key_L, Qt.KeyboardModifier.NoModifier)
    plot.keyPressEvent(event)
    assert not event.isAccepted()


def test_marking_a_frame_from_outside_tells_nobody(plot: SpreadPlot, qtbot: QtBot) -> None:
    with qtbot.assertNotEmitted(plot.frame_chosen):
        plot.set_current(2)
        plot.set_current(None)


def test_one_frame_and_none_are_drawn_too(plot: SpreadPlot) -> None:
    plot.set_spread((3.0,), ("0:00:03.000",), (Band(title="Fake score", words="0.5", mark=Mark.SCORE, values=(0.5,)),))
    plot.grab()
    assert plot.place_at(0) == 0
    plot.set_spread((), (), ())
    assert plot.isHidden()
    assert plot.place_at(10) is None
    plot.grab()


def test_curves_need_a_value_for_every_frame(plot: SpreadPlot) -> None:
    with pytest.raises(ValueError, match="one value of each curve"):
        plot.set_spread(SECONDS[:2], TIMES[:2], (SCORES,))
