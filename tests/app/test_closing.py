"""Leaving the window while work runs: nothing is lost, nothing freezes, and a person is asked."""

from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from threading import Event

import pytest
from builders_media import ClipSpec, write_clip
from pytestqt.qtbot import QtBot

from app.case_jobs import STOPPED
from app.controllers.closing import ClosingController
from app.session import Session
from app.settings import Folders
from app.workers.jobs import Job
from core.casefile.store import CaseFile
from core.domain.cancel import CancelToken
from core.domain.evidence import EvidenceState
from core.domain.preferences import Preferences
from core.domain.report import CaseInfo
from core.domain.review import WriteNote
from ui.dialogs.closing import ClosingDialog
from ui.dialogs.confirm import ConfirmDialog
from ui.main_window import MainWindow

PATIENCE_MS = 120_000


class Leaving:
    def __init__(self, folders: Folders, qtbot: QtBot) -> None:
        self.session = Session(folders, Preferences(frames_per_person=1, device="cpu", sample_period_s=Fraction(1, 25)))
        self.window = MainWindow()
        qtbot.addWidget(self.window, before_close_func=lambda window: window.allow_close())
        self.controller = ClosingController(self.session, self.window)
        self.window.show()

    def dialog(self) -> ClosingDialog | None:
        return next((d for d in self.window.findChildren(ClosingDialog) if d.isVisible()), None)


@pytest.fixture
def leaving(untrained: Folders, qtbot: QtBot, tmp_path: Path) -> Iterator[Leaving]:
    made = Leaving(untrained, qtbot)
    with qtbot.waitSignal(made.session.case_opened, timeout=PATIENCE_MS):
        made.session.open_case(tmp_path / "case", create=True, info=CaseInfo(title="Leaving"))
    yield made
    made.session.shut_down()


def wait(qtbot: QtBot, condition) -> None:
    qtbot.waitUntil(lambda: bool(condition()), timeout=PATIENCE_MS)


def analysing(leaving: Leaving, qtbot: QtBot, tmp_path: Path) -> None:
    """A longer clip is being looked at, another waits."""
    clips = [write_clip(tmp_path / f"{name}.mp4", ClipSpec(n_pictures=300)) for name in "ab"]
    with qtbot.waitSignal(
        leaving.session.jobs.progressed, timeout=PATIENCE_MS, check_params_cb=lambda _, p: p.stage == "scan"
    ):
        leaving.session.evidence.take_in(clips)
    assert leaving.controller.is_busy


def test_an_idle_window_closes_without_a_question(leaving, qtbot):
    leaving.window.close()
    assert leaving.dialog() is None
    wait(qtbot, lambda: not leaving.window.isVisible())


def test_pause_and_close_waits_for_the_step_and_keeps_everything(leaving, qtbot, tmp_path):
    analysing(leaving, qtbot, tmp_path)
    leaving.session.decide(WriteNote(text="seen while it ran"))
    leaving.window.close()
    assert leaving.window.isVisible()
    leaving.window.close()
    assert len(leaving.window.findChildren(ClosingDialog)) == 1, "asked once"
    leaving.dialog().stop.click()
    leaving.window.close()
    assert leaving.dialog() is None, "no further question while it stops"
    wait(qtbot, lambda: not leaving.window.isVisible())
    assert not leaving.controller.is_busy
    leaving.session.shut_down()
    with CaseFile.open(tmp_path / "case", create=False) as case:
        first, second = case.evidence()
        assert (first.state, second.state) == (EvidenceState.RUNNING, EvidenceState.QUEUED)
        assert case.run(first.id) is not None
        assert [entry.action for entry in case.decisions()] == [WriteNote(text="seen while it ran")]


def test_the_export_of_a_report_is_work_that_is_asked_about(leaving, qtbot):
    export = CancelToken()
    leaving.session.set_export(export)
    assert leaving.controller.is_busy
    leaving.window.close()
    leaving.dialog().keep.click()
    assert leaving.window.isVisible()
    leaving.session.set_export(None)
    wait(qtbot, lambda: not leaving.window.isVisible())
    assert not export.is_cancelled


def test_an_export_is_stopped_when_a_person_says_so(leaving, qtbot):
    export = CancelToken()
    leaving.session.set_export(export)
    leaving.window.close()
    leaving.dialog().stop.click()
    assert export.is_cancelled and leaving.window.isVisible(), "what is being written is finished first"
    leaving.session.set_export(None)
    wait(qtbot, lambda: not leaving.window.isVisible())


def test_what_is_typed_and_not_saved_is_asked_about(leaving, qtbot):
    leaving.session.is_writing = lambda: True
    leaving.window.close()
    leaving.window.close()
    (question,) = leaving.window.findChildren(ConfirmDialog)
    question.reject()
    assert leaving.window.isVisible(), "it can still be saved"
    qtbot.waitUntil(lambda: not leaving.window.findChildren(ConfirmDialog))
    leaving.window.close()
    leaving.window.findChildren(ConfirmDialog)[0].accept()
    wait(qtbot, lambda: not leaving.window.isVisible())


def test_keep_running_closes_when_all_is_done(leaving, qtbot, tmp_path):
    write_clip(tmp_path / "a.mp4", ClipSpec(n_pictures=5))
    leaving.session.jobs.pause()
    leaving.session.evidence.take_in([tmp_path / "a.mp4"])
    wait(qtbot, lambda: leaving.session.jobs.is_busy)
    leaving.window.close()
    leaving.dialog().keep.click()
    assert leaving.window.isMinimized()
    wait(qtbot, lambda: not leaving.window.isVisible())
    with CaseFile.open(tmp_path / "case", create=False) as case:
        assert [item.state for item in case.evidence()] == [EvidenceState.DONE]


def test_keep_running_waits_for_the_analysis_of_what_is_still_being_taken_in(leaving, qtbot, tmp_path):
    write_clip(tmp_path / "a.mp4", ClipSpec(n_pictures=5))
    gate = Event()
    leaving.session.intake.add(Job(label="Take in b.mp4", run=lambda room, cancel: held(gate)))
    leaving.session.evidence.take_in([tmp_path / "a.mp4"])
    leaving.window.close()
    leaving.dialog().keep.click()
    gate.set()
    wait(qtbot, lambda: not leaving.window.isVisible())
    assert [status.label for status in leaving.session.jobs.statuses()] == ["Analyse a.mp4"]
    with CaseFile.open(tmp_path / "case", create=False) as case:
        assert [item.state for item in case.evidence()] == [EvidenceState.DONE]


def test_a_window_that_is_brought_back_says_that_it_will_close_and_can_be_kept_open(leaving, qtbot):
    gate = Event()
    leaving.session.intake.add(Job(label="Take in a.mp4", run=lambda room, cancel: held(gate)))
    leaving.window.close()
    leaving.dialog().keep.click()
    leaving.window.showNormal()
    (message,) = leaving.window.messages.messages()
    assert message.text() == "The window closes when all work is done."
    message.action_asked.emit()
    assert leaving.window.messages.messages() == ()
    gate.set()
    wait(qtbot, lambda: not leaving.session.intake.is_busy)
    qtbot.wait(50)
    assert leaving.window.isVisible()


def test_cancel_stays_in_the_window_and_goes_on(leaving, qtbot, tmp_path):
    write_clip(tmp_path / "a.mp4", ClipSpec(n_pictures=5))
    leaving.session.jobs.pause()
    leaving.session.evidence.take_in([tmp_path / "a.mp4"])
    wait(qtbot, lambda: leaving.session.jobs.is_busy)
    leaving.window.close()
    leaving.dialog().cancel.click()
    leaving.session.jobs.resume()
    wait(qtbot, lambda: not leaving.controller.is_busy)
    assert leaving.window.isVisible()
    wait(qtbot, lambda: [item.state for item in leaving.session.items] == [EvidenceState.DONE])


def test_files_that_were_not_yet_taken_in_are_listed_the_next_time(leaving, qtbot, tmp_path):
    paths = [write_clip(tmp_path / f"{name}.mp4", ClipSpec(n_pictures=5)) for name in "abc"]
    for path in paths:
        leaving.session.evidence.take_in([path])
    leaving.window.close()
    leaving.dialog().stop.click()
    wait(qtbot, lambda: not leaving.window.isVisible())
    leaving.session.shut_down()
    with CaseFile.open(tmp_path / "case", create=False) as case:
        kept = [item.item.path for item in case.evidence()]
        listed = dict(case.refused())
    assert {*map(str, kept), *listed} == set(map(str, paths)), "every file is somewhere"
    assert set(listed.values()) <= {STOPPED}


def test_work_that_ended_meanwhile_is_not_asked_about_any_longer(leaving, qtbot):
    gate = Event()
    leaving.session.intake.add(Job(label="Take in a.mp4", run=lambda room, cancel: held(gate)))
    leaving.window.close()
    wait(qtbot, lambda: leaving.dialog() is not None)
    gate.set()
    wait(qtbot, lambda: not leaving.window.isVisible())
    assert leaving.dialog() is None


def test_the_self_check_does_not_keep_the_window_open(leaving, qtbot):
    gate = Event()
    leaving.session.intake.add(Job(label="Self-check", run=lambda room, cancel: held(gate), may_be_cut_off=True))
    leaving.window.close()
    wait(qtbot, lambda: not leaving.window.isVisible())
    assert leaving.dialog() is None
    gate.set()


def held(gate: Event) -> Iterator[object]:
    gate.wait(60)
    yield from ()
