"""Reading text that may be anybody's, where Python's own readers would compute for ever or fail in unforeseen ways."""

from __future__ import annotations

import re
from fractions import Fraction

_FRACTION = re.compile(r"-?[0-9]{1,40}(/[1-9][0-9]{0,39})?")
_SHOWN = 40


def exact_fraction(text: str) -> Fraction:
    """Back from ``str(fraction)``: ``"numerator/denominator"`` or ``"numerator"``, each of at most 40 digits.

    `Fraction` itself takes ``"1e9999999999"``, too, and never ends.

    Raises:
        ValueError: the text is of another form.
        TypeError: it is no text.
    """
    if not _FRACTION.fullmatch(text):
        raise ValueError(f"no fraction: {text[:_SHOWN]!r}")
    return Fraction(text)
