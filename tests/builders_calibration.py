"""A small invented calibration with everything in it."""

from core.aggregation.caveats import too_few
from core.domain.calibration import (
    ANOTHER_PHOTOGRAPH,
    SAME_PHOTOGRAPH,
    Calibration,
    FrameTable,
    GallerySize,
    LikelihoodRatios,
    OperatingPoint,
    Rate,
    RoleCalibration,
    SubsetRates,
)

POPULATION = "120 invented people in press photographs"


def rate(value: float, trials: int = 10_000) -> Rate:
    return Rate(rate=value, low=value / 2, high=min(1.0, value * 2), trials=trials)


def point(threshold: float, match: float, non_match: float) -> OperatingPoint:
    return OperatingPoint(threshold=threshold, false_match=rate(match), false_non_match=rate(non_match, 300))


RATIOS = LikelihoodRatios(
    method="logistic regression (lir)",
    scores=(0.2, 0.5, 0.8, 0.95),
    log10_lr=(-2.0, -1.0, 1.4, 3.1),
    low=-2.0,
    high=3.1,
    cllr=0.21,
    cllr_min=0.18,
    n_same=300,
    n_different=20_000,
    n_people=120,
)


def frame_table(n_frames: int) -> FrameTable:
    shift = 0.01 * n_frames
    at = point(0.62 + shift, 0.001, 0.24 - shift)
    return FrameTable(
        n_frames=n_frames,
        n_probes=300,
        n_people=120,
        mates=ANOTHER_PHOTOGRAPH,
        point=at,
        points=(point(0.5 + shift, 0.01, 0.15 - shift), at, point(0.72 + shift, 0.0001, 0.4 - shift)),
        curve=tuple(point(0.2 + 0.02 * i + shift, 0.5 * 0.7**i, min(1.0, 0.01 * 1.13**i)) for i in range(36)),
        same_photo=rate(0.05, 300),
        other_face=rate(0.02, 300),
        likelihood=RATIOS,
    )


def role() -> RoleCalibration:
    return RoleCalibration(
        population=POPULATION,
        tables=(frame_table(1), frame_table(4), frame_table(8)),
        quality=(
            SubsetRates(
                name="soft, sharpness from 20 to 70",
                from_sharpness=20.0,
                n_probes=900,
                mates=ANOTHER_PHOTOGRAPH,
                false_match=rate(0.0012),
                false_non_match=rate(0.35, 900),
            ),
        ),
        groups=(
            SubsetRates(
                name="asian",
                n_probes=127,
                mates=SAME_PHOTOGRAPH,
                false_match=rate(0.07),
                false_non_match=rate(0.1, 127),
            ),
            SubsetRates(
                name="black",
                n_probes=122,
                mates=SAME_PHOTOGRAPH,
                false_match=rate(0.013),
                false_non_match=rate(0.08, 122),
            ),
            too_few("hispanic", 20, SAME_PHOTOGRAPH),
        ),
        galleries=(
            GallerySize(n_people=100, measured=rate(0.07, 300), expected=0.095),
            GallerySize(n_people=1000, measured=rate(0.36, 300), expected=0.63),
        ),
    )


def calibration() -> Calibration:
    return Calibration(
        calibration_id="validation-0123456789ab",
        model_sha256="a" * 64,
        embedder_id="e:1",
        population=POPULATION,
        method=("Templates are made of 1, 4 and 8 forgeries.", "Intervals are of 95 %."),
        fake_from=0.8,
        real_below=0.3,
        fake_false_positive=rate(0.02, 500),
        fake_false_negative=rate(0.03, 1000),
        source=role(),
        target=role(),
        photo=RoleCalibration(population=POPULATION, tables=(frame_table(1),)),
    )
