from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from gallery_builders import StandInTemplater, make_gallery, write_photo

from core.domain.gallery import EnrolOutcome, EnrolStatus
from core.errors import EmbedderMismatchError, GalleryError, PhotoRefusedError
from core.gallery.enrol import enrol_photo, import_csv, import_folder
from core.gallery.listings import MAX_LIST_BYTES
from core.gallery.photos import MAX_PHOTO_BYTES, read_photo
from core.gallery.search import GallerySearch
from core.gallery.store import Gallery

ENROLLED, ALREADY, REFUSED = EnrolStatus.ENROLLED, EnrolStatus.ALREADY_ENROLLED, EnrolStatus.REFUSED


@pytest.fixture
def gallery(tmp_path: Path):
    with make_gallery(tmp_path / "g.db") as opened:
        yield opened


def import_all(gallery: Gallery, folder: Path, **options: object) -> dict[str, EnrolOutcome]:
    outcomes = import_folder(gallery, StandInTemplater(), folder, actor="ann", **options)  # type: ignore[arg-type]
    return {o.path.relative_to(folder).as_posix(): o for o in outcomes}


def test_a_photo_is_enrolled_found_again_and_refused_twice(gallery: Gallery, tmp_path: Path) -> None:
    path = write_photo(tmp_path / "grace.png", 1)
    templater = StandInTemplater()
    done = enrol_photo(gallery, templater, path, name="Grace", note="n", basis="consent", actor="ann")
    assert (done.status, done.name, done.quality, done.warnings) == (ENROLLED, "Grace", 0.75, ())
    (best, *_) = (
        GallerySearch(gallery).search(templater.template(read_photo(path).rgb).embedding, threshold=0.9).candidates
    )
    assert (best.person_id, best.photo_sha256) == (done.person_id, read_photo(path).sha256)
    assert best.thumbnail_png.startswith(b"\x89PNG")
    for by in ({"name": "Grace"}, {"person_id": done.person_id}):
        with pytest.raises(PhotoRefusedError, match=r"already \(as grace\.png\)"):
            enrol_photo(gallery, templater, path, actor="ann", **by)  # type: ignore[arg-type]
    second = enrol_photo(gallery, templater, write_photo(tmp_path / "b.png", 2), person_id=done.person_id, actor="ann")
    assert second.person_id == done.person_id
    assert gallery.person(done.person_id or 0).n_templates == 2


def test_a_refused_photo_adds_nobody(gallery: Gallery, tmp_path: Path) -> None:
    with pytest.raises(PhotoRefusedError, match="no face"):
        enrol_photo(gallery, StandInTemplater(), write_photo(tmp_path / "0.png", 0), name="X", actor="ann")
    with pytest.raises(GalleryError, match="name is empty"):
        enrol_photo(gallery, StandInTemplater(), write_photo(tmp_path / "1.png", 1), actor="ann")
    assert gallery.people() == []


def test_the_same_photo_under_two_people_is_warned_about(gallery: Gallery, tmp_path: Path) -> None:
    path = write_photo(tmp_path / "a.png", 1)
    enrol_photo(gallery, StandInTemplater(), path, name="Ann", basis="b", actor="ann")
    done = enrol_photo(gallery, StandInTemplater(), path, name="Bea", basis="b", actor="ann")
    assert done.status == ENROLLED
    assert done.warnings == ("the same photo is enrolled under Ann (person 1) too",)


def test_a_folder_of_folders_is_imported_and_bad_photos_are_refused_one_by_one(
    gallery: Gallery, tmp_path: Path
) -> None:
    people = tmp_path / "people"
    write_photo(people / "Ада Лавлейс" / "1.png", 1)
    write_photo(people / "Ада Лавлейс" / "older" / "2.jpg", 2)
    shutil.copy(people / "Ада Лавлейс" / "1.png", people / "Ада Лавлейс" / "copy of 1.png")
    write_photo(people / "O'Neil; DROP TABLE people" / "a.png", 3)
    write_photo(people / "O'Neil; DROP TABLE people" / "dark.png", 0)
    (people / "O'Neil; DROP TABLE people" / "broken.jpg").write_bytes(b"\xff\xd8\xff nothing")
    (people / "O'Neil; DROP TABLE people" / "notes.txt").write_text("not a photo")
    (people / "O'Neil; DROP TABLE people" / ".DS_Store").write_text("hidden")
    write_photo(people / "evil\u202ename" / "a.png", 4)
    write_photo(people / "stray.png", 5)
    write_photo(people / ".cache" / "a.png", 6)
    (people / "Empty").mkdir()

    outcomes = import_all(gallery, people, basis="public domain", batch_size=3)

    assert {name: (o.status, o.reason) for name, o in outcomes.items()} == {
        "Ада Лавлейс/1.png": (ENROLLED, ""),
        "Ада Лавлейс/copy of 1.png": (
            REFUSED,
            "the same photo is enrolled for this person already (as 1.png)",
        ),
        "Ада Лавлейс/older/2.jpg": (ENROLLED, ""),
        "O'Neil; DROP TABLE people/a.png": (ENROLLED, ""),
        "O'Neil; DROP TABLE people/broken.jpg": (REFUSED, outcomes["O'Neil; DROP TABLE people/broken.jpg"].reason),
        "O'Neil; DROP TABLE people/dark.png": (REFUSED, "no face was found"),
        "O'Neil; DROP TABLE people/notes.txt": (REFUSED, "it does not have a photo's file name"),
        "evil\u202ename/a.png": (REFUSED, "the person's name holds the control character U+202E"),
        "stray.png": (REFUSED, "it lies outside of any person's folder"),
    }
    assert outcomes["O'Neil; DROP TABLE people/broken.jpg"].reason
    assert {(p.name, p.n_templates, p.basis) for p in gallery.people()} == {
        ("Ада Лавлейс", 2, "public domain"),
        ("O'Neil; DROP TABLE people", 1, "public domain"),
    }


def test_a_copy_within_one_batch_is_refused_too(gallery: Gallery, tmp_path: Path) -> None:
    write_photo(tmp_path / "p" / "A" / "1.png", 1)
    shutil.copy(tmp_path / "p" / "A" / "1.png", tmp_path / "p" / "A" / "2.png")
    outcomes = import_all(gallery, tmp_path / "p", batch_size=100)
    assert [o.status for o in outcomes.values()] == [ENROLLED, REFUSED]
    assert gallery.people()[0].n_templates == 1


def test_running_an_import_again_detects_no_face_twice(gallery: Gallery, tmp_path: Path) -> None:
    for i in range(1, 8):
        write_photo(tmp_path / "p" / f"Person {i % 3}" / f"{i}.png", i)
    first = import_all(gallery, tmp_path / "p", batch_size=2)
    templater = StandInTemplater()
    again = list(import_folder(gallery, templater, tmp_path / "p", actor="ann"))
    assert {o.status for o in first.values()} == {ENROLLED}
    assert {o.status for o in again} == {ALREADY}
    assert [o.person_id for o in again] == [o.person_id for o in first.values()]
    assert templater.n_asked == 0


def test_an_abandoned_import_keeps_what_it_reported_and_goes_on_later(gallery: Gallery, tmp_path: Path) -> None:
    for i in range(1, 11):
        write_photo(tmp_path / "p" / "A" / f"{i:02d}.png", i)
    running = import_folder(gallery, StandInTemplater(), tmp_path / "p", actor="ann", batch_size=4)
    reported = [next(running) for _ in range(3)]
    running.close()  # what Ctrl-C does to it
    assert gallery.people()[0].n_templates == 4  # the whole first batch was committed before it was reported
    assert {o.status for o in reported} == {ENROLLED}
    outcomes = import_all(gallery, tmp_path / "p", batch_size=4)
    assert [o.status for o in outcomes.values()] == [ALREADY] * 4 + [ENROLLED] * 6
    assert len(gallery.templates_of(1)) == 10


def test_a_csv_from_a_spreadsheet_is_imported(gallery: Gallery, tmp_path: Path) -> None:
    for i in range(1, 5):
        write_photo(tmp_path / "photos" / f"{i}.png", i)
    rows = [
        "path,name,note,basis",
        'photos/1.png,"Hopper, Grace","rear admiral, ""Amazing""",public domain',
        "photos/2.png,王秀英,,consent",
        "",
        "photos/3.png,王秀英,,order 4",
        "photos/9.png,Nobody,,",
        ",No path,,",
        "photos/4.png,,,",
        "photos/4.png,Kim,a,b,too,many",
        f"{tmp_path / 'photos' / '4.png'},Kim",
    ]
    path = tmp_path / "list.csv"
    path.write_text("\r\n".join(rows), encoding="utf-8-sig", newline="")
    outcomes = list(import_csv(gallery, StandInTemplater(), path, actor="ann"))
    assert [(o.status, o.name, o.reason) for o in outcomes] == [
        (ENROLLED, "Hopper, Grace", ""),
        (ENROLLED, "王秀英", ""),
        (ENROLLED, "王秀英", ""),
        (REFUSED, "Nobody", "there is no such file"),
        (REFUSED, "No path", "line 7 of the list names no file"),
        (REFUSED, "", "the person's name is empty"),
        (REFUSED, "Kim", "line 9 of the list has 6 cells instead of 4"),
        (ENROLLED, "Kim", ""),
    ]
    assert outcomes[2].warnings == ("the basis given differs from that of person 2, which was kept",)
    assert [(p.name, p.note, p.basis, p.n_templates) for p in gallery.people()] == [
        ("Hopper, Grace", 'rear admiral, "Amazing"', "public domain", 1),
        ("王秀英", "", "consent", 2),
        ("Kim", "", "", 1),
    ]
    assert {o.status for o in import_csv(gallery, StandInTemplater(), path, actor="ann")} == {ALREADY, REFUSED}


def test_a_csv_with_semicolons_is_understood(gallery: Gallery, tmp_path: Path) -> None:
    write_photo(tmp_path / "1.png", 1)
    (tmp_path / "list.csv").write_text("name;path\nLovelace, Ada;1.png\n", encoding="utf-8")
    (outcome,) = import_csv(gallery, StandInTemplater(), tmp_path / "list.csv", actor="ann")
    assert (outcome.status, outcome.name) == (ENROLLED, "Lovelace, Ada")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "lacks the column path and name"),
        (b"file,person\n1.png,A\n", "lacks the column path and name"),
        (b"path,basis\n1.png,A\n", "lacks the column name"),
        ("path,name\n1.png,Jürgen\n".encode("latin-1"), "not UTF-8"),
        (b"path,name\n" + b"x" * 200_000 + b",A\n", "not a proper CSV"),
    ],
    ids=["empty", "other columns", "no name", "latin-1", "endless cell"],
)
def test_an_unusable_list_is_refused_as_a_whole(gallery: Gallery, tmp_path: Path, content: bytes, message: str) -> None:
    path = tmp_path / "list.csv"
    path.write_bytes(content)
    with pytest.raises(GalleryError, match=message):
        list(import_csv(gallery, StandInTemplater(), path, actor="ann"))
    assert gallery.people() == []


def test_missing_sources_are_refused_before_anything_starts(gallery: Gallery, tmp_path: Path) -> None:
    with pytest.raises(GalleryError, match="folder cannot be read"):
        import_folder(gallery, StandInTemplater(), tmp_path / "none", actor="ann")
    with pytest.raises(GalleryError, match="list cannot be read"):
        import_csv(gallery, StandInTemplater(), tmp_path / "none.csv", actor="ann")


def test_an_ambiguous_name_is_refused_and_the_rest_goes_on(gallery: Gallery, tmp_path: Path) -> None:
    for _ in range(2):
        gallery.add_person("Kim", actor="ann")
    write_photo(tmp_path / "p" / "Kim" / "1.png", 1)
    write_photo(tmp_path / "p" / "Lee" / "1.png", 2)
    outcomes = import_all(gallery, tmp_path / "p")
    assert [o.status for o in outcomes.values()] == [REFUSED, ENROLLED]
    assert "2 people bear the name Kim" in outcomes["Kim/1.png"].reason


def test_a_templater_of_another_embedder_is_turned_away(gallery: Gallery, tmp_path: Path) -> None:
    templater = StandInTemplater()
    templater.embedder_id = "other@3"
    with pytest.raises(EmbedderMismatchError, match="other@3"):
        import_folder(gallery, templater, tmp_path, actor="ann")
    with pytest.raises(EmbedderMismatchError, match="other@3"):
        enrol_photo(gallery, templater, write_photo(tmp_path / "1.png", 1), name="A", actor="ann")


@pytest.mark.skipif(not Path("/dev/zero").exists(), reason="the system has no device files")
def test_a_device_is_neither_a_list_nor_a_photo(gallery: Gallery, tmp_path: Path) -> None:
    with pytest.raises(GalleryError, match="neither a folder nor a regular file"):
        list(import_csv(gallery, StandInTemplater(), Path("/dev/zero"), actor="ann"))
    with pytest.raises(PhotoRefusedError, match="no regular file"):
        enrol_photo(gallery, StandInTemplater(), Path("/dev/zero"), name="Zero", actor="ann")
    (tmp_path / "people" / "Zero").mkdir(parents=True)
    (tmp_path / "people" / "Zero" / "zero.jpg").symlink_to("/dev/zero")
    (outcome,) = import_folder(gallery, StandInTemplater(), tmp_path / "people", actor="ann")
    assert (outcome.status, outcome.reason) == (REFUSED, "this is no regular file")


def test_a_list_beyond_any_sane_size_is_refused_unread(gallery: Gallery, tmp_path: Path) -> None:
    path = tmp_path / "list.csv"
    path.write_text("path,name\n", encoding="utf-8")
    with path.open("r+b") as file:
        file.truncate(MAX_LIST_BYTES + 1)  # a hole, so that the disk stays empty
    with pytest.raises(GalleryError, match="64 MiB") as refusal:
        list(import_csv(gallery, StandInTemplater(), path, actor="ann"))
    assert refusal.value.next_step


def test_a_photo_beyond_any_sane_size_is_refused_unread(gallery: Gallery, tmp_path: Path) -> None:
    path = tmp_path / "huge.jpg"
    with path.open("wb") as file:
        file.truncate(MAX_PHOTO_BYTES + 1)
    with pytest.raises(PhotoRefusedError, match="256 MiB"):
        enrol_photo(gallery, StandInTemplater(), path, name="Huge", actor="ann")
    assert gallery.people() == []


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="the system has no files of unknown size")
def test_a_file_that_tells_no_size_is_read_no_further_than_the_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("core.gallery.photos.MAX_PHOTO_BYTES", 16)
    assert Path("/proc/self/status").stat().st_size == 0
    with pytest.raises(PhotoRefusedError, match="has more than"):
        read_photo(Path("/proc/self/status"))
