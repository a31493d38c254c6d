"""People one knows: who they are, their photos, and what became of photos that were handed in."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonRecord:
    """One person of the gallery.

    Attributes:
        id: never given to anyone else, not even after an erasure.
        name: as entered, Unicode NFC.
        note: free text.
        basis: on what ground the data is held, as entered.
        n_templates: enrolled photos.
        added_at: UTC.
        legal_hold: why erasure is blocked, '' when it is not.
        held_by: who set the hold; '' without one, and for holds of galleries made before that was kept.
        held_at: when, UTC.
        retain_until: last day on which the data may be held; None when no day was set.
        retention_basis: why until then.
    """

    id: int
    name: str
    note: str
    basis: str
    n_templates: int
    added_at: datetime
    legal_hold: str = ""
    held_by: str = ""
    held_at: datetime | None = None
    retain_until: date | None = None
    retention_basis: str = ""

    def is_due(self, on: date) -> bool:
        """Whether the time is over for which the data may be held, a legal hold or not."""
        return self.retain_until is not None and self.retain_until < on


class CopyKind(StrEnum):
    """What was taken out of a gallery."""

    GALLERY = "gallery"
    LIST = "list"


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownCopy:
    """A copy of a gallery, or a list of its people, that was made with the application.

    Attributes:
        id: within the gallery.
        kind: see CopyKind.
        path: the file of a copy, the folder of a list; where it was made.
        made_at: UTC.
        n_owed: erasures that did not reach it yet.
        is_there: whether something stands at `path`.
    """

    id: int
    kind: CopyKind
    path: Path
    made_at: datetime
    n_owed: int
    is_there: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class TemplateRecord:
    """One enrolled photo.

    Attributes:
        id: never used twice.
        person_id: whose photo.
        photo_sha256: hex digest of the photo file, '' when it was not given.
        photo_name: file name of the photo when it was enrolled.
        thumbnail_png: PNG of at most 96 px a side, b'' when none was kept.
        quality: of the face, [0, 1].
        added_at: UTC.
    """

    id: int
    person_id: int
    photo_sha256: str
    photo_name: str
    thumbnail_png: bytes
    quality: float
    added_at: datetime


class EnrolStatus(StrEnum):
    """What became of one photo."""

    ENROLLED = "enrolled"
    ALREADY_ENROLLED = "already enrolled"
    SURROUNDINGS_ADDED = "surroundings added"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True, kw_only=True)
class EnrolOutcome:
    """What became of one photo; once handed out it is committed.

    Attributes:
        path: the photo.
        name: of the person, as stored.
        status: see EnrolStatus.
        person_id, template_id: None unless enrolled, or its surroundings added, now (`person_id` also when enrolled
            before).
        reason: why it was refused, '' otherwise.
        warnings: what a person should look at, one sentence each.
        quality: of the face, [0, 1]; None unless enrolled now.
    """

    path: Path
    name: str
    status: EnrolStatus
    person_id: int | None = None
    template_id: int | None = None
    reason: str = ""
    warnings: tuple[str, ...] = ()
    quality: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class EnrolRequest:
    """Photos that somebody handed in.

    Attributes:
        photos: files that all show one person.
        listings: folders of people's folders, and CSV lists; each names its own people.
        person_id: whose photos they are; None when `name` says so.
        name: of the person, added when nobody bears it.
        note: about a person who is new.
        basis: on what ground the data of people who are new is held.
    """

    photos: tuple[Path, ...] = ()
    listings: tuple[Path, ...] = ()
    person_id: int | None = None
    name: str = ""
    note: str = ""
    basis: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class EnrolCounts:
    """How far an enrolment is: photos enrolled, enrolled before (whether surroundings were added or not), refused."""

    enrolled: int = 0
    known: int = 0
    refused: int = 0

    @property
    def done(self) -> int:
        """Photos dealt with."""
        return self.enrolled + self.known + self.refused

    def plus(self, status: EnrolStatus) -> EnrolCounts:
        """The same with one photo more."""
        return EnrolCounts(
            enrolled=self.enrolled + (status is EnrolStatus.ENROLLED),
            known=self.known + (status in (EnrolStatus.ALREADY_ENROLLED, EnrolStatus.SURROUNDINGS_ADDED)),
            refused=self.refused + (status is EnrolStatus.REFUSED),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class GalleryFacts:
    """An open gallery.

    Attributes:
        path: its file.
        embedder_id: the embedder that it is bound to, with its checksum.
        n_photos: templates of all people.
        is_encrypted: the file cannot be read without a key.
        retention_days: how long the data of new people is held unless said otherwise; None for no such rule.
    """

    path: Path
    embedder_id: str
    n_photos: int
    is_encrypted: bool = False
    retention_days: int | None = None


class MentionField(StrEnum):
    """Which text about a person mentions somebody else."""

    NOTE = "note"
    BASIS = "basis"
    HOLD = "reason of the hold"
    RETENTION = "basis of the retention"
    PHOTO = "name"


@dataclass(frozen=True, slots=True, kw_only=True)
class Mention:
    """A text about one person that names another.

    Attributes:
        person_id: whom the text is about.
        field: which text.
        photo_id: the photo that is named so; None for texts about the person as a whole.
        excerpt: the name, with a few words around it.
        is_held: the record is under a legal hold and stays as it is.
    """

    person_id: int
    field: MentionField
    photo_id: int | None
    excerpt: str
    is_held: bool

    @property
    def place(self) -> str:
        """Which text of whom, by numbers alone."""
        photo = "" if self.photo_id is None else f" of photo {self.photo_id}"
        return f"{self.field}{photo} of person {self.person_id}"


@dataclass(frozen=True, slots=True, kw_only=True)
class ErasurePreview:
    """What an erasure of a person would take.

    Attributes:
        person: who.
        backups: names of copies of the whole gallery beside its file, which go too.
        copies: copies and lists made of the gallery, in which the person is erased too where they can be reached.
        mentions: texts about other people that name the person.
        namesakes: numbers of other people who bear one of the names: mentions may mean them.
    """

    person: PersonRecord
    backups: tuple[str, ...]
    copies: tuple[KnownCopy, ...] = ()
    mentions: tuple[Mention, ...] = ()
    namesakes: tuple[int, ...] = ()
