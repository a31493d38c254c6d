"""Asks which part of a video is to be analysed."""

from __future__ import annotations

from fractions import Fraction

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QDialog, QFormLayout, QHBoxLayout, QLabel, QLineEdit, QVBoxLayout, QWidget

from core.domain.time import TimePoint, TimeRange, clock_seconds
from ui.icons import Icon
from ui.theme import ButtonKind
from ui.tokens import SPACE
from ui.widgets.buttons import push_button


class TimeRangeDialog(QDialog):
    """Two times; show it with `open()`. It deletes itself.

    Args:
        name: of the file.
        length_s: of the video as it claims; None when it claims none.

    Signals:
        range_chosen: the part; without ends it is the whole video.
    """

    range_chosen = Signal(TimeRange)

    def __init__(self, name: str, length_s: Fraction | None, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setModal(True)
        self.setWindowTitle(self.tr("Analyse a part"))
        self.setMinimumWidth(380)
        self._length_s = length_s
        title = QLabel(name, self)
        title.setTextFormat(Qt.TextFormat.PlainText)
        title.setProperty("rank", "strong")
        title.setWordWrap(True)
        hint = QLabel(self._hint(), self)
        hint.setProperty("rank", "muted")
        hint.setWordWrap(True)
        self.start = self._line(self.tr("From"), self.tr("the beginning"))
        self.end = self._line(self.tr("To"), self.tr("the end"))
        self.problem = QLabel(self)
        self.problem.setTextFormat(Qt.TextFormat.PlainText)
        self.problem.setProperty("rank", "error")
        self.problem.setWordWrap(True)
        form = QFormLayout()
        form.setSpacing(SPACE)
        form.addRow(self.tr("Fr&om:"), self.start)
        form.addRow(self.tr("&To:"), self.end)
        self._analyse = push_button(self.tr("Analyse"), kind=ButtonKind.PRIMARY, glyph=Icon.PLAY, parent=self)
        self._analyse.setDefault(True)
        self._analyse.clicked.connect(self.accept)
        leave = push_button(self.tr("Cancel"), keys=self.tr("Esc"), parent=self)
        leave.setAutoDefault(False)
        leave.clicked.connect(self.reject)
        row = QHBoxLayout()
        row.addStretch()
        row.addWidget(leave)
        row.addWidget(self._analyse)
        column = QVBoxLayout(self)
        column.setContentsMargins(3 * SPACE, 3 * SPACE, 3 * SPACE, 2 * SPACE)
        column.setSpacing(SPACE + 4)
        column.addWidget(title)
        column.addWidget(hint)
        column.addLayout(form)
        column.addWidget(self.problem)
        column.addLayout(row)
        self._judge()

    def accept(self) -> None:
        """Hand the part on, unless it is none."""
        chosen = self._chosen()
        if isinstance(chosen, TimeRange):
            super().accept()
            self.range_chosen.emit(chosen)

    def _chosen(self) -> TimeRange | str:
        """What was typed, or what is wrong with it."""
        try:
            start, end = (clock_seconds(f.text()) if f.text().strip() else None for f in (self.start, self.end))
        except ValueError:
            return self.tr("Write a time as seconds (12.5), m:ss or h:mm:ss.mmm.")
        if end is not None and end <= (start or 0):
            return self.tr("The end must lie after the beginning.")
        if start is not None and self._length_s is not None and start >= self._length_s:
            return self.tr("The video ends before that.")
        return TimeRange(start=start, end=end)

    def _judge(self) -> None:
        chosen = self._chosen()
        self.problem.setText(chosen if isinstance(chosen, str) else "")
        self._analyse.setEnabled(isinstance(chosen, TimeRange))

    def _hint(self) -> str:
        how = self.tr("Leave both empty for the whole video.")
        if self._length_s is None:
            return how
        length = TimePoint(pts=round(self._length_s * 1000), time_base=Fraction(1, 1000)).clock()
        return self.tr("Its length is {length}.").format(length=length) + " " + how

    def _line(self, name: str, placeholder: str) -> QLineEdit:
        line = QLineEdit(self)
        line.setAccessibleName(name)
        line.setPlaceholderText(placeholder)
        line.setToolTip(self.tr("Seconds (12.5), m:ss or h:mm:ss.mmm"))
        line.textChanged.connect(self._judge)
        return line
