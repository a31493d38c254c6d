"""Foreign text where Qt would look for markup."""

from __future__ import annotations

from html import escape

from PySide6.QtGui import Qt


def plain_tip(text: str) -> str:
    """A tooltip that shows `text` as it is; Qt takes what looks like HTML for HTML there, and knows no plain format."""
    if not Qt.mightBeRichText(text):
        return text
    return f"<p style='white-space:pre-wrap'>{escape(text, quote=False)}</p>"
