"""What the gallery page asks about who can read a gallery, and until when people are kept."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from pathlib import Path

from PySide6.QtCore import QObject, Signal

from core.domain.gallery import GalleryFacts, PersonRecord
from core.domain.passphrases import SHORTEST_PASSPHRASE
from ui.dialogs.confirm import ConfirmDialog
from ui.dialogs.due_people import DuePeopleDialog
from ui.dialogs.form import FormField
from ui.dialogs.gallery_questions import GalleryQuestions


class KeepingQuestions(QObject):
    """Opens dialogs the way `GalleryQuestions` does; the answers come as signals.

    Signals:
        passphrase_given: (path of the gallery, passphrase) to open it with.
        encryption_given: passphrase to encrypt the open gallery with.
        new_passphrase_given: passphrase in place of the one before.
        decryption_given: make the open gallery readable for everybody.
        retention_given: (person id, `date` or None, basis).
        person_wanted: id of a person who is due, to be shown.
    """

    passphrase_given = Signal(Path, str)
    encryption_given = Signal(str)
    new_passphrase_given = Signal(str)
    decryption_given = Signal()
    retention_given = Signal(int, object, str)
    person_wanted = Signal(int)

    def __init__(self, questions: GalleryQuestions) -> None:
        super().__init__(questions)
        self._questions = questions

    def ask_passphrase(self, path: Path, problem: str) -> None:
        """Ask what opens an encrypted gallery; `problem` says what went wrong the last time, '' at first."""
        field = self._secret(self.tr("&Passphrase"))
        text = self.tr("{name} is encrypted. Nobody can open it without its passphrase.").format(name=path.name)
        if problem:
            text = self.tr("{problem}. Try again.").format(problem=problem[:1].upper() + problem[1:])
        title = self.tr("Open an encrypted gallery")
        self._questions.form(
            title, text, (field,), self.tr("Open"), lambda typed: self.passphrase_given.emit(path, typed)
        )

    def ask_encryption(self, facts: GalleryFacts | None) -> None:
        """Ask for a passphrase, twice."""
        if facts is None:
            return
        text = self.tr(
            "The file becomes unreadable without this passphrase, and so do copies made from now on; older backups "
            "beside it are removed. A lost passphrase cannot be replaced. Close other programs that use it."
        )
        self._ask_twice(self.tr("Encrypt the gallery"), text, self.tr("Encrypt"), self.encryption_given.emit)

    def ask_new_passphrase(self, facts: GalleryFacts | None) -> None:
        """Ask for another passphrase, twice."""
        if facts is None:
            return
        text = self.tr("Copies of the former key file still open with the former passphrase: destroy them.")
        self._ask_twice(self.tr("Change the passphrase"), text, self.tr("Change"), self.new_passphrase_given.emit)

    def ask_decryption(self, facts: GalleryFacts | None) -> None:
        """Ask whether everybody may read the file."""
        if facts is None:
            return
        dialog = ConfirmDialog(
            self.tr("Make the gallery readable without a passphrase?"),
            self.tr("Everybody who can read the file will be able to read who is enrolled."),
            (),
            self.tr("Decrypt"),
            is_dangerous=True,
            parent=self._questions.page,
        )
        dialog.confirmed.connect(self.decryption_given)
        self._questions.show(dialog)

    def ask_retention(self, person: PersonRecord | None) -> None:
        """Ask until when a person may be kept, and why."""
        if person is None:
            return
        day = FormField(
            label=self.tr("&Last day"),
            text=str(person.retain_until or ""),
            hint=self.tr("As 2027-05-03; empty for no last day"),
            check=self._day_problem,
        )
        basis = FormField(
            label=self.tr("&Basis"),
            text=person.retention_basis,
            hint=self.tr("The law, order or consent behind it; goes into the gallery's log"),
            missing=self.tr("Enter a basis."),
        )
        text = self.tr("{name} is listed as due after that day. Nothing is ever erased by itself.").format(
            name=person.name
        )

        def given(typed: str, why: str) -> None:
            self.retention_given.emit(person.id, date.fromisoformat(typed) if typed else None, why)

        self._questions.form(self.tr("Until when may this person be kept?"), text, (day, basis), self.tr("Set"), given)

    def show_due(self, people: Sequence[PersonRecord]) -> None:
        """List who is due."""
        dialog = DuePeopleDialog(people, self._questions.page)
        dialog.person_wanted.connect(self.person_wanted)
        self._questions.show(dialog)

    def _ask_twice(self, title: str, text: str, confirm: str, given: Callable[[str], None]) -> None:
        typed = [""]

        def first(value: str) -> str:
            typed[0] = value
            short = self.tr("Take at least {n} characters: several words that nobody can guess.")
            return short.format(n=SHORTEST_PASSPHRASE) if len(value) < SHORTEST_PASSPHRASE else ""

        def again(value: str) -> str:
            return "" if value == typed[0] else self.tr("The two are not the same.")

        fields = (self._secret(self.tr("&Passphrase"), first), self._secret(self.tr("&Once more"), again))
        self._questions.form(title, text, fields, confirm, lambda value, _: given(value))

    def _secret(self, label: str, check: Callable[[str], str] = lambda _: "") -> FormField:
        return FormField(label=label, is_secret=True, missing=self.tr("Enter the passphrase."), check=check)

    def _day_problem(self, typed: str) -> str:
        try:
            if typed:
                date.fromisoformat(typed)
        except ValueError:
            return self.tr("That is no day. Write it as 2027-05-03.")
        return ""
