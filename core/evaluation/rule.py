"""The rule by which the application compares templates, fitted: mean face, cohort, knee of surroundings."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from core.domain.arrays import FloatArray
from core.domain.comparison import PLAIN, Comparison, cohort_text
from core.domain.identity import Role
from core.evaluation.comparisons import Photographs, TemplateTrials
from core.evaluation.demography import GroupLabels
from core.evaluation.people import WITH_CONTEXT
from core.evaluation.probes import Probes
from core.training.corpus import FaceCorpus

RARE = 0.01
"""Share of strangers whose surroundings reach the knee."""
SHARE = 0.5
"""Of what is missing to 1: see docs/decisions/0017-comparison.md for what others gave."""
COHORT = 512
"""Middles of groups of alike people: see docs/decisions/0022-cohort.md for what others gave."""
LEAST_PEOPLE = 5
"""A middle of fewer people would be the face of one of them."""
SAME_FACE = 0.85
"""Cosine from which two photographs may show one person: the data sets do not name everybody."""
SEED = 20
ROWS_AT_ONCE = 1024
LEAST_IN_GROUP = 500
WELL_KNOWN = ("white or caucasian",)
"""Most of the press photographs show them: a cohort without those that are named so still holds them."""


def mean_face(corpus: FaceCorpus) -> tuple[float, ...]:
    """`FaceCorpus.mean_embedding` to six decimals, as it is written down."""
    return tuple(round(float(value), 6) for value in corpus.mean_embedding)


def cohort_of(
    corpus: FaceCorpus, centre: tuple[float, ...], count: int = COHORT, without: NDArray[np.bool_] | None = None
) -> str:
    """What `Comparison.cohort` holds: middles of training people who are alike, a photograph of each.

    Found by k-means (k-means++, Arthur and Vassilvitskii 2007); middles of fewer than `LEAST_PEOPLE` are left out. Of
    photographs that may show one person under two names the first one counts.

    Args:
        corpus: packed faces; people of the validation set take no part.
        centre: the mean face.
        count: middles to look for.
        without: (N,) photographs that take no part, for example of one group; None for none.

    Returns:
        '' where there are too few people to be divided.
    """
    import cv2

    rows = np.flatnonzero(~corpus.is_validation if without is None else ~corpus.is_validation & ~without)
    rows = rows[np.unique(corpus.identity[rows], return_index=True)[1]]
    if len(rows) < LEAST_PEOPLE * count:
        return ""
    faces = Comparison(centre=centre).centred(corpus.embedding[rows])
    faces = faces[_first_of_each_face(faces)]
    cv2.setRNGSeed(SEED)
    stop = (cv2.TERM_CRITERIA_MAX_ITER, 50, 0.0)
    _, labels, found = cv2.kmeans(faces, count, np.empty(0, np.int32), stop, 1, cv2.KMEANS_PP_CENTERS)
    kept: FloatArray = found[np.bincount(labels[:, 0], minlength=count) >= LEAST_PEOPLE]
    return cohort_text(kept / np.linalg.norm(kept, axis=1, keepdims=True))


def _first_of_each_face(faces: FloatArray) -> NDArray[np.bool_]:
    """(N,) False for unit vectors (N, D) that an earlier one is as alike as `SAME_FACE`."""
    is_first = np.ones(len(faces), bool)
    for start in range(0, len(faces), ROWS_AT_ONCE):
        part = faces[start : start + ROWS_AT_ONCE]
        alike = part @ faces[: start + len(part)].T >= SAME_FACE
        is_first[start : start + len(part)] = ~np.tril(alike, start - 1).any(axis=1)
    return is_first


def fit_comparison(corpus: FaceCorpus, probes: Probes | None, photographs: Photographs) -> Comparison:
    """The rule for a recovery model.

    The knee is what one in a hundred strangers' surroundings reach, counted over single frames and photographs with
    context around the face: those of tight photographs are alike nobody's.

    Args:
        corpus: packed faces.
        probes: of validation people; None, or of a network that reads no surroundings, leaves these out.
        photographs: of validation people, with surroundings.
    """
    centre = mean_face(corpus)
    by_face = Comparison(centre=centre, cohort=cohort_of(corpus, centre))
    if probes is None or not probes.surroundings.shape[2] or photographs.surroundings is None:
        return by_face
    own, other = (probes.rows(role) for role in (Role.TARGET, Role.SOURCE))
    around = replace(photographs, vectors=photographs.surroundings)
    trials = TemplateTrials.compare(probes.surroundings[:, 0], own, other, around, PLAIN)
    cosines = trials.scores[trials.strangers & np.isin(corpus.sets[photographs.rows], WITH_CONTEXT)[None, :]]
    if not cosines.size:
        return by_face
    return replace(by_face, knee=round(float(np.quantile(cosines, 1 - RARE)), 4), share=SHARE)


def without_each_group(corpus: FaceCorpus, labels: GroupLabels, comparison: Comparison) -> dict[str, Comparison]:
    """By group with people enough: the rule with a cohort that holds none of the group, as it may hold none of others.

    Args:
        corpus: packed faces.
        labels: of its rows.
        comparison: the rule of the application; without a cohort nothing can be left out.
    """
    if not comparison.cohort:
        return {}
    trained = labels.origin[~corpus.is_validation & (labels.origin != "") & ~np.isin(labels.origin, WELL_KNOWN)]
    rules = {}
    for name, count in zip(*np.unique(trained, return_counts=True), strict=True):
        if count >= LEAST_IN_GROUP:
            cohort = cohort_of(corpus, comparison.centre, COHORT, without=labels.origin == name)
            if cohort:
                rules[str(name)] = replace(comparison, cohort=cohort)
    return rules
