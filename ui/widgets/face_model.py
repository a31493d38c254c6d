"""The recovered frames of a person as rows of a list, in the order a person asked for."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from PySide6.QtCore import QAbstractListModel, QModelIndex, QPersistentModelIndex, Qt

from ui.plain import plain_tip

ENTRY_ROLE = Qt.ItemDataRole.UserRole + 1


@dataclass(frozen=True, slots=True, kw_only=True)
class FaceEntry:
    """One recovered frame.

    Attributes:
        key: names its picture.
        seconds: exact order in time, seconds.
        time: ``H:MM:SS.mmm`` for people.
        quality: of the face, [0, 1].
        fake_score: [0, 1].
        remark: what else is to be said of it, one sentence; '' for nothing.
    """

    key: Hashable
    seconds: float
    time: str
    quality: float
    fake_score: float
    remark: str = ""


class FaceOrder(StrEnum):
    """What the frames are sorted by."""

    TIME = "time"
    QUALITY = "quality"
    FAKE_SCORE = "fake score"


class FaceModel(QAbstractListModel):
    """Rows of `FaceEntry`; `place_of` and `row_of` tell the place in the list that was set from the row shown."""

    def __init__(self, parent: Any = None) -> None:
        super().__init__(parent)
        self._entries: tuple[FaceEntry, ...] = ()
        self._rows: list[int] = []
        self._row_of: dict[int, int] = {}
        self._order = FaceOrder.TIME

    @property
    def entries(self) -> tuple[FaceEntry, ...]:
        """The frames in the order in which they were set."""
        return self._entries

    def set_entries(self, entries: Sequence[FaceEntry]) -> None:
        """Show other frames."""
        self.beginResetModel()
        self._entries = tuple(entries)
        self._sort()
        self.endResetModel()

    def set_order(self, order: FaceOrder) -> None:
        """Sort by something else: time from the first, quality and score from the highest."""
        if order is not self._order:
            self.beginResetModel()
            self._order = order
            self._sort()
            self.endResetModel()

    def place_of(self, row: int) -> int:
        """Return the place in `entries` of a row shown."""
        return self._rows[row]

    def row_of(self, place: int) -> int:
        """Return the row in which the entry at this place is shown; -1 for none."""
        return self._row_of.get(place, -1)

    def rowCount(self, parent: QModelIndex | QPersistentModelIndex = QModelIndex()) -> int:  # noqa: N802, B008
        """Return the number of frames."""
        return 0 if parent.isValid() else len(self._rows)

    def data(self, index: QModelIndex | QPersistentModelIndex, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Return an entry, or words on it."""
        if not index.isValid():
            return None
        entry = self._entries[self._rows[index.row()]]
        if role == ENTRY_ROLE:
            return entry
        if role == Qt.ItemDataRole.DisplayRole:
            return entry.time
        if role in (Qt.ItemDataRole.AccessibleTextRole, Qt.ItemDataRole.ToolTipRole):
            words = self.tr("Frame at {time}, quality {quality}, fake score {score}").format(
                time=entry.time, quality=f"{entry.quality:.2f}", score=f"{entry.fake_score:.3f}"
            )
            said = f"{words}. {entry.remark}" if entry.remark else words
            return plain_tip(said) if role == Qt.ItemDataRole.ToolTipRole else said
        return None

    def _sort(self) -> None:
        keys = {
            FaceOrder.TIME: lambda place: self._entries[place].seconds,
            FaceOrder.QUALITY: lambda place: -self._entries[place].quality,
            FaceOrder.FAKE_SCORE: lambda place: -self._entries[place].fake_score,
        }
        self._rows = sorted(range(len(self._entries)), key=keys[self._order])
        self._row_of = {place: row for row, place in enumerate(self._rows)}
