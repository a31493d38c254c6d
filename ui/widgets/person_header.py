"""Who is being looked at, what the software says of a swap, and what a person can do with the tracks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QMenu, QPushButton, QVBoxLayout, QWidget

from ui.icons import Icon
from ui.person_words import PersonWords
from ui.plain import plain_tip
from ui.theme import ButtonKind
from ui.tokens import SPACE
from ui.widgets.buttons import push_button
from ui.widgets.decision_chip import DecisionChip
from ui.widgets.elided_label import ElidedLabel
from ui.widgets.statement_box import plain_label


@dataclass(frozen=True, slots=True, kw_only=True)
class TrackWords:
    """A face track of a person.

    Attributes:
        track_id: of the track.
        words: ``"Track 3: 0:00:01.200 – 0:00:04.800, 18 faces"``.
        can_be_cut: the picture on screen lies inside it, so that it can be cut there.
    """

    track_id: int
    words: str
    can_be_cut: bool = False


class PersonHeader(QWidget):
    """Shows one person.

    Signals:
        join_asked: this person and another are one.
        part_asked: track id: it shows somebody else.
        cut_asked: track id: from the picture on screen on it shows somebody else.
        ignore_asked: this person does not matter to the case.
    """

    join_asked = Signal()
    part_asked = Signal(int)
    cut_asked = Signal(int)
    ignore_asked = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._label = ElidedLabel("", Qt.TextElideMode.ElideRight, self)
        self._label.setProperty("rank", "strong")
        self._chip = DecisionChip(self)
        self._reason = plain_label("", "", self)
        self._facts = ElidedLabel("", Qt.TextElideMode.ElideRight, self)
        self._span = ElidedLabel("", Qt.TextElideMode.ElideRight, self)
        for line in (self._facts, self._span):
            line.setProperty("rank", "small")
        self._join = self._button(Icon.MERGE, self.tr("Join…"), self.tr("This and another person are one"))
        self._part = self._button(Icon.SPLIT, self.tr("Part"), self.tr("A track of this person shows somebody else"))
        self._cut = self._button(
            Icon.RANGE, self.tr("Cut here"), self.tr("From the picture on screen on, somebody else")
        )
        self._ignore = self._button(Icon.IGNORE, self.tr("Ignore"), self.tr("This person does not matter to the case"))
        self._part_menu, self._cut_menu = QMenu(self), QMenu(self)
        self._part.setMenu(self._part_menu)
        self._cut.setMenu(self._cut_menu)
        self._join.clicked.connect(self.join_asked)
        self._ignore.clicked.connect(self.ignore_asked)
        self._arrange()

    def set_person(self, person: PersonWords) -> None:
        """Show another person."""
        self._label.setText(person.label)
        self._chip.set_decision(person.forgery.decision, person.forgery.category)
        self._chip.setToolTip(plain_tip(f"{person.forgery.question} {person.forgery.category}"))
        self._chip.setAccessibleName(self._chip.toolTip())
        self._reason.setText(person.forgery.reason)
        score = self.tr("Nothing recovered.")
        if person.n_recovered == 1:
            score = self.tr("Fake score {score}, 1 recovered frame.")
        elif person.n_recovered:
            score = self.tr("Fake score {score}, %n recovered frames.", "", person.n_recovered)
        tracks = self.tr("Tracks {ids}.") if len(person.tracks) > 1 else self.tr("Track {ids}.")
        ids = ", ".join(map(str, person.tracks))
        self._facts.setText(f"{score.format(score=person.fake_score)} {tracks.format(ids=ids)}")
        self._span.setText(person.span)
        self.setAccessibleName(f"{person.label}. {person.forgery.question} {person.forgery.category}.")

    def set_tracks(self, tracks: Sequence[TrackWords]) -> None:
        """Offer the person's tracks for parting, and those on screen for cutting."""
        self._part_menu.clear()
        self._cut_menu.clear()
        for track in tracks:
            part = self._part_menu.addAction(track.words)
            part.triggered.connect(lambda _=False, track=track: self.part_asked.emit(track.track_id))
            if track.can_be_cut:
                cut = self._cut_menu.addAction(track.words)
                cut.triggered.connect(lambda _=False, track=track: self.cut_asked.emit(track.track_id))
        self._part.setEnabled(len(tracks) > 1)
        self._cut.setEnabled(not self._cut_menu.isEmpty())

    def set_can_join(self, can_join: bool) -> None:
        """Say whether there is anybody to join with."""
        self._join.setEnabled(can_join)

    def part_menu(self) -> QMenu:
        """Return the tracks that can be parted."""
        return self._part_menu

    def cut_menu(self) -> QMenu:
        """Return the tracks that can be cut at the picture on screen."""
        return self._cut_menu

    def minimumSizeHint(self) -> QSize:  # noqa: N802
        """Return the height that the wrapped lines take at this width: splitters do not ask for it by themselves."""
        hint, layout = super().minimumSizeHint(), self.layout()
        if layout is not None and layout.hasHeightForWidth():
            hint.setHeight(layout.minimumHeightForWidth(max(self.width(), hint.width())))
        return hint

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802
        """Lines wrap otherwise at another width."""
        super().resizeEvent(event)
        if event.size().width() != event.oldSize().width():
            self.updateGeometry()

    def _button(self, glyph: Icon, text: str, tip: str) -> QPushButton:
        return push_button(text, kind=ButtonKind.FLAT, glyph=glyph, tip=tip, is_compact=True, parent=self)

    def _arrange(self) -> None:
        head = QHBoxLayout()
        head.setSpacing(SPACE)
        question = QLabel(self.tr("Face swap"), self)
        question.setProperty("rank", "muted")
        head.addWidget(self._label, 1)
        head.addWidget(question)
        head.addWidget(self._chip)
        acts = QHBoxLayout()
        acts.setSpacing(0)
        for button in (self._join, self._part, self._cut, self._ignore):
            acts.addWidget(button)
        acts.addStretch()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(SPACE // 2)
        column.addLayout(head)
        column.addWidget(self._reason)
        column.addWidget(self._facts)
        column.addWidget(self._span)
        column.addLayout(acts)
