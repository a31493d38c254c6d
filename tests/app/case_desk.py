"""A session with the controller of the case page and a stand-in of the page; fixtures are in `conftest`."""

from fractions import Fraction
from pathlib import Path

from builders_media import ClipSpec, write_clip
from builders_views import stand_in
from pytestqt.qtbot import QtBot

from app.controllers.case import CaseController
from app.session import Session
from app.settings import Folders
from core.domain.preferences import Preferences
from ui.views.case import CaseView
from ui.widgets.evidence_row import RowState
from ui.widgets.message_bar import MessageBar

PATIENCE_MS = 120_000


class Desk:
    """A session, its controller, and what the page was told."""

    def __init__(self, folders: Folders) -> None:
        self.session = Session(folders, Preferences(frames_per_person=1, device="cpu", sample_period_s=Fraction(1, 2)))
        self.view = stand_in(CaseView)
        self.view.is_custody_shown.return_value = False
        self.messages = stand_in(MessageBar)
        self.folders_shown: list[Path] = []
        self.failures: list[object] = []
        self.session.failed.connect(self.failures.append)
        self.controller = CaseController(self.session, self.view, self.messages, self.folders_shown.append)

    def rows(self):
        """The rows that the page was told last."""
        return self.view.set_rows.call_args.args[0]

    def queue(self):
        return self.view.set_queue.call_args.args[0]

    def n_unfinished(self):
        return self.view.set_unfinished.call_args.args[0]


def clip(folder: Path, name: str = "clip.mp4", n_pictures: int = 5) -> Path:
    return write_clip(folder / name, ClipSpec(n_pictures=n_pictures))


def wait(qtbot: QtBot, condition) -> None:
    qtbot.waitUntil(lambda: bool(condition()), timeout=PATIENCE_MS)


def states(desk: Desk) -> list[RowState]:
    return [row.state for row in desk.rows()]


def at_rest(desk: Desk) -> bool:
    return not (desk.session.jobs.is_busy or desk.session.intake.is_busy)


def taken_in(desk: Desk, qtbot: QtBot, *paths: Path) -> None:
    """Hand files in without analysing them."""
    desk.session.evidence.take_in(paths, analyse=False)
    wait(qtbot, lambda: at_rest(desk) and len(desk.session.items) >= len(paths))
