from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from gallery_builders import DIM, EMBEDDER, add, make_gallery, unit
from hypothesis import given, settings
from hypothesis import strategies as st

from core.domain.arrays import FloatArray
from core.domain.comparison import Comparison, cohort_text
from core.errors import BugError, EmbedderMismatchError
from core.gallery.matrix import TemplateMatrix
from core.gallery.records import GalleryAction
from core.gallery.search import GallerySearch
from core.gallery.store import Gallery


def matrix_of(embeddings: FloatArray, person_ids: np.ndarray) -> TemplateMatrix:
    return TemplateMatrix(
        embeddings=embeddings,
        person_ids=person_ids.astype(np.int64),
        template_ids=np.arange(1, len(person_ids) + 1),
        revision=1,
        n_people=len(set(person_ids.tolist())),
    )


def naive(matrix: TemplateMatrix, query: FloatArray, k: int) -> list[tuple[int, int, float]]:
    """Score every template, keep everybody's best, sort everybody: (person, template, score)."""
    best: dict[int, tuple[float, int]] = {}
    for row, (person, template) in enumerate(zip(matrix.person_ids, matrix.template_ids, strict=True)):
        score = float(np.dot(matrix.embeddings[row].astype(np.float64), query.astype(np.float64)))
        if int(person) not in best or score > best[int(person)][0]:
            best[int(person)] = (score, int(template))
    ranked = sorted(best.items(), key=lambda item: (-item[1][0], item[0]))[:k]
    return [(person, template, min(1.0, score)) for person, (score, template) in ranked]


def found(matrix: TemplateMatrix, query: FloatArray, k: int) -> list[tuple[int, int, float]]:
    (hits,) = matrix.best_people(query[None], k)
    return [(h.person_id, h.template_id, h.score) for h in hits]


@settings(max_examples=60, deadline=None)
@given(
    seed=st.integers(0, 2**32 - 1),
    n_rows=st.integers(1, 5000),
    n_people=st.integers(1, 300),
    k=st.integers(1, 40),
    n_distinct=st.integers(1, 60),
)
def test_equals_the_naive_search_also_among_ties(
    seed: int, n_rows: int, n_people: int, k: int, n_distinct: int
) -> None:
    """Entries of +-1/4 in 16 dimensions: unit vectors whose products are exact, so that ties abound."""
    rng = np.random.default_rng(seed)
    distinct = rng.choice(np.array([-0.25, 0.25], np.float32), (n_distinct, DIM))
    matrix = matrix_of(distinct[rng.integers(n_distinct, size=n_rows)], rng.integers(1, n_people + 1, n_rows))
    query = rng.choice(np.array([-0.25, 0.25], np.float32), DIM)
    assert found(matrix, query, k) == naive(matrix, query, k)


@pytest.mark.parametrize("order", ["random", "rising", "falling"])
def test_equals_the_naive_search_on_many_real_valued_templates(order: str) -> None:
    rng = np.random.default_rng(3)
    embeddings = rng.standard_normal((40_000, 64)).astype(np.float32)
    embeddings /= np.linalg.norm(embeddings, axis=1, keepdims=True)
    query = unit(4, 64)
    if order != "random":
        rank = np.argsort(embeddings @ query)
        embeddings = np.ascontiguousarray(embeddings[rank if order == "rising" else rank[::-1]])
    matrix = matrix_of(embeddings, rng.integers(1, 9_000, len(embeddings)))
    ours, reference = found(matrix, query, 10), naive(matrix, query, 10)
    assert [hit[:2] for hit in ours] == [hit[:2] for hit in reference]
    np.testing.assert_allclose([h[2] for h in ours], [h[2] for h in reference], atol=1e-12)


def test_scores_do_not_depend_on_company_or_place() -> None:
    """The same template must score the same to the last bit wherever it lies and however many are asked."""
    rng = np.random.default_rng(5)
    template, query = unit(6, 128), unit(7, 128)
    scores = set()
    for n_before in (0, 1, 7, 1023, 1500):
        others = np.stack([unit(rng, 128) for _ in range(n_before + 3)])
        embeddings = np.concatenate([others[:n_before], template[None], others[n_before:]])
        matrix = matrix_of(embeddings, np.arange(1, len(embeddings) + 1))
        for n_queries in (1, 3):
            hits = matrix.best_people(np.stack([query] * n_queries), len(embeddings))
            scores |= {h.score for ranked in hits for h in ranked if h.person_id == n_before + 1}
    assert len(scores) == 1


def test_a_person_with_many_templates_counts_once() -> None:
    query = unit(1)
    close = np.stack([query + 0.01 * unit(i) for i in range(3000)]).astype(np.float32)
    close /= np.linalg.norm(close, axis=1, keepdims=True)
    far = np.stack([unit(100 + i) for i in range(5)])
    matrix = matrix_of(np.concatenate([close, far]), np.array([7] * 3000 + [1, 2, 3, 4, 5]))
    assert found(matrix, query, 3) == naive(matrix, query, 3)
    assert len(found(matrix, query, 10)) == 6


@pytest.fixture
def gallery(tmp_path: Path):
    with make_gallery(tmp_path / "g.db") as opened:
        for i in range(20):
            person = opened.add_person(f"Person {i}", note="", basis="", actor="ann")
            for j in range(2):
                add(opened, person, unit(100 * i + j), photo_sha256=f"{i:02x}{j:02x}" * 16)
        yield opened


def test_candidates_are_ranked_and_carry_what_a_report_shows(gallery: Gallery) -> None:
    result = GallerySearch(gallery, actor="bob").search(unit(301), k=5, threshold=0.9)
    first = result.candidates[0]
    assert (first.person_id, first.name, first.rank) == (4, "Person 3", 1)
    assert first.score == pytest.approx(1.0, abs=1e-6)
    assert first.photo_sha256 == "0301" * 16  # the photo behind the best template, not just any of the person's
    assert [c.rank for c in result.candidates] == [1, 2, 3, 4, 5]
    assert len({c.person_id for c in result.candidates}) == 5
    assert [c.score for c in result.candidates] == sorted((c.score for c in result.candidates), reverse=True)
    assert result.above_threshold == (first,)
    assert (result.n_people, result.n_templates) == (20, 40)
    assert result.gallery_revision == first.gallery_revision == gallery.revision


@pytest.mark.parametrize("k", [1, 3, 20, 50])
def test_all_people_above_the_threshold_are_counted_however_few_are_asked_for(gallery: Gallery, k: int) -> None:
    search = GallerySearch(gallery)
    scores = sorted((c.score for c in search.search(unit(301), k=20, threshold=2.0).candidates), reverse=True)
    for n in (0, 1, 2, 7, 20):
        threshold = 1.1 if n == 0 else scores[n - 1]
        found = search.search(unit(301), k=k, threshold=threshold)
        assert (found.n_above, len(found.candidates)) == (n, min(k, 20))
        assert found.gallery_id == gallery.gallery_id != ""


def test_a_threshold_may_depend_on_how_many_templates_are_searched(gallery: Gallery) -> None:
    found = GallerySearch(gallery).search(unit(301), k=1, threshold=lambda n_templates: n_templates / 50)
    assert found.threshold == 0.8 and found.n_templates == 40
    assert (found.n_above, found.above_threshold) == (1, found.candidates)


def test_nobody_above_the_threshold_is_an_answer(gallery: Gallery) -> None:
    result = GallerySearch(gallery).search(unit(9999), threshold=0.99)
    assert result.above_threshold == ()
    assert len(result.candidates) == 10


def test_an_empty_gallery_answers_with_nobody(tmp_path: Path) -> None:
    with make_gallery(tmp_path / "g.db") as gallery:
        gallery.add_person("Without a photo", actor="ann")
        result = GallerySearch(gallery).search(unit(1), threshold=0.5)
    assert (result.candidates, result.n_people, result.n_templates) == ((), 0, 0)


def test_the_search_follows_changes_by_another_connection(gallery: Gallery) -> None:
    search = GallerySearch(gallery)
    assert search.search(unit(777), threshold=0.9).above_threshold == ()
    with Gallery.open(gallery.path, create=False, embedder_id=EMBEDDER) as other:
        person = other.add_person("Late", actor="ann")
        add(other, person, unit(777))
        assert [c.name for c in search.search(unit(777), threshold=0.9).above_threshold] == ["Late"]
        other.rename(person, "Later", actor="ann")
        assert [c.name for c in search.search(unit(777), threshold=0.9).above_threshold] == ["Later"]


def test_many_at_once_answers_as_one_by_one(gallery: Gallery) -> None:
    search = GallerySearch(gallery)
    queries = np.stack([unit(i) for i in (0, 100, 5000, 1901, *range(6000, 6030))])
    many = search.search_many(queries, k=4, threshold=0.5)
    assert many == [search.search(q, k=4, threshold=0.5) for q in queries]
    assert search.search_many([], threshold=0.5) == []


def test_each_lookup_is_logged_by_whom_and_what_for_without_names(gallery: Gallery) -> None:
    GallerySearch(gallery, actor="bob", purpose="case 12/26").search_many([unit(0), unit(100)], threshold=0.9)
    lookups = [e for e in gallery.audit() if e.action == GalleryAction.LOOKUP]
    assert [(e.actor, e.basis) for e in lookups] == [("bob", "case 12/26")] * 2
    assert "person 1 1.000" in lookups[0].detail
    assert "person 2 1.000" in lookups[1].detail
    assert not any("Person" in e.detail for e in lookups)
    GallerySearch(gallery).search(unit(0), threshold=0.9)
    assert gallery.audit()[-1].actor  # nobody named: the operating system's account


def test_vectors_of_another_embedder_are_never_compared(gallery: Gallery) -> None:
    search = GallerySearch(gallery)
    with pytest.raises(EmbedderMismatchError, match="other@2"):
        search.search(unit(1), threshold=0.5, embedder_id="other@2")
    with pytest.raises(EmbedderMismatchError, match="length"):
        search.search(unit(1, DIM * 2), threshold=0.5, embedder_id=EMBEDDER)
    assert not [e for e in gallery.audit() if e.action == GalleryAction.LOOKUP]


@pytest.mark.parametrize(("query", "k"), [(np.zeros(DIM, np.float32), 5), (unit(1), 0)])
def test_senseless_questions_are_bugs(gallery: Gallery, query: FloatArray, k: int) -> None:
    with pytest.raises(BugError):
        GallerySearch(gallery).search(query, k=k, threshold=0.5)


def test_scores_are_measured_by_the_cohort_and_ranks_stay(tmp_path: Path) -> None:
    random = np.random.default_rng(5)
    centre = tuple((0.1 * random.standard_normal(DIM)).tolist())
    plain = Comparison(centre=centre)
    measuring = Comparison(centre=centre, cohort=cohort_text(np.stack([unit(random) for _ in range(40)])), nearest=5)
    probe = unit(random)
    with make_gallery(tmp_path / "gallery.db") as gallery:
        for number in range(30):
            add(gallery, gallery.add_person(f"Person {number}", actor="ann"), unit(random))
        search = GallerySearch(gallery)
        as_cosines = search.search(probe, k=30, threshold=0.2, comparison=plain)
        measured = search.search(probe, k=30, threshold=0.2, comparison=measuring)

    assert as_cosines.cohort_cosine is None and measured.cohort_cosine is not None
    assert [c.person_id for c in measured.candidates] == [c.person_id for c in as_cosines.candidates]
    expected = [1 - (1 - c.score) / (1 - measured.cohort_cosine) for c in as_cosines.candidates]
    assert [c.score for c in measured.candidates] == pytest.approx(expected, abs=1e-6)
    assert measured.n_above == sum(score >= 0.2 for score in expected) < as_cosines.n_above_threshold
