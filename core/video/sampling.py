"""Which pictures of a stream are looked at."""

from __future__ import annotations

from fractions import Fraction


def starts_period(previous: Fraction | None, current: Fraction, period: Fraction | None) -> bool:
    """Whether a picture is the first at or after some multiple of `period`.

    It depends on two neighbouring pictures only, so a run that begins in the middle takes the same
    pictures as one that began at the start.

    Args:
        previous: time of the picture before in presentation order, seconds; None for the first one.
        current: time of the picture, seconds from the stream's first picture.
        period: seconds, > 0; None takes every picture.
    """
    if period is None or previous is None:
        return True
    return current // period > previous // period
