"""Rows of templates and thumbnails; `core.gallery.store.Gallery` is their public face."""

from __future__ import annotations

import json
import struct
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlite_utils import Database

from core.domain.arrays import FloatArray
from core.domain.comparison import Surroundings
from core.domain.gallery import TemplateRecord
from core.errors import BugError, GalleryError, PhotoRefusedError
from core.gallery import surroundings as around
from core.gallery.failures import as_bytes, as_text, decoding
from core.gallery.schema import utc_now
from core.gallery.texts import shown
from core.gallery.vectors import STORED_DTYPE, unit_vector

THUMBNAIL_MAX_PX = 96
_ROW = (
    "id, person_id, embedder, embedding, photo_sha256, photo_name, quality, added_at, surroundings, surroundings_reader"
)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class TemplateRow:
    """A template as it is stored, to be put back: its columns, and its thumbnail or None."""

    values: tuple[Any, ...]
    thumbnail_png: bytes | None


def dimension(db: Database) -> int | None:
    """Length of the gallery's templates, None before the first."""
    row = db.execute("SELECT e.dimension FROM gallery g JOIN embedders e ON e.id = g.embedder").fetchone()
    with decoding("the length of its templates"):
        return None if row[0] is None else int(row[0])


def insert(
    db: Database,
    person_id: int,
    embedding: FloatArray,
    photo_sha256: str,
    photo_name: str,
    thumbnail_png: bytes,
    quality: float,
    surroundings: Surroundings | None,
    path: Path,
) -> int:
    """Add a template; see `Gallery.add_template` for the arguments and errors."""
    known = dimension(db)
    vector = unit_vector(embedding, known, path)
    if not 0.0 <= quality <= 1.0:
        raise BugError(f"quality must lie in [0, 1], got {quality}")
    if thumbnail_png:
        _check_thumbnail(thumbnail_png)
    if known is None:
        db.execute("UPDATE embedders SET dimension = ? WHERE id = (SELECT embedder FROM gallery)", [vector.size])
    for holder, as_name in holders(db, photo_sha256):
        if holder == person_id:
            raise duplicate_photo(as_name)
    cursor = db.execute(
        "INSERT INTO templates (person_id, embedder, embedding, photo_sha256, photo_name, quality, added_at, "
        "surroundings, surroundings_reader) VALUES (?, (SELECT embedder FROM gallery), ?, ?, ?, ?, ?, ?, ?)",
        [
            person_id,
            vector.astype(STORED_DTYPE).tobytes(),
            bytes.fromhex(photo_sha256) or None,
            shown(photo_name),
            float(quality),
            utc_now(),
            *((None, None) if surroundings is None else around.stored(db, surroundings, path)),
        ],
    )
    template_id = int(cursor.lastrowid)
    if thumbnail_png:
        db.execute("INSERT INTO thumbnails (template_id, png) VALUES (?, ?)", [template_id, thumbnail_png])
    return template_id


def duplicate_photo(known_as: str) -> PhotoRefusedError:
    """The refusal of a photo that its person has already, under the name `known_as`."""
    return PhotoRefusedError(
        f"the same photo is enrolled for this person already (as {known_as or 'unnamed photo'})",
        next_step="enrol another photo of the person",
    )


def of_person(db: Database, person_id: int) -> list[TemplateRecord]:
    """A person's templates with their thumbnails, oldest first."""
    rows = db.execute(
        "SELECT t.id, t.person_id, t.photo_sha256, t.photo_name, n.png, t.quality, t.added_at "
        "FROM templates t LEFT JOIN thumbnails n ON n.template_id = t.id WHERE t.person_id = ? ORDER BY t.id",
        [person_id],
    )
    return [_record(row) for row in rows]


def _record(row: Sequence[Any]) -> TemplateRecord:
    number, owner, sha, name, png, quality, added_at = row
    with decoding(f"the row of photo {number}, of person {owner}"):
        return TemplateRecord(
            id=number,
            person_id=owner,
            photo_sha256=as_bytes(sha or b"").hex(),
            photo_name=as_text(name),
            thumbnail_png=as_bytes(png or b""),
            quality=float(quality),
            added_at=datetime.fromisoformat(as_text(added_at)),
        )


def holders(db: Database, photo_sha256: str) -> list[tuple[int, str]]:
    """(person id, photo name) for each person the photo is enrolled for; none for an unknown hash ''."""
    rows = db.execute(
        "SELECT person_id, photo_name FROM templates WHERE photo_sha256 = ? ORDER BY person_id",
        [bytes.fromhex(photo_sha256) or None],
    )
    return [(int(person_id), str(name)) for person_id, name in rows]


def owned(db: Database, person_id: int) -> set[int]:
    """Ids of a person's templates."""
    return {int(row[0]) for row in db.execute("SELECT id FROM templates WHERE person_id = ?", [person_id])}


def owner(db: Database, template_id: int) -> int | None:
    """Whose template it is; None when there is none of that id."""
    row = db.execute("SELECT person_id FROM templates WHERE id = ?", [template_id]).fetchone()
    return None if row is None else int(row[0])


def parted_by_photo(db: Database, *, from_person: int, to_person: int) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Ids of a person's templates, parted into those whose photo another person lacks and those he has too."""
    rows = db.execute(
        "SELECT id, photo_sha256 IS NOT NULL AND photo_sha256 IN (SELECT photo_sha256 FROM templates "
        "WHERE person_id = ? AND photo_sha256 IS NOT NULL) FROM templates WHERE person_id = ? ORDER BY id",
        [to_person, from_person],
    ).fetchall()
    return tuple(i for i, is_shared in rows if not is_shared), tuple(i for i, is_shared in rows if is_shared)


def row(db: Database, template_id: int) -> TemplateRow:
    """An existing template as it is stored."""
    values = db.execute(f"SELECT {_ROW} FROM templates WHERE id = ?", [template_id]).fetchone()
    png = db.execute("SELECT png FROM thumbnails WHERE template_id = ?", [template_id]).fetchone()
    return TemplateRow(values=tuple(values), thumbnail_png=None if png is None else bytes(png[0]))


def put_back(db: Database, stored: TemplateRow) -> None:
    """Store a template that was deleted once more, under its old id; its person must exist."""
    places = ", ".join("?" * len(stored.values))
    db.execute(f"INSERT INTO templates ({_ROW}) VALUES ({places})", list(stored.values))
    if stored.thumbnail_png is not None:
        db.execute("INSERT INTO thumbnails (template_id, png) VALUES (?, ?)", [stored.values[0], stored.thumbnail_png])


def best_thumbnails(db: Database, person_ids: Sequence[int]) -> dict[int, bytes]:
    """Thumbnail of the best photo of each of these people who has one, by person id."""
    rows = db.execute(
        "SELECT t.person_id, n.png, max(t.quality) FROM templates t JOIN thumbnails n ON n.template_id = t.id "
        "WHERE t.person_id IN (SELECT value FROM json_each(?)) GROUP BY t.person_id",
        [json.dumps(list(person_ids))],
    )
    with decoding("the picture of a photo"):
        return {int(person_id): as_bytes(png) for person_id, png, _ in rows}


def move(db: Database, template_ids: Iterable[int], *, from_person: int, to_person: int) -> None:
    """Give templates to another person; GalleryError when one is not `from_person`'s."""
    for template_id in template_ids:
        changed = db.execute(
            "UPDATE templates SET person_id = ? WHERE id = ? AND person_id = ?",
            [to_person, template_id, from_person],
        )
        if changed.rowcount != 1:
            raise GalleryError(
                f"template {template_id} is not one of person {from_person}",
                next_step="list the person's photos",
            )


def delete(db: Database, person_id: int, template_id: int, path: Path) -> None:
    """Remove one template; GalleryError when it is not that person's."""
    gone = db.execute("DELETE FROM templates WHERE id = ? AND person_id = ?", [template_id, person_id])
    if gone.rowcount != 1:
        raise GalleryError(
            f"template {template_id} is not one of person {person_id}",
            next_step="list the person's photos",
            path=path,
        )


def _check_thumbnail(png: bytes) -> None:
    """A PNG's size stands in its IHDR chunk, bytes 16 to 24 (ISO/IEC 15948)."""
    if png[:8] != b"\x89PNG\r\n\x1a\n" or len(png) < 24 or max(struct.unpack(">II", png[16:24])) > THUMBNAIL_MAX_PX:
        raise BugError(f"a thumbnail must be a PNG of at most {THUMBNAIL_MAX_PX} px a side")
