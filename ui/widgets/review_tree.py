"""Items and persons of the report, with what is still to review; one press leads to the person."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtGui import QIcon, QKeyEvent
from PySide6.QtWidgets import (
    QCheckBox,
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)

from core.domain.evidence import EvidenceState
from ui.icons import Icon, Tint, icon
from ui.plain import plain_tip, spelled
from ui.theme import scaled
from ui.tokens import SPACE
from ui.widgets.buttons import push_button
from ui.widgets.list_keys import MOVES
from ui.widgets.report_summary import ItemLine, PersonLine

_KEY = Qt.ItemDataRole.UserRole


class ReviewTree(QWidget):
    """What the report will say of whom.

    Signals:
        person_chosen: evidence id, person track id.
        item_chosen: evidence id of an item without persons.
    """

    person_chosen = Signal(int, int)
    item_chosen = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._items: tuple[ItemLine, ...] = ()
        self._count = QLabel(self)
        self._count.setProperty("rank", "strong")
        self._open_only = QCheckBox(self.tr("Only what is to do"), self)
        self._open_only.setToolTip(self.tr("Hide what was reviewed"))
        self._open_only.toggled.connect(self._fill)
        self._tree = _Tree(self)
        self._tree.setAccessibleName(self.tr("Items and persons of the report"))
        self._tree.itemActivated.connect(lambda *_: self.go_there())
        self._tree.currentItemChanged.connect(lambda *_: self._offer())
        self._go = push_button(
            self.tr("Go there"), glyph=Icon.ANALYSIS, tip=self.tr("Show it on the analysis page"), parent=self
        )
        self._go.clicked.connect(self.go_there)
        foot = QHBoxLayout()
        foot.addWidget(self._open_only, 1)
        foot.addWidget(self._go)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(SPACE)
        column.addWidget(self._count)
        column.addWidget(self._tree, 1)
        column.addLayout(foot)
        self.set_items(())

    def set_items(self, items: Sequence[ItemLine]) -> None:
        """Show these; the selected one stays selected."""
        self._items = tuple(items)
        self._fill()

    def rows(self) -> list[str]:
        """Return what is shown, line by line: name, state."""
        return [f"{'  ' if row.parent() else ''}{row.text(0)}: {row.text(1)}" for row in self._rows()]

    def select(self, evidence_id: int, person_track_id: int | None = None) -> None:
        """Select an item or a person, if it is shown."""
        for row in self._rows():
            if row.data(0, _KEY) == (evidence_id, person_track_id):
                self._tree.setCurrentItem(row)

    def go_there(self) -> None:
        """Announce the selected person, or the first open one of the selected item."""
        current = self._tree.currentItem()
        if current is None:
            return
        evidence_id, person_id = current.data(0, _KEY)
        if person_id is None:
            persons = next((item.persons for item in self._items if item.evidence_id == evidence_id), ())
            if not persons:
                self.item_chosen.emit(evidence_id)
                return
            person_id = min(persons, key=lambda p: (p.is_reviewed, p.person_track_id)).person_track_id
        self.person_chosen.emit(evidence_id, person_id)

    def _rows(self) -> list[QTreeWidgetItem]:
        """All rows from top to bottom."""
        found: list[QTreeWidgetItem] = []
        row = self._tree.topLevelItem(0)
        while row is not None:
            found.append(row)
            row = self._tree.itemBelow(row)
        return found

    def _fill(self) -> None:
        current = self._tree.currentItem()
        selected = current.data(0, _KEY) if current is not None else None
        place = self._tree.verticalScrollBar().value()
        self._tree.clear()
        for item in self._items:
            persons = [p for p in item.persons if not (p.is_reviewed and self._open_only.isChecked())]
            if self._open_only.isChecked() and not persons and item.state is EvidenceState.DONE:
                continue
            self._tree.addTopLevelItem(self._item_row(item, persons))
        self._tree.expandAll()
        self._tree.verticalScrollBar().setValue(place)
        n_open = sum(not p.is_reviewed for item in self._items for p in item.persons)
        one, many = self.tr("1 person to review"), self.tr("{n} persons to review").format(n=n_open)
        none = self.tr("Every person is reviewed") if any(i.persons for i in self._items) else self.tr("No persons yet")
        self._count.setText(none if not n_open else one if n_open == 1 else many)
        if selected is not None:
            self.select(*selected)
        self._offer()

    def _item_row(self, item: ItemLine, persons: Sequence[PersonLine]) -> QTreeWidgetItem:
        sign, words = self._state_of(item)
        row = QTreeWidgetItem([f"{item.number}. {spelled(item.name)}", words])
        row.setIcon(1, sign)
        row.setToolTip(0, plain_tip(item.name))
        row.setData(0, _KEY, (item.evidence_id, None))
        for person in persons:
            child = QTreeWidgetItem(
                [
                    self.tr("Person {n}").format(n=person.person_track_id),
                    self.tr("Reviewed") if person.is_reviewed else self.tr("To review"),
                ]
            )
            child.setIcon(1, icon(Icon.CHECK, Tint.SUCCESS) if person.is_reviewed else icon(Icon.EYE, Tint.WARNING))
            child.setToolTip(1, self.tr("{n} decisions, notes and observations").format(n=person.n_decisions))
            child.setData(0, _KEY, (person.evidence_id, person.person_track_id))
            row.addChild(child)
        return row

    def _state_of(self, item: ItemLine) -> tuple[QIcon, str]:
        if item.state is EvidenceState.FAILED:
            return icon(Icon.ERROR, Tint.DANGER), self.tr("Failed")
        if item.state is not EvidenceState.DONE:
            return icon(Icon.CLOCK, Tint.WARNING), self.tr("Not finished")
        n_open = sum(not person.is_reviewed for person in item.persons)
        if not item.persons:
            return icon(Icon.CHECK, Tint.MUTED), self.tr("No persons")
        if n_open:
            return icon(Icon.EYE, Tint.WARNING), self.tr("{n} to review").format(n=n_open)
        return icon(Icon.CHECK, Tint.SUCCESS), self.tr("Reviewed")

    def _offer(self) -> None:
        self._go.setEnabled(self._tree.currentItem() is not None)


class _Tree(QTreeWidget):
    """Two columns: whom, and how far the review is."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setColumnCount(2)
        self.setHeaderHidden(True)
        self.setUniformRowHeights(True)
        self.setRootIsDecorated(False)
        self.setIndentation(2 * SPACE)
        self.setTextElideMode(Qt.TextElideMode.ElideMiddle)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setMinimumHeight(scaled(16 * SPACE))
        header = self.header()
        header.setStretchLastSection(False)
        header.setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        header.setSectionResizeMode(1, QHeaderView.ResizeMode.ResizeToContents)

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802
        """Keep the keys that move through the tree and the one that activates."""
        if event.key() in MOVES or event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            super().keyPressEvent(event)
        else:
            event.ignore()

    def changeEvent(self, event: QEvent) -> None:  # noqa: N802
        """Icons follow the theme by themselves; the rows only need painting."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange:
            self.viewport().update()
