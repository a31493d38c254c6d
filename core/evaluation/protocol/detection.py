"""Section "detection": how well the scores tell forged from pristine faces, by family of forgery."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from core.domain.arrays import FloatArray
from core.evaluation.fusion import crossed_fusion
from core.evaluation.metrics import auc
from core.evaluation.people import BATCH
from core.evaluation.protocol.bench import Bench
from core.evaluation.protocol.faces import REAL, TestFaces
from core.evaluation.protocol.intervals import area, error_rate
from core.evaluation.protocol.methods import DfrecResult
from core.evaluation.protocol.results import NOTHING, Cell, Chart, Column, Row, Section, Series, Table
from core.training.pixels import as_tensor

ALL = "all"
COMPANION = "companion"
SCORES = ("DFREC", COMPANION, "fused")
RFFR, RFFR_FUSED = "RFFR residual classifier", "fused with DFREC"
MEASURES = (("AUC", 3, False), ("EER", 1, True))


def scores_of(result: DfrecResult) -> dict[str, FloatArray]:
    """The scores that were given, by name."""
    given = (result.dfrec, result.companion, result.fused)
    return finite(dict(zip(SCORES, given, strict=True)))


def finite(scores: dict[str, FloatArray]) -> dict[str, FloatArray]:
    """The scores that could be given for every face."""
    return {name: score for name, score in scores.items() if np.isfinite(score).all()}


def families_in(faces: TestFaces) -> list[str]:
    """Names of the families of forgery that occur."""
    return sorted(set(faces.family.tolist()) - {REAL})


def by_detector(scores: dict[str, FloatArray], names: tuple[str, ...], faces: TestFaces, caption: str) -> Table:
    """AUC and EER of each score, a row each, over all forgeries and by family; `names` that have no score say so."""
    rows = []
    groups = [(family, forged_of(faces, family)) for family in (ALL, *families_in(faces))]
    for name in names:
        cells: list[Cell] = []
        for _, forged in groups:
            cells += _measured(scores.get(name), forged, faces)
        rows.append(Row(label=name, cells=tuple(cells)))
    columns = tuple(
        Column(title=f"{family} ({int(forged.sum())}) {measure}", digits=digits, is_share=is_share)
        for family, forged in groups
        for measure, digits, is_share in MEASURES
    )
    return Table(caption=caption, corner="score", columns=columns, rows=tuple(rows))


def _measured(score: FloatArray | None, forged: NDArray[np.bool_], faces: TestFaces) -> list[Cell]:
    """A cell for each of `MEASURES`."""
    if score is None:
        return [NOTHING] * len(MEASURES)
    positive, negative = score[forged], score[~faces.is_fake]
    return [area(positive, negative), error_rate(positive, negative)]


def forged_of(faces: TestFaces, family: str) -> NDArray[np.bool_]:
    """(N,) True for the forgeries of a family, or for all of them."""
    forged: NDArray[np.bool_] = faces.is_fake & ((faces.family == family) | (family == ALL))
    return forged


def rffr_scores(
    bench: Bench, faces: TestFaces, dfrec: FloatArray, person: NDArray[np.str_]
) -> tuple[dict[str, FloatArray], str]:
    """RFFR's scores alone and fused with DFREC's, by name, and what is said of them; nothing without its weights.

    Args:
        bench: has the network.
        faces: to judge.
        dfrec: (N,) DFREC's own scores of them.
        person: (N,) whose face each is, or was before it was forged.
    """
    if bench.rffr is None:
        return {}, ""
    parts = []
    bench.progress.begin("RFFR", len(faces), "face")
    for at in range(0, len(faces), BATCH):
        crops = faces.crops[at : at + BATCH]
        parts.append(bench.rffr.scores(as_tensor(crops, bench.settings.device)))
        bench.progress.advance(len(crops))
    alone = np.concatenate(parts)
    random = np.random.default_rng(bench.settings.seed)
    scores = {RFFR: alone, RFFR_FUSED: crossed_fusion(dfrec, alone, faces.is_fake, person, random)}
    return finite(scores), (
        f" RFFR's classifier (SHA-256 {bench.rffr.weights_sha256[:12]}) is fused with DFREC's score by two "
        "coefficients that were fitted to one half of the people and measured on the other, both ways; a person is who "
        "was in the picture before it was forged."
    )


def run(bench: Bench) -> Section:
    """AUC and equal error rate of each score."""
    scores, faces = scores_of(bench.result), bench.faces
    families = [ALL, *families_in(faces)]
    rows = []
    bench.progress.begin("detection", len(families), "family")
    for family in families:
        forged = forged_of(faces, family)
        cells: list[Cell] = []
        for name in SCORES:
            cells += _measured(scores.get(name), forged, faces)
        rows.append(Row(label=f"{family} ({int(forged.sum())})", cells=tuple(cells)))
        bench.progress.advance(1)
    columns = [
        Column(title=f"{name} {measure}", digits=digits, is_share=is_share)
        for name in SCORES
        for measure, digits, is_share in MEASURES
    ]
    tables = [
        Table(caption="Detection by family", corner="family (forgeries)", columns=tuple(columns), rows=tuple(rows))
    ]
    found, of_rffr = rffr_scores(bench, faces, bench.result.dfrec, bench.corpus.family[faces.target_row])
    if of_rffr:
        scores |= found
        shown = (*SCORES, RFFR, RFFR_FUSED)
        tables.append(by_detector(scores, shown, faces, "RFFR beside DFREC, by family (forgeries)"))
    companion = bench.recoverer.companion
    beside = " No companion was run: no weights fitted to this model are there; fused is DFREC's own score."
    if companion is not None:
        beside = (
            f" The companion is {companion.model_name} ({companion.label}); its fusion with DFREC's score has two "
            "coefficients, fitted to forgeries of the same people."
        )
    return Section(
        name="detection",
        title="Detection",
        text=(
            f"Forgeries of each family against the same {int((~faces.is_fake).sum())} pristine faces; all are degraded "
            f"alike. EER is the rate at which misses and false alarms are equal.{beside}{of_rffr}",
        ),
        tables=tuple(tables),
        charts=(_roc(scores, faces.is_fake),),
    )


def _roc(scores: dict[str, FloatArray], fake: NDArray[np.bool_]) -> Chart:
    series = []
    for name, score in scores.items():
        if not fake.any() or fake.all():
            continue
        x, y = roc(score[fake], score[~fake])
        label = f"{name}, AUC {auc(score[fake], score[~fake]):.3f}"
        series.append(Series(label=label, x=tuple((100 * x).tolist()), y=tuple((100 * y).tolist())))
    return Chart(
        name="roc",
        caption="Receiver operating characteristic",
        x_label="pristine faces called forged, %",
        y_label="forged faces called forged, %",
        series=tuple(series),
        y_range=(0, 100),
    )


def roc(positive: FloatArray, negative: FloatArray) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """False alarm and hit rates from (0, 0) to (1, 1), the strictest threshold first."""
    thresholds = np.unique(np.concatenate([positive, negative]))[::-1]
    alarm = 1 - np.searchsorted(np.sort(negative), thresholds) / len(negative)
    hit = 1 - np.searchsorted(np.sort(positive), thresholds) / len(positive)
    return np.concatenate([[0.0], alarm]), np.concatenate([[0.0], hit])
