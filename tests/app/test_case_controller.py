"""The case page's controller on real cases and small real media; only the page itself is a stand-in."""

import os
import shutil
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

import pytest
from builders_media import ClipSpec, write_clip, write_sound
from builders_views import stand_in
from pytestqt.qtbot import QtBot

from app.case_jobs import STOPPED
from app.controllers.case import CaseController
from app.session import Session
from app.settings import Folders
from core.casefile.store import CaseFile
from core.domain.evidence import EvidenceState
from core.domain.preferences import Preferences
from core.domain.report import CaseInfo
from core.domain.review import WriteNote
from core.domain.time import TimeRange
from ui.views.case import CaseView
from ui.widgets.evidence_row import HashCheck, RowState
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


@pytest.fixture
def desk(untrained: Folders, qtbot: QtBot) -> Iterator[Desk]:
    made = Desk(untrained)
    yield made
    made.session.shut_down()


@pytest.fixture
def case(desk: Desk, qtbot: QtBot, tmp_path: Path) -> Path:
    """An empty case, open."""
    folder = tmp_path / "case"
    with qtbot.waitSignal(desk.session.case_opened, timeout=PATIENCE_MS):
        desk.session.open_case(folder, create=True, info=CaseInfo(case_number="7", examiner="E. Xaminer"))
    return folder


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
    desk.session.take_in(paths, analyse=False)
    wait(qtbot, lambda: at_rest(desk) and len(desk.session.items) >= len(paths))


def test_files_handed_in_are_analysed_and_the_table_tells_the_outcome(desk, case, qtbot, tmp_path):
    path = clip(tmp_path)
    desk.view.files_added.emit([path])
    wait(qtbot, lambda: at_rest(desk) and desk.rows() and desk.rows()[0].summary is not None)
    (row,) = desk.rows()
    assert (row.path, row.state, row.evidence_id) == (path, RowState.DONE, 1)
    assert (row.summary.n_persons, row.summary.top_score) == (0, None)
    assert row.summary.warnings == (), "a video without faces is no failure"
    assert desk.session.jobs.statuses()[0].label == "Analyse clip.mp4"
    seen = {row.state for call in desk.view.set_rows.call_args_list for row in call.args[0]}
    assert seen >= {RowState.RUNNING, RowState.DONE}
    wait(qtbot, lambda: not desk.queue().is_busy and desk.n_unfinished() == 0)
    assert desk.failures == []


def test_bad_input_is_listed_with_its_reason_and_loses_nothing(desk, case, qtbot, tmp_path):
    """A text file, sound, a cut-off video, a folder without media, a file that is not there, a file that may not be
    read; and a good video among them."""
    (tmp_path / "empty").mkdir()
    (tmp_path / "notes.txt").write_text("no video")
    cut = clip(tmp_path, "cut.mp4", 60)
    cut.write_bytes(cut.read_bytes()[: cut.stat().st_size // 2])
    good = clip(tmp_path, "good.mp4")
    locked = clip(tmp_path, "locked.mp4")
    locked.chmod(0)
    bad = [tmp_path / "notes.txt", write_sound(tmp_path / "sound.wav"), cut, tmp_path / "empty", tmp_path / "gone.mp4"]
    if os.geteuid():
        bad.append(locked)
    reports = []
    desk.session.refused.connect(reports.append)
    desk.session.take_in([*bad, good], analyse=False)
    wait(qtbot, lambda: at_rest(desk) and len(desk.rows()) == len(bad) + 1 and len(reports) == len(bad))
    first, *refused = desk.rows()
    assert (first.path, first.state) == (good, RowState.WAITING)
    assert [row.path for row in refused] == bad
    assert {row.state for row in refused} == {RowState.REFUSED}
    assert all(row.reason and row.next_step for row in refused)
    assert [report.path for report in reports] == bad
    desk.messages.show_warning.assert_called_once()
    assert f"{len(bad)}" in desk.messages.show_warning.call_args.args[0], "told once, not once for each"
    wait(qtbot, lambda: desk.n_unfinished() == 1)
    locked.chmod(0o600)

    desk.view.dismiss_asked.emit([bad[0], bad[3]])
    wait(qtbot, lambda: len(desk.rows()) == len(bad) - 1)
    assert bad[0] not in [row.path for row in desk.rows()]
    with CaseFile.open(case, create=False) as stored:
        lines = [line for line in stored.audit() if line.action == "refusal dismissed"]
        assert [line.actor for line in lines] == ["E. Xaminer"] * 2
    assert desk.failures == []


def test_files_left_out_of_a_folder_are_told(desk, case, qtbot, tmp_path):
    folder = tmp_path / "seized"
    folder.mkdir()
    clip(folder)
    (folder / "notes.txt").write_text("no video")
    desk.session.take_in([folder], analyse=False)
    wait(qtbot, lambda: at_rest(desk) and len(desk.rows()) == 2)
    row = desk.rows()[1]
    assert (row.path, row.state) == (folder, RowState.REFUSED)
    assert "1 .txt" in row.reason
    desk.messages.show_error.assert_called_once()
    assert desk.messages.show_error.call_args.args[0].next_step == "add them by name to have them tried"


def test_what_was_interrupted_is_offered_and_goes_on_in_one_click(desk, case, qtbot, tmp_path):
    taken_in(desk, qtbot, clip(tmp_path, "a.mp4"), clip(tmp_path, "b.mp4"), clip(tmp_path, "c.mp4"))
    desk.session.close_case()
    with CaseFile.open(case, create=False) as stored:
        stored.set_state(1, EvidenceState.RUNNING)
        stored.set_state(3, EvidenceState.FAILED, f"{tmp_path / 'c.mp4'}: the disk is full. Free some space.")
    with qtbot.waitSignal(desk.session.case_opened, timeout=PATIENCE_MS):
        desk.session.open_case(case)
    assert states(desk) == [RowState.INTERRUPTED, RowState.WAITING, RowState.FAILED]
    assert (desk.rows()[2].reason, desk.rows()[2].next_step) == ("the disk is full", "Free some space")
    assert desk.n_unfinished() == 2
    desk.view.resume_all_asked.emit()
    wait(qtbot, lambda: at_rest(desk) and states(desk)[:2] == [RowState.DONE] * 2)
    wait(qtbot, lambda: desk.n_unfinished() == 0)
    assert states(desk)[2] is RowState.FAILED, "what failed is not tried again by itself"


def test_the_queue_can_be_paused_reordered_and_stopped(desk, case, qtbot, tmp_path):
    taken_in(desk, qtbot, *(clip(tmp_path, f"{name}.mp4") for name in "abc"))
    desk.view.pause_asked.emit()
    desk.view.analyse_asked.emit([1, 2, 3])
    wait(qtbot, lambda: states(desk) == [RowState.QUEUED] * 3)
    desk.view.front_asked.emit(3)
    wait(qtbot, lambda: [row.queue_place for row in desk.rows()] == [2, 3, 1])
    wait(qtbot, lambda: desk.queue().waiting == ("c.mp4", "a.mp4", "b.mp4") and desk.queue().is_paused)
    desk.view.cancel_asked.emit([1])
    wait(qtbot, lambda: states(desk) == [RowState.WAITING, RowState.QUEUED, RowState.QUEUED])
    desk.view.resume_asked.emit()
    wait(qtbot, lambda: at_rest(desk) and states(desk) == [RowState.WAITING, RowState.DONE, RowState.DONE])
    wait(qtbot, lambda: desk.n_unfinished() == 1 and not desk.queue().is_paused)


def test_stopping_everything_keeps_what_was_not_yet_taken_in(desk, case, qtbot, tmp_path):
    first, second = clip(tmp_path, "a.mp4"), clip(tmp_path, "b.mp4")
    desk.session.take_in([first], analyse=False)
    desk.session.take_in([second], analyse=False)
    desk.view.cancel_all_asked.emit()
    wait(qtbot, lambda: at_rest(desk) and second in [row.path for row in desk.rows()])
    row = next(row for row in desk.rows() if row.path == second)
    assert (row.state, row.reason) == (RowState.REFUSED, STOPPED)


def test_a_part_is_analysed(desk, case, qtbot, tmp_path):
    taken_in(desk, qtbot, clip(tmp_path, n_pictures=50))
    part = TimeRange(start=Fraction(1), end=Fraction(3, 2))
    desk.view.range_chosen.emit(1, part)
    wait(qtbot, lambda: at_rest(desk) and states(desk) == [RowState.DONE])
    with CaseFile.open(case, create=False) as stored:
        assert stored.run(1).time_range == part


def test_hashes_are_checked_again_and_the_custody_log_says_so(desk, case, qtbot, tmp_path):
    paths = [clip(tmp_path, f"{name}.mp4", n) for n, name in enumerate(("same", "changed", "gone"), 5)]
    taken_in(desk, qtbot, *paths)
    with paths[1].open("ab") as stream:
        stream.write(b"\0")
    paths[2].unlink()
    desk.view.hash_check_asked.emit([1, 2, 3])
    ended = {HashCheck.UNCHANGED, HashCheck.CHANGED, HashCheck.UNREADABLE}
    wait(qtbot, lambda: at_rest(desk) and {row.hash_check for row in desk.rows()} == ended)
    assert [row.hash_check for row in desk.rows()] == [HashCheck.UNCHANGED, HashCheck.CHANGED, HashCheck.UNREADABLE]
    desk.messages.show_success.assert_called_once()
    assert [failure.path for failure in desk.failures] == paths[1:]
    assert all(failure.next_step for failure in desk.failures)
    desk.view.custody_asked.emit()
    wait(qtbot, lambda: desk.view.set_custody.called)
    entries, problems = desk.view.set_custody.call_args.args
    assert problems == []
    outcomes = [line.detail.rpartition(": ")[2] for line in entries if line.action == "hash checked"]
    assert outcomes[0] == "unchanged since intake"
    assert outcomes[1].startswith("CHANGED since intake, now ")
    assert outcomes[2].startswith("cannot be read")


def test_a_changed_file_is_not_analysed_and_says_why(desk, case, qtbot, tmp_path):
    path = clip(tmp_path)
    taken_in(desk, qtbot, path)
    shutil.copy(clip(tmp_path, "other.mp4", 9), path)
    desk.view.analyse_asked.emit([1])
    wait(qtbot, lambda: at_rest(desk) and states(desk) == [RowState.FAILED])
    (row,) = desk.rows()
    assert (row.reason, row.next_step) == (
        "the file is no longer the one taken in",
        "restore it, or take it in anew",
    )
    assert [failure.what for failure in desk.failures] == [row.reason]


def test_a_case_at_which_another_analysis_works_is_named_and_stays_whole(desk, case, qtbot, tmp_path):
    taken_in(desk, qtbot, clip(tmp_path))
    with CaseFile.open(case, create=False) as other_program:
        other_program.claim()
        desk.view.analyse_asked.emit([1])
        wait(qtbot, lambda: at_rest(desk) and states(desk) == [RowState.FAILED])
        assert desk.rows()[0].reason == "another analysis is at work on this case"
        assert desk.rows()[0].next_step
    desk.view.analyse_asked.emit([1])
    wait(qtbot, lambda: at_rest(desk) and states(desk) == [RowState.DONE])


def test_notes_are_kept_removed_and_brought_back(desk, case, qtbot):
    def notes():
        return [entry.action for entry in desk.view.set_notes.call_args.args[0]]

    desk.view.note_written.emit("Seal 4471 unbroken.")
    wait(qtbot, lambda: notes() == [WriteNote(text="Seal 4471 unbroken.")])
    with qtbot.waitSignal(desk.session.review_changed):
        desk.view.note_removed.emit(desk.session.review.notes(None)[0].id)
    assert notes() == []
    with qtbot.waitSignal(desk.session.review_changed):
        desk.session.undo_stack.undo()
    assert notes() == [WriteNote(text="Seal 4471 unbroken.")]


def test_facts_of_the_case_are_saved_and_what_is_typed_is_handed_in_at_closing(desk, case, qtbot):
    assert desk.view.set_info.call_args.args[0].case_number == "7"
    info = CaseInfo(case_number="8/26", title="Typed", questions=("Who?",))
    desk.view.commit_edits.side_effect = lambda: desk.view.info_changed.emit(info)
    desk.session.close_case()
    desk.view.clear.assert_called()
    with qtbot.waitSignal(desk.session.case_opened, timeout=PATIENCE_MS):
        desk.session.open_case(case)
    assert desk.session.info == info


def test_on_a_full_disk_nothing_that_was_saved_is_lost_and_saving_can_be_tried_again(desk, case, qtbot):
    def limit(pages: int) -> None:
        done = []
        desk.session.case.ask(lambda c: c._conn.execute(f"PRAGMA max_page_count = {pages}").fetchall(), done.append)
        wait(qtbot, lambda: done)

    desk.view.note_written.emit("kept")
    wait(qtbot, lambda: len(desk.session.review.notes(None)) == 1)
    limit(1)
    desk.view.note_written.emit("x" * 300_000)
    wait(qtbot, lambda: len(desk.failures) == 1)
    info = CaseInfo(title="y" * 300_000)
    desk.view.info_changed.emit(info)
    wait(qtbot, lambda: len(desk.failures) == 2)
    assert {failure.what for failure in desk.failures} == {"the disk is full"}
    assert all(failure.next_step for failure in desk.failures)
    assert [e.action.text for e in desk.view.set_notes.call_args.args[0]] == ["kept"]
    limit(1_000_000)
    desk.view.info_changed.emit(info)
    with qtbot.waitSignal(desk.session.info_changed, timeout=PATIENCE_MS):
        pass
    with CaseFile.open(case, create=False) as stored:
        assert stored.case_info() == info
        assert [entry.action.text for entry in stored.decisions()] == ["kept"]


def test_items_and_folders_are_handed_on(desk, case, qtbot, tmp_path):
    chosen = []
    desk.controller.item_chosen.connect(chosen.append)
    desk.view.item_chosen.emit(4)
    desk.view.folder_asked.emit(tmp_path / "clip.mp4")
    assert (chosen, desk.folders_shown) == ([4], [tmp_path])


def test_jobs_of_another_case_do_not_show_up(desk, case, qtbot, tmp_path):
    path = clip(tmp_path)
    desk.session.take_in([path])
    wait(qtbot, lambda: at_rest(desk) and states(desk) == [RowState.DONE])
    path.unlink()
    desk.view.analyse_asked.emit([1])
    wait(qtbot, lambda: at_rest(desk) and states(desk) == [RowState.FAILED])
    with qtbot.waitSignal(desk.session.case_opened, timeout=PATIENCE_MS):
        desk.session.open_case(tmp_path / "other", create=True)
    assert desk.rows() == ()
    taken_in(desk, qtbot, clip(tmp_path, "b.mp4"))
    wait(qtbot, lambda: states(desk) == [RowState.WAITING])
    assert desk.rows()[0].reason == ""
