"""Rows of people; `core.gallery.store.Gallery` is their public face."""

from __future__ import annotations

import json
from collections.abc import Sequence
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
    old, former = db.execute("SELECT name, former_names FROM people WHERE id = ?", [person_id]).fetchone()
    names = sorted({*json.loads(former), old} - {name})
    db["people"].update(person_id, {"name": name, "former_names": json.dumps(names, ensure_ascii=False)})


def merge(db: Database, *, keep: PersonRecord, absorb: PersonRecord) -> list[int]:
    """Move templates, names, note, basis and hold of one person to another and delete the emptied one.

    A photo that both have stays once.

    Returns:
        Ids of the moved templates.
    """
    moved = [
        row[0]
        for row in db.execute(
            "SELECT id FROM templates WHERE person_id = ? AND (photo_sha256 IS NULL OR photo_sha256 NOT IN "
            "(SELECT photo_sha256 FROM templates WHERE person_id = ? AND photo_sha256 IS NOT NULL)) "
            "ORDER BY id",
            [absorb.id, keep.id],
        )
    ]
    for template_id in moved:
        db["templates"].update(template_id, {"person_id": keep.id})
    rows = db.execute("SELECT name, former_names FROM people WHERE id IN (?, ?)", [keep.id, absorb.id]).fetchall()
    names = {n for name, former in rows for n in (name, *json.loads(former))} - {keep.name}
    joined = {
        field: "\n".join(dict.fromkeys(text for text in (getattr(keep, field), getattr(absorb, field)) if text))
        for field in ("note", "basis", "legal_hold")
    }
    db["people"].update(keep.id, {**joined, "former_names": json.dumps(sorted(names), ensure_ascii=False)})
    db["people"].delete(absorb.id)
    return moved
