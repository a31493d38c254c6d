from __future__ import annotations

import unicodedata
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
from gallery_builders import DIM, EMBEDDER, add, make_gallery, unit
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from core.errors import BugError, EmbedderMismatchError, GalleryError, PhotoRefusedError
from core.gallery.records import GalleryAction
from core.gallery.store import Gallery
from core.gallery.texts import shown, without_names

PNG_OF_1_PX = bytes.fromhex("89504e470d0a1a0a0000000d4948445200000001000000010802000000907753de")


def test_a_person_comes_back_as_entered_after_reopening(tmp_path: Path) -> None:
    path = tmp_path / "g.db"
    with make_gallery(path) as gallery:
        person_id = gallery.add_person("Grace Hopper", note="line 1\nline 2", basis="consent", actor="ann")
        add(gallery, person_id, unit(1), photo_sha256="ab" * 32, photo_name="g.jpg", thumbnail_png=PNG_OF_1_PX)
    with Gallery.open(path, create=False, embedder_id=None) as gallery:
        person = gallery.person(person_id)
        (template,) = gallery.templates_of(person_id)
        assert gallery.people() == [person]
    assert (person.name, person.note, person.basis, person.n_templates) == (
        "Grace Hopper",
        "line 1\nline 2",
        "consent",
        1,
    )
    assert abs(person.added_at - datetime.now(UTC)) < timedelta(minutes=5)
    assert (template.photo_sha256, template.photo_name) == ("ab" * 32, "g.jpg")
    assert template.thumbnail_png == PNG_OF_1_PX


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(name=st.text(max_size=60))
@example(name="Robert'); DROP TABLE people;--")
@example(name="\"; ATTACH DATABASE '/tmp/x' AS y; --")
@example(name="محمد علی\u200cزاده")
@example(name="עדה לאבלייס")
@example(name="王秀英 👩🏽‍🔬")
@example(name="a\0b")
@example(name="evil\u202egpj.exe")
@example(name="\ud800")
@example(name="e\u0301")
@example(name=" \u200b ")
def test_any_name_is_stored_faithfully_or_refused_in_words(name: str, shared_gallery: Gallery) -> None:
    before = len(shared_gallery.people())
    try:
        person_id = shared_gallery.add_person(name, note="", basis="", actor="tester")
    except GalleryError as refusal:
        assert refusal.next_step
        assert len(shared_gallery.people()) == before
        return
    stored = shared_gallery.person(person_id).name
    assert stored == unicodedata.normalize("NFC", name).strip() == shown(stored)
    assert person_id in [p.id for p in shared_gallery.people_named(name)]


@pytest.fixture(scope="module")
def shared_gallery(tmp_path_factory: pytest.TempPathFactory):
    with make_gallery(tmp_path_factory.mktemp("names") / "g.db") as gallery:
        yield gallery


@pytest.mark.parametrize("name", ["", "  ", "a\0b", "a\nb", "a\u202eb", "\udcff", "x" * 201])
def test_names_that_a_report_could_not_show_are_refused(tmp_path: Path, name: str) -> None:
    with make_gallery(tmp_path / "g.db") as gallery, pytest.raises(GalleryError, match="name"):
        gallery.add_person(name, note="", basis="", actor="tester")


def test_templates_of_another_embedder_are_never_taken(tmp_path: Path) -> None:
    path = tmp_path / "g.db"
    with make_gallery(path) as gallery:
        person_id = gallery.add_person("A", actor="tester")
        with pytest.raises(EmbedderMismatchError, match="other@1"):
            add(gallery, person_id, unit(1), embedder_id="other@1")
        add(gallery, person_id, unit(1))
        with pytest.raises(EmbedderMismatchError, match="length"):
            add(gallery, person_id, unit(1, DIM + 1))
        assert gallery.person(person_id).n_templates == 1
    with pytest.raises(EmbedderMismatchError, match=EMBEDDER):
        Gallery.open(path, create=False, embedder_id="other@1")


@pytest.mark.parametrize(
    "embedding",
    [np.zeros(DIM, np.float32), np.full(DIM, np.nan, np.float32), np.ones((2, DIM), np.float32), unit(1) * 2],
    ids=["zero", "nan", "matrix", "norm 2"],
)
def test_what_is_no_unit_vector_is_a_bug(tmp_path: Path, embedding: np.ndarray) -> None:
    with make_gallery(tmp_path / "g.db") as gallery:
        person_id = gallery.add_person("A", actor="tester")
        with pytest.raises(BugError, match="unit vector"):
            add(gallery, person_id, embedding)


def test_a_thumbnail_above_96_px_or_not_png_is_a_bug(tmp_path: Path) -> None:
    with make_gallery(tmp_path / "g.db") as gallery:
        person_id = gallery.add_person("A", actor="tester")
        for bad in (b"JFIF", PNG_OF_1_PX.replace(b"\0\0\0\x01\0\0\0\x01", b"\0\0\0\x61\0\0\0\x01")):
            with pytest.raises(BugError, match="thumbnail"):
                add(gallery, person_id, unit(1), thumbnail_png=bad)


def test_the_same_photo_twice_for_one_person_is_refused_and_for_two_people_seen(tmp_path: Path) -> None:
    with make_gallery(tmp_path / "g.db") as gallery:
        a, b = (gallery.add_person(n, actor="tester") for n in "AB")
        add(gallery, a, unit(1), photo_sha256="cd" * 32, photo_name="first.jpg")
        with pytest.raises(PhotoRefusedError, match=r"first\.jpg"):
            add(gallery, a, unit(1), photo_sha256="cd" * 32, photo_name="copy.jpg")
        add(gallery, b, unit(1), photo_sha256="cd" * 32, photo_name="b.jpg")
        assert gallery.holders_of_photo("cd" * 32) == [(a, "first.jpg"), (b, "b.jpg")]
        add(gallery, a, unit(2))
        add(gallery, a, unit(3))  # photos without a hash are not taken for copies of each other
        assert gallery.person(a).n_templates == 3


@pytest.mark.parametrize("person_id", [0, -1, 99, 10**30])
def test_an_unknown_person_is_named_in_the_message(tmp_path: Path, person_id: int) -> None:
    with make_gallery(tmp_path / "g.db") as gallery:
        for ask in (gallery.person, gallery.templates_of):
            with pytest.raises(GalleryError, match=f"no person {person_id}"):
                ask(person_id)
        with pytest.raises(GalleryError, match=f"no person {person_id}"):
            gallery.erase_person(person_id, actor="tester", reason="")


def test_revision_moves_with_changes_only(tmp_path: Path) -> None:
    with make_gallery(tmp_path / "g.db") as gallery:
        seen = [gallery.revision]

        def moved() -> bool:
            seen.append(gallery.revision)
            return seen[-1] > seen[-2]

        person_id = gallery.add_person("A", actor="tester")
        assert moved()
        add(gallery, person_id, unit(1))
        assert moved()
        gallery.rename(person_id, "B", actor="tester")
        assert moved()
        gallery.record_lookup(actor="tester", purpose="p", detail="d")
        gallery.people()
        assert not moved()
        gallery.erase_person(person_id, actor="tester", reason="")
        assert moved()


def test_a_failed_group_of_changes_leaves_nothing(tmp_path: Path) -> None:
    with make_gallery(tmp_path / "g.db") as gallery:
        n_logged, revision = len(gallery.audit()), gallery.revision
        with pytest.raises(PhotoRefusedError), gallery.transaction():
            person_id = gallery.add_person("A", actor="tester")
            for _ in range(2):
                add(gallery, person_id, unit(1), photo_sha256="ee" * 32)
        assert gallery.people() == []
        assert (len(gallery.audit()), gallery.revision) == (n_logged, revision)


def test_merged_people_are_one_and_can_be_split_again(tmp_path: Path) -> None:
    with make_gallery(tmp_path / "g.db") as gallery:
        a = gallery.add_person("A. Lovelace", note="n1", basis="b1", actor="tester")
        b = gallery.add_person("Ada King", note="n2", basis="b1", actor="tester")
        add(gallery, a, unit(1), photo_sha256="aa" * 32)
        add(gallery, b, unit(1), photo_sha256="aa" * 32)  # both have this one
        own = add(gallery, b, unit(2), photo_sha256="bb" * 32)
        gallery.merge_people(a, b, actor="tester", reason="same person")
        (person,) = gallery.people()
        assert (person.id, person.n_templates, person.note, person.basis) == (a, 2, "n1\nn2", "b1")
        new = gallery.split_person(a, [own], name="Ada King", actor="tester")
        assert new not in (a, b)
        assert [t.id for t in gallery.templates_of(new)] == [own]
        with pytest.raises(GalleryError, match="not one of person"):
            gallery.split_person(a, [own], name="X", actor="tester")
        assert len(gallery.people()) == 2
        with pytest.raises(GalleryError, match="itself"):
            gallery.merge_people(a, a, actor="tester")


def test_namesakes_are_allowed_and_ambiguous_by_name(tmp_path: Path) -> None:
    with make_gallery(tmp_path / "g.db") as gallery:
        first = gallery.find_or_add_person("Kim", actor="tester")
        assert gallery.find_or_add_person(" Kim ", actor="tester") == first
        gallery.add_person("Kim", actor="tester")
        with pytest.raises(GalleryError, match="2 people bear the name Kim"):
            gallery.find_or_add_person("Kim", actor="tester")


def test_the_audit_says_who_did_what_on_which_basis_without_names(tmp_path: Path) -> None:
    with make_gallery(tmp_path / "g.db", actor="root") as gallery:
        person_id = gallery.add_person("Grace Hopper", basis="consent form 12", actor="ann")
        add(gallery, person_id, unit(1), actor="bob", photo_name="Grace Hopper.jpg")
        gallery.rename(person_id, "Grace Brewster Hopper", actor="ann")
        log = gallery.audit()
        assert gallery.altered_audit_entries() == []
    assert [(e.actor, e.action, e.person_id) for e in log] == [
        ("root", GalleryAction.CREATED, None),
        ("ann", GalleryAction.PERSON_ADDED, person_id),
        ("bob", GalleryAction.ENROLLED, person_id),
        ("ann", GalleryAction.RENAMED, person_id),
    ]
    assert [e.basis for e in log[1:3]] == ["consent form 12", "consent form 12"]
    assert not any("Hopper" in repr(e) for e in log)
    assert log[1].person_token == log[2].person_token != log[3].person_token
    assert log[1].person_token in log[3].detail


def test_nobody_acts_anonymously(tmp_path: Path) -> None:
    with make_gallery(tmp_path / "g.db") as gallery:
        with pytest.raises(GalleryError, match="nobody is named"):
            gallery.add_person("A", actor="  ")
        assert gallery.people() == []


@pytest.mark.parametrize(
    ("text", "names", "also_words", "expected"),
    [
        ("consent of GRACE hopper", ["Grace Hopper"], False, "consent of [name]"),
        ("Mrs Hopper's form", ["Grace Hopper"], True, "Mrs [name]'s form"),
        ("Mrs Hopper's form", ["Grace Hopper"], False, "Mrs Hopper's form"),
        ("licence of Li", ["Li"], True, "licence of [name]"),
        ("经王伟同意", ["王伟"], True, "经[name]同意"),
        ("a+b (c", ["a+b (c"], False, "[name]"),
        ("", ["A"], True, ""),
    ],
)
def test_names_are_taken_out_of_free_text(text: str, names: list[str], also_words: bool, expected: str) -> None:
    assert without_names(text, names, also_words=also_words) == expected
