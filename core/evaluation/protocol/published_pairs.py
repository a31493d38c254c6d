"""Section "pairs": the papers' own data sets, packed by `core.training.pair_packing`, on what of them never trained."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from core.domain.identity import Role
from core.evaluation.people import half_of
from core.evaluation.protocol.bench import Bench
from core.evaluation.protocol.detection import (
    ALL,
    RFFR,
    RFFR_FUSED,
    SCORES,
    by_detector,
    families_in,
    forged_of,
    rffr_scores,
    scores_of,
)
from core.evaluation.protocol.likeness_tables import (
    LIKENESS_COLUMNS,
    RANK_COLUMNS,
    Entry,
    dfrec_entries,
    likeness_cells,
    rank_cells,
)
from core.evaluation.protocol.methods import AsSeen
from core.evaluation.protocol.pair_faces import PairTest, draw_pairs
from core.evaluation.protocol.recovery import ACCURACY_CAPTION, ACCURACY_COLUMNS, accuracy_cells
from core.evaluation.protocol.results import Row, Section, Table
from core.training.pair_corpus import PairCorpus, load_pairs


def run(bench: Bench) -> Section:
    """Measure every data set that the user named.

    Raises:
        CaseError: a folder holds no packed pairs, or all of them train.
    """
    text, tables = [], []
    for folder in bench.settings.pairs:
        pairs = load_pairs(folder)
        said, found = _measured(bench, pairs)
        text.append(said)
        tables += found
    return Section(
        name="pairs",
        title="Published forgeries",
        text=(
            "The papers' data sets, of each what is kept from training (`python -m core.training train --pairs`): its "
            "own validation and test parts, or a tenth of its people. IDSim, mean-centred IDSim, ranks and recovery "
            "accuracy as in section Recovery; frames of one clip and swaps of one person are alike, so that the "
            "intervals are too narrow. Who is in two data sets under two names is not known.",
            *text,
        ),
        tables=tuple(tables),
    )


def _measured(bench: Bench, pairs: PairCorpus) -> tuple[str, list[Table]]:
    """What is said of one data set, and its tables."""
    name, test = str(pairs.sets[0]), draw_pairs(bench, pairs)
    faces = test.faces
    result = bench.recover(bench.recoverer, faces, f"recovering: {name}")
    person = pairs.identity[faces.target_row]
    found, of_rffr = rffr_scores(bench, faces, result.dfrec, person)
    tables = []
    if test.gallery is not None:
        none = Entry(label=AsSeen.name, pictures={}, vectors=dict.fromkeys((Role.SOURCE, Role.TARGET), result.seen))
        entries = [none, *dfrec_entries(bench.embedder, result.recovered, faces.landmarks)]
        tables = [_identity(name, test, role, entries) for role in (Role.SOURCE, Role.TARGET)]
        half = np.isin(person, half_of(person, np.random.default_rng(bench.settings.seed)))
        tables.append(_accuracy(name, test, entries, half))
    shown = (*SCORES, RFFR, RFFR_FUSED) if of_rffr else SCORES
    tables.append(by_detector(scores_of(result) | found, shown, faces, f"{name}: detection by method (forgeries)"))
    return f"**{name}**: {_said(bench, pairs, test)}{of_rffr}", tables


def _said(bench: Bench, pairs: PairCorpus, test: PairTest) -> str:
    faces = test.faces
    forged = int(faces.is_fake.sum())
    counted = f"{forged} forged and {len(faces) - forged} real faces."
    if test.gallery is None:
        return f"{counted} Nobody behind these forgeries is known: detection alone."
    own = int(test.gallery.place.max()) + 1
    among = f"{own} photographs of {len(np.unique(test.gallery.identity[:own]))} people of the set that never trained"
    if bench.settings.faces is not None:
        among += f" and {len(test.gallery) - own} of the packed faces' validation people"
    measured = {role: test.measured(role) for role in (Role.SOURCE, Role.TARGET)}
    trained = pairs.identity[~pairs.held_out]
    known = [int(np.isin(pairs.identity[test.rows(role)[which]], trained).sum()) for role, which in measured.items()]
    shared = ""
    if any(known):
        shared = f" The set's parts share people: {known[0]} of these sources and {known[1]} of the targets train, too."
    return (
        f"{counted} Ranked are {int(measured[Role.SOURCE].sum())} sources and {int(measured[Role.TARGET].sum())} "
        f"targets among {among}.{shared} The halves of the accuracy's last column are halves of the people."
    )


def _identity(name: str, test: PairTest, role: Role, entries: list[Entry]) -> Table:
    assert test.gallery is not None
    rows = []
    for family in (ALL, *families_in(test.faces)):
        which = test.measured(role) & forged_of(test.faces, family)
        if not which.any():
            continue
        truth = test.rows(role)[which]
        for entry in entries:
            vectors = entry.vectors[role][which]
            rank = test.gallery.ranks(vectors, truth).astype(np.float32)
            cells = (*likeness_cells(test.gallery, vectors, truth), *rank_cells(rank))
            rows.append(Row(label=f"{family} ({int(which.sum())}): {entry.label}", cells=cells))
    return Table(
        caption=f"{name}: identity of the recovered {role.value.lower()}",
        corner="method (forgeries)",
        columns=(*LIKENESS_COLUMNS, *RANK_COLUMNS),
        rows=tuple(rows),
    )


def _accuracy(name: str, test: PairTest, entries: list[Entry], half: NDArray[np.bool_]) -> Table:
    """Forgeries of each method whose true faces are known, against all real faces."""
    none, *recovered = entries
    rows = []
    for family in (ALL, *families_in(test.faces)):
        forged = test.has_truth & forged_of(test.faces, family)
        if not forged.any():
            continue
        which = forged | ~test.faces.is_fake
        for entry in recovered:
            vectors = none.vectors[Role.TARGET][which], entry.vectors[Role.TARGET][which]
            cells = accuracy_cells(*vectors, test.faces.is_fake[which], half[which])
            rows.append(Row(label=f"{family} ({int(forged.sum())}): {entry.label}", cells=cells))
    caption = f"{name}: {ACCURACY_CAPTION[0].lower()}{ACCURACY_CAPTION[1:]}"
    return Table(caption=caption, corner="method (forgeries)", columns=ACCURACY_COLUMNS, rows=tuple(rows))
