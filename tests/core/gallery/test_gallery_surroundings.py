"""What surrounds the faces of photos: kept with their templates, compared with that of a probe, gone with them."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest
from gallery_builders import (
    DIM,
    EMBEDDER,
    READER,
    StandInTemplater,
    add,
    around,
    make_gallery,
    unit,
    write_photo,
    write_version_1,
)
from hypothesis import given, settings
from hypothesis import strategies as st

from core.domain.comparison import Comparison, Surroundings
from core.domain.gallery import EnrolStatus
from core.errors import BugError, EmbedderMismatchError, PhotoRefusedError
from core.gallery.conversion import encrypt_gallery
from core.gallery.enrol import enrol_photo, import_folder
from core.gallery.export import copy_gallery
from core.gallery.keys import unlock
from core.gallery.matrix import TemplateMatrix
from core.gallery.migrations import MIGRATIONS
from core.gallery.records import GalleryAction
from core.gallery.schema import APPLICATION_ID, backups_of
from core.gallery.search import GallerySearch
from core.gallery.store import Gallery

RULE = Comparison(knee=0.25, share=0.5)
SHA, OTHER_SHA = "ab" * 32, "cd" * 32


@pytest.fixture
def gallery(tmp_path: Path):
    with make_gallery(tmp_path / "g.db") as opened:
        yield opened


def rows_of(gallery: Gallery) -> list[tuple[object, ...]]:
    with gallery.snapshot() as db:
        return db.execute("SELECT * FROM templates ORDER BY id").fetchall()


def naive(
    matrix: TemplateMatrix, face: np.ndarray, probe: np.ndarray | None, rule: Comparison, k: int
) -> list[tuple[int, int, float]]:
    """Every template in float64, everybody's best, everybody sorted."""
    best: dict[int, tuple[float, int]] = {}
    for row, (person, template) in enumerate(zip(matrix.person_ids, matrix.template_ids, strict=True)):
        score = float(np.sum(matrix.embeddings[row].astype(np.float64) * face.astype(np.float64)))
        if probe is not None and matrix.surroundings is not None:
            near = float(np.sum(matrix.surroundings[row].astype(np.float64) * probe.astype(np.float64)))
            score += (1 - score) * rule.share * max(0.0, near - rule.knee) / (1 - rule.knee)
        if int(person) not in best or score > best[int(person)][0]:
            best[int(person)] = (score, int(template))
    ranked = sorted(best.items(), key=lambda item: (-item[1][0], item[0]))[:k]
    return [(person, template, score) for person, (score, template) in ranked]


@settings(max_examples=40, deadline=None)
@given(
    seed=st.integers(0, 2**32 - 1),
    n_rows=st.integers(1, 4000),
    n_people=st.integers(1, 200),
    k=st.integers(1, 30),
    n_distinct=st.integers(1, 40),
)
def test_the_combined_ranking_is_that_of_plain_float64_also_among_ties(
    seed: int, n_rows: int, n_people: int, k: int, n_distinct: int
) -> None:
    """Entries of +-1/4 in 16 dimensions, and a rule of powers of two: all scores are exact, so that ties abound."""
    rng = np.random.default_rng(seed)
    rule = Comparison(knee=0.5, share=0.5)
    faces, beside = (rng.choice(np.array([-0.25, 0.25], np.float32), (n_distinct, DIM)) for _ in range(2))
    beside[rng.random(n_distinct) < 0.3] = 0  # not read
    matrix = TemplateMatrix(
        embeddings=faces[rng.integers(n_distinct, size=n_rows)],
        person_ids=rng.integers(1, n_people + 1, n_rows),
        template_ids=np.arange(1, n_rows + 1),
        revision=1,
        n_people=n_people,
        reader_id=READER,
        surroundings=beside[rng.integers(n_distinct, size=n_rows)],
    )
    queries = rng.choice(np.array([-0.25, 0.25], np.float32), (3, DIM))
    probes = [queries[1], None, faces[0]]
    answers = matrix.best_people(queries, k, comparison=rule, surroundings=probes)
    for query, probe, hits in zip(queries, probes, answers, strict=True):
        assert [(h.person_id, h.template_id, h.score) for h in hits] == naive(matrix, query, probe, rule, k)


def filled(gallery: Gallery, rng: np.random.Generator, n: int, dim: int = DIM) -> None:
    """People of one to three photos, a third of which has no surroundings and some those of another model."""
    with gallery.transaction():
        for number in range(n):
            person = gallery.add_person(f"P{number}", actor="ann")
            for _ in range(rng.integers(1, 4)):
                read = {0: None, 1: around(rng, "other:1")}.get(int(rng.integers(5)), around(rng))
                add(gallery, person, unit(rng, dim), surroundings=read)


def test_a_search_from_the_mean_face_with_surroundings_equals_plain_float64(gallery: Gallery) -> None:
    rng = np.random.default_rng(1)
    filled(gallery, rng, 150)
    rule = Comparison(centre=tuple(float(x) for x in 0.3 * unit(2)), knee=0.1, share=0.7)
    search = GallerySearch(gallery)
    faces, probes = [unit(rng) for _ in range(20)], [around(rng) if n % 3 else None for n in range(20)]
    results = search.search_many(faces, k=12, threshold=0.5, comparison=rule, surroundings=probes)
    matrix = search.matrix
    with gallery.snapshot() as db:
        stored = db.execute("SELECT embedding FROM templates ORDER BY id").fetchall()
        n_read = db.execute(
            "SELECT count(*) FROM templates t JOIN surroundings_readers r ON r.id = t.surroundings_reader "
            "WHERE r.reader_id = ?",
            [READER],
        ).fetchone()[0]
    plain = np.stack([np.frombuffer(blob, "<f4") for (blob,) in stored])
    np.testing.assert_array_equal(matrix.embeddings, rule.centred(plain))
    assert matrix.n_surroundings == n_read > 0
    for face, probe, result in zip(faces, probes, results, strict=True):
        centred = rule.centred(face[None])[0]
        expected = naive(matrix, centred, None if probe is None else probe.embedding, rule, 12)
        assert [c.person_id for c in result.candidates] == [person for person, _, _ in expected]
        np.testing.assert_allclose([c.score for c in result.candidates], [s for _, _, s in expected], atol=1e-6)
        assert result.n_surroundings == (0 if probe is None else n_read)
        if probe is None:
            assert {(c.face_score, c.surroundings_score) for c in result.candidates} == {(None, None)}
        else:
            assert all(c.face_score is not None for c in result.candidates)
        assert result == search.search(face, k=12, threshold=0.5, comparison=rule, surroundings=probe), (
            "company changes no bit"
        )


def test_whose_photo_has_alike_surroundings_overtakes(gallery: Gallery) -> None:
    face, beside = unit(1), around(2)
    near, same_picture = gallery.add_person("Near", actor="ann"), gallery.add_person("Same picture", actor="ann")
    add(gallery, near, face)
    far = (0.6 * face + 0.8 * _across(face)).astype(np.float32)
    add(gallery, same_picture, far, surroundings=beside)
    search = GallerySearch(gallery)
    plain = search.search(face, threshold=0.5, surroundings=beside)
    assert [c.person_id for c in plain.candidates] == [near, same_picture]
    assert (plain.n_surroundings, plain.candidates[0].face_score) == (0, None)
    asked = (0.9 * face + np.sqrt(1 - 0.81) * _across(face)).astype(np.float32)
    result = search.search(asked, threshold=0.5, comparison=Comparison(knee=0.2, share=0.9), surroundings=beside)
    first, second = result.candidates
    assert (first.person_id, second.person_id) == (same_picture, near)
    assert first.surroundings_score == pytest.approx(1, abs=1e-6)
    assert first.face_score is not None
    assert first.score == pytest.approx(first.face_score + 0.9 * (1 - first.face_score), abs=1e-6)
    assert (second.surroundings_score, second.score) == (None, second.face_score)
    assert result.n_surroundings == 1


def _across(face: np.ndarray) -> np.ndarray:
    other = unit(77).astype(np.float64)
    other -= (other @ face) * face
    return other / np.linalg.norm(other)


def test_what_another_model_read_is_not_compared(gallery: Gallery) -> None:
    add(gallery, gallery.add_person("A", actor="ann"), unit(1), surroundings=around(2, "other:1"))
    result = GallerySearch(gallery).search(unit(1), threshold=0.5, comparison=RULE, surroundings=around(2))
    assert (result.n_surroundings, result.candidates[0].surroundings_score) == (0, None)
    assert result.candidates[0].face_score == result.candidates[0].score
    with pytest.raises(BugError, match="several models"):
        GallerySearch(gallery).search_many(
            [unit(1), unit(2)], threshold=0.5, comparison=RULE, surroundings=[around(1), around(1, "other:1")]
        )


def test_a_mean_face_of_another_length_is_refused_and_an_empty_gallery_answers(gallery: Gallery) -> None:
    rule = Comparison(centre=(0.1,) * (DIM + 1), knee=0.2, share=0.5)
    result = GallerySearch(gallery).search(unit(1), threshold=0.5, comparison=rule, surroundings=around(2))
    assert (result.candidates, result.n_surroundings) == ((), 0)
    add(gallery, gallery.add_person("A", actor="ann"), unit(1))
    with pytest.raises(EmbedderMismatchError, match="mean face"):
        GallerySearch(gallery).search(unit(1), threshold=0.5, comparison=rule)


def test_surroundings_of_another_length_by_the_same_model_are_a_bug(gallery: Gallery) -> None:
    person = gallery.add_person("A", actor="ann")
    add(gallery, person, unit(1), surroundings=around(1))
    with pytest.raises(BugError, match="length 8"):
        add(gallery, person, unit(2), surroundings=around(1, dim=8))
    with pytest.raises(BugError, match="unit vector"):
        add(gallery, person, unit(2), surroundings=Surroundings(embedding=np.ones(4, np.float32), model_id=READER))


def test_a_gallery_of_schema_4_is_brought_up_to_date_and_searched(tmp_path: Path) -> None:
    path = tmp_path / "old.db"
    write_version_1(path, name="Grace Hopper", embedding=unit(5))
    with closing(sqlite3.connect(path)) as conn:
        for script in MIGRATIONS[1:4]:
            conn.executescript(script)
        conn.execute("PRAGMA user_version = 4")
        conn.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        before = conn.execute("SELECT * FROM templates").fetchall()
        conn.commit()
    with Gallery.open(path, create=False, embedder_id=EMBEDDER) as gallery:
        assert rows_of(gallery) == [(*row, None, None) for row in before]
        result = GallerySearch(gallery).search(unit(5), threshold=0.9, comparison=RULE, surroundings=around(1))
        assert ([c.name for c in result.above_threshold], result.n_surroundings) == (["Grace Hopper"], 0)
        assert gallery.add_surroundings(1, (b"h" * 32).hex(), around(1), actor="ann") == 1
        again = GallerySearch(gallery).search(unit(5), threshold=0.9, comparison=RULE, surroundings=around(1))
        assert again.n_surroundings == 1
    assert [p.name for p in backups_of(path)] == ["old.db.v4.bak"]


def test_a_photo_handed_in_again_gets_its_surroundings_once(gallery: Gallery, tmp_path: Path) -> None:
    path = write_photo(tmp_path / "a.png", 1)
    first = enrol_photo(gallery, StandInTemplater(), path, name="Ann", actor="ann")
    (before,) = rows_of(gallery)
    reading = StandInTemplater(READER)
    done = enrol_photo(gallery, reading, path, name="Ann", actor="bob")
    assert (done.status, done.person_id, done.template_id) == (
        EnrolStatus.SURROUNDINGS_ADDED,
        first.person_id,
        first.template_id,
    )
    (after,) = rows_of(gallery)
    assert after[:-2] == before[:-2], "the embedding stays"
    assert after[-2] is not None
    last = gallery.audit()[-1]
    assert (last.action, last.actor, last.person_id) == (GalleryAction.SURROUNDINGS_ADDED, "bob", first.person_id)
    for templater in (reading, StandInTemplater()):
        asked = templater.n_asked
        with pytest.raises(PhotoRefusedError, match="already"):
            enrol_photo(gallery, templater, path, name="Ann", actor="bob")
        assert templater.n_asked == asked
    changed = enrol_photo(gallery, StandInTemplater("surroundings:of-other-weights"), path, name="Ann", actor="bob")
    assert changed.status is EnrolStatus.SURROUNDINGS_ADDED
    assert gallery.person(first.person_id or 0).n_templates == 1


def test_an_import_run_again_adds_surroundings_and_then_nothing(gallery: Gallery, tmp_path: Path) -> None:
    for i in range(1, 6):
        write_photo(tmp_path / "p" / f"Person {i % 2}" / f"{i}.png", i)

    def statuses(templater: StandInTemplater) -> list[EnrolStatus]:
        return [o.status for o in import_folder(gallery, templater, tmp_path / "p", actor="ann", batch_size=2)]

    assert statuses(StandInTemplater()) == [EnrolStatus.ENROLLED] * 5
    write_photo(tmp_path / "p" / "Person 0" / "9.png", 9)
    assert sorted(statuses(StandInTemplater(READER))) == [EnrolStatus.ENROLLED] + [EnrolStatus.SURROUNDINGS_ADDED] * 5
    again = StandInTemplater(READER)
    assert statuses(again) == [EnrolStatus.ALREADY_ENROLLED] * 6
    assert again.n_asked == 0


def test_a_merge_hands_surroundings_on_and_its_undo_takes_them_back(gallery: Gallery) -> None:
    keep, absorb = (gallery.add_person(name, actor="ann") for name in "AB")
    add(gallery, keep, unit(1), photo_sha256=SHA)
    add(gallery, absorb, unit(1), photo_sha256=SHA, surroundings=around(1))
    add(gallery, absorb, unit(2), photo_sha256=OTHER_SHA, surroundings=around(2))
    before = rows_of(gallery)
    merge = gallery.merge_people(keep, absorb, actor="ann")
    kept, moved = rows_of(gallery)
    assert (kept[-2:], moved[-2:]) == (before[1][-2:], before[2][-2:])
    gallery.undo_merge(merge, actor="ann")
    assert rows_of(gallery) == before


def test_copies_and_encryption_carry_surroundings(gallery: Gallery, tmp_path: Path) -> None:
    add(gallery, gallery.add_person("A", actor="ann"), unit(1), surroundings=around(1))
    before = rows_of(gallery)
    copy_gallery(gallery, tmp_path / "copy.db", actor="ann")
    with Gallery.open(tmp_path / "copy.db", create=False, embedder_id=EMBEDDER) as copy:
        assert rows_of(copy) == before
    gallery.close()
    pytest.importorskip("sqlcipher3")
    encrypt_gallery(gallery.path, passphrase="a passphrase of the tests", actor="ann")
    key = unlock(gallery.path, "a passphrase of the tests")
    with Gallery.open(gallery.path, create=False, embedder_id=EMBEDDER, key=key) as encrypted:
        assert rows_of(encrypted) == before
        found = GallerySearch(encrypted).search(unit(1), threshold=0.5, comparison=RULE, surroundings=around(1))
        assert found.candidates[0].surroundings_score == pytest.approx(1, abs=1e-6)
