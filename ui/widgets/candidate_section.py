"""The candidates of one role: what the software says, the ranked people, what stands behind their scores."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QVBoxLayout, QWidget

from core.domain.identity import Role
from core.domain.review import Verdict
from ui.icons import Icon, icon
from ui.person_words import CandidateSection, VerdictWords
from ui.theme import ButtonKind, colour, current_palette
from ui.tokens import SPACE
from ui.widgets.buttons import push_button
from ui.widgets.candidate_row import CandidateRow
from ui.widgets.statement_box import StatementBox, plain_label


class CandidateSectionView(QWidget):
    """Shows one section; made anew for every other one.

    Signals:
        judged: gallery person and `Verdict`.
        taken_back: gallery person whose verdict is to hold no more.
        search_asked: search the gallery as it is now with this recovered face.
        left: a person walked with the arrows over the last (+1) or the first (-1) row.
    """

    judged = Signal(int, Verdict)
    taken_back = Signal(int)
    search_asked = Signal()
    left = Signal(int)

    def __init__(self, section: CandidateSection, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.section = section
        self._rows: list[CandidateRow] = []
        title = QHBoxLayout()
        title.setSpacing(SPACE)
        if section.role is not None:
            title.addWidget(_RoleMark(section.role, self))
        heading = plain_label(section.title, "strong", self)
        title.addWidget(heading, 1)
        if section.role is not None and section.rows:
            search = push_button(
                self.tr("Search again"),
                kind=ButtonKind.FLAT,
                tip=self.tr(
                    "Search the gallery as it is now with this recovered face; the answer is on the gallery page"
                ),
                is_compact=True,
                parent=self,
            )
            search.setIcon(icon(Icon.SEARCH))
            search.clicked.connect(self.search_asked)
            title.addWidget(search)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(SPACE)
        column.addLayout(title)
        column.addWidget(self._answer())
        if section.rows:
            column.addWidget(plain_label(section.caption, "small", self))
        for candidate in section.rows:
            row = CandidateRow(candidate, section.threshold, can_judge=section.role is not None, parent=self)
            row.judged.connect(lambda verdict, person=candidate.person_id: self.judged.emit(person, verdict))
            row.taken_back.connect(lambda person=candidate.person_id: self.taken_back.emit(person))
            row.step_asked.connect(lambda by, row=row: self._step(row, by))
            self._rows.append(row)
            column.addWidget(row)
        if section.notes:
            column.addWidget(self._notes())
        self.setAccessibleName(section.title)

    def rows(self) -> tuple[CandidateRow, ...]:
        """Return the rows, best candidate first."""
        return tuple(self._rows)

    def set_verdicts(self, verdicts: Mapping[tuple[Role, int], VerdictWords]) -> None:
        """Show which verdicts hold, by (role, gallery person)."""
        if self.section.role is not None:
            for row in self._rows:
                row.set_verdict(verdicts.get((self.section.role, row.candidate.person_id)))

    def _step(self, row: CandidateRow, by: int) -> None:
        place = self._rows.index(row) + by
        if 0 <= place < len(self._rows):
            self._rows[place].setFocus(Qt.FocusReason.TabFocusReason)
        else:
            self.left.emit(by)

    def _answer(self) -> QWidget:
        if self.section.statement is None:
            return plain_label(self.section.headline, "", self)
        box = StatementBox(self)
        box.set_statement(self.section.statement)
        return box

    def _notes(self) -> QWidget:
        holder = QWidget(self)
        words = plain_label("\n".join(f"•  {note}" for note in self.section.notes), "small", holder)
        words.hide()
        button = push_button(
            self.tr("What stands behind these scores"),
            kind=ButtonKind.FLAT,
            tip=self.tr("Error rates, how the template came about, limits"),
            parent=holder,
        )
        button.setIcon(icon(Icon.CHEVRON_RIGHT))
        button.setCheckable(True)

        def open_or_close(is_open: bool) -> None:
            words.setVisible(is_open)
            button.setIcon(icon(Icon.CHEVRON_DOWN if is_open else Icon.CHEVRON_RIGHT))

        button.toggled.connect(open_or_close)
        column = QVBoxLayout(holder)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(SPACE // 2)
        column.addWidget(button, 0, Qt.AlignmentFlag.AlignLeft)
        column.addWidget(words)
        return holder


class _RoleMark(QFrame):
    """A small upright bar in the colour of a role; the title beside it says the same."""

    def __init__(self, role: Role, parent: QWidget) -> None:
        super().__init__(parent)
        self._role = role
        self.setFixedSize(4, 18)

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802
        """Draw the bar."""
        palette = current_palette()
        painter = QPainter(self)
        painter.fillRect(self.rect(), colour(palette.source if self._role is Role.SOURCE else palette.target))
