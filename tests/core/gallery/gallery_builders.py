"""Small real galleries, photos and templates for the tests of this folder."""

from __future__ import annotations

import hashlib
import sqlite3
from pathlib import Path

import numpy as np
from PIL import Image

from core.domain.arrays import FloatArray, UInt8Array
from core.domain.comparison import Surroundings
from core.errors import PhotoRefusedError
from core.gallery.enrol import PhotoTemplate
from core.gallery.photos import thumbnail_png
from core.gallery.store import Gallery

EMBEDDER = "stand-in@0123456789abcdef"
DIM = 16
READER = "surroundings:0123456789abcdef"
DIM_AROUND = 24


def unit(seed: int | np.random.Generator, dim: int = DIM) -> FloatArray:
    """A random unit vector (dim,) float32."""
    rng = seed if isinstance(seed, np.random.Generator) else np.random.default_rng(seed)
    vector = rng.standard_normal(dim)
    return (vector / np.linalg.norm(vector)).astype(np.float32)


def around(seed: int | np.random.Generator, reader: str = READER, dim: int = DIM_AROUND) -> Surroundings:
    """Random surroundings."""
    return Surroundings(embedding=unit(seed, dim), model_id=reader)


def make_gallery(path: Path, **options: object) -> Gallery:
    return Gallery.open(path, create=True, embedder_id=EMBEDDER, **options)  # type: ignore[arg-type]


def add(gallery: Gallery, person_id: int, embedding: FloatArray, **fields: object) -> int:
    """Enrol a template with the fields a test does not care about filled in."""
    given = {"embedder_id": EMBEDDER, "quality": 0.5, "actor": "tester", **fields}
    return gallery.add_template(person_id, embedding, **given)  # type: ignore[arg-type]


def write_photo(path: Path, seed: int, *, size: tuple[int, int] = (40, 32), **save: object) -> Path:
    """A picture of large random patches; black when seed is 0 (the stand-in sees no face in that)."""
    path.parent.mkdir(parents=True, exist_ok=True)
    patches = np.random.default_rng(seed).integers(40, 255, (4, 4, 3), dtype=np.uint8) * np.uint8(seed > 0)
    Image.fromarray(patches).resize(size, Image.Resampling.NEAREST).save(path, **save)
    return path


class StandInTemplater:
    """Embeds a picture by a hash of its pixels; counts how often it was asked. Knows no faces.

    Reads surroundings, likewise of the pixels alone, where it has a `surroundings_id`.
    """

    embedder_id = EMBEDDER

    def __init__(self, surroundings_id: str = "") -> None:
        self.surroundings_id = surroundings_id
        self.n_asked = 0

    def template(self, rgb: UInt8Array) -> PhotoTemplate:
        self.n_asked += 1
        if not rgb.any():
            raise PhotoRefusedError("no face was found", next_step="take another photo")
        seed = int.from_bytes(hashlib.sha256(rgb.tobytes()).digest()[:8])
        reader = self.surroundings_id
        return PhotoTemplate(
            embedding=unit(np.random.default_rng(seed)),
            thumbnail_png=thumbnail_png(rgb),
            quality=0.75,
            landmarks_px=np.zeros((5, 2), np.float32),
            surroundings=around(np.random.default_rng([seed, len(reader)]), reader) if reader else None,
        )


VERSION_1 = """
CREATE TABLE embedders (id INTEGER PRIMARY KEY, embedder_id TEXT NOT NULL UNIQUE, dimension INTEGER CHECK (dimension > 0));
CREATE TABLE gallery (id INTEGER PRIMARY KEY CHECK (id = 1), revision INTEGER NOT NULL DEFAULT 0,
  embedder INTEGER NOT NULL REFERENCES embedders (id), token_key BLOB NOT NULL, created_at TEXT NOT NULL);
CREATE TABLE people (id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT NOT NULL CHECK (name <> ''),
  note TEXT NOT NULL DEFAULT '', basis TEXT NOT NULL DEFAULT '', added_at TEXT NOT NULL);
CREATE INDEX people_by_name ON people (name);
CREATE TABLE templates (id INTEGER PRIMARY KEY AUTOINCREMENT,
  person_id INTEGER NOT NULL REFERENCES people (id) ON DELETE CASCADE,
  embedder INTEGER NOT NULL REFERENCES embedders (id), embedding BLOB NOT NULL, photo_sha256 BLOB,
  photo_name TEXT NOT NULL DEFAULT '', quality REAL NOT NULL DEFAULT 0, added_at TEXT NOT NULL);
CREATE INDEX templates_by_person ON templates (person_id);
CREATE UNIQUE INDEX one_template_a_photo ON templates (photo_sha256, person_id) WHERE photo_sha256 IS NOT NULL;
CREATE TABLE thumbnails (template_id INTEGER PRIMARY KEY REFERENCES templates (id) ON DELETE CASCADE, png BLOB NOT NULL);
CREATE TABLE audit (id INTEGER PRIMARY KEY AUTOINCREMENT, at TEXT NOT NULL, actor TEXT NOT NULL, action TEXT NOT NULL,
  person_id INTEGER, person_token TEXT NOT NULL DEFAULT '', basis TEXT NOT NULL DEFAULT '',
  detail TEXT NOT NULL DEFAULT '', nonce BLOB, text_sha256 TEXT NOT NULL, entry_sha256 TEXT NOT NULL);
CREATE INDEX audit_by_person ON audit (person_id);
CREATE TRIGGER audit_is_kept BEFORE DELETE ON audit BEGIN SELECT RAISE(ABORT, 'audit entries are never deleted'); END;
CREATE TRIGGER audit_is_fixed
BEFORE UPDATE OF id, at, actor, action, person_id, person_token, text_sha256, entry_sha256 ON audit
BEGIN SELECT RAISE(ABORT, 'audit entries are never changed'); END;
"""  # noqa: E501  written out once more on purpose: a published schema never changes


def write_version_1(path: Path, *, name: str, embedding: FloatArray) -> None:
    """A gallery file as schema version 1 left it: one person with one template."""
    conn = sqlite3.connect(path)
    conn.execute("PRAGMA journal_mode = WAL")
    conn.executescript(VERSION_1)
    day = "2025-01-02T03:04:05.000000+00:00"
    conn.execute("INSERT INTO embedders VALUES (1, ?, ?)", [EMBEDDER, len(embedding)])
    conn.execute("INSERT INTO gallery VALUES (1, 2, 1, ?, ?)", [b"k" * 32, day])
    conn.execute("INSERT INTO people VALUES (1, ?, 'a note', 'consent', ?)", [name, day])
    blob = embedding.astype("<f4").tobytes()
    conn.execute("INSERT INTO templates VALUES (1, 1, 1, ?, ?, 'a.jpg', 0.5, ?)", [blob, b"h" * 32, day])
    conn.execute("PRAGMA user_version = 1")
    conn.execute(f"PRAGMA application_id = {0x556E7377}")
    conn.commit()
    conn.close()
