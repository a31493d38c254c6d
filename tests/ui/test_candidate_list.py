"""Names behind the examiner's own observation, verdicts by mouse and by keyboard, words as in the report."""

from __future__ import annotations

from dataclasses import replace

import pytest
from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QLabel, QPlainTextEdit, QPushButton, QWidget
from pytestqt.qtbot import QtBot

from core.domain.identity import Decision, Role
from core.domain.review import Verdict
from tests.builders_report_parts import png, portrait
from ui.imaging import picture_from_png
from ui.person_words import CandidateSection, CandidateWords, StatementWords, VerdictWords, WrittenWords
from ui.widgets.candidate_list import CandidateList
from ui.widgets.candidate_row import CandidateRow

PERSON, OTHER = (1, 1), (1, 4)
SEEN = WrittenWords(action_id=5, text="The left ear has a notch.", given="M. Weber, 14 March 2026, 09:40 UTC")
GIVEN = "M. Weber, 14 March 2026, 09:41 UTC"


def candidate(rank: int, name: str, score: float) -> CandidateWords:
    side = "at or above" if score >= 0.42 else "below"
    return CandidateWords(
        person_id=40 + rank,
        rank=rank,
        name=name,
        number=f"no. {40 + rank} of the gallery",
        score=score,
        score_text=f"{score:.3f}",
        is_above=score >= 0.42,
        side=f"{side} the threshold 0.420, false match rate 0.08 %",
        thumbnail_png=png(portrait("hopper")) if rank == 1 else b"",
    )


def section(role: Role | None) -> CandidateSection:
    statement = StatementWords(
        question=f"Whom does the recovered {role} resemble?",
        decision=Decision.SUPPORTED,
        category="Supported",
        reason="One candidate lies above the threshold.",
        search="1 candidate at or above the threshold of 0.420.",
    )
    return CandidateSection(
        role=role,
        title=f"Recovered {role}" if role else "For comparison: the face as filmed",
        headline="1 candidate at or above the threshold of 0.420.",
        statement=statement if role else None,
        caption="Ranked candidates among 1,250 enrolled people.",
        threshold=0.42,
        rows=(candidate(1, "Grace Hopper", 0.61), candidate(2, "Annie Easley", 0.2875)),
        notes=("False match rate (FMR) of one comparison: 0.08 %.",),
    )


SECTIONS = (section(Role.SOURCE), section(Role.TARGET), section(None))


@pytest.fixture
def view(qtbot: QtBot) -> CandidateList:
    made = CandidateList()
    qtbot.addWidget(made)
    made.resize(440, 700)
    made.show()
    qtbot.waitExposed(made)
    return made


@pytest.fixture
def shown(view: CandidateList, qtbot: QtBot) -> CandidateList:
    view.set_person(PERSON, SECTIONS, {}, SEEN, ask_first=True)
    qtbot.waitUntil(lambda: len(view.rows()) == 6)
    return view


def words(widget: QWidget) -> str:
    """All that can be read now."""
    return "\n".join(label.text() for label in widget.findChildren(QLabel) if label.isVisibleTo(widget))


def button(widget: QWidget, text: str) -> QPushButton:
    return next(b for b in widget.findChildren(QPushButton) if b.text() == text and b.isVisibleTo(widget))


def field(view: CandidateList) -> QPlainTextEdit:
    found = view.editor().findChild(QPlainTextEdit)
    assert found is not None
    return found


def told(view: CandidateList) -> list[tuple[object, ...]]:
    said: list[tuple[object, ...]] = []
    view.judged.connect(lambda *args: said.append(args))
    view.taken_back.connect(lambda *args: said.append(args))
    view.observed.connect(lambda *args: said.append(args))
    return said


def test_no_name_and_no_photograph_is_there_before_the_observation(view: CandidateList) -> None:
    view.set_person(PERSON, SECTIONS, {}, None, ask_first=True)
    assert not view.shows_names
    assert view.rows() == ()
    assert "Write what you see first" in words(view)
    everything = " ".join(
        f"{w.accessibleName()} {w.accessibleDescription()} {w.toolTip()}" for w in view.findChildren(QWidget)
    )
    assert "Hopper" not in words(view) + everything


def test_the_observation_opens_the_list(view: CandidateList, qtbot: QtBot) -> None:
    said = told(view)
    view.set_person(PERSON, SECTIONS, {}, None, ask_first=True)
    assert not button(view, "Save").isEnabled()
    qtbot.keyClicks(field(view), "  The left ear has a notch. ")
    button(view, "Save").click()
    assert said == [("The left ear has a notch.",)]
    view.set_person(OTHER, SECTIONS, {}, None, ask_first=True)
    view.set_person(PERSON, SECTIONS, {}, None, ask_first=True)
    assert "notch" in field(view).toPlainText(), "what could not be saved is not lost"
    view.set_person(PERSON, SECTIONS, {}, SEEN, ask_first=True)
    assert view.shows_names
    qtbot.waitUntil(lambda: len(view.rows()) == 6)
    assert "The left ear has a notch." in words(view)
    assert "Grace Hopper" in words(view)


def test_ctrl_return_saves(view: CandidateList, qtbot: QtBot) -> None:
    said = told(view)
    view.set_person(PERSON, SECTIONS, {}, None, ask_first=True)
    field(view).setFocus()
    qtbot.keyClicks(field(view), "No mark")
    qtbot.keyClick(field(view), Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    assert said == [("No mark",)]


def test_no_observation_possible_is_an_answer_too(view: CandidateList) -> None:
    said = told(view)
    view.set_person(PERSON, SECTIONS, {}, None, ask_first=True)
    button(view, "No observation possible").click()
    assert said == [("No observation possible.",)]


def test_nobody_is_asked_first_where_the_preferences_say_so(view: CandidateList) -> None:
    view.set_person(PERSON, SECTIONS, {}, None, ask_first=False)
    assert view.shows_names
    assert button(view, "Write down what you see…").isVisible()


def test_what_was_typed_is_not_lost_when_something_changes(view: CandidateList, qtbot: QtBot) -> None:
    view.set_person(PERSON, SECTIONS, {}, None, ask_first=True)
    qtbot.keyClicks(field(view), "The jaw")
    view.set_person(PERSON, SECTIONS, {}, None, ask_first=True)
    assert field(view).textCursor().position() == len("The jaw")
    view.set_person(OTHER, SECTIONS, {}, None, ask_first=True)
    assert field(view).toPlainText() == ""
    view.set_person(PERSON, SECTIONS, {}, None, ask_first=True)
    assert field(view).toPlainText() == "The jaw"


def test_an_observation_can_be_written_anew_or_left(shown: CandidateList, qtbot: QtBot) -> None:
    said = told(shown)
    button(shown, "Write anew…").click()
    assert not shown.shows_names
    assert field(shown).toPlainText() == SEEN.text
    shown.set_person(PERSON, SECTIONS, {}, SEEN, ask_first=True)  # something else changed meanwhile
    assert not shown.shows_names
    button(shown, "Back").click()
    assert shown.shows_names
    button(shown, "Write anew…").click()
    field(shown).setPlainText("Both ears have a notch.")
    button(shown, "Save").click()
    assert said == [("Both ears have a notch.",)]
    shown.set_person(PERSON, SECTIONS, {}, replace(SEEN, action_id=9, text="Both ears have a notch."), ask_first=True)
    assert shown.shows_names
    assert "Both ears have a notch." in words(shown)


def test_software_ranks_people_decide_is_always_said(view: CandidateList, shown: CandidateList) -> None:
    sentence = "Software ranks candidates. People decide."
    assert sentence in words(shown)
    view.set_person(OTHER, SECTIONS, {}, None, ask_first=True)
    assert sentence in words(view)
    view.clear("No person chosen", "Choose a person.")
    assert sentence in words(view)


def test_headline_decision_scores_and_rates_are_said_in_words(shown: CandidateList) -> None:
    said = words(shown)
    for part in (
        "Whom does the recovered source resemble?",
        "One candidate lies above the threshold.",
        "1 candidate at or above the threshold of 0.420.",
        "1.  Grace Hopper",
        "0.610",
        "no. 42 of the gallery",
        "0.287",
        "below the threshold 0.420, false match rate 0.08 %",
        "For comparison: the face as filmed",
    ):
        assert part in said, part
    assert "False match rate (FMR)" not in said
    button(shown, "What stands behind these scores").click()
    assert "False match rate (FMR)" in words(shown)


@pytest.mark.parametrize(
    ("key", "text", "verdict"),
    [
        (Qt.Key.Key_C, "Confirm", Verdict.CONFIRMED),
        (Qt.Key.Key_R, "Reject", Verdict.REJECTED),
        (Qt.Key.Key_U, "Unknown", Verdict.UNKNOWN),
    ],
)
def test_keys_and_buttons_judge(shown: CandidateList, qtbot: QtBot, key: Qt.Key, text: str, verdict: Verdict) -> None:
    said = told(shown)
    target = shown.rows()[3]
    qtbot.keyClick(target, key)
    button(shown.rows()[0], text).click()
    assert said == [(Role.TARGET, 42, verdict), (Role.SOURCE, 41, verdict)]


def test_a_button_shows_what_holds_not_what_was_pressed(shown: CandidateList) -> None:
    row = shown.rows()[0]
    button(row, "Confirm").click()
    assert not button(row, "Confirm").isChecked()
    verdicts = {(Role.SOURCE, 41): VerdictWords(verdict=Verdict.CONFIRMED, given=GIVEN)}
    shown.set_person(PERSON, SECTIONS, verdicts, SEEN, ask_first=True)
    assert shown.rows()[0] is row  # nothing was built anew, the focus stays
    assert button(row, "Confirm").isChecked()
    assert row.verdict_text() == f"Confirmed by {GIVEN}"
    assert GIVEN in row.accessibleDescription()
    assert shown.rows()[2].verdict is None


def test_a_verdict_is_taken_back_by_delete_or_by_its_own_button(shown: CandidateList, qtbot: QtBot) -> None:
    verdicts = {(Role.SOURCE, 41): VerdictWords(verdict=Verdict.REJECTED, given=GIVEN)}
    shown.set_person(PERSON, SECTIONS, verdicts, SEEN, ask_first=True)
    said = told(shown)
    row = shown.rows()[0]
    qtbot.keyClick(row, Qt.Key.Key_R)  # it holds already
    qtbot.keyClick(row, Qt.Key.Key_Delete)
    button(row, "Reject").click()
    assert said == [(Role.SOURCE, 41)] * 2
    assert button(row, "Reject").isChecked()


def test_arrows_walk_over_all_roles(shown: CandidateList, qtbot: QtBot) -> None:
    rows = shown.rows()
    rows[0].setFocus()
    for _ in range(10):
        focused = next(row for row in rows if row.hasFocus())
        qtbot.keyClick(focused, Qt.Key.Key_Down)
    assert rows[-1].hasFocus()
    qtbot.keyClick(rows[-1], Qt.Key.Key_Up)
    assert rows[-2].hasFocus()


def test_nobody_judges_the_face_as_filmed(shown: CandidateList, qtbot: QtBot) -> None:
    said = told(shown)
    filmed: CandidateRow = shown.rows()[-1]
    assert filmed.findChildren(QPushButton) == []
    event = QKeyEvent(QEvent.Type.KeyPress, Qt.Key.Key_C, Qt.KeyboardModifier.NoModifier)
    filmed.keyPressEvent(event)
    assert not event.isAccepted()
    assert said == []


def test_keys_with_ctrl_are_not_verdicts(shown: CandidateList, qtbot: QtBot) -> None:
    said = told(shown)
    qtbot.keyClick(shown.rows()[0], Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    assert said == []


def test_foreign_names_are_text_and_nothing_else(view: CandidateList, qtbot: QtBot) -> None:
    hostile = replace(SECTIONS[0].rows[0], name='<img src="file:///etc/passwd"><b>Bold</b>')
    view.set_person(PERSON, (replace(SECTIONS[0], rows=(hostile,)),), {}, SEEN, ask_first=True)
    # The row is there before Qt has shown it.
    qtbot.waitUntil(lambda: '1.  <img src="file:///etc/passwd"><b>Bold</b>' in words(view))
    assert all(
        label.textFormat() == Qt.TextFormat.PlainText for label in view.findChildren(QLabel) if "<b>" in label.text()
    )


def test_candidates_are_built_one_role_at_a_time_and_only_for_eyes(view: CandidateList, qtbot: QtBot) -> None:
    verdicts = {(Role.TARGET, 42): VerdictWords(verdict=Verdict.UNKNOWN, given=GIVEN)}
    view.hide()
    view.set_person(PERSON, SECTIONS, verdicts, SEEN, ask_first=True)
    qtbot.wait(10)
    assert view.rows() == ()
    view.set_person(PERSON, SECTIONS, verdicts, SEEN, ask_first=True)
    view.show()
    qtbot.waitUntil(lambda: len(view.rows()) == 6)
    assert view.rows()[3].verdict is not None
    view.set_person(OTHER, SECTIONS, {}, None, ask_first=True)
    view.set_person(PERSON, SECTIONS, {}, SEEN, ask_first=True)
    view.set_person(OTHER, SECTIONS, {}, None, ask_first=True)
    qtbot.wait(10)
    assert view.rows() == (), "what was put off for another person stays away"


def test_alike_surroundings_are_told_apart_from_the_face(view: CandidateList, qtbot: QtBot) -> None:
    plain, raised = SECTIONS[1].rows
    raised = replace(raised, made_of="face 0.112 · surroundings 0.806", has_alike_surroundings=True)
    view.set_person(PERSON, (replace(SECTIONS[1], rows=(plain, raised)),), {}, SEEN, ask_first=True)
    qtbot.waitUntil(lambda: len(view.rows()) == 2)
    without, with_them = view.rows()
    assert "surroundings" not in words(without) + without.accessibleName()
    assert "Hair" not in without.toolTip() + without.accessibleDescription()
    assert "face 0.112 · surroundings 0.806" in words(with_them)
    assert "face 0.112 · surroundings 0.806" in with_them.accessibleName()
    sentence = (
        "Hair, ears and outline are alike in this photograph: perhaps the same picture or occasion, perhaps no more "
        "than like hair."
    )
    assert with_them.toolTip() == sentence
    assert with_them.accessibleDescription().startswith(sentence)
    assert "C confirms" in with_them.accessibleDescription()


@pytest.mark.parametrize("data", [b"", b"no picture", png(portrait("hopper"))[:60], png(portrait("hopper"), 600)])
def test_photographs_that_cannot_be_shown_are_left_out(data: bytes) -> None:
    assert picture_from_png(data) is None


def test_a_sound_photograph_is_shown() -> None:
    picture = picture_from_png(png(portrait("hopper")))
    assert picture is not None
    assert picture.width() == 96
