"""What a check of the custody log came to: its chain, its signature, and the key that is open."""

from __future__ import annotations

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QVBoxLayout, QWidget

from core.domain.custody import CustodyStatus, KeyFacts
from ui.icons import Icon, Tint, icon_pixmap
from ui.plain import plain_tip, spelled
from ui.theme import ButtonKind, scaled
from ui.tokens import SPACE
from ui.widgets.buttons import push_button, tool_button
from ui.widgets.statement_box import plain_label

_MOST_FINDINGS = 3


class CustodyHead(QWidget):
    """Three lines: chain, signature, key.

    Signals:
        refresh_asked: read the log again and check it.
        key_asked: choose a key to sign with.
        lock_asked: put the open key away.
    """

    refresh_asked = Signal()
    key_asked = Signal()
    lock_asked = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._lines: list[tuple[QLabel, QLabel]] = []
        self._looks: list[tuple[Icon, Tint]] = []
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(SPACE)
        refresh = tool_button(Icon.REFRESH, self.tr("Read the log again and check it"), parent=self)
        refresh.clicked.connect(self.refresh_asked)
        self._open = push_button(
            self.tr("Sign with a key…"),
            kind=ButtonKind.FLAT,
            tip=self.tr("Open the examiner's key, or make one: the log and the report are signed with it"),
            parent=self,
        )
        self._open.clicked.connect(self.key_asked)
        self._lock = push_button(
            self.tr("Lock"), kind=ButtonKind.FLAT, tip=self.tr("Put the key away: nothing more is signed"), parent=self
        )
        self._lock.clicked.connect(self.lock_asked)
        column.addLayout(self._line(Qt.AlignmentFlag.AlignTop, refresh))
        column.addLayout(self._line(Qt.AlignmentFlag.AlignTop))
        column.addLayout(self._line(Qt.AlignmentFlag.AlignVCenter, self._open, self._lock))
        self.set_status(None)
        self.set_key(None)

    def set_status(self, status: CustodyStatus | None) -> None:
        """Show what a check came to; None when there was none."""
        if status is None:
            self._say(0, Icon.UNKNOWN, Tint.MUTED, self.tr("Chain not verified yet"))
            self._say(1, Icon.UNKNOWN, Tint.MUTED, self.tr("Signature not verified yet"))
            return
        if status.findings:
            shown = [_sentence(text) for text in status.sentences[:_MOST_FINDINGS]]
            if len(status.findings) > _MOST_FINDINGS:
                shown.append(self.tr("%n more findings.", "", len(status.findings) - _MOST_FINDINGS))
            self._say(0, Icon.WARNING, Tint.DANGER, "\n".join((self.tr("Chain verified: NO"), *shown)))
        else:
            end = f" · {status.head_sha256[:12]}…" if status.n_entries else ""
            words = self.tr("Chain verified: yes") + f" · {self._count(status.n_entries)}{end}"
            if status.bound_late:
                words += "\n" + _sentence(status.bound_late_words)
            self._say(0, Icon.SUCCESS, Tint.SUCCESS, words)
        self._lines[0][1].setToolTip(plain_tip(status.head_sha256 if status.n_entries else ""))
        self._show_signature(status)

    def set_key(self, key: KeyFacts | None) -> None:
        """Say which key is open."""
        self._open.setVisible(key is None)
        self._lock.setVisible(key is not None)
        if key is None:
            self._say(2, Icon.LOCK, Tint.MUTED, self.tr("No key is open"))
            self._lines[2][1].setToolTip("")
        else:
            words = self.tr("Signing as {name} · key {fingerprint}…")
            self._say(2, Icon.EDIT, Tint.ACCENT, words.format(name=spelled(key.name), fingerprint=key.fingerprint[:12]))
            self._lines[2][1].setToolTip(plain_tip(key.fingerprint))

    def verdict(self) -> str:
        """Return the words on the chain."""
        return self._lines[0][1].text()

    def signature(self) -> str:
        """Return the words on the signature."""
        return self._lines[1][1].text()

    def key_words(self) -> str:
        """Return the words on the key."""
        return self._lines[2][1].text()

    def changeEvent(self, event: QEvent) -> None:  # noqa: N802
        """Follow the theme."""
        super().changeEvent(event)
        if event.type() in (QEvent.Type.PaletteChange, QEvent.Type.StyleChange):
            self._paint_signs()

    def _show_signature(self, status: CustodyStatus) -> None:
        words = status.signature_words
        words = words[:1].upper() + words[1:]
        if status.signed is None:
            self._say(1, Icon.INFO, Tint.MUTED, words)
        elif status.findings:
            self._say(1, Icon.WARNING, Tint.WARNING, words)
        else:
            self._say(1, Icon.SUCCESS, Tint.MUTED if status.n_unsigned else Tint.SUCCESS, words)
        self._lines[1][1].setToolTip(plain_tip(status.signed.fingerprint if status.signed is not None else ""))

    def _line(self, place: Qt.AlignmentFlag, *buttons: QWidget) -> QHBoxLayout:
        sign, words = QLabel(self), plain_label("", "", self)
        self._lines.append((sign, words))
        self._looks.append((Icon.UNKNOWN, Tint.MUTED))
        row = QHBoxLayout()
        row.setSpacing(SPACE)
        row.addWidget(sign, 0, place)
        row.addWidget(words, 1)
        for button in buttons:
            row.addWidget(button, 0, place)
        return row

    def _say(self, line: int, glyph: Icon, tint: Tint, words: str) -> None:
        self._looks[line] = (glyph, tint)
        self._lines[line][1].setText(words)
        self._paint_signs()

    def _count(self, n: int) -> str:
        return self.tr("1 entry") if n == 1 else self.tr("%n entries", "", n)

    def _paint_signs(self) -> None:
        for (sign, _), (glyph, tint) in zip(self._lines, self._looks, strict=True):
            sign.setPixmap(icon_pixmap(glyph, scaled(2 * SPACE), tint, self.devicePixelRatioF()))


def _sentence(clause: str) -> str:
    return f"{clause[:1].upper()}{clause[1:]}."
