"""The gallery of known people: one SQLite file, safe with several processes at once."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from sqlite_utils import Database

from core.domain.arrays import FloatArray
from core.domain.comparison import Surroundings
from core.domain.gallery import Mention, PersonRecord, TemplateRecord
from core.errors import BugError, EmbedderMismatchError, GalleryError
from core.gallery import audit, copies, erasure, mentions, people, templates
from core.gallery import surroundings as around
from core.gallery.copy_erasure import pay
from core.gallery.failures import reported
from core.gallery.keeping import GalleryKeeping
from core.gallery.merging import GalleryMerging
from core.gallery.records import Erasure, GalleryAction
from core.gallery.replay import held
from core.gallery.schema import backups_of
from core.gallery.texts import checked_name, checked_text


class Gallery(GalleryMerging, GalleryKeeping):
    """People, their templates, and the log of who did what with them.

    Use as a context manager and from the thread that opened it. Every public method is one transaction; group
    several with `transaction`. SQLite's failures are raised as GalleryError.
    """

    # People

    def people(self) -> list[PersonRecord]:
        """Everybody, by id."""
        with self.snapshot() as db:
            return people.everybody(db)

    def person(self, person_id: int) -> PersonRecord:
        """One person.

        Raises:
            GalleryError: nobody has that id.
        """
        with self.snapshot() as db:
            return people.by_id(db, person_id, self.path)

    def people_named(self, name: str) -> list[PersonRecord]:
        """Everybody of exactly that name; namesakes are allowed."""
        with self.snapshot() as db:
            return people.by_name(db, checked_name(name))

    def only_person_named(self, name: str) -> PersonRecord | None:
        """The one person of exactly that name, None when there is nobody.

        Raises:
            GalleryError: several people bear the name.
        """
        namesakes = self.people_named(name)
        if len(namesakes) > 1:
            ids = ", ".join(str(p.id) for p in namesakes)
            raise GalleryError(
                f"{len(namesakes)} people bear the name {namesakes[0].name} (ids {ids})",
                next_step="name the person by id",
                path=self.path,
            )
        return namesakes[0] if namesakes else None

    def add_person(self, name: str, *, note: str = "", basis: str = "", actor: str) -> int:
        """Add a person, a namesake of others perhaps, and return the new id.

        Raises:
            GalleryError: the name, note or basis cannot be stored.
        """
        name, note, basis = checked_name(name), checked_text(note, "note"), checked_text(basis, "basis")
        with self._change() as db:
            person_id = people.insert(db, name=name, note=note, basis=basis)
            self._log(db, actor, GalleryAction.PERSON_ADDED, person_id, name, basis)
        return person_id

    def find_or_add_person(self, name: str, *, note: str = "", basis: str = "", actor: str) -> int:
        """Id of the one person of that name, added when there is none; one step even with several processes.

        Raises:
            GalleryError: several people bear the name, or it cannot be stored.
        """
        with self.transaction():
            known = self.only_person_named(name)
            return known.id if known else self.add_person(name, note=note, basis=basis, actor=actor)

    def rename(self, person_id: int, name: str, *, actor: str) -> None:
        """Give a person another name; the former one is kept with the person, so that an erasure finds it."""
        name = checked_name(name)
        with self._change() as db:
            old = people.by_id(db, person_id, self.path)
            people.rename(db, person_id, name)
            before = audit.person_token(self._token_key, person_id, old.name)
            self._log(db, actor, GalleryAction.RENAMED, person_id, name, detail=f"token before: {before}")

    def mentions_of(self, person_id: int) -> tuple[tuple[Mention, ...], tuple[int, ...]]:
        """Where records of others name a person, now or formerly, and the numbers of namesakes whom that may mean.

        Raises:
            GalleryError: nobody has that id.
        """
        with self.snapshot() as db:
            names = people.names(db, people.by_id(db, person_id, self.path).id)
            return mentions.find(db, {person_id}, names), mentions.namesakes(db, {person_id}, names)

    def erase_person(self, person_id: int, *, actor: str, reason: str, redact_mentions: bool = True) -> Erasure:
        """Remove a person, templates, thumbnails and the name, from the database, its WAL, its backups and its copies.

        Copies and lists that cannot be reached now are named in the answer, and tried again at later openings.

        Args:
            person_id: who.
            actor, reason: for the log.
            redact_mentions: also put a neutral mark where notes, grounds and photo names of other people mention the
                person; not in records under a legal hold.

        Raises:
            GalleryError: unknown id; a legal hold (logged); or another program reads the file, so that traces
                stay until the gallery is opened again without it.
        """
        reason = checked_text(reason, "reason")

        names: dict[int, Sequence[str]] = {}

        def delete(db: Database, person: PersonRecord) -> Erasure:
            owned = templates.owned(db, person.id)
            numbers = copies.numbers_of(db, person.id)
            copies.owe(db, self.path, person_ids=numbers, template_ids=owned, redact_mentions=redact_mentions)
            token = audit.person_token(self._token_key, person.id, person.name)
            names[person.id] = people.names(db, person.id)
            found: tuple[Mention, ...] = ()
            if redact_mentions:
                found = erasure.take_out_mentions(
                    db, {person.id}, names[person.id], actor=actor, person_id=person.id, token=token
                )
            n_templates = erasure.delete_person(
                db, person_id=person.id, token=token, actor=actor, reason=reason, n_backups=len(backups_of(self.path))
            )
            return Erasure(person_id=person.id, n_templates=n_templates, removed_backups=(), mentions=found)

        return self._erase(person_id, delete, actor, reason, names)

    # Templates

    def add_template(
        self,
        person_id: int,
        embedding: FloatArray,
        *,
        embedder_id: str,
        photo_sha256: str = "",
        photo_name: str = "",
        thumbnail_png: bytes = b"",
        quality: float = 0.0,
        surroundings: Surroundings | None = None,
        actor: str,
    ) -> int:
        """Enrol one face of a person and return the template's id.

        Args:
            person_id: whose face.
            embedding: (D,) float32, unit norm.
            embedder_id: embedder that made it, with its checksum.
            photo_sha256: hex digest of the photo's file, '' when unknown.
            photo_name: the photo's file name.
            thumbnail_png: PNG of at most 96 px a side, b'' for none.
            quality: of the face, [0, 1].
            surroundings: what surrounds the face; None where they were not read.
            actor: who enrols.

        Raises:
            EmbedderMismatchError: made by another embedder than this gallery's.
            PhotoRefusedError: the same photo is enrolled for this person already.
            GalleryError: nobody has that id.
            BugError: the embedding, or that of the surroundings, is not a finite unit vector, or the thumbnail no small
                PNG.
        """
        if embedder_id != self.embedder_id:
            raise EmbedderMismatchError(
                f"a template of {embedder_id} does not belong into a gallery of {self.embedder_id}",
                next_step="enrol with the gallery's embedder",
                path=self.path,
            )
        with self._change() as db:
            person = people.by_id(db, person_id, self.path)
            template_id = templates.insert(
                db, person_id, embedding, photo_sha256, photo_name, thumbnail_png, quality, surroundings, self.path
            )
            detail = f"template {template_id}"
            self._log(db, actor, GalleryAction.ENROLLED, person_id, person.name, person.basis, detail)
        return template_id

    def lacks_surroundings(self, person_id: int, photo_sha256: str, model_id: str) -> bool:
        """Whether a photo is enrolled for a person without surroundings that the model of that id read."""
        with self.snapshot() as db:
            return around.lacking(db, person_id, photo_sha256, model_id) is not None

    def add_surroundings(
        self, person_id: int, photo_sha256: str, surroundings: Surroundings, *, actor: str
    ) -> int | None:
        """Add what surrounds the face of an enrolled photo, in place of what another model read.

        Returns:
            Id of the photo's template; None when it has surroundings of that model, or is not enrolled for the person.

        Raises:
            GalleryError: nobody has that id.
            BugError: the vector is not a finite unit vector.
        """
        with self.transaction() as db:
            person = people.by_id(db, person_id, self.path)
            template_id = around.lacking(db, person_id, photo_sha256, surroundings.model_id)
            if template_id is None:
                return None
            with self._change():
                around.put(db, template_id, surroundings, self.path)
                detail = f"template {template_id}"
                self._log(db, actor, GalleryAction.SURROUNDINGS_ADDED, person_id, person.name, person.basis, detail)
        return template_id

    def templates_of(self, person_id: int) -> list[TemplateRecord]:
        """A person's enrolled photos, oldest first."""
        with self.snapshot() as db:
            return templates.of_person(db, people.by_id(db, person_id, self.path).id)

    def faces_of(self, person_ids: Sequence[int]) -> dict[int, bytes]:
        """Thumbnail of the best photo of each person who has one, PNG, by person id."""
        with self.snapshot() as db:
            return templates.best_thumbnails(db, person_ids)

    def holders_of_photo(self, photo_sha256: str) -> list[tuple[int, str]]:
        """(person id, photo name) of everybody for whom the photo with that hash is enrolled."""
        with self.snapshot() as db:
            return templates.holders(db, photo_sha256)

    def erase_template(self, person_id: int, template_id: int, *, actor: str, reason: str) -> None:
        """Remove one photo of a person as thoroughly as `erase_person` does; raises as that does."""

        def delete(db: Database, person: PersonRecord) -> Erasure:
            copies.owe(db, self.path, person_ids=(), template_ids=(template_id,), redact_mentions=False)
            templates.delete(db, person_id, template_id, self.path)
            detail = f"template {template_id}"
            self._log(db, actor, GalleryAction.TEMPLATE_ERASED, person_id, person.name, reason, detail)
            return Erasure(person_id=person_id, n_templates=1, removed_backups=())

        self._erase(person_id, delete, actor, reason, {})

    def _erase(
        self,
        person_id: int,
        delete: Callable[[Database, PersonRecord], Erasure],
        actor: str,
        reason: str,
        names: Mapping[int, Sequence[str]],
    ) -> Erasure:
        """Delete unless a legal hold forbids it, then remove the bytes.

        Args:
            person_id: who.
            delete: says what went.
            actor, reason: for the log.
            names: of people who go, by their numbers, once `delete` was called.
        """
        if self._db.conn.in_transaction:
            raise BugError("an erasure rebuilds the file and cannot be part of a transaction")
        with self._change() as db:
            person = people.by_id(db, person_id, self.path)
            hold = held(db, person.id, person.legal_hold)
            if hold:
                self._log(db, actor, GalleryAction.ERASURE_REFUSED, person_id, person.name, reason)
            else:
                deleted = delete(db, person)
                db.execute("UPDATE gallery SET scrub_pending = 1")
        if hold:
            raise GalleryError(
                f"person {person_id} is under a legal hold ({hold})",
                next_step="release the hold first; the attempt was logged",
                path=self.path,
            )
        with reported(self.path):
            removed = erasure.scrub(self._db, self.path)
            paid = [(copy.path, why) for copy, why in pay(self._db, self._key, names=names)]
        return replace(
            deleted,
            removed_backups=removed,
            erased_copies=tuple(path for path, why in paid if not why),
            owed_copies=tuple((path, why) for path, why in paid if why),
        )
