"""The calibration of a recovery model: error rates, likelihood ratios and thresholds, from validation people only.

Recovered sources, recovered targets and photographs are measured apart, since rates of photographs do not transfer to
recovered faces. Terms are those of ISO/IEC 19795-1; see `core.domain.calibration`.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from core.aggregation.record_json import record_json
from core.domain.calibration import Calibration
from core.domain.identity import Role
from core.evaluation.comparisons import Photographs
from core.evaluation.demography import group_labels
from core.evaluation.fake_rates import FakeScores, fake_rates
from core.evaluation.people import WITH_CONTEXT
from core.evaluation.probes import Probes, pair_by_pose, pair_forger, recover_pairs
from core.evaluation.role_rates import FRAMES, PHOTOS_A_PERSON, first_of_each, photo_role, recovered_role
from core.evaluation.rule import fit_comparison, without_each_group
from core.evaluation.validation import POPULATION
from core.recovery.recoverer import FaceRecoverer
from core.recovery.surroundings import SurroundingsReader
from core.training.corpus import FaceCorpus

METHOD = (
    "Templates are made of 1, 2, 4 and 8 forgeries of one pair of photographs, which differ in blending, colour, "
    "framing and compression. Frames of a clip share what these draw anew, so that a clip gains less from its frames "
    "than rates and ratios by frames say; pose and expression do not change.",
    "False matches are counted against one photograph each of people who are neither of the two in the forgery nor "
    "their relatives; how often the other of the two reaches the threshold is counted apart.",
    "Intervals are of 95 %: Wilson's, for the number of independent trials that a bootstrap over people finds the "
    "comparisons to be worth. Rates at rare false matches rest on few people.",
    "Rates of the fake score are of single frames: each half of the people at the thresholds that the other half "
    "gives. The application applies them to the median over a track.",
    "Likelihood ratios hold for one comparison with one photograph and for the population named. They are bounded "
    "(ELUB), and their cost Cllr is that of people whom the fit left out.",
    "Recovered targets are compared by what surrounds the face, too. Misses are counted against photographs of other "
    "occasions; against the very photograph behind the forgery they are counted apart.",
    "Scores are measured by a cohort of middles of training photographs, found without groups being known to it, but "
    "of the data sets whose people the groups are measured on. A group that it does not hold is crowded nearly as "
    "before: rates of three groups are given with none of them in the cohort, too, and support is held back by those.",
    "How the cohort is made and used was chosen with the rates of these people in sight.",
    "Rates by group use photographs of UTKFace and MEBeauty, one frame each, and the photograph behind the forgery; "
    "UTKFace's are cut so tight that the border of the crop is filled in.",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class CalibrationPlan:
    """How much is forged and recovered: ``2 * (pairs * 8 + group_pairs)`` faces.

    Attributes:
        pairs: of photographs of people, of whom as many as possible have another photograph.
        group_pairs: of photographs whose demographic group is named, one frame each.
        seed: of everything drawn.
    """

    pairs: int = 150
    group_pairs: int = 300
    seed: int = 20


def calibrate(
    recoverer: FaceRecoverer,
    corpus: FaceCorpus,
    fake: FakeScores,
    plan: CalibrationPlan | None = None,
    reader: SurroundingsReader | None = None,
) -> Calibration:
    """Measure everything; see the module.

    Args:
        recoverer: the model in the form the application runs.
        corpus: packed faces.
        fake: of `core.evaluation.validation.run_trials`, both kinds.
        plan: `CalibrationPlan()` when None.
        reader: of the surroundings of photographs, with the same weights; None where they read none.
    """
    plan = plan or CalibrationPlan()
    random = np.random.default_rng(plan.seed)
    photographs, labels = Photographs.of_validation(corpus, random, reader), group_labels(corpus)
    forger = pair_forger(corpus)

    def recovered(rows: NDArray[np.int64], most: int, n_frames: int) -> Probes | None:
        pairs = pair_by_pose(rows, forger.photographs.pose.numpy(), corpus.family, most, random)
        return recover_pairs(recoverer, forger, pairs, n_frames, plan.seed) if len(pairs) else None

    probes = recovered(probe_rows(corpus, photographs), plan.pairs, max(FRAMES))
    groups = recovered(photographs.rows[labels.is_named[photographs.rows]], plan.group_pairs, 1)
    comparison = fit_comparison(corpus, probes, photographs)
    apart = without_each_group(corpus, labels, comparison)
    measured = {
        role: recovered_role(
            role, probes, groups, photographs, labels, recoverer.embedder_id, comparison, apart, random
        )
        for role in Role
        if probes is not None
    }
    forgery = fake_rates(fake, np.random.default_rng(plan.seed + 1))
    return named_by_content(
        Calibration(
            calibration_id=f"validation-{recoverer.weights_sha256[:12]}",
            model_sha256=recoverer.weights_sha256,
            embedder_id=recoverer.embedder_id,
            population=POPULATION,
            method=METHOD,
            detector_sha256=recoverer.companion.weights_sha256 if recoverer.companion else "",
            fake_from=forgery.fake_from,
            real_below=forgery.real_below,
            fake_false_positive=forgery.false_positive,
            fake_false_negative=forgery.false_negative,
            fake_missed=forgery.missed,
            source=measured.get(Role.SOURCE),
            target=measured.get(Role.TARGET),
            photo=photo_role(corpus, photographs, labels, comparison, apart, random),
            comparison=comparison,
        )
    )


def named_by_content(calibration: Calibration) -> Calibration:
    """The same with an id that tells it from every other table of these weights."""
    content = json.dumps(record_json(calibration), sort_keys=True).encode()
    digest = hashlib.sha256(content).hexdigest()
    return replace(calibration, calibration_id=f"{calibration.of_weights}.{digest[:6]}")


def probe_rows(corpus: FaceCorpus, photographs: Photographs) -> NDArray[np.int64]:
    """Rows of photographs with context around the face, at most `PHOTOS_A_PERSON` a person.

    Those of people with another photograph come first, so that misses can be counted against that one.
    """
    has_context = np.isin(corpus.sets[photographs.rows], WITH_CONTEXT)
    several = photographs.with_mates
    first, rest = (
        first_of_each(photographs.rows[has_context & some], photographs.person_of, PHOTOS_A_PERSON)
        for some in (several, ~several)
    )
    return np.concatenate([first, rest])
