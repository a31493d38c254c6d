"""The self-check: every check with its verdict, what was found and what to do about it."""

from __future__ import annotations

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QAbstractItemView, QHBoxLayout, QHeaderView, QLabel, QTableView, QVBoxLayout, QWidget

from core.domain.installation import Check, CheckState
from ui.icons import Icon, Tint, icon_pixmap
from ui.theme import scaled
from ui.tokens import SPACE
from ui.widgets import installation_words as words
from ui.widgets.buttons import push_button
from ui.widgets.elided_label import ElidedLabel
from ui.widgets.installation_models import ChecksColumn, ChecksModel

_ROW_PX = 30
_WIDTHS = {ChecksColumn.STATE: 108, ChecksColumn.NAME: 190}


class SelfCheckPanel(QWidget):
    """The list of checks below a line that sums them up.

    Signals:
        run_asked: check again.
        copied: the list is on the clipboard.
    """

    run_asked = Signal()
    copied = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._model = ChecksModel(self)
        self._sign = QLabel(self)
        self._glyph, self._tint = Icon.UNKNOWN, Tint.MUTED
        self._summary = ElidedLabel("", Qt.TextElideMode.ElideRight, self)
        self._run = push_button(
            self.tr("Run again"), glyph=Icon.REFRESH, tip=self.tr("Make all checks again"), is_compact=True, parent=self
        )
        self._copy = push_button(
            self.tr("Copy as text"),
            glyph=Icon.COPY,
            tip=self.tr("Copy the list for a bug report"),
            is_compact=True,
            parent=self,
        )
        self._run.clicked.connect(self.run_asked)
        self._copy.clicked.connect(self.copy)
        title = QLabel(self.tr("Self-check"), self)
        title.setProperty("rank", "strong")
        head = QHBoxLayout()
        head.setSpacing(SPACE)
        head.addWidget(title)
        head.addSpacing(SPACE)
        head.addWidget(self._sign)
        head.addWidget(self._summary, 1)
        head.addWidget(self._copy)
        head.addWidget(self._run)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(SPACE)
        column.addLayout(head)
        column.addWidget(self._table())
        self._sum_up(is_running=False)

    def start(self) -> None:
        """Empty the list: the checks follow one by one."""
        self._model.clear()
        self._sum_up(is_running=True)

    def add_check(self, check: Check) -> None:
        """Add a check that was made."""
        self._model.add(check)
        self._sum_up(is_running=True)

    def finish(self) -> None:
        """All checks were made, or somebody stopped them."""
        self._sum_up(is_running=False)

    def summary(self) -> str:
        """Return the line that sums up."""
        return self._summary.text()

    def as_text(self) -> str:
        """Return the list as `main.py doctor` prints it."""
        lines = []
        for check in self._model.rows():
            lines.append(f"{check.state.value:7}  {check.name:22}  {check.value}")
            if check.next_step:
                lines.append(f"{'':9}-> {check.next_step}")
        return "\n".join(lines)

    def copy(self) -> None:
        """Put the list on the clipboard."""
        QGuiApplication.clipboard().setText(self.as_text())
        self.copied.emit()

    def changeEvent(self, event: QEvent) -> None:  # noqa: N802
        """Follow the theme."""
        super().changeEvent(event)
        if event.type() in (QEvent.Type.PaletteChange, QEvent.Type.StyleChange):
            self._paint_sign()

    def _table(self) -> QTableView:
        table = QTableView(self)
        table.setModel(self._model)
        table.setAccessibleName(self.tr("Checks"))
        table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        table.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        table.setShowGrid(False)
        table.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        table.setTabKeyNavigation(False)
        table.verticalHeader().hide()
        table.verticalHeader().setMinimumSectionSize(scaled(_ROW_PX))
        table.verticalHeader().setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        header = table.horizontalHeader()
        header.setHighlightSections(False)
        header.setStretchLastSection(True)
        header.setSectionResizeMode(QHeaderView.ResizeMode.Interactive)
        for column, width in _WIDTHS.items():
            header.resizeSection(column, scaled(width))
        return table

    def _sum_up(self, *, is_running: bool) -> None:
        states = [check.state for check in self._model.rows()]
        n_failed, n_warned = states.count(CheckState.FAILED), states.count(CheckState.WARNING)
        worst = CheckState.FAILED if n_failed else CheckState.WARNING if n_warned else CheckState.OK
        if is_running:
            self._glyph, self._tint = Icon.CLOCK, Tint.ACCENT
            text = self.tr("Checking… {n} done").format(n=len(states))
        elif not states:
            self._glyph, self._tint = Icon.UNKNOWN, Tint.MUTED
            text = self.tr("Not run yet")
        else:
            self._glyph, self._tint = words.check_sign(worst)
            text = self.tr("{n} checks: all in order").format(n=len(states))
            if worst is not CheckState.OK:
                text = self.tr("{n} checks: {failed} failed, {warned} with a warning").format(
                    n=len(states), failed=n_failed, warned=n_warned
                )
        self._summary.setText(text)
        self._run.setEnabled(not is_running)
        self._copy.setEnabled(bool(states))
        self._paint_sign()

    def _paint_sign(self) -> None:
        self._sign.setPixmap(icon_pixmap(self._glyph, scaled(2 * SPACE), self._tint, self.devicePixelRatioF()))
