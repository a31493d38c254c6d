"""What a model is worth on people it never saw: forgeries of validation identities, beside the forgery itself."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from tqdm import tqdm

from core.aggregation.calibration import Calibration, OperatingPoint
from core.domain.arrays import FloatArray
from core.domain.installation import MeasuredFigure
from core.evaluation.metrics import auc, equal_error_rate, psnr, ranks, wilson
from core.recovery.recoverer import FaceRecoverer, RecoveryArrays
from core.training.corpus import FaceCorpus
from core.training.forgeries import ForgeryBatch, ForgeryConfig, ForgeryGenerator

WITH_CONTEXT = ("lfw", "mebeauty", "ffhq")
POPULATION = (
    "validation identities of LFW, MEBeauty and FFHQ as probes (mostly white adults in press photographs); forgeries "
    "made by the training's own generator, single frames, 224 px, degraded as in training"
)
BATCH = 32
FALSE_MATCH_AIM = 0.001


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Trials:
    """Recovered validation faces with their truth. Forged faces have `is_fake` True."""

    arrays: RecoveryArrays
    truth_target: FloatArray
    mask: FloatArray
    is_fake: NDArray[np.bool_]
    source_row: NDArray[np.int64]
    target_row: NDArray[np.int64]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Validation:
    """Figures for the model card and the table of error rates for the application."""

    figures: tuple[MeasuredFigure, ...]
    calibration: Calibration


def run_trials(recoverer: FaceRecoverer, corpus: FaceCorpus, count: int, seed: int) -> Trials:
    """Recover `count` faces of validation people, a third of them pristine."""
    generator = torch.Generator().manual_seed(seed)
    config = ForgeryConfig(real_share=1 / 3, self_blend_share=0.0)
    forger = ForgeryGenerator(torch.from_numpy(corpus.images), torch.from_numpy(corpus.landmarks68), config)
    rows = torch.from_numpy(np.flatnonzero(corpus.is_validation & np.isin(corpus.sets, WITH_CONTEXT)))
    parts: list[RecoveryArrays] = []
    batches: list[ForgeryBatch] = []
    for _ in tqdm(range(0, count, BATCH), desc="validating", unit="batch"):
        drawn = rows[torch.randint(len(rows), (BATCH,), generator=generator)]
        batch = forger.draw(drawn, generator)
        crops = (batch.image * 255).round().to(torch.uint8).permute(0, 2, 3, 1).contiguous().numpy()
        parts.append(recoverer.infer(crops, None, seed))
        batches.append(batch)
    return Trials(
        arrays=RecoveryArrays.joined(parts),
        truth_target=torch.cat([batch.target for batch in batches]).numpy(),
        mask=torch.cat([batch.mask for batch in batches]).numpy(),
        is_fake=torch.cat([batch.is_fake for batch in batches]).numpy() > 0,
        source_row=torch.cat([batch.source_row for batch in batches]).numpy(),
        target_row=torch.cat([batch.target_row for batch in batches]).numpy(),
    )


def validate(recoverer: FaceRecoverer, corpus: FaceCorpus, count: int, seed: int) -> Validation:
    """Measure a model on validation identities and derive its thresholds.

    Args:
        recoverer: the model in the form the application runs.
        corpus: packed faces.
        count: faces to recover.
        seed: of the forgeries.
    """
    trials = run_trials(recoverer, corpus, count, seed)
    rows = np.flatnonzero(corpus.is_validation)
    place = np.full(len(corpus.identity), -1)
    place[rows] = np.arange(len(rows))
    gallery, identity = corpus.embedding[rows], corpus.identity[rows]
    fake, arrays = trials.is_fake, trials.arrays
    forged, pristine = int(fake.sum()), int((~fake).sum())
    figures: list[MeasuredFigure] = []

    def add(measure: str, value: float, none_row: float | None, n: int) -> None:
        none = None if none_row is None else round(none_row, 4)
        figure = MeasuredFigure(measure=measure, value=round(value, 4), none_row=none, population=POPULATION, n=n)
        figures.append(figure)

    for role, vectors, truth in (
        ("source", arrays.source, trials.source_row),
        ("target", arrays.target, trials.target_row),
    ):
        truth_place = place[truth[fake]]
        got = ranks(vectors[fake], gallery, truth_place, identity)
        none = ranks(arrays.input[fake], gallery, truth_place, identity)
        for k in (1, 5):
            label = f"{role} in the first {k} of {len(rows)} photographs, share"
            add(label, float((got <= k).mean()), float((none <= k).mean()), forged)
        add(f"{role} median rank of {len(rows)}", float(np.median(got)), float(np.median(none)), forged)
        wanted = corpus.embedding[truth[fake]]
        add(
            f"{role} likeness (cosine of the CC0 embedder with the pristine photograph)",
            float((vectors[fake] * wanted).sum(1).mean()),
            float((arrays.input[fake] * wanted).sum(1).mean()),
            forged,
        )
    add(
        "recovered target picture, PSNR dB",
        float(psnr(arrays.target_image[fake], trials.truth_target[fake]).mean()),
        None,
        forged,
    )
    got_map, true_map = arrays.map[fake] > 0.5, trials.mask[fake] > 0.5
    overlap = (got_map & true_map).sum((1, 2, 3)) / np.maximum((got_map | true_map).sum((1, 2, 3)), 1)
    add("identity map, intersection over union at 0.5", float(overlap.mean()), None, forged)
    scores = arrays.fake_score
    add("detection AUC", auc(scores[fake], scores[~fake]), None, len(fake))
    add("detection equal error rate", equal_error_rate(scores[fake], scores[~fake]), None, len(fake))
    same = (arrays.input[~fake] * arrays.target[~fake]).sum(1) > 0.9
    add(
        "pristine faces whose recovered target stays above 0.9 with the input, share",
        float(same.mean()),
        None,
        pristine,
    )
    return Validation(figures=tuple(figures), calibration=_calibrate(recoverer, corpus, trials, rows))


def _calibrate(recoverer: FaceRecoverer, corpus: FaceCorpus, trials: Trials, rows: NDArray[np.int64]) -> Calibration:
    fake, arrays = trials.is_fake, trials.arrays
    real_scores, fake_scores = arrays.fake_score[~fake], arrays.fake_score[fake]
    fake_from = max(0.5, float(np.quantile(real_scores, 0.98)))
    real_below = min(0.5, float(np.quantile(fake_scores, 0.05)), fake_from)
    return Calibration(
        calibration_id=f"validation-{recoverer.weights_sha256[:12]}",
        model_sha256=recoverer.weights_sha256,
        embedder_id=recoverer.embedder_id,
        population=POPULATION,
        fake_from=round(fake_from, 4),
        real_below=round(real_below, 4),
        fake_false_positive=wilson(int((real_scores >= fake_from).sum()), len(real_scores)),
        fake_false_negative=wilson(int((fake_scores < real_below).sum()), len(fake_scores)),
        source=_operating_point(arrays.source[fake], trials.source_row[fake], corpus, rows),
        target=_operating_point(arrays.target[fake], trials.target_row[fake], corpus, rows),
        photo=_operating_point(arrays.input[~fake], trials.target_row[~fake], corpus, rows),
    )


def _operating_point(
    probes: FloatArray, truth: NDArray[np.int64], corpus: FaceCorpus, rows: NDArray[np.int64]
) -> OperatingPoint:
    """Threshold at a false match rate of one in a thousand, and both rates there.

    Positive trials compare a probe with the photograph behind it and with other photographs of that person. Trials of
    one probe are not independent, so intervals count probes, not comparisons, where that is the smaller number.
    """
    scores = probes @ corpus.embedding[rows].T
    same = corpus.identity[truth][:, None] == corpus.identity[rows][None, :]
    relatives = corpus.family[truth][:, None] == corpus.family[rows][None, :]
    negative = scores[~same & ~relatives]
    positive = scores[same]
    threshold = round(float(np.quantile(negative, 1 - FALSE_MATCH_AIM)), 4)
    false_match = float((negative >= threshold).mean())
    independent = len(probes) * 100  # strangers a probe that count as trials of their own
    trials = min(len(negative), independent)
    return OperatingPoint(
        threshold=threshold,
        false_match=wilson(round(false_match * trials), trials),
        false_non_match=wilson(int((positive < threshold).sum()), len(positive)),
    )
