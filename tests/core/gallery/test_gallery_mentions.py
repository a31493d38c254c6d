"""Names of an erased person in the records of others."""

from __future__ import annotations

import csv
import random
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from gallery_builders import EMBEDDER, add, make_gallery, unit

from core.domain.gallery import MentionField
from core.gallery.export import copy_gallery, export_people
from core.gallery.list_file import COLUMNS, LIST_NAME
from core.gallery.names_in_text import MARK, Names
from core.gallery.records import GalleryAction
from core.gallery.store import Gallery


@pytest.mark.parametrize(
    ("name", "text", "left"),
    [
        ("Jane Doe", "sister of Jane Doe, lives in Graz", f"sister of {MARK}, lives in Graz"),
        ("Jane Doe", "JANE DOE's brother; jane\ndoe again", f"{MARK}'s brother; {MARK} again"),
        ("Jane Doe", "jane_doe-0012.JPG", f"{MARK}-0012.JPG"),
        ("Jane Doe", "Jane.Doe (2).png", f"{MARK} (2).png"),
        ("Jane_Doe", "with Jane Doe", f"with {MARK}"),
        ("Jürgen Weiß", "JÜRGEN WEISS", MARK),
        ("Jürgen Weiß", "of ju\u0308rgen weiss.", f"of {MARK}."),  # a letter and its dots as two characters
        ("Jane Doe", "Ｊａｎｅ　Ｄｏｅ", MARK),  # as an East Asian keyboard writes it
        ("Sean O'Brien", "Sean O\u2019Brien", MARK),
        ("王小明", "与王小明见面", f"与{MARK}见面"),  # no gaps between words
        ("김철수", "김철수는 왔다", f"{MARK}는 왔다"),  # a particle sticks to the name
    ],
)
def test_a_full_name_is_found_however_it_is_written(name: str, text: str, left: str) -> None:
    assert Names([name]).taken_out(text) == left


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("Ann", "Annabel, Joann and the annex"),
        ("Jane Doe", "Jane Doerr and Mary-Jane Doering"),
        ("Jane Doe", "Jane, a doe; Doe Jane"),
        ("Jane Doe", "Jane alone, Doe alone"),
        ("Al", "Al is too short a name to be looked for"),
        ("राम", "रामायण"),  # what follows belongs to the same word, though it is no letter
        ("Ali\u0301", "Alipasha"),
    ],
)
def test_what_is_no_full_name_as_words_of_its_own_is_left_alone(name: str, text: str) -> None:
    assert Names([name]).taken_out(text) == text


def test_a_longer_name_of_somebody_who_stays_is_left_alone() -> None:
    names = Names(["Ann Lee"], others=["Mary Ann Lee", "Ann Lee Jones", "Bob"])
    assert names.taken_out("Mary Ann Lee, Ann Lee Jones, Ann Lee Jonesy, Ann Lee") == (
        f"Mary Ann Lee, Ann Lee Jones, {MARK} Jonesy, {MARK}"
    )
    assert names.taken_out("Ann Lee calls herself so", own=["Ann Lee"]) == "Ann Lee calls herself so"


def test_text_without_the_name_stays_as_it_is_and_spans_point_into_it() -> None:
    """Folding changes lengths: what is replaced must be what was written, and nothing beside it."""
    rng = random.Random(3)
    letters = "aßİ\ufb03e\u0301 Ω\u0345½㍿"
    names = Names(["Jane Doe"])
    for _ in range(200):
        before, after = ("".join(rng.choices(letters, k=rng.randrange(8))) for _ in range(2))
        text = f"{before} JANE doe {after}"
        assert names.taken_out(text) == f"{before} {MARK} {after}"
        assert names.taken_out(before + after) == before + after


@pytest.fixture
def gallery(tmp_path: Path):
    """Jane Doe, formerly Jane Roe, whom four others mention, one of them under a legal hold."""
    with make_gallery(tmp_path / "g.db") as opened:
        jane = opened.add_person("Jane Roe", note="herself: Jane Roe", actor="ann")
        opened.rename(jane, "Jane Doe", actor="ann")
        bob = opened.add_person("Bob", note="brother of JANE DOE", basis="named by Jane Roe", actor="ann")
        opened.set_retention(bob, None, actor="ann", basis="until jane doe withdraws")
        add(opened, bob, unit(1), photo_name="bob and jane_doe.jpg", thumbnail_png=b"")
        held = opened.add_person("Cy", note="Jane Doe's lawyer", actor="ann")
        opened.set_legal_hold(held, actor="judge", reason="Doe case of Jane Doe")
        opened.add_person("Mary Jane Doe", note="Mary Jane Doe is nobody else; Janet Doe neither", actor="ann")
        opened.add_person("jane doe", note="another Jane Doe", actor="ann")
        yield opened


FREE = [
    "note of person 2",
    "basis of person 2",
    "basis of the retention of person 2",
    "name of photo 1 of person 2",
]
HELD = ["note of person 3", "reason of the hold of person 3"]


def test_mentions_are_told_with_place_and_words_before_anything_goes(gallery: Gallery) -> None:
    mentions, namesakes = gallery.mentions_of(1)
    assert [m.place for m in mentions] == [*FREE, *HELD]
    assert [m.place for m in mentions if m.is_held] == HELD
    assert mentions[0].excerpt == "brother of JANE DOE"
    assert (mentions[3].field, mentions[3].photo_id) == (MentionField.PHOTO, 1)
    assert namesakes == (5,)
    assert gallery.person(2).note == "brother of JANE DOE"


def test_an_erasure_takes_the_name_out_of_the_records_of_others(gallery: Gallery) -> None:
    revision = gallery.revision
    erased = gallery.erase_person(1, actor="ann", reason="withdrawn")
    bob, cy, mary, other = (gallery.person(n) for n in (2, 3, 4, 5))
    assert (bob.note, bob.basis) == (f"brother of {MARK}", f"named by {MARK}")
    assert bob.retention_basis == f"until {MARK} withdraws"
    assert gallery.templates_of(2)[0].photo_name == f"bob and {MARK}.jpg"
    assert (cy.note, cy.legal_hold) == ("Jane Doe's lawyer", "Doe case of Jane Doe")  # a hold keeps what it holds
    assert mary.note == "Mary Jane Doe is nobody else; Janet Doe neither"
    assert other.note == "another Jane Doe"  # by that number, it is the own name
    assert [m.place for m in erased.mentions] == [*FREE, *HELD]
    assert gallery.revision > revision


def test_the_change_is_in_the_log_without_the_name_and_the_log_is_whole(gallery: Gallery) -> None:
    gallery.erase_person(1, actor="ann", reason="withdrawn")
    told, _, _ = gallery.audit()[-3:]
    assert (told.action, told.actor, told.person_id) == (GalleryAction.MENTIONS_TAKEN_OUT, "ann", 1)
    assert told.detail == "; ".join(FREE)
    assert not any("jane doe" in (entry.basis + entry.detail).casefold() for entry in gallery.audit())
    assert gallery.check_log().is_whole
    gallery.erase_person(2, actor="ann", reason="a later erasure leaves that entry as it is")
    assert told in gallery.audit()
    assert gallery.check_log().is_whole


def test_the_log_keeps_no_spelling_of_the_name_that_the_records_lose(tmp_path: Path) -> None:
    with make_gallery(tmp_path / "g.db") as gallery:
        gallery.add_person("Jürgen Weiß", actor="ann")
        gallery.add_person("Bob", basis="named by JÜRGEN WEISS", actor="ann")
        gallery.erase_person(1, actor="ann", reason="")
        assert gallery.person(2).basis == f"named by {MARK}"
        assert [e.basis for e in gallery.audit() if e.person_id == 2] == [f"named by {MARK}"]
        assert gallery.check_log().is_whole


def test_mentions_that_are_to_be_kept_stay(gallery: Gallery) -> None:
    erased = gallery.erase_person(1, actor="ann", reason="withdrawn", redact_mentions=False)
    assert gallery.person(2).note == "brother of JANE DOE"
    assert erased.mentions == ()
    assert GalleryAction.MENTIONS_TAKEN_OUT not in [entry.action for entry in gallery.audit()]


def test_no_byte_of_a_mention_is_left_in_any_file(tmp_path: Path) -> None:
    path = tmp_path / "g.db"
    filler = "x" * 3000  # a note that does not fit a page
    with make_gallery(path) as gallery:
        gallery.add_person("Zsófia Markerová", actor="ann")
        for i in range(20):
            bob = gallery.add_person(f"Bob {i}", note=f"{filler} Zsófia Markerová {filler}", actor="ann")
            add(gallery, bob, unit(i), photo_name=f"Zsófia Markerová {i}.jpg")
        files = [p for p in tmp_path.iterdir() if p.is_file()]
        assert any("Markerová".encode() in p.read_bytes() for p in files)  # the test can see it
        gallery.erase_person(1, actor="ann", reason="")
        assert [p.name for p in tmp_path.iterdir() if "Markerová".encode() in p.read_bytes()] == []


def test_damaged_texts_of_others_are_no_reason_to_erase_nothing(gallery: Gallery) -> None:
    with closing(sqlite3.connect(gallery.path)) as conn:
        conn.execute("UPDATE people SET note = x'ff00', former_names = 'no list' WHERE id = 2")
        conn.execute("UPDATE people SET name = CAST(x'ff00' AS TEXT), note = CAST(x'ff' AS TEXT) WHERE id = 4")
        conn.commit()
    erased = gallery.erase_person(1, actor="ann", reason="")
    assert [m.place for m in erased.mentions if not m.is_held] == FREE[1:]


def _exported(gallery: Gallery, folder: Path) -> Path:
    for _ in export_people(gallery, folder, actor="ann"):
        pass
    return folder / LIST_NAME


def _cells(listed: Path, column: str) -> list[str]:
    with listed.open(encoding="utf-8-sig", newline="") as file:
        return [row[COLUMNS.index(column)] for row in csv.reader(file)][1:]


def test_copies_and_lists_lose_the_mentions_too(gallery: Gallery, tmp_path: Path) -> None:
    copy = tmp_path / "copy.db"
    copy_gallery(gallery, copy, actor="ann")
    listed = _exported(gallery, tmp_path / "people")
    assert gallery.erase_person(1, actor="ann", reason="").owed_copies == ()
    with Gallery.open(copy, create=False, embedder_id=EMBEDDER) as opened:
        assert opened.person(2).note == f"brother of {MARK}"
        assert opened.person(3).note == "Jane Doe's lawyer"
        assert opened.templates_of(2)[0].photo_name == f"bob and {MARK}.jpg"
        assert opened.check_log().is_whole
        (told,) = [e for e in opened.audit() if e.action == GalleryAction.MENTIONS_TAKEN_OUT]
        assert told.detail == "; ".join(FREE)
    assert _cells(listed, "name") == ["Bob", "Cy", "Mary Jane Doe", "jane doe"]
    assert _cells(listed, "note") == [
        f"brother of {MARK}",
        "Jane Doe's lawyer",
        "Mary Jane Doe is nobody else; Janet Doe neither",
        "another Jane Doe",
    ]
    assert _cells(listed, "basis")[0] == f"named by {MARK}"  # the former name, which the list never had
    assert _cells(listed, "photo")[0] == f"bob and {MARK}.jpg"


def test_copies_keep_the_mentions_that_the_gallery_keeps(gallery: Gallery, tmp_path: Path) -> None:
    copy = tmp_path / "copy.db"
    copy_gallery(gallery, copy, actor="ann")
    listed = _exported(gallery, tmp_path / "people")
    gallery.erase_person(1, actor="ann", reason="", redact_mentions=False)
    with Gallery.open(copy, create=False, embedder_id=EMBEDDER) as opened:
        assert [p.id for p in opened.people()] == [2, 3, 4, 5]
        assert opened.person(2).note == "brother of JANE DOE"
    assert _cells(listed, "note")[0] == "brother of JANE DOE"


def test_somebody_enrolled_after_the_copy_is_not_named_in_it_either(gallery: Gallery, tmp_path: Path) -> None:
    copy = tmp_path / "copy.db"
    gallery.add_person("Dee", note="knows Eve Mallory", actor="ann")
    copy_gallery(gallery, copy, actor="ann")
    eve = gallery.add_person("Eve Mallory", actor="ann")
    gallery.erase_person(eve, actor="ann", reason="")
    with Gallery.open(copy, create=False, embedder_id=EMBEDDER) as opened:
        assert opened.person(6).note == f"knows {MARK}"


def test_a_copy_out_of_reach_loses_the_names_it_knows_when_it_is_back(gallery: Gallery, tmp_path: Path) -> None:
    drive, drawer = tmp_path / "drive", tmp_path / "drawer"
    drive.mkdir()
    copy_gallery(gallery, drive / "copy.db", actor="ann")
    drive.rename(drawer)
    gallery.erase_person(1, actor="ann", reason="")
    gallery.close()
    drawer.rename(drive)
    Gallery.open(gallery.path, create=False, embedder_id=EMBEDDER).close()
    with Gallery.open(drive / "copy.db", create=False, embedder_id=EMBEDDER) as opened:
        assert [p.id for p in opened.people()] == [2, 3, 4, 5]
        assert (opened.person(2).note, opened.person(2).basis) == (f"brother of {MARK}", f"named by {MARK}")


def test_who_is_held_in_a_copy_stays_named_there_until_the_release(gallery: Gallery, tmp_path: Path) -> None:
    copy = tmp_path / "copy.db"
    copy_gallery(gallery, copy, actor="ann")
    with Gallery.open(copy, create=False, embedder_id=EMBEDDER) as opened:
        opened.set_legal_hold(1, actor="judge", reason="order 3")
    gallery.erase_person(1, actor="ann", reason="")
    with Gallery.open(copy, create=False, embedder_id=EMBEDDER) as opened:
        assert opened.person(2).note == "brother of JANE DOE"
        opened.release_legal_hold(1, actor="judge", reason="lifted")
    gallery.close()
    Gallery.open(gallery.path, create=False, embedder_id=EMBEDDER).close()
    with Gallery.open(copy, create=False, embedder_id=EMBEDDER) as opened:
        assert opened.person(2).note == f"brother of {MARK}"
