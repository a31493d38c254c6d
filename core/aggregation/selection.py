"""Which frames of a person speak for them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction


@dataclass(frozen=True, slots=True, kw_only=True)
class FaceCandidate:
    """One kept face crop of a person.

    Attributes:
        frame_index, face_number: name of the crop.
        seconds: time of the frame.
        quality: `FaceQuality.score`, [0, 1].
    """

    frame_index: int
    face_number: int
    seconds: Fraction
    quality: float


def best_spread(candidates: Sequence[FaceCandidate], count: int) -> list[FaceCandidate]:
    """The `count` best faces, spread over time: neighbouring frames repeat each other's errors.

    The person's time is cut into `count` equal spans; the best face of each span is taken, then the best of what is
    left. Ties go to the earlier frame.

    Returns:
        At most `count` candidates in order of time.
    """
    ranked = sorted(candidates, key=lambda c: (-c.quality, c.frame_index, c.face_number))
    if len(ranked) <= count:
        return sorted(ranked, key=lambda c: (c.frame_index, c.face_number))
    first = min(c.seconds for c in ranked)
    length = max(c.seconds for c in ranked) - first
    taken: list[FaceCandidate] = []
    spans: set[int] = set()
    for candidate in ranked:
        span = min(count - 1, int((candidate.seconds - first) * count / length)) if length else 0
        if span not in spans:
            spans.add(span)
            taken.append(candidate)
    left = [c for c in ranked if c not in taken]
    taken += left[: count - len(taken)]
    return sorted(taken, key=lambda c: (c.frame_index, c.face_number))
