"""Asks for a few words before something is done."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QDialog, QFormLayout, QHBoxLayout, QLabel, QLineEdit, QVBoxLayout, QWidget

from ui.theme import ButtonKind
from ui.tokens import SPACE
from ui.widgets.buttons import push_button


@dataclass(frozen=True, slots=True, kw_only=True)
class FormField:
    """One line to fill in.

    Attributes:
        label: what it is.
        text: what stands there at first.
        hint: what to write, shown while it is empty.
        missing: said when it is left empty; '' lets it be empty.
        is_secret: what is typed is not shown, and taken as it is, white space included.
        check: what is wrong with what stands there, '' when nothing is.
    """

    label: str
    text: str = ""
    hint: str = ""
    missing: str = ""
    is_secret: bool = False
    check: Callable[[str], str] = lambda _: ""


class FormDialog(QDialog):
    """A few lines of text; show it with `open()`. It deletes itself.

    Args:
        title: what is asked, in a few words.
        text: why, and what becomes of the answer.
        fields: top to bottom.
        confirm_text: verb on the button.

    Signals:
        entered: tuple of what was written, in the order of the fields, without white space around.
    """

    entered = Signal(tuple)

    def __init__(
        self, title: str, text: str, fields: Sequence[FormField], confirm_text: str, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setModal(True)
        self.setWindowTitle(title)
        self.setMinimumWidth(60 * SPACE)
        self._fields = tuple(fields)
        self.lines: list[QLineEdit] = []
        self._problem = QLabel(self)
        self._problem.setProperty("rank", "error")
        self._problem.setTextFormat(Qt.TextFormat.PlainText)
        self._problem.setWordWrap(True)
        form = QFormLayout()
        form.setHorizontalSpacing(2 * SPACE)
        form.setVerticalSpacing(SPACE)
        for field in self._fields:
            form.addRow(field.label, self._line(field))
        confirm = push_button(confirm_text, kind=ButtonKind.PRIMARY, parent=self)
        confirm.setDefault(True)
        confirm.clicked.connect(self._hand_in)
        cancel = push_button(self.tr("Cancel"), keys=self.tr("Esc"), parent=self)
        cancel.setAutoDefault(False)
        cancel.clicked.connect(self.reject)
        foot = QHBoxLayout()
        foot.addWidget(self._problem, 1)
        foot.addWidget(cancel)
        foot.addWidget(confirm)
        column = QVBoxLayout(self)
        column.setContentsMargins(3 * SPACE, 3 * SPACE, 3 * SPACE, 2 * SPACE)
        column.setSpacing(2 * SPACE)
        for words, rank in ((title, "strong"), (text, "muted")):
            label = QLabel(self)
            label.setTextFormat(Qt.TextFormat.PlainText)
            label.setText(words)
            label.setWordWrap(True)
            label.setProperty("rank", rank)
            label.setVisible(bool(words))
            column.addWidget(label)
        column.addLayout(form)
        column.addLayout(foot)
        if self.lines:
            self.lines[0].setFocus()
            self.lines[0].selectAll()

    def values(self) -> tuple[str, ...]:
        """Return what stands in the fields now."""
        return tuple(
            line.text() if field.is_secret else line.text().strip()
            for field, line in zip(self._fields, self.lines, strict=True)
        )

    def problem(self) -> str:
        """Return what stands in the way; '' when nothing does."""
        return self._problem.text()

    def _hand_in(self) -> None:
        for field, line, value in zip(self._fields, self.lines, self.values(), strict=True):
            problem = field.missing if field.missing and not value.strip() else field.check(value)
            if problem:
                self._problem.setText(problem)
                self._set_invalid(line, True)
                line.setFocus()
                return
        values = self.values()
        self.accept()
        self.entered.emit(values)

    def _line(self, field: FormField) -> QLineEdit:
        line = QLineEdit(field.text, self)
        line.setAccessibleName(field.label.replace("&", ""))
        line.setToolTip(field.hint or field.label.replace("&", ""))
        line.setPlaceholderText(field.hint)
        if field.is_secret:
            line.setEchoMode(QLineEdit.EchoMode.Password)
        line.textChanged.connect(lambda: self._forget_problem(line))
        self.lines.append(line)
        return line

    def _forget_problem(self, line: QLineEdit) -> None:
        self._problem.clear()
        self._set_invalid(line, False)

    def _set_invalid(self, line: QLineEdit, is_invalid: bool) -> None:
        line.setProperty("invalid", is_invalid)
        line.style().unpolish(line)
        line.style().polish(line)
