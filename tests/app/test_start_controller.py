"""The ways into a case, on real folders and real small media."""

import shutil
import sqlite3
import time
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import pytest
from builders_media import ClipSpec, write_clip
from builders_views import stand_in
from PySide6.QtWidgets import QLabel, QWidget
from pytestqt.qtbot import QtBot

from app.controllers.start import StartController
from app.preferences import load_preferences
from app.session import Session
from app.settings import Folders
from app.workers.jobs import Job, JobState
from core.casefile.opening import DATABASE_NAME
from core.casefile.store import CaseFile
from core.domain.events import Progress
from core.domain.evidence import EvidenceState
from core.domain.preferences import Preferences
from core.domain.report import CaseInfo
from ui.dialogs.confirm import ConfirmDialog
from ui.dialogs.dropped_files import DroppedFilesDialog
from ui.dialogs.new_case import NewCaseDialog
from ui.main_window import MainWindow, Page
from ui.views.start import StartView

ROOT = Path(__file__).resolve().parents[2]
PATIENCE_MS = 120_000


class Entrance:
    def __init__(self, folders: Folders, qtbot: QtBot, cases: Path) -> None:
        self.session = Session(folders, Preferences(frames_per_person=1, device="cpu", sample_period_s=Fraction(1, 2)))
        self.view = stand_in(StartView)
        self.window = MainWindow()
        qtbot.addWidget(self.window, before_close_func=lambda window: window.allow_close())
        self.failures: list[object] = []
        self.session.failed.connect(self.failures.append)
        self.controller = StartController(self.session, self.view, self.window, cases)

    def listed(self):
        """The recent cases that the page was told last."""
        return self.view.show_recent.call_args.args[0] if self.view.show_recent.called else []

    def dialog(self, kind):
        """The open dialog of this kind; None when there is none."""
        return next((child for child in self.window.findChildren(kind) if child.isVisible()), None)


@pytest.fixture
def entrance(untrained: Folders, qtbot: QtBot, tmp_path: Path) -> Iterator[Entrance]:
    made = Entrance(untrained, qtbot, tmp_path / "cases")
    yield made
    made.controller.shut_down()
    made.session.shut_down()


def wait(qtbot: QtBot, condition) -> None:
    qtbot.waitUntil(lambda: bool(condition()), timeout=PATIENCE_MS)


def opened(entrance: Entrance, qtbot: QtBot, folder: Path) -> Path:
    with qtbot.waitSignal(entrance.session.case_opened, timeout=PATIENCE_MS):
        entrance.view.case_chosen.emit(folder)
    return folder


def a_case(folder: Path, **facts: str) -> Path:
    with CaseFile.open(folder, create=True) as case:
        case.set_case_info(CaseInfo(**facts))
    return folder


def test_a_new_case_is_made_and_the_next_one_begins_with_the_same_examiner(entrance, qtbot, tmp_path):
    entrance.view.new_case_asked.emit()
    dialog = entrance.dialog(NewCaseDialog)
    info = CaseInfo(case_number="7/26", title="A video", examiner="E. Xaminer", organisation="Police")
    with qtbot.waitSignal(entrance.session.case_opened, timeout=PATIENCE_MS):
        dialog.case_made.emit(tmp_path / "cases" / "7-26", info)
    assert entrance.session.info == info
    assert entrance.dialog(NewCaseDialog) is None
    assert load_preferences(entrance.session.folders).examiner == "E. Xaminer"
    entrance.window.menus.new_case_asked.emit()
    again = entrance.dialog(NewCaseDialog).case_info()
    assert (again.examiner, again.organisation, again.title) == ("E. Xaminer", "Police", "")


def test_a_folder_that_holds_a_case_is_not_taken_for_a_new_one(entrance, qtbot, tmp_path):
    folder = a_case(tmp_path / "old", title="Kept")
    entrance.view.new_case_asked.emit()
    dialog = entrance.dialog(NewCaseDialog)
    dialog.case_made.emit(folder, CaseInfo(title="Another"))
    wait(qtbot, lambda: dialog.problem() != "")
    assert dialog.problem() == (
        "This folder holds a case already. Open that case, or choose another folder for the new one."
    )
    assert dialog.isVisible(), "what was typed is not lost"
    assert entrance.failures == []
    with CaseFile.open(folder, create=False) as case:
        assert case.case_info().title == "Kept"
    with qtbot.waitSignal(entrance.session.case_opened, timeout=PATIENCE_MS):
        dialog.case_made.emit(tmp_path / "new", CaseInfo(title="Another"))


def test_dropped_videos_make_a_new_case_that_holds_them(entrance, qtbot, tmp_path):
    path = write_clip(tmp_path / "suspect.mp4", ClipSpec(n_pictures=5))
    entrance.view.files_dropped.emit([path])
    wait(qtbot, lambda: entrance.dialog(NewCaseDialog) is not None)
    dialog = entrance.dialog(NewCaseDialog)
    assert dialog.case_info().title == "suspect"
    dialog._make.click()
    wait(qtbot, lambda: [s.state for s in entrance.session.items] == [EvidenceState.DONE])
    assert entrance.session.case_folder == tmp_path / "cases" / "suspect"
    second = write_clip(tmp_path / "second.mp4", ClipSpec(n_pictures=5))
    entrance.window.add_page(Page.CASE, QWidget())
    entrance.window.show_page(Page.CASE)
    entrance.window.files_dropped.emit([second])
    wait(qtbot, lambda: [s.item.path for s in entrance.session.items] == [path, second])
    assert entrance.dialog(NewCaseDialog) is None
    wait(qtbot, lambda: not entrance.session.jobs.is_busy)


def test_what_is_dropped_on_the_start_page_goes_into_a_case_of_its_own_whatever_is_open(entrance, qtbot, tmp_path):
    here = opened(entrance, qtbot, a_case(tmp_path / "here", title="Affair A"))
    entrance.window.add_page(Page.START, QWidget())
    other = write_clip(tmp_path / "other.mp4", ClipSpec(n_pictures=5))
    for drop in (entrance.view.files_dropped, entrance.window.files_dropped):
        drop.emit([other])
        wait(qtbot, lambda: entrance.dialog(NewCaseDialog) is not None)
        assert entrance.dialog(NewCaseDialog).case_info().title == "other"
        entrance.dialog(NewCaseDialog).reject()
    assert entrance.session.case_folder == here
    assert not entrance.session.intake.is_busy and entrance.session.intake.statuses() == ()


def test_what_is_dropped_beside_the_case_page_is_asked_about(entrance, qtbot, tmp_path):
    opened(entrance, qtbot, a_case(tmp_path / "here", case_number="7", title="Affair A"))
    entrance.session.jobs.pause()
    for page in (Page.MODELS, Page.CASE):
        entrance.window.add_page(page, QWidget())
    entrance.window.show_page(Page.MODELS)
    other = write_clip(tmp_path / "other.mp4", ClipSpec(n_pictures=5))
    entrance.window.files_dropped.emit([other])
    wait(qtbot, lambda: entrance.dialog(DroppedFilesDialog) is not None)
    question = entrance.dialog(DroppedFilesDialog)
    assert question.add.text() == "Add to 7 Affair A" and question.new.isDefault()
    assert entrance.session.intake.statuses() == (), "asked before anything is taken in"
    question.new.click()
    entrance.dialog(NewCaseDialog).reject()
    entrance.window.files_dropped.emit([other])
    wait(qtbot, lambda: entrance.dialog(DroppedFilesDialog) is not None)
    entrance.dialog(DroppedFilesDialog).add.click()
    wait(qtbot, lambda: [s.item.path for s in entrance.session.items] == [other])


def test_a_case_that_is_dropped_while_another_is_open_is_opened_and_never_taken_for_evidence(entrance, qtbot, tmp_path):
    here, there = a_case(tmp_path / "here", title="A"), a_case(tmp_path / "there", title="B")
    write_clip(there / "inside.mp4", ClipSpec(n_pictures=5))
    opened(entrance, qtbot, here)
    refused = []
    entrance.session.refused.connect(refused.append)
    entrance.session.evidence.take_in([there], analyse=False)  # as the case page does
    wait(qtbot, lambda: refused)
    assert refused[0].what == "the folder is a case, no evidence" and "Open a case" in refused[0].next_step
    wait(qtbot, lambda: not entrance.session.intake.is_busy)
    with qtbot.waitSignal(entrance.session.case_opened, timeout=PATIENCE_MS):
        entrance.window.files_dropped.emit([there])
    assert entrance.session.info.title == "B"
    with CaseFile.open(here, create=False) as case:
        assert case.evidence() == []


@pytest.mark.parametrize("name", ["", DATABASE_NAME])
def test_a_dropped_case_is_opened(entrance, qtbot, tmp_path, name):
    folder = a_case(tmp_path / "old", title="Dropped")
    with qtbot.waitSignal(entrance.session.case_opened, timeout=PATIENCE_MS):
        entrance.view.files_dropped.emit([folder / name])
    assert entrance.session.info.title == "Dropped"


def test_recent_cases_are_listed_newest_first_and_missing_ones_are_marked(entrance, qtbot, tmp_path):
    first, second = a_case(tmp_path / "first"), a_case(tmp_path / "second")
    for folder in (first, second):
        with qtbot.waitSignal(entrance.session.case_opened, timeout=PATIENCE_MS):
            entrance.view.case_chosen.emit(folder)
    entrance.window.menus.close_case_asked.emit()
    assert entrance.session.case_folder is None
    wait(qtbot, lambda: [(c.path, c.is_missing) for c in entrance.listed()] == [(second, False), (first, False)])
    shutil.rmtree(first)
    entrance.controller.show_recent()
    wait(qtbot, lambda: [(c.path, c.is_missing) for c in entrance.listed()] == [(second, False), (first, True)])
    entrance.view.recent_removed.emit(first)
    wait(qtbot, lambda: [c.path for c in entrance.listed()] == [second])
    assert load_preferences(entrance.session.folders).recent_cases == (second,)


def damaged(folder: Path) -> Path:
    (a_case(folder) / DATABASE_NAME).write_bytes(b"no database at all" * 100)
    return folder


def newer(folder: Path) -> Path:
    with sqlite3.connect(a_case(folder) / DATABASE_NAME) as conn:
        conn.execute("PRAGMA user_version = 999")
    conn.close()
    return folder


@pytest.mark.parametrize(
    ("make", "what"),
    [
        (damaged, "the file is not a case's database, or it is damaged"),
        (newer, "the case was made by a newer version (schema 999"),
        (lambda folder: folder, "there is no case in this folder"),
    ],
)
def test_a_case_that_cannot_be_opened_is_named_with_the_next_step(entrance, qtbot, tmp_path, make, what):
    folder = make(tmp_path / "case")
    entrance.view.case_chosen.emit(folder)
    wait(qtbot, lambda: entrance.failures)
    (failure,) = entrance.failures
    assert failure.what.startswith(what)
    assert failure.next_step and not failure.is_bug
    assert entrance.session.case_folder is None


def test_a_folder_without_a_case_leaves_the_open_one_open_with_its_work(entrance, qtbot, tmp_path):
    here = opened(entrance, qtbot, a_case(tmp_path / "here", title="Kept"))
    entrance.session.jobs.pause()
    entrance.session.evidence.take_in([write_clip(tmp_path / "clip.mp4", ClipSpec(n_pictures=5))])
    wait(qtbot, lambda: entrance.session.jobs.is_busy and not entrance.session.intake.is_busy)
    closed = []
    entrance.session.case_closed.connect(lambda: closed.append(True))
    entrance.view.case_chosen.emit(tmp_path)
    entrance.dialog(ConfirmDialog).accept()
    wait(qtbot, lambda: entrance.failures)
    assert entrance.failures[0].what == "there is no case in this folder"
    assert (entrance.session.case_folder, entrance.session.info.title, closed) == (here, "Kept", [])
    assert entrance.session.jobs.is_busy


def test_a_second_click_makes_no_second_case(entrance, qtbot, tmp_path):
    opened(entrance, qtbot, a_case(tmp_path / "here"))
    entrance.window.menus.new_case_asked.emit()
    dialog = entrance.dialog(NewCaseDialog)
    dialog._number.setText("17")
    with qtbot.waitSignal(entrance.session.case_opened, timeout=PATIENCE_MS):
        dialog._make.click()
        dialog._make.click()
    assert entrance.session.case_folder == tmp_path / "cases" / "17"
    qtbot.waitUntil(lambda: entrance.dialog(NewCaseDialog) is None)
    qtbot.wait(100)
    assert entrance.failures == [] and entrance.session.case_folder == tmp_path / "cases" / "17"


def test_a_case_whose_making_is_refused_or_put_off_can_be_made_again(entrance, qtbot, tmp_path):
    opened(entrance, qtbot, a_case(tmp_path / "here"))
    entrance.session.jobs.pause()
    entrance.session.jobs.add(Job(label="Analyse a.mp4", run=enrolling, evidence_id=1))
    entrance.window.menus.new_case_asked.emit()
    dialog = entrance.dialog(NewCaseDialog)
    dialog._number.setText("17")
    dialog._make.click()
    assert not dialog._make.isEnabled()
    entrance.dialog(ConfirmDialog).reject()
    assert dialog._make.isEnabled() and entrance.session.case_folder == tmp_path / "here"


def enrolling(room, cancel):
    """Work that has nothing to do with the case, until it is stopped."""
    while True:
        yield Progress(stage="enrol", done=1, total=5000, unit="photos")
        cancel.raise_if_cancelled()
        time.sleep(0.01)


def test_leaving_a_case_stops_its_own_work_alone(entrance, qtbot, tmp_path):
    opened(entrance, qtbot, a_case(tmp_path / "here"))
    enrolment = entrance.session.jobs.add(Job(label="Enrol 5000 photos", run=enrolling))
    own = entrance.session.jobs.add(Job(label="Analyse a.mp4", run=enrolling, evidence_id=1))
    entrance.view.case_chosen.emit(a_case(tmp_path / "there"))
    question = entrance.dialog(ConfirmDialog)
    said = " ".join(label.text() for label in question.findChildren(QLabel))
    assert "Analyse a.mp4" in said and "Enrol" not in said
    with qtbot.waitSignal(entrance.session.case_opened, timeout=PATIENCE_MS):
        question.accept()
    states = {status.job_id: status.state for status in entrance.session.jobs.statuses()}
    assert states == {enrolment: JobState.RUNNING, own: JobState.CANCELLED}
    qtbot.waitUntil(lambda: entrance.dialog(ConfirmDialog) is None)
    entrance.window.menus.close_case_asked.emit()
    assert entrance.dialog(ConfirmDialog) is None, "nothing of the case runs"
    assert entrance.session.case_folder is None and entrance.session.jobs.is_busy


def test_a_pause_ends_with_the_case_whose_work_it_was(entrance, qtbot, tmp_path):
    opened(entrance, qtbot, a_case(tmp_path / "here"))
    jobs = entrance.session.jobs
    jobs.add(Job(label="Analyse a.mp4", run=enrolling, evidence_id=1))
    jobs.pause()
    entrance.session.close_case()
    assert not jobs.is_paused
    enrolment = jobs.add(Job(label="Enrol 5000 photos", run=enrolling))
    wait(qtbot, lambda: [s.state for s in jobs.live()] == [JobState.RUNNING])
    jobs.pause()
    opened(entrance, qtbot, tmp_path / "here")
    entrance.session.close_case()
    assert jobs.is_paused, "it is the enrolment that was paused"
    assert [s.job_id for s in jobs.live()] == [enrolment]


def test_work_on_the_open_case_is_not_broken_off_without_asking(entrance, qtbot, tmp_path):
    path = write_clip(tmp_path / "clip.mp4", ClipSpec(n_pictures=5))
    here, there = a_case(tmp_path / "here"), a_case(tmp_path / "there")
    with qtbot.waitSignal(entrance.session.case_opened, timeout=PATIENCE_MS):
        entrance.view.case_chosen.emit(here)
    entrance.session.jobs.pause()
    entrance.session.evidence.take_in([path])
    wait(qtbot, lambda: entrance.session.jobs.is_busy)
    entrance.window.menus.recent_chosen.emit(there)
    dialog = entrance.dialog(ConfirmDialog)
    dialog.reject()
    assert entrance.session.case_folder == here and entrance.session.jobs.is_busy
    entrance.window.menus.recent_chosen.emit(there)
    with qtbot.waitSignal(entrance.session.case_opened, timeout=PATIENCE_MS):
        entrance.dialog(ConfirmDialog).accept()
    assert entrance.session.case_folder == there
    with CaseFile.open(here, create=False) as case:
        assert [(s.item.path, s.state) for s in case.evidence()] == [(path, EvidenceState.QUEUED)]


def test_the_demo_case_is_made_with_its_own_gallery_and_analysed(untrained, qtbot, tmp_path):
    resources = shutil.copytree(untrained.resources, tmp_path / "resources", symlinks=True)
    (resources / "demo").symlink_to(ROOT / "resources" / "demo", target_is_directory=True)
    folders = Folders(resources=resources, data=untrained.data, logs=untrained.logs)
    entrance = Entrance(folders, qtbot, tmp_path / "cases")
    session = entrance.session
    try:
        entrance.view.demo_asked.emit()
        wait(qtbot, lambda: [s.state for s in session.items] == [EvidenceState.DONE])
        assert entrance.failures == []
        assert session.info.case_number == "DEMO"
        assert session.items[0].item.path == folders.data / "demo" / "swap.mp4"
        names, results = [], []
        session.gallery.ask(lambda gallery: [person.name for person in gallery.people()], names.append)
        session.result(session.items[0].id, results.append)
        wait(qtbot, lambda: names and results)
        assert sorted(names[0]) == ["Eileen Collins", "Grace Hopper"]
        searched = [finding.search for person in results[0].persons for finding in person.findings]
        assert searched and all(search is not None and search.candidates for search in searched)
        session.close_case()
        wait(qtbot, lambda: session.gallery_path == folders.gallery)

        session.set_info(CaseInfo(title="not of the demo"))
        with qtbot.waitSignal(session.case_opened, timeout=PATIENCE_MS):
            entrance.view.demo_asked.emit()
        assert session.info.case_number == "DEMO", "what was there is opened again"
        wait(qtbot, lambda: not session.jobs.is_busy and not session.intake.is_busy)
        assert len(session.items) == 1
    finally:
        entrance.controller.shut_down()
        session.shut_down()
