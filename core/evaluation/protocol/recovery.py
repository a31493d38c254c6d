"""Section "recovery": every method against the pristine photographs, both roles (Tables I, III, IV and VII)."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from core.domain.arrays import FloatArray
from core.domain.identity import Role
from core.errors import CaseError
from core.evaluation.protocol.baselines import baselines_of
from core.evaluation.protocol.bench import Bench
from core.evaluation.protocol.describe import identity_vectors
from core.evaluation.protocol.intervals import bootstrapped, share
from core.evaluation.protocol.likeness_tables import (
    IDENTITY_COLUMNS,
    PICTURE_COLUMNS,
    Entry,
    RoleTruth,
    dfrec_entries,
)
from core.evaluation.protocol.methods import AsSeen, Recovered
from core.evaluation.protocol.people import cosine
from core.evaluation.protocol.results import NOTHING, Cell, Chart, Column, Row, Section, Series, Table

PAPER_THRESHOLD = 0.9
ACCURACY_CAPTION = (
    "Recovery accuracy: called pristine when IDSim of the face as seen and its recovered target exceeds the threshold; "
    "both kinds weigh alike"
)
ACCURACY_COLUMNS = tuple(
    Column(title=title, digits=1, is_share=True)
    for title in (
        "pristine called pristine at 0.9",
        "forged called forged at 0.9",
        "accuracy at 0.9",
        "accuracy at a threshold fitted to the other half",
    )
)
RANKS_SHOWN = (1, 2, 3, 5, 10, 20, 50, 100, 200, 500, 1000)


def run(bench: Bench) -> Section:
    """Measure every method on the same faces."""
    methods = baselines_of(bench.settings.baselines, bench.foundation, bench.settings.seed, bench.settings.device)
    entries: list[Entry] = []
    absent: list[tuple[str, str]] = []
    notes = []
    suspects = bench.suspects
    bench.progress.begin("comparing methods", len(methods) + 1, "method")
    for method in methods:
        reason = method.available()
        if not reason:
            try:
                entries.append(_entry(bench, method.name, method.recover(suspects)))
            except CaseError as error:
                reason = error.what
        if reason:
            absent.append((method.name, reason))
        notes.append(f"- {method.name}: {method.note}" + (f" Not measured: {reason}." if reason else ""))
        bench.progress.advance(1)
    entries += dfrec_entries(bench.embedder, bench.result.recovered, bench.faces.landmarks)
    truths = [RoleTruth(bench, bench.faces, role, entries[0].vectors[role]) for role in (Role.SOURCE, Role.TARGET)]
    tables = [table for truth in truths for table in _role_tables(truth, entries, absent)]
    bench.progress.advance(1)
    return Section(
        name="recovery",
        title="Recovery",
        text=(_intro(bench), "\n".join(notes)),
        tables=(*tables, _accuracy(bench, entries)),
        charts=tuple(_rank_chart(truth, entries) for truth in truths),
    )


def _intro(bench: Bench) -> str:
    forged = int(bench.faces.is_fake.sum())
    pair = bench.gallery.same_person
    same = "nobody here has two photographs, so that no span can be given"
    if pair is not None:
        same = f"two photographs of one person reach {pair.plain:.3f}, centred {pair.centred:.3f}, the end of the span"
    return (
        f"{forged} forgeries of people that never trained, and {len(bench.faces) - forged} pristine faces, degraded as "
        "in training. IDSim is the cosine of the embedder's vectors of the recovered picture (or of the stated "
        "identity) and of the pristine photograph; mean-centred takes the directions from the mean face, where faces "
        f"of different people do not crowd together; {same}. Ranks are among all {len(bench.gallery)} photographs of "
        "validation people; other photographs of the same person do not count. The Fréchet distance uses features of "
        "EfficientNet-Lite0 and few pictures: it compares rows of this table and is not comparable with the paper's "
        "FID. Intervals are 95 %: Wilson for shares, percentile bootstrap over faces otherwise."
    )


def _entry(bench: Bench, label: str, recovered: Recovered) -> Entry:
    pictures = {Role.SOURCE: recovered.source, Role.TARGET: recovered.target}
    have = {role: stack for role, stack in pictures.items() if stack is not None}
    marks = bench.faces.landmarks
    if label == AsSeen.name:  # one picture for both roles
        seen = identity_vectors(bench.embedder, bench.faces.crops, marks)
        return Entry(label=label, pictures=have, vectors=dict.fromkeys(have, seen))
    vectors = {role: identity_vectors(bench.embedder, stack, marks) for role, stack in have.items()}
    return Entry(label=label, pictures=have, vectors=vectors)


def _role_tables(truth: RoleTruth, entries: list[Entry], absent: list[tuple[str, str]]) -> tuple[Table, Table]:
    def missing(columns: tuple[Column, ...]) -> tuple[Row, ...]:
        rest = (NOTHING,) * (len(columns) - 1)
        return tuple(Row(label=name, cells=(reason, *rest)) for name, reason in absent)

    identity = tuple(truth.identity_row(entry) for entry in entries if truth.role in entry.vectors)
    pictures = tuple(truth.picture_row(entry) for entry in entries if truth.role in entry.pictures)
    role = truth.role.value.lower()
    return (
        Table(
            caption=f"Identity of the recovered {role}",
            corner="method",
            columns=IDENTITY_COLUMNS,
            rows=identity + missing(IDENTITY_COLUMNS),
        ),
        Table(
            caption=f"Picture of the recovered {role}",
            corner="method",
            columns=PICTURE_COLUMNS,
            rows=pictures + missing(PICTURE_COLUMNS),
        ),
    )


def _accuracy(bench: Bench, entries: list[Entry]) -> Table:
    fake, none = bench.faces.is_fake, entries[0].vectors[Role.TARGET]
    half = np.arange(len(fake)) % 2 == 0
    rows = tuple(
        Row(label=entry.label, cells=accuracy_cells(none, entry.vectors[Role.TARGET], fake, half))
        for entry in entries[1:]
        if Role.TARGET in entry.vectors
    )
    return Table(caption=ACCURACY_CAPTION, corner="method", columns=ACCURACY_COLUMNS, rows=rows)


def accuracy_cells(
    none: FloatArray, target: FloatArray, fake: NDArray[np.bool_], half: NDArray[np.bool_]
) -> tuple[Cell, ...]:
    """A face is called real when its recovered target stays like it (the paper's recovery accuracy).

    Args:
        none, target: (N, D) vectors of the faces as seen and of their recovered targets.
        fake: (N,).
        half: (N,) True for the faces of one half, see `crossed_threshold`.

    Returns:
        The cells of `ACCURACY_COLUMNS`.
    """
    likeness = cosine(none, target)
    called = likeness <= PAPER_THRESHOLD
    fitted = likeness <= crossed_threshold(likeness, fake, half)
    return (
        share(~called[~fake]),
        share(called[fake]),
        bootstrapped(lambda i: balanced(called[i], fake[i]), len(fake)),
        bootstrapped(lambda i: balanced(fitted[i], fake[i]), len(fake)),
    )


def balanced(called_forged: NDArray[np.bool_], fake: NDArray[np.bool_]) -> float:
    """Mean of the share of forged faces called forged and of pristine faces called pristine."""
    parts = [float(called_forged[fake].mean())] if fake.any() else []
    parts += [float((~called_forged[~fake]).mean())] if not fake.all() else []
    return float(np.mean(parts))


def crossed_threshold(likeness: FloatArray, fake: NDArray[np.bool_], half: NDArray[np.bool_]) -> FloatArray:
    """(N,) threshold of each face: the one that serves the other half of the faces best (two-fold)."""
    threshold = np.empty(len(fake), np.float32)
    for own in (half, ~half):
        candidates = np.unique(likeness[~own])
        scores = [balanced(likeness[~own] <= one, fake[~own]) for one in candidates]
        threshold[own] = candidates[int(np.argmax(scores))] if scores else PAPER_THRESHOLD
    return threshold


def _rank_chart(truth: RoleTruth, entries: list[Entry]) -> Chart:
    series = []
    for entry in entries:
        if truth.role not in entry.vectors:
            continue
        rank = truth.ranks(entry.vectors[truth.role])
        shares = tuple(100 * float((rank <= k).mean()) for k in RANKS_SHOWN)
        series.append(Series(label=entry.label, x=tuple(map(float, RANKS_SHOWN)), y=shares))
    role = truth.role.value.lower()
    return Chart(
        name=f"ranks-{role}",
        caption=f"How often the true {role} is among the first candidates",
        x_label="candidates looked at",
        y_label=f"true {role} among them, %",
        series=tuple(series),
        is_log=True,
        y_range=(0, 100),
    )
