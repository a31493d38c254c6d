"""What there is to say of the selected input, in full: where it lies, its hash, why it failed, what to do."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QToolButton, QVBoxLayout, QWidget

from core.domain.evidence import CredentialState
from ui.icons import Icon, Tint, icon_pixmap
from ui.plain import spelled
from ui.theme import ButtonKind, scaled
from ui.tokens import SPACE
from ui.widgets import evidence_words as words
from ui.widgets.elided_label import ElidedLabel
from ui.widgets.evidence_row import EvidenceRow, HashCheck, RowState
from ui.widgets.hash_label import HashLabel

_MAX_WARNINGS = 3


class ItemDetails(QFrame):
    """Shows one input, or how many are selected.

    Args:
        actions: shown as buttons.
    """

    def __init__(self, actions: Sequence[QAction], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("surface", "panel")
        self._glyph, self._tint = Icon.INFO, Tint.MUTED
        self._sign = QLabel(self)
        self._name = ElidedLabel("", Qt.TextElideMode.ElideMiddle, self)
        self._name.setProperty("rank", "strong")
        self._state = self._label("")
        self._next = self._label("muted")
        self._facts = ElidedLabel("", Qt.TextElideMode.ElideRight, self)
        self._facts.setProperty("rank", "muted")
        self._path = ElidedLabel("", Qt.TextElideMode.ElideMiddle, self)
        self._path.setProperty("rank", "muted")
        self._credentials = ElidedLabel("", Qt.TextElideMode.ElideRight, self)
        self._credentials.setProperty("rank", "muted")
        self._hash = HashLabel(digits=64, parent=self)
        self._check = ElidedLabel("", Qt.TextElideMode.ElideRight, self)
        head = QHBoxLayout()
        head.setSpacing(SPACE)
        head.addWidget(self._sign)
        head.addWidget(self._name, 1)
        self._buttons = [self._button(action) for action in actions]
        for button in self._buttons:
            head.addWidget(button)
        hash_row = QHBoxLayout()
        hash_row.setSpacing(SPACE)
        hash_row.addWidget(self._hash)
        hash_row.addWidget(self._check, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(SPACE + 4, SPACE, SPACE + 4, SPACE)
        column.setSpacing(SPACE // 2)
        column.addLayout(head)
        for label in (self._state, self._next, self._facts, self._path, self._credentials):
            column.addWidget(label)
        column.addLayout(hash_row)
        self.set_rows(())

    def set_rows(self, rows: Sequence[EvidenceRow]) -> None:
        """Show what is selected; hidden when nothing is."""
        self.setVisible(bool(rows))
        if len(rows) == 1:
            self._show_one(rows[0])
        elif rows:
            self._glyph, self._tint = Icon.LIST, Tint.MUTED
            self._name.setText(self.tr("%n selected", "", len(rows)))
            self._state.setText(", ".join(row.path.name for row in rows[:6]) + ("…" if len(rows) > 6 else ""))
            for part in (self._next, self._facts, self._path, self._credentials, self._hash, self._check):
                part.hide()
            self._state.show()
        self._paint_sign()

    def words(self) -> str:
        """Return all it says, line by line."""
        shown = (self._name, self._state, self._next, self._facts, self._path, self._credentials, self._check)
        return "\n".join(label.text() for label in shown if not label.isHidden() and label.text())

    def changeEvent(self, event: QEvent) -> None:  # noqa: N802
        """Follow the theme."""
        super().changeEvent(event)
        if event.type() in (QEvent.Type.PaletteChange, QEvent.Type.StyleChange):
            self._paint_sign()

    def _show_one(self, row: EvidenceRow) -> None:
        self._glyph, self._tint = words.state_sign(row)
        self._name.setText(row.path.name or str(row.path))
        self._state.setText(_sentence(words.state_words(row)))
        _rank(self._state, "error" if row.state in (RowState.FAILED, RowState.REFUSED) else "")
        self._next.setText(self._advice(row))
        self._path.setText(str(row.path))
        item = row.item
        if item is not None:
            facts = [
                words.resolution_words(item),
                words.format_words(item),
                words.frame_rate_words(item),
                words.length_words(item),
                words.size_words(item.size_bytes),
                self.tr("taken in {time}").format(time=words.taken_in_words(item)),
            ]
            self._facts.setText("  ·  ".join(spelled(fact) for fact in facts if fact != "–"))
            self._credentials.setText(words.credentials_words(item))
            _rank(self._credentials, "error" if item.credentials.state is CredentialState.INVALID else "muted")
            self._hash.set_hash(item.sha256)
        self._check.setText(words.hash_check_words(row.hash_check))
        _rank(self._check, "error" if row.hash_check is HashCheck.CHANGED else "muted")
        self._state.show()
        self._path.show()
        for part in (self._facts, self._credentials, self._hash, self._check):
            part.setVisible(item is not None)
        self._next.setVisible(bool(self._next.text()))

    def _advice(self, row: EvidenceRow) -> str:
        if row.next_step:
            return _sentence(row.next_step)
        if row.state is RowState.REFUSED:
            return self.tr("Mend it and add it again, or dismiss this line.")
        warnings = row.summary.warnings if row.summary is not None else ()
        lines = [_sentence(warning) for warning in warnings[:_MAX_WARNINGS]]
        if len(warnings) > _MAX_WARNINGS:
            lines.append(self.tr("%n more warnings are in the report.", "", len(warnings) - _MAX_WARNINGS))
        return "\n".join(lines)

    def _paint_sign(self) -> None:
        self._sign.setPixmap(icon_pixmap(self._glyph, scaled(2 * SPACE + 2), self._tint, self.devicePixelRatioF()))

    def _label(self, rank: str) -> QLabel:
        label = QLabel(self)
        label.setTextFormat(Qt.TextFormat.PlainText)
        label.setWordWrap(True)
        label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        label.setProperty("rank", rank)
        return label

    def _button(self, action: QAction) -> QToolButton:
        button = QToolButton(self)
        button.setProperty("kind", ButtonKind.FLAT.value)
        button.setDefaultAction(action)
        button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        button.setCursor(Qt.CursorShape.PointingHandCursor)
        action.changed.connect(lambda: button.setAccessibleName(action.text()))
        action.enabledChanged.connect(button.setVisible)
        button.setVisible(action.isEnabled())
        return button


def _rank(label: QLabel, rank: str) -> None:
    label.setProperty("rank", rank)
    label.style().unpolish(label)
    label.style().polish(label)


def _sentence(clause: str) -> str:
    clause = clause.strip()
    if not clause:
        return ""
    return f"{clause[0].upper()}{clause[1:]}" + ("" if clause[-1] in ".!?…" else ".")
