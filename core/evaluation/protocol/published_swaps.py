"""Section "published": swaps that others made and published, ranked among strangers."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from core.domain.arrays import FloatArray
from core.errors import CaseError, EvidenceNotFoundError
from core.evaluation.protocol.bench import Bench
from core.evaluation.protocol.intervals import area, mean, median, share
from core.evaluation.protocol.results import Cell, Column, Row, Section, Table
from core.evaluation.published import SwapRank, SwapTrial, swaps_in

STRANGERS = 1000
COLUMNS = (
    Column(title="IDSim"),
    Column(title="None", digits=3),
    Column(title="ranked first", digits=1, is_share=True),
    Column(title="None", digits=1, is_share=True),
    Column(title="in the first five", digits=1, is_share=True),
    Column(title="None", digits=1, is_share=True),
    Column(title="median rank", digits=0),
    Column(title="None", digits=0),
)


def run(bench: Bench) -> Section:
    """Rank every swap of the folder the user named.

    Raises:
        CaseError: there is none.
    """
    folder = bench.settings.swaps
    assert folder is not None, "asked for only where a folder was named"
    if not folder.is_dir():
        raise EvidenceNotFoundError("there is no such folder", next_step="check the path", path=folder)
    swaps = list(swaps_in(folder))
    if not swaps:
        raise CaseError(
            "no case with source.*, target.* and swap*.* is in there", next_step="check the folder", path=folder
        )
    rows = np.random.default_rng(bench.settings.seed).permutation(len(bench.gallery))[:STRANGERS]
    strangers = bench.gallery.vectors[rows]
    trial = SwapTrial(bench.detector, bench.embedder, bench.recoverer, strangers, bench.settings.seed)
    ranked: list[SwapRank] = []
    refused: list[str] = []
    bench.progress.begin("published swaps", len(swaps), "swap")
    for swap, source, target in swaps:
        try:
            one = trial.rank(swap, source, target)
        except CaseError as error:
            one = None
            refused.append(f"{_named(swap)} ({error.what})")
        else:
            refused += [] if one is not None else [f"{_named(swap)} (no face found)"]
        ranked += [] if one is None else [one]
        bench.progress.advance(1)
    return _section(ranked, trial, refused, len(strangers))


def _section(ranked: list[SwapRank], trial: SwapTrial, refused: list[str], strangers: int) -> Section:
    sets = sorted({one.set for one in ranked})
    groups = [("all", ranked), *((name, [one for one in ranked if one.set == name]) for name in sets)]
    tables = []
    for role in ("source", "target"):
        rows = tuple(Row(label=f"{name} ({len(group)})", cells=_cells(group, role)) for name, group in groups if group)
        tables.append(Table(caption=f"Published swaps, {role}", corner="set (swaps)", columns=COLUMNS, rows=rows))
    pristine = trial.pristine_scores
    scores = tuple(
        Row(label=f"{name} ({len(group)})", cells=(area(_scores(group), pristine), median(_scores(group))))
        for name, group in groups
        if group
    )
    tables.append(
        Table(
            caption=f"Fake score of published swaps against the {len(pristine)} files of their sources and targets",
            corner="set (swaps)",
            columns=(Column(title="AUC"), Column(title="median score of the swaps")),
            rows=scores,
        )
    )
    left_out = f" Left out: {'; '.join(refused)}." if refused else ""
    return Section(
        name="published",
        title="Published swaps",
        text=(
            f"Swaps made by other people's networks, up to eight frames each, ranked among {strangers} photographs of "
            f"validation people. Several swaps share a person, so that the intervals are too narrow.{left_out}",
        ),
        tables=tuple(tables),
    )


def _cells(group: list[SwapRank], role: str) -> tuple[Cell, ...]:
    def numbers(name: str) -> FloatArray:
        return np.array([getattr(one, name) for one in group], dtype=np.float32)

    cells: list[Cell] = [mean(numbers(f"{role}_cosine")), mean(numbers(f"none_{role}_cosine"))]
    for k in (1, 5):
        cells += [share(numbers(role) <= k), share(numbers(f"none_{role}") <= k)]
    return (*cells, median(numbers(role)), median(numbers(f"none_{role}")))


def _scores(group: list[SwapRank]) -> FloatArray:
    return np.array([one.fake_score for one in group], dtype=np.float32)


def _named(swap: Path) -> str:
    return f"{swap.parent.name}/{swap.name}"
