"""Rows that cannot be read are named with their file; a check of the log never breaks on them."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from gallery_builders import DIM, add, make_gallery, unit

from core.domain.custody import FindingKind
from core.errors import GalleryError
from core.gallery.copies import known
from core.gallery.export import copy_gallery
from core.gallery.search import GallerySearch
from core.gallery.signed_log import TRIGGERS
from core.gallery.store import Gallery


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "g.db"
    with make_gallery(path) as gallery:
        for number, name in enumerate(("Ada", "Grace")):
            add(gallery, gallery.add_person(name, basis="consent", actor="ann"), unit(number), photo_sha256="5a" * 32)
        gallery.rename(1, "Ada Lovelace", actor="ann")
        copy_gallery(gallery, tmp_path / "copy.db", actor="ann")
    return path


def damage(path: Path, statement: str, value: object = None) -> None:
    with closing(sqlite3.connect(path)) as conn:
        conn.execute("PRAGMA ignore_check_constraints = ON")
        for name in TRIGGERS:
            conn.execute(f"DROP TRIGGER {name}")
        conn.execute(statement, [] if value is None else [value])
        for trigger in TRIGGERS.values():
            conn.execute(trigger)
        conn.commit()


def opened(path: Path) -> Gallery:
    return Gallery.open(path, create=False, embedder_id=None)


@pytest.mark.parametrize("column", ["at", "actor", "action", "person_id", "basis", "detail", "nonce", "entry_sha256"])
@pytest.mark.parametrize("value", [b"\xff\xfe\x00", "x" * 50, 7])
def test_a_check_names_entries_that_cannot_be_read(path: Path, column: str, value: object) -> None:
    damage(path, f"UPDATE audit SET {column} = ? WHERE id = 3", value)
    with opened(path) as gallery:
        assert FindingKind.ENTRY_CHANGED in {finding.kind for finding in gallery.check_log().findings}
        assert 3 in gallery.altered_audit_entries()
        assert {entry.id for entry in gallery.audit()} >= {1, 2, 4, 5}


def test_text_that_is_no_text_in_the_log_is_named(path: Path) -> None:
    damage(path, "UPDATE audit SET basis = CAST(x'ff' AS TEXT) WHERE id = 3")
    with opened(path) as gallery:
        assert gallery.altered_audit_entries() == [3]


READERS: dict[str, tuple[str, object, Callable[[Gallery], object], str]] = {
    "day of adding": ("people SET added_at", "2026-13-45", lambda g: g.people(), "row of person 1"),
    "name": ("people SET name", b"\xff", lambda g: g.person(1), "row of person 1"),
    "hold": ("people SET held_at", "now", lambda g: g.person(1), "row of person 1"),
    "former names": ("people SET former_names", "[[1]]", lambda g: g.erase_person(1, actor="a", reason=""), "former"),
    "deep": ("people SET former_names", "[" * 100_000, lambda g: g.erase_person(1, actor="a", reason=""), "former"),
    "photo": ("templates SET photo_sha256", "x", lambda g: g.templates_of(1), "row of photo 1, of person 1"),
    "template": (
        "templates SET embedding",
        b"x",
        lambda g: GallerySearch(g).search(unit(1, DIM), threshold=0.5),
        "the templates",
    ),
    "copy": ("copies SET made_at", "then", lambda g: g.known_copies(), "list of its copies"),
    "end of the log": ("audit SET entry_sha256", b"x", lambda g: g.record_view(1, actor="a", purpose=""), "last entry"),
}


@pytest.mark.parametrize(("columns", "value", "work", "named"), READERS.values(), ids=READERS.keys())
def test_damaged_rows_are_named_with_their_file(
    path: Path, columns: str, value: object, work: Callable[[Gallery], object], named: str
) -> None:
    with opened(path) as gallery, pytest.raises(GalleryError, match=named) as caught:
        damage(path, f"UPDATE OR IGNORE {columns} = ?", value)
        work(gallery)
    assert caught.value.path == path
    assert "damaged" in caught.value.what


@pytest.mark.parametrize("value", ["text", 7])
def test_a_gallery_whose_key_of_tokens_is_damaged_is_refused_in_words(path: Path, value: object) -> None:
    damage(path, "UPDATE gallery SET token_key = ?", value)
    with pytest.raises(GalleryError, match=r"g\.db.*damaged.*key of the tokens"):
        opened(path)


def test_numbers_owed_that_are_none_are_named(path: Path) -> None:
    with opened(path) as gallery:
        gallery.path.with_name("copy.db").unlink()
        gallery.erase_person(2, actor="ann", reason="")
        with gallery.snapshot() as db:
            assert known(db)[0].n_owed == 1
    damage(path, "UPDATE owed_erasures SET person_ids = '[null]'")
    with pytest.raises(GalleryError, match=r"g\.db.*what copy 1 owes"):
        opened(path)
