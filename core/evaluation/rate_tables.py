"""Tables of a calibration from trials: rates over thresholds, by gallery size, by sharpness, by group."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray
from scipy.special import gammaln

from core.aggregation.caveats import has_enough, too_few
from core.aggregation.thresholds import false_positive_identification_rate
from core.domain.arrays import FloatArray
from core.domain.calibration import (
    ANOTHER_PHOTOGRAPH,
    FALSE_MATCH_AIM,
    SAME_PHOTOGRAPH,
    FrameTable,
    GallerySize,
    OperatingPoint,
    Rate,
    StricterRate,
    SubsetRates,
)
from core.evaluation.comparisons import TemplateTrials
from core.evaluation.intervals import (
    DRAWS,
    Comparisons,
    design_effects,
    effective_wilson,
    person_weights,
    share_at_or_above,
    share_below,
)
from core.evaluation.likelihood import MIN_PEOPLE, fit_likelihood_ratios

AIMS = (0.01, 0.001, 0.0001)
BANDS = ((0.0, "blurred"), (20.0, "soft"), (70.0, "sharp"))
"""Lower ends of sharpness: compressed talking heads lie at 20 to 70 (`core.detection.quality.QualityGate`)."""
GROUP_STEP = 0.05
"""Between the thresholds at which groups are measured, in scores."""
GALLERY_SIZES = (10, 30, 100, 300, 1000)
_CURVE_MATCH, _CURVE_NON_MATCH = 26, 16


def frame_table(n_frames: int, trials: TemplateTrials, random: np.random.Generator) -> FrameTable:
    """Rates of templates of `n_frames` frames, thresholds at the aimed false match rates, likelihood ratios."""
    different, (same, mates) = trials.of(trials.strangers), genuine(trials)
    aimed = {aim: threshold_for(different.values, aim) for aim in AIMS if different.counted.sum() * aim >= 1}
    aimed.setdefault(FALSE_MATCH_AIM, threshold_for(different.values, FALSE_MATCH_AIM))
    grid = curve_thresholds(different.values, same.values)
    thresholds = np.concatenate([grid, list(aimed.values())]).astype(np.float32)
    pairs = zip(
        thresholds,
        share_at_or_above(different, thresholds, random),
        share_below(same, thresholds, random),
        strict=True,
    )
    found = [OperatingPoint(threshold=round(float(t), 4), false_match=m, false_non_match=n) for t, m, n in pairs]
    points = dict(zip(aimed, found[len(grid) :], strict=True))
    at = np.array([points[FALSE_MATCH_AIM].threshold], np.float32)
    has_both = mates == ANOTHER_PHOTOGRAPH and trials.same_photo.any()
    return FrameTable(
        n_frames=n_frames,
        n_probes=len(trials.scores),
        n_people=len(np.unique(trials.probe_person)),
        mates=mates,
        point=points[FALSE_MATCH_AIM],
        points=tuple(points[aim] for aim in sorted(points, reverse=True)),
        curve=tuple(found[: len(grid)]),
        same_photo=share_below(trials.of(trials.same_photo), at, random)[0] if has_both else None,
        other_face=share_at_or_above(trials.of(trials.other_face), at, random)[0] if trials.other_face.any() else None,
        likelihood=fit_likelihood_ratios(same, different, random),
    )


def genuine(trials: TemplateTrials) -> tuple[Comparisons, str]:
    """Comparisons of one person, and with what: other photographs where enough people have some."""
    others = trials.of(trials.mates)
    if others.n_people >= MIN_PEOPLE:
        return others, ANOTHER_PHOTOGRAPH
    return trials.of(trials.same_photo), SAME_PHOTOGRAPH


def threshold_for(different: FloatArray, aim: float) -> float:
    """The lowest threshold, of four decimals, that at most a share `aim` of the scores reaches."""
    allowed = int(aim * len(different))
    beyond = np.partition(different, len(different) - allowed - 1)[len(different) - allowed - 1]
    return float(np.floor(float(beyond) * 10_000 + 1) / 10_000)


def curve_thresholds(different: FloatArray, same: FloatArray) -> FloatArray:
    """About 40 increasing thresholds at which the curve of both rates bends."""
    rarest = max(1e-5, 3 / len(different))
    above = np.quantile(different, 1 - np.geomspace(0.5, rarest, _CURVE_MATCH))
    below = np.quantile(same, np.linspace(0.01, 0.99, _CURVE_NON_MATCH))
    grid: FloatArray = np.unique(np.round(np.concatenate([above, below]), 4)).astype(np.float32)
    return grid


def gallery_sizes(
    trials: TemplateTrials, point: OperatingPoint, random: np.random.Generator
) -> tuple[GallerySize, ...]:
    """Searches for somebody absent among strangers, all galleries of a size being as likely; see `GallerySize`.

    Of S strangers of whom h reach the threshold, a share C(S - h, N) / C(S, N) of all galleries of N holds none.
    """
    strangers = trials.strangers.sum(1)
    hits = (trials.strangers & (trials.scores >= point.threshold)).sum(1)
    most = int(strangers.min())
    people, place = np.unique(trials.probe_person, return_inverse=True)
    weights = person_weights(len(people), DRAWS, random)[:, place], np.ones((DRAWS, 1), np.float32)
    counted = np.ones((len(hits), 1), np.float32)
    made = []
    for size in (*(size for size in GALLERY_SIZES if size < most), most):
        found = (1 - _share_without(strangers, hits, size)).astype(np.float32)[:, None]
        n_errors, effect = design_effects(found, counted, weights)
        expected = false_positive_identification_rate(point.false_match.rate, size)
        measured = effective_wilson(n_errors, len(hits), effect)
        made.append(GallerySize(n_people=size, measured=measured, expected=round(expected, 6)))
    return tuple(made)


def _share_without(n: NDArray[np.int64], marked: NDArray[np.int64], size: int) -> NDArray[np.float64]:
    """C(n - marked, size) / C(n, size): share of the samples of `size` out of `n` that hold none marked."""
    left = n - marked
    log = gammaln(left + 1) - gammaln(np.maximum(left - size, 0) + 1) - gammaln(n + 1) + gammaln(n - size + 1)
    share: NDArray[np.float64] = np.where(left >= size, np.exp(log), 0.0)
    return share


def band_rates(
    trials: TemplateTrials, sharpness: FloatArray, threshold: float, random: np.random.Generator
) -> tuple[SubsetRates, ...]:
    """Single frames, (T,) `sharpness` each, by band."""
    ends = [low for low, _ in BANDS[1:]] + [np.inf]
    made = []
    for (low, name), end in zip(BANDS, ends, strict=True):
        some = trials.some((sharpness >= low) & (sharpness < end))
        words = f"{name}, sharpness from {low:.0f}" + (f" to {end:.0f}" if np.isfinite(end) else " on")
        subset = _subset(words, some, some.strangers, threshold, random, low)
        made.append(subset)
    return tuple(made)


def group_rates(
    trials: TemplateTrials,
    labels: NDArray[np.str_],
    photo_labels: NDArray[np.str_],
    threshold: float,
    random: np.random.Generator,
) -> tuple[SubsetRates, ...]:
    """Single frames by group: (T,) `labels` of templates, (G,) `photo_labels` of photographs, '' where unknown.

    False matches are counted among people of one group, who are more alike than people at large.
    """
    made = []
    for name in sorted(set(labels.tolist()) - {""}):
        some = trials.some(labels == name)
        strangers = some.strangers & (photo_labels == name)[None, :]
        subset = _subset(name, some, strangers, threshold, random, None)
        made.append(replace(subset, stricter=_stricter(some.of(strangers), subset, threshold, random)))
    return tuple(made)


def _stricter(
    different: Comparisons, subset: SubsetRates, threshold: float, random: np.random.Generator
) -> tuple[StricterRate, ...]:
    """False match rates in steps above a threshold, up to the first that no stranger reaches."""
    if subset.false_match is None or not subset.false_match.rate:
        return ()
    steps = np.arange(1, int((1 - threshold) / GROUP_STEP) + 1)
    thresholds = np.round(threshold + GROUP_STEP * steps, 4).astype(np.float32)
    rates = share_at_or_above(different, thresholds, random)
    reached = sum(rate.rate > 0 for rate in rates)
    pairs = list(zip(thresholds, rates, strict=True))[: reached + 1]
    return tuple(StricterRate(threshold=round(float(at), 4), false_match=rate) for at, rate in pairs)


def _subset(
    name: str,
    trials: TemplateTrials,
    strangers: NDArray[np.bool_],
    threshold: float,
    random: np.random.Generator,
    from_sharpness: float | None,
) -> SubsetRates:
    n_probes = len(trials.scores)
    same, mates = genuine(trials)
    if not has_enough(n_probes) or not strangers.any():
        return too_few(name, n_probes, mates, from_sharpness)
    at = np.array([threshold], np.float32)
    missed: Rate | None = share_below(same, at, random)[0] if same.counted.any() else None
    return SubsetRates(
        name=name,
        from_sharpness=from_sharpness,
        n_probes=n_probes,
        mates=mates if missed is not None else "",
        false_match=share_at_or_above(trials.of(strangers), at, random)[0],
        false_non_match=missed,
    )
