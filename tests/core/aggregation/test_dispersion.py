"""How far frames of one person and of several lie apart, and what a finding says of it."""

from dataclasses import replace

import numpy as np
import pytest

from core.aggregation.decision import MAX_DISPERSION, identity_finding
from core.aggregation.template import aggregate
from core.domain.arrays import FloatArray
from core.domain.comparison import Comparison
from core.domain.identity import Decision, GalleryMatch, IdentityFinding, Role, SearchResult
from tests.builders_calibration import calibration

MEAN_FACE = 0.9 * np.eye(64)[0]
CENTRED = Comparison(centre=tuple(MEAN_FACE))


def frames(person: int, count: int, spread: float = 0.1) -> FloatArray:
    """(count, 64): as from an embedder whose vectors all hold one mean face, people at right angles from it."""
    noise = np.random.default_rng(person).normal(0, spread / 8, (count, 64))
    vectors = MEAN_FACE + 0.44 * (np.eye(64)[person] + noise)
    return (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)


def finding(vectors: FloatArray, *, is_photo: bool = False) -> IdentityFinding:
    weights = np.ones(len(vectors), np.float32)
    template, kept = aggregate(vectors, weights, Role.SOURCE, "e:1", CENTRED)
    match = GalleryMatch(
        person_id=1, name="P", score=0.95, rank=1, photo_sha256="", thumbnail_png=b"", gallery_revision=1
    )
    search = SearchResult(candidates=(match,), threshold=0.7, n_people=2, n_templates=2, gallery_revision=1)
    table = replace(calibration(), comparison=CENTRED)
    return identity_finding(Role.SOURCE, template, search, kept, is_still=False, calibration=table, is_photo=is_photo)


@pytest.mark.parametrize("half", [2, 4, 8])
def test_frames_of_two_people_half_and_half_are_told(half: int) -> None:
    mixed = np.concatenate([frames(1, half), frames(2, half)])
    told = finding(mixed)
    assert told.template is not None and told.template.dispersion > max(MAX_DISPERSION.values())
    assert told.decision is Decision.INCONCLUSIVE and "the frames disagree" in told.reason
    plain, _ = aggregate(mixed, np.ones(2 * half, np.float32), Role.SOURCE, "e:1")
    assert plain.dispersion < 0.12, "plain cosines hardly tell people apart"


def test_frames_of_one_person_agree() -> None:
    told = finding(frames(1, 8))
    assert told.template is not None and told.template.dispersion < 0.1
    assert told.decision is Decision.SUPPORTED


def test_a_stranger_among_frames_is_an_outlier_and_the_template_is_as_without() -> None:
    told = finding(np.concatenate([frames(1, 7), frames(2, 1)])).template
    assert told is not None and (told.n_frames, told.n_outliers) == (7, 1)
    alone, _ = aggregate(frames(1, 7), np.ones(7, np.float32), Role.SOURCE, "e:1", CENTRED)
    np.testing.assert_allclose(told.embedding, alone.embedding, atol=1e-6)


def test_the_face_as_filmed_may_spread_further_than_what_is_stated_of_it() -> None:
    assert MAX_DISPERSION["photo"] > MAX_DISPERSION["source"]
    between = frames(1, 8, spread=0.8)
    template, _ = aggregate(between, np.ones(8, np.float32), Role.SOURCE, "e:1", CENTRED)
    assert MAX_DISPERSION["source"] < template.dispersion < MAX_DISPERSION["photo"]
    assert "the frames disagree" in finding(between).reason
    assert "the frames disagree" not in finding(between, is_photo=True).reason
