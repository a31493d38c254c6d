"""Foreign text in the window is text: nothing takes it for markup, and it turns no words of the program around."""

from __future__ import annotations

import pytest
from PySide6.QtGui import Qt, QTextDocument
from PySide6.QtWidgets import QApplication, QLabel, QToolTip, QWidget
from pytestqt.qtbot import QtBot

from app.window_texts import everywhere, file_named, filled, shown, taken_for_markup, told_of, turning
from core.domain.evidence import StoredEvidence
from core.domain.report import CaseInfo
from ui.plain import plain_tip, spelled

HOSTILE = (
    "<b>bold</b> <i>it</i>",
    '<img src="file:///etc/hostname"> <a href="http://example.org/">x</a>',
    "<html><body><table><tr><td>cell</td></tr></table></body></html>",
    "<!-- x --> &amp; &lt;b&gt; \u202egnp\u202c",
)
TURNED = "\u202egnp"


@pytest.fixture
def places(qtbot: QtBot):
    """The pages and dialogs; what they left on the screen is closed."""
    before = set(QApplication.topLevelWidgets())
    yield everywhere()
    for widget in set(QApplication.topLevelWidgets()) - before:
        widget.close()
        widget.deleteLater()


@pytest.mark.parametrize("text", HOSTILE, ids=("bold", "picture", "table", "entities"))
def test_every_page_shows_what_it_was_given_as_text(places, text: str) -> None:
    assert len(places) == 13
    assert told_of(text, places) == {"markup": [], "missing": [], "turned": [], "failed": []}


def test_a_record_is_filled_to_its_depth() -> None:
    info = filled(CaseInfo, "<b>")
    assert info.questions == ("<b>",) and info.examiner == "<b>"
    stored = filled(StoredEvidence, "a/b", id=7)
    assert (stored.id, stored.item.path, stored.item.codec) == (7, file_named("a/b"), "a/b")
    assert stored.item.path.name == "a|b"


def test_the_search_finds_what_is_obeyed_lost_or_turned(qtbot: QtBot) -> None:
    def broken(text: str) -> QWidget:
        label = QLabel(f"<p>{text.upper()[:3]}</p>")
        qtbot.addWidget(label)
        label.setToolTip(f"Signed by {text}")
        label.setWindowTitle("")
        return label

    def failing(text: str) -> QWidget:
        raise ValueError(text)

    found = told_of("<b>x</b>" + TURNED, {"broken": broken, "failing": failing})
    assert len(found["markup"]) == 2
    assert found["failed"] == ["failing: ValueError"]
    assert len(found["turned"]) == 1
    assert told_of("another", {"lost": lambda text: broken("x")})["missing"] == ["lost"]


def test_the_search_for_markup_finds_a_label_that_obeys_it(qtbot: QtBot) -> None:
    label = QLabel("<b>x</b>")
    qtbot.addWidget(label)
    assert len(taken_for_markup(label)) == 1
    label.setTextFormat(Qt.TextFormat.PlainText)
    assert taken_for_markup(label) == []
    label.setToolTip("<b>x</b>")
    assert len(taken_for_markup(label)) == 1
    label.setToolTip(plain_tip("<b>x</b>"))
    assert taken_for_markup(label) == []
    assert "<b>x</b>" in list(shown(label))


@pytest.mark.parametrize(
    ("line", "is_turned"),
    [
        (TURNED, False),
        (f"/evidence/{TURNED}", False),
        (f"{TURNED[:3]}…", False),
        (f"Signed by {TURNED}", True),
        (f"Signed by {spelled(TURNED)}", False),
        (f"{TURNED}\nSigned", False),
    ],
)
def test_only_words_of_the_program_beside_a_control_count_as_turned(line: str, is_turned: bool) -> None:
    assert bool(turning(TURNED, [line])) is is_turned


def test_a_control_of_direction_is_written_out_within_a_sentence() -> None:
    assert spelled("a\u202eb\u2069 <c>") == "a‹U+202E›b‹U+2069› <c>"


def test_a_tooltip_shows_what_it_was_given(qtbot: QtBot) -> None:
    assert plain_tip("Evidence & 3 < 4") == "Evidence & 3 < 4"
    assert Qt.mightBeRichText(plain_tip(HOSTILE[0]))
    label = QLabel(plain_tip(HOSTILE[0]))
    qtbot.addWidget(label)
    document = QTextDocument()
    document.setHtml(plain_tip(HOSTILE[0]))
    assert document.toPlainText() == HOSTILE[0]
    assert QToolTip.text() == ""
