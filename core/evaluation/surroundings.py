"""How much a face's surroundings count beside the face.

Whether both are one person's, and what is usual of surroundings, is learned from training people; four numbers more are
fitted on people that never trained.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.optimize import minimize

from core.domain.arrays import FloatArray
from core.errors import ModelError
from core.evaluation.metrics import ranks
from core.evaluation.people import BATCH, WITH_CONTEXT
from core.evaluation.photographs import photograph_crops
from core.evaluation.validation import drawn_faces, validation_places
from core.models.compact import CompactDfrec
from core.models.compact_layers import EMBEDDING_DIM
from core.models.consistency import ONE_OF_TWO
from core.models.registry import ModelRegistry
from core.models.weights import read_metadata, save_weights
from core.recovery.loading import build_network
from core.training.consistency_fit import fit_consistency, read_training_faces
from core.training.corpus import FaceCorpus
from core.training.faces import TrainingFaces

ALWAYS = tuple(np.arange(0.0, 1.55, 0.1).round(1).tolist())
UNSEEN = tuple(np.arange(0.0, 16.25, 0.5).round(1).tolist())
MEAN_FACES = 1000
TRAINING_FACES = 20_000
ITSELF = 0.95  # of pristine faces have to be ranked first by their own stated target


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Looks:
    """What DFREC says of N faces before anything is put together.

    Attributes:
        seam: (N,) fake logit of the map's network.
        apart: (N,) log-odds that source and surroundings are different people.
        target, context: (N, 128) directions from the mean face; context is that of the surroundings.
        is_fake: (N,) bool.
        target_row: (N,) int64 rows of the corpus.
    """

    seam: FloatArray
    apart: FloatArray
    target: FloatArray
    context: FloatArray
    is_fake: NDArray[np.bool_]
    target_row: NDArray[np.int64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """`CompactDfrec`'s numbers of the same names, and the loss that `Consistency` was left with."""

    seam_weights: tuple[float, float]
    context_weights: tuple[float, float]
    consistency_loss: float


def fit_log_odds(score: FloatArray, is_fake: NDArray[np.bool_]) -> tuple[float, float]:
    """Bias and slope of the log-odds of "forged" by a score (N,); forged and pristine faces (N,) count alike."""
    share = np.where(is_fake, 0.5 / is_fake.sum(), 0.5 / (~is_fake).sum())
    sign = np.where(is_fake, 1.0, -1.0)

    def cost(line: NDArray[np.float64]) -> float:
        return float((share * np.logaddexp(0, -sign * (line[0] + line[1] * score))).sum())

    bias, slope = minimize(cost, np.zeros(2)).x
    return float(bias), float(slope)


def fit_context_weights(looks: Looks, unseen: FloatArray, corpus: FaceCorpus) -> tuple[float, float]:
    """What the surroundings count in the target: always, and beside that where a swap shows no seam.

    The first weight is the one with the lowest mean logarithm of the true target's rank among all validation
    photographs. Hardly any of these forgeries is without a seam, so they can't tell how large the second should be,
    only when it does harm: it is the largest that keeps their ranks within one standard error of the best and with
    which 95 % of pristine faces are still ranked first by their own target.

    Args:
        looks: forged and pristine faces.
        unseen: (N,) of `CompactDfrec.unseen_swap`.
        corpus: the same packed faces.
    """
    rows, place = validation_places(corpus)
    gallery = corpus.embedding[rows] - corpus.mean_embedding
    gallery /= np.linalg.norm(gallery, axis=1, keepdims=True)

    def ranked(always: float, more: float) -> NDArray[np.int64]:
        probes = looks.target + (always + more * unseen)[:, None] * looks.context
        probes /= np.linalg.norm(probes, axis=1, keepdims=True)
        return ranks(probes, gallery, place[looks.target_row], corpus.identity[rows])

    def log_ranks(always: float, more: float) -> NDArray[np.float64]:
        return np.log(ranked(always, more)[looks.is_fake])

    def is_harmless(more: float) -> bool:
        return float(log_ranks(always, more).mean()) <= bearable and itself(more) >= min(ITSELF, itself(0.0))

    def itself(more: float) -> float:
        return float((ranked(always, more)[~looks.is_fake] == 1).mean())

    always = min(ALWAYS, key=lambda weight: float(log_ranks(weight, 0.0).mean()))
    best = log_ranks(always, 0.0)
    bearable = float(best.mean() + best.std() / np.sqrt(len(best)))
    return float(always), float(max(more for more in UNSEEN if more == 0 or is_harmless(more)))


@torch.inference_mode()
def look(network: CompactDfrec, corpus: FaceCorpus, count: int, seed: int) -> Looks:
    """What a network says of `count` faces of validation people, a third of them pristine."""
    columns: list[tuple[torch.Tensor, ...]] = []
    for batch in drawn_faces(corpus, count, seed):
        _, seam = network.ism(batch.image)
        seen, hidden = network.identities(batch.image), network.hidden_views(batch.image)
        source, target, context = network.directions(batch.image, seen, hidden)
        apart = network.consistency(source, network.surroundings(hidden))
        columns.append((seam, apart, target, context, batch.is_fake > 0, batch.target_row))
    seams, aparts, targets, contexts, is_fake, row = (torch.cat(c).numpy() for c in zip(*columns, strict=True))
    return Looks(
        seam=seams, apart=aparts, target=targets, context=contexts, is_fake=is_fake.astype(bool), target_row=row
    )


@torch.inference_mode()
def surroundings_mean(network: CompactDfrec, corpus: FaceCorpus, count: int, seed: int) -> torch.Tensor:
    """Mean (128,) of `CompactDfrec.hidden_views` over `count` pristine faces of training people, with their context."""
    may_show = np.flatnonzero(~corpus.is_validation & np.isin(corpus.sets, WITH_CONTEXT))
    rows = np.random.default_rng(seed).permutation(may_show)[:count]
    total = torch.zeros(EMBEDDING_DIM)
    for at in range(0, len(rows), BATCH):
        crops = torch.from_numpy(photograph_crops(corpus, rows[at : at + BATCH]))
        total += network.hidden_views(crops.permute(0, 3, 1, 2).float() / 255).sum(0)
    return total / max(len(rows), 1)


def fit_surroundings(
    registry: ModelRegistry,
    folder: Path,
    name: str,
    corpus: FaceCorpus,
    seed: int,
    count: int = 768,
    n_training: int = TRAINING_FACES,
) -> Surroundings:
    """Fit what a compact network makes of surroundings, and write it into its weights and card.

    Args:
        registry: holds the model.
        folder: where weights and card stand.
        name: of the model.
        corpus: packed faces; forgeries of its validation people, other ones than those of the calibration.
        seed: of the forgeries, and of what is learned.
        count: forged and pristine faces of validation people to look at.
        n_training: faces of training people to learn from.

    Raises:
        ModelError: `name` is no compact DFREC, or the folder cannot be written.
    """
    card, tensors = registry.find(name), registry.load(name)
    network = build_network(card, tensors, "cpu").eval()
    if not isinstance(network, CompactDfrec):
        raise ModelError(f"{name} has no branch of the surroundings", next_step="name weights of kind dfrec-compact")
    network.surroundings_mean.copy_(surroundings_mean(network, corpus, MEAN_FACES, seed))
    random = torch.Generator().manual_seed(seed)
    read = read_training_faces(network, TrainingFaces(corpus, torch.device("cpu")), n_training, random)
    loss = fit_consistency(network.consistency, read, random)
    looks = look(network, corpus, count, seed)
    bias, slope = fit_log_odds(looks.seam, looks.is_fake)
    seam_weights = bias + ONE_OF_TWO, slope
    network.seam_weights.copy_(torch.tensor(seam_weights))
    unseen = network.unseen_swap(torch.from_numpy(looks.seam), torch.from_numpy(looks.apart)).numpy()
    context_weights = fit_context_weights(looks, unseen, corpus)
    network.context_weights.copy_(torch.tensor(context_weights))
    path = folder / card.file
    digest = save_weights(path, network.state_dict(), read_metadata(path), torch.float16)
    replace(card, sha256=digest).write(folder)
    return Surroundings(seam_weights=seam_weights, context_weights=context_weights, consistency_loss=loss)
