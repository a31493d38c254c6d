"""Bad input, changed files, locked cases and full disks behind the case page: told, and nothing lost."""

import os
import shutil

from builders_media import write_sound
from case_desk import PATIENCE_MS, at_rest, clip, states, taken_in, wait

from app.case_jobs import STOPPED
from core.casefile.store import CaseFile
from core.domain.report import CaseInfo
from ui.widgets.evidence_row import HashCheck, RowState


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
    desk.session.evidence.take_in([*bad, good], analyse=False)
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
    desk.session.evidence.take_in([folder], analyse=False)
    wait(qtbot, lambda: at_rest(desk) and len(desk.rows()) == 2)
    row = desk.rows()[1]
    assert (row.path, row.state) == (folder, RowState.REFUSED)
    assert "1 .txt" in row.reason
    desk.messages.show_error.assert_called_once()
    assert desk.messages.show_error.call_args.args[0].next_step == "add them by name to have them tried"


def test_stopping_everything_keeps_what_was_not_yet_taken_in(desk, case, qtbot, tmp_path):
    first, second = clip(tmp_path, "a.mp4"), clip(tmp_path, "b.mp4")
    desk.session.evidence.take_in([first], analyse=False)
    desk.session.evidence.take_in([second], analyse=False)
    desk.view.cancel_all_asked.emit()
    wait(qtbot, lambda: at_rest(desk) and second in [row.path for row in desk.rows()])
    row = next(row for row in desk.rows() if row.path == second)
    assert (row.state, row.reason) == (RowState.REFUSED, STOPPED)


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
    entries, status = desk.view.set_custody.call_args.args
    assert status.is_whole and status.signature_words == "unsigned"
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
