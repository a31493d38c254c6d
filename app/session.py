"""What is open: a case, a gallery, the workers on them. Lives on the window's thread; controllers share it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QUndoStack

from app.case_jobs import AnalysisJob
from app.case_opening import CaseOpening
from app.evidence_intake import EvidenceIntake
from app.gallery_opening import GalleryOpening
from app.preferences import save_preferences
from app.settings import APPLICATION, Folders
from app.undo import Decision
from app.workers.boundary import error_report
from app.workers.desk import Desk
from app.workers.job_queue import JobQueue
from app.workers.jobs import Job
from core.domain.cancel import CancelToken
from core.domain.events import ErrorReport
from core.domain.evidence import StoredEvidence
from core.domain.preferences import Preferences
from core.domain.report import CaseInfo, EvidenceResult
from core.domain.review import RESHAPING, Retract, Review, ReviewAction, ReviewEntry
from core.domain.time import TimeRange
from core.errors import CaseError
from core.evidence.account import account_name

if TYPE_CHECKING:
    from core.casefile.store import CaseFile
    from core.evidence.examiner_key import ExaminerKey
    from core.gallery.key_file import GalleryKey
    from core.gallery.store import Gallery


class Session(QObject):
    """The open case and gallery, with what views need of them at hand.

    Signals:
        case_closing: the open case is about to be closed: hand in what was typed and not yet saved.
        case_opened, case_closed: another case, or none, is open; everything cached has changed.
        info_changed, items_changed, review_changed: that part of the case has changed.
        marked: an undo or a redo was stored, in the case or the gallery.
        result_changed: (evidence id) an analysis ended, well or badly.
        gallery_closing: the open gallery is about to be closed.
        gallery_changed: another gallery is open, or its content may have changed.
        preferences_changed: the preferences are others.
        export_changed: the export of a report began or ended.
        refused: (ErrorReport) an input cannot be evidence.
        was_there: (path) an input is in the case already.
        failed: (ErrorReport) something else went wrong.
        gallery_locked: (path, ErrorReport) a gallery is encrypted: open it once more, with a passphrase.
    """

    case_closing = Signal()
    case_opened = Signal()
    case_closed = Signal()
    info_changed = Signal()
    items_changed = Signal()
    result_changed = Signal(int)
    review_changed = Signal()
    marked = Signal()
    gallery_closing = Signal()
    gallery_changed = Signal()
    preferences_changed = Signal()
    export_changed = Signal()
    refused = Signal(object)
    was_there = Signal(Path)
    failed = Signal(object)
    gallery_locked = Signal(Path, object)

    def __init__(self, folders: Folders, preferences: Preferences, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.folders = folders
        self.preferences = preferences
        self.case: Desk[CaseFile] = Desk("case", self)
        self.gallery: Desk[Gallery] = Desk("gallery", self)
        self.jobs = JobQueue(folders, self)
        self.intake = JobQueue(folders, self)
        self.undo_stack = QUndoStack(self)
        self.case_folder: Path | None = None
        self.gallery_path: Path | None = None
        self.gallery_key: GalleryKey | None = None
        self.key: ExaminerKey | None = None  # signs while it is here
        self.signs_case = True  # the key is that of the case's examiner, or a person said that it signs the case
        self.info = CaseInfo()
        self.items: tuple[StoredEvidence, ...] = ()
        self.entries: tuple[ReviewEntry, ...] = ()
        self.review = Review()
        self.case.unexpected.connect(self.failed)
        self.gallery.unexpected.connect(self.failed)
        self._own_jobs: set[int] = set()
        self._export: CancelToken | None = None
        self.is_writing: Callable[[], bool] = lambda: False  # the window says whether something is typed and not saved
        self.evidence = EvidenceIntake(self)
        self._opening = CaseOpening(self)
        self._gallery_opening = GalleryOpening(self)
        self.intake.failed.connect(lambda _, error: self.failed.emit(error))
        self.jobs.started.connect(lambda job_id: self.reload_items())
        self.jobs.failed.connect(lambda _, error: self.failed.emit(error))
        self.jobs.finished.connect(self._on_job_finished)

    @property
    def actor(self) -> str:
        """Who acts, for the logs: the case's examiner, or the one of the preferences, else the system's account."""
        return self.info.examiner or self.preferences.examiner or account_name() or APPLICATION

    @property
    def case_key(self) -> ExaminerKey | None:
        """The key that signs the open case: nobody signs for somebody else unasked."""
        return self.key if self.signs_case else None

    @property
    def is_exporting(self) -> bool:
        """Whether a report is being written."""
        return self._export is not None

    @property
    def is_busy(self) -> bool:
        """Whether work runs or waits that must not be broken off unasked."""
        return self.jobs.is_busy or self.intake.is_busy or self.is_exporting

    def set_export(self, cancel: CancelToken | None) -> None:
        """Say that a report is being written, and what stops that; None when it has ended."""
        if cancel is not self._export:
            self._export = cancel
            self.export_changed.emit()

    def stop_export(self) -> None:
        """Stop the writing of a report; a file that is already being written is finished."""
        if self._export is not None:
            self._export.cancel()

    # --- the case

    def open_case(
        self,
        folder: Path,
        *,
        create: bool = False,
        info: CaseInfo | None = None,
        is_new: bool = False,
        failed: Callable[[ErrorReport], None] | None = None,
    ) -> None:
        """Open a case in place of the one that is open; `case_opened` or `failed` follows.

        What cannot be opened leaves the one that is open as it is, and the work on it.

        Args:
            folder: of the case.
            create: make it when there is none.
            info: replaces what was entered about it.
            is_new: refuse a folder that holds a case already.
            failed: is told of a failure to open it instead of `Session.failed`.
        """
        self._opening.open(Path(folder), create=create, info=info, is_new=is_new, failed=failed or self.failed.emit)

    def take_up(
        self, folder: Path, info: CaseInfo, items: list[StoredEvidence], entries: tuple[ReviewEntry, ...]
    ) -> None:
        """Another case is open at the case's desk. For `CaseOpening` alone."""
        self.case_folder = folder
        self.info, self.items = info, tuple(items)
        self.entries, self.review = entries, Review.of(entries)
        # Decisions of earlier days can be undone too.
        for entry in entries:
            if entry.is_active and not entry.is_of_earlier:
                self.undo_stack.push(Decision(self, entry.action, entry))
        self.set_preferences(self.preferences.with_recent_case(folder.absolute()))
        self.case_opened.emit()

    def close_case(self) -> None:
        """Stop the work on the open case and close it; what was finished and decided is in it."""
        if self.case_folder is None:
            return
        self.case_closing.emit()
        self._stop_case_work()
        self.case.release()
        self.undo_stack.clear()
        self._own_jobs.clear()
        self.case_folder, self.info = None, CaseInfo()
        self.items, self.entries, self.review = (), (), Review()
        self.case_closed.emit()

    def case_work(self) -> tuple[str, ...]:
        """What runs and waits that ends with the open case, in words."""
        return tuple(status.label for queue in (self.intake, self.jobs) for status in queue.live() if status.is_of_case)

    def _stop_case_work(self) -> None:
        """Enrolments and the like have nothing to do with the case, and go on."""
        for queue in (self.jobs, self.intake):
            for status in reversed(queue.live()):  # what waits first, so that it is not begun
                if status.is_of_case:
                    queue.cancel(status.job_id)
        if all(status.is_of_case for status in self.jobs.live()):
            self.jobs.resume()  # a pause was of the work that is gone

    def set_info(self, info: CaseInfo) -> None:
        """Save what was entered about the case."""
        if info == self.info:
            return
        former, self.info = self.info, info
        actor = self.actor

        def write(case: CaseFile) -> None:
            case.act_as(actor)
            case.set_case_info(info)

        def failed(error: ErrorReport) -> None:
            if self.info == info:
                self.info = former  # so that the same can be tried again
            self.failed.emit(error)

        self.case.write(write, lambda _: self.info_changed.emit(), failed)

    def analyse(self, evidence_id: int, time_range: TimeRange | None = None, *, anew: bool = False) -> None:
        """Queue the analysis of an item; see `AnalysisJob`. One that waits is not queued twice.

        A wish for a part, or for a new analysis, takes the place of one that waits.
        """
        if self.case_folder is None:
            return
        waiting = set(self.jobs.waiting_ids())
        queued = [s.job_id for s in self.jobs.statuses() if s.job_id in waiting and s.evidence_id == evidence_id]
        if queued and time_range is None and not anew:
            return
        for job_id in queued:  # what is asked for now goes before what was asked for earlier
            self.jobs.cancel(job_id)
        job = AnalysisJob(
            case_folder=self.case_folder,
            evidence_id=evidence_id,
            preferences=self.preferences,
            gallery=self.gallery_path,
            gallery_key=self.gallery_key,
            time_range=time_range,
            actor=self.actor,
            anew=anew,
        )
        label = f"Analyse {self.evidence.name_of(evidence_id)}"
        self._own_jobs.add(self.jobs.add(Job(label=label, run=job.run, evidence_id=evidence_id)))

    def result(self, evidence_id: int, done: Callable[[EvidenceResult | None], None]) -> None:
        """Read the finished analysis of an item; `done` gets None while there is none."""
        self.case.ask(lambda case: case.result(evidence_id), done)

    # --- decisions

    def decide(self, action: ReviewAction) -> None:
        """Save a decision at once, undoable; the item is analysed again where its persons change by it."""
        if self.case_folder is not None:
            self.undo_stack.push(Decision(self, action))

    def write_decision(
        self, work: Callable[[CaseFile], None], action: ReviewAction, command: Decision, *, is_mark: bool = False
    ) -> None:
        """Do a decision's work on the case's thread, then bring the review up to date. For `Decision` alone.

        Args:
            work: stores the decision, or marks it.
            action: the decision.
            command: is taken off the stack when that fails.
            is_mark: it is undone or redone; `marked` follows.
        """

        def written(entries: tuple[ReviewEntry, ...]) -> None:
            self.entries, self.review = entries, Review.of(entries)
            self.review_changed.emit()
            evidence_id = self._reshaped_item(action)
            if evidence_id is not None:
                self.analyse(evidence_id)
            if is_mark:
                self.marked.emit()

        def refused(error: ErrorReport) -> None:
            command.setObsolete(True)
            self.failed.emit(error)

        def write(case: CaseFile) -> tuple[ReviewEntry, ...]:
            work(case)
            return case.decisions()

        self.case.write(write, written, refused)

    def _reshaped_item(self, action: ReviewAction) -> int | None:
        if isinstance(action, Retract):
            kept = next((e.action for e in self.entries if e.id == action.action_id and not e.is_of_earlier), None)
            return kept.evidence_id if isinstance(kept, RESHAPING) else None
        return action.evidence_id if isinstance(action, RESHAPING) else None

    def open_gallery(self, path: Path, *, create: bool = False, passphrase: str | None = None) -> None:
        """Open a gallery in place of the one that is open.

        `gallery_changed`, `gallery_locked` or `failed` follows.

        Args:
            path: of its file.
            create: make it when there is none.
            passphrase: of an encrypted one; without it the system's keyring is asked.
        """
        self._gallery_opening.open(path, create=create, passphrase=passphrase)

    def convert_gallery(self, convert: Callable[[Path, GalleryKey | None], GalleryKey | None]) -> None:
        """Close the open gallery, have it encrypted or decrypted, and open it again; also when that fails.

        Args:
            convert: gets path and key, returns the key from then on. Called on the gallery's thread.
        """
        self._gallery_opening.convert(convert)

    def set_preferences(self, preferences: Preferences) -> None:
        """Keep other preferences, also for the next start."""
        if preferences == self.preferences:
            return
        self.preferences = preferences
        try:
            save_preferences(self.folders, preferences)
        except CaseError as error:
            self.failed.emit(error_report(error))
        self.preferences_changed.emit()

    def shut_down(self) -> None:
        """End all workers; waits for the running step. Nothing finished or decided is lost."""
        if self.case_folder is not None:
            self.case_closing.emit()
        for queue in (self.jobs, self.intake):
            queue.stop()
        self._opening.stop()
        self.gallery_closing.emit()  # what jobs entered into its log is signed, too
        self.case.stop()
        self.gallery.stop()

    def _on_job_finished(self, job_id: int) -> None:
        status = next((s for s in self.jobs.statuses() if s.job_id == job_id), None)
        if status is None or status.evidence_id is None or job_id not in self._own_jobs:
            return  # no analysis, or one of a case that was closed meanwhile
        self._own_jobs.discard(job_id)
        evidence_id = status.evidence_id
        self.reload_items(lambda: self.result_changed.emit(evidence_id))

    def reload_items(self, after: Callable[[], None] | None = None) -> None:
        """Read items and decisions again; then `items_changed`, `review_changed` where it did, and `after`.

        An analysis that took the place of another has set decisions on its tracks aside.
        """

        def loaded(state: tuple[list[StoredEvidence], tuple[ReviewEntry, ...]]) -> None:
            items, entries = state
            self.items = tuple(items)
            is_other = entries != self.entries
            if is_other:
                self.entries, self.review = entries, Review.of(entries)
            self.items_changed.emit()
            if is_other:
                self.review_changed.emit()
            if after is not None:
                after()

        if self.case_folder is not None:
            self.case.ask(lambda case: (case.evidence(), case.decisions()), loaded)
