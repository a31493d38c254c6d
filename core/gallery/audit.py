"""The gallery's log of enrolments, lookups and erasures: hash-chained, and free of names.

A person appears in the log by id and by a token, HMAC-SHA-256 of id and name under a random key that stays
in the gallery (FIPS 198-1). Whoever holds the gallery can check the claim "person 7 was Jane Doe"; whoever is
handed the log alone cannot guess names from it. `basis` and `detail` are free text and may mention a name all
the same: they enter the chain only as a salted hash, so that an erasure can take the name out (and drop the
salt) without breaking the chain.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import secrets
from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any

from sqlite_utils import Database

from core.errors import GalleryError
from core.evidence import account
from core.gallery.records import GalleryAction, GalleryAuditEntry
from core.gallery.schema import utc_now
from core.gallery.texts import checked_text, without_names

_COLUMNS = "id, at, actor, action, person_id, person_token, basis, detail, nonce, text_sha256, entry_sha256"
_FIRST_LINK = "0" * 64


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
    nonce = secrets.token_bytes(16)
    head = [utc_now(), actor, str(action), person_id, token, _text_hash(nonce, basis, detail)]
    db.execute(
        "INSERT INTO audit (at, actor, action, person_id, person_token, text_sha256, basis, detail, nonce, "
        "entry_sha256) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        [*head, basis, detail, nonce, link(last[0] if last else _FIRST_LINK, head)],
    )


def entries(db: Database) -> Iterator[GalleryAuditEntry]:
    """All entries, oldest first."""
    for row in db.execute(f"SELECT {_COLUMNS} FROM audit ORDER BY id"):
        number, at, actor, action, person_id, token, basis, detail, nonce, _, entry_sha256 = row
        yield GalleryAuditEntry(
            id=number,
            at=datetime.fromisoformat(at),
            actor=actor,
            action=action,
            detail=detail,
            entry_sha256=entry_sha256,
            person_id=person_id,
            person_token=token,
            basis=basis,
            is_redacted=nonce is None,
        )


def altered_entries(db: Database) -> list[int]:
    """Ids of entries whose text, head or place in the chain was altered; empty when all is well."""
    altered: list[int] = []
    previous = _FIRST_LINK
    for position, row in enumerate(db.execute(f"SELECT {_COLUMNS} FROM audit ORDER BY id"), start=1):
        number, at, actor, action, person_id, token, basis, detail, nonce, text_sha256, entry_sha256 = row
        expected = link(previous, [at, actor, action, person_id, token, text_sha256])
        text_fits = nonce is None or _text_hash(nonce, basis, detail) == text_sha256
        if expected != entry_sha256 or not text_fits or number != position:
            altered.append(number)
        previous = entry_sha256
    return altered


def redact(db: Database, *, person_ids: Iterable[int], names: Iterable[str]) -> int:
    """Take names out of the free text of all entries, of the person's own also single words of names.

    Returns:
        How many entries were changed.
    """
    own, wanted = set(person_ids), list(names)
    rows = db.execute(
        "SELECT id, person_id, basis, detail FROM audit WHERE (basis <> '' OR detail <> '') AND action <> ?",
        [str(GalleryAction.LOG_SIGNED)],  # names a key by its fingerprint, and nobody
    ).fetchall()
    n_changed = 0
    for number, person_id, *texts in rows:
        clean = [without_names(text, wanted, also_words=person_id in own) for text in texts]
        if clean != texts:
            db.execute("UPDATE audit SET basis = ?, detail = ?, nonce = NULL WHERE id = ?", [*clean, number])
            n_changed += 1
    return n_changed


def _text_hash(nonce: bytes, basis: str, detail: str) -> str:
    return hashlib.sha256(nonce + json.dumps([basis, detail]).encode()).hexdigest()


def link(previous: str, head: list[Any]) -> str:
    """Hex SHA-256 of an entry's head (all but its texts, whose hash is part of it), chained to the entry before."""
    return hashlib.sha256(json.dumps([previous, *head]).encode()).hexdigest()
