"""The custody log of a case, to be read only."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import (
    QAbstractListModel,
    QDateTime,
    QLocale,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    QRect,
    QSize,
    Qt,
)
from PySide6.QtGui import QFont, QPainter
from PySide6.QtWidgets import (
    QAbstractItemView,
    QListView,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QVBoxLayout,
    QWidget,
)

from core.domain.custody import CustodyStatus, KeyFacts
from core.domain.report import AuditEntry
from ui.plain import plain_tip, spelled
from ui.theme import colour, current_palette, scaled
from ui.tokens import SPACE, TYPE
from ui.widgets.custody_head import CustodyHead

_Index = QModelIndex | QPersistentModelIndex
_ENTRY_ROLE = int(Qt.ItemDataRole.UserRole)
_ENTRY_PX = 44


class CustodyLog(QWidget):
    """Time, who, action and detail of every entry, newest first, below what a check of the log came to.

    Attributes:
        head: what the check came to, and the buttons beside it.
    """

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._model = _LogModel(self)
        self.head = CustodyHead(self)
        self._list = QListView(self)
        self._list.setModel(self._model)
        self._list.setItemDelegate(_EntryDelegate(self._list))
        self._list.setAccessibleName(self.tr("Custody log"))
        self._list.setUniformItemSizes(True)
        self._list.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self._list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        page = QVBoxLayout(self)
        page.setContentsMargins(SPACE // 2, SPACE, SPACE // 2, SPACE)
        page.setSpacing(SPACE)
        page.addWidget(self.head)
        page.addWidget(self._list, 1)

    def set_log(self, entries: Sequence[AuditEntry], status: CustodyStatus | None) -> None:
        """Show the log.

        Args:
            entries: oldest first.
            status: what a check of it came to; None when it was not checked.
        """
        self._model.set_entries(entries)
        self.head.set_status(status)

    def set_key(self, key: KeyFacts | None) -> None:
        """Say which key is open; None for none."""
        self.head.set_key(key)

    def verdict(self) -> str:
        """Return the words on the chain."""
        return self.head.verdict()

    def lines(self) -> list[tuple[str, str, str]]:
        """Return (who, action, detail) of every entry, as listed."""
        return [(entry.actor, entry.action, entry.detail) for entry in self._model.entries]


class _LogModel(QAbstractListModel):
    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self.entries: tuple[AuditEntry, ...] = ()

    def set_entries(self, entries: Sequence[AuditEntry]) -> None:
        newest_first = tuple(reversed(entries))
        n_new = len(newest_first) - len(self.entries)
        if n_new >= 0 and newest_first[n_new:] == self.entries:
            if n_new:
                self.beginInsertRows(QModelIndex(), 0, n_new - 1)
                self.entries = newest_first
                self.endInsertRows()
            return
        self.beginResetModel()
        self.entries = newest_first
        self.endResetModel()

    def rowCount(self, parent: _Index = QModelIndex()) -> int:  # noqa: N802, B008
        return 0 if parent.isValid() else len(self.entries)

    def data(self, index: _Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        entry = self.entries[index.row()]
        if role == _ENTRY_ROLE:
            return entry
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole):
            return f"{_when(entry)}: {spelled(f'{entry.action}, {entry.actor}: {entry.detail}')}"
        if role == Qt.ItemDataRole.ToolTipRole:
            said = f"{entry.at.isoformat()}\n{entry.actor}: {entry.action}\n{entry.detail}\n{entry.entry_sha256}"
            return plain_tip(said)
        return None


class _EntryDelegate(QStyledItemDelegate):
    """Two lines: action and time; who, and the detail."""

    def sizeHint(self, option: QStyleOptionViewItem, index: _Index) -> QSize:  # noqa: N802
        return QSize(20 * SPACE, scaled(_ENTRY_PX))

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: _Index) -> None:
        entry = index.data(_ENTRY_ROLE)
        self.initStyleOption(option, index)
        option.text = ""
        style = option.widget.style()
        style.drawControl(QStyle.ControlElement.CE_ItemViewItem, option, painter, option.widget)
        room: QRect = option.rect.adjusted(SPACE, SPACE // 2, -SPACE, -SPACE // 2)
        palette, font = current_palette(), QFont(option.font)
        painter.save()
        font.setPixelSize(scaled(TYPE.small))
        painter.setFont(font)
        painter.setPen(colour(palette.muted))
        when = _when(entry)
        painter.drawText(room, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignTop, when)
        when_px = painter.fontMetrics().horizontalAdvance(when) + SPACE
        below = f"{entry.actor}: {entry.detail}".replace("\n", " ")
        below = painter.fontMetrics().elidedText(below, Qt.TextElideMode.ElideRight, room.width())
        painter.drawText(room, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignBottom, below)
        font.setPixelSize(scaled(TYPE.body))
        painter.setFont(font)
        painter.setPen(colour(palette.text))
        above = painter.fontMetrics().elidedText(entry.action, Qt.TextElideMode.ElideRight, room.width() - when_px)
        painter.drawText(room, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop, above)
        painter.restore()


def _when(entry: AuditEntry) -> str:
    local = QDateTime.fromSecsSinceEpoch(int(entry.at.timestamp()))
    return f"{QLocale().toString(local.date(), QLocale.FormatType.ShortFormat)} {local.toString('HH:mm:ss')}"
