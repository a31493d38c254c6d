"""How far two runs of the same analysis may lie apart: one table, for the report, `reproduce` and the validation."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Tolerance:
    """Largest differences between two runs that count as the same result.

    Sums are rounded in another order on another processor, with another number of threads, or on an accelerator, so
    that the last bits differ. On one machine with the same software nothing may differ at all.

    Attributes:
        box_px: side of a face's box, pixels of the frame.
        landmarks_px: coordinate of a landmark, pixels of the frame.
        template_cosine: least cosine of two templates that should be one.
        score: fake score, absolute.
        candidate: score of a listed candidate, absolute. Of 600 photographs that were turned towards their first
            candidate as far as `template_cosine` allows, no score among the first ten moved by more than 0.0082.
        picture_levels: mean absolute difference of a recovered picture, of 255 levels.
        map_share: mean absolute difference of an identity map, of [0, 1].
    """

    box_px: float = 0.25
    landmarks_px: float = 0.25
    template_cosine: float = 0.999999
    score: float = 0.005
    candidate: float = 0.01
    picture_levels: float = 0.5
    map_share: float = 0.005

    @property
    def rank_gap(self) -> float:
        """Candidates whose scores lie further apart than this keep their order: both may move by `candidate`."""
        return 2 * self.candidate

    def keeps_ranking(self, before: Mapping[int, float], after: Mapping[int, float]) -> bool:
        """Whether no two candidates further apart than `rank_gap` changed places.

        Args:
            before, after: score of each candidate by its number. A candidate that only one of them lists is
                compared with nobody.
        """
        common = sorted(before.keys() & after.keys(), key=lambda person: before[person])
        highest = float("-inf")  # of `after`, over all candidates that lie clearly lower in `before`
        clear = 0
        for person in common:
            while before[common[clear]] < before[person] - self.rank_gap:
                highest = max(highest, after[common[clear]])
                clear += 1
            if after[person] < highest:
                return False
        return True

    def in_words(self) -> str:
        """What a report says about repeating its run."""
        return (
            "On the same machine, device and software a repetition gives the same bits. On another processor or device "
            f"boxes and landmarks agree within {self.box_px:g} px, templates have a cosine of at least "
            f"{self.template_cosine:g}, fake scores agree within {self.score:g}, scores of candidates within "
            f"{self.candidate:g}, recovered pictures within {self.picture_levels:g} of 255 levels in the mean, and "
            f"candidates further apart than {self.rank_gap:g} keep their order."
        )


TOLERANCE = Tolerance()
"""The one that the application states and checks itself by (docs/decisions/0015-models-and-determinism.md)."""
