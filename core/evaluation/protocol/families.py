"""Section "families": recovery by family of forgery, and by networks that never saw one of them (Tables III and IV)."""

from __future__ import annotations

import torch

from core.evaluation.protocol.bench import Bench
from core.evaluation.protocol.faces import REAL, REAL_SHARE, TestFaces
from core.evaluation.protocol.intervals import area, mean, share
from core.evaluation.protocol.methods import DfrecResult
from core.evaluation.protocol.networks import candidate_from
from core.evaluation.protocol.people import cosine
from core.evaluation.protocol.results import Column, Row, Section, Table
from core.training.faces import TrainingFaces
from core.training.forgery_batch import Family, ForgeryConfig
from core.training.swap_network import Swapper

LEFT_OUT = "without-"
GRADIENT = Family.GRADIENT.name.lower()
UNSEEN = ForgeryConfig(real_share=REAL_SHARE, self_blend_share=0.0, shift_share=0.0, gradient_share=1.0)
SWAP = Family.SWAP.name.lower()
SWAPPED = ForgeryConfig(real_share=REAL_SHARE, self_blend_share=0.0, swap_share=1.0)
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
    rows = [_row(bench, bench.faces, bench.result, family, f"{family}: shipped weights") for family in families]
    unseen = bench.draw(UNSEEN)
    result = bench.recover(bench.recoverer, unseen, f"recovering: {GRADIENT}")
    rows.append(_row(bench, unseen, result, GRADIENT, f"{GRADIENT}: in no training"))
    if bench.settings.swapper is not None:
        cpu = torch.device("cpu")
        swapper = Swapper.load(bench.settings.swapper, TrainingFaces(bench.corpus, cpu).centred, cpu)
        swaps = bench.draw(SWAPPED, swapper)
        result = bench.recover(bench.recoverer, swaps, f"recovering: {SWAP}")
        rows.append(_row(bench, swaps, result, SWAP, f"{SWAP}: by the network that trained them, of other people"))
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
        rows.append(_row(bench, bench.faces, result, family, f"{family}: trained without it"))
    rows.sort(key=lambda row: row.label.partition(":")[0])
    text = [
        "The forgeries of section Recovery, family by family. A row “trained without it” shows weights that never saw "
        f"that family (given as `--ablation {LEFT_OUT}FAMILY=FILE`): what carries over to forgers nobody knows yet. "
        f"Nor did any training see “{GRADIENT}”, faces cloned in the gradient domain (Pérez et al. 2003): the source's "
        "edges within the target's colours, without a seam."
    ]
    if bench.settings.swapper is not None:
        text.append(
            f"“{SWAP}”: repainted by a network into which the source's identity vector is injected (after SimSwap, "
            "Chen et al. 2020). Training saw the same network's swaps of other people; what another forger's give is "
            "another matter, see the published ones."
        )
    if unknown:
        text.append(f"No test face belongs to: {', '.join(unknown)}.")
    return Section(
        name="families",
        title="Across forgeries",
        text=tuple(text),
        tables=(Table(caption="By family of forgery", corner="family", columns=COLUMNS, rows=tuple(rows)),),
    )


def _row(bench: Bench, faces: TestFaces, result: DfrecResult, family: str, label: str) -> Row:
    of_family = faces.family == family
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
