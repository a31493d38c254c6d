"""Section "ablation": parts switched off, and networks trained otherwise (Tables VI and VII)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager, nullcontext

import numpy as np
from torch import nn

from core.evaluation.metrics import psnr
from core.evaluation.people import BATCH
from core.evaluation.protocol.bench import Bench
from core.evaluation.protocol.describe import identity_vectors
from core.evaluation.protocol.intervals import mean, share
from core.evaluation.protocol.likeness import ssim
from core.evaluation.protocol.methods import Recovered
from core.evaluation.protocol.networks import (
    Candidate,
    candidate_from,
    candidate_of,
    without_fusion,
    without_map,
    without_surroundings,
)
from core.evaluation.protocol.people import cosine
from core.evaluation.protocol.results import Cell, Column, Row, Section, Table
from core.training.pixels import as_tensor

COLUMNS = (
    Column(title="target IDSim, picture"),
    Column(title="target PSNR, dB", digits=2),
    Column(title="target SSIM"),
    Column(title="target IDSim, stated"),
    Column(title="target ranked first, stated", digits=1, is_share=True),
    Column(title="source IDSim, picture"),
    Column(title="source IDSim, stated"),
    Column(title="source ranked first, stated", digits=1, is_share=True),
)
OFF, TRAINED = "switched off at inference", "trained separately"


@contextmanager
def _without_both(network: nn.Module) -> Iterator[None]:
    with ExitStack() as stack:
        stack.enter_context(without_map(network))
        stack.enter_context(without_fusion(network))
        yield


SWITCHES: tuple[tuple[str, Callable[[nn.Module], AbstractContextManager[None]]], ...] = (
    ("DFREC, whole", lambda _: nullcontext()),
    (f"no ISM: map zero ({OFF})", without_map),
    (f"no fusion: f_t zero ({OFF})", without_fusion),
    (f"neither ({OFF})", _without_both),
    (f"no surroundings ({OFF})", without_surroundings),
)


def run(bench: Bench) -> Section:
    """The shipped weights with parts switched off, then every set of weights that was given."""
    device, settings = bench.settings.device, bench.settings
    whole = candidate_of(bench.registry, settings.model, bench.embedder, device)
    rows = []
    for label, switched in SWITCHES:
        with switched(whole.network):
            rows.append(_row(bench, whole, label))
    card = bench.registry.find(settings.model)
    for given in settings.ablations:
        other = candidate_from(given.path, card, bench.embedder, device)
        rows.append(_row(bench, other, f"{given.name} ({TRAINED})"))
    trained = "" if settings.ablations else " No separately trained weights were given."
    return Section(
        name="ablation",
        title="Ablation",
        text=(
            f"Rows marked “{OFF}” use the shipped weights, which were trained with that part: they show how much "
            f"the network leans on it, not what a network without it could learn. Rows marked “{TRAINED}” show the "
            "latter. The identity heads read features that neither switch touches in the compact network. Without "
            f"the map the patches hidden from the encoder are pasted, as in the paper.{trained}",
        ),
        tables=(Table(caption="DFREC in parts", corner="network", columns=COLUMNS, rows=tuple(rows)),),
    )


def _row(bench: Bench, candidate: Candidate, label: str) -> Row:
    faces = bench.faces
    recovered = bench.recover(candidate.recoverer, faces, f"recovering: {label}").recovered
    fake = faces.is_fake
    target, source = (_identity(bench, recovered, role) for role in ("target", "source"))
    assert recovered.target is not None
    signal, structure = [], []
    pictures, truth = recovered.target[fake], faces.target[fake]
    for at in range(0, len(pictures), BATCH):
        a, b = (as_tensor(stack[at : at + BATCH], "cpu") for stack in (pictures, truth))
        signal.append(psnr(a.numpy(), b.numpy()))
        structure.append(ssim(a, b).numpy())
    likeness = (mean(np.concatenate(signal)), mean(np.concatenate(structure)))
    return Row(label=label, cells=(target[0], *likeness, *target[1:], *source))


def _identity(bench: Bench, recovered: Recovered, role: str) -> tuple[Cell, Cell, Cell]:
    faces, fake = bench.faces, bench.faces.is_fake
    rows = getattr(faces, f"{role}_row")[fake]
    photograph = bench.gallery.photograph(rows)
    shown = identity_vectors(bench.embedder, getattr(recovered, role)[fake], faces.landmarks[fake])
    stated = getattr(recovered, f"{role}_vector")[fake]
    rank = bench.gallery.ranks(stated, rows)
    return mean(cosine(shown, photograph)), mean(cosine(stated, photograph)), share(rank <= 1)
