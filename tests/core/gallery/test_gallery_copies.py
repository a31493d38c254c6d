from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from gallery_builders import EMBEDDER, add, make_gallery, unit
from test_gallery_erasure import enrol_marked_person, traces

from core.domain.gallery import CopyKind
from core.errors import GalleryError
from core.gallery.conversion import decrypt_gallery, encrypt_gallery
from core.gallery.enrol import import_csv
from core.gallery.export import copy_gallery, export_people
from core.gallery.key_file import GalleryKey
from core.gallery.keys import unlock
from core.gallery.list_file import LIST_NAME
from core.gallery.records import GalleryAction
from core.gallery.store import Gallery

SECRET = "a passphrase of the tests"


@pytest.fixture
def gallery(tmp_path: Path) -> Iterator[Gallery]:
    with make_gallery(tmp_path / "g.db") as opened:
        for i in range(5):
            add(opened, opened.add_person(f"Other {i}", actor="ann"), unit(i, 128))
        yield opened


def exported(gallery: Gallery, folder: Path) -> Path:
    for _ in export_people(gallery, folder, actor="ann"):
        pass
    return folder


def everywhere(folder: Path, markers: dict[str, bytes]) -> set[str]:
    return set().union(*(traces(f, markers) for f in [folder, *(p for p in folder.rglob("*") if p.is_dir())]))


def test_an_erasure_reaches_copies_and_lists(gallery: Gallery, tmp_path: Path) -> None:
    person, markers = enrol_marked_person(gallery)
    (tmp_path / "away").mkdir()
    copy, folder = tmp_path / "away" / "copy.db", tmp_path / "away" / "people"
    copy_gallery(gallery, copy, actor="ann")
    exported(gallery, folder)
    assert everywhere(tmp_path / "away", markers)
    assert [(c.kind, c.path, c.is_there) for c in gallery.known_copies()] == [
        (CopyKind.GALLERY, copy, True),
        (CopyKind.LIST, folder, True),
    ]
    done = gallery.erase_person(person, actor="ann", reason="withdrawn")
    assert (done.erased_copies, done.owed_copies) == ((copy, folder), ())
    assert everywhere(tmp_path, markers) == set()
    with Gallery.open(copy, create=False, embedder_id=EMBEDDER) as opened:
        assert [p.name for p in opened.people()] == [f"Other {i}" for i in range(5)]
        assert opened.altered_audit_entries() == []
        assert opened.audit()[-1].actor == "the gallery this is a copy of"
    text = (folder / LIST_NAME).read_text("utf-8-sig")
    assert text.count("Other") == 5
    assert len(text.splitlines()) == 6


def test_records_merged_after_the_copy_are_erased_in_it_under_their_own_numbers(
    gallery: Gallery, tmp_path: Path
) -> None:
    person, markers = enrol_marked_person(gallery)
    copy = tmp_path / "copy.db"
    copy_gallery(gallery, copy, actor="ann")
    gallery.merge_people(1, person, actor="ann")
    gallery.merge_people(2, 1, actor="ann")
    merge = gallery.merge_people(2, 3, actor="ann")
    gallery.undo_merge(merge, actor="ann")
    gallery.erase_person(2, actor="ann", reason="")
    assert everywhere(tmp_path, markers) == set()
    with Gallery.open(copy, create=False, embedder_id=EMBEDDER) as opened:
        assert [p.id for p in opened.people()] == [3, 4, 5]


def test_photos_split_off_after_the_copy_leave_the_other_person_in_it(gallery: Gallery, tmp_path: Path) -> None:
    person, markers = enrol_marked_person(gallery)
    kept = add(gallery, person, unit(7, 128))
    photo = gallery.templates_of(person)[0].id
    copy = tmp_path / "copy.db"
    copy_gallery(gallery, copy, actor="ann")
    new = gallery.split_person(person, [photo], name="Somebody Else", actor="ann")
    gallery.erase_person(new, actor="ann", reason="")
    with Gallery.open(copy, create=False, embedder_id=EMBEDDER) as opened:
        assert [t.id for t in opened.templates_of(person)] == [kept]
    photo_markers = {k: m for k, m in markers.items() if k in ("embedding", "thumbnail", "photo hash", "photo name")}
    assert everywhere(tmp_path, photo_markers) == set()


def test_a_copy_out_of_reach_is_named_and_erased_in_when_it_is_back(gallery: Gallery, tmp_path: Path) -> None:
    person, markers = enrol_marked_person(gallery)
    drive, drawer = tmp_path / "drive", tmp_path / "drawer"
    drive.mkdir()
    copy_gallery(gallery, drive / "copy.db", actor="ann")
    drive.rename(drawer)
    done = gallery.erase_person(person, actor="ann", reason="")
    assert done.erased_copies == ()
    assert done.owed_copies == ((drive / "copy.db", "nothing stands there any more"),)
    assert gallery.known_copies()[0].n_owed == 1
    gallery.close()
    drawer.rename(drive)
    assert everywhere(drive, markers)
    with Gallery.open(gallery.path, create=False, embedder_id=EMBEDDER) as again:
        assert everywhere(drive, markers) == set()
        assert again.known_copies()[0].n_owed == 0


def test_another_gallery_at_that_place_is_left_alone(gallery: Gallery, tmp_path: Path) -> None:
    person, _ = enrol_marked_person(gallery)
    copy = tmp_path / "copy.db"
    copy_gallery(gallery, copy, actor="ann")
    copy.unlink()
    with make_gallery(copy) as other:
        ids = [other.add_person(f"Stranger {i}", actor="eve") for i in range(8)]
    done = gallery.erase_person(person, actor="ann", reason="")
    assert done.owed_copies == ((copy, "another gallery stands there"),)
    with Gallery.open(copy, create=False, embedder_id=EMBEDDER) as other:
        assert [p.id for p in other.people()] == ids


def test_a_list_that_somebody_changed_is_left_alone_and_named(gallery: Gallery, tmp_path: Path) -> None:
    person, _ = enrol_marked_person(gallery)
    folder = exported(gallery, tmp_path / "people")
    (folder / LIST_NAME).write_text("path,name\nx.png,Somebody\n", encoding="utf-8")
    done = gallery.erase_person(person, actor="ann", reason="")
    assert done.owed_copies == ((folder, "the list was changed since"),)
    assert (folder / LIST_NAME).read_text("utf-8") == "path,name\nx.png,Somebody\n"


def test_a_list_saved_by_another_program_is_left_alone_and_the_gallery_opens(gallery: Gallery, tmp_path: Path) -> None:
    person, _ = enrol_marked_person(gallery)
    gallery.rename(1, "Zo\u00eb Other", actor="ann")
    folder = exported(gallery, tmp_path / "people")
    saved = (folder / LIST_NAME).read_text("utf-8-sig").encode("cp1252", errors="replace")
    (folder / LIST_NAME).write_bytes(saved)
    done = gallery.erase_person(person, actor="ann", reason="")
    assert done.owed_copies == ((folder, "the list was changed since"),)
    gallery.close()
    with Gallery.open(gallery.path, create=False, embedder_id=EMBEDDER) as again:
        assert again.known_copies()[0].n_owed == 1
    assert (folder / LIST_NAME).read_bytes() == saved
    assert sorted(p.name for p in folder.iterdir()) == ["faces", LIST_NAME]


def test_empty_lines_of_a_list_are_passed_over(gallery: Gallery, tmp_path: Path) -> None:
    person, markers = enrol_marked_person(gallery)
    folder = exported(gallery, tmp_path / "people")
    with (folder / LIST_NAME).open("a", encoding="utf-8", newline="") as file:
        file.write("\r\n\r\n")
    done = gallery.erase_person(person, actor="ann", reason="")
    assert (done.erased_copies, done.owed_copies) == ((folder,), ())
    assert everywhere(folder, markers) == set()


def test_a_field_that_no_csv_has_leaves_the_list_as_it_is(gallery: Gallery, tmp_path: Path) -> None:
    person, _ = enrol_marked_person(gallery)
    folder = exported(gallery, tmp_path / "people")
    with (folder / LIST_NAME).open("a", encoding="utf-8") as file:
        file.write('"' + "x" * 200_000)
    saved = (folder / LIST_NAME).read_bytes()
    done = gallery.erase_person(person, actor="ann", reason="")
    assert done.owed_copies == ((folder, "the list was changed since"),)
    assert (folder / LIST_NAME).read_bytes() == saved


def test_a_gallery_that_was_never_filled_at_that_place_is_left_alone(gallery: Gallery, tmp_path: Path) -> None:
    person, _ = enrol_marked_person(gallery)
    copy = tmp_path / "copy.db"
    copy_gallery(gallery, copy, actor="ann")
    with closing(sqlite3.connect(copy)) as conn:
        conn.execute("DELETE FROM gallery")
        conn.commit()
    done = gallery.erase_person(person, actor="ann", reason="")
    assert done.owed_copies == ((copy, "another gallery stands there"),)


def test_a_copy_with_nonsense_in_it_keeps_nothing_shut(gallery: Gallery, tmp_path: Path) -> None:
    person, _ = enrol_marked_person(gallery)
    copy = tmp_path / "copy.db"
    copy_gallery(gallery, copy, actor="ann")
    with closing(sqlite3.connect(copy)) as conn:
        conn.execute("UPDATE people SET name = x'ff00'")
        conn.commit()
    ((path, why),) = gallery.erase_person(person, actor="ann", reason="").owed_copies
    assert path == copy
    assert why.startswith("the gallery is damaged: the name of person 6 cannot be read (")
    gallery.close()
    with Gallery.open(gallery.path, create=False, embedder_id=EMBEDDER) as again:
        assert again.known_copies()[0].n_owed == 1


def test_an_erasure_in_a_list_that_was_cut_short_is_finished(gallery: Gallery, tmp_path: Path) -> None:
    person, markers = enrol_marked_person(gallery)
    folder = exported(gallery, tmp_path / "people")
    (folder / LIST_NAME).rename(folder / f"{LIST_NAME}.former")
    gallery.erase_person(person, actor="ann", reason="")
    assert everywhere(folder, markers) == set()
    assert (folder / LIST_NAME).read_text("utf-8-sig").count("Other") == 5


def test_what_a_killed_copy_left_is_removed(gallery: Gallery, tmp_path: Path) -> None:
    person, markers = enrol_marked_person(gallery)
    copy = tmp_path / "copy.db"
    copy_gallery(gallery, copy, actor="ann")
    copy.rename(tmp_path / ".copy.db.0a1b2c3d.part")
    gallery.erase_person(person, actor="ann", reason="")
    assert everywhere(tmp_path, markers) == set()


def test_copies_of_an_encrypted_gallery_are_reached_with_its_key(gallery: Gallery, tmp_path: Path) -> None:
    person, _ = enrol_marked_person(gallery)
    plain = tmp_path / "plain.db"
    copy_gallery(gallery, plain, actor="ann")
    gallery.close()
    assert encrypt_gallery(gallery.path, passphrase=SECRET, actor="ann").copies_left == (plain,)
    key = unlock(gallery.path, SECRET)
    sealed = tmp_path / "sealed.db"
    with Gallery.open(gallery.path, create=False, embedder_id=EMBEDDER, key=key) as opened:
        copy_gallery(opened, sealed, actor="ann")
        done = opened.erase_person(person, actor="ann", reason="")
        assert done.erased_copies == (plain, sealed)
    for path in (plain, sealed):
        with Gallery.open(path, create=False, embedder_id=EMBEDDER, key=key) as copy:
            assert len(copy.people()) == 5


@pytest.mark.parametrize("is_encrypted_anew", [False, True])
def test_a_copy_of_a_former_key_is_erased_in_with_its_own(
    gallery: Gallery, tmp_path: Path, is_encrypted_anew: bool
) -> None:
    person, _ = enrol_marked_person(gallery)
    gallery.close()
    path, sealed = gallery.path, tmp_path / "sealed.db"
    encrypt_gallery(path, passphrase=SECRET, actor="ann")
    with Gallery.open(path, create=False, embedder_id=EMBEDDER, key=unlock(path, SECRET)) as opened:
        copy_gallery(opened, sealed, actor="ann")
    decrypt_gallery(path, unlock(path, SECRET), actor="ann")
    key = None
    if is_encrypted_anew:
        encrypt_gallery(path, passphrase=f"{SECRET}, another", actor="ann")
        key = unlock(path, f"{SECRET}, another")
    with Gallery.open(path, create=False, embedder_id=EMBEDDER, key=key) as opened:
        ((owing, why),) = opened.erase_person(person, actor="ann", reason="").owed_copies
        (copy,) = opened.known_copies()
        assert (owing, copy.n_owed) == (sealed, 1)
        assert "another key" in why
        assert f"gallery copies --settle {copy.id}" in why
        assert "another key" in opened.settle_copy(copy.id, key=GalleryKey.new())
        assert opened.settle_copy(copy.id, key=unlock(sealed, SECRET)) == ""
        assert opened.known_copies()[0].n_owed == 0
        with pytest.raises(GalleryError, match="no copy"):
            opened.settle_copy(copy.id + 1, key=None)
    with Gallery.open(sealed, create=False, embedder_id=EMBEDDER, key=unlock(sealed, SECRET)) as erased:
        assert len(erased.people()) == 5


def test_a_copy_that_was_destroyed_can_be_forgotten(gallery: Gallery, tmp_path: Path) -> None:
    person, _ = enrol_marked_person(gallery)
    copy_gallery(gallery, tmp_path / "copy.db", actor="ann")
    (tmp_path / "copy.db").unlink()
    gallery.erase_person(person, actor="ann", reason="")
    (known,) = gallery.known_copies()
    gallery.forget_copy(known.id, actor="ann", reason="shredded")
    assert gallery.known_copies() == []
    assert gallery.audit()[-1].basis == "shredded"
    with pytest.raises(GalleryError, match="no copy"):
        gallery.forget_copy(known.id, actor="ann", reason="")


def test_a_copy_that_was_opened_and_used_owes_itself_nothing(gallery: Gallery, tmp_path: Path) -> None:
    person, markers = enrol_marked_person(gallery)
    copy_gallery(gallery, tmp_path / "copy.db", actor="ann")
    with Gallery.open(tmp_path / "copy.db", create=False, embedder_id=EMBEDDER) as copy:
        done = copy.erase_person(person, actor="ann", reason="")
        assert (done.erased_copies, done.owed_copies) == ((), ())
    shutil.copy(tmp_path / "copy.db", tmp_path / "seen.db")
    assert not any("seen.db" in t for t in everywhere(tmp_path, markers))


def test_an_erased_list_is_still_one_that_an_import_reads(gallery: Gallery, tmp_path: Path) -> None:
    from gallery_builders import StandInTemplater

    person, _ = enrol_marked_person(gallery)
    folder = exported(gallery, tmp_path / "people")
    gallery.erase_person(person, actor="ann", reason="")
    with make_gallery(tmp_path / "new.db") as new:
        outcomes = list(import_csv(new, StandInTemplater(), folder / LIST_NAME, actor="ann"))
    assert [outcome.name for outcome in outcomes] == [f"Other {i}" for i in range(5)]


def test_a_copy_on_a_share_is_erased_in_and_not_worked_in(
    gallery: Gallery, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    share = tmp_path / "share"
    share.mkdir()
    monkeypatch.setattr("core.gallery.session.is_on_share", lambda path: share in path.parents)
    person, markers = enrol_marked_person(gallery)
    copy_gallery(gallery, share / "copy.db", actor="ann")
    with pytest.raises(GalleryError, match="network share") as refused:
        Gallery.open(share / "copy.db", create=False, embedder_id=None)
    assert "local disk" in refused.value.next_step
    assert gallery.erase_person(person, actor="ann", reason="").erased_copies == (share / "copy.db",)
    assert everywhere(share, markers) == set()


@pytest.mark.parametrize("of_photo", [False, True])
def test_who_is_held_in_a_copy_stays_there_and_the_copy_owes_until_the_release(
    gallery: Gallery, tmp_path: Path, of_photo: bool
) -> None:
    person, markers = enrol_marked_person(gallery)
    copy = tmp_path / "copy.db"
    copy_gallery(gallery, copy, actor="ann")
    with Gallery.open(copy, create=False, embedder_id=EMBEDDER) as held:
        held.set_legal_hold(person, actor="clerk", reason="order 3/2026")
    if of_photo:
        gallery.erase_template(person, gallery.templates_of(person)[0].id, actor="ann", reason="")
    else:
        done = gallery.erase_person(person, actor="ann", reason="withdrawn")
        assert done.owed_copies == ((copy, "somebody who goes is under a legal hold there"),)
    done = gallery.erase_person(1, actor="ann", reason="withdrawn")
    gallery.close()
    Gallery.open(gallery.path, create=False, embedder_id=EMBEDDER).close()  # tries again
    with Gallery.open(copy, create=False, embedder_id=EMBEDDER) as held:
        assert held.person(person).n_templates == 1
        assert [p.id for p in held.people()] == [2, 3, 4, 5, person], "others go all the same"
        refused = [e.actor for e in held.audit() if e.action == GalleryAction.ERASURE_REFUSED]
        assert refused == ["the gallery this is a copy of"], "said once, not at each attempt"
        held.release_legal_hold(person, actor="clerk", reason="lifted")
    with Gallery.open(gallery.path, create=False, embedder_id=EMBEDDER) as again:
        assert again.known_copies()[0].n_owed == 0
    wanted = {"embedding": markers["embedding"]} if of_photo else markers
    assert everywhere(tmp_path, wanted) == set()
