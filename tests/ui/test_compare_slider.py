"""Faces beside each other: one zoom for all, pixels that stay pixels, and a label on all that was computed."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from ui.heat import heat_colours, heat_overlay
from ui.theme import ThemeMode, apply_theme
from ui.widgets.compare_slider import CompareMode, CompareView
from ui.widgets.picture_pane import TITLE_PX, PicturePane
from ui.widgets.reconstruction_badge import ReconstructionBadge
from ui.widgets.split_pane import SplitPane

SIDE = 16
RED, GREEN, BLUE = (200, 10, 10), (10, 200, 10), (10, 10, 200)


def plain(colour: tuple[int, int, int]) -> np.ndarray:
    return np.full((SIDE, SIDE, 3), colour, dtype=np.uint8)


def checkers() -> np.ndarray:
    board = np.indices((SIDE, SIDE)).sum(axis=0) % 2
    return np.repeat(board[..., None] * 255, 3, axis=2).astype(np.uint8)


@pytest.fixture
def view(qtbot: QtBot) -> CompareView:
    made = CompareView()
    qtbot.addWidget(made)
    made.resize(640, 320)
    made.set_faces(plain(RED), plain(GREEN), plain(BLUE), np.zeros((SIDE, SIDE), dtype=np.float32))
    made.show()
    qtbot.waitExposed(made)
    return made


def is_whole(badge: ReconstructionBadge) -> bool:
    """Whether the word fits between padding and border."""
    words = badge.fontMetrics().boundingRect(badge.text()).width()
    pane = badge.parentWidget()
    return (
        words <= badge.width() - 14
        and badge.height() >= badge.fontMetrics().height()
        and pane.rect().contains(badge.geometry())
    )


def pixel(pane: PicturePane, point: QPoint) -> tuple[int, int, int]:
    shot: QImage = pane.grab().toImage()
    found = shot.pixelColor(point)
    return found.red(), found.green(), found.blue()


def split(view: CompareView) -> SplitPane:
    (pane,) = view.panes()
    assert isinstance(pane, SplitPane)
    return pane


def test_three_faces_stand_side_by_side_in_their_order(view: CompareView) -> None:
    shown = [pixel(pane, pane.picture_rect().center().toPoint()) for pane in view.panes()]
    assert shown == [RED, GREEN, BLUE]
    assert [pane.title for pane in view.panes()] == ["As filmed", "Recovered source", "Recovered target"]


@pytest.mark.parametrize(
    ("mode", "labelled"),
    [
        (CompareMode.SIDE_BY_SIDE, [False, True, True]),
        (CompareMode.SOURCE, [True]),
        (CompareMode.TARGET, [True]),
        (CompareMode.MAP, [False]),
    ],
)
def test_every_reconstruction_wears_the_badge_and_no_photograph_does(
    view: CompareView, mode: CompareMode, labelled: list[bool]
) -> None:
    view.set_mode(mode)
    badges = [[b for b in pane.findChildren(ReconstructionBadge) if b.isVisible()] for pane in view.panes()]
    assert [bool(found) for found in badges] == labelled
    for pane, found in zip(view.panes(), badges, strict=True):
        assert all(pane.visible_rect().contains(badge.geometry()) for badge in found)


def test_the_badge_is_whole_however_the_pane_came_to_its_size(qtbot: QtBot) -> None:
    view = CompareView()
    qtbot.addWidget(view)
    faces = (plain(RED), plain(GREEN), plain(BLUE), np.zeros((SIDE, SIDE), dtype=np.float32))
    view.set_faces(*faces)  # before it has a size
    view.show()
    qtbot.waitExposed(view)
    view.resize(300, 130)
    view.resize(640, 320)
    for theme in ThemeMode.LIGHT, ThemeMode.DARK:
        apply_theme(QApplication.instance(), theme)
        for mode in CompareMode.SIDE_BY_SIDE, CompareMode.SOURCE, CompareMode.SIDE_BY_SIDE:
            view.set_mode(mode)
            badges = [b for pane in view.panes() for b in pane.findChildren(ReconstructionBadge) if b.isVisible()]
            assert badges
            assert all(is_whole(badge) for badge in badges)


def test_the_badge_is_whole_again_after_no_face_was_shown(view: CompareView) -> None:
    view.clear("")
    view.set_faces(plain(RED), plain(GREEN), plain(BLUE), np.zeros((SIDE, SIDE), dtype=np.float32))
    badges = [b for pane in view.panes() for b in pane.findChildren(ReconstructionBadge) if b.isVisible()]
    assert len(badges) == 2
    assert all(is_whole(badge) for badge in badges)


@pytest.mark.parametrize("size", [(640, 320), (300, 150), (300, 120), (200, 110)])
def test_the_word_is_whole_on_pictures_of_every_size(view: CompareView, size: tuple[int, int]) -> None:
    view.resize(*size)
    for mode in CompareMode.SIDE_BY_SIDE, CompareMode.SOURCE:
        view.set_mode(mode)
        badges = [b for pane in view.panes() for b in pane.findChildren(ReconstructionBadge) if b.isVisible()]
        assert badges
        assert all(is_whole(badge) for badge in badges)


def test_one_zoom_for_all_three(view: CompareView, qtbot: QtBot) -> None:
    panes = view.panes()
    before = [pane.picture_rect() for pane in panes]
    qtbot.keyClick(panes[0], Qt.Key.Key_Plus)
    qtbot.keyClick(panes[2], Qt.Key.Key_Plus)
    after = [pane.picture_rect() for pane in panes]
    assert after[0].size() == after[1].size() == after[2].size()
    assert after[0].width() == pytest.approx(before[0].width() * 1.25**2)
    qtbot.keyClick(panes[1], Qt.Key.Key_Right)
    lefts = [pane.picture_rect().left() for pane in panes]
    assert max(lefts) - min(lefts) <= 0.5  # the panes themselves differ by up to one px
    assert panes[0].picture_rect().left() < after[0].left()
    qtbot.keyClick(panes[1], Qt.Key.Key_F)
    assert [pane.picture_rect() for pane in panes] == before


def test_dragging_one_face_moves_the_others(view: CompareView, qtbot: QtBot) -> None:
    first, _, last = view.panes()
    view.zoom.zoom(200, 5)
    left = last.picture_rect().left()
    middle = first.rect().center()
    qtbot.mousePress(first, Qt.MouseButton.LeftButton, pos=middle)
    qtbot.mouseMove(first, middle + QPoint(30, 0))
    qtbot.mouseRelease(first, Qt.MouseButton.LeftButton, pos=middle + QPoint(30, 0))
    assert last.picture_rect().left() == pytest.approx(left + 30, abs=0.5)


def test_enlarged_pixels_are_not_smoothed(view: CompareView) -> None:
    view.set_faces(checkers(), plain(GREEN), plain(BLUE), np.zeros((SIDE, SIDE), dtype=np.float32))
    view.zoom.zoom(SIDE * 20, 1.0)
    pane = view.panes()[0]
    seen = pane.visible_rect().adjusted(3, 0, -3, -30)  # inside the focus ring
    shot = pane.grab().toImage()
    found = {shot.pixelColor(seen.left() + x, seen.center().y()).red() for x in range(seen.width())}
    assert found == {0, 255}


def test_zoom_stays_at_the_point_under_the_pointer(view: CompareView) -> None:
    view.zoom.zoom(100, 4)
    before = view.zoom.centre
    view.zoom.zoom(400, 2, about=before)
    assert view.zoom.centre == before
    view.zoom.zoom(800, 2, about=QPointF(1, 0.5))
    assert view.zoom.centre.x() > before.x()


def test_the_zoom_has_ends(view: CompareView) -> None:
    pane = view.panes()[0]
    for _ in range(200):
        view.zoom.zoom(pane.picture_rect().width(), 1.25)
    assert pane.picture_rect().width() <= 16_384
    for _ in range(200):
        view.zoom.zoom(pane.picture_rect().width(), 0.5)
    assert pane.picture_rect().width() >= 48


@pytest.mark.parametrize(("mode", "after"), [(CompareMode.SOURCE, GREEN), (CompareMode.TARGET, BLUE)])
def test_the_divider_parts_before_from_after(
    view: CompareView, qtbot: QtBot, mode: CompareMode, after: tuple[int, int, int]
) -> None:
    view.set_mode(mode)
    pane = split(view)
    seen = pane.visible_rect()
    y = seen.top() + 20
    assert pixel(pane, QPoint(seen.left() + 5, y)) == RED
    assert pixel(pane, QPoint(seen.right() - 5, y)) == after
    grip = QPoint(pane.divider_x(), seen.center().y())
    qtbot.mousePress(pane, Qt.MouseButton.LeftButton, pos=grip)
    qtbot.mouseMove(pane, QPoint(seen.left() + seen.width() // 4, seen.center().y()))
    qtbot.mouseRelease(pane, Qt.MouseButton.LeftButton, pos=QPoint(seen.left() + seen.width() // 4, seen.center().y()))
    assert pane.divider == pytest.approx(0.25, abs=0.01)
    assert pixel(pane, QPoint(seen.center().x() - 20, y)) == after


def test_the_divider_obeys_the_keyboard(view: CompareView, qtbot: QtBot) -> None:
    view.set_mode(CompareMode.SOURCE)
    pane = split(view)
    qtbot.keyClick(pane, Qt.Key.Key_Right)
    assert pane.divider == pytest.approx(0.52)
    qtbot.keyClick(pane, Qt.Key.Key_Left, Qt.KeyboardModifier.ShiftModifier)
    assert pane.divider == pytest.approx(0.42)
    assert pane.accessibleDescription() == "Divider at 42 %"
    qtbot.keyClick(pane, Qt.Key.Key_End)
    assert pane.divider == 1.0
    badge = pane.findChild(ReconstructionBadge)
    assert badge is not None
    assert not badge.isVisible()
    qtbot.keyClick(pane, Qt.Key.Key_Home)
    assert pane.divider == 0.0
    assert badge.isVisible()


def test_digits_choose_the_layout(view: CompareView, qtbot: QtBot) -> None:
    for key, mode in zip((Qt.Key.Key_4, Qt.Key.Key_2, Qt.Key.Key_3, Qt.Key.Key_1), (3, 1, 2, 0), strict=True):
        chosen = list(CompareMode)[mode]
        with qtbot.waitSignal(view.mode_changed) as told:
            qtbot.keyClick(view.panes()[0], key)
        assert told.args == [chosen]
        assert view.mode is chosen


def test_keys_it_does_not_know_are_left_to_the_view_around_it(view: CompareView) -> None:
    from PySide6.QtCore import QEvent
    from PySide6.QtGui import QKeyEvent

    for key in (Qt.Key.Key_J, Qt.Key.Key_Space, Qt.Key.Key_Left):
        event = QKeyEvent(QEvent.Type.KeyPress, key, Qt.KeyboardModifier.NoModifier)
        view.panes()[0].keyPressEvent(event)
        assert not event.isAccepted()


def test_the_map_covers_the_grey_face_as_strongly_as_asked(view: CompareView) -> None:
    view.set_faces(plain(RED), plain(GREEN), plain(BLUE), np.ones((SIDE, SIDE), dtype=np.float32))
    view.set_mode(CompareMode.MAP)
    (pane,) = view.panes()
    centre = pane.picture_rect().center().toPoint()
    expected = heat_overlay(plain(RED), np.ones((SIDE, SIDE), dtype=np.float32))[0, 0]
    assert pixel(pane, centre) == tuple(int(v) for v in expected)
    view._legend.set_share(0)
    assert pixel(pane, centre) == RED


def test_the_colours_of_the_map_run_from_dark_to_light() -> None:
    ramp = heat_colours(np.linspace(0, 1, 50, dtype=np.float32))
    assert ramp.shape == (50, 3)
    luma = ramp.astype(float) @ [0.299, 0.587, 0.114]
    assert (np.diff(luma) > 0).all()
    assert np.array_equal(heat_colours(np.array([-1, 2], dtype=np.float32)), ramp[[0, -1]])


def test_a_map_of_another_size_is_stretched() -> None:
    small = np.array([[0, 1]], dtype=np.float32)
    laid = heat_overlay(plain(RED), small)
    assert laid.shape == (SIDE, SIDE, 3)
    assert laid[0, 0].tolist() != laid[0, -1].tolist()


def test_without_a_face_it_says_why(view: CompareView) -> None:
    view.clear("No face of this person was recovered.")
    assert not any(badge.isVisible() for badge in view.findChildren(ReconstructionBadge))
    assert view.panes()[0].missing == "No face of this person was recovered."
    assert view.panes()[0].visible_rect().isEmpty()
    view.grab()


def test_the_picture_stays_below_its_title(view: CompareView) -> None:
    view.zoom.zoom(200, 20)
    assert all(pane.visible_rect().top() >= TITLE_PX for pane in view.panes())
