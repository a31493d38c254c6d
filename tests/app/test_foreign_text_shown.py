"""Foreign text in the window is text: no label, tooltip or cell takes it for markup."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields, is_dataclass, replace
from enum import Enum
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QAbstractItemModel, QAbstractListModel, QModelIndex
from PySide6.QtGui import QStandardItemModel, Qt, QTextDocument
from PySide6.QtWidgets import QAbstractItemView, QComboBox, QLabel, QTextEdit, QToolTip, QWidget
from pytestqt.qtbot import QtBot
from test_candidate_list import SECTIONS
from test_gallery_view import FACTS, photo
from test_gallery_view import person as enrolled
from test_key_dialog import DOE
from test_models_view import GOOD
from test_person_panel import BANDS, ENTRIES, NOTE, ROWS, TRACKS, person
from test_report_view import ITEMS, summary
from test_start_view import GONE, HERE

from core.domain.events import ErrorReport
from core.domain.evidence import EvidenceState, StoredEvidence
from core.domain.report import AuditEntry, CaseInfo
from core.domain.review import ReviewEntry, WriteNote
from tests.builders_case_view import ITEM, NOW, refused
from tests.builders_case_view import row as evidence_row
from ui.dialogs.confirm import ConfirmDialog
from ui.dialogs.join_persons import JoinPersonsDialog
from ui.dialogs.key import KeyDialog
from ui.dialogs.merge_people import MergePeopleDialog
from ui.plain import plain_tip
from ui.views.analysis import AnalysisView
from ui.views.case import CaseView
from ui.views.gallery import GalleryView
from ui.views.models import ModelsView
from ui.views.report import ReportView
from ui.views.start import StartView
from ui.widgets.candidate_list import CandidateList
from ui.widgets.evidence_row import RowState
from ui.widgets.message_bar import MessageBar
from ui.widgets.person_panel import PersonPanel
from ui.widgets.report_summary import ExportedReport, ReportWarning, WarningKind
from ui.widgets.thumbnails import Thumbnails

HOSTILE = (
    "<b>bold</b> <i>it</i>",
    '<img src="file:///etc/hostname"> <a href="http://example.org/">x</a>',
    "<html><body><table><tr><td>cell</td></tr></table></body></html>",
    "<!-- x --> &amp; &lt;b&gt; \u202egnp\u202c",
)


def hostile(value: Any, text: str) -> Any:
    """The value with every string in it replaced."""
    if isinstance(value, Enum):
        return value
    if isinstance(value, str):
        return text
    if isinstance(value, Path):
        return Path("/evidence") / text.replace("/", "|")
    if isinstance(value, tuple):
        return tuple(hostile(part, text) for part in value)
    if is_dataclass(value) and not isinstance(value, type):
        return replace(value, **{f.name: hostile(getattr(value, f.name), text) for f in fields(value) if f.init})
    return value


def taken_for_markup(widget: QWidget) -> list[str]:
    """Where the window would interpret what it was given, and what it says there."""
    found = []
    for each in (widget, *widget.findChildren(QWidget)):
        if Qt.mightBeRichText(each.toolTip()) and each.toolTip() != plain_tip(_unescaped(each.toolTip())):
            found.append(f"tooltip of {type(each).__name__} {each.objectName()}: {each.toolTip()}")
        is_rich = isinstance(each, QLabel) and each.textFormat() is not Qt.TextFormat.PlainText
        if is_rich and Qt.mightBeRichText(each.text()):
            found.append(f"{type(each).__name__} in {type(each.parent()).__name__}: {each.text()}")
        if isinstance(each, QTextEdit) and each.acceptRichText() and not each.isReadOnly():
            found.append(f"{type(each).__name__} takes rich text")
        model = each.model() if isinstance(each, QAbstractItemView | QComboBox) else None
        if model is not None:
            found += [f"tooltip of a cell in {type(each).__name__}: {tip}" for tip in _tips(model)]
    return found


def _unescaped(tip: str) -> str:
    from html import unescape

    return unescape(tip.removeprefix("<p style='white-space:pre-wrap'>").removesuffix("</p>"))


def _tips(model: QAbstractItemModel, parent: QModelIndex | None = None) -> Iterator[str]:
    parent = parent or QModelIndex()
    for row in range(min(model.rowCount(parent), 20)):
        for column in range(1 if isinstance(model, QAbstractListModel) else model.columnCount(parent)):
            index = model.index(row, column, parent)
            tip = index.data(Qt.ItemDataRole.ToolTipRole)
            if isinstance(tip, str) and Qt.mightBeRichText(tip) and tip != plain_tip(_unescaped(tip)):
                yield tip
        if isinstance(model, QStandardItemModel) or type(model).__name__ == "QTreeModel":
            yield from _tips(model, model.index(row, 0, parent))


def case_page(text: str) -> QWidget:
    view = CaseView()
    view.set_info(hostile(_info(), text))
    rows = [hostile(evidence_row(1, RowState.FAILED, reason="x"), text), hostile(refused(), text)]
    view.set_rows([replace(r, evidence_id=i) if r.evidence_id else r for i, r in enumerate(rows, 1)])
    view.set_notes([ReviewEntry(id=1, at=NOW, actor=text, action=WriteNote(text=text))])
    view.set_custody([AuditEntry(at=NOW, actor=text, action=text, detail=text, entry_sha256="0" * 64)], None)
    view.set_key(hostile(DOE, text))
    view.evidence.table.select_keys(["item 1"])
    return view


def _info() -> CaseInfo:
    return CaseInfo(
        case_number="n", title="t", examiner="e", organisation="o", request="r", questions=("q",), observations="o"
    )


def report_page(text: str) -> QWidget:
    view = ReportView()
    warnings = tuple(ReportWarning(kind=kind, name="n") for kind in WarningKind)
    view.show_summary(hostile(summary(items=ITEMS, warnings=warnings, info=_info()), text))
    view.show_signer(text)
    path = hostile(Path("/x"), text)
    view.show_exported(
        ExportedReport(pdf=path, json=path, pdf_sha256="0", json_sha256="0", unlogged=text, signer=text, key_sha256="0")
    )
    return view


def gallery_page(text: str) -> QWidget:
    view = GalleryView()
    people = [hostile(enrolled(1, note="n", basis="b", legal_hold="h"), text)]
    view.show_gallery(hostile(FACTS, text))
    view.show_people(people)
    view.show_person(people[0], [hostile(photo(1), text)])
    view.show_search(text, is_reconstruction=False)
    view.show_answer(hostile(SECTIONS[0], text), is_reconstruction=False)
    view.show_search_problem(text, ErrorReport(what=text, next_step=text, path=hostile(Path("/x"), text)))
    return view


def analysis_page(text: str) -> QWidget:
    view = AnalysisView()
    stored = StoredEvidence(id=1, item=hostile(ITEM, text), state=EvidenceState.FAILED, failure=text)
    view.show_items([stored])
    view.show_item(stored)
    view.show_notice(text, text)
    return view


def start_page(text: str) -> QWidget:
    view = StartView()
    view.show_recent([hostile(HERE, text), hostile(GONE, text)])
    return view


def models_page(text: str) -> QWidget:
    view = ModelsView()
    view.show_weights((hostile(GOOD, text),))
    view.show_imported(text, text)
    view.show_import_refused(ErrorReport(what=text, next_step=text, path=hostile(Path("/x"), text)))
    return view


def person_panel(text: str) -> QWidget:
    panel = PersonPanel()
    panel.set_persons(tuple(hostile(row, text) for row in ROWS))
    panel.show_person(hostile(person(), text), hostile(TRACKS, text))
    panel.set_frames(hostile(ENTRIES, text), hostile(BANDS, text))
    panel.set_decisions({}, hostile(NOTE, text), (hostile(NOTE, text),), ask_first=False, is_reviewed=False)
    return panel


def candidates(text: str) -> QWidget:
    view = CandidateList()
    view.set_person((1, 1), hostile(SECTIONS, text), {}, hostile(NOTE, text), ask_first=False)
    return view


def messages(text: str) -> QWidget:
    bar = MessageBar()
    bar.show_error(ErrorReport(what=text, next_step=text, path=hostile(Path("/x"), text)))
    return bar


def confirming(text: str) -> QWidget:
    return ConfirmDialog(text, text, (text, text), text)


def merging(text: str) -> QWidget:
    return MergePeopleDialog(hostile(enrolled(1), text), [hostile(enrolled(2), text)])


def joining(text: str) -> QWidget:
    return JoinPersonsDialog(text, [hostile(row, text) for row in ROWS], Thumbnails(48))


def choosing_a_key(text: str) -> QWidget:
    return KeyDialog((hostile(DOE, text),), text)


PAGES = (
    case_page,
    report_page,
    gallery_page,
    analysis_page,
    start_page,
    models_page,
    person_panel,
    candidates,
    messages,
    confirming,
    merging,
    joining,
    choosing_a_key,
)


@pytest.mark.parametrize("text", HOSTILE, ids=("bold", "picture", "table", "entities"))
@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.__name__)
def test_nothing_that_was_given_is_taken_for_markup(page: Any, text: str, qtbot: QtBot) -> None:
    made = page(text)
    qtbot.addWidget(made)
    made.resize(1100, 760)
    made.show()
    qtbot.waitExposed(made)
    assert taken_for_markup(made) == []


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


def test_a_tooltip_shows_what_it_was_given(qtbot: QtBot) -> None:
    assert plain_tip("Evidence & 3 < 4") == "Evidence & 3 < 4"
    assert Qt.mightBeRichText(plain_tip(HOSTILE[0]))
    label = QLabel(plain_tip(HOSTILE[0]))
    qtbot.addWidget(label)
    document = QTextDocument()
    document.setHtml(plain_tip(HOSTILE[0]))
    assert document.toPlainText() == HOSTILE[0]
    assert QToolTip.text() == ""
