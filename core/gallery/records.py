"""What a gallery tells about its people, their photos and its own history."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from core.domain.report import AuditEntry


class GalleryAction(StrEnum):
    """What an audit entry is about."""

    CREATED = "gallery created"
    PERSON_ADDED = "person added"
    ENROLLED = "photo enrolled"
    RENAMED = "person renamed"
    MERGED = "people merged"
    SPLIT = "person split off"
    HELD = "legal hold set"
    RELEASED = "legal hold released"
    LOOKUP = "lookup"
    ERASED = "person erased"
    TEMPLATE_ERASED = "photo erased"
    ERASURE_REFUSED = "erasure refused"


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
    """

    id: int
    name: str
    note: str
    basis: str
    n_templates: int
    added_at: datetime
    legal_hold: str = ""


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


@dataclass(frozen=True, slots=True, kw_only=True)
class GalleryAuditEntry(AuditEntry):
    """One line of the gallery's own log; `action` is a GalleryAction.

    Attributes:
        id: position in the log, 1-based without holes.
        person_id: whom it concerns; None when it concerns nobody in particular.
        person_token: keyed hash of the person's name (see `core.gallery.audit`), '' without a person.
        basis: ground or purpose, as entered at the time.
        is_redacted: a name was taken out of `basis` or `detail` when its bearer was erased.
    """

    id: int
    person_id: int | None
    person_token: str
    basis: str
    is_redacted: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Erasure:
    """What an erasure removed: templates with their thumbnails, and backup copies of the whole gallery."""

    person_id: int
    n_templates: int
    removed_backups: tuple[str, ...]
