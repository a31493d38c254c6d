"""The attribute head's stage: labels that are known count, unknown ones do not, mirrored faces look the other way."""

from dataclasses import replace

import pytest
import torch

from core.models.attributes import attributes_of_landmarks
from core.training.attribute_task import AttributeTask, LabelledFaces
from core.training.corpus import FaceCorpus
from core.training.stages import make_task
from core.training.warping import FLIP68
from tests.builders_training import labelled_corpus, seeded, stage_inputs


@pytest.fixture(scope="module")
def corpus() -> FaceCorpus:
    torch.set_num_threads(1)
    return labelled_corpus(24)


@pytest.fixture(scope="module")
def task(corpus: FaceCorpus, tmp_path_factory: pytest.TempPathFactory) -> AttributeTask:
    made = make_task("attributes", stage_inputs(tmp_path_factory.mktemp("run"), corpus))
    assert isinstance(made, AttributeTask)
    return made


@pytest.fixture(scope="module")
def batch(task: AttributeTask) -> LabelledFaces:
    return task.draw(8, seeded(1))


def test_faces_carry_their_labels(corpus: FaceCorpus, batch: LabelledFaces) -> None:
    knows = batch.age > 0
    assert 0 < knows.sum() < len(knows)
    assert torch.equal(knows, batch.gender >= 0)
    ages = {round(age * 100) for age in batch.age[knows].tolist()}
    assert ages <= set(corpus.age[corpus.age > 0].tolist())
    assert batch.looks.shape == (8, 5)


def test_unknown_labels_teach_nothing(task: AttributeTask, batch: LabelledFaces) -> None:
    unknown = torch.full_like(batch.age, -1)
    losses = task.losses(replace(batch, age=unknown, gender=unknown), seeded(0))
    assert losses["age"].item() == 0
    assert losses["gender"].item() == 0
    assert losses["looks"].item() > 0


def test_it_learns_what_it_is_shown(task: AttributeTask, batch: LabelledFaces) -> None:
    optimiser = torch.optim.AdamW(task.network.parameters(), lr=3e-3)
    course = []
    for _ in range(8):
        losses = task.losses(batch, seeded(0))
        total = torch.stack(list(losses.values())).sum()
        optimiser.zero_grad()
        total.backward()
        optimiser.step()
        course.append(total.item())
    assert course[-1] < 0.8 * course[0]


def test_a_mirrored_face_looks_the_other_way(corpus: FaceCorpus) -> None:
    marks = torch.from_numpy(corpus.landmarks68)
    turned = marks.clone()
    turned[:, 30, 0] += 12
    looks, straight = attributes_of_landmarks(turned), attributes_of_landmarks(marks)
    assert (looks[:, 0] > straight[:, 0] + 0.1).all()
    torch.testing.assert_close(looks[:, 2:], straight[:, 2:])
    mirrored = turned[:, FLIP68] * torch.tensor([-1.0, 1.0]) + torch.tensor([255.0, 0.0])
    expected = looks * torch.tensor([-1.0, 1, 1, 1, 1])
    torch.testing.assert_close(attributes_of_landmarks(mirrored), expected, atol=1e-4, rtol=0)
