"""What a gallery tells about its own history; its people are in `core.domain.gallery`."""

from __future__ import annotations

from dataclasses import dataclass
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
    MERGE_UNDONE = "merge undone"
    SPLIT_UNDONE = "split undone"
    HELD = "legal hold set"
    RELEASED = "legal hold released"
    LOOKUP = "lookup"
    ERASED = "person erased"
    TEMPLATE_ERASED = "photo erased"
    ERASURE_REFUSED = "erasure refused"
    EXPORTED = "gallery exported"


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
