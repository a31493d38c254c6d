"""What a gallery tells about its own history; its people are in `core.domain.gallery`."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from core.domain.gallery import Mention
from core.domain.report import AuditEntry


class GalleryAction(StrEnum):
    """What an audit entry is about."""

    CREATED = "gallery created"
    PERSON_ADDED = "person added"
    ENROLLED = "photo enrolled"
    SURROUNDINGS_ADDED = "surroundings added"
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
    VIEWED = "person viewed"
    LISTED = "people listed"
    MERGE_REFUSED = "merge refused"
    RETENTION_SET = "retention set"
    RETENTION_RULE_SET = "retention rule set"
    ENCRYPTED = "gallery encrypted"
    DECRYPTED = "gallery decrypted"
    KEY_CHANGED = "passphrase or keyring changed"
    COPY_FORGOTTEN = "copy forgotten"
    LOG_SIGNED = "log signed"
    REDACTED = "name taken out of the log"
    MENTIONS_TAKEN_OUT = "name taken out of other records"


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
    """What an erasure removed.

    Attributes:
        person_id: who it was.
        n_templates: templates, with their thumbnails.
        removed_backups: names of backup copies of the whole gallery beside its file.
        erased_copies: copies and lists made of the gallery in which the same was erased.
        owed_copies: those that could not be reached, each with the reason; a later opening of the gallery tries again.
    mentions: where records of others mentioned the person; a mark stands there now, but in records under a legal hold.
        Empty where mentions were to be kept.
    """

    person_id: int
    n_templates: int
    removed_backups: tuple[str, ...]
    erased_copies: tuple[Path, ...] = ()
    owed_copies: tuple[tuple[Path, str], ...] = ()
    mentions: tuple[Mention, ...] = ()
