"""The session on a real case: intake, analysis, decisions that are saved at once, undone, and kept over a restart."""

import shutil
from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from app.preferences import load_preferences
from app.session import Session
from app.settings import Folders
from core.casefile.store import CaseFile
from core.domain.evidence import EvidenceState
from core.domain.preferences import Preferences
from core.domain.report import CaseInfo
from core.domain.review import IgnoreTracks, Retract, WriteNote
from core.domain.time import TimeRange
from tests.builders_media import ClipSpec, write_clip

CLIP = Path("resources/demo/swap.mp4").absolute()
PATIENCE_MS = 120_000


@pytest.fixture
def session(untrained: Folders, qtbot: QtBot) -> Iterator[Session]:
    made = Session(untrained, Preferences(frames_per_person=2, device="cpu"))
    made.failures = []
    made.failed.connect(made.failures.append)
    yield made
    made.shut_down()


def opened(session: Session, qtbot: QtBot, folder: Path) -> Session:
    with qtbot.waitSignal(session.case_opened, timeout=PATIENCE_MS):
        session.open_case(folder, create=True, info=CaseInfo(case_number="7", examiner="E. Xaminer"))
    return session


def test_a_clip_taken_in_is_hashed_and_analysed_and_the_case_holds_it(session, qtbot, tmp_path):
    opened(session, qtbot, tmp_path / "case")
    with qtbot.waitSignal(session.result_changed, timeout=PATIENCE_MS):
        session.evidence.take_in([CLIP])
    assert session.failures == []
    (item,) = session.items
    assert (item.item.path, item.state) == (CLIP, EvidenceState.DONE)
    results = []
    session.result(item.id, results.append)
    qtbot.waitUntil(lambda: bool(results))
    first, *others = results[0].persons
    with CaseFile.open(tmp_path / "case", create=False) as case:
        basis = case.run_basis(item.id)
        assert basis is not None and f"analyze {CLIP}" in basis.manifest.command
        log = case.audit()
        assert "evidence taken in" in [line.action for line in log]
        assert {line.actor for line in log} == {"E. Xaminer"}
        status = case.check_log()
        assert status.is_whole and status.bound_late == ()

    with qtbot.waitSignal(session.result_changed, timeout=PATIENCE_MS):
        session.decide(IgnoreTracks(evidence_id=item.id, track_ids=first.track_ids))
    session.result(item.id, results.append)
    qtbot.waitUntil(lambda: len(results) == 2)
    assert [p.scores for p in results[1].persons] == [p.scores for p in others], "an ignored track is no person"
    with qtbot.waitSignal(session.result_changed, timeout=PATIENCE_MS):
        session.undo_stack.undo()
    session.result(item.id, results.append)
    qtbot.waitUntil(lambda: len(results) == 3)
    assert [p.scores for p in results[2].persons] == [p.scores for p in results[0].persons]


def test_what_cannot_be_evidence_is_refused_by_name_and_the_rest_is_taken_in(session, qtbot, tmp_path):
    text = tmp_path / "notes.txt"
    text.write_text("no picture")
    clip = write_clip(tmp_path / "clip.mp4", ClipSpec(n_pictures=5))
    opened(session, qtbot, tmp_path / "case")
    refused = []
    session.refused.connect(refused.append)
    with qtbot.waitSignal(session.intake.finished, timeout=PATIENCE_MS):
        session.evidence.take_in([text, clip], analyse=False)
    qtbot.waitUntil(lambda: len(session.items) == 1)
    assert [e.path for e in refused] == [text] and refused[0].next_step
    assert session.items[0].state is EvidenceState.QUEUED


def test_decisions_are_on_the_disk_at_once_and_can_be_undone_after_a_restart(session, qtbot, tmp_path):
    opened(session, qtbot, tmp_path / "case")
    with qtbot.waitSignal(session.review_changed):
        session.decide(WriteNote(text="kept"))
    with CaseFile.open(tmp_path / "case", create=False) as other_program:
        assert [e.action for e in other_program.decisions()] == [WriteNote(text="kept")]
        assert other_program.decisions()[0].actor == "E. Xaminer"
    with qtbot.waitSignal(session.review_changed):
        session.decide(Retract(action_id=session.entries[0].id))
    assert session.review.notes(None) == ()
    session.close_case()
    opened(session, qtbot, tmp_path / "case")
    assert session.undo_stack.count() == 2 and session.undo_stack.canUndo()
    with qtbot.waitSignal(session.review_changed):
        session.undo_stack.undo()
    assert [e.action.text for e in session.review.notes(None)] == ["kept"]
    with qtbot.waitSignal(session.review_changed):
        session.undo_stack.undo()
    with qtbot.waitSignal(session.review_changed):
        session.undo_stack.redo()
    assert [e.action.text for e in session.review.notes(None)] == ["kept"]
    assert session.failures == []


def test_a_decision_that_cannot_be_saved_says_so_and_leaves_the_stack(session, qtbot, tmp_path):
    opened(session, qtbot, tmp_path / "case")
    other = CaseFile.open(tmp_path / "case", create=False)
    other._conn.execute("CREATE TRIGGER full BEFORE INSERT ON review BEGIN SELECT RAISE(ABORT, 'disk is full'); END")
    other.close()
    with qtbot.waitSignal(session.failed):
        session.decide(WriteNote(text="lost?"))
    assert session.review.notes(None) == ()
    session.undo_stack.undo()
    assert session.undo_stack.count() == 0


@pytest.mark.parametrize("content", [b"", b"not a database at all, but long enough to look at" * 100])
def test_a_case_that_cannot_be_opened_is_named_with_a_next_step(session, qtbot, tmp_path, content):
    (tmp_path / "case").mkdir()
    (tmp_path / "case" / "case.sqlite").write_bytes(content)
    with qtbot.waitSignal(session.failed):
        session.open_case(tmp_path / "case")
    (error,) = session.failures
    assert error.next_step and not error.is_bug and str(error.path).startswith(str(tmp_path / "case"))
    assert session.case_folder is None
    assert (tmp_path / "case" / "case.sqlite").read_bytes() == content


def test_opened_cases_are_remembered_for_the_next_start(session, qtbot, tmp_path):
    opened(session, qtbot, tmp_path / "first")
    opened(session, qtbot, tmp_path / "second")
    assert load_preferences(session.folders).recent_cases == (tmp_path / "second", tmp_path / "first")


def test_a_new_gallery_is_bound_to_the_default_embedder(session, qtbot, tmp_path):
    with qtbot.waitSignal(session.gallery_changed, timeout=PATIENCE_MS):
        session.open_gallery(tmp_path / "people.db", create=True)
    names = []
    session.gallery.ask(lambda gallery: gallery.embedder_id, names.append)
    qtbot.waitUntil(lambda: bool(names))
    assert names[0].startswith("dlib-resnet-v1:")


def test_a_case_is_open_in_one_window_at_a_time(session, untrained, qtbot, tmp_path):
    opened(session, qtbot, tmp_path / "case")
    other = Session(untrained, Preferences())
    refused = []
    other.failed.connect(refused.append)
    other.open_case(tmp_path / "case")
    qtbot.waitUntil(lambda: bool(refused))
    assert refused[0].what == "the case is open in another window" and other.case_folder is None
    session.shut_down()
    with qtbot.waitSignal(other.case_opened, timeout=PATIENCE_MS):
        other.open_case(tmp_path / "case")
    other.shut_down()


def test_a_decision_does_not_replace_an_analysis_made_with_other_settings(session, qtbot, tmp_path):
    opened(session, qtbot, tmp_path / "case")
    clips = [write_clip(tmp_path / f"{name}.mp4", ClipSpec(n_pictures=20)) for name in "ab"]
    for clip, frames in zip(clips, (1, 2), strict=True):
        session.set_preferences(replace(session.preferences, frames_per_person=frames))
        with qtbot.waitSignal(session.result_changed, timeout=PATIENCE_MS):
            session.evidence.take_in([clip])
    first, _ = session.items
    with CaseFile.open(tmp_path / "case", create=False) as case:
        before = case.run(first.id)
    session.set_preferences(replace(session.preferences, frames_per_person=3))
    with qtbot.waitSignal(session.result_changed, timeout=PATIENCE_MS):
        session.analyse(first.id)  # what a decision asks for: by the item's own settings
    with CaseFile.open(tmp_path / "case", create=False) as case:
        assert case.run(first.id) == before and session.failures == []
        basis = case.run_basis(first.id)
        assert dict(basis.manifest.config)["frames_per_person"] == "1"
        made = replace(basis.manifest, config=(*basis.manifest.config, ("frames_per_person", "9")))
        case.add_run_basis(replace(basis, manifest=made))
    with qtbot.waitSignal(session.result_changed, timeout=PATIENCE_MS):  # so that the next one is of the next analysis
        session.analyse(first.id)
    assert "other settings" in session.failures[0].what and "a.mp4" in session.failures[0].what
    assert "Analyse again" in session.failures[0].next_step
    with CaseFile.open(tmp_path / "case", create=False) as case:
        assert case.run(first.id) == before and case.result(first.id) is not None
    with qtbot.waitSignal(session.result_changed, timeout=PATIENCE_MS):
        session.analyse(first.id, anew=True)
    with CaseFile.open(tmp_path / "case", create=False) as case:
        assert case.run(first.id) != before
    session.failures.clear()


def test_a_part_that_is_asked_for_takes_the_place_of_an_analysis_that_waits(session, qtbot, tmp_path):
    opened(session, qtbot, tmp_path / "case")
    session.jobs.pause()
    clip = write_clip(tmp_path / "a.mp4", ClipSpec(n_pictures=20))
    session.evidence.take_in([clip])
    qtbot.waitUntil(lambda: bool(session.items) and session.jobs.is_busy, timeout=PATIENCE_MS)
    (item,) = session.items
    session.analyse(item.id)
    assert len(session.jobs.waiting_ids()) == 1, "queued once"
    part = TimeRange(start=Fraction(1, 5), end=Fraction(2, 5))
    session.analyse(item.id, part)
    assert len(session.jobs.waiting_ids()) == 1
    with qtbot.waitSignal(session.result_changed, timeout=PATIENCE_MS):
        session.jobs.resume()
    qtbot.waitUntil(lambda: session.items[0].state is EvidenceState.DONE, timeout=PATIENCE_MS)
    with CaseFile.open(tmp_path / "case", create=False) as case:
        assert case.run(item.id).time_range == part
        basis = case.run_basis(item.id)
        assert basis is not None
        assert f"--from {1 / 5:.6f} --to {2 / 5:.6f}" in basis.manifest.command


def test_a_decision_does_not_exchange_the_candidates_of_the_gallery_that_was_searched(
    session, qtbot, tmp_path, analysed_part
):
    shutil.copytree(analysed_part.folder, tmp_path / "case")
    opened(session, qtbot, tmp_path / "case")
    (item,) = session.items
    assert session.gallery_path is None
    session.analyse(item.id)  # what a decision asks for
    qtbot.waitUntil(lambda: bool(session.failures), timeout=PATIENCE_MS)
    assert (
        session.failures[0].what == "swap.mp4 was searched in “gallery.db”, and none is open; its candidates are kept"
    )
    with CaseFile.open(tmp_path / "case", create=False) as case:
        found = case.outline(item.id)
    assert found.persons[0].findings[0].search.candidates == (
        analysed_part.result.persons[0].findings[0].search.candidates
    )
    session.failures.clear()


def test_a_file_handed_in_twice_is_one_item_and_that_is_said(session, qtbot, tmp_path):
    clip = write_clip(tmp_path / "clip.mp4", ClipSpec(n_pictures=5))
    opened(session, qtbot, tmp_path / "case")
    said, refused = [], []
    session.was_there.connect(said.append)
    session.refused.connect(refused.append)
    for _ in range(2):
        with qtbot.waitSignal(session.intake.finished, timeout=PATIENCE_MS):
            session.evidence.take_in([clip], analyse=False)
    qtbot.waitUntil(lambda: bool(said))
    assert said == [clip] and refused == [], "there is nothing to be mended"
    qtbot.waitUntil(lambda: len(session.items) > 0, timeout=PATIENCE_MS)
    assert len(session.items) == 1


def test_where_nobody_is_named_the_account_stands_in_the_log(session, qtbot, tmp_path, monkeypatch):
    monkeypatch.setenv("LOGNAME", "lab-pc")
    with qtbot.waitSignal(session.case_opened, timeout=PATIENCE_MS):
        session.open_case(tmp_path / "case", create=True, info=CaseInfo(title="nobody examines"))
    with qtbot.waitSignal(session.review_changed):
        session.decide(WriteNote(text="kept"))
    session.set_info(CaseInfo(examiner="E. Xaminer"))
    with qtbot.waitSignal(session.review_changed):
        session.decide(WriteNote(text="kept, too"))
    with CaseFile.open(tmp_path / "case", create=False) as case:
        assert [(line.actor, line.action) for line in case.audit()] == [
            ("lab-pc", "case facts entered"),
            ("lab-pc", "case made"),
            ("lab-pc", "decision"),
            ("E. Xaminer", "case facts entered"),
            ("E. Xaminer", "decision"),
        ]
