"""One ranked candidate with the buttons by which a person judges it."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QSize, Qt, Signal
from PySide6.QtGui import QFocusEvent, QKeyEvent, QPainter, QPaintEvent, QPen, QPixmap
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from core.domain.review import Verdict
from ui.icons import Icon, Tint, icon, icon_pixmap
from ui.imaging import picture_from_png
from ui.person_words import CandidateWords, VerdictWords
from ui.plain import plain_tip, spelled
from ui.shortcuts import Command, ShortcutGroup, command_of, keys_of
from ui.theme import ButtonKind, colour, current_palette, scaled
from ui.tokens import RADIUS_LARGE, SPACE
from ui.widgets.buttons import push_button
from ui.widgets.elided_label import ElidedLabel
from ui.widgets.score_bar import ScoreBar

PHOTO_PX = 64
SIGNS = {
    Verdict.CONFIRMED: (Icon.CHECK, Tint.SUCCESS),
    Verdict.REJECTED: (Icon.CLOSE, Tint.DANGER),
    Verdict.UNKNOWN: (Icon.UNKNOWN, Tint.WARNING),
}
_KEYS = {
    Command.CONFIRM: Verdict.CONFIRMED,
    Command.REJECT: Verdict.REJECTED,
    Command.LEAVE_OPEN: Verdict.UNKNOWN,
}


class CandidateRow(QFrame):
    """Photograph, name, score, what it means, verdict. Keys judge and take back; arrows move on.

    Args:
        candidate: whom to show.
        threshold: see `CandidateSection.threshold`.
        can_judge: False leaves the buttons out.

    Signals:
        judged: the `Verdict` a person gives.
        taken_back: the verdict is to hold no more.
        step_asked: +1 to the next row, -1 to the one before.
    """

    judged = Signal(Verdict)
    taken_back = Signal()
    step_asked = Signal(int)

    def __init__(
        self, candidate: CandidateWords, threshold: float | None, *, can_judge: bool, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.candidate = candidate
        self._can_judge = can_judge
        self._verdict: VerdictWords | None = None
        self._buttons: dict[Verdict, QPushButton] = {}
        self._no_photo: QLabel | None = None
        self._sign = QLabel(self)
        self._said = ElidedLabel("", Qt.TextElideMode.ElideRight, self)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        said = (f"{candidate.rank}. {spelled(candidate.name)}", candidate.score_text, candidate.made_of, candidate.side)
        self.setAccessibleName(", ".join(part for part in said if part))
        self._hint = ""
        if candidate.has_alike_surroundings:
            self._hint = self.tr(
                "Hair, ears and outline are alike in this photograph: perhaps the same picture or occasion, perhaps no "
                "more than like hair."
            )
        self.setToolTip(self._hint)
        row = QHBoxLayout(self)
        row.setContentsMargins(SPACE, SPACE, SPACE, SPACE)
        row.setSpacing(SPACE + 4)
        row.addWidget(self._photo(), 0, Qt.AlignmentFlag.AlignTop)
        row.addLayout(self._words(threshold), 1)
        self.set_verdict(None)

    @property
    def verdict(self) -> VerdictWords | None:
        """The verdict that holds."""
        return self._verdict

    def set_verdict(self, verdict: VerdictWords | None) -> None:
        """Show which verdict holds; None for none."""
        self._verdict = verdict
        for which, button in self._buttons.items():
            button.setChecked(verdict is not None and verdict.verdict is which)
        self._tint()
        if not self._can_judge:
            self.setAccessibleDescription(self._hint)
            return
        self._said.setText(self._verdict_words(verdict))
        self._said.setVisible(verdict is not None)
        keys = self.tr(
            "{confirm} confirms, {reject} rejects, {open} leaves it open, {back} takes the verdict back."
        ).format(
            confirm=keys_of(Command.CONFIRM),
            reject=keys_of(Command.REJECT),
            open=keys_of(Command.LEAVE_OPEN),
            back=keys_of(Command.TAKE_BACK),
        )
        self.setAccessibleDescription(" ".join(part for part in (self._hint, f"{self._said.text()}.", keys) if part))

    def verdict_text(self) -> str:
        """Return what is said of the verdict."""
        return self._said.text()

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802
        """Judge, take back, move on; other keys belong to the view around it."""
        key, command = Qt.Key(event.key()), command_of(event, (ShortcutGroup.CANDIDATES,))
        bare = not event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier
        if bare and key in (Qt.Key.Key_Down, Qt.Key.Key_Up):
            self.step_asked.emit(1 if key == Qt.Key.Key_Down else -1)
        elif self._can_judge and command in _KEYS:
            self._judge(_KEYS[command])
        elif self._can_judge and command is Command.TAKE_BACK:
            if self._verdict is not None:
                self.taken_back.emit()
        else:
            event.ignore()

    def focusInEvent(self, event: QFocusEvent) -> None:  # noqa: N802
        """Show the ring."""
        super().focusInEvent(event)
        self.update()

    def focusOutEvent(self, event: QFocusEvent) -> None:  # noqa: N802
        """Take the ring away."""
        super().focusOutEvent(event)
        self.update()

    def changeEvent(self, event: QEvent) -> None:  # noqa: N802
        """Follow the theme."""
        super().changeEvent(event)
        if event.type() in (QEvent.Type.PaletteChange, QEvent.Type.StyleChange):
            self._tint()

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802
        """Draw the card and, when focused, its ring."""
        palette = current_palette()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setBrush(colour(palette.raised))
        edge = QPen(colour(palette.accent), 2) if self.hasFocus() else QPen(colour(palette.border), 1)
        painter.setPen(edge)
        painter.drawRoundedRect(self.rect().adjusted(1, 1, -1, -1), RADIUS_LARGE, RADIUS_LARGE)

    def _judge(self, verdict: Verdict) -> None:
        if self._verdict is None or self._verdict.verdict is not verdict:
            self.judged.emit(verdict)

    def _clicked(self, verdict: Verdict) -> None:
        # The button shows what holds, and that is told by `set_verdict` alone.
        holds = self._verdict is not None and self._verdict.verdict is verdict
        self._buttons[verdict].setChecked(holds)
        if holds:
            self.taken_back.emit()
        else:
            self.judged.emit(verdict)

    def _verdict_words(self, verdict: VerdictWords | None) -> str:
        if verdict is None:
            return self.tr("No verdict yet")
        words = {
            Verdict.CONFIRMED: self.tr("Confirmed by {given}"),
            Verdict.REJECTED: self.tr("Rejected by {given}"),
            Verdict.UNKNOWN: self.tr("Left open by {given}"),
        }
        return words[verdict.verdict].format(given=verdict.given)

    def _photo(self) -> QLabel:
        photo = QLabel(self)
        photo.setFixedSize(PHOTO_PX, PHOTO_PX)
        photo.setAlignment(Qt.AlignmentFlag.AlignCenter)
        picture = picture_from_png(self.candidate.thumbnail_png)
        if picture is None:
            self._no_photo = photo
            missing = self.tr("not readable") if self.candidate.thumbnail_png else self.tr("no photograph kept")
            photo.setToolTip(plain_tip(missing))
            photo.setAccessibleName(missing)
            return photo
        ratio = self.devicePixelRatioF()
        keep, smooth = Qt.AspectRatioMode.KeepAspectRatio, Qt.TransformationMode.SmoothTransformation
        shown = QPixmap.fromImage(picture.scaled(QSize(PHOTO_PX, PHOTO_PX) * ratio, keep, smooth))
        shown.setDevicePixelRatio(ratio)
        photo.setPixmap(shown)
        photo.setToolTip(self.tr("Photograph of the gallery"))
        return photo

    def _words(self, threshold: float | None) -> QVBoxLayout:
        said = self.candidate
        name = ElidedLabel(f"{said.rank}.  {spelled(said.name)}", Qt.TextElideMode.ElideRight, self)
        name.setProperty("rank", "strong")
        score = QLabel(self)
        score.setTextFormat(Qt.TextFormat.PlainText)
        score.setText(said.score_text)
        score.setProperty("rank", "strong")
        score.setToolTip(self.tr("Similarity of the face searched and the photograph, at most 1"))
        head = QHBoxLayout()
        head.addWidget(name, 1)
        head.addWidget(score)
        number = QLabel(said.number, self)
        bar = ScoreBar(said.score, threshold, bool(said.is_above), self)
        scale = QHBoxLayout()
        scale.setSpacing(SPACE)
        scale.addWidget(number)
        scale.addWidget(bar, 1)
        side = QLabel(said.side, self)
        side.setWordWrap(True)
        made_of = QLabel(said.made_of, self)
        made_of.setWordWrap(True)
        for label in (number, side, made_of):
            label.setTextFormat(Qt.TextFormat.PlainText)
            label.setProperty("rank", "small")
        made_of.setVisible(bool(said.made_of))
        column = QVBoxLayout()
        column.setSpacing(3)
        column.addLayout(head)
        column.addLayout(scale)
        column.addWidget(made_of)
        column.addWidget(side)
        if self._can_judge:
            column.addLayout(self._verdict_row())
        else:
            column.addStretch()
        return column

    def _verdict_row(self) -> QVBoxLayout:
        buttons = QHBoxLayout()
        buttons.setSpacing(SPACE // 2)
        words = {
            Verdict.CONFIRMED: (self.tr("Confirm"), self.tr("You hold this to be the person; again: take back")),
            Verdict.REJECTED: (self.tr("Reject"), self.tr("You hold this not to be the person; again: take back")),
            Verdict.UNKNOWN: (self.tr("Unknown"), self.tr("You looked and leave it open; again: take back")),
        }
        for command, verdict in _KEYS.items():
            text, tip = words[verdict]
            button = push_button(
                text, kind=ButtonKind.PLAIN, tip=tip, keys=keys_of(command), is_compact=True, parent=self
            )
            glyph, tint = SIGNS[verdict]
            button.setIcon(icon(glyph, tint))
            button.setIconSize(QSize(scaled(14), scaled(14)))
            button.setCheckable(True)
            button.setFocusPolicy(Qt.FocusPolicy.NoFocus)  # the row has the focus and the keys
            button.clicked.connect(lambda _=False, verdict=verdict: self._clicked(verdict))
            self._buttons[verdict] = button
            buttons.addWidget(button)
        buttons.addStretch()
        said = QHBoxLayout()
        said.setSpacing(SPACE // 2)
        said.addWidget(self._sign)
        said.addWidget(self._said, 1)
        column = QVBoxLayout()
        column.setSpacing(SPACE // 2)
        column.setContentsMargins(0, SPACE // 2, 0, 0)
        column.addLayout(buttons)
        column.addLayout(said)
        return column

    def _tint(self) -> None:
        if self._no_photo is not None:
            shown = icon_pixmap(Icon.PERSON, PHOTO_PX // 2, Tint.MUTED, self.devicePixelRatioF())
            self._no_photo.setPixmap(shown)
        self._sign.setVisible(self._verdict is not None)
        if self._verdict is not None:
            glyph, tint = SIGNS[self._verdict.verdict]
            self._sign.setPixmap(icon_pixmap(glyph, 14, tint, self.devicePixelRatioF()))
