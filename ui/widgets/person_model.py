"""The persons of an item as rows of a list that can be narrowed down."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from PySide6.QtCore import (
    QAbstractListModel,
    QCoreApplication,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    QSortFilterProxyModel,
    Qt,
)

from ui.plain import plain_tip

ROW_ROLE = Qt.ItemDataRole.UserRole + 1


class ReviewState(StrEnum):
    """How far people are with a person."""

    TO_REVIEW = "to review"
    REVIEWED = "reviewed"
    IGNORED = "ignored"


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonRow:
    """One line of the list.

    Attributes:
        key: names the line: of a person its person track id, of ignored tracks minus the id of the decision.
        label: ``"Person 2"``, or ``"Ignored: track 4"``.
        span: when it was seen, ``"0:00:01.200 – 0:00:04.800"``.
        fake_score: three decimals, '' for none.
        state: how far the review is.
        track_id: gives the line the colour of that track.
        tracks: all its track ids.
    """

    key: int
    label: str
    span: str
    fake_score: str
    state: ReviewState
    track_id: int
    tracks: tuple[int, ...]

    @property
    def is_ignored(self) -> bool:
        """Whether a person said that these tracks do not matter."""
        return self.state is ReviewState.IGNORED


def state_words(state: ReviewState) -> str:
    """Return the state in the language of the window."""
    return {
        ReviewState.TO_REVIEW: _said("to review"),
        ReviewState.REVIEWED: _said("reviewed"),
        ReviewState.IGNORED: _said("ignored"),
    }[state]


class PersonModel(QAbstractListModel):
    """Rows of `PersonRow`, in the order in which they were set."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._rows: tuple[PersonRow, ...] = ()
        self._places: dict[int, int] = {}

    @property
    def rows(self) -> tuple[PersonRow, ...]:
        """All rows, the narrowed-out ones too."""
        return self._rows

    def place_of(self, key: int) -> int:
        """Return the place of the row with this key; -1 for none."""
        return self._places.get(key, -1)

    def set_rows(self, rows: Sequence[PersonRow]) -> None:
        """Show other rows; where only their words differ, what is chosen stays chosen."""
        rows = tuple(rows)
        if [row.key for row in rows] == [row.key for row in self._rows]:
            self._rows = rows
            if rows:
                self.dataChanged.emit(self.index(0), self.index(len(rows) - 1))
            return
        self.beginResetModel()
        self._rows = rows
        self._places = {row.key: place for place, row in enumerate(rows)}
        self.endResetModel()

    def rowCount(self, parent: QModelIndex | QPersistentModelIndex = QModelIndex()) -> int:  # noqa: N802, B008
        """Return the number of rows."""
        return 0 if parent.isValid() else len(self._rows)

    def data(self, index: QModelIndex | QPersistentModelIndex, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Return a row, or words on it."""
        if not index.isValid():
            return None
        row = self._rows[index.row()]
        if role == ROW_ROLE:
            return row
        if role == Qt.ItemDataRole.DisplayRole:
            return row.label
        if role in (Qt.ItemDataRole.AccessibleTextRole, Qt.ItemDataRole.ToolTipRole):
            tracks = _said("tracks {ids}").format(ids=", ".join(map(str, row.tracks)))
            score = _said("fake score {score}").format(score=row.fake_score) if row.fake_score else ""
            said = ", ".join(part for part in (row.label, state_words(row.state), row.span, score, tracks) if part)
            return plain_tip(said) if role == Qt.ItemDataRole.ToolTipRole else said
        return None


class PersonFilter(QSortFilterProxyModel):
    """Lets rows through whose label or tracks hold a text, and whose state is wanted."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._text = ""
        self._state: ReviewState | None = None

    def narrow(self, text: str, state: ReviewState | None) -> None:
        """Ask for less or for more; '' and None let everything through."""
        self.beginFilterChange()
        self._text, self._state = text.strip().casefold(), state
        self.endFilterChange()

    def filterAcceptsRow(self, source_row: int, source_parent: QModelIndex | QPersistentModelIndex) -> bool:  # noqa: N802
        """Return whether a row is wanted."""
        row: PersonRow = self.sourceModel().index(source_row, 0, source_parent).data(ROW_ROLE)
        named = self._text in row.label.casefold() or self._text in map(str, row.tracks)
        return named and (self._state is None or row.state is self._state)


def _said(text: str) -> str:
    return QCoreApplication.translate("Person", text)
