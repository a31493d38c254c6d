"""The case page's controller on real cases and small real media; only the page itself is a stand-in."""

from fractions import Fraction
from threading import Event

from case_desk import PATIENCE_MS, at_rest, clip, states, taken_in, wait

from app.case_jobs import TakenIn
from app.workers.jobs import Job
from core.casefile.store import CaseFile
from core.domain.events import Progress
from core.domain.evidence import EvidenceState
from core.domain.report import CaseInfo
from core.domain.review import WriteNote
from core.domain.time import TimeRange
from ui.widgets.evidence_row import RowState


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


def test_a_part_is_analysed(desk, case, qtbot, tmp_path):
    taken_in(desk, qtbot, clip(tmp_path, n_pictures=50))
    part = TimeRange(start=Fraction(1), end=Fraction(3, 2))
    desk.view.range_chosen.emit(1, part)
    wait(qtbot, lambda: at_rest(desk) and states(desk) == [RowState.DONE])
    with CaseFile.open(case, create=False) as stored:
        assert stored.run(1).time_range == part


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


def test_items_and_folders_are_handed_on(desk, case, qtbot, tmp_path):
    chosen = []
    desk.controller.item_chosen.connect(chosen.append)
    desk.view.item_chosen.emit(4)
    desk.view.folder_asked.emit(tmp_path / "clip.mp4")
    assert (chosen, desk.folders_shown) == ([4], [tmp_path])


def test_jobs_of_another_case_do_not_show_up(desk, case, qtbot, tmp_path):
    path = clip(tmp_path)
    desk.session.evidence.take_in([path])
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


def test_files_that_are_in_the_case_already_are_counted_as_information_apart_from_refused_ones(
    desk, case, qtbot, tmp_path
):
    paths = [clip(tmp_path, "a.mp4", 5), clip(tmp_path, "b.mp4", 6)]
    taken_in(desk, qtbot, *paths)
    desk.session.evidence.take_in([*paths, tmp_path / "gone.mp4"], analyse=False)
    wait(qtbot, lambda: desk.messages.show_info.called)
    assert desk.messages.show_info.call_args.args[0] == "2 files are in the case already."
    desk.messages.show_warning.assert_not_called()
    assert desk.messages.show_error.call_args.args[0].path == tmp_path / "gone.mp4"
    desk.messages.show_info.reset_mock()
    desk.session.evidence.take_in(paths[:1], analyse=False)
    wait(qtbot, lambda: desk.messages.show_info.called)
    assert desk.messages.show_info.call_args.args[0] == "a.mp4 is in the case already."


def test_progress_touches_the_rows_at_work_alone(desk, case, qtbot, tmp_path):
    taken_in(desk, qtbot, *(clip(tmp_path, f"{name}.mp4") for name in "abc"))
    wait(qtbot, lambda: len(states(desk)) == 3)
    gate, told = Event(), []

    def working(room, cancel):
        for done in range(1, 6):
            yield Progress(stage="scan", done=done, total=5, unit="s")
            told.append(done)
            gate.wait(60)

    job = Job(label="Analyse b.mp4", run=working, evidence_id=2)
    desk.session.jobs.add(job)
    wait(qtbot, lambda: states(desk)[1] is RowState.RUNNING and told)
    qtbot.wait(400)
    desk.view.set_rows.reset_mock()
    desk.view.update_rows.reset_mock()
    desk.session.jobs.changed.emit()
    wait(qtbot, lambda: desk.view.update_rows.called)
    assert [row.evidence_id for row in desk.view.update_rows.call_args.args[0]] == [2]
    desk.view.set_rows.assert_not_called()
    gate.set()
    wait(qtbot, lambda: at_rest(desk) and desk.view.set_rows.called)


def test_many_small_files_are_read_into_the_list_a_few_times_and_not_once_each(desk, case, qtbot, tmp_path):
    told = []
    desk.session.items_changed.connect(lambda: told.append(len(desk.session.items)))
    events = [TakenIn(evidence_id=n, path=tmp_path / f"{n}.jpg") for n in range(1, 200)]
    for event in events:
        desk.session.intake.reported.emit(1, event)
    wait(qtbot, lambda: told)
    qtbot.wait(400)
    assert len(told) == 1
