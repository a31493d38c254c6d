"""The real window on a case, as small as it may become: nothing that matters is cut off."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from builders_person_case import person_case
from PySide6.QtCore import QSize
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from app.desktop import Desktop
from app.preferences import save_preferences
from app.settings import Folders, application_version
from core.domain.preferences import Preferences
from ui.main_window import MINIMUM, USUAL, Page
from ui.widgets.picture_pane import PicturePane
from ui.widgets.reconstruction_badge import ReconstructionBadge

ROOT = Path(__file__).resolve().parents[2]
SIZES = pytest.mark.parametrize("size", [USUAL, MINIMUM], ids=["usual", "minimum"])


@pytest.fixture
def desktop(qapp: QApplication, qtbot: QtBot, tmp_path: Path) -> Iterator[Desktop]:
    folders = Folders(resources=ROOT / "resources", data=tmp_path / "user", logs=tmp_path / "logs")
    save_preferences(folders, Preferences(checked_version=application_version(), observations_first=False))
    person_case(tmp_path / "case")
    made = Desktop(qapp, folders)
    made.window.show()
    made.session.open_case(tmp_path / "case")
    qtbot.waitUntil(lambda: bool(made.session.items), timeout=20_000)
    yield made
    made.shut_down()


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
