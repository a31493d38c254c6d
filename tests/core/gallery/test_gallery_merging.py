from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from gallery_builders import add, make_gallery, unit

from core.errors import GalleryError
from core.gallery.merging import Split
from core.gallery.records import GalleryAction
from core.gallery.store import Gallery

PNG_OF_1_PX = bytes.fromhex("89504e470d0a1a0a0000000d4948445200000001000000010802000000907753de")
SHARED = "ab" * 32


@pytest.fixture
def gallery(tmp_path: Path) -> Iterator[Gallery]:
    with make_gallery(tmp_path / "g.db") as opened:
        yield opened


def content(gallery: Gallery) -> dict[str, list[tuple[object, ...]]]:
    """Every row of people, templates and thumbnails."""
    with gallery.snapshot() as db:
        tables = ("people", "templates", "thumbnails")
        return {table: db.execute(f"SELECT * FROM {table} ORDER BY 1").fetchall() for table in tables}


def two_people(gallery: Gallery) -> tuple[int, int]:
    """Two records of one person with everything that a merge joins: texts, last days, former names, a shared photo."""
    keep = gallery.add_person("Ada King", note="met in 1840", basis="order 1", actor="ann")
    absorb = gallery.add_person("A. Byron", note="a poet's child", basis="order 2", actor="ann")
    gallery.rename(absorb, "Ada Lovelace", actor="ann")
    gallery.set_legal_hold(keep, actor="ann", reason="case 9")
    gallery.set_retention(keep, date(2030, 1, 1), actor="ann", basis="law 1")
    gallery.set_retention(absorb, date(2029, 1, 1), actor="ann", basis="law 2")
    add(gallery, keep, unit(1), photo_sha256=SHARED, thumbnail_png=PNG_OF_1_PX)
    add(gallery, absorb, unit(2), photo_sha256=SHARED, thumbnail_png=PNG_OF_1_PX, photo_name="twin.png", quality=0.9)
    add(gallery, absorb, unit(3), photo_sha256="cd" * 32)
    add(gallery, absorb, unit(4))
    return keep, absorb


def test_an_undone_merge_leaves_everything_as_it_was(gallery: Gallery) -> None:
    keep, absorb = two_people(gallery)
    before, revision = content(gallery), gallery.revision
    merge = gallery.merge_people(keep, absorb, actor="bob", reason="same birth date")
    (person,) = gallery.people()
    assert (person.note, person.basis, person.legal_hold, person.n_templates) == (
        "met in 1840\na poet's child",
        "order 1\norder 2",
        "case 9",
        3,
    )
    assert (person.retain_until, person.retention_basis) == (date(2029, 1, 1), "law 1\nlaw 2")
    gallery.undo_merge(merge, actor="bob")
    assert content(gallery) == before
    assert gallery.revision == revision + 2
    assert [e.action for e in gallery.audit()][-2:] == [GalleryAction.MERGED, GalleryAction.MERGE_UNDONE]
    assert not gallery.altered_audit_entries()
    assert not any("Ada" in repr(e) for e in gallery.audit())


@pytest.mark.parametrize("seed", range(5))
def test_merges_undone_in_reverse_order_lead_back_to_the_start(gallery: Gallery, seed: int) -> None:
    rng = random.Random(seed)
    people = [gallery.add_person(f"P{i}", note=f"n{i % 2}", basis=f"b{i % 3}", actor="ann") for i in range(6)]
    for person in people:
        for photo in rng.sample(range(1, 9), 3):
            add(gallery, person, unit(photo), photo_sha256=f"{photo:02x}" * 32)
    states, merges = [], []
    while len(people) > 1:
        keep, absorb = rng.sample(people, 2)
        states.append(content(gallery))
        merges.append(gallery.merge_people(keep, absorb, actor="ann"))
        people.remove(absorb)
    while merges:
        gallery.undo_merge(merges.pop(), actor="ann")
        assert content(gallery) == states.pop()


def test_what_happened_after_a_merge_survives_its_undo(gallery: Gallery) -> None:
    keep, absorb = two_people(gallery)
    merge = gallery.merge_people(keep, absorb, actor="bob")
    later = add(gallery, keep, unit(5), photo_sha256="ef" * 32)
    gallery.rename(keep, "Countess of Lovelace", actor="bob")
    gallery.release_legal_hold(keep, actor="bob", reason="over")
    gallery.set_legal_hold(keep, actor="bob", reason="case 10")
    gallery.set_retention(keep, date(2031, 1, 1), actor="bob", basis="law 3")
    new = gallery.split_person(keep, [merge.moved[0]], name="Somebody Else", actor="bob")
    gallery.undo_merge(merge, actor="bob")
    kept, back = gallery.person(keep), gallery.person(absorb)
    assert (kept.name, kept.note, kept.legal_hold) == ("Countess of Lovelace", "met in 1840", "case 10")
    assert (back.name, back.note, back.legal_hold) == ("Ada Lovelace", "a poet's child", "case 10")
    assert (kept.retain_until, back.retain_until) == (date(2031, 1, 1), date(2029, 1, 1))
    assert later in {t.id for t in gallery.templates_of(keep)}
    assert [t.id for t in gallery.templates_of(new)] == [merge.moved[0]]
    assert {t.photo_name for t in gallery.templates_of(absorb)} == {"twin.png", ""}


def test_a_merge_cannot_be_undone_once_the_person_was_erased_nor_twice(gallery: Gallery) -> None:
    a, b, c = (gallery.add_person(name, actor="ann") for name in "ABC")
    merge = gallery.merge_people(a, b, actor="ann")
    gallery.undo_merge(merge, actor="ann")
    with pytest.raises(GalleryError, match="already"):
        gallery.undo_merge(merge, actor="ann")
    again = gallery.merge_people(a, b, actor="ann")
    gallery.merge_people(c, a, actor="ann")
    with pytest.raises(GalleryError, match="no person 1"):
        gallery.undo_merge(again, actor="ann")
    other = gallery.merge_people(c, gallery.add_person("D", actor="ann"), actor="ann")
    gallery.erase_person(c, actor="ann", reason="request")
    with pytest.raises(GalleryError, match="no person 3"):
        gallery.undo_merge(other, actor="ann")
    assert gallery.people() == []


def test_a_person_brought_back_is_erased_with_all_names(gallery: Gallery, tmp_path: Path) -> None:
    keep = gallery.add_person("Keeper", actor="ann")
    absorb = gallery.add_person("Oldname Person", actor="ann")
    gallery.rename(absorb, "Newname Person", actor="ann")
    gallery.undo_merge(gallery.merge_people(keep, absorb, actor="ann", reason="Oldname Person it is"), actor="ann")
    gallery.erase_person(absorb, actor="ann", reason="request")
    gallery.erase_person(keep, actor="ann", reason="request")
    gallery.close()
    left = b"".join(p.read_bytes() for p in tmp_path.iterdir())
    assert b"Newname" not in left
    assert b"Oldname" not in left


def test_a_split_is_taken_back_unless_the_new_person_has_changed(gallery: Gallery) -> None:
    keep, _ = two_people(gallery)
    photos = [add(gallery, keep, unit(i)) for i in (11, 12)]
    before = content(gallery)
    new = gallery.split_person(keep, photos, name="Another", actor="ann")
    gallery.undo_split(Split(person_id=keep, new_id=new, moved=tuple(photos)), actor="ann")
    after = content(gallery)
    assert after["templates"] == before["templates"]
    assert [p.id for p in gallery.people()] == [1, 2]
    assert "Another" in repr(after["people"]), "an erasure must still find the name in the log"
    new = gallery.split_person(keep, photos, name="Another", actor="ann")
    add(gallery, new, unit(13))
    with pytest.raises(GalleryError, match="has changed"):
        gallery.undo_split(Split(person_id=keep, new_id=new, moved=tuple(photos)), actor="ann")
    assert gallery.person(new).n_templates == 3


def test_the_face_of_a_person_is_the_best_photo(gallery: Gallery) -> None:
    _, absorb = two_people(gallery)
    nobody = gallery.add_person("No photo", actor="ann")
    other = PNG_OF_1_PX + b"better"
    add(gallery, absorb, unit(5), thumbnail_png=other, quality=0.95)
    assert gallery.faces_of([absorb, nobody, 99]) == {absorb: other}
    assert gallery.faces_of([]) == {}


def test_a_person_under_a_hold_is_not_merged_away_and_the_attempt_is_logged(gallery: Gallery) -> None:
    keep, held = (gallery.add_person(name, actor="ann") for name in "AB")
    gallery.set_legal_hold(held, actor="judge", reason="order 7/26")
    with pytest.raises(GalleryError, match=r"order 7/26.*keep person 2|Keep person 2"):
        gallery.merge_people(keep, held, actor="ann", reason="same person")
    assert len(gallery.people()) == 2
    last = gallery.audit()[-1]
    assert (last.action, last.person_id, last.actor, last.basis) == (
        GalleryAction.MERGE_REFUSED,
        held,
        "ann",
        "same person",
    )
    assert gallery.merge_people(held, keep, actor="ann").merged.legal_hold == "order 7/26"
