"""What `Consistency` learns: real inner faces and surroundings of one person, and of two as if one wore the other's."""

from __future__ import annotations

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor
from tqdm import tqdm

from core.errors import CaseError
from core.models.compact import CompactDfrec
from core.models.consistency import ONE_OF_TWO, Consistency
from core.training.faces import TrainingFaces
from core.training.forgeries import ForgeryGenerator
from core.training.forgery_batch import ForgeryConfig
from core.training.precision import half_precision

BATCH = 64
PAIRS = 1024
NEAR = 32
DROPOUT = 0.2
STEPS = 1500
LEARNING_RATE = 2e-3
WEIGHT_DECAY = 0.1


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ReadFaces:
    """What a network reads of N real faces.

    Attributes:
        source, surroundings: (N, 128) float32 unit directions.
        person: (N,) int64 number of whom they show.
    """

    source: Tensor
    surroundings: Tensor
    person: Tensor


@torch.no_grad()
def read_training_faces(network: CompactDfrec, faces: TrainingFaces, count: int, random: torch.Generator) -> ReadFaces:
    """Read `count` faces of training people, cropped and degraded as in training, none twice while others are left.

    Raises:
        CaseError: fewer than two people may train.
    """
    if len(torch.unique(faces.identity[faces.rows])) < 2:
        raise CaseError("nobody is there to learn from", next_step="pack faces of more people")
    forger = ForgeryGenerator(faces.images, faces.landmarks, ForgeryConfig())
    rows = torch.cat(
        [
            faces.rows[torch.randperm(len(faces.rows), generator=random, device=faces.device)]
            for _ in range(-(-count // len(faces.rows)))
        ]
    )[:count]
    parts = []
    for at in tqdm(torch.split(rows, BATCH), desc="reading faces", unit="batch"):
        images = forger.draw_real(at, random, faces.chunk(len(at)))
        with half_precision(faces.device):
            seen, hidden = network.identities(images), network.hidden_views(images)
            source, _, _ = network.directions(images, seen, hidden)
        parts.append((source.float(), network.surroundings(hidden.float())))
    source, surroundings = (torch.cat(column) for column in zip(*parts, strict=True))
    return ReadFaces(source=source, surroundings=surroundings, person=faces.identity[rows])


def fit_consistency(consistency: Consistency, read: ReadFaces, random: torch.Generator) -> float:
    """Teach it, in place, to tell faces as they are from faces whose inner part is somebody else's.

    Half of the others are among those whose inner faces look most alike: a forger chooses people who resemble.

    Args:
        consistency: on the device of `read`.
        read: faces of training people.
        random: source of every random number.

    Returns:
        The mean loss (cross-entropy; 0.69 knows nothing) of the last tenth of the steps.
    """
    torch.nn.init.kaiming_uniform_(consistency.hidden.weight, a=5**0.5, generator=random)
    torch.nn.init.zeros_(consistency.hidden.bias)
    torch.nn.init.uniform_(consistency.decide.weight, -0.1, 0.1, generator=random)
    torch.nn.init.zeros_(consistency.decide.bias)
    consistency.mean.zero_()
    consistency.spread.fill_(1)
    usual = consistency.compared(read.source, read.surroundings)
    consistency.mean.copy_(usual.mean(0))
    consistency.spread.copy_(usual.std(0).clamp_min(1e-6))
    optimiser = torch.optim.AdamW(consistency.parameters(), LEARNING_RATE, weight_decay=WEIGHT_DECAY)
    losses: list[float] = []
    with torch.enable_grad(), torch.random.fork_rng():
        torch.manual_seed(random.initial_seed())  # of the dropout, which takes no generator
        for step in tqdm(range(STEPS), desc="consistency", unit="step"):
            optimiser.param_groups[0]["lr"] = LEARNING_RATE * (1 - step / STEPS)
            loss = _loss(consistency, read, random)
            optimiser.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call]
            optimiser.step()
            losses.append(float(loss.detach()))
    with torch.no_grad():
        consistency.decide.bias.add_(ONE_OF_TWO)  # what it learned holds for as many swaps as faces that are none
    last = losses[-STEPS // 10 :]
    return sum(last) / len(last)


def _loss(consistency: Consistency, read: ReadFaces, random: torch.Generator) -> Tensor:
    at = torch.randperm(len(read.source), generator=random, device=read.source.device)[:PAIRS]
    source, surroundings, person = read.source[at], read.surroundings[at], read.person[at]
    count = len(at)
    is_same = person[:, None] == person[None, :]
    alike = (source @ source.T).masked_fill(is_same, -2)
    near = alike.topk(min(NEAR, count), 1).indices

    def drawn(highest: int) -> Tensor:
        return torch.randint(highest, (count, 1), generator=random, device=at.device)

    other = torch.where(drawn(2) == 0, near.gather(1, drawn(near.shape[1])), drawn(count)).squeeze(1)
    is_other = person != person[other]
    own = consistency(source, surroundings, DROPOUT)
    worn = consistency(source[other][is_other], surroundings[is_other], DROPOUT)
    return (F.softplus(own).mean() + F.softplus(-worn).mean()) / 2
