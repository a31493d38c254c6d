"""What the gallery page asks before it does something, and how it words it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QDialog, QWidget

from core.domain.gallery import EnrolRequest, ErasurePreview, PersonRecord
from ui.dialogs.confirm import ConfirmDialog
from ui.dialogs.form import FormDialog, FormField
from ui.dialogs.merge_people import MergePeopleDialog
from ui.plain import spelled

_MOST_MENTIONS = 8  # shown with their words, so that the question still fits the screen


class GalleryQuestions(QObject):
    """Opens dialogs over a page, one at a time; the answers come as signals.

    Signals:
        enrolment_given: the `EnrolRequest` with what was entered.
        name_given: (person id, name).
        merge_given: (id that stays, id that becomes part of it, reason).
        split_given: (person id, tuple of photo ids, name, reason).
        hold_given, release_given: (person id, reason).
        erasure_given: (person id, reason, whether the name goes from the records of others too).
        faces_wanted: ids of people in a dialog without a picture; answer with `show_face`.
    """

    enrolment_given = Signal(object)
    name_given = Signal(int, str)
    merge_given = Signal(int, int, str)
    split_given = Signal(int, tuple, str, str)
    hold_given = Signal(int, str)
    release_given = Signal(int, str)
    erasure_given = Signal(int, str, bool)
    faces_wanted = Signal(list)

    def __init__(self, page: QWidget) -> None:
        super().__init__(page)
        self._page = page
        self._open: QDialog | None = None

    @property
    def page(self) -> QWidget:
        """Over which dialogs open."""
        return self._page

    @property
    def open_dialog(self) -> QDialog | None:
        """The dialog in view."""
        return self._open

    def close_all(self) -> None:
        """Ask no longer, for example because another gallery was opened."""
        if self._open is not None:
            self._open.close()

    def show_face(self, person_id: int, png: bytes) -> None:
        """Show a picture in the dialog that is open, if it shows people."""
        if isinstance(self._open, MergePeopleDialog):
            self._open.browser.show_face(person_id, png)

    def ask_enrolment(self, request: EnrolRequest, person: PersonRecord | None) -> None:
        """Ask whose photos these are, and on what ground they are held; nothing for a person who is known."""
        if person is not None:
            self.enrolment_given.emit(request)
            return
        basis = FormField(
            label=self.tr("&Basis"),
            text=request.basis,
            hint=self.tr("On what ground the data is held, for example consent, order 12 of 3 May"),
        )
        if not request.photos:
            text = self.tr("{what}: one subfolder a person in a folder; each line of a list names its own.")
            words = text.format(what=self._listing_words(request))
            self.form(self.tr("Enrol people"), words, (basis,), self.tr("Enrol"), partial(self._listings, request))
            return
        name = FormField(
            label=self.tr("&Name"), text=request.name, missing=self.tr("Enter the name of the person on the photos.")
        )
        note = FormField(label=self.tr("N&ote"), text=request.note, hint=self.tr("Whatever helps to tell people apart"))
        n = len(request.photos)
        words = self.tr("1 photo.") if n == 1 else self.tr("{n} photos, all of one person.").format(n=n)
        words += " " + self.tr("Somebody of exactly this name who is enrolled already gets the photos.")
        if request.listings:
            words += " " + self.tr("{what}: every person as named there.").format(what=self._listing_words(request))
        fields = (name, basis, note)
        self.form(self.tr("Enrol a person"), words, fields, self.tr("Enrol"), partial(self._photos, request))

    def ask_name(self, person: PersonRecord | None) -> None:
        """Ask for another name."""
        if person is None:
            return
        field = FormField(label=self.tr("&Name"), text=person.name, missing=self.tr("Enter a name."))
        text = self.tr("The former name stays with the person, so that an erasure finds it too. Can be undone.")

        def given(name: str) -> None:
            if name != person.name:
                self.name_given.emit(person.id, name)

        self.form(self.tr("Rename"), text, (field,), self.tr("Rename"), given)

    def ask_merge(self, person: PersonRecord | None, people: Sequence[PersonRecord]) -> None:
        """Ask which other record is the same person."""
        if person is None:
            return
        dialog = MergePeopleDialog(person, people, self._page)
        dialog.browser.faces_wanted.connect(self.faces_wanted)
        dialog.merge_confirmed.connect(lambda other, reason: self.merge_given.emit(person.id, other, reason))
        self.show(dialog)

    def ask_split(self, person: PersonRecord | None, photos: tuple[int, ...]) -> None:
        """Ask whose photos the marked ones are."""
        if person is None or not photos:
            return
        fields = (
            FormField(label=self.tr("&Name"), missing=self.tr("Enter the name of the person on these photos.")),
            FormField(label=self.tr("&Reason"), hint=self.tr("Goes into the gallery's log")),
        )
        n = len(photos)
        words = self.tr("1 photo") if n == 1 else self.tr("{n} photos").format(n=n)
        text = self.tr("{photos} of {name} become a new person, with the same basis and hold. Can be undone.")

        def given(name: str, reason: str) -> None:
            self.split_given.emit(person.id, photos, name, reason)

        text = text.format(photos=words, name=person.name)
        self.form(self.tr("Split off photos"), text, fields, self.tr("Split off"), given)

    def ask_hold(self, person: PersonRecord | None) -> None:
        """Ask why a hold is set, or released where there is one."""
        if person is None:
            return
        signal = self.release_given if person.legal_hold else self.hold_given
        title = self.tr("Release the legal hold") if person.legal_hold else self.tr("Set a legal hold")
        text = (
            self.tr("{name} can be erased again. The hold was: {hold}").format(
                name=person.name, hold=hold_words(person)
            )
            if person.legal_hold
            else self.tr("Until it is released, nobody can erase {name} or merge this record into another.").format(
                name=person.name
            )
        )
        field = FormField(
            label=self.tr("&Reason"),
            hint=self.tr("The order or the case behind it; goes into the gallery's log"),
            missing=self.tr("Enter a reason."),
        )
        confirm = self.tr("Release") if person.legal_hold else self.tr("Set the hold")
        self.form(title, text, (field,), confirm, lambda reason: signal.emit(person.id, reason))

    def ask_erasure(self, preview: ErasurePreview) -> None:
        """Ask for the reason, then say what goes and what stays and ask again."""
        person = preview.person
        field = FormField(
            label=self.tr("&Reason"),
            hint=self.tr("For example: consent withdrawn"),
            missing=self.tr("Enter a reason."),
        )
        text = self.tr("The reason stays in the gallery's log; the name is taken out of it.")
        title = self.tr("Why is {name} erased?").format(name=person.name)
        self.form(title, text, (field,), self.tr("Go on…"), lambda reason: self._confirm_erasure(preview, reason))

    def _confirm_erasure(self, preview: ErasurePreview, reason: str) -> None:
        person = preview.person
        photos = self.tr("1 photo") if person.n_templates == 1 else f"{person.n_templates} " + self.tr("photos")
        points = [
            self.tr("Goes: {photos} with templates and thumbnails").format(photos=photos),
            self.tr("Goes: name, former names, note and basis"),
            self.tr("Goes: the name wherever the gallery's log mentions it"),
        ]
        if preview.backups:
            names = ", ".join(preview.backups)
            points.append(self.tr("Goes: older copies of the whole gallery, {names}").format(names=names))
        reached = [str(copy.path) for copy in preview.copies if copy.is_there]
        away = [str(copy.path) for copy in preview.copies if not copy.is_there]
        if reached:
            points.append(
                self.tr("Goes: the same in copies and lists made before, {paths}").format(paths=", ".join(reached))
            )
        if away:
            words = self.tr("Goes later, when the gallery is opened with them at hand: the same in {paths}")
            points.append(words.format(paths=", ".join(away)))
        points += self._mention_points(preview)
        points += [
            self.tr("Stays: the log line that person {id} was erased, when, by whom and why").format(id=person.id),
            self.tr("Stays: what cases and reports say of past searches, with name and face; it is evidence"),
            self.tr("Stays: photo files on the disk, and copies made by other programs; out of reach"),
        ]
        dialog = ConfirmDialog(
            self.tr("Erase {name} for good?").format(name=person.name),
            self.tr("This cannot be undone."),
            points,
            self.tr("Erase for good"),
            is_dangerous=True,
            choice="" if all(m.is_held for m in preview.mentions) else self.tr("&Take the name out of these texts too"),
            parent=self._page,
        )
        dialog.confirmed.connect(lambda: self.erasure_given.emit(person.id, reason, dialog.is_chosen()))
        self.show(dialog)

    def _mention_points(self, preview: ErasurePreview) -> list[str]:
        """Where else the name stands, for the person to decide on."""
        free = [mention for mention in preview.mentions if not mention.is_held]
        held = [mention for mention in preview.mentions if mention.is_held]
        points = [
            self.tr("Also named: in the {place}: {excerpt}").format(place=mention.place, excerpt=mention.excerpt)
            for mention in free[:_MOST_MENTIONS]
        ]
        if n_more := len(free[_MOST_MENTIONS:]):
            words = self.tr("Also named: in {n} more texts; `unswap gallery erase` lists all before it asks")
            points.append(words.format(n=n_more))
        if held:
            places = ", ".join(mention.place for mention in held[:_MOST_MENTIONS])
            if n_more := len(held[_MOST_MENTIONS:]):
                places = self.tr("{places} and {n} more").format(places=places, n=n_more)
            points.append(self.tr("Stays: the name in records under a legal hold, {places}").format(places=places))
        if preview.mentions and preview.namesakes:
            numbers = ", ".join(map(str, preview.namesakes))
            points.append(
                self.tr("Of the same name, so that these may mean them: person {numbers}").format(numbers=numbers)
            )
        return points

    def _listings(self, request: EnrolRequest, basis: str) -> None:
        self.enrolment_given.emit(replace(request, basis=basis))

    def _photos(self, request: EnrolRequest, name: str, basis: str, note: str) -> None:
        self.enrolment_given.emit(replace(request, name=name, basis=basis, note=note))

    def _listing_words(self, request: EnrolRequest) -> str:
        names = [path.name or str(path) for path in request.listings]
        shown = ", ".join(names[:3])
        return shown if len(names) <= 3 else self.tr("{names} and {n} more").format(names=shown, n=len(names) - 3)

    def form(
        self, title: str, text: str, fields: Sequence[FormField], confirm: str, given: Callable[..., None]
    ) -> None:
        """Ask for a few lines; `given` gets them."""
        dialog = FormDialog(title, text, fields, confirm, self._page)
        dialog.entered.connect(lambda values: given(*values))
        self.show(dialog)

    def show(self, dialog: QDialog) -> None:
        """Open a dialog in place of the one that is open."""
        self.close_all()
        self._open = dialog
        dialog.finished.connect(lambda: self._closed(dialog))
        dialog.open()

    def _closed(self, dialog: QDialog) -> None:
        if self._open is dialog:
            self._open = None


def hold_words(person: PersonRecord) -> str:
    """Why somebody is under a hold, and who set it when."""
    if person.held_at is None:
        return person.legal_hold
    return f"{spelled(person.legal_hold)} ({spelled(person.held_by)}, {person.held_at:%Y-%m-%d %H:%M} UTC)"
