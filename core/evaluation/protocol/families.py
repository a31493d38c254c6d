"""Section "families": recovery by family of forgery, and by networks that never saw one of them (Tables III and IV)."""

from __future__ import annotations

from dataclasses import dataclass

import torch

from core.evaluation.protocol.bench import Bench
from core.evaluation.protocol.faces import REAL, REAL_SHARE, TestFaces
from core.evaluation.protocol.intervals import area, mean, share
from core.evaluation.protocol.methods import DfrecResult
from core.evaluation.protocol.networks import candidate_from
from core.evaluation.protocol.people import cosine
from core.evaluation.protocol.results import Column, Row, Section, Table
from core.recovery.recoverer import FaceRecoverer
from core.training.faces import TrainingFaces
from core.training.forgery_batch import Family, ForgeryConfig
from core.training.omissions import LEARNT_FROM
from core.training.swap_network import Swapper

LEFT_OUT, CONTROL = "without-", "with-all"
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


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class FamilyFaces:
    """Test faces in which a family of forgeries occurs, and how that family is called in the table."""

    faces: TestFaces
    note: str


def run(bench: Bench) -> Section:
    """Each family by the shipped weights; then each network that never saw one or more of them, on those.

    Of the weights given, ``without-FAMILY`` or ``without-FAMILY+FAMILY`` names what never was trained with, and
    ``with-all`` weights trained alike on every family, which they are compared with.
    """
    found = _families(bench)
    rows = []
    for family, there in found.items():
        result = bench.result if there.faces is bench.faces else _recovered(bench, bench.recoverer, there, family)
        rows.append(_row(bench, there.faces, result, family, f"{family}: {there.note}"))
    given = [(one.name, one.path) for one in bench.settings.ablations]
    left_out = {name: families for name, _ in given if (families := _left_out_of(name))}
    measured_on = {**left_out, CONTROL: sorted({family for families in left_out.values() for family in families})}
    card = bench.registry.find(bench.settings.model)
    for name, path in given:
        families = [family for family in measured_on.get(name, ()) if family in found]
        if not families:
            continue
        other = candidate_from(path, card, bench.embedder, bench.settings.device).recoverer
        results: dict[int, DfrecResult] = {}  # most families share their faces
        for family in families:
            there = found[family]
            if id(there.faces) not in results:
                results[id(there.faces)] = _recovered(bench, other, there, name)
            label = f"{family}: trained with all, as long" if name == CONTROL else f"{family}: trained without it"
            rows.append(_row(bench, there.faces, results[id(there.faces)], family, label))
    rows.sort(key=lambda row: row.label.partition(":")[0])
    text = [
        "The forgeries of section Recovery, family by family. A row “trained without it” shows weights that never saw "
        f"that family (given as `--ablation {LEFT_OUT}FAMILY=FILE`): what carries over to forgers nobody knows yet; "
        "“trained with all, as long” shows weights that were trained alike and saw it. "
        f"Nor did any training see “{GRADIENT}”, faces cloned in the gradient domain (Pérez et al. 2003): the source's "
        "edges within the target's colours, without a seam."
    ]
    if SWAP in found:
        text.append(
            f"“{SWAP}”: repainted by a network into which the source's identity vector is injected (after SimSwap, "
            "Chen et al. 2020). Unless it is said otherwise, training saw swaps of other people by a network of the "
            "same kind; what another forger's give is another matter, see the published ones."
        )
    unknown = sorted(set(measured_on[CONTROL]) - set(found))
    if unknown:
        text.append(f"No test face belongs to: {', '.join(unknown)}.")
    return Section(
        name="families",
        title="Across forgeries",
        text=tuple(text),
        tables=(Table(caption="By family of forgery", corner="family", columns=COLUMNS, rows=tuple(rows)),),
    )


def _left_out_of(name: str) -> list[str]:
    """Families that weights of this name never saw; none for other ablations, ``without-fake`` for example."""
    families = name.removeprefix(LEFT_OUT).split("+") if name.startswith(LEFT_OUT) else []
    return families if set(families) <= set(LEARNT_FROM) else []


def _families(bench: Bench) -> dict[str, FamilyFaces]:
    found = {
        family: FamilyFaces(faces=bench.faces, note="shipped weights")
        for family in sorted(set(bench.faces.family.tolist()) - {REAL})
    }
    found[GRADIENT] = FamilyFaces(faces=bench.draw(UNSEEN), note="in no training")
    if bench.settings.swapper is not None:
        cpu = torch.device("cpu")
        swapper = Swapper.load(bench.settings.swapper, TrainingFaces(bench.corpus, cpu).centred, cpu)
        found[SWAP] = FamilyFaces(faces=bench.draw(SWAPPED, swapper), note="by the given network, of other people")
    return found


def _recovered(bench: Bench, recoverer: FaceRecoverer, there: FamilyFaces, name: str) -> DfrecResult:
    return bench.recover(recoverer, there.faces, f"recovering: {name}")


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
