"""Erasing so that the bytes are gone: overwritten pages, an emptied WAL, a rebuilt file, no old backups."""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from pathlib import Path

from sqlite_utils import Database

from core.domain.gallery import Mention
from core.errors import GalleryError
from core.gallery import audit, mentions, people, redaction
from core.gallery.records import GalleryAction
from core.gallery.schema import backups_of
from core.gallery.texts import without_names
from core.gallery.wiping import wipe

_PAUSE_S = 0.02
_AT_ONCE = 100  # places an entry names, so that it can still be shown


def delete_person(db: Database, *, person_id: int, token: str, actor: str, reason: str, n_backups: int) -> int:
    """Delete a person and take the name out of the audit, which says what its texts are since.

    Call inside a write transaction.

    Returns:
        Number of templates deleted.
    """
    names = people.names(db, person_id)
    n_templates = int(db.execute("SELECT count(*) FROM templates WHERE person_id = ?", [person_id]).fetchone()[0])
    db["people"].delete(person_id)  # templates and thumbnails go with it
    changed = redaction.redact(db, audit.token_key(db), person_ids=[person_id], names=names)
    for stated in redaction.statements(changed):
        audit.append(db, actor=actor, action=GalleryAction.REDACTED, person_id=person_id, token=token, detail=stated)
    audit.append(
        db,
        actor=actor,
        action=GalleryAction.ERASED,
        person_id=person_id,
        token=token,
        basis=without_names(reason, names, also_words=True),
        detail=f"{n_templates} templates with their thumbnails, {n_backups} backup copies",
    )
    return n_templates


def take_out_mentions(
    db: Database,
    going: Iterable[int],
    names: Sequence[str],
    *,
    actor: str,
    person_id: int | None = None,
    token: str = "",
) -> tuple[Mention, ...]:
    """Take the names of a person who is erased out of the records of others, and log where.

    Records under a legal hold stay as they are. Call inside a write transaction, before the person is deleted.

    Args:
        db: the gallery, or a copy of it.
        going: all numbers of the person.
        names: all that the person bears and bore.
        actor: for the log.
        person_id, token: for the log; the entry bears neither in a copy, where the person may be nobody.

    Returns:
        All mentions, those that stay too.
    """
    found = mentions.take_out(db, going, names)
    places = [mention.place for mention in found if not mention.is_held]
    for start in range(0, len(places), _AT_ONCE):
        audit.append(
            db,
            actor=actor,
            action=GalleryAction.MENTIONS_TAKEN_OUT,
            person_id=person_id,
            token=token,
            detail="; ".join(places[start : start + _AT_ONCE]),
        )
    return found


def scrub(db: Database, path: Path) -> tuple[str, ...]:
    """Remove what deletions left in the file, the WAL and old backups; call outside any transaction.

    Returns:
        Names of the removed backup files.

    Raises:
        GalleryError: another program is reading, so that the WAL cannot be emptied yet. The rows are gone for
            every reader; the next opening of the gallery tries the rest again.
    """
    backups = backups_of(path)
    for backup in backups:
        try:
            wipe(backup)
        except OSError as error:
            raise GalleryError(
                f"an old backup that still holds erased data cannot be removed ({error.strerror})",
                next_step="delete that file by hand",
                path=backup,
            ) from error
    empty_wal(db, path)
    db.execute("VACUUM")
    empty_wal(db, path)
    db.execute("UPDATE gallery SET scrub_pending = 0")
    db.execute("PRAGMA wal_checkpoint(TRUNCATE)")  # a courtesy: that last write holds nothing personal
    return tuple(b.name for b in backups)


def is_scrub_pending(db: Database) -> bool:
    """Whether an erasure was cut short before its bytes were removed."""
    return bool(db.execute("SELECT scrub_pending FROM gallery").fetchone()[0])


def empty_wal(db: Database, path: Path) -> None:
    """Move everything from the WAL into the file and cut the WAL to nothing; call outside any transaction.

    Raises:
        GalleryError: another program is reading.
    """
    # SQLite's busy handler is not asked when another process is about its own checkpoint: we wait ourselves.
    give_up_at = time.monotonic() + db.execute("PRAGMA busy_timeout").fetchone()[0] / 1000
    while db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]:
        if time.monotonic() < give_up_at:
            time.sleep(_PAUSE_S)
            continue
        raise GalleryError(
            "the data is out of the gallery, but traces stay in its file while another program reads it",
            next_step="close other programs that use the gallery and open it once more",
            path=path,
        )
