"""Looking at candidates leaves an entry in the custody log, once, without names."""

import pytest
from builders_person_case import person_case
from case_desk import PATIENCE_MS

from app.controllers.person import PersonController
from app.controllers.viewing import VIEWED, ViewingLog
from app.session import Session
from core.casefile.store import CaseFile
from core.domain.preferences import Preferences
from ui.widgets.person_panel import PersonPanel


@pytest.fixture
def folder(tmp_path):
    person_case(tmp_path / "case")
    return tmp_path / "case"


@pytest.fixture(params=[False, True], ids=["names at once", "observations first"])
def bench(request, untrained, qtbot, folder):
    session = Session(untrained, Preferences(examiner="E. Xaminer", observations_first=request.param))
    panel = PersonPanel()
    qtbot.addWidget(panel)
    persons = PersonController(session, panel)
    log = ViewingLog(session, persons, panel)
    with qtbot.waitSignal(session.case_opened, timeout=PATIENCE_MS):
        session.open_case(folder)
    persons.set_item(1)
    qtbot.waitUntil(lambda: persons.person is not None, timeout=PATIENCE_MS)
    panel.show()
    yield request.param, session, panel, log
    session.shut_down()


def viewed(folder):
    with CaseFile.open(folder, create=False) as case:
        return [line for line in case.audit() if line.action == VIEWED]


def test_candidates_in_view_are_logged_once_and_hidden_ones_are_not(bench, folder, qtbot):
    asks_first, session, panel, _ = bench
    for _ in range(3):
        panel.tabs().setCurrentIndex(2)
        qtbot.wait(50)
        panel.tabs().setCurrentIndex(0)
    if asks_first:
        assert not panel.candidates.shows_names
        panel.tabs().setCurrentIndex(2)
        with qtbot.waitSignal(panel.candidates.section_shown, timeout=PATIENCE_MS):
            panel.observed.emit("The ears do not move with the face.")
    qtbot.waitUntil(lambda: not panel.candidates._coming, timeout=PATIENCE_MS)
    n_sections = sum(bool(view.section.rows) for view in panel.candidates.section_views())
    names = [row.name for view in panel.candidates.section_views() for row in view.section.rows]
    session.shut_down()
    lines = viewed(folder)
    assert len(lines) == n_sections > 0
    assert {line.actor for line in lines} == {session.actor}
    assert all("gallery no. " in line.detail and "person 1 (track " in line.detail for line in lines)
    assert names and not any(name in line.detail for name in names for line in lines)
    with CaseFile.open(folder, create=False) as case:
        first = [line.action for line in case.audit()].index(VIEWED)
        assert not asks_first or "decision" in [line.action for line in case.audit()][:first]
