"""Foreign text where Qt would look for markup."""

from __future__ import annotations

import re
from html import escape

from PySide6.QtGui import Qt

_DIRECTION = re.compile("[\u202a-\u202e\u2066-\u2069]")


def spelled(text: str) -> str:
    """Foreign text for a place among words of the program: what would turn those words around is written out.

    A label or field of its own needs that not: there it shows nothing but the text.
    """
    return _DIRECTION.sub(lambda found: f"‹U+{ord(found.group()):04X}›", text)


def plain_tip(text: str) -> str:
    """A tooltip that shows `text` as it is; Qt takes what looks like HTML for HTML there, and knows no plain format."""
    if not Qt.mightBeRichText(text):
        return text
    return f"<p style='white-space:pre-wrap'>{escape(text, quote=False)}</p>"
