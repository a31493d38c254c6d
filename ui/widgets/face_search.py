"""Whom a photo, or a recovered face, resembles."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QProgressBar, QScrollArea, QStackedWidget, QVBoxLayout, QWidget

from core.domain.events import ErrorReport
from ui.icons import Icon, Tint, icon
from ui.person_words import CandidateSection
from ui.theme import scaled
from ui.tokens import SPACE
from ui.widgets.buttons import push_button
from ui.widgets.candidate_row import CandidateRow
from ui.widgets.candidate_section import CandidateSectionView
from ui.widgets.drop_area import DropArea
from ui.widgets.reconstruction_badge import ReconstructionBadge
from ui.widgets.statement_box import plain_label


class FaceSearch(QWidget):
    """Takes a photo, shows ranked candidates or why there are none.

    Signals:
        photos_dropped: list of `Path`.
        choose_asked: a person wants to choose a photo from the disk.
        cancel_asked: stop looking.
        candidate_opened: id of the person of a candidate that was double-clicked, or on which Enter was pressed.
    """

    photos_dropped = Signal(list)
    choose_asked = Signal()
    cancel_asked = Signal()
    candidate_opened = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._answer: CandidateSectionView | None = None
        self._drop = DropArea(
            self.tr("Drop a photo here"),
            self.tr("It must show one face. The photo is only read, and each search enters the gallery's log."),
            self,
        )
        self._drop.setMinimumHeight(scaled(17 * SPACE))
        self._drop.files_dropped.connect(self.photos_dropped)
        choose = push_button(
            self.tr("Choose a photo…"), glyph=Icon.IMAGE, tip=self.tr("Search with a photo from the disk"), parent=self
        )
        choose.clicked.connect(self.choose_asked)
        self._title = plain_label("", "strong", self)
        self._badge = ReconstructionBadge(self)
        self._pages = QStackedWidget(self)
        self._idle = plain_label(self.tr("Candidates are listed here, the most alike first."), "muted", self)
        self._idle.setAlignment(Qt.AlignmentFlag.AlignTop)
        self._running = self._make_running()
        self._problem = self._make_problem()
        self._scroll = QScrollArea(self)
        self._scroll.setWidgetResizable(True)
        self._scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        for page in (self._idle, self._running, self._problem, self._scroll):
            self._pages.addWidget(page)
        decide = plain_label(self.tr("Software ranks candidates. People decide."), "muted", self)
        head = QHBoxLayout()
        head.setSpacing(SPACE)
        head.addWidget(self._title, 1)
        head.addWidget(self._badge)
        head.addStretch()
        column = QVBoxLayout(self)
        column.setContentsMargins(2 * SPACE, 2 * SPACE, 2 * SPACE, SPACE)
        column.setSpacing(SPACE + 4)
        column.addWidget(self._drop)
        column.addWidget(choose, 0, Qt.AlignmentFlag.AlignLeft)
        column.addLayout(head)
        column.addWidget(self._pages, 1)
        column.addWidget(decide)
        self.clear()

    def clear(self) -> None:
        """Forget question and answer."""
        self._ask("", is_reconstruction=False)
        self._pages.setCurrentWidget(self._idle)

    def show_running(self, label: str, *, is_reconstruction: bool = False) -> None:
        """Say what is being searched with."""
        self._ask(label, is_reconstruction=is_reconstruction)
        self._pages.setCurrentWidget(self._running)

    def show_answer(self, section: CandidateSection, *, is_reconstruction: bool = False) -> None:
        """Show candidates, ranked."""
        self._ask("", is_reconstruction=is_reconstruction)  # the answer has a title of its own
        self._answer = CandidateSectionView(section, self)
        for row in self._answer.rows():
            row.installEventFilter(self)
            opens = self.tr("Double-click or press Enter to show this person")
            row.setToolTip("\n".join(part for part in (row.toolTip(), opens) if part))
        holder = QWidget(self)
        holder.setObjectName("page")
        column = QVBoxLayout(holder)
        column.setContentsMargins(0, 0, SPACE, 0)
        column.addWidget(self._answer)
        column.addStretch()
        self._scroll.setWidget(holder)
        self._pages.setCurrentWidget(self._scroll)

    def show_problem(self, label: str, report: ErrorReport) -> None:
        """Say why there is no answer, and what to do."""
        self._ask(label, is_reconstruction=False)
        self._what.setText(_sentence(report.what))
        self._next_step.setText(_sentence(report.next_step))
        self._pages.setCurrentWidget(self._problem)

    def rows(self) -> tuple[CandidateRow, ...]:
        """Return the candidates in view, best first."""
        return self._answer.rows() if self._answer is not None else ()

    def shown_text(self) -> str:
        """Return the words in view: title, then problem or headline."""
        labels = (label for label in self._pages.findChildren(QLabel) if label.isVisibleTo(self))
        return "\n".join(label.text() for label in (self._title, *labels) if label.text())

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802
        """Open the person of a candidate."""
        if isinstance(watched, CandidateRow):
            is_enter = isinstance(event, QKeyEvent) and event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter)
            if event.type() == QEvent.Type.MouseButtonDblClick or (event.type() == QEvent.Type.KeyPress and is_enter):
                self.candidate_opened.emit(watched.candidate.person_id)
                return True
        return False

    def _ask(self, label: str, *, is_reconstruction: bool) -> None:
        self._title.setText(label)
        self._title.setVisible(bool(label))
        self._badge.setVisible(is_reconstruction)
        self._answer = None
        former = self._scroll.takeWidget()
        if former is not None:
            former.hide()
            former.deleteLater()

    def _make_running(self) -> QWidget:
        page = QWidget(self)
        bar = QProgressBar(page)
        bar.setRange(0, 0)
        bar.setTextVisible(False)
        bar.setAccessibleName(self.tr("The search runs"))
        words = plain_label(
            self.tr("Looking for the face and comparing it; waits while an analysis runs."), "muted", page
        )
        cancel = push_button(self.tr("Cancel"), glyph=Icon.STOP, tip=self.tr("Stop the search"), parent=page)
        cancel.clicked.connect(self.cancel_asked)
        column = QVBoxLayout(page)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(SPACE)
        column.addWidget(bar)
        column.addWidget(words)
        column.addWidget(cancel, 0, Qt.AlignmentFlag.AlignLeft)
        column.addStretch()
        return page

    def _make_problem(self) -> QWidget:
        page = QWidget(self)
        mark = QLabel(page)
        mark.setPixmap(icon(Icon.WARNING, Tint.WARNING).pixmap(20, 20))
        mark.setToolTip(self.tr("Warning"))
        self._what, self._next_step = plain_label("", "", page), plain_label("", "muted", page)
        words = QVBoxLayout()
        words.addWidget(self._what)
        words.addWidget(self._next_step)
        words.addStretch()
        row = QHBoxLayout(page)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(SPACE)
        row.addWidget(mark, 0, Qt.AlignmentFlag.AlignTop)
        row.addLayout(words, 1)
        return page


def _sentence(clause: str) -> str:
    """Errors hold clauses; the window shows sentences."""
    return f"{clause[:1].upper()}{clause[1:]}" + ("" if clause[-1:] in ".!?" else ".")
