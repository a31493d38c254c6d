"""The gallery page: what a person wants goes to the gallery's thread, what is in the gallery goes onto the page."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer
from shiboken6 import isValid

from app.controllers.gallery_enrolment import GalleryEnrolment
from app.controllers.gallery_keeping import GalleryKeepingController
from app.controllers.gallery_search import GallerySearchController, lookup_of
from app.gallery_access import erasure_preview
from app.gallery_answers import PersonDetails, details, everybody, faces
from app.gallery_undo import GalleryChange, merging, renaming, splitting
from app.session import Session
from core.domain.events import ErrorReport
from core.domain.gallery import GalleryFacts, PersonRecord
from core.domain.identity import IdentityTemplate
from ui.views.gallery import GalleryView
from ui.widgets.message_bar import MessageBar

if TYPE_CHECKING:
    from core.gallery.merging import Merge, Split
    from core.gallery.records import Erasure
    from core.gallery.store import Gallery

_DETAILS_PAUSE_MS = 120
_FACES_AT_ONCE = 24
_MOST_FACES_WAITING = 240


class GalleryController(QObject):
    """Joins the gallery page to the session.

    Args:
        session: what is open.
        view: the page.
        messages: the window's; says what went well. Failures go through `session.failed`.
    """

    def __init__(self, session: Session, view: GalleryView, messages: MessageBar) -> None:
        super().__init__(session)
        self._session = session
        self._view = view
        self._messages = messages
        self._people: dict[int, PersonRecord] = {}
        self._shown: int | None = None
        self._changes: list[GalleryChange] = []
        self._faces_wanted: list[int] = []
        self._is_reading_faces = False
        self._enrolment = GalleryEnrolment(session, view)
        self._search = GallerySearchController(session, view)
        self._keeping = GalleryKeepingController(session, view, messages)
        # Whoever walks through the list with the arrow keys looks nobody up on the way.
        self._pause = QTimer(self)
        self._pause.setSingleShot(True)
        self._pause.setInterval(_DETAILS_PAUSE_MS)
        self._pause.timeout.connect(self._look_up)
        session.gallery_changed.connect(self.reload)
        session.failed.connect(self._on_failed)
        session.gallery_closing.connect(self._on_gallery_closing)
        for signal in (session.case_opened, session.case_closed):
            signal.connect(self._suggest_folder)
        self._hear_view()
        self._suggest_folder()
        self.reload()

    def search_with(self, template: IdentityTemplate, calibration_id: str, label: str) -> None:
        """Search the gallery with a recovered face; the answer stands on the gallery page."""
        self._search.search_with(template, calibration_id, label)

    def reload(self) -> None:
        """Read everybody anew."""
        self._is_reading_faces = False  # what an earlier opening was asked is never answered
        if self._session.gallery.is_open:
            self._session.gallery.ask(everybody, self._show_everybody)
        else:
            self._view.show_gallery(None)

    # --- what is shown

    def _show_everybody(self, answer: tuple[GalleryFacts, tuple[PersonRecord, ...]]) -> None:
        facts, people = answer
        self._people = {person.id: person for person in people}
        self._view.show_gallery(facts)
        self._view.show_people(people)
        if self._shown is not None and self._shown in self._people:
            self._session.gallery.ask(self._reading(self._shown, is_new=False), self._show_details)

    def _choose(self, person_id: int | None) -> None:
        self._shown = person_id
        if person_id is None:
            self._pause.stop()
        else:
            self._pause.start()

    def _look_up(self) -> None:
        if self._shown is not None:
            self._session.gallery.ask(self._reading(self._shown, is_new=True), self._show_details)

    def _reading(self, person_id: int, *, is_new: bool) -> Callable[[Gallery], PersonDetails]:
        lookup = lookup_of(self._session) if is_new else None
        return lambda gallery: details(gallery, person_id, lookup)

    def _show_details(self, found: PersonDetails) -> None:
        if found.person.id == self._shown:  # else somebody else was chosen meanwhile
            self._view.show_person(found.person, found.photos)

    def _want_faces(self, person_ids: list[int]) -> None:
        """The latest wishes first, and not too many: those that were scrolled past come again when they are seen."""
        others = [i for i in self._faces_wanted if i not in person_ids]
        self._faces_wanted = [*person_ids, *others][:_MOST_FACES_WAITING]
        self._read_faces()

    def _read_faces(self) -> None:
        if self._is_reading_faces or not self._faces_wanted or not self._session.gallery.is_open:
            return
        ids, self._faces_wanted = self._faces_wanted[:_FACES_AT_ONCE], self._faces_wanted[_FACES_AT_ONCE:]
        path = self._session.gallery_path
        self._is_reading_faces = True

        def shown(found: dict[int, bytes]) -> None:
            if self._session.gallery_path == path:
                self._view.show_faces(found)
            self._is_reading_faces = False
            self._read_faces()

        def failed(report: ErrorReport) -> None:
            self._is_reading_faces = False
            self._session.failed.emit(report)

        self._session.gallery.ask(lambda gallery: faces(gallery, ids), shown, failed)

    def _suggest_folder(self) -> None:
        self._view.set_start_folder(self._session.case_folder or Path.home())

    def _on_failed(self, _: ErrorReport) -> None:
        if not self._session.gallery.is_open:  # the one that was open is closed, and the other did not open
            self._forget_gallery()
            self._view.show_gallery(None)

    def _forget_gallery(self) -> None:
        self._people, self._shown = {}, None
        self._faces_wanted.clear()
        self._is_reading_faces = False
        self._pause.stop()

    # --- what a person wants

    def _hear_view(self) -> None:
        view = self._view
        view.open_gallery_asked.connect(lambda path: self._open(path, create=False))
        view.new_gallery_asked.connect(lambda path: self._open(path, create=True))
        view.person_chosen.connect(self._choose)
        view.faces_wanted.connect(self._want_faces)
        view.rename_asked.connect(self._rename)
        view.merge_asked.connect(self._merge)
        view.split_asked.connect(self._split)
        view.hold_asked.connect(self._hold)
        view.release_asked.connect(self._release)
        view.erasure_asked.connect(self._preview_erasure)
        view.erase_confirmed.connect(self._erase)
        view.list_export_asked.connect(self._export_list)
        view.copy_export_asked.connect(self._export_copy)

    def _open(self, path: Path, *, create: bool) -> None:
        self._enrolment.cancel()
        self._session.open_gallery(path, create=create)

    def _on_gallery_closing(self) -> None:
        """Another one numbers its people alike: nobody of this one may be shown, found or chosen there."""
        self._search.cancel()
        self._forget_gallery()

    def _done(self, change: GalleryChange) -> None:
        """Something that can be undone was done."""
        self._changes = [earlier for earlier in self._changes if isValid(earlier)]
        self._changes.append(change)
        self._session.undo_stack.push(change)
        self._session.gallery_changed.emit()

    def _rename(self, person_id: int, name: str) -> None:
        actor = self._session.actor

        def rename(gallery: Gallery) -> tuple[str, str]:
            old = gallery.person(person_id).name
            gallery.rename(person_id, name, actor=actor)
            return old, gallery.person(person_id).name

        def renamed(names: tuple[str, str]) -> None:
            self._done(renaming(self._session, person_id, old=names[0], new=names[1]))

        self._session.gallery.write(rename, renamed)

    def _merge(self, keep_id: int, absorb_id: int, reason: str) -> None:
        actor = self._session.actor

        def merge(gallery: Gallery) -> Merge:
            return gallery.merge_people(keep_id, absorb_id, actor=actor, reason=reason)

        self._session.gallery.write(merge, lambda made: self._done(merging(self._session, made, reason=reason)))

    def _split(self, person_id: int, photos: tuple[int, ...], name: str, reason: str) -> None:
        actor = self._session.actor

        def split(gallery: Gallery) -> Split:
            return gallery.split_off(person_id, photos, name=name, actor=actor, reason=reason)

        def was_split(made: Split) -> None:
            self._done(splitting(self._session, made, name=name, reason=reason))

        self._session.gallery.write(split, was_split)

    def _hold(self, person_id: int, reason: str) -> None:
        actor = self._session.actor

        def hold(gallery: Gallery) -> None:
            gallery.set_legal_hold(person_id, actor=actor, reason=reason)

        self._session.gallery.write(hold, self._changed)

    def _release(self, person_id: int, reason: str) -> None:
        actor = self._session.actor

        def release(gallery: Gallery) -> None:
            gallery.release_legal_hold(person_id, actor=actor, reason=reason)

        self._session.gallery.write(release, self._changed)

    def _changed(self, _: object) -> None:
        self._session.gallery_changed.emit()

    def _preview_erasure(self, person_id: int) -> None:
        self._session.gallery.ask(lambda gallery: erasure_preview(gallery, person_id), self._view.ask_erasure)

    def _erase(self, person_id: int, reason: str, redact_mentions: bool) -> None:
        actor = self._session.actor

        def erased(erasure: Erasure) -> None:
            what = self.tr("Person {id} is erased, with {n} photos").format(id=erasure.person_id, n=erasure.n_templates)
            if n := sum(not mention.is_held for mention in erasure.mentions):
                what = self.tr("{done}; texts about others that the name was taken out of: {n}").format(done=what, n=n)
            if erasure.owed_copies:
                away = ", ".join(f"{path} ({why})" for path, why in erasure.owed_copies)
                self._messages.show_warning(
                    self.tr("{done}, but still in copies: {paths}").format(done=what, paths=away),
                    self.tr("Connect the disks they lie on, release the holds: every later opening tries again."),
                )
            else:
                self._messages.show_success(what)
            after()

        def failed(report: ErrorReport) -> None:
            self._session.failed.emit(report)
            after()

        def after() -> None:
            # What undo remembers holds names and templates, of this person perhaps under another name.
            for change in self._changes:
                if isValid(change):
                    change.forget()
            self._changes.clear()
            self._search.cancel()  # an answer in view may show the person
            self._session.gallery_changed.emit()

        self._session.gallery.write(
            lambda gallery: gallery.erase_person(
                person_id, actor=actor, reason=reason, redact_mentions=redact_mentions
            ),
            erased,
            failed,
        )

    def _export_list(self, parent: Path) -> None:
        folder = parent / f"people-{datetime.now(UTC):%Y%m%d-%H%M%S}"
        lookup = lookup_of(self._session)

        def export(gallery: Gallery) -> str:
            from core.gallery.export import export_people

            steps = export_people(gallery, folder, actor=lookup.actor, purpose=lookup.purpose)
            while True:
                try:
                    next(steps)
                except StopIteration as end:
                    done = end.value
                    break
            text = f"{done.n_people} people with {done.n_photos} photos were written to {done.list_path}"
            if done.shared_names:
                text += f"; an import takes people of the same name for one: {', '.join(done.shared_names[:5])}"
            return text

        self._session.gallery.write(export, lambda text: self._tell(str(text)))

    def _export_copy(self, path: Path) -> None:
        lookup = lookup_of(self._session)

        def export(gallery: Gallery) -> str:
            from core.gallery.export import copy_gallery

            copy_gallery(gallery, path, actor=lookup.actor, purpose=lookup.purpose)
            return f"The gallery was copied to {path}"

        self._session.gallery.write(export, lambda text: self._tell(str(text)))

    def _tell(self, text: str) -> None:
        self._messages.show_info(text)
