"""Telling whether an inner face and its surroundings are one person's."""

import pytest
import torch
from torch.nn import functional

from core.errors import CaseError
from core.models.compact import CompactDfrec
from core.models.consistency import NEVER, ONE_OF_TWO, Consistency, either
from core.training.consistency_fit import ReadFaces, fit_consistency, read_training_faces
from core.training.faces import TrainingFaces
from tests.builders_training import labelled_corpus


def seeded(seed: int) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def faces_of(n_people: int, photos: int, noise: float, seed: int) -> ReadFaces:
    """Faces whose surroundings tell the person by half of the components alone, beside noise."""
    random = seeded(seed)
    person = torch.arange(n_people).repeat_interleave(photos)
    own = torch.randn(n_people, 128, generator=random)[person]
    seen = own * (torch.arange(128) < 64)
    source, surroundings = (
        functional.normalize(x + noise * torch.randn(len(x), 128, generator=random), dim=1) for x in (own, seen)
    )
    return ReadFaces(source=source, surroundings=surroundings, person=person)


def told_apart(consistency: Consistency, read: ReadFaces) -> float:
    """How often somebody else's surroundings get higher odds than one's own."""
    with torch.no_grad():
        own = consistency(read.source, read.surroundings)
        other = consistency(read.source, read.surroundings.roll(7, 0))
    return float((other[:, None] > own[None]).float().mean())


def test_photographs_of_training_people_alone_are_read_each_once_before_any_is_read_again() -> None:
    faces = TrainingFaces(labelled_corpus(), torch.device("cpu"))
    count = len(faces.rows) + 3
    read = read_training_faces(CompactDfrec().eval(), faces, count, seeded(1))
    assert read.source.shape == read.surroundings.shape == (count, 128)
    for directions in (read.source, read.surroundings):
        torch.testing.assert_close(directions.norm(dim=1), torch.ones(count))
    once, again = read.person[:-3], read.person[-3:]
    assert sorted(once.tolist()) == sorted(faces.identity[faces.rows].tolist())
    assert set(again.tolist()) <= set(once.tolist())


def test_one_person_is_too_few_to_tell_people_apart() -> None:
    faces = TrainingFaces(labelled_corpus(), torch.device("cpu"))
    faces.rows = faces.rows[:1]
    with pytest.raises(CaseError, match="nobody is there to learn from"):
        read_training_faces(CompactDfrec().eval(), faces, 4, seeded(1))


def test_untaught_it_holds_nothing_to_be_apart() -> None:
    source, surroundings = torch.eye(128)[:3], torch.eye(128)[3:6]
    assert Consistency()(source, surroundings).tolist() == [NEVER] * 3


def test_it_learns_of_real_faces_alone_what_people_share_with_their_surroundings() -> None:
    consistency = Consistency()
    loss = fit_consistency(consistency, faces_of(300, 2, 1.0, 1), seeded(2))
    assert loss < 0.6
    others = faces_of(200, 1, 1.0, 3)  # people it has not seen
    cosine = (others.source * others.surroundings).sum(1)
    wrong = (others.source * others.surroundings.roll(7, 0)).sum(1)
    by_cosine = float((wrong[:, None] < cosine[None]).float().mean())
    assert told_apart(consistency, others) > by_cosine
    with torch.no_grad():
        assert consistency(others.source, others.surroundings).median() < ONE_OF_TWO
        assert consistency(others.source, others.surroundings.roll(7, 0)).median() > ONE_OF_TWO


def test_it_learns_nothing_where_there_is_nothing_to_learn() -> None:
    read = faces_of(300, 1, 1.0, 1)
    shuffled = ReadFaces(source=read.source, surroundings=read.surroundings.roll(50, 0), person=read.person)
    consistency = Consistency()
    fit_consistency(consistency, shuffled, seeded(2))
    assert told_apart(consistency, faces_of(200, 1, 1.0, 3)) == pytest.approx(0.5, abs=0.1)


def test_the_same_seed_teaches_the_same() -> None:
    taught = [Consistency(), Consistency()]
    for consistency in taught:
        fit_consistency(consistency, faces_of(60, 1, 1.0, 1), seeded(2))
    for one, other in zip(taught[0].state_dict().values(), taught[1].state_dict().values(), strict=True):
        assert torch.equal(one, other)


def test_either_is_enough() -> None:
    odds = torch.tensor([-5.0, 0.0, 2.0])
    torch.testing.assert_close(either(odds, torch.full((3,), NEVER)), odds, atol=1e-6, rtol=1e-6)
    a, b = torch.tensor([0.3, -1.0]), torch.tensor([1.2, 0.5])
    chance = 1 - (1 - torch.sigmoid(a)) * (1 - torch.sigmoid(b))
    torch.testing.assert_close(torch.sigmoid(either(a, b)), chance)
    knowing_nothing = torch.tensor([ONE_OF_TWO])
    torch.testing.assert_close(either(knowing_nothing, knowing_nothing), torch.zeros(1), atol=1e-6, rtol=0)
