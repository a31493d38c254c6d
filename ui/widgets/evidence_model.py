"""The evidence of a case as a table."""

from __future__ import annotations

from collections.abc import Sequence
from enum import IntEnum

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt

from core.domain.evidence import EvidenceItem, EvidenceKind
from ui.icons import Icon, Tint, icon
from ui.plain import plain_tip
from ui.theme import mono_font
from ui.tokens import TYPE
from ui.widgets import evidence_words as words
from ui.widgets.evidence_row import EvidenceRow, HashCheck, RowState

ROW_ROLE = int(Qt.ItemDataRole.UserRole)
SORT_ROLE = ROW_ROLE + 1
_HASH_DIGITS = 12
_Index = QModelIndex | QPersistentModelIndex


class Column(IntEnum):
    """Columns from left to right."""

    NAME = 0
    STATE = 1
    LENGTH = 2
    RESOLUTION = 3
    FRAME_RATE = 4
    FORMAT = 5
    SIZE = 6
    SHA256 = 7
    FOLDER = 8
    TAKEN_IN = 9


class EvidenceModel(QAbstractTableModel):
    """Rows keep their identity (`EvidenceRow.key`) over updates, so that selection and scrolling stay."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._rows: list[EvidenceRow] = []
        self._places: dict[str, int] | None = None
        self._heads = {
            Column.NAME: self.tr("Name"),
            Column.STATE: self.tr("State"),
            Column.LENGTH: self.tr("Length"),
            Column.RESOLUTION: self.tr("Resolution"),
            Column.FRAME_RATE: self.tr("Frame rate"),
            Column.FORMAT: self.tr("Format"),
            Column.SIZE: self.tr("Size"),
            Column.SHA256: self.tr("SHA-256"),
            Column.FOLDER: self.tr("Folder"),
            Column.TAKEN_IN: self.tr("Taken in"),
        }

    def rows(self) -> tuple[EvidenceRow, ...]:
        """Return what is shown, in the order of `set_rows`."""
        return tuple(self._rows)

    def set_rows(self, rows: Sequence[EvidenceRow]) -> None:
        """Show these; only what differs is announced."""
        self._places = None
        wanted = {row.key for row in rows}
        for place in range(len(self._rows) - 1, -1, -1):
            if self._rows[place].key not in wanted:
                self.beginRemoveRows(QModelIndex(), place, place)
                del self._rows[place]
                self.endRemoveRows()
        known = {row.key for row in self._rows}
        if [row.key for row in self._rows] != [row.key for row in rows if row.key in known]:
            self.beginResetModel()
            self._rows = list(rows)
            self.endResetModel()
            return
        for place, row in enumerate(rows):
            if row.key not in known:
                self.beginInsertRows(QModelIndex(), place, place)
                self._rows.insert(place, row)
                self.endInsertRows()
            elif self._rows[place] != row:
                self._rows[place] = row
                self.dataChanged.emit(self.index(place, 0), self.index(place, len(Column) - 1))

    def update_rows(self, rows: Sequence[EvidenceRow]) -> None:
        """Show these in place of those with their keys; the others stay, and what is not there is not added."""
        if self._places is None:
            self._places = {row.key: place for place, row in enumerate(self._rows)}
        for row in rows:
            place = self._places.get(row.key)
            if place is not None and self._rows[place] != row:
                self._rows[place] = row
                self.dataChanged.emit(self.index(place, 0), self.index(place, len(Column) - 1))

    def rowCount(self, parent: _Index = QModelIndex()) -> int:  # noqa: N802, B008
        """Return the number of inputs."""
        return 0 if parent.isValid() else len(self._rows)

    def columnCount(self, parent: _Index = QModelIndex()) -> int:  # noqa: N802, B008
        """Return the number of columns."""
        return 0 if parent.isValid() else len(Column)

    def headerData(  # noqa: N802
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> object:
        """Return the heads."""
        if orientation == Qt.Orientation.Horizontal and role == Qt.ItemDataRole.DisplayRole:
            return self._heads[Column(section)]
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
        return None

    def data(self, index: _Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        """Return what a cell shows; `ROW_ROLE` gives the `EvidenceRow`, `SORT_ROLE` something that can be compared."""
        row, column = self._rows[index.row()], Column(index.column())
        match role:
            case Qt.ItemDataRole.DisplayRole:
                return _text(row, column)
            case Qt.ItemDataRole.ToolTipRole:
                return plain_tip(_tip(row, column))
            case Qt.ItemDataRole.DecorationRole:
                return _sign(row, column)
            case Qt.ItemDataRole.FontRole if column is Column.SHA256:
                return mono_font(TYPE.small + 1)
            case Qt.ItemDataRole.AccessibleTextRole:
                return f"{self._heads[column]}: {_tip(row, column)}"
        if role == ROW_ROLE:
            return row
        if role == SORT_ROLE:
            return _sort_value(row, column)
        return None


def _text(row: EvidenceRow, column: Column) -> str:
    if column is Column.NAME:
        return row.path.name or str(row.path)
    if column is Column.STATE:
        return words.state_words(row)
    if column is Column.FOLDER:
        return str(row.path.parent)
    if row.item is None:
        return "–"
    if column is Column.SHA256:
        return f"{row.item.sha256[:_HASH_DIGITS]}…"
    return _item_text(row.item, column)


def _item_text(item: EvidenceItem, column: Column) -> str:
    match column:
        case Column.LENGTH:
            return words.length_words(item)
        case Column.RESOLUTION:
            return words.resolution_words(item)
        case Column.FRAME_RATE:
            return words.frame_rate_words(item)
        case Column.FORMAT:
            return words.format_words(item)
        case Column.SIZE:
            return words.size_words(item.size_bytes)
        case _:
            return words.taken_in_words(item)


def _tip(row: EvidenceRow, column: Column) -> str:
    item = row.item
    if column is Column.NAME:
        return str(row.path)
    if column is Column.STATE:
        parts = [words.state_words(row), row.next_step, *(row.summary.warnings if row.summary else ())]
        return "\n".join(part for part in parts if part)
    if item is not None and column is Column.SHA256:
        return "\n".join(part for part in (item.sha256, words.hash_check_words(row.hash_check)) if part)
    if item is not None and column is Column.FORMAT:
        return f"{item.codec}, {item.pixel_format}, {item.container}"
    if item is not None and column is Column.SIZE:
        return f"{item.size_bytes:,} B"
    return _text(row, column)


def _sign(row: EvidenceRow, column: Column) -> object:
    if column is Column.NAME:
        if row.item is None:
            return icon(Icon.UNKNOWN, Tint.MUTED)
        return icon(Icon.IMAGE if row.item.kind is EvidenceKind.IMAGE else Icon.VIDEO, Tint.MUTED)
    if column is Column.STATE:
        return icon(*words.state_sign(row))
    if column is Column.SHA256 and row.hash_check is not HashCheck.NOT_CHECKED:
        return {
            HashCheck.CHECKING: icon(Icon.CLOCK, Tint.MUTED),
            HashCheck.UNCHANGED: icon(Icon.CHECK, Tint.SUCCESS),
            HashCheck.CHANGED: icon(Icon.WARNING, Tint.DANGER),
            HashCheck.UNREADABLE: icon(Icon.WARNING, Tint.WARNING),
        }[row.hash_check]
    return None


def _sort_value(row: EvidenceRow, column: Column) -> str | float:
    item = row.item
    if column is Column.STATE:
        return list(RowState).index(row.state) + (row.summary.top_score or 0.0 if row.summary else 0.0)
    if column in (Column.NAME, Column.FOLDER):
        return _text(row, column).casefold()
    if item is None:
        return "" if column in (Column.FORMAT, Column.SHA256) else -1.0
    match column:
        case Column.LENGTH:
            return float(item.duration_s or 0)
        case Column.RESOLUTION:
            return float(item.width_px * item.height_px)
        case Column.FRAME_RATE:
            return float(item.nominal_fps or 0)
        case Column.FORMAT:
            return words.format_words(item).casefold()
        case Column.SIZE:
            return float(item.size_bytes)
        case Column.SHA256:
            return item.sha256
        case _:
            return item.ingested_at.timestamp()
