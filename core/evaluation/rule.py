"""The rule by which the application compares templates, fitted: mean face, and from where surroundings count."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from core.domain.comparison import PLAIN, Comparison
from core.domain.identity import Role
from core.evaluation.comparisons import Photographs, TemplateTrials
from core.evaluation.people import WITH_CONTEXT
from core.evaluation.probes import Probes
from core.training.corpus import FaceCorpus

RARE = 0.01
"""Share of strangers whose surroundings reach the knee."""
SHARE = 0.5
"""Of what is missing to 1: see docs/decisions/0017-comparison.md for what others gave."""


def mean_face(corpus: FaceCorpus) -> tuple[float, ...]:
    """`FaceCorpus.mean_embedding` to six decimals, as it is written down."""
    return tuple(round(float(value), 6) for value in corpus.mean_embedding)


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
    if probes is None or not probes.surroundings.shape[2] or photographs.surroundings is None:
        return Comparison(centre=centre)
    own, other = (probes.rows(role) for role in (Role.TARGET, Role.SOURCE))
    around = replace(photographs, vectors=photographs.surroundings)
    trials = TemplateTrials.compare(probes.surroundings[:, 0], own, other, around, PLAIN)
    cosines = trials.scores[trials.strangers & np.isin(corpus.sets[photographs.rows], WITH_CONTEXT)[None, :]]
    if not cosines.size:
        return Comparison(centre=centre)
    return Comparison(centre=centre, knee=round(float(np.quantile(cosines, 1 - RARE)), 4), share=SHARE)
