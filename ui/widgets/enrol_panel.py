"""How an enrolment goes: counts, and every photo that was refused with its reason, until a person closes it."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QGuiApplication, QKeySequence, QShortcut
from PySide6.QtWidgets import (
    QAbstractItemView,
    QFrame,
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QProgressBar,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)

from core.domain.gallery import EnrolCounts, EnrolOutcome
from ui.icons import Icon
from ui.plain import plain_tip
from ui.theme import scaled
from ui.tokens import SPACE
from ui.widgets.buttons import push_button, tool_button
from ui.widgets.elided_label import ElidedLabel

MOST_ROWS = 1000
"""Refusals listed one by one; beyond that they are only counted, in the list and in the copy."""

_STEPS = 1000


class EnrolPanel(QFrame):
    """Progress and refusals of enrolments.

    Signals:
        cancel_asked: stop; what is enrolled stays.
    """

    cancel_asked = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("surface", "panel")
        self._label = ElidedLabel("", parent=self)
        self._label.setProperty("rank", "strong")
        self._numbers = QLabel(self)
        self._numbers.setProperty("rank", "muted")
        self._progress = QProgressBar(self)
        self._progress.setTextVisible(False)
        self._progress.setAccessibleName(self.tr("Progress of the enrolment"))
        self._rows = QTreeWidget(self)
        self._set_up_rows()
        self._cancel = push_button(
            self.tr("Cancel"), glyph=Icon.STOP, tip=self.tr("Stop; what is enrolled stays"), parent=self
        )
        self._cancel.clicked.connect(self.cancel_asked)
        self._copy = push_button(
            self.tr("Copy the list"), glyph=Icon.COPY, tip=self.tr("Copy all refusals, with their reasons"), parent=self
        )
        self._copy.clicked.connect(self.copy_list)
        self._close = tool_button(Icon.CLOSE, self.tr("Close this list"), parent=self)
        self._close.clicked.connect(self.close_list)
        self._lines: list[tuple[str, str, str]] = []
        self._n_left_out = 0
        words = QVBoxLayout()
        words.setSpacing(0)
        words.addWidget(self._label)
        words.addWidget(self._numbers)
        head = QHBoxLayout()
        head.setSpacing(SPACE)
        head.addLayout(words, 1)
        for button in (self._copy, self._cancel, self._close):
            head.addWidget(button)
        column = QVBoxLayout(self)
        column.setContentsMargins(2 * SPACE, SPACE, SPACE, SPACE)
        column.setSpacing(SPACE)
        column.addLayout(head)
        column.addWidget(self._progress)
        column.addWidget(self._rows)
        self.hide()

    def begin(self, label: str) -> None:
        """Show a new enrolment, which may still have to wait; earlier refusals stay until they are closed."""
        self._label.setText(label)
        self._numbers.setText(self.tr("waiting for the work before it"))
        self._progress.setRange(0, 0)
        self._show_parts(is_running=True)
        self.show()

    def show_counts(self, counts: EnrolCounts, total: int | None) -> None:
        """Say how far it is; `total` is None while the photos are not yet counted."""
        if total:
            self._progress.setRange(0, _STEPS)
            self._progress.setValue(round(_STEPS * min(1.0, counts.done / total)))
        self._numbers.setText(self._count_words(counts, total))

    def add_remark(self, outcome: EnrolOutcome) -> None:
        """List a photo that was refused, or that a person should look at."""
        what = self.tr("refused") if outcome.reason else self.tr("enrolled, look at it")
        for why in (outcome.reason,) if outcome.reason else outcome.warnings:
            self._add_line(outcome.path, what, why)

    def end(self, words: str) -> None:
        """Say how it ended; the list stays until it is closed."""
        self._progress.setRange(0, _STEPS)
        self._label.setText(words)
        self._show_parts(is_running=False)

    def close_list(self) -> None:
        """Be done with it."""
        self._lines.clear()
        self._n_left_out = 0
        self._rows.clear()
        self.hide()

    def copy_list(self) -> None:
        """Put all listed photos on the clipboard, one line each, parted by tabs."""
        lines = ["\t".join(part.replace("\t", " ").replace("\n", " ") for part in line) for line in self._lines]
        if self._n_left_out:
            lines.append(self._left_out_words())
        QGuiApplication.clipboard().setText("\n".join(lines))

    def listed(self) -> list[tuple[str, str, str]]:
        """Return what is listed: path, what became of it, why."""
        return list(self._lines)

    def numbers_text(self) -> str:
        """Return the words on the counts."""
        return self._numbers.text()

    def label_text(self) -> str:
        """Return what is being done, or how it ended."""
        return self._label.text()

    def _add_line(self, path: Path, what: str, why: str) -> None:
        why = f"{why[:1].upper()}{why[1:]}"
        if len(self._lines) >= MOST_ROWS:
            self._n_left_out += 1
            item = self._rows.topLevelItem(MOST_ROWS) or QTreeWidgetItem(self._rows)
            item.setText(0, self._left_out_words())
            return
        self._lines.append((str(path), what, why))
        item = QTreeWidgetItem(self._rows, [path.name, what, why])
        item.setToolTip(0, plain_tip(str(path)))
        item.setToolTip(2, plain_tip(why))
        self._show_parts(is_running=self._cancel.isVisibleTo(self))

    def _left_out_words(self) -> str:
        return self.tr("and {n} more").format(n=f"{self._n_left_out:,}")

    def _count_words(self, counts: EnrolCounts, total: int | None) -> str:
        parts = [self.tr("{n} enrolled").format(n=f"{counts.enrolled:,}")]
        if counts.known:
            parts.append(self.tr("{n} there already").format(n=f"{counts.known:,}"))
        if counts.refused:
            parts.append(self.tr("{n} refused").format(n=f"{counts.refused:,}"))
        if total is not None:
            parts.append(self.tr("of {n} photos").format(n=f"{total:,}"))
        return "  ·  ".join(parts)

    def _show_parts(self, *, is_running: bool) -> None:
        self._progress.setVisible(is_running)
        self._cancel.setVisible(is_running)
        self._close.setVisible(not is_running)
        self._rows.setVisible(bool(self._lines))
        self._copy.setVisible(bool(self._lines))

    def _set_up_rows(self) -> None:
        self._rows.setHeaderLabels([self.tr("File"), self.tr("Outcome"), self.tr("Reason")])
        self._rows.setRootIsDecorated(False)
        self._rows.setUniformRowHeights(True)
        self._rows.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self._rows.setFixedHeight(scaled(18 * SPACE))
        self._rows.setAccessibleName(self.tr("Photos that were refused"))
        self._rows.header().setSectionResizeMode(0, QHeaderView.ResizeMode.Interactive)
        self._rows.header().resizeSection(0, 26 * SPACE)
        self._rows.setTextElideMode(Qt.TextElideMode.ElideMiddle)
        keys = QShortcut(QKeySequence.StandardKey.Copy, self._rows, context=Qt.ShortcutContext.WidgetShortcut)
        keys.activated.connect(self.copy_list)
