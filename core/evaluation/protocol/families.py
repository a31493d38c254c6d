"""Section "families": recovery by family of forgery, and by networks that never saw one of them (Tables III and IV)."""

from __future__ import annotations

from core.evaluation.protocol.bench import Bench
from core.evaluation.protocol.faces import REAL
from core.evaluation.protocol.intervals import area, mean, share
from core.evaluation.protocol.methods import DfrecResult
from core.evaluation.protocol.networks import candidate_from
from core.evaluation.protocol.people import cosine
from core.evaluation.protocol.results import Column, Row, Section, Table

LEFT_OUT = "without-"
COLUMNS = (
    Column(title="DFREC score, AUC"),
    Column(title="source IDSim, stated"),
    Column(title="source ranked first", digits=1, is_share=True),
    Column(title="target IDSim, stated"),
    Column(title="target ranked first", digits=1, is_share=True),
    Column(title="None: source ranked first", digits=1, is_share=True),
    Column(title="None: target ranked first", digits=1, is_share=True),
)


def run(bench: Bench) -> Section:
    """Each family by the shipped weights; then each network named ``without-FAMILY`` on the family it never saw."""
    families = sorted(set(bench.faces.family.tolist()) - {REAL})
    rows = [_row(bench, bench.result, family, f"{family}: shipped weights") for family in families]
    card = bench.registry.find(bench.settings.model)
    unknown = []
    for given in bench.settings.ablations:
        family = given.name.removeprefix(LEFT_OUT)
        if family == given.name:
            continue
        if family not in families:
            unknown.append(family)
            continue
        candidate = candidate_from(given.path, card, bench.embedder, bench.settings.device)
        result = bench.recover(candidate.recoverer, bench.faces, f"recovering: {given.name}")
        rows.append(_row(bench, result, family, f"{family}: trained without it"))
    rows.sort(key=lambda row: row.label.partition(":")[0])
    text = [
        "The forgeries of section Recovery, family by family. A row “trained without it” shows weights that never saw "
        f"that family (given as `--ablation {LEFT_OUT}FAMILY=FILE`): what carries over to forgers nobody knows yet."
    ]
    if unknown:
        text.append(f"No test face belongs to: {', '.join(unknown)}.")
    return Section(
        name="families",
        title="Across forgeries",
        text=tuple(text),
        tables=(Table(caption="By family of forgery", corner="family", columns=COLUMNS, rows=tuple(rows)),),
    )


def _row(bench: Bench, result: DfrecResult, family: str, label: str) -> Row:
    faces, of_family = bench.faces, bench.faces.family == family
    cells = [area(result.dfrec[of_family], result.dfrec[~faces.is_fake])]
    firsts = []
    for rows, vectors in (
        (faces.source_row[of_family], result.recovered.source_vector),
        (faces.target_row[of_family], result.recovered.target_vector),
    ):
        assert vectors is not None
        cells += [mean(cosine(vectors[of_family], bench.gallery.photograph(rows)))]
        cells += [share(bench.gallery.ranks(vectors[of_family], rows) <= 1)]
        firsts.append(share(bench.gallery.ranks(result.seen[of_family], rows) <= 1))
    return Row(label=f"{label} ({int(of_family.sum())})", cells=(*cells, *firsts))
