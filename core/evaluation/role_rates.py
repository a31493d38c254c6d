"""One kind of template measured: recovered sources, recovered targets, or photographs."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from core.domain.arrays import FloatArray
from core.domain.calibration import FrameTable, RoleCalibration, SubsetRates
from core.domain.comparison import Comparison
from core.domain.identity import Role
from core.evaluation.comparisons import Photographs, TemplateTrials
from core.evaluation.demography import GroupLabels
from core.evaluation.probes import Probes, crop_quality
from core.evaluation.rate_tables import band_rates, frame_table, gallery_sizes, genuine, group_rates
from core.training.corpus import PACKED_PX, SQUARE_OVER_CROP, FaceCorpus

FRAMES = (1, 2, 4, 8)
PHOTOS_A_PERSON = 3
NOT_HELD = "none of them in the cohort"
FORGERIES = (
    "validation people of LFW with several photographs (mostly white adults in press photographs), by group also of "
    "UTKFace and MEBeauty; forgeries blended by the training's own generator, no swaps by a network and no shifted "
    "faces, 224 px, degraded as in training"
)
PHOTOS = (
    "photographs of validation people of LFW and Families in the Wild, as enrolled (press photographs and family "
    "pictures, mostly of white adults), against another photograph of the person"
)


def recovered_role(
    role: Role,
    probes: Probes,
    groups: Probes | None,
    photographs: Photographs,
    labels: GroupLabels,
    embedder_id: str,
    comparison: Comparison,
    apart: Mapping[str, Comparison],
    random: np.random.Generator,
) -> RoleCalibration | None:
    """Rates of recovered sources or targets; None where no template has its true person among the photographs.

    Args:
        role: which of the two recovered identities.
        probes: forgeries with several frames.
        groups: forgeries of people whose group is named, a frame each; None without such people.
        photographs: to compare with.
        labels: groups of the corpus' rows.
        embedder_id: of the embedder whose space the vectors live in.
        comparison: the rule of the application.
        apart: the rule with a cohort that holds none of a group, by group.
        random: of every draw.
    """
    tables: list[FrameTable] = []
    trials: list[TemplateTrials] = []
    for n_frames in FRAMES:
        found, _ = _compared(role, probes, n_frames, photographs, embedder_id, comparison)
        if len(found.scores) > 1 and genuine(found)[0].counted.any():
            tables.append(frame_table(n_frames, found, random))
            trials.append(found)
    if not tables:
        return None
    at = tables[0].point.threshold
    by_group: tuple[SubsetRates, ...] = ()
    if groups is not None:
        single, places = _compared(role, groups, 1, photographs, embedder_id, comparison)
        without = {name: _compared(role, groups, 1, photographs, embedder_id, rule)[0] for name, rule in apart.items()}
        by_group = _by_group(single, without, groups.rows(role)[places], photographs, labels, at, random)
    return RoleCalibration(
        population=FORGERIES,
        tables=tuple(tables),
        quality=_by_sharpness(role, probes, photographs, comparison, at, random),
        groups=by_group,
        galleries=gallery_sizes(trials[-1], tables[-1].point, random),
    )


def photo_role(
    corpus: FaceCorpus,
    photographs: Photographs,
    labels: GroupLabels,
    comparison: Comparison,
    apart: Mapping[str, Comparison],
    random: np.random.Generator,
) -> RoleCalibration | None:
    """Rates of photographs as they are, of people who have another one; None where hardly anybody has."""
    rows = first_of_each(photographs.rows[photographs.with_mates], photographs.person_of, PHOTOS_A_PERSON)
    trials = TemplateTrials.compare(corpus.embedding[rows], rows, None, photographs, comparison)
    if not trials.mates.any():
        return None
    trials = trials.without_same_photo()
    table = frame_table(1, trials, random)
    at = table.point.threshold
    named = photographs.rows[labels.is_named[photographs.rows]]

    def compared(rule: Comparison) -> TemplateTrials:
        return TemplateTrials.compare(corpus.embedding[named], named, None, photographs, rule).without_same_photo()

    without = {name: compared(rule) for name, rule in apart.items()}
    return RoleCalibration(
        population=PHOTOS,
        tables=(table,),
        quality=band_rates(trials, np.array([_photo_sharpness(corpus, row) for row in rows], np.float32), at, random),
        groups=_by_group(compared(comparison), without, named, photographs, labels, at, random),
        galleries=gallery_sizes(trials, table.point, random),
    )


def first_of_each(rows: NDArray[np.int64], person_of: NDArray[np.int64], most: int) -> NDArray[np.int64]:
    """The first `most` of `rows` of each person, in order."""
    seen: dict[int, int] = {}
    kept = []
    for row in rows.tolist():
        person = int(person_of[row])
        seen[person] = seen.get(person, 0) + 1
        if seen[person] <= most:
            kept.append(row)
    return np.array(kept, np.int64)


def _compared(
    role: Role,
    probes: Probes,
    n_frames: int,
    photographs: Photographs,
    embedder_id: str,
    comparison: Comparison,
) -> tuple[TemplateTrials, NDArray[np.int64]]:
    """Trials of templates of so many frames, and their places among the probes."""
    made = probes.templates(role, n_frames, embedder_id, comparison)
    other = Role.TARGET if role is Role.SOURCE else Role.SOURCE
    own_rows, other_rows = probes.rows(role)[made.places], probes.rows(other)[made.places]
    trials = TemplateTrials.compare(made.embeddings, own_rows, other_rows, photographs, comparison, made.surroundings)
    return trials, made.places


def _by_sharpness(
    role: Role,
    probes: Probes,
    photographs: Photographs,
    comparison: Comparison,
    threshold: float,
    random: np.random.Generator,
) -> tuple[SubsetRates, ...]:
    """Every frame as a template of its own; those below the gate too, which the application excludes."""
    other = Role.TARGET if role is Role.SOURCE else Role.SOURCE
    n_frames = probes.quality.shape[1]
    vectors: FloatArray = probes.vectors(role).reshape(-1, probes.source.shape[2])
    own, others = (np.repeat(probes.rows(r), n_frames) for r in (role, other))
    around: FloatArray | None = None
    if role is Role.TARGET and probes.surroundings.shape[2]:
        around = probes.surroundings.reshape(len(vectors), -1)
    trials = TemplateTrials.compare(vectors, own, others, photographs, comparison, around)
    return band_rates(trials, probes.sharpness.reshape(-1), threshold, random)


def _by_group(
    trials: TemplateTrials,
    without: Mapping[str, TemplateTrials],
    rows: NDArray[np.int64],
    photographs: Photographs,
    labels: GroupLabels,
    threshold: float,
    random: np.random.Generator,
) -> tuple[SubsetRates, ...]:
    """By origin and gender; of some origins also what a cohort that holds none of them gives."""
    named = [
        rates
        for column in (labels.origin, labels.gender)
        for rates in group_rates(trials, column[rows], column[photographs.rows], threshold, random)
    ]
    for name, apart in without.items():
        mine, theirs = (
            np.where(labels.origin[of] == name, f"{name}, {NOT_HELD}", "") for of in (rows, photographs.rows)
        )
        named += group_rates(apart, mine, theirs, threshold, random)
    return tuple(named)


def _photo_sharpness(corpus: FaceCorpus, row: int) -> float:
    """Sharpness of a photograph at the size of the recovery's crop."""
    import cv2

    margin = round(PACKED_PX * (1 - 1 / SQUARE_OVER_CROP) / 2)
    inner = np.ascontiguousarray(corpus.images[row][margin : PACKED_PX - margin, margin : PACKED_PX - margin])
    return crop_quality(cv2.resize(inner, (224, 224), interpolation=cv2.INTER_LINEAR)).sharpness
