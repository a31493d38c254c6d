"""Section "enrolled": recovered targets by the face alone and with what surrounds it, by what is enrolled of them."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from core.domain.arrays import FloatArray
from core.errors import CaseError
from core.evaluation.comparisons import scores_of
from core.evaluation.metrics import ranks_of
from core.evaluation.photographs import photograph_surroundings
from core.evaluation.protocol.bench import Bench
from core.evaluation.protocol.intervals import median, share
from core.evaluation.protocol.results import Column, Row, Section, Table
from core.evaluation.validation import another_photograph

COLUMNS = (
    Column(title="ranked first", digits=1, is_share=True),
    Column(title="in the first five", digits=1, is_share=True),
    Column(title="median rank", digits=0),
)


def run(bench: Bench) -> Section:
    """Rank the forgeries of section "recovery" by the application's rule.

    Raises:
        CaseError: the network reads no surroundings, or no rule was fitted to it.
    """
    rule, reader = bench.comparison, bench.reader
    if reader is None or not rule.share:
        raise CaseError(
            "no rule for surroundings was fitted to these weights", next_step="calibrate them (docs/training.md)"
        )
    gallery, fake = bench.gallery, bench.faces.is_fake
    target_rows = bench.faces.target_row[fake]
    enrolled = photograph_surroundings(bench.corpus, np.flatnonzero(bench.corpus.is_validation), reader)
    stated = bench.result.recovered.target_vector
    assert stated is not None
    seen = bench.result.seen[fake]
    by_face = scores_of(stated[fake], None, gallery.vectors, None, rule)
    with_surroundings = scores_of(stated[fake], bench.result.surroundings[fake], gallery.vectors, enrolled, rule)
    none = scores_of(seen, None, gallery.vectors, None, rule)
    rows = []
    for what, truth in (
        ("the very photograph behind the forgery", gallery.place[target_rows]),
        ("another photograph of the person", another_photograph(target_rows, bench.corpus)),
    ):
        for how, scores in (
            ("None (the forgery itself)", none),
            ("face alone", by_face),
            ("face and surroundings", with_surroundings),
        ):
            rows.append(_row(f"{what} enrolled: {how}", scores, truth, gallery.identity))
    return Section(
        name="enrolled",
        title="What is enrolled of the target",
        text=(
            f"The forgeries of section Recovery among {len(gallery)} photographs of validation people. Surroundings "
            f"(hair, ears, outline, neck) count from a cosine of {rule.knee:.3f} on, which 1 in 100 strangers' reach; "
            "they may tell the same picture or occasion, and like hair and sex, hardly the person: where only a "
            "photograph of another occasion is enrolled they are not expected to help.",
        ),
        tables=(Table(caption="Targets by what is enrolled", corner="enrolled", columns=COLUMNS, rows=tuple(rows)),),
    )


def _row(label: str, scores: FloatArray, truth: NDArray[np.int64], identity: NDArray[np.str_]) -> Row:
    has = truth >= 0
    rank = ranks_of(scores[has], truth[has], identity).astype(np.float32)
    return Row(label=f"{label} ({int(has.sum())})", cells=(share(rank <= 1), share(rank <= 5), median(rank)))
