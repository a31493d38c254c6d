"""People whose rows were changed behind the program's back differ from what the log says of them."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from gallery_builders import add, make_gallery, unit

from core.domain.custody import FindingKind
from core.errors import GalleryError
from core.gallery.store import Gallery


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Persons 1 to 3, the third under a hold."""
    path = tmp_path / "g.db"
    with make_gallery(path) as gallery:
        for name in ("Ada", "Grace", "Alan"):
            gallery.add_person(name, basis="consent", actor="ann")
        gallery.set_legal_hold(3, actor="judge", reason="order 3/2026")
        add(gallery, 1, unit(1))
        assert gallery.check_log().is_whole
    return path


def opened(path: Path) -> Gallery:
    return Gallery.open(path, create=False, embedder_id=None)


CHANGES = {
    "names swapped": (
        "UPDATE people SET name = CASE id WHEN 1 THEN 'Grace' ELSE 'Ada' END WHERE id < 3",
        ["person 1 bears another name than by the log", "person 2 bears another name than by the log"],
    ),
    "hold taken away": (
        "UPDATE people SET legal_hold = '' WHERE id = 3",
        ["person 3 is under a legal hold by entry 5 of the log, but not held in the gallery"],
    ),
    "hold put in": (
        "UPDATE people SET legal_hold = 'x' WHERE id = 1",
        ["person 1 is under no hold by the log, but held in the gallery"],
    ),
    "person taken away": ("DELETE FROM people WHERE id = 2", ["person 2 is missing, but not by the log"]),
    "person put in": (
        "INSERT INTO people (name, added_at) VALUES ('Eve', '2026-01-01')",
        ["person 4 is in the gallery, but not by its log"],
    ),
    "name that is no text": (
        "UPDATE people SET name = x'ff' WHERE id = 1",
        ["person 1 bears another name than by the log"],
    ),
}


@pytest.mark.parametrize(("statement", "sentences"), CHANGES.values(), ids=CHANGES.keys())
def test_a_row_that_was_changed_is_named(path: Path, statement: str, sentences: list[str]) -> None:
    with closing(sqlite3.connect(path)) as conn:
        conn.execute(statement)
        conn.commit()
    with opened(path) as gallery:
        status = gallery.check_log()
    assert (status.sentences, {f.kind for f in status.tampering}) == (sentences, {FindingKind.PEOPLE_CHANGED})


def test_a_hold_that_only_the_log_tells_still_blocks(path: Path) -> None:
    with closing(sqlite3.connect(path)) as conn:
        conn.execute("UPDATE people SET legal_hold = ''")
        conn.commit()
    with opened(path) as gallery:
        with pytest.raises(GalleryError, match=r"under a legal hold \(set by entry 5 of the log"):
            gallery.erase_person(3, actor="clerk", reason="wish")
        with pytest.raises(GalleryError, match=r"under a legal hold \(set by entry 5 of the log"):
            gallery.merge_people(1, 3, actor="clerk")
        assert len(gallery.people()) == 3
        assert gallery.hold_of(3) and not gallery.hold_of(1)
        gallery.release_legal_hold(3, actor="judge", reason="lifted")
        gallery.erase_person(3, actor="clerk", reason="wish")
        assert gallery.check_log().is_whole


def test_a_history_of_every_kind_of_change_is_whole(path: Path) -> None:
    with opened(path) as gallery:
        photo = add(gallery, 1, unit(2))
        steps: list[Callable[[], object]] = [
            lambda: gallery.rename(2, "Grace Hopper", actor="ann"),
            lambda: gallery.undo_merge(gallery.merge_people(3, 2, actor="ann"), actor="ann"),
            lambda: gallery.undo_split(gallery.split_off(1, [photo], name="Ada B", actor="ann"), actor="ann"),
            lambda: gallery.split_person(1, [photo], name="Ada C", actor="ann"),
            lambda: gallery.merge_people(1, 5, actor="ann"),
            lambda: gallery.merge_people(3, 1, actor="ann"),
            lambda: gallery.erase_person(2, actor="ann", reason="Grace Hopper asked"),
            lambda: gallery.split_person(3, [photo], name="Ada D", actor="ann"),
        ]
        for step in steps:
            step()
            assert gallery.check_log().sentences == []
        assert {p.id: bool(p.legal_hold) for p in gallery.people()} == {3: True, 6: True}


def test_a_merge_undone_after_a_hold_was_set_is_whole(path: Path) -> None:
    with opened(path) as gallery:
        merge = gallery.merge_people(1, 2, actor="ann")
        gallery.set_legal_hold(1, actor="judge", reason="order 4/2026")
        gallery.undo_merge(merge, actor="ann")
        assert gallery.person(2).legal_hold
        assert gallery.check_log().sentences == []


def test_an_erasure_that_takes_words_out_of_what_the_log_tells_makes_no_alarm(path: Path) -> None:
    with opened(path) as gallery:
        gallery.merge_people(1, 2, actor="ann")
        other = gallery.add_person("absorbed", actor="ann")
        gallery.erase_person(other, actor="ann", reason="asked to")
        assert gallery.check_log().sentences == []


def test_a_photo_of_nobody_is_damage(path: Path) -> None:
    with closing(sqlite3.connect(path)) as conn:
        conn.execute("UPDATE templates SET person_id = 77")
        conn.commit()
    with opened(path) as gallery:
        assert [f.kind for f in gallery.check_log().tampering] == [FindingKind.DATABASE_DAMAGED]
