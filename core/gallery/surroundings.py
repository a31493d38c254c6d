"""What surrounds the faces of enrolled photos: columns of their templates, so that an erasure takes them along."""

from __future__ import annotations

from pathlib import Path

from sqlite_utils import Database

from core.domain.comparison import Surroundings
from core.errors import BugError
from core.gallery.vectors import STORED_DTYPE, unit_vector


def stored(db: Database, surroundings: Surroundings, path: Path) -> tuple[bytes, int]:
    """A vector as its column holds it, and the row of what read it, which is made when it is new.

    Raises:
        BugError: the vector is no finite unit vector, or of another length than others that the same model read.
    """
    vector = unit_vector(surroundings.embedding, None, path)
    db.execute(
        "INSERT OR IGNORE INTO surroundings_readers (reader_id, dimension) VALUES (?, ?)",
        [surroundings.model_id, vector.size],
    )
    known = reader(db, surroundings.model_id)
    if known is None or known[1] != vector.size:
        raise BugError(f"{surroundings.model_id!r} cannot have read surroundings of length {vector.size}")
    return vector.astype(STORED_DTYPE).tobytes(), known[0]


def reader(db: Database, model_id: str) -> tuple[int, int] | None:
    """Row of a model that read surroundings of some photo, and the length of its vectors; None for one that did not."""
    row = db.execute("SELECT id, dimension FROM surroundings_readers WHERE reader_id = ?", [model_id]).fetchone()
    return None if row is None else (int(row[0]), int(row[1]))


def lacking(db: Database, person_id: int, photo_sha256: str, model_id: str) -> int | None:
    """Id of the template of a person's enrolled photo, when `model_id` did not read its surroundings; or None."""
    row = db.execute(
        "SELECT t.id FROM templates t LEFT JOIN surroundings_readers r ON r.id = t.surroundings_reader "
        "WHERE t.photo_sha256 = ? AND t.person_id = ? AND r.reader_id IS NOT ?",
        [bytes.fromhex(photo_sha256) or None, person_id, model_id],
    ).fetchone()
    return None if row is None else int(row[0])


def put(db: Database, template_id: int, surroundings: Surroundings, path: Path) -> None:
    """Store the surroundings of an existing template in place of those it may have."""
    db.execute(
        "UPDATE templates SET surroundings = ?, surroundings_reader = ? WHERE id = ?",
        [*stored(db, surroundings, path), template_id],
    )


def hand_on(db: Database, *, from_person: int, to_person: int) -> tuple[tuple[int, int], ...]:
    """Give surroundings of one person's photos to the same photos of another person that have none.

    Returns:
        Id of each template that got some, and the row of what read them; see `take_back`.
    """
    rows = db.execute(
        "SELECT k.id, f.surroundings, f.surroundings_reader FROM templates k JOIN templates f "
        "ON f.photo_sha256 = k.photo_sha256 WHERE k.person_id = ? AND f.person_id = ? "
        "AND k.surroundings IS NULL AND f.surroundings IS NOT NULL ORDER BY k.id",
        [to_person, from_person],
    ).fetchall()
    for template_id, vector, read_by in rows:
        db.execute(
            "UPDATE templates SET surroundings = ?, surroundings_reader = ? WHERE id = ?",
            [vector, read_by, template_id],
        )
    return tuple((int(template_id), int(read_by)) for template_id, _, read_by in rows)


def take_back(db: Database, given: tuple[tuple[int, int], ...]) -> None:
    """Undo `hand_on`; what another model read since stays."""
    for template_id, read_by in given:
        db.execute(
            "UPDATE templates SET surroundings = NULL, surroundings_reader = NULL "
            "WHERE id = ? AND surroundings_reader = ?",
            [template_id, read_by],
        )
