"""People of a gallery as rows of a list: filtered and sorted at once, however many they are."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from enum import StrEnum
from typing import Any

from PySide6.QtCore import QAbstractListModel, QModelIndex, QObject, QPersistentModelIndex, Qt

from core.domain.gallery import PersonRecord
from ui.plain import plain_tip

PERSON_ROLE = Qt.ItemDataRole.UserRole + 1


class PeopleOrder(StrEnum):
    """What people are sorted by."""

    NAME = "name"
    NEWEST = "newest"
    PHOTOS = "photos"


class PeopleModel(QAbstractListModel):
    """Rows of `PersonRecord`.

    The filter looks for every word typed, in any order, in name, note, basis and hold, without regard to case and
    accents; ``#7`` finds the person of that id.
    """

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._people: tuple[PersonRecord, ...] = ()
        self._searched: dict[int, str] = {}
        self._shown: list[PersonRecord] = []
        self._row_of: dict[int, int] = {}
        self._needle = ""
        self._order = PeopleOrder.NAME

    @property
    def n_people(self) -> int:
        """How many there are, shown or not."""
        return len(self._people)

    def set_people(self, people: Sequence[PersonRecord]) -> None:
        """Show other people, or the same after a change."""
        known = {person.id: person for person in self._people}
        # Folding text is the slow part: only for people who are new or have changed.
        self._searched = {p.id: self._searched[p.id] if known.get(p.id) == p else _searchable(p) for p in people}
        self._people = tuple(people)
        shown = self._chosen()
        if [p.id for p in shown] == [p.id for p in self._shown]:
            changed = [row for row, (new, old) in enumerate(zip(shown, self._shown, strict=True)) if new != old]
            self._shown = shown
            for row in changed:
                self.dataChanged.emit(self.index(row), self.index(row))
            return
        self._reset(shown)

    def changed_photos(self, people: Sequence[PersonRecord]) -> list[int]:
        """Return the ids of those of `people` who have other photos than shown now, and of those who are gone."""
        known = {person.id: person.n_templates for person in self._people}
        gone = known.keys() - {person.id for person in people}
        return [*gone, *(p.id for p in people if known.get(p.id, p.n_templates) != p.n_templates)]

    def set_filter(self, text: str) -> None:
        """Show only people in whom all words of `text` are found."""
        needle = folded(text)
        if needle != self._needle:
            self._needle = needle
            self._reset(self._chosen())

    def set_order(self, order: PeopleOrder) -> None:
        """Sort by name, by the latest first, or by the number of photos, most first."""
        if order is not self._order:
            self._order = order
            self._reset(self._chosen())

    def person(self, person_id: int) -> PersonRecord | None:
        """Return a person, shown or not; None when nobody has that id."""
        return next((person for person in self._people if person.id == person_id), None)

    def person_at(self, row: int) -> PersonRecord:
        """Return the person in a row shown."""
        return self._shown[row]

    def row_of(self, person_id: int) -> int:
        """Return the row in which a person is shown; -1 for none."""
        return self._row_of.get(person_id, -1)

    def rowCount(self, parent: QModelIndex | QPersistentModelIndex = QModelIndex()) -> int:  # noqa: N802, B008
        """Return how many people are shown."""
        return 0 if parent.isValid() else len(self._shown)

    def data(self, index: QModelIndex | QPersistentModelIndex, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Return a person, or words on them."""
        if not index.isValid() or index.row() >= len(self._shown):
            return None
        person = self._shown[index.row()]
        if role == PERSON_ROLE:
            return person
        if role == Qt.ItemDataRole.DisplayRole:
            return person.name
        if role in (Qt.ItemDataRole.AccessibleTextRole, Qt.ItemDataRole.ToolTipRole):
            words = [person.name, self.tr("%n photo(s)", "", person.n_templates)]
            words += [self.tr("legal hold: {reason}").format(reason=person.legal_hold)] if person.legal_hold else []
            said = ", ".join(words)
            return plain_tip(said) if role == Qt.ItemDataRole.ToolTipRole else said
        return None

    def _chosen(self) -> list[PersonRecord]:
        words = self._needle.split()
        found = [p for p in self._people if self._fits(p, words)] if words else list(self._people)
        if self._order is PeopleOrder.NEWEST:
            return sorted(found, key=lambda p: (p.added_at, p.id), reverse=True)
        if self._order is PeopleOrder.PHOTOS:
            return sorted(found, key=lambda p: (-p.n_templates, self._searched[p.id]))
        return sorted(found, key=lambda p: self._searched[p.id])  # which begins with the name

    def _fits(self, person: PersonRecord, words: list[str]) -> bool:
        text = self._searched[person.id]
        return all(word in text or word == f"#{person.id}" for word in words)

    def _reset(self, shown: list[PersonRecord]) -> None:
        self.beginResetModel()
        self._shown = shown
        self._row_of = {person.id: row for row, person in enumerate(shown)}
        self.endResetModel()


def folded(text: str) -> str:
    """Return `text` without case and accents, so that "jose" finds "José"."""
    if text.isascii():
        return text.lower()
    parts = unicodedata.normalize("NFKD", text.casefold())
    return "".join(c for c in parts if not unicodedata.combining(c))


def _searchable(person: PersonRecord) -> str:
    return folded("\n".join((person.name, person.note, person.basis, person.legal_hold)))
