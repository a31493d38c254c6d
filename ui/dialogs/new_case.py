"""Asks for what a case needs before evidence can be added."""

from __future__ import annotations

import re
from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QDialog,
    QFileDialog,
    QFormLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPlainTextEdit,
    QVBoxLayout,
    QWidget,
)

from core.domain.report import CaseInfo
from ui.icons import Icon
from ui.theme import ButtonKind, scaled
from ui.tokens import SPACE
from ui.widgets.buttons import push_button


class NewCaseDialog(QDialog):
    """Form of a new case; show it with `open()`.

    It stays open after `case_made`, so that nothing typed is lost when the folder turns out to be unusable, and hands
    nothing in a second time until it is answered: with `accept()`, with `show_problem`, or with `take_up`. It deletes
    itself when closed.

    Args:
        cases_folder: where cases usually go; the folder's name follows number and title until typed by hand.
        title: what it may be called, for example after the video that was dropped.
        examiner, organisation: as last time.

    Signals:
        case_made: folder and what was entered.
    """

    case_made = Signal(Path, CaseInfo)

    def __init__(
        self,
        cases_folder: Path,
        *,
        title: str = "",
        examiner: str = "",
        organisation: str = "",
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setModal(True)
        self.setWindowTitle(self.tr("New case"))
        self.setMinimumWidth(560)
        self._cases_folder = cases_folder
        self._folder_is_ours = True
        self._number = self._line(self.tr("Case number"))
        self._title = self._line(self.tr("Title"), title)
        self._folder = self._line(self.tr("Folder"))
        self._examiner = self._line(self.tr("Examiner"), examiner)
        self._organisation = self._line(self.tr("Organisation"), organisation)
        self._request = self._text(self.tr("Request"), self.tr("Who asks, and for what"))
        self._questions = self._text(self.tr("Questions"), self.tr("One a line"))
        self._problem = QLabel(self)
        self._problem.setProperty("rank", "error")
        self._problem.setTextFormat(Qt.TextFormat.PlainText)
        self._problem.setWordWrap(True)
        self._make = push_button(self.tr("Make the case"), kind=ButtonKind.PRIMARY, parent=self)
        self._arrange()
        self._number.textChanged.connect(self._suggest_folder)
        self._title.textChanged.connect(self._suggest_folder)
        self._folder.textEdited.connect(self._folder_typed)
        for field in (self._number, self._title, self._folder):
            field.textChanged.connect(self._forget_problem)
        self._make.clicked.connect(self._hand_in)
        self._suggest_folder()
        self._forget_problem()

    def case_info(self) -> CaseInfo:
        """Return what was entered."""
        lines = self._questions.toPlainText().splitlines()
        return CaseInfo(
            case_number=self._number.text().strip(),
            title=self._title.text().strip(),
            examiner=self._examiner.text().strip(),
            organisation=self._organisation.text().strip(),
            request=self._request.toPlainText().strip(),
            questions=tuple(line.strip() for line in lines if line.strip()),
        )

    def show_problem(self, text: str) -> None:
        """Say why this folder will not do; everything typed stays."""
        self.take_up()
        self._mark(self._folder, text)

    def take_up(self) -> None:
        """Let the case be made again: it was not made yet."""
        self._make.setEnabled(True)

    def problem(self) -> str:
        """Return what stands in the way now; '' when nothing does."""
        return self._problem.text()

    def _hand_in(self) -> None:
        info, folder = self.case_info(), Path(self._folder.text().strip()).expanduser()
        if not (info.case_number or info.title):
            self._mark(self._number, self.tr("Give the case a number or a title, so that it can be found again."))
        elif not self._folder.text().strip():
            self._mark(self._folder, self.tr("Choose a folder for the case."))
        elif not folder.is_absolute():
            self._mark(self._folder, self.tr("Give the whole path of the folder, or choose it."))
        else:
            self._make.setEnabled(False)  # a second click would make it twice
            self.case_made.emit(folder, info)

    def _mark(self, field: QLineEdit, text: str) -> None:
        self._problem.setText(text)
        self._problem.show()
        self._set_invalid(field, True)
        field.setAccessibleDescription(text)
        field.setFocus()

    def _forget_problem(self) -> None:
        self._problem.clear()
        self._problem.hide()
        for field in (self._number, self._folder):
            self._set_invalid(field, False)
            field.setAccessibleDescription("")

    def _set_invalid(self, field: QLineEdit, is_invalid: bool) -> None:
        field.setProperty("invalid", is_invalid)
        field.style().unpolish(field)
        field.style().polish(field)

    def _suggest_folder(self) -> None:
        if self._folder_is_ours:
            words = " ".join(part for part in (self._number.text(), self._title.text()) if part.strip())
            name = re.sub(r"[^\w.-]+", "-", words).strip("-.")[:60]
            self._folder.setText(str(self._cases_folder / name) if name else "")

    def _folder_typed(self, text: str) -> None:
        self._folder_is_ours = not text

    def _choose_folder(self) -> None:
        dialog = QFileDialog(self, self.tr("Folder of the case"), str(self._cases_folder))
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.setFileMode(QFileDialog.FileMode.Directory)
        dialog.setOption(QFileDialog.Option.ShowDirsOnly)
        dialog.fileSelected.connect(self._folder_chosen)
        dialog.open()

    def _folder_chosen(self, folder: str) -> None:
        self._folder_is_ours = False
        self._folder.setText(folder)

    def _arrange(self) -> None:
        choose = push_button(self.tr("Choose…"), glyph=Icon.FOLDER, tip=self.tr("Choose a folder"), parent=self)
        choose.setAutoDefault(False)
        choose.clicked.connect(self._choose_folder)
        cancel = push_button(self.tr("Cancel"), keys=self.tr("Esc"), parent=self)
        cancel.setAutoDefault(False)
        cancel.clicked.connect(self.reject)
        self._make.setDefault(True)
        where = QHBoxLayout()
        where.setSpacing(SPACE)
        where.addWidget(self._folder, 1)
        where.addWidget(choose)
        form = QFormLayout()
        form.setVerticalSpacing(SPACE + 2)
        form.setHorizontalSpacing(2 * SPACE)
        form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        form.addRow(self.tr("Case n&umber"), self._number)
        form.addRow(self.tr("&Title"), self._title)
        where_label = QLabel(self.tr("&Folder"), self)
        where_label.setBuddy(self._folder)
        form.addRow(where_label, where)
        form.addRow(self.tr("&Examiner"), self._examiner)
        form.addRow(self.tr("&Organisation"), self._organisation)
        form.addRow(self.tr("&Request"), self._request)
        form.addRow(self.tr("&Questions"), self._questions)
        foot = QHBoxLayout()
        foot.addWidget(self._problem, 1)
        foot.addWidget(cancel)
        foot.addWidget(self._make)
        column = QVBoxLayout(self)
        column.setContentsMargins(3 * SPACE, 3 * SPACE, 3 * SPACE, 2 * SPACE)
        column.setSpacing(2 * SPACE)
        column.addLayout(form)
        column.addLayout(foot)

    def _line(self, name: str, text: str = "") -> QLineEdit:
        field = QLineEdit(text, self)
        field.setAccessibleName(name)
        field.setToolTip(name)
        return field

    def _text(self, name: str, hint: str) -> QPlainTextEdit:
        field = QPlainTextEdit(self)
        field.setAccessibleName(name)
        field.setToolTip(hint)
        field.setPlaceholderText(hint)
        field.setTabChangesFocus(True)
        field.setFixedHeight(scaled(9 * SPACE))
        return field
