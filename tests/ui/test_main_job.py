"""The whole job in the real window: drop a video, wait, choose a track, say what is to be seen, confirm, export."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QMimeData, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QAbstractButton, QApplication, QDialog, QLineEdit, QPlainTextEdit, QWidget
from pytestqt.qtbot import QtBot

from app.desktop import Desktop
from app.preferences import save_preferences
from app.settings import Folders
from core.casefile.store import CaseFile
from core.domain.identity import Role
from core.domain.preferences import Preferences
from core.domain.review import JudgeCandidate, Verdict, WriteObservation
from ui.dialogs.new_case import NewCaseDialog
from ui.main_window import Page
from ui.views.analysis import AnalysisView
from ui.views.gallery import GalleryView
from ui.views.report import ReportView
from ui.widgets.candidate_row import CandidateRow
from ui.widgets.observation_editor import ObservationEditor
from ui.widgets.person_panel import PersonPanel

ROOT = Path(__file__).resolve().parents[2]
CLIP = ROOT / "resources" / "demo" / "swap.mp4"
PEOPLE = ROOT / "resources" / "demo" / "gallery"
PATIENCE_MS = 180_000


class Office:
    """A window on an empty user's folders, and what a person can do with it."""

    def __init__(self, app: QApplication, folders: Folders, qtbot: QtBot) -> None:
        self._app, self._folders, self._qtbot = app, folders, qtbot
        self.failures: list[object] = []
        self.open()

    def open(self) -> None:
        self.desktop = Desktop(self._app, self._folders)
        self.session, self.window = self.desktop.session, self.desktop.window
        self.session.failed.connect(self.failures.append)
        self.desktop.show()

    def leave(self) -> None:
        self.desktop.shut_down()

    def wait(self, is_so: Callable[[], object]) -> None:
        self._qtbot.waitUntil(lambda: bool(is_so()), timeout=PATIENCE_MS)

    def one(self, kind: type[QWidget]) -> QWidget:
        (found,) = self.window.findChildren(kind)
        return found

    def button(self, within: QWidget, words: str) -> QAbstractButton:
        def found() -> list[QAbstractButton]:
            return [b for b in within.findChildren(QAbstractButton) if words in b.text() and b.isVisible()]

        self.wait(found)
        return found()[0]

    def click(self, widget: QWidget) -> None:
        self._qtbot.mouseClick(widget, Qt.MouseButton.LeftButton)

    def drop(self, *paths: Path) -> None:
        mime = QMimeData()
        mime.setUrls([QUrl.fromLocalFile(str(path)) for path in paths])
        keys, buttons = Qt.KeyboardModifier.NoModifier, Qt.MouseButton.LeftButton
        enter = QDragEnterEvent(self.window.rect().center(), Qt.DropAction.CopyAction, mime, buttons, keys)
        QApplication.sendEvent(self.window, enter)
        assert enter.isAccepted()
        drop = QDropEvent(QPointF(self.window.rect().center()), Qt.DropAction.CopyAction, mime, buttons, keys)
        QApplication.sendEvent(self.window, drop)


@pytest.fixture
def office(qapp: QApplication, qtbot: QtBot, tmp_path: Path) -> Iterator[Office]:
    folders = Folders(resources=ROOT / "resources", data=tmp_path / "user", logs=tmp_path / "logs")
    save_preferences(folders, Preferences(frames_per_person=2, device="cpu", theme="dark", examiner="E. Xaminer"))
    made = Office(qapp, folders, qtbot)
    made.session.open_gallery(folders.gallery, create=True)
    made.wait(lambda: made.session.gallery.is_open)
    yield made
    made.leave()


def enrol_the_demo_people(office: Office) -> None:
    office.window.show_page(Page.GALLERY)
    view = office.one(GalleryView)
    view.files_dropped.emit([PEOPLE], None)
    office.wait(lambda: any(d.isVisible() for d in office.window.findChildren(QDialog)))
    dialog = next(d for d in office.window.findChildren(QDialog) if d.isVisible())
    for field in dialog.findChildren(QLineEdit):
        field.setText("public domain")
    office.click(next(b for b in dialog.findChildren(QAbstractButton) if "nrol" in b.text()))
    count: list[int] = []

    def ask() -> bool:
        if not office.session.jobs.is_busy:
            office.session.gallery.ask(lambda gallery: len(gallery.people()), count.append)
        return bool(count) and count[-1] == 2

    office.wait(ask)


def test_from_a_dropped_video_to_a_report_and_back(office: Office, tmp_path: Path, qtbot: QtBot) -> None:
    enrol_the_demo_people(office)

    office.window.show_page(Page.START)
    office.drop(CLIP)
    office.wait(lambda: office.window.findChildren(NewCaseDialog))
    dialog = office.one(NewCaseDialog)
    case_folder = tmp_path / "case"
    fields = {field.accessibleName(): field for field in dialog.findChildren(QLineEdit)}
    fields["Case number"].setText("17/26")
    fields["Folder"].setText(str(case_folder))
    office.click(office.button(dialog, "Make the case"))
    office.wait(lambda: office.session.case_folder == case_folder)
    assert office.window.current_page() is Page.CASE
    with qtbot.waitSignal(office.session.result_changed, timeout=PATIENCE_MS):
        pass

    office.window.show_page(Page.ANALYSIS)
    view, panel = office.one(AnalysisView), office.one(PersonPanel)
    office.wait(lambda: view.canvas.shown is not None)
    panel.person_asked.emit(1)
    panel.tabs().setCurrentIndex(2)
    office.wait(office.one(ObservationEditor).isVisible)
    assert not panel.candidates.shows_names, "names stay hidden until the examiner wrote what is to be seen"
    editor = office.one(ObservationEditor)
    editor.findChildren(QPlainTextEdit)[0].setPlainText("Freckles end at the jaw line.")
    office.click(office.button(editor, "Save"))
    office.wait(lambda: panel.candidates.shows_names and panel.candidates.findChildren(CandidateRow))

    row = panel.candidates.findChildren(CandidateRow)[0]
    office.click(office.button(row, "Confirm"))
    office.wait(lambda: len(office.session.entries) == 2)
    observation, verdict = (entry.action for entry in office.session.entries)
    assert isinstance(observation, WriteObservation) and observation.text == "Freckles end at the jaw line."
    assert isinstance(verdict, JudgeCandidate)
    assert (verdict.role, verdict.verdict) == (Role.SOURCE, Verdict.CONFIRMED)

    office.window.show_page(Page.REPORT)
    pdf = tmp_path / "out" / "report.pdf"
    pdf.parent.mkdir()
    office.one(ReportView).export_asked.emit(pdf)
    office.wait(lambda: pdf.exists() and pdf.with_suffix(".json").exists())
    said = json.loads(pdf.with_suffix(".json").read_text())
    assert "Freckles end at the jaw line." in json.dumps(said)
    assert verdict.name in json.dumps(said["report"]["review"] if "report" in said else said)

    office.leave()
    office.open()
    office.session.open_case(case_folder)
    office.wait(lambda: office.session.case_folder == case_folder)
    assert [entry.action for entry in office.session.entries] == [observation, verdict]
    assert office.session.undo_stack.canUndo()
    with CaseFile.open(case_folder, create=False) as case:
        assert case.verify_audit() == []
        assert "report exported" in [line.action for line in case.audit()]
    assert office.failures == []
