"""The gallery's log of enrolments, lookups and erasures: hash-chained, and free of names.

A person appears in the log by id and by a token, HMAC-SHA-256 of id and name under a random key that stays
in the gallery (FIPS 198-1). Whoever holds the gallery can check the claim "person 7 was Jane Doe"; whoever is
handed the log alone cannot guess names from it. `basis` and `detail` are free text and may mention a name all
the same: they enter the chain only as a salted hash, so that an erasure can take the name out (and drop the
salt) without breaking the chain; an entry says what such texts are now (`core.gallery.redaction`).
"""

from __future__ import annotations

import hashlib
import hmac
import json
import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlite_utils import Database

from core.errors import GalleryError
from core.evidence import account
from core.gallery.failures import as_text, decoding
from core.gallery.log_rows import rows
from core.gallery.records import GalleryAction, GalleryAuditEntry
from core.gallery.redaction import Redactions
from core.gallery.schema import utc_now
from core.gallery.texts import checked_text

_FIRST_LINK = "0" * 64


@dataclass(frozen=True, slots=True, kw_only=True)
class EntriesCheck:
    """What a check of the entries alone came to, as their ids.

    Attributes:
        altered: text, head or place in the chain is not as it was written.
        unvouched: a name was taken out by a version that did not enter what the text is since: a change would not show.
    """

    altered: tuple[int, ...]
    unvouched: tuple[int, ...]


def account_name() -> str:
    """Name of the operating system's account, for entries whose actor nobody named."""
    return account.account_name() or "unknown account"


def person_token(key: bytes, person_id: int, name: str) -> str:
    """16 hex digits that stand for a name in the log.

    Args:
        key: the gallery's token key, 32 bytes.
        person_id: of the person.
        name: as stored, NFC.
    """
    return hmac.new(key, f"{person_id}\0{name}".encode(), hashlib.sha256).hexdigest()[:16]


def append(
    db: Database,
    *,
    actor: str,
    action: GalleryAction,
    person_id: int | None = None,
    token: str = "",
    basis: str = "",
    detail: str = "",
) -> None:
    """Add an entry; call inside a write transaction.

    Raises:
        GalleryError: no actor, or text that cannot be stored.
    """
    actor, basis = checked_text(actor, "actor's name"), checked_text(basis, "basis")
    if not actor:
        raise GalleryError("nobody is named as the one who does this", next_step="name an actor for the audit")
    last = db.execute("SELECT entry_sha256 FROM audit ORDER BY id DESC LIMIT 1").fetchone()
    with decoding("the last entry of its log"):
        previous = as_text(last[0]) if last else _FIRST_LINK
    nonce = secrets.token_bytes(16)
    head = [utc_now(), actor, str(action), person_id, token, _text_hash(nonce, basis, detail)]
    db.execute(
        "INSERT INTO audit (at, actor, action, person_id, person_token, text_sha256, basis, detail, nonce, "
        "entry_sha256) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        [*head, basis, detail, nonce, link(previous, head)],
    )


def entries(db: Database) -> Iterator[GalleryAuditEntry]:
    """All entries that can be read, oldest first; a check names the others."""
    for row in rows(db):
        if row.is_sound:
            yield GalleryAuditEntry(
                id=row.number,
                at=datetime.fromisoformat(row.at),
                actor=row.actor,
                action=row.action,
                detail=row.detail,
                entry_sha256=row.entry_sha256,
                person_id=row.person_id,
                person_token=row.person_token,
                basis=row.basis,
                is_redacted=row.nonce is None,
            )


def altered_entries(db: Database) -> list[int]:
    """Ids of entries whose text, head or place in the chain was altered; empty when all is well."""
    return list(check_entries(db).altered)


def check_entries(db: Database) -> EntriesCheck:
    """Compare each entry with the chain, and texts that names were taken out of with what the log says of them."""
    altered: set[int] = set()
    redactions = Redactions(token_key(db))
    previous = _FIRST_LINK
    for position, row in enumerate(rows(db), start=1):
        head = [row.at, row.actor, row.action, row.person_id, row.person_token, row.text_sha256]
        text_fits = row.nonce is None or _text_hash(row.nonce, row.basis, row.detail) == row.text_sha256
        is_whole = row.is_sound and text_fits and link(previous, head) == row.entry_sha256
        if not is_whole or row.number != position:
            altered.add(row.number)
        redactions.walk(row, is_whole=is_whole)
        previous = row.entry_sha256
    altered |= redactions.altered()
    return EntriesCheck(altered=tuple(sorted(altered)), unvouched=tuple(sorted(redactions.unvouched() - altered)))


def token_key(db: Database) -> bytes:
    """The gallery's key of tokens, whatever stands there; b'' without one."""
    row = db.execute("SELECT CAST(token_key AS BLOB) FROM gallery").fetchone()
    return bytes(row[0] or b"") if row is not None else b""


def _text_hash(nonce: bytes, basis: str, detail: str) -> str:
    return hashlib.sha256(nonce + json.dumps([basis, detail]).encode()).hexdigest()


def link(previous: str, head: list[Any]) -> str:
    """Hex SHA-256 of an entry's head (all but its texts, whose hash is part of it), chained to the entry before."""
    return hashlib.sha256(json.dumps([previous, *head]).encode()).hexdigest()
