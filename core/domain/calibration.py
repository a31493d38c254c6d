"""What was measured of a recovery model: error rates, likelihood ratios, and on whom.

Terms follow ISO/IEC 19795-1: the false match rate (FMR) is the share of comparisons of different people that reach a
threshold, the false non-match rate (FNMR) the share of comparisons of one person that do not, the false positive
identification rate (FPIR) the share of searches for somebody absent that yield a stranger. Scores are 1 at most, see
`core.domain.comparison`. Written by ``python -m core.evaluation``, stored by `core.aggregation.calibration`.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from core.domain.comparison import PLAIN, Comparison

ANOTHER_PHOTOGRAPH = "another photograph"
SAME_PHOTOGRAPH = "the same photograph"
FALSE_MATCH_AIM = 0.001
"""False match rate at the thresholds that the application uses unless a gallery is large."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rate:
    """An error rate in [0, 1] with its 95 % interval and the number of trials counted.

    The interval is Wilson's (1927) for the effective number of trials: trials of one person are not independent.
    """

    rate: float
    low: float
    high: float
    trials: int


@dataclass(frozen=True, slots=True, kw_only=True)
class OperatingPoint:
    """Comparison of one kind of template with photographs, at one threshold.

    Attributes:
        threshold: score from which a comparison counts as positive.
        false_match: share of comparisons of different people at or above it.
        false_non_match: share of comparisons of the same person below it.
    """

    threshold: float
    false_match: Rate
    false_non_match: Rate


@dataclass(frozen=True, slots=True, kw_only=True)
class LikelihoodRatios:
    """A map from scores to likelihood ratios, bounded by what the data support, and how good it is.

    The ratio is the probability of the score if both pictures show one person over its probability if they show two
    people of the population measured (score-based; Morrison 2013, ENFSI 2015).

    Attributes:
        method: how the map was fitted.
        scores: increasing.
        log10_lr: log10 of the ratio at each of `scores`, not decreasing, within the bounds; between them the map is
            straight, beyond them constant.
        low, high: empirical bounds (ELUB, Vergeer et al. 2016) in log10: no figure beyond them is supported.
        cllr: cost of the ratios (Brümmer and du Preez 2006) on people that the fit left out; 0 perfect, 1 no use.
        cllr_min: the part of it that no map could take away.
        n_same, n_different: comparisons of one person and of two behind the fit.
        n_people: people behind the comparisons of one person.
    """

    method: str
    scores: tuple[float, ...]
    log10_lr: tuple[float, ...]
    low: float
    high: float
    cllr: float
    cllr_min: float
    n_same: int
    n_different: int
    n_people: int

    def __post_init__(self) -> None:
        if not self.scores or len(self.scores) != len(self.log10_lr):
            raise ValueError("a map needs as many ratios as scores, and at least one")
        if any(b <= a for a, b in zip(self.scores, self.scores[1:], strict=False)):
            raise ValueError("scores of a map increase")
        if any(b < a for a, b in zip(self.log10_lr, self.log10_lr[1:], strict=False)):
            raise ValueError("a larger score cannot have a smaller likelihood ratio")
        if self.log10_lr[0] < self.low or self.log10_lr[-1] > self.high:
            raise ValueError("likelihood ratios lie within their bounds")

    def at(self, score: float) -> float:
        """log10 of the likelihood ratio of a score."""
        return float(np.interp(score, self.scores, self.log10_lr))

    def is_bound(self, log10_lr: float) -> bool:
        """Whether a ratio stands at a bound, so that the true one may lie beyond it."""
        return log10_lr <= self.low + 1e-9 or log10_lr >= self.high - 1e-9


@dataclass(frozen=True, slots=True, kw_only=True)
class FrameTable:
    """Rates of templates of a number of frames.

    Attributes:
        n_frames: frames a template was made of.
        n_probes, n_people: templates, and people behind them.
        mates: what a template was compared with for `false_non_match`: `ANOTHER_PHOTOGRAPH` of the person, or
            `SAME_PHOTOGRAPH` that the forgery was made from where no other exists.
        point: at the threshold that the application uses, unless a gallery is so large that it takes a stricter one.
        points: at false match rates of 1 in 100, 1,000 and 10,000, as far as there were comparisons enough.
        curve: over the range of scores, thresholds increasing; enough to draw a DET curve.
        same_photo: false non-match rate at `point` against the very photograph behind the forgery.
        other_face: how often the other face of the swap reaches the threshold of `point`; it is no part of
            `false_match`.
        likelihood: None where there were too few people to fit one.
    """

    n_frames: int
    n_probes: int = 0
    n_people: int = 0
    mates: str = ""
    point: OperatingPoint
    points: tuple[OperatingPoint, ...] = ()
    curve: tuple[OperatingPoint, ...] = ()
    same_photo: Rate | None = None
    other_face: Rate | None = None
    likelihood: LikelihoodRatios | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class StricterRate:
    """A false match rate at a higher threshold than the one in use.

    Attributes:
        threshold: score from which a comparison counts as positive.
        false_match: share of comparisons of different people at or above it.
    """

    threshold: float
    false_match: Rate


@dataclass(frozen=True, slots=True, kw_only=True)
class SubsetRates:
    """Rates of single frames of some of the probes at the application's threshold for one frame.

    Attributes:
        name: a demographic group as the data name it, or a band of sharpness in words.
        from_sharpness: lower end of the band (see `FaceQuality.sharpness`); None for groups.
        n_probes: templates.
        mates: see `FrameTable`.
        false_match: against people of the same group, or against everybody for bands; None with too few probes.
        false_non_match: None with too few probes.
        stricter: of groups, `false_match` at higher thresholds, rising; () where it was not measured.
    """

    name: str
    from_sharpness: float | None = None
    n_probes: int
    mates: str
    false_match: Rate | None
    false_non_match: Rate | None
    stricter: tuple[StricterRate, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class GallerySize:
    """False positive identification rate among `n_people` strangers, a photograph each.

    Attributes:
        measured: share of searches with at least one stranger at or above the threshold.
        expected: 1 - (1 - FMR)^N, which takes the comparisons for independent.
    """

    n_people: int
    measured: Rate
    expected: float


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupSearch:
    """A search among photographs of people of one group, who are more alike than people at large.

    Attributes:
        group: as the data name it; the one whose strangers may reach such a score most often.
        threshold: for single frames, at or above which `false_match` was measured; at most what the score is worth.
        false_match: among people of the group.
        chance, high: that a stranger reaches the threshold in a search of such a gallery of the same size, [0, 1], by
            the rate and by the upper end of its interval.
    """

    group: str
    threshold: float
    false_match: Rate
    chance: float
    high: float


@dataclass(frozen=True, slots=True, kw_only=True)
class RoleCalibration:
    """Everything measured of one kind of template: recovered sources, recovered targets or photographs.

    Attributes:
        population: on whom, in one sentence.
        tables: by number of frames, increasing, at least one.
        quality: single frames by sharpness, from blurred to sharp.
        groups: single frames by demographic group; too few probes leave the rates out.
        galleries: searches with the most frames measured, by size of the gallery.
    """

    population: str
    tables: tuple[FrameTable, ...]
    quality: tuple[SubsetRates, ...] = ()
    groups: tuple[SubsetRates, ...] = ()
    galleries: tuple[GallerySize, ...] = ()

    def __post_init__(self) -> None:
        if not self.tables:
            raise ValueError("at least one number of frames has been measured")

    def at(self, n_frames: int) -> FrameTable:
        """The table of the largest number of frames measured that is no more than `n_frames`."""
        return next((t for t in reversed(self.tables) if t.n_frames <= n_frames), self.tables[0])

    def band(self, sharpness: float) -> SubsetRates | None:
        """The band of sharpness that faces of this median sharpness belong to."""
        fitting = [b for b in self.quality if b.from_sharpness is not None and b.from_sharpness <= sharpness]
        return fitting[-1] if fitting else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Calibration:
    """Thresholds and rates of one recovery model with one embedder.

    Attributes:
        calibration_id: short name with the start of the model's SHA-256 and, behind a dot, that of the table's own
            content; '' when uncalibrated.
        model_sha256: recovery weights the table was measured with.
        embedder_id: embedder it was measured with.
        population: who the people were, in one sentence.
        method: how trials and intervals were made, a sentence each.
        detector_sha256: weights of the companion whose scores were fused in, '' for the recovery weights' own scores.
        fake_from, real_below: fake scores from which "swapped" is supported, and below which it is not.
        fake_false_positive: pristine faces at or above `fake_from`.
        fake_false_negative: forged faces below `real_below`.
        fake_missed: forged faces below `fake_from`; None in tables of earlier versions.
        source, target, photo: comparison of recovered sources, recovered targets and photographs with photographs.
        comparison: the rule by which all these scores were made.
    """

    calibration_id: str
    model_sha256: str
    embedder_id: str
    population: str
    method: tuple[str, ...] = ()
    detector_sha256: str = ""
    fake_from: float
    real_below: float
    fake_false_positive: Rate | None
    fake_false_negative: Rate | None
    source: RoleCalibration | None
    target: RoleCalibration | None
    photo: RoleCalibration | None
    comparison: Comparison = PLAIN
    fake_missed: Rate | None = None

    @classmethod
    def none(cls) -> Calibration:
        """No table: scores are shown, no category beyond "inconclusive" is given."""
        return cls(
            calibration_id="",
            model_sha256="",
            embedder_id="",
            population="",
            fake_from=1.0,
            real_below=0.0,
            fake_false_positive=None,
            fake_false_negative=None,
            source=None,
            target=None,
            photo=None,
        )

    @property
    def of_weights(self) -> str:
        """The part of the id that names the weights, whatever the table says of them; '' when uncalibrated."""
        return weights_part(self.calibration_id)

    def for_run(self, model_sha256: str, embedder_id: str, detector_sha256: str = "") -> Calibration:
        """This table when it was measured with these very weights, otherwise no table."""
        measured = (self.model_sha256, self.embedder_id, self.detector_sha256)
        return self if measured == (model_sha256, embedder_id, detector_sha256) else Calibration.none()

    def of(self, role: str) -> RoleCalibration | None:
        """What was measured of templates of a kind: a `core.domain.identity.Role`, or ``"photo"``."""
        return {"source": self.source, "target": self.target}.get(role, self.photo)


def weights_part(calibration_id: str) -> str:
    """The part of a table's id that names the weights that it was measured with."""
    return calibration_id.partition(".")[0]


@dataclass(frozen=True, slots=True, kw_only=True)
class CalibrationQuote:
    """The part of a calibration that one finding leans on, kept with it.

    Attributes:
        calibration_id: of the file.
        population: on whom it was measured.
        n_frames: the number of frames that the quoted rates hold for, which may be smaller than the template's.
        mates: see `FrameTable`.
        point: threshold with both rates.
        other_face: see `FrameTable`; None where a stricter threshold is in use.
        likelihood: None where none was fitted.
        usual_threshold: that of small galleries where the size of this one asked for a stricter one; None else.
    """

    calibration_id: str
    population: str
    n_frames: int
    mates: str
    point: OperatingPoint
    other_face: Rate | None = None
    likelihood: LikelihoodRatios | None = None
    usual_threshold: float | None = None
