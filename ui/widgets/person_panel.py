"""Everything about the chosen person, where a human decides; knows nothing of cases."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence

from PySide6.QtCore import QByteArray, Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QLabel, QSplitter, QStackedWidget, QTabWidget, QVBoxLayout, QWidget

from core.domain.arrays import FloatArray, UInt8Array
from core.domain.identity import Role
from core.domain.review import Verdict
from ui.dialogs.join_persons import JoinPersonsDialog
from ui.icons import Icon, icon
from ui.person_words import PersonWords, VerdictWords, WrittenWords
from ui.tokens import SPACE
from ui.widgets.candidate_list import CandidateList
from ui.widgets.compare_slider import CompareView
from ui.widgets.empty_state import EmptyState
from ui.widgets.face_model import FaceEntry
from ui.widgets.face_strip import FaceStrip
from ui.widgets.frames_page import FramesPage
from ui.widgets.person_header import PersonHeader, TrackWords
from ui.widgets.person_list import PersonList
from ui.widgets.person_model import PersonRow
from ui.widgets.person_notes import PersonNotes
from ui.widgets.scrolled import Scrolled
from ui.widgets.spread_plot import Band

_STRIP_PX = 52
_LIST_PX = 188
"""Height of the list of persons where there is room enough for what stands below it."""


class PersonPanel(QWidget):
    """List of persons above; below, the chosen one: comparison, frames, candidates, notes.

    Signals:
        person_asked: key of a row of the list.
        faces_wanted: keys of rows without a face; answer with `set_face`.
        frame_asked: place of a frame in the list of `set_frames`.
        thumbnails_wanted: keys of frames without a picture; answer with `set_thumbnail`.
        judged: role, gallery person, `Verdict`.
        verdict_taken_back: role, gallery person.
        search_asked: role: search the gallery as it is now with the recovered face.
        observed: what the examiner sees.
        join_asked: key of the row that is the same person as the one shown.
        part_asked, cut_asked: track id; see `PersonHeader`.
        ignore_asked: of the person shown.
        unignore_asked: of the ignored tracks shown.
        note_written, review_closed: text; see `PersonNotes`.
        note_taken_back: action id.
    """

    person_asked = Signal(int)
    faces_wanted = Signal(list)
    frame_asked = Signal(int)
    thumbnails_wanted = Signal(list)
    judged = Signal(Role, int, Verdict)
    verdict_taken_back = Signal(Role, int)
    search_asked = Signal(Role)
    observed = Signal(str)
    join_asked = Signal(int)
    part_asked = Signal(int)
    cut_asked = Signal(int)
    ignore_asked = Signal()
    unignore_asked = Signal()
    note_written = Signal(str)
    review_closed = Signal(str)
    note_taken_back = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.persons = PersonList(parent=self)
        self.header = PersonHeader(self)
        self.compare = CompareView(self)
        self.strip = FaceStrip(_STRIP_PX, is_grid=False, parent=self)
        self.frames = FramesPage(self)
        self.candidates = CandidateList(self)
        self.notes = PersonNotes(self)
        self._person: PersonWords | None = None
        self._busy = QLabel(self.tr("Being analysed again: what is shown may change."), self)
        self._busy.setProperty("rank", "muted")
        self._busy.setWordWrap(True)
        self._empty = EmptyState(Icon.PERSON, "", "", parent=self)
        self._ignored = EmptyState(Icon.IGNORE, "", "", parent=self)
        self._tabs = QTabWidget(self)
        self._stack = QStackedWidget(self)
        self._is_shared_by_hand = False
        self._splitter = QSplitter(Qt.Orientation.Vertical, self)
        self._arrange()
        self._connect()
        self.set_busy(False)
        self.show_nothing(self.tr("No item chosen"), self.tr("Choose an item of the case that was analysed."))

    # --- what is shown

    def set_persons(self, rows: Sequence[PersonRow]) -> None:
        """List persons and, at the end, ignored tracks."""
        self.persons.set_rows(rows)
        self.persons.setVisible(bool(rows))
        self._allow_joining()

    def set_face(self, key: int, rgb: UInt8Array | None) -> None:
        """Give a row of the list its face, (H, W, 3) uint8 RGB."""
        self.persons.set_face(key, rgb)

    def forget_faces(self) -> None:
        """Ask for the faces of all rows anew: their keys name other persons now."""
        self.persons.forget_faces()

    @property
    def has_writing(self) -> bool:
        """Whether a note or an observation was typed, of anybody, and not saved."""
        return self.notes.has_draft or self.candidates.editor().has_draft

    def forget_writing(self) -> None:
        """Drop what was typed and not saved; another case numbers its persons alike."""
        self.candidates.forget()
        self.notes.forget()

    def show_nothing(self, title: str, text: str) -> None:
        """Show nobody, and say why."""
        self._person = None
        self.persons.set_current(None)
        self._empty.set_words(title, text)
        self._stack.setCurrentWidget(self._empty)

    def show_ignored(self, key: int, title: str, text: str) -> None:
        """Show ignored tracks, which can be taken back."""
        self._person = None
        self.persons.set_current(key)
        self._ignored.set_words(title, text, self.tr("No longer ignore"))
        self._stack.setCurrentWidget(self._ignored)

    def show_person(self, person: PersonWords, tracks: Sequence[TrackWords]) -> None:
        """Show a person; frames and decisions follow."""
        self._person = person
        self.persons.set_current(person.person_track_id)
        self.header.set_person(person)
        self.header.set_tracks(tracks)
        self._allow_joining()
        self._stack.setCurrentIndex(1)

    def set_tracks(self, tracks: Sequence[TrackWords]) -> None:
        """Offer other tracks for parting and cutting."""
        self.header.set_tracks(tracks)

    def show_frames_coming(self) -> None:
        """Show no frame: those of the person shown are on their way."""
        self.strip.set_entries(())
        self.frames.set_frames((), (), "")
        self.compare.clear("")

    def set_frames(self, entries: Sequence[FaceEntry], bands: Sequence[Band]) -> None:
        """Show the recovered frames of the person, best quality first; see `FramesPage.set_frames`."""
        self.strip.set_entries(entries)
        self.strip.setVisible(len(entries) > 1)
        self.frames.set_frames(entries, bands, self._person.quality if self._person else "")
        self._tabs.setTabText(1, self.tr("Frames ({n})").format(n=len(entries)) if entries else self.tr("Frames"))
        if not entries:
            self.compare.clear(self.tr("No face of this person was recovered; there is no picture to show."))

    def set_thumbnail(self, key: Hashable, rgb: UInt8Array | None) -> None:
        """Give a frame its picture, (H, W, 3) uint8 RGB."""
        self.strip.set_thumbnail(key, rgb)
        self.frames.strip.set_thumbnail(key, rgb)

    def mark_frame(self, place: int) -> None:
        """Mark the chosen frame in all lists; its faces follow."""
        self.strip.set_current(place)
        self.frames.set_current(place)

    def show_faces(
        self, original: UInt8Array, source: UInt8Array, target: UInt8Array, identity_map: FloatArray
    ) -> None:
        """Show the faces of the chosen frame; see `CompareView.set_faces`."""
        self.compare.set_faces(original, source, target, identity_map)

    def set_decisions(
        self,
        verdicts: Mapping[tuple[Role, int], VerdictWords],
        observation: WrittenWords | None,
        notes: Sequence[WrittenWords],
        *,
        ask_first: bool,
        is_reviewed: bool,
    ) -> None:
        """Show what people decided about the person.

        Args:
            verdicts: those that hold, by (role, gallery person).
            observation: what the examiner wrote.
            notes: oldest first.
            ask_first: hide candidates until there is an observation.
            is_reviewed: nothing is left to decide.
        """
        if self._person is None:
            return
        person = self._person
        if person.sections:
            self.candidates.set_person(person.subject, person.sections, verdicts, observation, ask_first=ask_first)
        else:
            text = self.tr("No face of this person was recovered, so nothing could be compared.")
            self.candidates.clear(self.tr("No candidates"), text)
        self.notes.set_person(person.subject, notes, is_reviewed=is_reviewed)
        self._tabs.setTabText(3, self.tr("Notes ({n})").format(n=len(notes)) if notes else self.tr("Notes"))
        self._tabs.setTabIcon(2, icon(Icon.CHECK) if is_reviewed else icon(Icon.EYE))
        self._tabs.setTabToolTip(2, self.tr("reviewed") if is_reviewed else self.tr("to review"))

    def show_no_faces(self, why: str) -> None:
        """Show no face of the chosen frame, and say why."""
        self.compare.clear(why)

    def set_busy(self, is_busy: bool) -> None:
        """Say that the item is being analysed again."""
        self._busy.setVisible(is_busy)

    def saved_layout(self) -> bytes:
        """Return how the height is shared out, for `restore_layout`."""
        return bytes(self._splitter.saveState().data())

    def restore_layout(self, saved: bytes) -> None:
        """Share the height out as it was; nonsense is ignored."""
        self._is_shared_by_hand = self._splitter.restoreState(QByteArray(saved))

    def reset_layout(self) -> None:
        """Share the height out as at first."""
        self._is_shared_by_hand = False
        self._share_out()

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802
        """Keep the person in view rather than the list, until a hand moves the divider."""
        super().resizeEvent(event)
        self._share_out()

    def tabs(self) -> QTabWidget:
        """Return the pages of the chosen person."""
        return self._tabs

    # --- making it

    def _ask_whom_to_join(self) -> None:
        if self._person is None:
            return
        others = [row for row in self.persons.rows if not row.is_ignored and row.key != self._person.person_track_id]
        dialog = JoinPersonsDialog(self._person.label, others, self.persons.thumbnails, self)
        dialog.join_chosen.connect(self.join_asked)
        dialog.open()

    def _allow_joining(self) -> None:
        self.header.set_can_join(sum(not row.is_ignored for row in self.persons.rows) > 1)

    def _share_out(self) -> None:
        if self._is_shared_by_hand:
            return
        height = self._splitter.height()
        shown = self._stack.currentWidget()
        wanted = min(shown.sizeHint().height(), 4 * height // 5) if shown is not None else 0
        room = height - self._splitter.handleWidth() - wanted
        listed = max(self.persons.minimumSizeHint().height(), min(_LIST_PX, room))
        self._splitter.setSizes([listed, max(height - listed, 1)])

    def _divided(self) -> None:
        self._is_shared_by_hand = True

    def _connect(self) -> None:
        self._splitter.splitterMoved.connect(self._divided)
        self._stack.currentChanged.connect(self._share_out)
        self.persons.chosen.connect(self.person_asked)
        self.persons.faces_wanted.connect(self.faces_wanted)
        for strip in (self.strip, self.frames.strip):
            strip.thumbnails_wanted.connect(self.thumbnails_wanted)
        self.strip.frame_chosen.connect(self.frame_asked)
        self.frames.frame_chosen.connect(self.frame_asked)
        self.candidates.judged.connect(self.judged)
        self.candidates.taken_back.connect(self.verdict_taken_back)
        self.candidates.search_asked.connect(self.search_asked)
        self.candidates.observed.connect(self.observed)
        self.header.join_asked.connect(self._ask_whom_to_join)
        self.header.part_asked.connect(self.part_asked)
        self.header.cut_asked.connect(self.cut_asked)
        self.header.ignore_asked.connect(self.ignore_asked)
        self._ignored.action_asked.connect(self.unignore_asked)
        self.notes.written.connect(self.note_written)
        self.notes.closed.connect(self.review_closed)
        self.notes.taken_back.connect(self.note_taken_back)

    def _arrange(self) -> None:
        compared = QWidget(self)
        column = QVBoxLayout(compared)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(SPACE)
        column.addWidget(self.compare, 1)
        column.addWidget(self.strip)
        pages = (
            (compared, self.tr("Compare")),
            (self.frames, self.tr("Frames")),
            (self.candidates, self.tr("Candidates")),
            (self.notes, self.tr("Notes")),
        )
        for page, title in pages:
            holder = QWidget(self)
            inside = QVBoxLayout(holder)
            inside.setContentsMargins(0, SPACE, 0, 0)
            inside.addWidget(page)
            self._tabs.addTab(holder, title)
        self._tabs.setDocumentMode(True)
        person = QWidget(self)
        lower = QVBoxLayout(person)
        lower.setContentsMargins(0, SPACE, 0, 0)
        lower.setSpacing(SPACE)
        lower.addWidget(self.header)
        lower.addWidget(self._tabs, 1)
        person.setObjectName("page")
        for page in (self._empty, Scrolled(person, self), self._ignored):
            self._stack.addWidget(page)
        self._splitter.addWidget(self.persons)
        self._splitter.addWidget(self._stack)
        self._splitter.setCollapsible(1, False)
        self._splitter.setStretchFactor(1, 1)
        self.reset_layout()
        whole = QVBoxLayout(self)
        whole.setContentsMargins(SPACE, SPACE, SPACE, SPACE)
        whole.setSpacing(SPACE // 2)
        whole.addWidget(self._busy)
        whole.addWidget(self._splitter, 1)
