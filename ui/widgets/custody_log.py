"""The custody log of a case, to be read only."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import (
    QAbstractListModel,
    QDateTime,
    QEvent,
    QLocale,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    QRect,
    QSize,
    Qt,
    Signal,
)
from PySide6.QtGui import QFont, QPainter
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHBoxLayout,
    QLabel,
    QListView,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QVBoxLayout,
    QWidget,
)

from core.domain.report import AuditEntry
from ui.icons import Icon, Tint, icon_pixmap
from ui.theme import colour, current_palette
from ui.tokens import SPACE, TYPE
from ui.widgets.buttons import tool_button

_Index = QModelIndex | QPersistentModelIndex
_ENTRY_ROLE = int(Qt.ItemDataRole.UserRole)
_ENTRY_PX = 44


class CustodyLog(QWidget):
    """Time, who, action and detail of every entry, newest first, and whether the chain of hashes is whole.

    Signals:
        refresh_asked: read the log again and verify its chain.
    """

    refresh_asked = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._model = _LogModel(self)
        self._sign = QLabel(self)
        self._glyph, self._tint = Icon.UNKNOWN, Tint.MUTED
        self._verdict = QLabel(self)
        self._verdict.setTextFormat(Qt.TextFormat.PlainText)
        self._verdict.setWordWrap(True)
        refresh = tool_button(Icon.REFRESH, self.tr("Read the log again and verify it"), parent=self)
        refresh.clicked.connect(self.refresh_asked)
        head = QHBoxLayout()
        head.setSpacing(SPACE)
        head.addWidget(self._sign)
        head.addWidget(self._verdict, 1)
        head.addWidget(refresh)
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
        page.addLayout(head)
        page.addWidget(self._list, 1)
        self.set_log((), None)

    def set_log(self, entries: Sequence[AuditEntry], problems: Sequence[str] | None) -> None:
        """Show the log.

        Args:
            entries: oldest first.
            problems: what is wrong with its chain, empty when it is whole; None when it was not verified.
        """
        self._model.set_entries(entries)
        if problems is None:
            self._glyph, self._tint = Icon.UNKNOWN, Tint.MUTED
            self._verdict.setText(self.tr("Chain not verified yet"))
        elif problems:
            self._glyph, self._tint = Icon.WARNING, Tint.DANGER
            self._verdict.setText(self.tr("Chain verified: NO") + "\n" + "\n".join(problems[:3]))
        else:
            self._glyph, self._tint = Icon.SUCCESS, Tint.SUCCESS
            head = f" · {entries[-1].entry_sha256[:12]}…" if entries else ""
            self._verdict.setText(self.tr("Chain verified: yes") + f" · {self._count(len(entries))}{head}")
        self._verdict.setToolTip(entries[-1].entry_sha256 if entries else "")
        self._paint_sign()

    def verdict(self) -> str:
        """Return the words on the chain."""
        return self._verdict.text()

    def lines(self) -> list[tuple[str, str, str]]:
        """Return (who, action, detail) of every entry, as listed."""
        return [(entry.actor, entry.action, entry.detail) for entry in self._model.entries]

    def changeEvent(self, event: QEvent) -> None:  # noqa: N802
        """Follow the theme."""
        super().changeEvent(event)
        if event.type() in (QEvent.Type.PaletteChange, QEvent.Type.StyleChange):
            self._paint_sign()

    def _count(self, n: int) -> str:
        return self.tr("1 entry") if n == 1 else self.tr("%n entries", "", n)

    def _paint_sign(self) -> None:
        self._sign.setPixmap(icon_pixmap(self._glyph, 2 * SPACE, self._tint, self.devicePixelRatioF()))


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
            return f"{_when(entry)}: {entry.action}, {entry.actor}: {entry.detail}"
        if role == Qt.ItemDataRole.ToolTipRole:
            return f"{entry.at.isoformat()}\n{entry.actor}: {entry.action}\n{entry.detail}\n{entry.entry_sha256}"
        return None


class _EntryDelegate(QStyledItemDelegate):
    """Two lines: action and time; who, and the detail."""

    def sizeHint(self, option: QStyleOptionViewItem, index: _Index) -> QSize:  # noqa: N802
        return QSize(20 * SPACE, _ENTRY_PX)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: _Index) -> None:
        entry = index.data(_ENTRY_ROLE)
        self.initStyleOption(option, index)
        option.text = ""
        style = option.widget.style()
        style.drawControl(QStyle.ControlElement.CE_ItemViewItem, option, painter, option.widget)
        room: QRect = option.rect.adjusted(SPACE, SPACE // 2, -SPACE, -SPACE // 2)
        palette, font = current_palette(), QFont(option.font)
        painter.save()
        font.setPixelSize(TYPE.small)
        painter.setFont(font)
        painter.setPen(colour(palette.muted))
        when = _when(entry)
        painter.drawText(room, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignTop, when)
        when_px = painter.fontMetrics().horizontalAdvance(when) + SPACE
        below = f"{entry.actor}: {entry.detail}".replace("\n", " ")
        below = painter.fontMetrics().elidedText(below, Qt.TextElideMode.ElideRight, room.width())
        painter.drawText(room, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignBottom, below)
        font.setPixelSize(TYPE.body)
        painter.setFont(font)
        painter.setPen(colour(palette.text))
        above = painter.fontMetrics().elidedText(entry.action, Qt.TextElideMode.ElideRight, room.width() - when_px)
        painter.drawText(room, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop, above)
        painter.restore()


def _when(entry: AuditEntry) -> str:
    local = QDateTime.fromSecsSinceEpoch(int(entry.at.timestamp()))
    return f"{QLocale().toString(local.date(), QLocale.FormatType.ShortFormat)} {local.toString('HH:mm:ss')}"
