"""Section "robustness": recovery and detection after what happens to evidence on its way (Table V, and more)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from core.evaluation.metrics import auc
from core.evaluation.people import BATCH
from core.evaluation.protocol.bench import Bench
from core.evaluation.protocol.describe import identity_vectors
from core.evaluation.protocol.faces import TestFaces
from core.evaluation.protocol.intervals import area, mean, median, share
from core.evaluation.protocol.people import cosine
from core.evaluation.protocol.perturbations import PERTURBATIONS, Perturbation
from core.evaluation.protocol.results import Chart, Column, Row, Section, Series, Table
from core.recovery.cropped import landmarks_of_crops

COLUMNS = (
    Column(title="AUC"),
    Column(title="source IDSim, picture"),
    Column(title="source IDSim, stated"),
    Column(title="source ranked first", digits=1, is_share=True),
    Column(title="source median rank", digits=0),
    Column(title="target IDSim, picture"),
    Column(title="target IDSim, stated"),
    Column(title="target ranked first", digits=1, is_share=True),
    Column(title="target median rank", digits=0),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """What a chart shows of one strength, in per cent."""

    detection: float
    source_first: float
    target_first: float


def run(bench: Bench) -> Section:
    """Every perturbation at every strength, on the same faces."""
    clean = bench.clean_faces
    row, start = _measured(bench, clean, "untouched")
    rows, points = [row], []
    for perturbation in PERTURBATIONS:
        faces = _perturbed(bench, clean, perturbation)
        row, point = _measured(bench, faces, perturbation.label)
        rows.append(row)
        points.append((perturbation, point))
    return Section(
        name="robustness",
        title="Robustness",
        text=(
            "The same faces each time, made without the degradation of training; what is said happens to forged and "
            "pristine faces alike, and landmarks are found after it. The score is the fused one. "
            "H.264 codes each face as a key frame.",
        ),
        tables=(Table(caption="After each perturbation", corner="perturbation", columns=COLUMNS, rows=tuple(rows)),),
        charts=_charts(points, start),
    )


def _perturbed(bench: Bench, faces: TestFaces, perturbation: Perturbation) -> TestFaces:
    parts, marks = [], []
    bench.progress.begin(perturbation.label, len(faces), "face")
    for at in range(0, len(faces), BATCH):
        parts.append(perturbation.apply(faces.crops[at : at + BATCH]))
        marks.append(landmarks_of_crops(bench.detector, parts[-1]))
        bench.progress.advance(len(parts[-1]))
    return faces.seen_as(np.concatenate(parts), np.concatenate(marks))


def _measured(bench: Bench, faces: TestFaces, label: str) -> tuple[Row, Point]:
    result = bench.recover(bench.recoverer, faces, f"recovering: {label}")
    fake, recovered = faces.is_fake, result.recovered
    cells = [area(result.fused[fake], result.fused[~fake])]
    first = []
    for rows, pictures, vectors in (
        (faces.source_row, recovered.source, recovered.source_vector),
        (faces.target_row, recovered.target, recovered.target_vector),
    ):
        assert pictures is not None and vectors is not None
        photograph = bench.gallery.photograph(rows[fake])
        shown = identity_vectors(bench.embedder, pictures[fake], faces.landmarks[fake])
        rank = bench.gallery.ranks(vectors[fake], rows[fake])
        cells += [mean(cosine(shown, photograph)), mean(cosine(vectors[fake], photograph))]
        cells += [share(rank <= 1), median(rank)]
        first.append(100 * float((rank <= 1).mean()))
    point = Point(
        detection=100 * auc(result.fused[fake], result.fused[~fake]), source_first=first[0], target_first=first[1]
    )
    return Row(label=label, cells=tuple(cells)), point


def _charts(points: list[tuple[Perturbation, Point]], start: Point) -> tuple[Chart, ...]:
    charts = []
    for kind in dict.fromkeys(perturbation.kind for perturbation, _ in points):
        own = [(perturbation, point) for perturbation, point in points if perturbation.kind == kind]
        x = (own[0][0].untouched, *(perturbation.strength for perturbation, _ in own))
        series = tuple(
            Series(label=label, x=x, y=(getattr(start, name), *(getattr(point, name) for _, point in own)))
            for label, name in (
                ("detection, AUC", "detection"),
                ("source ranked first", "source_first"),
                ("target ranked first", "target_first"),
            )
        )
        charts.append(
            Chart(
                name=f"robustness-{kind.lower().replace(' ', '-').replace('.', '')}",
                caption=f"{kind}; the first point is untouched",
                x_label=own[0][0].unit,
                y_label="%",
                series=series,
                y_range=(0, 100),
            )
        )
    return tuple(charts)
