"""All that a gallery knows of one person, and what can be done about it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QFormLayout,
    QFrame,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QSizePolicy,
    QStackedLayout,
    QVBoxLayout,
    QWidget,
)

from core.domain.gallery import PersonRecord, TemplateRecord
from ui.dialogs.gallery_questions import hold_words
from ui.icons import Icon, Tint, icon
from ui.plain import plain_tip, spelled
from ui.shortcuts import Command, keys_of
from ui.theme import ButtonKind, scaled
from ui.tokens import SPACE
from ui.widgets.buttons import push_button
from ui.widgets.drop_hint import DropHint
from ui.widgets.empty_state import EmptyState
from ui.widgets.long_text import LongText
from ui.widgets.person_photos import PersonPhotos
from ui.widgets.scrolled import Scrolled


class GalleryPerson(QWidget):
    """Details of the chosen person.

    Signals:
        photos_dropped: (list of `Path`, person id) further photos of this person.
        add_photos_asked, rename_asked, merge_asked, hold_asked, retention_asked, erasure_asked: the
            buttons.
        split_asked: ids of the marked photos.
    """

    photos_dropped = Signal(list, object)
    add_photos_asked = Signal()
    rename_asked = Signal()
    merge_asked = Signal()
    split_asked = Signal(tuple)
    hold_asked = Signal()
    retention_asked = Signal()
    erasure_asked = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._person: PersonRecord | None = None
        self._name = self._label("title")
        self._basis = LongText(self.tr("Basis on which the data is held"), self)
        self._note = LongText(self.tr("Note"), self)
        self._since = self._label("")
        self._kept = LongText(self.tr("Until when the data may be held"), self)
        self._hold_row = QFrame(self)
        self._hold_words = LongText(self.tr("Legal hold"), self)
        self._photos_title = self._label("section")
        self.photos = PersonPhotos(self)
        self.photos.marked_changed.connect(self._update_split)
        self._make_buttons()
        nobody = EmptyState(
            Icon.PERSON,
            self.tr("Nobody is chosen"),
            self.tr("Choose a person to see photos, notes and the basis on which the data is held."),
            parent=self,
        )
        self._whole = QWidget(self)
        self._whole.setObjectName("page")
        self._arrange()
        self._stack = QStackedLayout(self)
        self._stack.setContentsMargins(0, 0, 0, 0)
        self._stack.addWidget(nobody)
        self._stack.addWidget(Scrolled(self._whole, self))
        self._hint = DropHint(self._whole, "")
        self._hint.files_dropped.connect(self._dropped)

    @property
    def person(self) -> PersonRecord | None:
        """Who is shown."""
        return self._person

    def show_nobody(self) -> None:
        """Say that nobody is chosen."""
        self._person = None
        self.photos.set_photos(())
        self._stack.setCurrentIndex(0)

    def show_person(self, person: PersonRecord, photos: Sequence[TemplateRecord]) -> None:
        """Show somebody."""
        self._person = person
        self._name.setText(person.name)
        self._name.setToolTip(plain_tip(person.name))
        self._basis.show_text(person.basis or self.tr("none given"))
        self._note.show_text(person.note or self.tr("none"))
        since = self.tr("{date} UTC, as person {id}")
        self._since.setText(since.format(date=f"{person.added_at:%Y-%m-%d %H:%M}", id=person.id))
        self._kept.show_text(self._kept_words(person))
        self._hold_words.show_text(self.tr("Under legal hold: {reason}").format(reason=spelled(hold_words(person))))
        self._hold_row.setVisible(bool(person.legal_hold))
        words = self.tr("Release hold…") if person.legal_hold else self.tr("Set legal hold…")
        self._hold.setText(words)
        self._hold.setAccessibleName(words)
        n = len(photos)
        self._photos_title.setText(self.tr("1 PHOTO") if n == 1 else self.tr("{n} PHOTOS").format(n=n))
        self.photos.set_photos(photos)
        self._hint.set_words(
            self.tr("More photos of {name}").format(name=person.name),
            self.tr("Each photo must show one face. Originals are only read; the gallery keeps a small picture."),
        )
        self._stack.setCurrentIndex(1)

    def shown_text(self) -> str:
        """Return all words shown on the person."""
        parts = (self._name, self._hold_words, self._basis, self._note, self._since, self._kept, self._photos_title)
        texts = (part.text() if isinstance(part, QLabel) else part.toPlainText() for part in parts)
        return "\n".join(text for part, text in zip(parts, texts, strict=True) if part.isVisibleTo(self))

    def _dropped(self, paths: list[object]) -> None:
        if self._person is not None:
            self.photos_dropped.emit(paths, self._person.id)

    def _kept_words(self, person: PersonRecord) -> str:
        if person.retain_until is None:
            return self.tr("no last day")
        words = self.tr("until {day}: {basis}").format(day=person.retain_until, basis=spelled(person.retention_basis))
        return words + "  ·  " + self.tr("due") if person.is_due(datetime.now(UTC).date()) else words

    def _update_split(self) -> None:
        n = len(self.photos.marked())
        can = 0 < n < len(self.photos.photos())
        self._split.setEnabled(can)
        if n and not can:
            self._split.setToolTip(self.tr("Leave at least one photo with this person"))
        else:
            self._split.setToolTip(self.tr("Mark photos first; they become a person of their own. Can be undone"))

    def _make_buttons(self) -> None:
        made = self._button
        undo = self.tr("can be undone")
        rename = f"{self.tr('Correct the name')}; {undo}"
        merge = f"{self.tr('Two records are the same person')}; {undo}"
        erase = self.tr("Says what goes and asks first; cannot be undone")
        self._rename = made(self.tr("Rename…"), Icon.EDIT, rename, keys_of(Command.RENAME_PERSON))
        self._merge = made(self.tr("Merge with…"), Icon.MERGE, merge, keys_of(Command.MERGE_PEOPLE))
        self._hold = made(self.tr("Set legal hold…"), Icon.LOCK, self.tr("A legal hold blocks erasure"))
        until = self.tr("Until when the data may be held; whoever is due is listed, never erased by itself")
        self._retain = made(self.tr("Last day…"), Icon.CLOCK, until)
        self._erase = made(self.tr("Erase for good…"), Icon.TRASH, erase, keys_of(Command.ERASE_PERSON))
        self._add = made(self.tr("Add…"), Icon.ADD, self.tr("Enrol further photos of this person"))
        self._split = made(self.tr("Split off…"), Icon.SPLIT, "")
        for button, intent in (
            (self._rename, self.rename_asked),
            (self._merge, self.merge_asked),
            (self._hold, self.hold_asked),
            (self._retain, self.retention_asked),
            (self._erase, self.erasure_asked),
            (self._add, self.add_photos_asked),
        ):
            button.clicked.connect(intent)
        self._split.clicked.connect(lambda: self.split_asked.emit(self.photos.marked()))

    def _arrange(self) -> None:
        hold = QHBoxLayout(self._hold_row)
        hold.setContentsMargins(SPACE, SPACE, SPACE, SPACE)
        hold.setSpacing(SPACE)
        hold.addWidget(_glyph(Icon.LOCK, Tint.WARNING, self._hold_row), 0, Qt.AlignmentFlag.AlignTop)
        hold.addWidget(self._hold_words, 1)
        self._hold_row.setProperty("surface", "card")
        facts = QFormLayout()
        facts.setHorizontalSpacing(2 * SPACE)
        facts.setVerticalSpacing(SPACE)
        facts.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        for words, value in (
            (self.tr("Basis"), self._basis),
            (self.tr("Note"), self._note),
            (self.tr("Enrolled"), self._since),
            (self.tr("Kept"), self._kept),
        ):
            key = QLabel(words, self)
            key.setProperty("rank", "muted")
            facts.addRow(key, value)
        upper, lower = QHBoxLayout(), QHBoxLayout()
        for row, buttons in ((upper, (self._rename, self._merge, self._erase)), (lower, (self._hold, self._retain))):
            row.setSpacing(SPACE)
            for button in buttons:
                row.addWidget(button, 1)
        photos_head = QHBoxLayout()
        photos_head.setSpacing(SPACE)
        photos_head.addWidget(self._photos_title, 1)
        photos_head.addWidget(self._add)
        photos_head.addWidget(self._split)
        column = QVBoxLayout(self._whole)
        column.setContentsMargins(2 * SPACE, 2 * SPACE, 2 * SPACE, 2 * SPACE)
        column.setSpacing(SPACE + 4)
        column.addWidget(self._name)
        column.addWidget(self._hold_row)
        column.addLayout(facts)
        column.addLayout(upper)
        column.addLayout(lower)
        column.addLayout(photos_head)
        column.addWidget(self.photos, 1)

    def _label(self, rank: str) -> QLabel:
        label = QLabel(self)
        label.setTextFormat(Qt.TextFormat.PlainText)
        label.setWordWrap(True)
        label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        label.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        if rank:
            label.setProperty("rank", rank)
        return label

    def _button(self, text: str, glyph: Icon, tip: str, keys: str = "") -> QPushButton:
        return push_button(text, kind=ButtonKind.PLAIN, glyph=glyph, tip=tip, keys=keys, parent=self)


def _glyph(name: Icon, tint: Tint, parent: QWidget) -> QLabel:
    label = QLabel(parent)
    label.setPixmap(icon(name, tint).pixmap(scaled(2 * SPACE), scaled(2 * SPACE)))
    return label
