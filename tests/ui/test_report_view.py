"""The report page by itself: what it shows of a summary, its pages, and what it asks for."""

from datetime import UTC, datetime
from fractions import Fraction
from functools import lru_cache
from pathlib import Path

import pytest
from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QAbstractButton, QApplication, QFileDialog, QWidget
from pytestqt.qtbot import QtBot

from core.domain.evidence import EvidenceState
from core.domain.report import CaseInfo
from core.domain.time import TimePoint
from core.report.pdf import pdf_bytes
from tests import builders_report as build
from ui.theme import ThemeMode, apply_theme
from ui.views.report import ReportView
from ui.widgets.report_summary import (
    BookmarkLine,
    DecisionCounts,
    ExportedReport,
    ItemLine,
    PersonLine,
    PreviewPages,
    ReportSummary,
    ReportWarning,
    WarningKind,
    Work,
)

FONTS = Path(__file__).parents[2] / "resources" / "fonts"


def line(person: int, *, is_reviewed: bool, item: int = 1) -> PersonLine:
    return PersonLine(evidence_id=item, person_track_id=person, is_reviewed=is_reviewed, n_decisions=2)


def item(number: int, name: str, *persons: PersonLine, state: EvidenceState = EvidenceState.DONE) -> ItemLine:
    return ItemLine(evidence_id=number, number=number, name=name, state=state, persons=persons)


def summary(*, has_report: bool = True, items: tuple[ItemLine, ...] = (), **more: object) -> ReportSummary:
    values: dict[str, object] = {
        "info": CaseInfo(case_number="2026-17", title="Video call", examiner="M. Weber"),
        "bookmarks": (),
        "decisions": DecisionCounts(),
        "warnings": (),
        "suggested_path": Path("/cases/2026-17/report.pdf"),
    }
    return ReportSummary(items=items, has_report=has_report, **{**values, **more})


ITEMS = (
    item(1, "swap.mp4", line(1, is_reviewed=True), line(2, is_reviewed=False)),
    item(2, "photo.jpg", line(1, is_reviewed=True, item=2)),
    item(3, "long.mkv", state=EvidenceState.RUNNING),
    item(4, "broken.avi", state=EvidenceState.FAILED),
    item(5, "empty.mp4"),
)


@lru_cache(maxsize=2)
def pages(name: str) -> PreviewPages:
    return PreviewPages(pdf=pdf_bytes(build.CASES[name](), fonts_dir=FONTS), made_at=datetime(2026, 3, 14, tzinfo=UTC))


@pytest.fixture
def view(qtbot: QtBot) -> ReportView:
    made = ReportView()
    qtbot.addWidget(made)
    made.resize(1200, 760)
    made.show()
    return made


def button(view: QWidget, text: str) -> QAbstractButton:
    found = [b for b in view.findChildren(QAbstractButton) if b.text() == text and b.isVisible()]
    assert len(found) == 1, [b.text() for b in view.findChildren(QAbstractButton)]
    return found[0]


def click(qtbot: QtBot, view: QWidget, text: str) -> None:
    qtbot.mouseClick(button(view, text), Qt.MouseButton.LeftButton)


def press(view: QWidget, key: Qt.Key, text: str = "") -> None:
    for kind in (QEvent.Type.KeyPress, QEvent.Type.KeyRelease):
        QApplication.sendEvent(view, QKeyEvent(kind, key, Qt.KeyboardModifier.NoModifier, text))


def test_before_the_first_finished_analysis_the_page_leads_to_the_case(view: ReportView, qtbot: QtBot) -> None:
    view.show_summary(summary(has_report=False, items=(item(1, "clip.mp4", state=EvidenceState.QUEUED),)))
    assert not button(view, "Refresh preview").isEnabled()
    assert not button(view, "Export PDF and JSON…").isEnabled()
    with qtbot.waitSignal(view.go_to_case):
        click(qtbot, view, "Go to the case")


def test_items_and_persons_say_what_is_to_review(view: ReportView) -> None:
    view.show_summary(summary(items=ITEMS))
    assert view.contents.tree.rows() == [
        "1. swap.mp4: 1 to review",
        "  Person 1: Reviewed",
        "  Person 2: To review",
        "2. photo.jpg: Reviewed",
        "  Person 1: Reviewed",
        "3. long.mkv: Not finished",
        "4. broken.avi: Failed",
        "5. empty.mp4: No persons",
    ]
    view.contents.tree._open_only.setChecked(True)
    assert view.contents.tree.rows() == [
        "1. swap.mp4: 1 to review",
        "  Person 2: To review",
        "3. long.mkv: Not finished",
        "4. broken.avi: Failed",
    ]


def test_go_there_leads_to_the_person_or_the_item(view: ReportView, qtbot: QtBot) -> None:
    view.show_summary(summary(items=ITEMS))
    tree = view.contents.tree
    assert not button(view, "Go there").isEnabled()
    for selected, expected in (((1, 1), [1, 1]), ((1, 2), [1, 2]), ((1, None), [1, 2])):
        tree.select(*selected)
        with qtbot.waitSignal(view.go_to_person) as asked:
            click(qtbot, view, "Go there")
        assert asked.args == expected
    tree.select(3)
    with qtbot.waitSignal(view.go_to_item) as asked:
        press(tree._tree, Qt.Key.Key_Return)
    assert asked.args == [3]


def test_the_selected_person_stays_selected_when_the_summary_changes(view: ReportView, qtbot: QtBot) -> None:
    view.show_summary(summary(items=ITEMS))
    view.contents.tree.select(1, 2)
    view.show_summary(summary(items=ITEMS, decisions=DecisionCounts(verdicts=1)))
    with qtbot.waitSignal(view.go_to_person) as asked:
        click(qtbot, view, "Go there")
    assert asked.args == [1, 2]


def test_facts_decisions_and_bookmarks_are_told(view: ReportView) -> None:
    at = TimePoint(pts=3, time_base=Fraction(1, 5))
    marks = tuple(
        BookmarkLine(evidence_id=1, item_number=1, time=at, caption=caption) for caption in ("The <b>ear</b>", "")
    )
    view.show_summary(
        summary(bookmarks=marks, decisions=DecisionCounts(verdicts=1, observations=2, notes=0, changes=3))
    )
    contents = view.contents
    assert contents.decision_words() == "1 verdict  ·  2 observations  ·  3 changes"
    assert contents.bookmark_words() == ["Item 1, 0:00:00.600  The <b>ear</b>", "Item 1, 0:00:00.600"]
    view.show_summary(summary())
    assert contents.decision_words() == "Nothing yet"
    assert contents.bookmark_words() == []


def test_every_warning_has_words_and_names_its_file(view: ReportView) -> None:
    kinds = tuple(WarningKind)
    view.show_summary(summary(warnings=tuple(ReportWarning(kind=kind, name="{odd} %n.mp4") for kind in kinds)))
    said = view.contents.warning_words()
    assert len(set(said)) == len(kinds)
    of_files = [text for text, kind in zip(said, kinds, strict=True) if not kind.name.startswith("NO_")]
    assert all("{odd} %n.mp4" in text for text in of_files)


def test_a_name_of_any_length_does_not_push_the_panel_wide(view: ReportView) -> None:
    name = "n" * 4000
    warning = ReportWarning(kind=WarningKind.CHANGED, name=name)
    view.show_summary(summary(items=(item(1, name),), warnings=(warning,), info=CaseInfo(title=name)))
    QApplication.processEvents()
    assert view.contents.width() < 420


def test_keys_zoom_the_pages(view: ReportView) -> None:
    view.show_summary(summary(items=ITEMS))
    view.show_preview(pages("empty"))
    QApplication.processEvents()
    wide = view.preview.zoom
    press(view, Qt.Key.Key_Plus, "+")
    assert view.preview.zoom > wide
    press(view, Qt.Key.Key_Minus, "-")
    assert view.preview.zoom == pytest.approx(wide)
    press(view, Qt.Key.Key_F, "f")
    assert view.preview.zoom < wide


def test_work_rests_the_buttons_and_can_be_stopped(view: ReportView, qtbot: QtBot) -> None:
    view.show_summary(summary(items=ITEMS))
    with qtbot.waitSignal(view.preview_asked):
        click(qtbot, view, "Make the preview")
    view.show_work(Work.PREVIEW)
    assert view.state_words() == "Making the preview…"
    assert button(view, "Export PDF and JSON…").isEnabled(), "an export need not wait for a preview"
    with qtbot.waitSignal(view.cancel_asked):
        click(qtbot, view, "Cancel")
    view.show_work(Work.EXPORT)
    assert not button(view, "Export PDF and JSON…").isEnabled()
    assert not button(view, "Refresh preview").isEnabled()
    view.show_work(Work.NONE)
    view.show_preview(pages("empty"))
    assert view.state_words().startswith("Preview of ")
    view.show_stale()
    assert "has changed since" in view.state_words()
    with qtbot.waitSignal(view.preview_asked):
        click(qtbot, view, "Refresh preview")


def test_a_place_is_asked_for_and_handed_on(view: ReportView, qtbot: QtBot, tmp_path: Path) -> None:
    view.show_summary(summary(items=ITEMS, suggested_path=tmp_path / "report.pdf"))
    view.choose_export()
    view.choose_export()
    (dialog,) = view.findChildren(QFileDialog)
    assert dialog.acceptMode() is QFileDialog.AcceptMode.AcceptSave
    assert dialog.defaultSuffix() == "pdf"
    assert [Path(name) for name in dialog.selectedFiles()] == [tmp_path / "report.pdf"]
    with qtbot.waitSignal(view.export_asked) as asked:
        dialog.fileSelected.emit(str(tmp_path / "other.pdf"))
    assert asked.args == [tmp_path / "other.pdf"]
    dialog.reject()
    qtbot.waitUntil(lambda: not view.findChildren(QFileDialog))


def test_an_export_tells_paths_hashes_and_the_folder(view: ReportView, qtbot: QtBot) -> None:
    view.show_summary(summary(items=ITEMS))
    report = ExportedReport(
        pdf=Path("/out/r.pdf"), json=Path("/out/r.json"), pdf_sha256="ab" * 32, json_sha256="cd" * 32
    )
    view.show_exported(report)
    for expected in (str(report.pdf), str(report.json), report.pdf_sha256, report.json_sha256):
        assert expected in view.exported.words()
    assert "custody log" not in view.exported.words()
    with qtbot.waitSignal(view.folder_asked) as asked:
        click(qtbot, view, "Show in folder")
    assert asked.args == [report.pdf]
    view.show_exported(
        ExportedReport(pdf=report.pdf, json=report.json, pdf_sha256="a", json_sha256="b", unlogged="the disk is full")
    )
    assert "could not take the line on it: the disk is full" in view.exported.words()


def test_the_layout_is_kept_and_nonsense_is_ignored(view: ReportView) -> None:
    view.show_summary(summary(items=ITEMS))
    view._splitter.setSizes([500, 700])
    saved, wide = view.saved_layout(), view.contents.width()
    view.reset_layout()
    assert view.contents.width() != wide
    view.restore_layout(b"nonsense")
    view.restore_layout(saved)
    assert view.contents.width() == wide


def test_everything_that_can_be_pressed_has_a_name_and_a_tooltip(view: ReportView) -> None:
    view.show_summary(summary(items=ITEMS))
    view.show_preview(pages("empty"))
    for each in view.findChildren(QAbstractButton):
        if each.objectName() != "qt_toolbar_ext_button":
            assert (each.accessibleName() or each.text()) and each.toolTip(), each


def test_the_theme_can_change_while_pages_are_shown(view: ReportView, qapp: QApplication) -> None:
    view.show_summary(summary(items=ITEMS, warnings=(ReportWarning(kind=WarningKind.CHANGED, name="a"),)))
    view.show_preview(pages("empty"))
    dark = view.grab().toImage().pixelColor(5, 300)
    apply_theme(qapp, ThemeMode.LIGHT)
    QApplication.processEvents()
    assert view.grab().toImage().pixelColor(5, 300) != dark
    assert len(view.contents.warning_words()) == 1


def test_looking_at_the_page_is_announced(qtbot: QtBot) -> None:
    made = ReportView()
    qtbot.addWidget(made)
    assert not made.is_shown()
    with qtbot.waitSignal(made.page_shown):
        made.show()
    assert made.is_shown()
