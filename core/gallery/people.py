"""Rows of people; `core.gallery.store.Gallery` is their public face."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlite_utils import Database

from core.domain.foreign_text import parsed_json
from core.domain.gallery import PersonRecord
from core.errors import GalleryError
from core.gallery.failures import as_text, decoding
from core.gallery.schema import utc_now

_SELECT = """
SELECT p.id, p.name, p.note, p.basis, p.added_at, p.legal_hold, p.held_by, p.held_at, p.retain_until,
  p.retention_basis, (SELECT count(*) FROM templates t WHERE t.person_id = p.id)
FROM people p
"""


def _record(row: Sequence[Any]) -> PersonRecord:
    person_id, *stored, n_templates = row
    with decoding(f"the row of person {person_id}"):
        name, note, basis, added_at, legal_hold, held_by, held_at, until, until_basis = map(as_text, stored)
        return PersonRecord(
            id=person_id,
            name=name,
            note=note,
            basis=basis,
            n_templates=n_templates,
            added_at=datetime.fromisoformat(added_at),
            legal_hold=legal_hold,
            held_by=held_by,
            held_at=datetime.fromisoformat(held_at) if held_at else None,
            retain_until=date.fromisoformat(until) if until else None,
            retention_basis=until_basis,
        )


def everybody(db: Database) -> list[PersonRecord]:
    """All people, by id."""
    return [_record(row) for row in db.execute(f"{_SELECT} ORDER BY p.id")]


def due(db: Database, on: date) -> list[PersonRecord]:
    """People whose last day was before `on`, the longest overdue first."""
    where = "WHERE p.retain_until <> '' AND p.retain_until < ? ORDER BY p.retain_until, p.id"
    return [_record(row) for row in db.execute(f"{_SELECT} {where}", [on.isoformat()])]


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


def insert(db: Database, *, name: str, note: str, basis: str, like: PersonRecord | None = None) -> int:
    """Add a person of checked texts and return the id.

    Args:
        db: of the gallery.
        name, note, basis: checked.
        like: whose hold and retention the new person has too; None takes the gallery's rule.
    """
    row = {"name": name, "note": note, "basis": basis, "added_at": utc_now()}
    row |= _by_rule(db) if like is None else {**hold_columns(like), **retention_columns(like)}
    return int(db["people"].insert(row).last_pk)


def hold_columns(person: PersonRecord) -> dict[str, str]:
    """A person's hold, as stored."""
    since = person.held_at.isoformat(timespec="microseconds") if person.held_at else ""
    return {"legal_hold": person.legal_hold, "held_by": person.held_by, "held_at": since}


def retention_columns(person: PersonRecord) -> dict[str, str]:
    """A person's retention, as stored."""
    until = person.retain_until.isoformat() if person.retain_until else ""
    return {"retain_until": until, "retention_basis": person.retention_basis}


def retention_days(db: Database) -> int | None:
    """How many days the data of new people is held by the gallery's rule; None without one."""
    days = db.execute("SELECT retention_days FROM gallery").fetchone()[0]
    with decoding("the rule of how long people are kept"):
        return None if days is None else int(days)


def _by_rule(db: Database) -> dict[str, str]:
    days = retention_days(db)
    if days is None:
        return {}
    until = datetime.now(UTC).date() + timedelta(days=days)
    return {"retain_until": until.isoformat(), "retention_basis": f"the gallery's rule of {days} days"}


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
    with decoding(f"the former names of person {person_id}"):
        return tuple(as_text(name) for name in parsed_json(row[0]))


def names(db: Database, person_id: int) -> tuple[str, ...]:
    """The name of an existing person, and those before."""
    row = db.execute("SELECT name FROM people WHERE id = ?", [person_id]).fetchone()
    with decoding(f"the name of person {person_id}"):
        return (as_text(row[0]), *former_names(db, person_id))


def update(db: Database, person_id: int, *, former: Iterable[str] | None = None, **columns: str) -> None:
    """Change checked columns of a person, and the former names unless None."""
    names = {} if former is None else {"former_names": _as_json(former)}
    db["people"].update(person_id, {**columns, **names})


def restore(db: Database, person: PersonRecord, *, former: Iterable[str], held_like: PersonRecord) -> None:
    """Put a person who was deleted back under the old id, without templates, under the hold of `held_like`."""
    row = {"id": person.id, "name": person.name, "note": person.note, "basis": person.basis}
    row |= {"added_at": person.added_at.isoformat(timespec="microseconds"), "former_names": _as_json(former)}
    db["people"].insert({**row, **hold_columns(held_like), **retention_columns(person)})


def delete(db: Database, person_id: int) -> None:
    """Remove a person with the templates and thumbnails that are still theirs."""
    db["people"].delete(person_id)


def _as_json(names: Iterable[str]) -> str:
    return json.dumps(sorted(names), ensure_ascii=False)
