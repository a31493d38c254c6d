"""Reading text that may be anybody's, where Python's own readers would compute for ever or fail in unforeseen ways."""

from __future__ import annotations

import json
import re
from fractions import Fraction
from typing import Any

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


def parsed_json(text: str | bytes) -> Any:
    """`json.loads` that has one error for whatever is no JSON.

    Python's raises RecursionError on lists within lists within lists, which those who expect ValueError let pass.

    Raises:
        ValueError: that is no JSON, or nested deeper than anything of ours.
    """
    try:
        return json.loads(text)
    except RecursionError as error:
        raise ValueError("nested too deeply") from error
