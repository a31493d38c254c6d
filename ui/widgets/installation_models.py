"""Tables of weights and of checks."""

from __future__ import annotations

from enum import IntEnum

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt

from core.domain.installation import Check, CheckState, WeightsInfo
from ui.icons import icon
from ui.plain import plain_tip
from ui.theme import mono_font
from ui.tokens import TYPE
from ui.widgets import installation_words as words

ROW_ROLE = int(Qt.ItemDataRole.UserRole)
_DIGITS = 12
_Index = QModelIndex | QPersistentModelIndex


class WeightsColumn(IntEnum):
    """Columns of the weights from left to right."""

    STATE = 0
    NAME = 1
    PURPOSE = 2
    SHA256 = 3
    TERMS = 4


class ChecksColumn(IntEnum):
    """Columns of the self-check from left to right."""

    STATE = 0
    NAME = 1
    FOUND = 2


class WeightsModel(QAbstractTableModel):
    """All weights files; `ROW_ROLE` gives the `WeightsInfo`."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._rows: tuple[WeightsInfo, ...] = ()

    def set_rows(self, rows: tuple[WeightsInfo, ...]) -> None:
        """Show these."""
        self.beginResetModel()
        self._rows = rows
        self.endResetModel()

    def rowCount(self, parent: _Index = QModelIndex()) -> int:  # noqa: N802, B008
        """Return the number of files."""
        return 0 if parent.isValid() else len(self._rows)

    def columnCount(self, parent: _Index = QModelIndex()) -> int:  # noqa: N802, B008
        """Return the number of columns."""
        return 0 if parent.isValid() else len(WeightsColumn)

    def headerData(  # noqa: N802
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> object:
        """Return the heads."""
        heads = (self.tr("State"), self.tr("Name"), self.tr("What it does"), self.tr("SHA-256"), self.tr("Terms"))
        return _head(heads, section, orientation, role)

    def data(self, index: _Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        """Return what a cell shows."""
        row, column = self._rows[index.row()], WeightsColumn(index.column())
        text = {
            WeightsColumn.STATE: words.weights_words(row.state),
            WeightsColumn.NAME: row.name,
            WeightsColumn.PURPOSE: words.purpose_words(row.purpose),
            WeightsColumn.SHA256: row.sha256 or "–",
            WeightsColumn.TERMS: row.terms or "–",
        }[column]
        match role:
            case Qt.ItemDataRole.DisplayRole:
                return f"{text[:_DIGITS]}…" if column is WeightsColumn.SHA256 and row.sha256 else text
            case Qt.ItemDataRole.ToolTipRole | Qt.ItemDataRole.AccessibleTextRole:
                said = row.detail or text if column is WeightsColumn.STATE else text
                return plain_tip(said) if role == Qt.ItemDataRole.ToolTipRole else said
            case Qt.ItemDataRole.DecorationRole if column is WeightsColumn.STATE:
                return icon(*words.weights_sign(row.state))
            case Qt.ItemDataRole.FontRole if column is WeightsColumn.SHA256:
                return mono_font(TYPE.small + 1)
        return row if role == ROW_ROLE else None


class ChecksModel(QAbstractTableModel):
    """Checks as they come in, what is not in order on top; `ROW_ROLE` gives the `Check`."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._rows: list[Check] = []

    def rows(self) -> tuple[Check, ...]:
        """Return what is shown, top to bottom."""
        return tuple(self._rows)

    def clear(self) -> None:
        """Start anew."""
        self.beginResetModel()
        self._rows.clear()
        self.endResetModel()

    def add(self, check: Check) -> None:
        """Put a check behind those that are as grave."""
        place = sum(_gravity(row) <= _gravity(check) for row in self._rows)
        self.beginInsertRows(QModelIndex(), place, place)
        self._rows.insert(place, check)
        self.endInsertRows()

    def rowCount(self, parent: _Index = QModelIndex()) -> int:  # noqa: N802, B008
        """Return the number of checks so far."""
        return 0 if parent.isValid() else len(self._rows)

    def columnCount(self, parent: _Index = QModelIndex()) -> int:  # noqa: N802, B008
        """Return the number of columns."""
        return 0 if parent.isValid() else len(ChecksColumn)

    def headerData(  # noqa: N802
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> object:
        """Return the heads."""
        heads = (self.tr("State"), self.tr("Checked"), self.tr("Found, and what to do"))
        return _head(heads, section, orientation, role)

    def data(self, index: _Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        """Return what a cell shows."""
        row, column = self._rows[index.row()], ChecksColumn(index.column())
        match role:
            case Qt.ItemDataRole.DisplayRole | Qt.ItemDataRole.ToolTipRole | Qt.ItemDataRole.AccessibleTextRole:
                said = {
                    ChecksColumn.STATE: words.check_words(row.state),
                    ChecksColumn.NAME: row.name,
                    ChecksColumn.FOUND: f"{row.value}\n→ {row.next_step}" if row.next_step else row.value,
                }[column]
                return plain_tip(said) if role == Qt.ItemDataRole.ToolTipRole else said
            case Qt.ItemDataRole.DecorationRole if column is ChecksColumn.STATE:
                return icon(*words.check_sign(row.state))
        return row if role == ROW_ROLE else None


def _gravity(check: Check) -> int:
    return (CheckState.FAILED, CheckState.WARNING, CheckState.OK).index(check.state)


def _head(heads: tuple[str, ...], section: int, orientation: Qt.Orientation, role: int) -> object:
    if orientation == Qt.Orientation.Horizontal and role == Qt.ItemDataRole.DisplayRole:
        return heads[section]
    if role == Qt.ItemDataRole.TextAlignmentRole:
        return Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
    return None
