"""Ranked candidates of a person, role by role, behind the question what a person sees with their own eyes."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence

from PySide6.QtCore import QEvent, QObject, Qt, QTimer, Signal
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QScrollArea, QStackedWidget, QVBoxLayout, QWidget

from core.domain.identity import Role
from core.domain.review import Verdict
from ui.icons import Icon
from ui.person_words import CandidateSection, VerdictWords, WrittenWords
from ui.theme import ButtonKind
from ui.tokens import SPACE
from ui.widgets.buttons import push_button
from ui.widgets.candidate_row import CandidateRow
from ui.widgets.candidate_section import CandidateSectionView
from ui.widgets.empty_state import EmptyState
from ui.widgets.observation_editor import ObservationEditor
from ui.widgets.statement_box import plain_label

_ASKING = 1


class CandidateList(QWidget):
    """Shows names only where `set_person` was told that it may.

    Signals:
        judged: role, gallery person, `Verdict`.
        taken_back: role, gallery person: the verdict is to hold no more.
        search_asked: search the gallery as it is now with the recovered face of this role.
        observed: what the examiner sees in the face.
        section_shown: (`CandidateSection`) its candidates are in view now.
    """

    judged = Signal(Role, int, Verdict)
    taken_back = Signal(Role, int)
    search_asked = Signal(Role)
    observed = Signal(str)
    section_shown = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._subject: Hashable = None
        self._sections: list[CandidateSectionView] = []
        self._coming: list[CandidateSection] = []
        self._verdicts: dict[tuple[Role, int], VerdictWords] = {}
        self._next = QTimer(self)
        self._next.setSingleShot(True)
        self._next.setInterval(0)
        self._next.timeout.connect(self._add_next)
        self._observation: WrittenWords | None = None
        self._is_writing_anew = False
        self._editor = ObservationEditor(self)
        self._editor.observed.connect(self.observed)
        self._editor.cancelled.connect(self._cancel_writing)
        self._nobody = EmptyState(Icon.PERSON, "", "", parent=self)
        self._scroll = QScrollArea(self)
        self._scroll.setWidgetResizable(True)
        self._scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._stack = QStackedWidget(self)
        for page in (self._nobody, self._scrolled(self._editor), self._scroll):
            self._stack.addWidget(page)
        decide = plain_label(self.tr("Software ranks candidates. People decide."), "muted", self)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(SPACE)
        column.addWidget(decide)
        column.addWidget(self._stack, 1)
        self.clear(self.tr("No person chosen"), self.tr("Choose a person above."))

    @property
    def shows_names(self) -> bool:
        """Whether candidates are in view."""
        return self._stack.currentWidget() is self._scroll

    def clear(self, title: str, text: str) -> None:
        """Show no candidates, and say why."""
        self._drop_sections()
        self._subject, self._observation, self._is_writing_anew = None, None, False
        self._nobody.set_words(title, text)
        self._stack.setCurrentWidget(self._nobody)

    def set_person(
        self,
        subject: Hashable,
        sections: Sequence[CandidateSection],
        verdicts: Mapping[tuple[Role, int], VerdictWords],
        observation: WrittenWords | None,
        *,
        ask_first: bool,
    ) -> None:
        """Show the candidates of a person, or ask for an observation first.

        Args:
            subject: names the person.
            sections: roles that were searched, and the face as filmed; none says so.
            verdicts: those that hold, by (role, gallery person).
            observation: what the examiner wrote of this person.
            ask_first: hide all candidates until there is an observation.
        """
        is_same = (
            self.shows_names
            and subject == self._subject
            and [view.section for view in self._sections] + self._coming == list(sections)
            and observation == self._observation
        )
        if observation is not None:
            self._editor.forget_draft(subject, observation.text)
        is_writing = self._is_writing_anew and subject == self._subject and observation == self._observation
        if ask_first and observation is None:
            self._ask(subject)
        elif not is_same and not is_writing:
            self._is_writing_anew = False
            self._observation = observation
            self._show(sections)
        self._subject, self._observation, self._verdicts = subject, observation, dict(verdicts)
        for view in self._sections:
            view.set_verdicts(verdicts)

    def forget(self) -> None:
        """Show nobody's candidates, and drop observations that were not saved: another case numbers persons alike."""
        self._drop_sections()
        self._subject = self._observation = None
        self._is_writing_anew = False
        self._editor.forget()
        self._stack.setCurrentIndex(_ASKING)

    def rows(self) -> tuple[CandidateRow, ...]:
        """Return all rows in view, in their order."""
        return tuple(row for view in self._sections for row in view.rows())

    def section_views(self) -> tuple[CandidateSectionView, ...]:
        """Return what is in view, role by role."""
        return tuple(self._sections)

    def editor(self) -> ObservationEditor:
        """Return the editor of observations."""
        return self._editor

    def _ask(self, subject: Hashable) -> None:
        """Ask for an observation; what is being typed is left alone."""
        if self._stack.currentIndex() != _ASKING or subject != self._subject or self._is_writing_anew:
            self._drop_sections()
            self._is_writing_anew = False
            self._editor.set_subject(subject)
            self._stack.setCurrentIndex(_ASKING)

    def _write_anew(self) -> None:
        """Open the editor in place of the candidates; a later observation replaces the earlier one."""
        self._is_writing_anew = True
        text = self._observation.text if self._observation else ""
        self._editor.set_subject(self._subject, text, can_cancel=True)
        self._stack.setCurrentIndex(_ASKING)
        self._editor.set_focus()

    def _cancel_writing(self) -> None:
        self._is_writing_anew = False
        self._stack.setCurrentWidget(self._scroll)

    def showEvent(self, event: QShowEvent) -> None:  # noqa: N802
        """Go on with what was put off while nobody looked."""
        super().showEvent(event)
        self._next.start()

    def _show(self, sections: Sequence[CandidateSection]) -> None:
        self._drop_sections()
        page = QWidget()
        page.setObjectName("page")
        column = QVBoxLayout(page)
        column.setContentsMargins(0, 0, SPACE, SPACE)
        column.setSpacing(2 * SPACE)
        column.addWidget(self._observation_box(page))
        column.addStretch()
        self._scroll.setWidget(page)
        self._stack.setCurrentWidget(self._scroll)
        self._coming = list(sections)
        self._next.start()

    def _add_next(self) -> None:
        """Add one section a round of the event loop: many rows at once would hold the window up."""
        page = self._scroll.widget()
        if not self._coming or not self.isVisible() or page is None:
            return
        section = self._coming.pop(0)
        view = CandidateSectionView(section, page)
        if section.role is not None:
            role = section.role
            view.judged.connect(lambda person, verdict: self.judged.emit(role, person, verdict))
            view.taken_back.connect(lambda person: self.taken_back.emit(role, person))
            view.search_asked.connect(lambda: self.search_asked.emit(role))
        view.left.connect(lambda by: self._step_out(view, by))
        view.set_verdicts(self._verdicts)
        self._sections.append(view)
        column = page.layout()
        assert isinstance(column, QVBoxLayout)
        column.insertWidget(column.count() - 1, view)
        self.section_shown.emit(section)
        for row in view.rows():
            row.installEventFilter(self)
        self._next.start()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802
        """Keep the focused row in view."""
        if isinstance(watched, CandidateRow) and event.type() == QEvent.Type.FocusIn:
            self._scroll.ensureWidgetVisible(watched, 0, SPACE)
        return False

    def _step_out(self, view: CandidateSectionView, by: int) -> None:
        rows = self.rows()
        edge = view.rows()[-1 if by > 0 else 0]
        place = rows.index(edge) + by
        if 0 <= place < len(rows):
            rows[place].setFocus(Qt.FocusReason.TabFocusReason)

    def _observation_box(self, parent: QWidget) -> QWidget:
        box = QFrame(parent)
        box.setProperty("surface", "card")
        column = QVBoxLayout(box)
        column.setContentsMargins(SPACE + 4, SPACE, SPACE + 4, SPACE)
        column.setSpacing(SPACE // 2)
        head = QHBoxLayout()
        head.addWidget(plain_label(self.tr("What you saw"), "section", box), 1)
        text = self.tr("Write anew…") if self._observation else self.tr("Write down what you see…")
        tip = self.tr("A later observation replaces the earlier one; both stay in the custody log")
        write = push_button(text, kind=ButtonKind.FLAT, glyph=Icon.EDIT, tip=tip, parent=box)
        write.clicked.connect(self._write_anew)
        head.addWidget(write)
        column.addLayout(head)
        if self._observation:
            column.addWidget(plain_label(self._observation.text, "", box))
            column.addWidget(plain_label(self._observation.given, "small", box))
        return box

    def _drop_sections(self) -> None:
        self._sections.clear()
        self._coming.clear()
        former = self._scroll.takeWidget()
        if former is not None:
            former.deleteLater()

    def _scrolled(self, widget: QWidget) -> QScrollArea:
        area = QScrollArea(self)
        area.setWidgetResizable(True)
        area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        page = QWidget()
        page.setObjectName("page")
        column = QVBoxLayout(page)
        column.setContentsMargins(0, 0, SPACE, SPACE)
        column.addWidget(widget)
        area.setWidget(page)
        return area
