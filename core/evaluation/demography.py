"""Demographic groups as the data sets name them; rates by group are given for these and no others."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.training.corpus import FaceCorpus

_GENDERS = ("female", "male")
_SAME_GROUP = {"caucasian": "white or caucasian", "white": "white or caucasian"}


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class GroupLabels:
    """Labels of every row of a corpus, '' where the data name none.

    Attributes:
        origin: (N,) for example ``"asian"``; the data sets' own words, white and caucasian taken for one.
        gender: (N,) ``"female"`` or ``"male"``.
    """

    origin: NDArray[np.str_]
    gender: NDArray[np.str_]

    @property
    def is_named(self) -> NDArray[np.bool_]:
        """(N,) whether the row's origin is named."""
        named: NDArray[np.bool_] = self.origin != ""
        return named


def group_labels(corpus: FaceCorpus) -> GroupLabels:
    """Origin and gender, which MEBeauty joins in one word (``female_asian``) and UTKFace keeps apart."""
    origins, genders = [], []
    for group, gender in zip(corpus.group.tolist(), corpus.gender.tolist(), strict=True):
        first, _, rest = str(group).partition("_")
        joined = first in _GENDERS
        origin = rest if joined else str(group)
        origins.append(_SAME_GROUP.get(origin, origin))
        genders.append(str(gender) or (first if joined else ""))
    return GroupLabels(origin=np.array(origins, np.str_), gender=np.array(genders, np.str_))
