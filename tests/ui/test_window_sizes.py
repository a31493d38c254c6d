"""The real window on a case, as small as it may become: nothing that matters is cut off."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QFont, QFontInfo
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QApplication,
    QComboBox,
    QLabel,
    QLineEdit,
    QPlainTextEdit,
    QScrollArea,
    QTabBar,
    QTabWidget,
    QWidget,
)
from pytestqt.qtbot import QtBot

from app.desktop import Desktop
from tests.builders_window import opened
from ui.main_window import MINIMUM, USUAL, Page
from ui.theme import TYPE, ThemeMode, apply_theme, mono_font, scaled
from ui.widgets.nav_rail import NavRail
from ui.widgets.picture_pane import PicturePane
from ui.widgets.reconstruction_badge import ReconstructionBadge

ROOT = Path(__file__).resolve().parents[2]
SIZES = pytest.mark.parametrize("size", [USUAL, MINIMUM], ids=["usual", "minimum"])


LARGE_PT = 20


@pytest.fixture
def desktop(qapp: QApplication, qtbot: QtBot, tmp_path: Path) -> Iterator[Desktop]:
    made = opened(qapp, qtbot, tmp_path)
    yield made
    made.shut_down()


@pytest.fixture
def large(qapp: QApplication, qtbot: QtBot, tmp_path: Path) -> Iterator[Desktop]:
    """The window where the system's font is 20 pt."""
    usual = qapp.font()
    font = QFont(usual)
    font.setPointSize(LARGE_PT)
    qapp.setFont(font)
    made = opened(qapp, qtbot, tmp_path)
    yield made
    made.shut_down()
    qapp.setFont(usual)
    apply_theme(qapp, ThemeMode.DARK)


def trouble(page: QWidget) -> list[str]:
    """Controls and words that have less room than they need, or stand outside what holds them."""
    found = []
    kinds = (QAbstractButton, QComboBox, QLineEdit, QPlainTextEdit, QLabel, QTabBar)
    for part in [part for kind in kinds for part in page.findChildren(kind)]:
        if not part.isVisible() or part.objectName().startswith("qt_"):
            continue
        holder, need = part.parentWidget(), part.minimumSizeHint()
        name = f"{type(part).__name__} {getattr(part, 'text', part.accessibleName)()!r}"
        # Qt asks for three px more around an icon than the style sheet; fields for long text scroll.
        height = 0 if isinstance(part, QPlainTextEdit) else min(need.height(), part.minimumHeight() or need.height())
        if isinstance(part, QTabBar) and part.tabRect(part.count() - 1).right() >= part.width():
            found.append(f"{name} has no room for its last tab")
        if part.width() < need.width() or part.height() < height:
            found.append(f"{name} has {part.size().toTuple()}, needs {need.toTuple()}")
        if not isinstance(holder, QTabBar | QAbstractItemView) and not holder.rect().contains(part.geometry()):
            found.append(f"{name} at {part.geometry().getRect()} lies outside of {holder.size().toTuple()}")
    for area in page.findChildren(QScrollArea):
        is_sideways = area.horizontalScrollBarPolicy() is not Qt.ScrollBarPolicy.ScrollBarAlwaysOff
        if area.isVisible() and not is_sideways and area.widget().width() > area.viewport().width():
            found.append(f"{type(area).__name__} in {area.parent()!r} hides what stands at the right")
    return found


def every_tab(page: QWidget) -> Iterator[str]:
    """Go through the tabs in view."""
    for tabs in [tabs for tabs in page.findChildren(QTabWidget) if tabs.isVisible()]:
        for tab in range(tabs.count()):
            tabs.setCurrentIndex(tab)
            QTest.qWait(50)  # candidates come one section a round of the event loop
            yield tabs.tabText(tab)
        tabs.setCurrentIndex(0)
    yield ""


def in_view(desktop: Desktop, page: Page) -> tuple[QWidget, QScrollArea]:
    """Bring a page into view; returns it and what scrolls it."""
    desktop.window.show_page(page)
    QApplication.processEvents()
    shown = desktop.window.page(page)
    frame = shown.parentWidget().parentWidget()
    assert isinstance(frame, QScrollArea)
    return shown, frame


@pytest.mark.parametrize("page", list(Page))
def test_every_page_fits_into_the_smallest_window(desktop: Desktop, page: Page) -> None:
    window = desktop.window
    window.resize(MINIMUM)
    shown, frame = in_view(desktop, page)
    assert window.size() == MINIMUM
    for tab in every_tab(shown):
        room, need = frame.viewport().size(), shown.minimumSizeHint()
        assert need.width() <= room.width() and need.height() <= room.height(), (tab, need, room)
        assert not frame.verticalScrollBar().isVisible() and not frame.horizontalScrollBar().isVisible(), tab
        assert not trouble(shown), tab


@pytest.mark.parametrize("page", list(Page))
def test_with_a_large_font_pages_are_scrolled_and_nothing_is_cut_off(large: Desktop, page: Page) -> None:
    large.window.resize(MINIMUM)
    shown, frame = in_view(large, page)
    assert large.window.size() == MINIMUM
    for tab in every_tab(shown):
        need = shown.minimumSizeHint()
        assert shown.width() >= need.width() and shown.height() >= need.height(), tab
        assert frame.horizontalScrollBar().maximum() == max(0, shown.width() - frame.viewport().width()), tab
        assert frame.verticalScrollBar().maximum() == max(0, shown.height() - frame.viewport().height()), tab
        assert not trouble(shown), tab


def test_every_page_can_be_gone_to_with_a_large_font(large: Desktop) -> None:
    large.window.resize(MINIMUM)
    QApplication.processEvents()
    rail = large.window.findChildren(NavRail)[0]
    for page in Page:
        assert rail.rect().contains(rail.entry(page).geometry()), page


def test_words_are_as_large_as_the_font_of_the_application(qapp: QApplication, large: Desktop) -> None:
    px = QFontInfo(qapp.font()).pixelSize()
    assert px == round(LARGE_PT * qapp.primaryScreen().logicalDotsPerInchY() / 72)
    window = large.window
    window.show_page(Page.CASE)
    fonts = {label.property("rank") or "": label.font().pixelSize() for label in window.findChildren(QLabel)}
    assert fonts["title"] > fonts["strong"] > px > fonts["small"] > TYPE.title
    assert scaled(TYPE.body) == px
    assert mono_font().pixelSize() == px
    assert window.findChildren(NavRail)[0].entry(Page.CASE).sizeHint().height() > px


def test_a_smaller_font_makes_nothing_smaller_than_it_was_drawn_for(qapp: QApplication, qtbot: QtBot) -> None:
    usual = qapp.font()
    font = QFont(usual)
    font.setPointSize(6)
    qapp.setFont(font)
    apply_theme(qapp, ThemeMode.DARK)
    assert qapp.font().pixelSize() == TYPE.body and scaled(TYPE.small) == TYPE.small
    qapp.setFont(usual)
    apply_theme(qapp, ThemeMode.DARK)


@SIZES
def test_the_word_reconstruction_is_whole_on_both_faces(desktop: Desktop, qtbot: QtBot, size: QSize) -> None:
    window = desktop.window
    window.resize(size)
    window.show_page(Page.ANALYSIS)

    def badges() -> list[ReconstructionBadge]:
        return [badge for badge in window.findChildren(ReconstructionBadge) if badge.isVisible()]

    qtbot.waitUntil(lambda: len(badges()) == 2, timeout=20_000)
    for badge in badges():
        words = badge.fontMetrics().boundingRect(badge.text()).width()
        pane = badge.parentWidget()
        assert isinstance(pane, PicturePane)
        assert words <= badge.width() - 14
        assert pane.rect().contains(badge.geometry())
