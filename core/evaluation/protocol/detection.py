"""Section "detection": how well the scores tell forged from pristine faces, by family of forgery."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from core.domain.arrays import FloatArray
from core.evaluation.metrics import auc
from core.evaluation.protocol.bench import Bench
from core.evaluation.protocol.faces import REAL
from core.evaluation.protocol.intervals import area, error_rate
from core.evaluation.protocol.methods import DfrecResult
from core.evaluation.protocol.results import NOTHING, Cell, Chart, Column, Row, Section, Series, Table

ALL = "all"
COMPANION = "companion"


def scores_of(result: DfrecResult) -> dict[str, FloatArray]:
    """The scores that were given, by name."""
    scores = {"DFREC": result.dfrec, COMPANION: result.companion, "fused": result.fused}
    return {name: score for name, score in scores.items() if np.isfinite(score).all()}


def run(bench: Bench) -> Section:
    """AUC and equal error rate of each score."""
    scores, faces = scores_of(bench.result), bench.faces
    families = [ALL, *sorted(set(faces.family.tolist()) - {REAL})]
    names = ("DFREC", COMPANION, "fused")
    rows = []
    bench.progress.begin("detection", len(families), "family")
    for family in families:
        forged = faces.is_fake & ((faces.family == family) | (family == ALL))
        cells: list[Cell] = []
        for name in names:
            if name not in scores:
                cells += [NOTHING, NOTHING]
                continue
            positive, negative = scores[name][forged], scores[name][~faces.is_fake]
            cells += [area(positive, negative), error_rate(positive, negative)]
        rows.append(Row(label=f"{family} ({int(forged.sum())})", cells=tuple(cells)))
        bench.progress.advance(1)
    columns = [
        Column(title=f"{name} {measure}", digits=digits, is_share=is_share)
        for name in names
        for measure, digits, is_share in (("AUC", 3, False), ("EER", 1, True))
    ]
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
            f"alike. EER is the rate at which misses and false alarms are equal.{beside}",
        ),
        tables=(
            Table(caption="Detection by family", corner="family (forgeries)", columns=tuple(columns), rows=tuple(rows)),
        ),
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
