"""Rows of people; `core.gallery.store.Gallery` is their public face."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlite_utils import Database

from core.domain.gallery import PersonRecord
from core.errors import GalleryError
from core.gallery.schema import utc_now

_SELECT = """
SELECT p.id, p.name, p.note, p.basis, p.added_at, p.legal_hold,
  (SELECT count(*) FROM templates t WHERE t.person_id = p.id)
FROM people p
"""


def _record(row: Sequence[Any]) -> PersonRecord:
    person_id, name, note, basis, added_at, legal_hold, n_templates = row
    return PersonRecord(
        id=person_id,
        name=name,
        note=note,
        basis=basis,
        n_templates=n_templates,
        added_at=datetime.fromisoformat(added_at),
        legal_hold=legal_hold,
    )


def everybody(db: Database) -> list[PersonRecord]:
    """All people, by id."""
    return [_record(row) for row in db.execute(f"{_SELECT} ORDER BY p.id")]


def by_name(db: Database, name: str) -> list[PersonRecord]:
    """People of exactly that name, by id."""
    return [_record(row) for row in db.execute(f"{_SELECT} WHERE p.name = ? ORDER BY p.id", [name])]


def by_id(db: Database, person_id: int, path: Path) -> PersonRecord:
    """The person of that id, or GalleryError."""
    # Beyond 64 bits SQLite would refuse the number itself.
    row = db.execute(f"{_SELECT} WHERE p.id = ?", [person_id]).fetchone() if 0 < person_id < 2**63 else None
    if row is None:
        raise GalleryError(
            f"the gallery holds no person {person_id}",
            next_step="list the gallery to see its people",
            path=path,
        )
    return _record(row)


def insert(db: Database, *, name: str, note: str, basis: str, legal_hold: str = "") -> int:
    """Add a person of checked texts and return the id."""
    row = {"name": name, "note": note, "basis": basis, "legal_hold": legal_hold, "added_at": utc_now()}
    return int(db["people"].insert(row).last_pk)


def rename(db: Database, person_id: int, name: str) -> None:
    """Change the name and keep the one before."""
    old = db.execute("SELECT name FROM people WHERE id = ?", [person_id]).fetchone()[0]
    names = {*former_names(db, person_id), old} - {name}
    db["people"].update(person_id, {"name": name, "former_names": _as_json(names)})


def exists(db: Database, person_id: int) -> bool:
    """Whether there is a person of that id."""
    return db.execute("SELECT 1 FROM people WHERE id = ?", [person_id]).fetchone() is not None


def former_names(db: Database, person_id: int) -> tuple[str, ...]:
    """Names that an existing person bore before."""
    row = db.execute("SELECT former_names FROM people WHERE id = ?", [person_id]).fetchone()
    return tuple(json.loads(row[0]))


def update(db: Database, person_id: int, *, former: Iterable[str], **texts: str) -> None:
    """Change checked texts (note, basis, legal_hold) and the former names of a person."""
    db["people"].update(person_id, {**texts, "former_names": _as_json(former)})


def restore(db: Database, person: PersonRecord, *, former: Iterable[str], legal_hold: str) -> None:
    """Put a person who was deleted back under the old id, without templates."""
    row = {"id": person.id, "name": person.name, "note": person.note, "basis": person.basis, "legal_hold": legal_hold}
    row |= {"added_at": person.added_at.isoformat(timespec="microseconds"), "former_names": _as_json(former)}
    db["people"].insert(row)


def delete(db: Database, person_id: int) -> None:
    """Remove a person with the templates and thumbnails that are still theirs."""
    db["people"].delete(person_id)


def _as_json(names: Iterable[str]) -> str:
    return json.dumps(sorted(names), ensure_ascii=False)
