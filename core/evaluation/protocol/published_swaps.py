"""Section "published": swaps that others made and published, ranked among strangers."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from core.domain.arrays import FloatArray
from core.errors import CaseError, EvidenceNotFoundError
from core.evaluation.photographs import photograph_surroundings
from core.evaluation.protocol.bench import Bench
from core.evaluation.protocol.intervals import area, mean, median, share
from core.evaluation.protocol.results import Cell, Column, Row, Section, Table
from core.evaluation.published import Strangers, SwapRank, SwapTrial, swaps_in

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
    reader, in_corpus = bench.reader, np.flatnonzero(bench.corpus.is_validation)[rows]
    strangers = Strangers(
        vectors=bench.gallery.vectors[rows],
        surroundings=None if reader is None else photograph_surroundings(bench.corpus, in_corpus, reader),
        comparison=bench.comparison,
        reader=reader,
    )
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
    return _section(ranked, trial, refused, len(rows))


def _section(ranked: list[SwapRank], trial: SwapTrial, refused: list[str], strangers: int) -> Section:
    sets = sorted({one.set for one in ranked})
    groups = [("all", ranked), *((name, [one for one in ranked if one.set == name]) for name in sets)]
    tables = []
    for what, role, ranked_by in (
        ("source", "source", "source"),
        ("target, by the face alone", "target", "target_face"),
        ("target, by face and surroundings as the application ranks", "target", "target"),
    ):
        rows = tuple(
            Row(label=f"{name} ({len(group)})", cells=_cells(group, role, ranked_by)) for name, group in groups if group
        )
        tables.append(Table(caption=f"Published swaps, {what}", corner="set (swaps)", columns=COLUMNS, rows=rows))
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
            f"validation people. Several swaps share a person, so that the intervals are too narrow. Of a target the "
            "very picture that was changed is enrolled, or one of the same clip: surroundings tell that picture, not "
            f"the person, and would help less with a photograph of another occasion.{left_out}",
        ),
        tables=tuple(tables),
    )


def _cells(group: list[SwapRank], role: str, ranked_by: str) -> tuple[Cell, ...]:
    def numbers(name: str) -> FloatArray:
        return np.array([getattr(one, name) for one in group], dtype=np.float32)

    cells: list[Cell] = [mean(numbers(f"{role}_cosine")), mean(numbers(f"none_{role}_cosine"))]
    for k in (1, 5):
        cells += [share(numbers(ranked_by) <= k), share(numbers(f"none_{role}") <= k)]
    return (*cells, median(numbers(ranked_by)), median(numbers(f"none_{role}")))


def _scores(group: list[SwapRank]) -> FloatArray:
    return np.array([one.fake_score for one in group], dtype=np.float32)


def _named(swap: Path) -> str:
    return f"{swap.parent.name}/{swap.name}"
