"""Copies and lists that were made of a gallery, and the erasures that they are owed."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sqlite_utils import Database

from core.domain.foreign_text import parsed_json
from core.domain.gallery import CopyKind, KnownCopy
from core.errors import GalleryError
from core.evidence.writing import passing_start
from core.gallery.failures import decoding
from core.gallery.log_rows import rows
from core.gallery.records import GalleryAction
from core.gallery.schema import utc_now

_ABSORBED = re.compile(r"absorbed person (\d+) ")
_PARTED = re.compile(r"person (\d+) merged with it no longer")


@dataclass(frozen=True, slots=True, kw_only=True)
class Owed:
    """What is still to be erased in a copy.

    Attributes:
        id: of the debt.
        person_ids: people who go as a whole, by their ids at the time of the copy.
        template_ids: photos that go, whosever they are in the copy.
        redact_mentions: the names of the people go from the records of others, too.
    """

    id: int
    person_ids: frozenset[int]
    template_ids: frozenset[int]
    redact_mentions: bool


def remember(db: Database, kind: CopyKind, path: Path) -> None:
    """Know a copy from now on; one made at the same place before is no more."""
    where = str(path.absolute())
    db.execute("DELETE FROM copies WHERE path = ?", [where])
    db["copies"].insert({"kind": str(kind), "path": where, "made_at": utc_now()})


def known(db: Database) -> list[KnownCopy]:
    """All copies, oldest first."""
    stored = db.execute(
        "SELECT c.id, c.kind, c.path, c.made_at, (SELECT count(*) FROM owed_erasures o WHERE o.copy_id = c.id) "
        "FROM copies c ORDER BY c.id"
    ).fetchall()
    with decoding("the list of its copies"):
        return [
            KnownCopy(
                id=number,
                kind=CopyKind(kind),
                path=Path(path),
                made_at=datetime.fromisoformat(made_at),
                n_owed=n_owed,
                is_there=_is_there(Path(path)),
            )
            for number, kind, path, made_at, n_owed in stored
        ]


def still_there(db: Database) -> tuple[Path, ...]:
    """Where copies still stand."""
    return tuple(copy.path for copy in known(db) if copy.is_there)


def numbered(db: Database, copy_id: int, gallery: Path) -> KnownCopy:
    """One copy; GalleryError when there is none of that number."""
    found = next((copy for copy in known(db) if copy.id == copy_id), None)
    if found is None:
        raise GalleryError(
            f"the gallery knows no copy {copy_id}", next_step="list them with `gallery copies`", path=gallery
        )
    return found


def forget(db: Database, copy_id: int, gallery: Path) -> KnownCopy:
    """Know a copy no longer, with what it is owed; GalleryError when there is none of that number."""
    found = numbered(db, copy_id, gallery)
    db.execute("DELETE FROM copies WHERE id = ?", [copy_id])
    return found


def owe(
    db: Database, gallery: Path, *, person_ids: Iterable[int], template_ids: Iterable[int], redact_mentions: bool
) -> None:
    """Every copy owes an erasure from now on. Only numbers are kept: names are gone by then.

    A copy knows itself, since it was known before it was made; it owes itself nothing.
    """
    people, templates = json.dumps(sorted(person_ids)), json.dumps(sorted(template_ids))
    db.execute(
        "INSERT INTO owed_erasures (copy_id, person_ids, template_ids, owed_since, redact_mentions) "
        "SELECT id, ?, ?, ?, ? FROM copies WHERE path <> ?",
        [people, templates, utc_now(), redact_mentions, str(gallery.absolute())],
    )


def owed_by(db: Database, copy: KnownCopy) -> list[Owed]:
    """What is still to be erased in a copy."""
    stored = db.execute(
        "SELECT id, person_ids, template_ids, redact_mentions FROM owed_erasures WHERE copy_id = ? ORDER BY id",
        [copy.id],
    )
    with decoding(f"what copy {copy.id} owes"):
        return [
            Owed(
                id=number,
                person_ids=_numbers(people),
                template_ids=_numbers(templates),
                redact_mentions=bool(redact_mentions),
            )
            for number, people, templates, redact_mentions in stored.fetchall()
        ]


def _numbers(stored: str) -> frozenset[int]:
    return frozenset(int(number) for number in parsed_json(stored))


def settle(db: Database, debts: Iterable[Owed]) -> None:
    """These were erased."""
    for owed in debts:
        db.execute("DELETE FROM owed_erasures WHERE id = ?", [owed.id])


def numbers_of(db: Database, person_id: int) -> frozenset[int]:
    """A person's number, and those of records that are part of this person by merges that were not undone."""
    part_of: dict[int, int] = {}
    for row in rows(db):
        if row.person_id is None:
            continue
        if row.action == GalleryAction.MERGED and (found := _ABSORBED.search(row.detail)):
            part_of[int(found[1])] = row.person_id
        elif row.action == GalleryAction.MERGE_UNDONE and _PARTED.search(row.detail):
            part_of.pop(row.person_id, None)
    numbers, more = {person_id}, {person_id}
    while more:
        more = {number for number, whole in part_of.items() if whole in more} - numbers
        numbers |= more
    return frozenset(numbers)


def unfinished(copy: KnownCopy) -> list[Path]:
    """What a copying that was killed left where this copy was to be."""
    try:
        beside = list(copy.path.parent.iterdir())
    except OSError:
        return []
    start = passing_start(copy.path)
    return [path for path in beside if path.name.startswith(start) and path.name.endswith(".part")]


def _is_there(path: Path) -> bool:
    try:
        return path.exists()
    except OSError:
        return False
