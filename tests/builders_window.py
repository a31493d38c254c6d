"""The real window on a case with persons to look at."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from app.desktop import Desktop
from app.preferences import save_preferences
from app.settings import Folders, application_version
from core.domain.preferences import Preferences
from tests.builders_person_case import person_case

ROOT = Path(__file__).resolve().parents[1]


def opened(qapp: QApplication, qtbot: QtBot, tmp_path: Path) -> Desktop:
    """The window, shown, with that case read; shut it down when done."""
    folders = Folders(resources=ROOT / "resources", data=tmp_path / "user", logs=tmp_path / "logs")
    save_preferences(folders, Preferences(checked_version=application_version(), observations_first=False))
    person_case(tmp_path / "case")
    made = Desktop(qapp, folders)
    made.window.show()
    made.session.open_case(tmp_path / "case")
    qtbot.waitUntil(lambda: bool(made.session.items), timeout=20_000)
    return made
