"""What the pages of the preferences are built from."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QComboBox,
    QFileDialog,
    QFormLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QMenu,
    QVBoxLayout,
    QWidget,
)

from core.domain.preferences import Preferences
from ui.icons import Icon
from ui.tokens import SPACE
from ui.widgets.buttons import push_button


class PreferencesPage(QWidget):
    """One page of the dialog: shows some of the preferences and gives them back as they were edited.

    Signals:
        changed: something was edited.
    """

    changed = Signal()

    def show_values(self, values: Preferences) -> None:
        """Fill in the fields."""
        raise NotImplementedError

    def edited(self, values: Preferences) -> Preferences:
        """Return `values` with what this page holds.

        Raises:
            ValueError: a field holds something impossible; see `problem`.
        """
        raise NotImplementedError

    def problem(self) -> tuple[QWidget, str] | None:
        """Return the first field that holds something impossible, and why; None when all is well."""
        return None


class PathField(QWidget):
    """A line for a path with a button that chooses one.

    Args:
        name: of the field.
        title: of the chooser.
        file_filter: of the file chooser; '' where only folders can be chosen.
        takes_folder: a folder can be chosen.

    Signals:
        changed: another path, typed or chosen.
    """

    changed = Signal()

    def __init__(
        self, name: str, title: str, file_filter: str, *, takes_folder: bool, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._title = title
        self._filter = file_filter
        self.line = QLineEdit(self)
        self.line.setAccessibleName(name)
        self.line.setToolTip(name)
        self.setFocusProxy(self.line)
        choose = push_button(self.tr("Choose…"), glyph=Icon.FOLDER, tip=title, parent=self)
        choose.setAutoDefault(False)
        if file_filter and takes_folder:
            menu = QMenu(choose)
            menu.addAction(self.tr("Choose a file…")).triggered.connect(lambda: self._choose(is_folder=False))
            menu.addAction(self.tr("Choose a folder…")).triggered.connect(lambda: self._choose(is_folder=True))
            choose.setMenu(menu)
        else:
            choose.clicked.connect(lambda: self._choose(is_folder=takes_folder))
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(SPACE)
        row.addWidget(self.line, 1)
        row.addWidget(choose)
        self.line.textChanged.connect(self.changed)

    def path(self) -> Path | None:
        """Return the path, None when the line is empty."""
        text = self.line.text().strip()
        return Path(text).expanduser() if text else None

    def set_path(self, path: Path | None) -> None:
        """Show a path; None empties the line."""
        self.line.setText(str(path) if path is not None else "")

    def _choose(self, *, is_folder: bool) -> None:
        dialog = QFileDialog(self, self._title, str(self.path() or Path.home()))
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        if is_folder:
            dialog.setFileMode(QFileDialog.FileMode.Directory)
        else:
            dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
            dialog.setNameFilters([self._filter, self.tr("All files (*)")])
        dialog.fileSelected.connect(self.line.setText)
        dialog.open()


def named_form() -> QFormLayout:
    """Return a form with the spacing of the dialog."""
    form = QFormLayout()
    form.setVerticalSpacing(SPACE + 4)
    form.setHorizontalSpacing(2 * SPACE)
    form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
    return form


def with_hint(field: QWidget, hint: QLabel) -> QVBoxLayout:
    """Return a field with words below it."""
    column = QVBoxLayout()
    column.setSpacing(2)
    column.addWidget(field)
    column.addWidget(hint)
    return column


def words(text: str, rank: str, parent: QWidget) -> QLabel:
    """Return a label of plain text that wraps."""
    label = QLabel(parent)
    label.setTextFormat(Qt.TextFormat.PlainText)
    label.setText(text)
    label.setWordWrap(True)
    label.setProperty("rank", rank)
    return label


def add_named(form: QFormLayout, name: str, field: QWidget, hint: QLabel | None = None) -> None:
    """Add a row whose label, an underlined letter in it, leads to `field`."""
    label = QLabel(name)
    label.setBuddy(field.focusProxy() or field)
    field.setAccessibleName(name.replace("&", ""))
    if hint is None:
        form.addRow(label, field)
    else:
        form.addRow(label, with_hint(field, hint))


def select_data(box: QComboBox, data: str, text_if_absent: str) -> None:
    """Select the entry with this data; one that is absent is added, so that what is stored is never changed unseen."""
    place = box.findData(data)
    if place < 0:
        box.addItem(text_if_absent, data)
        place = box.count() - 1
    box.setCurrentIndex(place)
