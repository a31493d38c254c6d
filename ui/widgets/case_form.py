"""What a person enters about a case, saved when a field is left."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtCore import QEvent, QObject, Signal
from PySide6.QtWidgets import QFrame, QLabel, QLineEdit, QPlainTextEdit, QScrollArea, QVBoxLayout, QWidget

from core.domain.report import CaseInfo
from ui.tokens import SPACE

_Field = QLineEdit | QPlainTextEdit


class CaseForm(QScrollArea):
    """The fields of `CaseInfo`, apart from the observations.

    Signals:
        info_changed: a field was left, and something in it had been changed.
    """

    info_changed = Signal(CaseInfo)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._info = CaseInfo()
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        page = QWidget(self)
        page.setObjectName("page")
        self._column = QVBoxLayout(page)
        self._column.setContentsMargins(SPACE // 2, SPACE, SPACE + 4, SPACE)
        self._column.setSpacing(SPACE // 2)
        self._fields: dict[str, _Field] = {
            "case_number": self._line(self.tr("Case number"), self.tr("Number or reference of the case")),
            "title": self._line(self.tr("Title"), self.tr("Short title, printed on the report")),
            "examiner": self._line(self.tr("Examiner"), self.tr("Who examines; stands in the custody log")),
            "organisation": self._line(self.tr("Organisation"), self.tr("For whom the examiner works")),
            "request": self._text(self.tr("Request"), self.tr("Who asked for what, and when"), 3),
            "questions": self._text(self.tr("Questions"), self.tr("Questions to answer, one a line"), 5),
        }
        self._column.addStretch()
        saved = QLabel(self.tr("Saved when you leave a field. Every change is in the custody log."), page)
        saved.setProperty("rank", "small")
        saved.setWordWrap(True)
        self._column.addWidget(saved)
        self.setWidget(page)

    def set_info(self, info: CaseInfo) -> None:
        """Show what is stored; a field that is being typed in keeps what was typed."""
        former, self._info = self._info, info
        for name, field in self._fields.items():
            if field.hasFocus() and _read(field) != _shown(former, name):
                continue
            if _read(field) != _shown(info, name):
                _write(field, _shown(info, name))

    def commit(self) -> None:
        """Announce what was typed, as if every field had been left."""
        changes = {name: _read(field).strip() for name, field in self._fields.items()}
        questions = tuple(line.strip() for line in changes.pop("questions").splitlines() if line.strip())
        info = replace(self._info, questions=questions, **changes)
        # `set_info` follows when it is saved; when it cannot be saved, leaving a field tries again.
        if info != self._info:
            self.info_changed.emit(info)

    def field(self, name: str) -> _Field:
        """Return the field for this attribute of `CaseInfo`."""
        return self._fields[name]

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802
        """Save when a field is left."""
        if event.type() == QEvent.Type.FocusOut:
            self.commit()
        return super().eventFilter(watched, event)

    def _line(self, name: str, tip: str) -> QLineEdit:
        field = QLineEdit(self)
        field.returnPressed.connect(self.commit)
        self._label(name, tip, field)
        return field

    def _text(self, name: str, tip: str, lines: int) -> QPlainTextEdit:
        field = QPlainTextEdit(self)
        field.setTabChangesFocus(True)
        field.setPlaceholderText(tip)
        field.setFixedHeight(field.fontMetrics().lineSpacing() * lines + 3 * SPACE)
        self._label(name, tip, field)
        return field

    def _label(self, name: str, tip: str, field: _Field) -> None:
        label = QLabel(name, self)
        label.setProperty("rank", "section")
        label.setBuddy(field)
        field.setAccessibleName(name)
        field.setToolTip(tip)
        field.installEventFilter(self)
        self._column.addWidget(label)
        self._column.addWidget(field)
        self._column.addSpacing(SPACE // 2)


def _read(field: _Field) -> str:
    return field.text() if isinstance(field, QLineEdit) else field.toPlainText()


def _write(field: _Field, text: str) -> None:
    if isinstance(field, QLineEdit):
        field.setText(text)
    else:
        field.setPlainText(text)


def _shown(info: CaseInfo, name: str) -> str:
    value = getattr(info, name)
    return "\n".join(value) if isinstance(value, tuple) else str(value)
