from __future__ import annotations

import random
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from gallery_builders import EMBEDDER, add, around, make_gallery, unit, write_version_1

from core.errors import BugError, GalleryError
from core.gallery.records import GalleryAction
from core.gallery.search import GallerySearch
from core.gallery.store import Gallery

PNG_HEADER = bytes.fromhex("89504e470d0a1a0a0000000d494844520000006000000060")
THUMBNAIL = PNG_HEADER + random.Random(1).randbytes(9000)  # longer than two pages of the file
NAME, FORMER = "Zsófia Markerová", "Zsófia Formermark"


def traces(folder: Path, markers: dict[str, bytes]) -> set[str]:
    """Which markers occur in any file of the folder: database, WAL, shared memory, backups."""
    content = {p.name: p.read_bytes() for p in folder.iterdir() if p.is_file()}
    return {f"{what} in {name}" for what, m in markers.items() for name, data in content.items() if m in data}


def enrol_marked_person(gallery: Gallery) -> tuple[int, dict[str, bytes]]:
    person_id = gallery.add_person(FORMER, note="note-marker", basis=f"consent of {FORMER}", actor="ann")
    gallery.rename(person_id, NAME, actor="ann")
    embedding, beside = unit(99, 128), around(98, dim=128)
    add(
        gallery,
        person_id,
        embedding,
        photo_sha256="5a" * 32,
        photo_name="photo-marker.jpg",
        thumbnail_png=THUMBNAIL,
        surroundings=beside,
        actor="ann",
    )
    markers = {
        "name": NAME.encode(),
        "part of the name": "Markerová".encode(),
        "former name": b"Formermark",
        "note": b"note-marker",
        "photo name": b"photo-marker",
        "photo hash": b"\x5a" * 32,
        "embedding": embedding.tobytes()[:64],
        "end of the embedding": embedding.tobytes()[-64:],
        "surroundings": beside.embedding.tobytes()[:64],
        "end of the surroundings": beside.embedding.tobytes()[-64:],
        "thumbnail": THUMBNAIL[100:200],
        "end of the thumbnail": THUMBNAIL[-100:],
    }
    return person_id, markers


@pytest.fixture
def gallery(tmp_path: Path):
    with make_gallery(tmp_path / "g.db") as opened:
        for i in range(30):
            other = opened.add_person(f"Other {i}", note="", basis="", actor="ann")
            add(opened, other, unit(i, 128))
        yield opened


def test_every_byte_of_an_erased_person_is_gone(gallery: Gallery, tmp_path: Path) -> None:
    person_id, markers = enrol_marked_person(gallery)
    search = GallerySearch(gallery, actor="bob", purpose=f"is it {NAME}?")
    assert search.search(unit(99, 128), threshold=0.9).above_threshold[0].name == NAME
    assert {t.split(" in ")[0] for t in traces(tmp_path, markers)} == set(markers)  # the test can see them

    erased = gallery.erase_person(person_id, actor="ann", reason=f"{NAME} (was {FORMER}) withdrew")

    assert erased.n_templates == 1
    assert traces(tmp_path, markers) == set()
    with pytest.raises(GalleryError, match=f"no person {person_id}"):
        gallery.person(person_id)
    assert GallerySearch(gallery).search(unit(99, 128), threshold=0.9).above_threshold == ()
    assert len(gallery.people()) == 30
    gallery.close()
    assert traces(tmp_path, markers) == set()


def test_the_audit_outlives_the_person_without_the_name(gallery: Gallery) -> None:
    person_id, _ = enrol_marked_person(gallery)
    gallery.erase_person(person_id, actor="ann", reason=f"{NAME} withdrew")
    log = [e for e in gallery.audit() if e.person_id == person_id]
    assert [e.action for e in log] == [
        GalleryAction.PERSON_ADDED,
        GalleryAction.RENAMED,
        GalleryAction.ENROLLED,
        GalleryAction.REDACTED,
        GalleryAction.ERASED,
    ]
    assert log[0].basis == "consent of [name]"
    assert log[-1].basis == "[name] withdrew"
    assert log[-1].person_token == log[-2].person_token  # same person, by id and token
    assert log[0].is_redacted
    assert gallery.altered_audit_entries() == []  # the chain survives the redaction
    new = gallery.add_person("Somebody New", note="", basis="", actor="ann")
    assert new > person_id  # an id in the log never comes to mean somebody else


def test_a_reader_delays_the_scrub_and_the_next_opening_finishes_it(tmp_path: Path) -> None:
    path = tmp_path / "g.db"
    gallery = make_gallery(path, busy_timeout_s=0.1)
    person_id, markers = enrol_marked_person(gallery)
    with closing(sqlite3.connect(path, isolation_level=None)) as reader:
        reader.execute("BEGIN")
        reader.execute("SELECT count(*) FROM people").fetchone()
        with pytest.raises(GalleryError, match=r"traces stay.*Close other programs"):
            gallery.erase_person(person_id, actor="ann", reason="")
        assert gallery.people() == []
        assert traces(tmp_path, markers)
    gallery.close()
    Gallery.open(path, create=False, embedder_id=EMBEDDER).close()
    assert traces(tmp_path, markers) == set()


def test_a_second_idle_program_does_not_keep_erased_bytes(gallery: Gallery, tmp_path: Path) -> None:
    person_id, markers = enrol_marked_person(gallery)
    with Gallery.open(gallery.path, create=False, embedder_id=EMBEDDER) as other:
        search = GallerySearch(other)
        search.load()
        gallery.erase_person(person_id, actor="ann", reason="")
        assert traces(tmp_path, markers) == set()
        found = search.search(unit(99, 128), threshold=0.9)  # it reads the gallery again by itself
    assert found.above_threshold == ()
    assert found.n_templates == 30


def test_backups_of_migrations_go_with_the_first_erasure(tmp_path: Path) -> None:
    path = tmp_path / "old.db"
    unrelated = tmp_path / "old.db.version-notes.txt"
    unrelated.write_text("keep me")
    write_version_1(path, name=NAME, embedding=unit(1))
    with Gallery.open(path, create=False, embedder_id=EMBEDDER) as gallery:
        assert traces(tmp_path, {"name": NAME.encode()}) >= {"name in old.db.v1.bak"}
        erased = gallery.erase_person(1, actor="ann", reason="")
    assert erased.removed_backups == ("old.db.v1.bak",)
    assert traces(tmp_path, {"name": NAME.encode()}) == set()
    assert unrelated.exists()


def test_a_single_photo_is_erased_as_thoroughly(gallery: Gallery, tmp_path: Path) -> None:
    person_id, markers = enrol_marked_person(gallery)
    kept = add(gallery, person_id, unit(7, 128))
    (bad, _) = gallery.templates_of(person_id)
    gallery.erase_template(person_id, bad.id, actor="ann", reason="blurred")
    assert [t.id for t in gallery.templates_of(person_id)] == [kept]
    of_the_photo = {k: m for k, m in markers.items() if "name" not in k and k != "note"}
    assert traces(tmp_path, of_the_photo) == set()
    with pytest.raises(GalleryError, match="not one of person"):
        gallery.erase_template(1, kept, actor="ann", reason="")


def test_a_legal_hold_blocks_erasure_and_the_attempt_is_logged(gallery: Gallery) -> None:
    person_id, _ = enrol_marked_person(gallery)
    gallery.set_legal_hold(person_id, actor="judge", reason="order 7/26")
    for attempt in (gallery.erase_person, lambda p, **k: gallery.erase_template(p, 31, **k)):
        with pytest.raises(GalleryError, match="legal hold"):
            attempt(person_id, actor="ann", reason="wish")
    assert gallery.person(person_id).n_templates == 1
    assert gallery.audit()[-1].action == GalleryAction.ERASURE_REFUSED
    assert len([e for e in gallery.audit() if e.action == GalleryAction.ERASURE_REFUSED]) == 2
    gallery.release_legal_hold(person_id, actor="judge", reason="order lifted")
    assert gallery.erase_person(person_id, actor="ann", reason="wish").n_templates == 1
    with pytest.raises(GalleryError, match="needs a reason"):
        gallery.set_legal_hold(1, actor="judge", reason=" ")


def test_an_absorbed_name_is_erased_with_the_person_who_bears_it_now(gallery: Gallery, tmp_path: Path) -> None:
    absorbed, markers = enrol_marked_person(gallery)
    gallery.merge_people(1, absorbed, actor="ann", reason=f"{NAME} is Other 0")
    gallery.erase_person(1, actor="ann", reason="")
    assert traces(tmp_path, markers) == set()


def test_an_erasure_inside_a_transaction_is_a_bug(gallery: Gallery) -> None:
    with pytest.raises(BugError, match="transaction"), gallery.transaction():
        gallery.erase_person(1, actor="ann", reason="")
    assert len(gallery.people()) == 30
