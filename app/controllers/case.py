"""The case page: what a person wants goes to the session, what the session knows goes onto the page."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, QUrl, Signal
from PySide6.QtGui import QDesktopServices

from app.controllers.case_rows import (
    Known,
    Queue,
    evidence_rows,
    item_rows,
    queue_summary,
    summary_of,
    unfinished_ids,
)
from app.controllers.forecast import Forecast
from app.controllers.integrity import IntegrityController
from app.controllers.replacing import ask_before_replacing, ask_before_setting_aside
from app.media_inputs import MEDIA_SUFFIXES
from app.session import Session
from app.workers.job_queue import JobQueue
from app.workers.jobs import JobState
from core.domain.events import ErrorReport
from core.domain.evidence import EvidenceState
from core.domain.review import Retract, WriteNote
from core.domain.time import TimeRange
from ui.views.case import CaseView
from ui.widgets.evidence_row import EvidenceRow, ResultSummary, RowState
from ui.widgets.message_bar import MessageBar

if TYPE_CHECKING:
    from core.casefile.store import CaseFile

_REFRESH_MS = 50
_REFRESH_OF_MANY_MS = 250
_MANY = 500
_STRIP_S = 0.25


def open_in_file_manager(folder: Path) -> None:
    """Show a folder in the desktop's file manager."""
    QDesktopServices.openUrl(QUrl.fromLocalFile(str(folder)))


class CaseController(QObject):
    """Joins the case page to the session.

    Args:
        session: what is open.
        view: the page.
        messages: the window's; tells of refused inputs and hash checks. Other failures go through `session.failed`.
        show_folder: opens a folder outside of the window.

    Signals:
        item_chosen: evidence id, to be shown in the analysis view.
    """

    item_chosen = Signal(int)

    def __init__(
        self,
        session: Session,
        view: CaseView,
        messages: MessageBar,
        show_folder: Callable[[Path], None] = open_in_file_manager,
    ) -> None:
        super().__init__(session)
        self._session = session
        self._view = view
        self._show_folder = show_folder
        self._integrity = IntegrityController(session, view, messages)
        self._integrity.changed.connect(self._show_soon)
        self._known = Known(hash_checks=self._integrity.checks)
        self._forecast = Forecast()
        self._earlier: dict[JobQueue, int] = {session.jobs: 0, session.intake: 0}
        self._messages = messages
        self._refusals: list[ErrorReport] = []
        self._was_there: list[Path] = []
        self._stopping: set[int] = set()
        self._unread: list[int] = []
        # Progress comes up to 20 times a second from each queue; the page follows at most as often. With thousands of
        # items only the rows of those at work follow so fast, and nothing is made anew that did not change.
        self._is_stale = True
        self._shown: tuple[object, ...] = ()
        self._strip_at = 0.0
        self._refresh = QTimer(self)
        self._refresh.setSingleShot(True)
        self._refresh.timeout.connect(self._follow)
        self._hear_session()
        self._hear_view()
        view.set_media_suffixes(sorted(MEDIA_SUFFIXES))
        view.clear()

    def rows(self) -> tuple[EvidenceRow, ...]:
        """What the table is to show now."""
        return evidence_rows(self._session.items, self._analyses(), self._known, self._forecast)

    def show_now(self) -> None:
        """Bring table, queue and offer up to date."""
        session, analyses, intake = self._session, self._analyses(), self._queue(self._session.intake)
        self._is_stale, self._shown = False, (analyses.standing(), intake.standing())
        rows = evidence_rows(session.items, analyses, self._known, self._forecast)
        self._view.set_rows(rows)
        self._view.set_queue(queue_summary(session.items, analyses, intake, self._forecast))
        # What is being taken in is about to be queued.
        self._view.set_unfinished(0 if session.intake.is_busy else len(unfinished_ids(rows)))

    def _follow(self) -> None:
        """Show what changed: all of it, or how far the running jobs are."""
        analyses, intake = self._analyses(), self._queue(self._session.intake)
        if self._is_stale or self._shown != (analyses.standing(), intake.standing()):
            self.show_now()
            return
        at_work = analyses.at_work()
        live = [stored for stored in self._session.items if stored.id in at_work]
        self._view.update_rows(item_rows(live, analyses, self._known, self._forecast))
        now = time.monotonic()
        if now - self._strip_at >= _STRIP_S:
            self._strip_at = now
            self._view.set_queue(queue_summary(self._session.items, analyses, intake, self._forecast))

    def _analyses(self) -> Queue:
        return self._queue(self._session.jobs)

    def _queue(self, jobs: JobQueue) -> Queue:
        """The jobs on the open case; those of a case that was open before number its items otherwise."""
        first = self._earlier[jobs]
        return Queue(
            statuses=tuple(status for status in jobs.statuses() if status.job_id > first),
            waiting_ids=jobs.waiting_ids(),
            stopping=frozenset(self._stopping) if jobs is self._session.jobs else frozenset(),
            is_paused=jobs.is_paused,
        )

    # --- what the session says

    def _hear_session(self) -> None:
        session = self._session
        session.case_opened.connect(self._on_opened)
        session.case_closing.connect(self._view.commit_edits)
        session.case_closed.connect(self._on_closed)
        session.info_changed.connect(lambda: self._view.set_info(session.info))
        session.items_changed.connect(self._on_items)
        session.result_changed.connect(self._on_result)
        session.review_changed.connect(self._show_notes)
        session.failed.connect(self._show_notes)  # a note that was not saved stays where it was typed
        session.refused.connect(self._on_refused)
        session.was_there.connect(self._was_there.append)
        session.intake.finished.connect(self._tell_handed_in)
        for queue in (session.jobs, session.intake):
            queue.changed.connect(self._follow_soon)
            queue.progressed.connect(lambda *_, queue=queue: self._forecast.hear(queue.statuses()))

    def _on_opened(self) -> None:
        self._forget()
        self._view.set_info(self._session.info)
        self._show_notes()
        self.show_now()
        self._on_items()
        self._read_summaries([s.id for s in self._session.items if s.state is EvidenceState.DONE])

    def _on_closed(self) -> None:
        self._forget()
        self._view.clear()

    def _forget(self) -> None:
        self._known = Known(hash_checks=self._integrity.checks)
        self._forecast.forget_jobs()
        self._unread.clear()
        self._stopping.clear()
        for queue in self._earlier:
            self._earlier[queue] = max((status.job_id for status in queue.statuses()), default=0)

    def _on_items(self) -> None:
        def loaded(refused: tuple[tuple[str, str], ...]) -> None:
            if refused != self._known.refused:
                self._known.refused = refused
                self._show_soon()

        self._show_soon()
        self._session.case.ask(lambda case: case.refused(), loaded)

    def _on_result(self, evidence_id: int) -> None:
        self._read_summaries([evidence_id])
        self._show_soon()

    def _on_refused(self, report: ErrorReport) -> None:
        self._refusals.append(report)
        if report.path is not None:
            self._known.next_steps[str(report.path)] = report.next_step

    def _tell_handed_in(self) -> None:
        """One message for each handing in, however much of it was refused; the table lists each input."""
        reports, self._refusals = self._refusals, []
        known, self._was_there[:] = [*self._was_there], []
        if known:
            name, n = known[0].name, len(known)
            self._messages.show_info(
                self.tr("{name} is in the case already.").format(name=name)
                if n == 1
                else self.tr("%n files are in the case already.", "", n),
                self.tr("Nothing was added twice. To analyse an item again, choose it in the list."),
            )
        if len(reports) == 1:
            self._messages.show_error(reports[0])
        elif reports:
            self._messages.show_warning(
                self.tr("%n inputs were not taken in.", "", len(reports)),
                self.tr("Each is listed with its reason: mend it and add it again, or dismiss it."),
            )

    def _show_soon(self) -> None:
        self._is_stale = True
        self._follow_soon()

    def _follow_soon(self) -> None:
        if not self._refresh.isActive():
            is_many = self._is_stale and len(self._session.items) > _MANY
            self._refresh.start(_REFRESH_OF_MANY_MS if is_many else _REFRESH_MS)

    def _show_notes(self) -> None:
        self._view.set_notes(self._session.review.notes(None))

    def _read_summaries(self, evidence_ids: list[int]) -> None:
        """One after another, so that a person's own requests do not wait behind all of them."""
        is_reading = bool(self._unread)
        self._unread += [i for i in evidence_ids if i not in self._unread]
        if not is_reading:
            self._read_next_summary()

    def _read_next_summary(self) -> None:
        if not self._unread:
            return
        evidence_id, known = self._unread[0], self._known

        def read(case: CaseFile) -> ResultSummary | None:
            result = case.outline(evidence_id)
            return None if result is None else summary_of(result)

        def go_on(summary: ResultSummary | None) -> None:
            if summary is not None:
                known.summaries[evidence_id] = summary
            self._unread.remove(evidence_id)
            self._show_soon()
            self._read_next_summary()

        def failed(report: ErrorReport) -> None:
            self._session.failed.emit(report)
            go_on(None)

        self._session.case.ask(read, go_on, failed)

    # --- what a person wants

    def _hear_view(self) -> None:
        view, session = self._view, self._session
        view.info_changed.connect(session.set_info)
        view.files_added.connect(session.evidence.take_in)
        view.analyse_asked.connect(self._analyse)
        view.range_chosen.connect(self._analyse_range)
        view.cancel_asked.connect(self._cancel)
        view.cancel_all_asked.connect(self._cancel_all)
        view.front_asked.connect(self._move_to_front)
        view.pause_asked.connect(session.jobs.pause)
        view.resume_asked.connect(session.jobs.resume)
        view.resume_all_asked.connect(self._resume_all)
        view.item_chosen.connect(self.item_chosen)
        view.folder_asked.connect(lambda path: self._show_folder(path.parent))
        view.dismiss_asked.connect(self._dismiss)
        view.note_written.connect(lambda text: session.decide(WriteNote(text=text)))
        view.note_removed.connect(lambda action_id: session.decide(Retract(action_id=action_id)))

    def _analyse(self, evidence_ids: list[int]) -> None:
        states = {row.evidence_id: row.state for row in self.rows()}
        again = [each for each in evidence_ids if states.get(each) in (RowState.DONE, RowState.FAILED)]

        def go_on() -> None:
            # Again means with today's preferences; what was interrupted goes on with those it was begun with.
            for evidence_id in evidence_ids:
                self._session.analyse(evidence_id, anew=evidence_id in again)

        ask_before_setting_aside(self._session, again, go_on)

    def _analyse_range(self, evidence_id: int, part: TimeRange) -> None:
        session = self._session
        ask_before_replacing(session, evidence_id, lambda: session.analyse(evidence_id, part, anew=True))

    def _resume_all(self) -> None:
        for evidence_id in unfinished_ids(self.rows()):
            self._session.analyse(evidence_id)
        self._session.jobs.resume()

    def _cancel(self, evidence_ids: list[int]) -> None:
        for status in self._analyses().live():
            if status.evidence_id in evidence_ids:
                self._stopping.add(status.job_id)
                self._session.jobs.cancel(status.job_id)
        self._show_soon()

    def _cancel_all(self) -> None:
        self._stopping.update(status.job_id for status in self._analyses().live())
        self._session.jobs.cancel_all()
        self._session.intake.cancel_all()
        self._show_soon()

    def _move_to_front(self, evidence_id: int) -> None:
        status = self._analyses().by_item().get(evidence_id)
        if status is not None and status.state is JobState.QUEUED:
            self._session.jobs.move_to_front(status.job_id)

    def follow_log(self) -> None:
        """Something outside of this page wrote into the custody log: read it again if it is in view."""
        self._integrity.follow()

    def _dismiss(self, paths: list[Path]) -> None:
        actor = self._session.actor
        # As the case spells them.
        wanted = [path for path, _ in self._known.refused if Path(path) in paths]

        def work(case: CaseFile) -> tuple[tuple[str, str], ...]:
            for path in wanted:
                case.dismiss_refused(actor, path)
            return case.refused()

        def done(refused: tuple[tuple[str, str], ...]) -> None:
            self._known.refused = refused
            self.show_now()
            self._integrity.follow()

        self._session.case.write(work, done)
