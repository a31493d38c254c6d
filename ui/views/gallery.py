"""The gallery page: the people that recovered faces are compared with."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

from PySide6.QtCore import QByteArray, Qt, Signal
from PySide6.QtGui import QDragEnterEvent, QDropEvent, QKeySequence, QShortcut
from PySide6.QtWidgets import QSplitter, QTabWidget, QVBoxLayout, QWidget

from core.domain.custody import CustodyStatus
from core.domain.events import ErrorReport
from core.domain.gallery import (
    EnrolCounts,
    EnrolOutcome,
    EnrolRequest,
    ErasurePreview,
    GalleryFacts,
    PersonRecord,
    TemplateRecord,
)
from ui.dialogs.gallery_keeping import KeepingQuestions
from ui.dialogs.gallery_questions import GalleryQuestions
from ui.dropped_files import local_paths
from ui.person_words import CandidateSection
from ui.shortcuts import Command, keys_of
from ui.theme import scaled
from ui.tokens import SPACE
from ui.widgets.face_search import FaceSearch
from ui.widgets.gallery_head import GalleryHead
from ui.widgets.gallery_people import GalleryPeople
from ui.widgets.gallery_person import GalleryPerson

_USUAL_SIZES = (780, 420)


class GalleryView(QWidget):
    """People, one of them in detail, and the search by face.

    Signals:
        new_gallery_asked, open_gallery_asked: path of the file.
        files_dropped: (list of `Path`, person id or None) to be enrolled; answer with `ask_enrolment`.
        enrol_asked: an `EnrolRequest`.
        enrol_cancel_asked: stop the enrolment; what is enrolled stays.
        person_chosen: id of the person whose details are to be shown; None for nobody.
        faces_wanted: ids of people who came into view without a picture; answer with `show_faces`.
        rename_asked: (person id, name).
        merge_asked: (id that stays, id that becomes part of it, reason).
        split_asked: (person id, tuple of photo ids, name, reason).
        hold_asked, release_asked: (person id, reason).
        erasure_asked: id of a person; answer with `ask_erasure`.
        erase_confirmed: (person id, reason, whether the name goes from the records of others too).
        search_asked: photo to search with.
        search_cancel_asked: stop the search.
        passphrase_given: (path of the gallery, passphrase) to open it with.
        encryption_asked, passphrase_change_asked: the new passphrase; decryption_asked: none from now on.
        retention_asked: (person id, last day or None, basis).
        sign_asked: the log is to be signed with the open key.
        list_export_asked: folder to make the export in; copy_export_asked: file to make.
    """

    new_gallery_asked = Signal(Path)
    open_gallery_asked = Signal(Path)
    files_dropped = Signal(list, object)
    enrol_asked = Signal(object)
    enrol_cancel_asked = Signal()
    person_chosen = Signal(object)
    faces_wanted = Signal(list)
    rename_asked = Signal(int, str)
    merge_asked = Signal(int, int, str)
    split_asked = Signal(int, tuple, str, str)
    hold_asked = Signal(int, str)
    release_asked = Signal(int, str)
    erasure_asked = Signal(int)
    erase_confirmed = Signal(int, str, bool)
    search_asked = Signal(Path)
    search_cancel_asked = Signal()
    list_export_asked = Signal(Path)
    copy_export_asked = Signal(Path)
    passphrase_given = Signal(Path, str)
    encryption_asked = Signal(str)
    passphrase_change_asked = Signal(str)
    decryption_asked = Signal()
    retention_asked = Signal(int, object, str)
    sign_asked = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("page")
        self.setAcceptDrops(True)
        self._people: tuple[PersonRecord, ...] = ()
        self._facts: GalleryFacts | None = None
        self.head = GalleryHead(self)
        self.people = GalleryPeople(self)
        self.browser = self.people.browser
        self.enrolment = self.people.enrolment
        self.person = GalleryPerson(self)
        self.search = FaceSearch(self)
        self._questions = GalleryQuestions(self)
        self._keeping = KeepingQuestions(self._questions)
        self._tabs = QTabWidget(self)
        self._tabs.addTab(self.person, self.tr("Person"))
        self._tabs.addTab(self.search, self.tr("Search by face"))
        self._splitter = QSplitter(self)
        self._arrange()
        self._connect()
        self._bind_keys()
        self.show_gallery(None)
        self.person.show_nobody()

    # --- files dropped beside the parts that take them: never evidence of the open case

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:  # noqa: N802
        """Take files anywhere on the page."""
        if local_paths(event.mimeData()):
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:  # noqa: N802
        """Hand them on as people to enrol."""
        event.acceptProposedAction()
        self.files_dropped.emit(local_paths(event.mimeData()), None)

    # --- what is shown

    def set_start_folder(self, folder: Path) -> None:
        """Begin all file dialogs there."""
        self.head.set_start_folder(folder)

    def show_gallery(self, facts: GalleryFacts | None) -> None:
        """Name the gallery that is open; None for none."""
        is_other = (facts and facts.path) != (self._facts and self._facts.path)
        self._facts = facts
        self.head.show_gallery(facts)
        self.search.setEnabled(facts is not None)
        if is_other:
            self._questions.close_all()
            self._people = ()
            self.person.show_nobody()
            self.search.clear()
        self.people.show_people(self._people, is_open=facts is not None, is_other_gallery=is_other)

    def show_log(self, status: CustodyStatus | None, at: datetime | None = None) -> None:
        """Say how the gallery's log stood when it was checked, in local time; None before that."""
        self.head.show_log(status, at)

    def show_people(self, people: Sequence[PersonRecord]) -> None:
        """List everybody; who is chosen stays so."""
        self._people = tuple(people)
        self.people.show_people(self._people, is_open=self._facts is not None)
        self.head.show_due(len(self.due()))

    def due(self) -> list[PersonRecord]:
        """Return who is due today, the longest overdue first."""
        today = datetime.now(UTC).date()
        return sorted((p for p in self._people if p.is_due(today)), key=lambda p: (p.retain_until or today, p.id))

    def show_faces(self, faces: Mapping[int, bytes]) -> None:
        """Show pictures, PNG by person id; b'' says that there is none."""
        for person_id, png in faces.items():
            self.browser.show_face(person_id, png)
            self._questions.show_face(person_id, png)

    def show_person(self, person: PersonRecord, photos: Sequence[TemplateRecord]) -> None:
        """Show a person in detail."""
        self.person.show_person(person, photos)

    def show_nobody(self) -> None:
        """Show no person in detail."""
        self.person.show_nobody()

    def choose(self, person_id: int) -> None:
        """Choose a person, as if it was clicked."""
        self._tabs.setCurrentWidget(self.person)
        self.browser.choose(person_id)

    # --- what is asked

    def ask_enrolment(self, request: EnrolRequest) -> None:
        """Ask for name and basis of what was dropped; `enrol_asked` follows, or nothing."""
        known = next((p for p in self._people if p.id == request.person_id), None)
        self._questions.ask_enrolment(request, known)

    def ask_erasure(self, preview: ErasurePreview) -> None:
        """Ask for a reason, say what goes and what stays, and ask again; `erase_confirmed` follows, or nothing."""
        self._questions.ask_erasure(preview)

    def ask_passphrase(self, path: Path, problem: str = "") -> None:
        """Ask what opens an encrypted gallery; `passphrase_given` follows, or nothing."""
        self._keeping.ask_passphrase(path, problem)

    # --- enrolment and search

    def begin_enrolment(self, label: str) -> None:
        """Show a new enrolment, which may have to wait for the work before it."""
        self.enrolment.begin(label)

    def show_enrolment(self, counts: EnrolCounts, total: int | None) -> None:
        """Say how far it is; `total` None while the photos are not yet counted."""
        self.enrolment.show_counts(counts, total)

    def add_remark(self, outcome: EnrolOutcome) -> None:
        """List a photo that was refused, or that a person should look at."""
        self.enrolment.add_remark(outcome)

    def end_enrolment(self, words: str) -> None:
        """Say how it ended; the list stays until it is closed."""
        self.enrolment.end(words)

    def show_search(self, label: str, *, is_reconstruction: bool) -> None:
        """Say what is being searched with."""
        self._tabs.setCurrentWidget(self.search)
        self.search.show_running(label, is_reconstruction=is_reconstruction)

    def show_answer(self, section: CandidateSection, *, is_reconstruction: bool) -> None:
        """Show ranked candidates."""
        self.search.show_answer(section, is_reconstruction=is_reconstruction)

    def show_search_problem(self, label: str, report: ErrorReport) -> None:
        """Say why there is no answer."""
        self._tabs.setCurrentWidget(self.search)
        self.search.show_problem(label, report)

    def end_search(self) -> None:
        """Forget the search."""
        self.search.clear()

    # --- layout, kept by the window

    def saved_layout(self) -> bytes:
        """Return where the splitter stands, and whether cards or rows are shown."""
        return bytes([self.browser.is_grid()]) + bytes(self._splitter.saveState().data())

    def restore_layout(self, saved: bytes) -> None:
        """Put everything where it stood; nonsense is ignored."""
        if saved[:1] in (b"\0", b"\1") and self._splitter.restoreState(QByteArray(saved[1:])):
            self.browser.set_grid(saved[:1] == b"\1")

    def reset_layout(self) -> None:
        """Put everything where it stood at first."""
        self._splitter.setSizes(_USUAL_SIZES)
        self.browser.set_grid(True)

    def _arrange(self) -> None:
        self._splitter.addWidget(self.people)
        self._splitter.addWidget(self._tabs)
        self._splitter.setStretchFactor(0, 1)
        self._splitter.setChildrenCollapsible(False)
        self._splitter.setSizes(_USUAL_SIZES)
        self._tabs.setMinimumWidth(scaled(42 * SPACE))
        self.head.setContentsMargins(2 * SPACE, 2 * SPACE, 2 * SPACE, SPACE)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.head)
        column.addWidget(self._splitter, 1)

    def _connect(self) -> None:
        head, person, ask = self.head, self.person, self._questions
        self._connect_keeping()
        head.files_chosen.connect(self.files_dropped)
        head.search_photo_chosen.connect(self.search_asked)
        head.new_chosen.connect(self.new_gallery_asked)
        head.open_chosen.connect(self.open_gallery_asked)
        head.list_export_chosen.connect(self.list_export_asked)
        head.copy_export_chosen.connect(self.copy_export_asked)
        self.people.files_dropped.connect(lambda paths: self.files_dropped.emit(paths, None))
        self.people.new_gallery_asked.connect(head.choose_new)
        self.people.photos_asked.connect(head.choose_photos)
        self.browser.person_chosen.connect(self._chosen)
        self.browser.person_opened.connect(lambda _: self._tabs.setCurrentWidget(person))
        self.browser.faces_wanted.connect(self.faces_wanted)
        person.photos_dropped.connect(self.files_dropped)
        person.add_photos_asked.connect(self._add_photos)
        person.rename_asked.connect(lambda: ask.ask_name(person.person))
        person.merge_asked.connect(lambda: ask.ask_merge(person.person, self._people))
        person.split_asked.connect(lambda photos: ask.ask_split(person.person, photos))
        person.hold_asked.connect(lambda: ask.ask_hold(person.person))
        person.erasure_asked.connect(self._ask_for_erasure)
        for mine, theirs in (
            (self.enrol_asked, ask.enrolment_given),
            (self.rename_asked, ask.name_given),
            (self.merge_asked, ask.merge_given),
            (self.split_asked, ask.split_given),
            (self.hold_asked, ask.hold_given),
            (self.release_asked, ask.release_given),
            (self.erase_confirmed, ask.erasure_given),
            (self.faces_wanted, ask.faces_wanted),
        ):
            theirs.connect(mine)
        self.enrolment.cancel_asked.connect(self.enrol_cancel_asked)
        self.search.photos_dropped.connect(lambda paths: self.search_asked.emit(paths[0]))
        self.search.choose_asked.connect(head.choose_search_photo)
        self.search.cancel_asked.connect(self.search_cancel_asked)
        self.search.candidate_opened.connect(self.choose)

    def _connect_keeping(self) -> None:
        head, ask = self.head, self._keeping
        head.encrypt_chosen.connect(lambda: ask.ask_encryption(self._facts))
        head.passphrase_chosen.connect(lambda: ask.ask_new_passphrase(self._facts))
        head.decrypt_chosen.connect(lambda: ask.ask_decryption(self._facts))
        head.due_chosen.connect(lambda: ask.show_due(self.due()))
        head.sign_chosen.connect(self.sign_asked)
        self.person.retention_asked.connect(lambda: ask.ask_retention(self.person.person))
        ask.person_wanted.connect(self.choose)
        for mine, theirs in (
            (self.passphrase_given, ask.passphrase_given),
            (self.encryption_asked, ask.encryption_given),
            (self.passphrase_change_asked, ask.new_passphrase_given),
            (self.decryption_asked, ask.decryption_given),
            (self.retention_asked, ask.retention_given),
        ):
            theirs.connect(mine)

    def _bind_keys(self) -> None:
        for command, act in (
            (Command.FIND_PERSON, self.browser.focus_filter),
            (Command.RENAME_PERSON, self.person.rename_asked.emit),
            (Command.MERGE_PEOPLE, self.person.merge_asked.emit),
            (Command.ERASE_PERSON, self.person.erasure_asked.emit),
            (Command.ADD_FILES, self.head.choose_photos),
            (Command.ADD_FOLDER, self.head.choose_folder),
        ):
            keys = QKeySequence(keys_of(command), QKeySequence.SequenceFormat.NativeText)
            bound = QShortcut(keys, self, context=Qt.ShortcutContext.WidgetWithChildrenShortcut)
            bound.activated.connect(act)

    def _chosen(self, person_id: int | None) -> None:
        if person_id is None:
            self.show_nobody()
        self.person_chosen.emit(person_id)

    def _add_photos(self) -> None:
        if self.person.person is not None:
            self.head.choose_photos(self.person.person.id)

    def _ask_for_erasure(self) -> None:
        if self.person.person is not None:
            self.erasure_asked.emit(self.person.person.id)
