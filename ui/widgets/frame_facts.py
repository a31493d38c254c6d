"""What names the frame on show: number, time stamp, time, hash, and whether it is the one that was analysed."""

from __future__ import annotations

from enum import StrEnum

from PySide6.QtCore import QEvent, Qt
from PySide6.QtWidgets import QLabel, QSizePolicy, QWidget

from core.domain.evidence import FrameRecord, ShownFrame
from ui.icons import Icon, Tint, icon_pixmap
from ui.theme import mono_font, scaled
from ui.tokens import SPACE
from ui.widgets.elided_label import ElidedLabel
from ui.widgets.hash_label import HashLabel
from ui.widgets.two_parts import TwoParts

_SIGN_PX = 16
_WORDS_PX = 25 * SPACE


class Standing(StrEnum):
    """How the frame on show stands to the analysis."""

    NONE = "none"
    ANALYSED = "analysed"
    BETWEEN = "between"
    DIFFERENT = "different"
    NEARBY = "nearby"
    NOT_ANALYSED = "not analysed"


_SIGNS = {
    Standing.ANALYSED: (Icon.SUCCESS, Tint.SUCCESS),
    Standing.BETWEEN: (Icon.INFO, Tint.MUTED),
    Standing.DIFFERENT: (Icon.WARNING, Tint.WARNING),
    Standing.NEARBY: (Icon.CLOCK, Tint.MUTED),
    Standing.NOT_ANALYSED: (Icon.INFO, Tint.MUTED),
}


def standing_of(shown: ShownFrame, record: FrameRecord | None, *, has_analysis: bool) -> Standing:
    """Return how a frame stands to the analysis.

    Args:
        shown: the frame.
        record: of the analysed frame with the same index; None where that frame was not analysed.
        has_analysis: the item was analysed at all.
    """
    if not shown.is_exact:
        return Standing.NEARBY
    if not has_analysis:
        return Standing.NOT_ANALYSED
    if record is None:
        return Standing.BETWEEN
    is_same = record.sha256 == shown.sha256 and record.time.seconds == shown.frame.time.seconds
    return Standing.ANALYSED if is_same else Standing.DIFFERENT


class FrameFacts(TwoParts):
    """One line under the picture."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._sign = QLabel(self)
        self._words = ElidedLabel("", Qt.TextElideMode.ElideRight, self)
        self._words.setMinimumWidth(scaled(_WORDS_PX))
        self._words.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self._number = self._fact(self.tr("Frame number, counted from 0 over all decoded frames"))
        self._pts = self._fact(self.tr("Presentation time stamp, in units of the stream's clock"))
        self._time = self._fact(self.tr("Time on the stream's clock"))
        self._hash = HashLabel(parent=self)
        self._standing = Standing.NONE
        for label in (self._number, self._pts, self._time):
            self.first.addWidget(label)
            self.first.addSpacing(SPACE + 4)
        self.first.addWidget(self._hash)
        self.second.addWidget(self._sign)
        self.second.addSpacing(SPACE // 2)
        self.second.addWidget(self._words, 1)
        self.set_frame(None, None, has_analysis=False)

    @property
    def standing(self) -> Standing:
        """How the frame on show stands to the analysis."""
        return self._standing

    def set_frame(self, shown: ShownFrame | None, record: FrameRecord | None, *, has_analysis: bool) -> None:
        """Name a frame, see `standing_of`; None where none is on show."""
        if shown is None:
            self._standing = Standing.NONE
            for label in (self._number, self._pts, self._time):
                label.clear()
            self._hash.set_hash("")
        else:
            time = shown.frame.time
            self._standing = standing_of(shown, record, has_analysis=has_analysis)
            self._number.setText(self.tr("frame {number}").format(number=f"{shown.frame.index:,}"))
            self._pts.setText(f"pts {time.pts}")
            self._pts.setToolTip(self.tr("pts {pts} × {base} s").format(pts=time.pts, base=time.time_base))
            self._time.setText(time.clock())
            self._hash.set_hash(shown.sha256)
        self._words.setText(self._said(shown))
        self._paint_sign()

    def text(self) -> str:
        """Return all that is said, for people who hear it."""
        labels = (self._number, self._pts, self._time)
        return " · ".join(filter(None, (*(label.text() for label in labels), self._hash.sha256, self._words.text())))

    def changeEvent(self, event: QEvent) -> None:  # noqa: N802
        """Follow the theme."""
        super().changeEvent(event)
        if event.type() in (QEvent.Type.PaletteChange, QEvent.Type.StyleChange):
            self._paint_sign()

    def _said(self, shown: ShownFrame | None) -> str:
        words = {
            Standing.NONE: self.tr("No frame"),
            Standing.ANALYSED: self.tr("The frame that was analysed: same time, same pixels"),
            Standing.BETWEEN: self.tr("Between analysed frames"),
            Standing.DIFFERENT: self.tr("Not the pixels that were analysed: check the file's hash on the case page"),
            Standing.NEARBY: self.tr("A frame nearby, while the one asked for is being decoded"),
            Standing.NOT_ANALYSED: self.tr("Not analysed yet"),
        }[self._standing]
        if shown is not None and shown.frame.is_corrupt:
            words += " · " + self.tr("damaged: the decoder could not restore it fully")
        return words

    def _paint_sign(self) -> None:
        if self._standing is Standing.NONE:
            self._sign.clear()
            return
        glyph, tint = _SIGNS[self._standing]
        self._sign.setPixmap(icon_pixmap(glyph, scaled(_SIGN_PX), tint, self.devicePixelRatioF()))

    def _fact(self, tip: str) -> QLabel:
        label = QLabel(self)
        label.setFont(mono_font(12))
        label.setTextFormat(Qt.TextFormat.PlainText)
        label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        label.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        label.setToolTip(tip)
        return label
