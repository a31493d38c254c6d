from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QAbstractItemView, QLineEdit, QPushButton, QTableView

from core.domain.events import ErrorReport
from core.domain.installation import (
    Check,
    CheckState,
    ImportKind,
    ImportRequest,
    MeasuredFigure,
    WeightsInfo,
    WeightsPurpose,
    WeightsState,
)
from ui.theme import ThemeMode, apply_theme
from ui.views.models import ModelsView
from ui.widgets.hash_label import HashLabel
from ui.widgets.installation_words import percent_words

DIGEST = "0123456789abcdef" * 4
GOOD = WeightsInfo(
    name="dfrec-compact",
    purpose=WeightsPurpose.RECOVERY,
    state=WeightsState.INTACT,
    path=Path("/models/dfrec-compact.safetensors"),
    is_shipped=True,
    sha256=DIGEST,
    terms="for research only",
    description="Recovers two faces.",
    data="Photographs.",
    schedule="One hour.",
    figures=(
        MeasuredFigure(measure="source first, share", value=0.8892, none_row=0.6597, population="press", n=1002),
        MeasuredFigure(measure="detection AUC", value=0.9, none_row=None, population="press", n=2000),
    ),
    known_failures=("Fails on crop and paste.",),
)
BAD = WeightsInfo(
    name="mine",
    purpose=WeightsPurpose.EMBEDDER,
    state=WeightsState.ALTERED,
    path=Path("/user/mine.onnx"),
    is_shipped=False,
    detail="the file was altered",
    next_step="import the model again",
    sha256="f" * 64,
    terms="yours",
    source_sha256="a" * 64,
)
CHECKS = (
    Check(name="Python", state=CheckState.OK, value="3.11"),
    Check(name="display", state=CheckState.WARNING, value="none", next_step="log in"),
    Check(name="torch", state=CheckState.FAILED, value="not installed", next_step="install it"),
    Check(name="SQLite", state=CheckState.OK, value="3.40"),
)


@pytest.fixture
def view(qtbot) -> ModelsView:
    made = ModelsView()
    qtbot.addWidget(made)
    made.resize(1200, 760)
    made.show()
    return made


def cells(table: QTableView) -> list[list[str]]:
    model = table.model()
    return [[model.index(r, c).data() for c in range(model.columnCount())] for r in range(model.rowCount())]


def table(view: ModelsView, name: str) -> QTableView:
    return next(t for t in view.findChildren(QTableView) if t.accessibleName() == name)


def button(parent, text: str) -> QPushButton:
    return next(b for b in parent.findChildren(QPushButton) if b.text() == text)


def run_check(view: ModelsView) -> None:
    view.show_check_started()
    for check in CHECKS:
        view.add_check(check)
    view.show_check_ended()


def test_weights_are_listed_with_state_in_words_purpose_hash_and_terms(view):
    view.show_weights((GOOD, BAD))
    assert cells(table(view, "Weights")) == [
        ["Intact", "dfrec-compact", "Recovers source and target", "0123456789ab…", "for research only"],
        ["Altered", "mine", "Compares faces", "ffffffffffff…", "yours"],
    ]


def test_the_card_shows_quality_beside_the_none_row_and_known_failures(view):
    view.show_weights((GOOD, BAD))
    text = view.details.text()
    for part in ("0.8892", "0.6597", "1,002", "press", "crop and paste", "for research only", "Photographs."):
        assert part in text
    assert "–" in text.splitlines(), "no none row where it makes no sense"


def test_the_card_of_an_altered_file_says_what_to_do_and_its_hashes_can_be_copied(view):
    view.show_weights((GOOD, BAD))
    view.select("mine")
    text = view.details.text()
    assert "The file was altered." in text
    assert "Import the model again." in text
    assert "Not measured by this application." in text
    hashes = view.details.findChildren(HashLabel)
    hashes[-1].copy()
    assert QGuiApplication.clipboard().text() == "a" * 64


def test_the_selection_stays_when_the_list_comes_anew(view):
    view.show_weights((GOOD, BAD))
    view.select("mine")
    view.show_weights((BAD, GOOD))
    assert view.selected() == BAD
    view.show_weights((GOOD,))
    assert view.selected() == GOOD
    view.show_weights(())
    assert view.selected() is None
    assert view.details.text() == ""


def test_checks_come_one_by_one_the_gravest_on_top(view):
    view.show_check_started()
    assert view.check.summary() == "Checking… 0 done"
    run_check(view)
    rows = cells(table(view, "Checks"))
    assert [row[:2] for row in rows] == [
        ["Failed", "torch"],
        ["Warning", "display"],
        ["In order", "Python"],
        ["In order", "SQLite"],
    ]
    assert rows[0][2] == "not installed\n→ install it"
    assert view.check.summary() == "4 checks: 1 failed, 1 with a warning"


def test_all_in_order_is_said(view):
    view.show_check_started()
    view.add_check(CHECKS[0])
    view.show_check_ended()
    assert view.check.summary() == "1 checks: all in order"


def test_the_list_is_copied_as_doctor_prints_it(view):
    run_check(view)
    button(view, "Copy as text").click()
    text = QGuiApplication.clipboard().text()
    assert text.splitlines()[:2] == ["FAILED   torch                   not installed", "         -> install it"]
    assert [m.text() for m in view.messages().messages()] == ["The list is on the clipboard."]


def test_running_again_is_asked_and_not_offered_meanwhile(view, qtbot):
    again = button(view, "Run again")
    with qtbot.waitSignal(view.check_asked):
        again.click()
    view.show_check_started()
    assert not again.isEnabled()
    view.show_check_ended()
    assert again.isEnabled()


def test_coming_into_view_is_told(qtbot):
    view = ModelsView()
    qtbot.addWidget(view)
    with qtbot.waitSignal(view.opened):
        view.show()


@pytest.mark.parametrize("kind", list(ImportKind))
def test_an_import_needs_a_file_and_confirmed_terms(view, qtbot, kind):
    dialog = view.ask_import(kind)
    assert not dialog.can_import
    dialog.choose(Path("relative.pth"))
    dialog.confirm_terms(True)
    assert not dialog.can_import
    dialog.choose(Path("/weights/file.bin"))
    assert dialog.can_import
    dialog.confirm_terms(False)
    assert not dialog.can_import
    dialog.confirm_terms(True)
    next(w for w in dialog.findChildren(QLineEdit) if w.accessibleName() == "Name").setText("paper")
    with qtbot.waitSignal(view.import_asked) as asked:
        button(dialog, "Import").click()
    assert asked.args == [ImportRequest(kind=kind, path=Path("/weights/file.bin"), name="paper")]


def test_half_the_size_is_offered_for_dfrec_alone(view, qtbot):
    dialog = view.ask_import(ImportKind.DFREC)
    boxes = [box for box in dialog.findChildren(type(dialog._half)) if box.isVisible()]
    assert len(boxes) == 2
    dialog.choose(Path("/w.pth"))
    for box in boxes:
        box.setChecked(True)
    with qtbot.waitSignal(view.import_asked) as asked:
        button(dialog, "Import").click()
    assert asked.args[0].as_half
    other = view.ask_import(ImportKind.FACENET)
    assert len([box for box in other.findChildren(type(other._half)) if box.isVisible()]) == 1
    other.reject()


def test_a_running_import_can_be_cancelled_and_no_second_one_started(view, qtbot):
    view.show_import_running(Path("/weights/w.pth"), is_waiting=True)
    assert not button(view, "Import weights").isEnabled()
    view.show_import_running(Path("/weights/w.pth"), is_waiting=False)
    with qtbot.waitSignal(view.import_cancelled):
        button(view, "Cancel").click()
    view.show_import_ended()
    assert button(view, "Import weights").isEnabled()
    assert not button(view, "Cancel").isVisible()


def test_a_refusal_says_why_and_what_to_do(view):
    view.show_import_refused(ErrorReport(what="no known network", next_step="give another file", path=Path("/w.pth")))
    (message,) = view.messages().messages()
    assert "No known network." in message.text()
    assert "Give another file." in message.text()


def test_the_layout_is_kept_and_reset(view, qtbot):
    view.show_weights((GOOD,))
    first = view.saved_layout()
    table(view, "Weights").parent().setSizes([100, 500])
    moved = view.saved_layout()
    assert moved != first
    view.restore_layout(first)
    assert view.saved_layout() == first
    view.restore_layout(b"nonsense")
    view.reset_layout()


def test_the_page_follows_the_theme(view, qapp):
    view.show_weights((GOOD,))
    run_check(view)
    before = view.grab().toImage()
    apply_theme(qapp, ThemeMode.LIGHT)
    assert view.grab().toImage() != before


def test_tables_are_reached_and_left_by_keyboard(view):
    for name in ("Weights", "Checks"):
        each = table(view, name)
        assert each.focusPolicy() & Qt.FocusPolicy.TabFocus
        assert not each.tabKeyNavigation()
        assert each.selectionBehavior() == QAbstractItemView.SelectionBehavior.SelectRows


@pytest.mark.parametrize(
    ("rate", "words"),
    [(0, "0 %"), (0.000001, "below 0.001 %"), (0.00082, "0.082 %"), (0.001, "0.10 %"), (0.034, "3.4 %"), (1, "100 %")],
)
def test_rates_read_well(rate, words):
    assert percent_words(rate) == words.replace(" %", "\u00a0%")
