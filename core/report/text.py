"""Foreign text made safe to print: nothing invisible, nothing that turns the line around."""

from __future__ import annotations

import re
import unicodedata

_JOINERS = {"\u200c", "\u200d"}  # part of the spelling of Persian, Hindi and of emoji sequences
_VARIATION = re.compile("[\ufe00-\ufe0f\U000e0100-\U000e01ef]")
_HIDDEN_CATEGORIES = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}
_SPACES = re.compile(r" (?= )")
CODE_PARTLY = re.compile(r"‹(?:U(?:\+[0-9A-F]{0,6})?)?$")
"""The beginning of a `code_name` at the end of a text."""


def code_name(char: str) -> str:
    """``‹U+202E›``: how a character that cannot be shown is written out."""
    return f"‹U+{ord(char):04X}›"


def printable(text: str, *, keep_lines: bool = False) -> str:
    """Text that shows on paper exactly what it holds.

    Controls, bidirectional overrides, zero-width characters and lone surrogates (undecodable bytes of file names) are
    written out as ``‹U+XXXX›``, so that a name can neither hide characters nor reorder the line it stands in.

    Args:
        text: anything a person or a file system supplied.
        keep_lines: keep line breaks; otherwise they become ``⏎``.
    """
    text = _VARIATION.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))
    shown: list[str] = []
    for char in unicodedata.normalize("NFC", text):
        if char == "\n":
            shown.append("\n" if keep_lines else " ⏎ ")
        elif char == "\t":
            shown.append(" ")
        elif char not in _JOINERS and unicodedata.category(char) in _HIDDEN_CATEGORIES:
            shown.append(code_name(char))
        else:
            shown.append(char)
    # Non-breaking blanks, because a paragraph would fold several blanks of a file name into one.
    return _SPACES.sub("\u00a0", "".join(shown))
