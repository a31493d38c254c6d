"""Analysing again what people have decided on: asked first, and what they decided falls on nobody else."""

from dataclasses import replace
from pathlib import Path

from case_desk import Desk, at_rest, clip, taken_in, wait
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from core.casefile.store import CaseFile
from core.domain.evidence import EvidenceState
from core.domain.review import WriteNote
from ui.dialogs.confirm import ConfirmDialog


def questions() -> list[ConfirmDialog]:
    return [w for w in QApplication.topLevelWidgets() if isinstance(w, ConfirmDialog) and w.isVisible()]


def key_of(folder: Path) -> str:
    with CaseFile.open(folder, create=False) as case:
        run = case.run(1)
        assert run is not None
        return run.run_key


def test_a_new_analysis_of_what_was_decided_on_is_asked_for_and_sets_that_aside(
    desk: Desk, case: Path, qtbot: QtBot, tmp_path: Path
) -> None:
    session = desk.session
    taken_in(desk, qtbot, clip(tmp_path, "a.mp4"))
    desk.view.analyse_asked.emit([1])
    wait(qtbot, lambda: at_rest(desk) and session.items[0].state is EvidenceState.DONE)
    assert questions() == [], "nobody decided anything"
    before = key_of(case)
    session.decide(WriteNote(evidence_id=1, track_id=1, text="Reviewed"))
    wait(qtbot, lambda: session.review.entries)
    session.set_preferences(replace(session.preferences, frames_per_person=2))

    desk.view.analyse_asked.emit([1])
    (question,) = questions()
    question.reject()
    assert at_rest(desk) and key_of(case) == before

    desk.view.analyse_asked.emit([1])
    (question,) = questions()
    question.accept()
    wait(qtbot, lambda: at_rest(desk) and key_of(case) != before)
    wait(qtbot, lambda: session.review.entries == () and len(session.review.earlier) == 1)
    desk.view.analyse_asked.emit([1])
    assert questions() == [], "what is set aside already is no reason to ask"
    wait(qtbot, lambda: at_rest(desk))
    assert desk.failures == []
