"""What a model is worth on people it never saw: forgeries of validation identities, beside the forgery itself."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from tqdm import tqdm

from core.domain.arrays import FloatArray
from core.domain.comparison import Comparison
from core.domain.installation import MeasuredFigure
from core.evaluation.comparisons import scores_of
from core.evaluation.metrics import auc, equal_error_rate, psnr, ranks, ranks_of
from core.evaluation.people import DifferentPeople
from core.evaluation.photographs import photograph_surroundings
from core.recovery.recoverer import FaceRecoverer, RecoveryArrays
from core.recovery.surroundings import SurroundingsReader
from core.training.corpus import FaceCorpus
from core.training.forgeries import ForgeryGenerator
from core.training.forgery_batch import ForgeryBatch, ForgeryConfig
from core.training.pixels import eight_bit

POPULATION = (
    "validation identities of LFW, MEBeauty and FFHQ as probes (mostly white adults in press photographs); forgeries "
    "blended by the training's own generator, no swaps by a network and no shifted faces, single frames, 224 px, "
    "degraded as in training"
)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Trials:
    """Recovered validation faces with their truth. Forged faces have `is_fake` True."""

    arrays: RecoveryArrays
    truth_target: FloatArray
    mask: FloatArray
    is_fake: NDArray[np.bool_]
    source_row: NDArray[np.int64]
    target_row: NDArray[np.int64]


def drawn_faces(corpus: FaceCorpus, count: int, seed: int) -> Iterator[ForgeryBatch]:
    """At least `count` faces of validation people in batches, a third of them pristine."""
    generator = torch.Generator().manual_seed(seed)
    config = ForgeryConfig(real_share=1 / 3, self_blend_share=0.0)
    forger = ForgeryGenerator(torch.from_numpy(corpus.images), torch.from_numpy(corpus.landmarks68), config)
    people = DifferentPeople(corpus)
    with tqdm(total=count, desc="validating", unit="face") as bar:
        while bar.n < count:
            batch = forger.draw(people.drawn(generator), generator)
            bar.update(len(batch.image))
            yield batch


def run_trials(recoverer: FaceRecoverer, corpus: FaceCorpus, count: int, seed: int) -> Trials:
    """Recover `count` faces of validation people, a third of them pristine."""
    parts: list[RecoveryArrays] = []
    batches: list[ForgeryBatch] = []
    for batch in drawn_faces(corpus, count, seed):
        crops = eight_bit(batch.image)
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


def validation_places(corpus: FaceCorpus) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """(V,) rows of validation people, and (N,) the place of each row of the corpus among them, -1 for others."""
    rows = np.flatnonzero(corpus.is_validation)
    place = np.full(len(corpus.identity), -1)
    place[rows] = np.arange(len(rows))
    return rows, place


def another_photograph(rows: NDArray[np.int64], corpus: FaceCorpus) -> NDArray[np.int64]:
    """(N,) place among the validation photographs of another photograph of each person, -1 where there is none."""
    gallery, _ = validation_places(corpus)
    found = np.full(len(rows), -1)
    for at, row in enumerate(rows):
        others = np.flatnonzero((corpus.identity[gallery] == corpus.identity[row]) & (gallery != row))
        found[at] = others[0] if len(others) else -1
    return found


def figures_of(
    trials: Trials, corpus: FaceCorpus, comparison: Comparison, reader: SurroundingsReader | None = None
) -> tuple[MeasuredFigure, ...]:
    """Figures for the model card, each beside that of the forgery itself.

    Args:
        trials: of `run_trials`.
        corpus: the same packed faces.
        comparison: the rule of the application.
        reader: of the surroundings of photographs; None leaves the figures out that need them.
    """
    rows, place = validation_places(corpus)
    gallery, identity = comparison.centred(corpus.embedding[rows]), corpus.identity[rows]
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
        got = ranks(comparison.centred(vectors[fake]), gallery, truth_place, identity)
        none = ranks(comparison.centred(arrays.input[fake]), gallery, truth_place, identity)
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
    if reader is not None:
        around = photograph_surroundings(corpus, rows, reader)
        scores = scores_of(arrays.target[fake], arrays.surroundings[fake], corpus.embedding[rows], around, comparison)
        of_face = scores_of(arrays.target[fake], None, corpus.embedding[rows], None, comparison)
        for which, truth_place in (
            ("the very photograph behind the forgery enrolled", place[trials.target_row[fake]]),
            ("another photograph of the person enrolled", another_photograph(trials.target_row[fake], corpus)),
        ):
            has = truth_place >= 0
            for label, made in (("by face and surroundings", scores), ("by the face alone", of_face)):
                rank = ranks_of(made[has], truth_place[has], identity)
                for k in (1, 5):
                    add(f"target in the first {k}, {label}, {which}", float((rank <= k).mean()), None, int(has.sum()))
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
    return tuple(figures)
