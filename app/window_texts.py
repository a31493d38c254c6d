"""Every page and dialog of the window that shows foreign text, filled with nothing but one such text.

For the validation record: `core.validation.hostile_text` starts this as ``python -m app.window_texts``.
"""

from __future__ import annotations

import json
import re
import sys
import types
import typing
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import fields, is_dataclass
from datetime import UTC, date, datetime
from enum import Enum
from fractions import Fraction
from html import unescape
from pathlib import Path
from typing import Any, TypeVar

from PySide6.QtCore import QAbstractItemModel, QAbstractListModel, QEvent, QModelIndex
from PySide6.QtGui import QStandardItemModel, Qt
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QApplication,
    QComboBox,
    QDialog,
    QGroupBox,
    QLabel,
    QLineEdit,
    QPlainTextEdit,
    QTextEdit,
    QWidget,
)

from core.domain.custody import KeyFacts
from core.domain.events import ErrorReport
from core.domain.evidence import EvidenceItem, EvidenceKind, EvidenceState, StoredEvidence
from core.domain.gallery import GalleryFacts, PersonRecord, TemplateRecord
from core.domain.installation import WeightsInfo
from core.domain.report import AuditEntry, CaseInfo
from core.domain.review import ReviewEntry, WriteNote
from ui.dialogs.confirm import ConfirmDialog
from ui.dialogs.join_persons import JoinPersonsDialog
from ui.dialogs.key import KeyDialog
from ui.dialogs.merge_people import MergePeopleDialog
from ui.person_words import CandidateSection, PersonWords, WrittenWords
from ui.plain import plain_tip
from ui.theme import ThemeMode, apply_theme
from ui.views.analysis import AnalysisView
from ui.views.case import CaseView
from ui.views.gallery import GalleryView
from ui.views.models import ModelsView
from ui.views.report import ReportView
from ui.views.start import StartView
from ui.widgets.candidate_list import CandidateList
from ui.widgets.evidence_row import EvidenceRow, RowState
from ui.widgets.face_model import FaceEntry
from ui.widgets.message_bar import MessageBar
from ui.widgets.person_header import TrackWords
from ui.widgets.person_model import PersonRow
from ui.widgets.person_panel import PersonPanel
from ui.widgets.recent_case_row import RecentCase
from ui.widgets.report_summary import ExportedReport, ReportSummary, ReportWarning, WarningKind
from ui.widgets.spread_plot import Band
from ui.widgets.thumbnails import Thumbnails

_SHA256 = "ab" * 32
_Record = TypeVar("_Record")
_NOW = datetime(2026, 3, 4, 5, 6, 7, tzinfo=UTC)
_VALUES: Mapping[type, Any] = {
    int: 1,
    float: 0.5,
    bool: True,
    bytes: b"",
    Fraction: Fraction(1, 25),
    datetime: _NOW,
    date: _NOW.date(),
    type(None): None,
}
_TIP_HEAD, _TIP_TAIL = "<p style='white-space:pre-wrap'>", "</p>"
_SEEN = 16
"""Visible characters from the beginning of a text that have to be shown in each place; the rest may be cut off."""
_CODE = re.compile("‹U\\+[0-9A-F]{4,6}›")
_DIRECTION = re.compile("[\u202a-\u202e\u2066-\u2069]")


def filled(record: type[_Record], text: str, /, **given: Any) -> _Record:
    """A record all of whose texts, at any depth, are `text`; paths are of files with that name.

    Args:
        record: a data class.
        text: any.
        given: fields with values of their own.
    """
    hints = typing.get_type_hints(record)
    assert is_dataclass(record)
    values = {f.name: _value(hints[f.name], text) for f in fields(record) if f.init and f.name not in given}
    return record(**values, **given)


def _value(hint: Any, text: str) -> Any:
    origin, parts = typing.get_origin(hint), typing.get_args(hint)
    if origin in (types.UnionType, typing.Union):
        return _value(parts[0], text)
    if origin is tuple:
        return (_value(parts[0], text),) if parts[1:] == (...,) else tuple(_value(part, text) for part in parts)
    if hint is str:
        return text
    if hint is Path:
        return file_named(text)
    if isinstance(hint, type) and issubclass(hint, Enum):
        return next(iter(hint))
    if hint in _VALUES:
        return _VALUES[hint]
    return filled(hint, text) if isinstance(hint, type) and is_dataclass(hint) else 1


def file_named(text: str) -> Path:
    """A path whose last part is the text, as far as a file can be called so."""
    return Path("/evidence") / text.replace("/", "|").replace("\0", "|")


def _numbered(kind: type[_Record], text: str, n: int, key: str, **given: Any) -> list[_Record]:
    return [filled(kind, text, **{key: number}, **given) for number in range(1, n + 1)]


def _persons(text: str) -> list[PersonRow]:
    return [filled(PersonRow, text, key=key, span="0:00", fake_score="0.5") for key in (1, 2)]


def _item(text: str) -> EvidenceItem:
    return filled(EvidenceItem, text, kind=EvidenceKind.VIDEO, width_px=640, height_px=360, rotation_deg=0)


def _problem(text: str) -> ErrorReport:
    return filled(ErrorReport, text)


class Pages:
    """The window's pages, made once; the text before is replaced by the next one."""

    def __init__(self) -> None:
        self._case = CaseView()
        self._report = ReportView()
        self._gallery = GalleryView()
        self._analysis = AnalysisView()
        self._start = StartView()
        self._models = ModelsView()
        self._panel = PersonPanel()
        self._candidates = CandidateList()
        self._messages = MessageBar()

    def case(self, text: str) -> QWidget:
        """Items, one failed and one refused, what is known about the case, notes, the custody log."""
        view = self._case
        view.set_info(filled(CaseInfo, text))
        failed = filled(EvidenceRow, text, evidence_id=1, item=_item(text), state=RowState.FAILED, progress=None)
        refused = filled(EvidenceRow, text, evidence_id=None, item=None, state=RowState.REFUSED, progress=None)
        view.set_rows([failed, refused])
        view.set_notes([ReviewEntry(id=1, at=_NOW, actor=text, action=WriteNote(text=text))])
        view.set_custody([filled(AuditEntry, text)], None)
        view.set_key(filled(KeyFacts, text, fingerprint=_SHA256))
        view.evidence.table.select_keys(["item 1"])
        return view

    def report(self, text: str) -> QWidget:
        """Contents, every kind of warning, and what was exported."""
        warnings = tuple(ReportWarning(kind=kind, name=text) for kind in WarningKind)
        self._report.show_summary(filled(ReportSummary, text, warnings=warnings))
        self._report.show_signer(text)
        self._report.show_exported(filled(ExportedReport, text, key_sha256=_SHA256))
        return self._report

    def gallery(self, text: str) -> QWidget:
        """A person with a photograph and a hold, candidates, and a search that failed."""
        view, person = self._gallery, filled(PersonRecord, text)
        view.show_gallery(filled(GalleryFacts, text))
        view.show_people([person])
        view.show_person(person, [filled(TemplateRecord, text)])
        view.show_search(text, is_reconstruction=False)
        view.show_answer(filled(CandidateSection, text), is_reconstruction=False)
        view.show_search_problem(text, _problem(text))
        return view

    def analysis(self, text: str) -> QWidget:
        """An item that failed, and a notice."""
        stored = StoredEvidence(id=1, item=_item(text), state=EvidenceState.FAILED, failure=text)
        self._analysis.show_items([stored])
        self._analysis.show_item(stored)
        self._analysis.show_notice(text, text)
        return self._analysis

    def start(self, text: str) -> QWidget:
        """Two cases, one of which is gone."""
        self._start.show_recent([filled(RecentCase, text, is_missing=is_missing) for is_missing in (False, True)])
        return self._start

    def models(self, text: str) -> QWidget:
        """A file of weights, one that was imported, and one that was refused."""
        self._models.messages().clear()
        self._models.show_weights((filled(WeightsInfo, text),))
        self._models.show_imported(text, text)
        self._models.show_import_refused(_problem(text))
        return self._models

    def person(self, text: str) -> QWidget:
        """Persons, tracks, frames and decisions."""
        panel, note = self._panel, filled(WrittenWords, text)
        panel.set_persons(tuple(_persons(text)))
        panel.show_person(filled(PersonWords, text, fake_score="0.5"), (filled(TrackWords, text),))
        panel.set_frames((filled(FaceEntry, text, key=(1, 0)),), (filled(Band, text),))
        panel.set_decisions({}, note, (note,), ask_first=False, is_reviewed=False)
        return panel

    def candidates(self, text: str) -> QWidget:
        """Ranked people and an observation."""
        self._candidates.set_person(
            (1, 1), (filled(CandidateSection, text),), {}, filled(WrittenWords, text), ask_first=False
        )
        return self._candidates

    def messages(self, text: str) -> QWidget:
        """A failure above the page."""
        self._messages.clear()
        self._messages.show_error(_problem(text))
        return self._messages


def _confirming(text: str) -> QWidget:
    return ConfirmDialog(text, text, (text, text), "Erase")


def _merging(text: str) -> QWidget:
    first, second = _numbered(PersonRecord, text, 2, "id")
    return MergePeopleDialog(first, [second])


def _joining(text: str) -> QWidget:
    return JoinPersonsDialog(text, _persons(text), Thumbnails(48))


def _choosing_a_key(text: str) -> QWidget:
    return KeyDialog((filled(KeyFacts, text),), text)


def everywhere() -> Mapping[str, Callable[[str], QWidget]]:
    """Each place by name: a function that shows a text there, and returns the widget."""
    pages = Pages()
    return {
        "case": pages.case,
        "report": pages.report,
        "gallery": pages.gallery,
        "analysis": pages.analysis,
        "start": pages.start,
        "models": pages.models,
        "person": pages.person,
        "candidates": pages.candidates,
        "messages": pages.messages,
        "confirming": _confirming,
        "merging": _merging,
        "joining": _joining,
        "choosing a key": _choosing_a_key,
    }


def told_of(text: str, places: Mapping[str, Callable[[str], QWidget]]) -> dict[str, list[str]]:
    """What is wrong with how a text is shown, by kind of fault: ``markup``, ``missing``, ``turned``, ``failed``."""
    faults: dict[str, list[str]] = {"markup": [], "missing": [], "turned": [], "failed": []}
    for name, show in places.items():
        try:
            widget = show(text)
            widget.show()
            QApplication.processEvents()
            QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)  # rows of the text before
        except Exception as error:  # whatever a text does to the window is what is looked for
            faults["failed"].append(f"{name}: {type(error).__name__}")
            continue
        said = list(shown(widget))
        faults["markup"] += [f"{name}: {what}" for what in taken_for_markup(widget)]
        faults["missing"] += [name] if not _is_told(text, said) else []
        faults["turned"] += [f"{name}: {what}" for what in turning(text, said)]
        if isinstance(widget, QDialog):
            widget.close()
            widget.deleteLater()
    return faults


def _is_told(text: str, said: Sequence[str]) -> bool:
    if text[:1] in ("\ufeff", "\ufffe"):
        return True  # read back from Qt, the first character passes for a mark of byte order
    wanted = _bare(text)[:_SEEN]
    return not wanted or any(wanted in _bare(each) for each in said)


def _bare(text: str) -> str:
    """Without blanks and what is not seen or written out; buttons double each "&"."""
    visible = (char for char in _CODE.sub("", text) if unicodedata.category(char)[0] not in "CZ" and char != "\ufffd")
    return "".join(visible).replace("&&", "&").casefold()


def turning(text: str, said: Iterable[str]) -> list[str]:
    """Lines of the program's own words in which a foreign text can change the direction, as they are.

    Own words are letters and digits that are neither of the text nor of the file named so: a sign that joins or ends
    texts, a capital at their beginning and what Qt cannot hold of them make no difference.
    """
    found = []
    foreign = [letters for letters in (_letters(str(file_named(text))), _letters(text)) if letters]
    for line in (line for each in said for line in each.splitlines() if _DIRECTION.search(line)):
        rest = _letters(line)
        for part in foreign:
            rest = rest.replace(part, "")
        if rest and not any(rest in 2 * part for part in foreign):  # twice: two of them side by side, cut at a line
            found.append(line)
    return found


def _letters(text: str) -> str:
    return "".join(char for char in text if char.isalnum()).casefold()


def taken_for_markup(widget: QWidget) -> list[str]:
    """Where a widget or one within it interprets what it was given, and what it says there."""
    found = []
    for each in (widget, *widget.findChildren(QWidget)):
        if _is_obeyed(each.toolTip()):
            found.append(f"tooltip of {type(each).__name__} {each.objectName()}: {each.toolTip()}")
        if isinstance(each, QLabel):
            said, is_rich = each.text(), each.textFormat() is not Qt.TextFormat.PlainText
            if is_rich and Qt.mightBeRichText(said):
                found.append(f"{type(each).__name__} in {type(each.parent()).__name__}: {said}")
        if isinstance(each, QTextEdit) and each.acceptRichText() and not each.isReadOnly():
            found.append(f"{type(each).__name__} takes rich text")
        model = each.model() if isinstance(each, QAbstractItemView | QComboBox) else None
        if model is not None:
            tips = _cells(model, Qt.ItemDataRole.ToolTipRole)
            found += [f"tooltip of a cell in {type(each).__name__}: {tip}" for tip in tips if _is_obeyed(tip)]
    return found


def _is_obeyed(tip: str) -> bool:
    return Qt.mightBeRichText(tip) and tip != plain_tip(unescape(tip.removeprefix(_TIP_HEAD).removesuffix(_TIP_TAIL)))


def _cells(model: QAbstractItemModel, role: Qt.ItemDataRole, parent: QModelIndex | None = None) -> Iterator[str]:
    parent = parent or QModelIndex()
    for row in range(min(model.rowCount(parent), 20)):
        for column in range(1 if isinstance(model, QAbstractListModel) else model.columnCount(parent)):
            value = model.index(row, column, parent).data(role)
            if isinstance(value, str):
                yield value
        if isinstance(model, QStandardItemModel) or type(model).__name__ == "QTreeModel":
            yield from _cells(model, role, model.index(row, 0, parent))


def shown(widget: QWidget) -> Iterator[str]:
    """Every text that a widget and those within it show, or would if they were not folded away."""
    for each in (widget, *widget.findChildren(QWidget)):
        tip = each.toolTip()
        yield unescape(tip.removeprefix(_TIP_HEAD).removesuffix(_TIP_TAIL)) if Qt.mightBeRichText(tip) else tip
        yield each.windowTitle()
        if isinstance(each, QLabel | QLineEdit | QAbstractButton):
            yield each.text()
        elif isinstance(each, QPlainTextEdit | QTextEdit):
            yield each.toPlainText()
        elif isinstance(each, QGroupBox):
            yield each.title()
        elif isinstance(each, QAbstractItemView | QComboBox):
            model = each.model()
            if model is not None:
                yield from _cells(model, Qt.ItemDataRole.DisplayRole)


def main() -> int:
    """Read a JSON list of texts from standard input; print what is wrong with each, one line of JSON a text."""
    texts: list[str] = json.load(sys.stdin)
    application = QApplication([])
    apply_theme(application, ThemeMode.LIGHT)
    places = everywhere()
    for text in texts:
        print(json.dumps({"places": len(places), "faults": told_of(text, places)}), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
