"""The attribute head: shapes, a distance that looks at what was said, and gradients to the picture's features."""

import torch

from core.models.attributes import ATTRIBUTES, AttributeHead, attribute_distance
from core.models.embedder import DlibResNet
from core.models.losses import FaceFeatures


def test_it_reads_the_embedders_fourth_level() -> None:
    torch.set_num_threads(1)
    torch.manual_seed(0)
    level3 = FaceFeatures(DlibResNet())(torch.rand(2, 3, 224, 224))[3]
    head = AttributeHead()
    assert head(level3).shape == (2, len(ATTRIBUTES))
    assert head(level3.to(memory_format=torch.channels_last)).allclose(head(level3), atol=1e-5)


def test_the_distance_compares_gender_as_a_probability() -> None:
    certain = torch.zeros(1, 7)
    certain[:, 1] = 20.0
    more_certain = certain.clone()
    more_certain[:, 1] = 40.0
    assert attribute_distance(certain, more_certain) < 1e-6
    other = certain.clone()
    other[:, 1] = -20.0
    torch.testing.assert_close(attribute_distance(certain, other), torch.tensor(0.5 / 7))


def test_every_attribute_counts() -> None:
    same = torch.zeros(1, 7)
    for number in range(7):
        other = same.clone()
        other[:, number] = 1.0
        assert attribute_distance(same, other) > 0, ATTRIBUTES[number]
