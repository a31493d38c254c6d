"""Free text that people type: what a gallery accepts, and how a name is taken out of it again."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

from core.errors import GalleryError

MAX_NAME_CHARS = 200
MAX_TEXT_CHARS = 10_000
# Overrides and isolates can make a report show a name other than the one stored. The marks that Arabic,
# Persian and Hebrew need (U+200C to U+200F) stay allowed.
_REORDERING = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
_LINE_BREAKS = frozenset("\u2028\u2029")
_FULL_NAME_MARK = "[name]"
# A spreadsheet takes a cell that starts like this for a formula. It may also part lines at other marks than ours:
# one that expects semicolons starts a new cell at each of them, whatever the quotes say.
_CELL_START = r"(^|[;\t\n\r])([\s\"']*)"
_FORMULA = r"(?=[=+\-@＝＋－＠])"


def _is_refused(char: str) -> bool:
    return unicodedata.category(char) in {"Cc", "Cs"} or char in _REORDERING or char in _LINE_BREAKS


def checked_name(name: str) -> str:
    """Return `name` in Unicode NFC without surrounding white space.

    Raises:
        GalleryError: empty, too long, or with characters that cannot be shown faithfully.
    """
    clean = unicodedata.normalize("NFC", name).strip()
    if not any(unicodedata.category(c)[0] in "LNPS" for c in clean):
        raise GalleryError("the person's name is empty", next_step="give a name of at least one visible character")
    if len(clean) > MAX_NAME_CHARS:
        raise GalleryError(
            f"the person's name is longer than {MAX_NAME_CHARS} characters",
            next_step="shorten it; put the rest into the note",
        )
    _refuse_hidden(clean, "the person's name")
    return clean


def checked_text(text: str, field: str) -> str:
    """Return `text` in Unicode NFC; line breaks and tabs may stay.

    Raises:
        GalleryError: too long, or with characters that cannot be shown faithfully.
    """
    clean = unicodedata.normalize("NFC", text.replace("\r\n", "\n")).strip()
    if len(clean) > MAX_TEXT_CHARS:
        raise GalleryError(f"the {field} is longer than {MAX_TEXT_CHARS} characters", next_step="shorten it")
    _refuse_hidden(clean.replace("\n", "").replace("\t", ""), f"the {field}")
    return clean


def _refuse_hidden(text: str, field: str) -> None:
    hidden = next((c for c in text if _is_refused(c)), None)
    if hidden is not None:
        raise GalleryError(
            f"{field} holds the control character U+{ord(hidden):04X}",
            next_step="type it again without invisible control characters",
        )


def shown(text: str) -> str:
    """`text` with every character that a gallery refuses replaced by U+FFFD; for file names and messages."""
    return "".join("\ufffd" if _is_refused(c) else c for c in unicodedata.normalize("NFC", text))


def without_names(text: str, names: Iterable[str], *, also_words: bool) -> str:
    """Take names out of free text, in doubt too much rather than too little.

    Args:
        text: what somebody typed.
        names: full names.
        also_words: also take out each word of at least three letters of the names.
    """
    wanted = {name for name in names if name}
    if also_words:
        wanted |= {word for name in wanted for word in re.findall(r"\w{3,}", name)}
    for needle in sorted(wanted, key=len, reverse=True):
        # Scripts without spaces between words know no word boundary, and short Latin names sit inside words.
        before = r"(?<!\w)" if needle.isascii() else ""
        after = r"(?!\w)" if needle.isascii() and len(needle) < 4 else ""
        text = re.sub(before + re.escape(needle) + after, _FULL_NAME_MARK, text, flags=re.IGNORECASE)
    return text


def guarded(text: str) -> str:
    """`text` with an apostrophe before whatever a spreadsheet might take for a formula."""
    return re.sub(_CELL_START + _FORMULA, r"\1\2'", text)


def unguarded(text: str) -> str:
    """The text that `guarded` was given."""
    return re.sub(_CELL_START + "'" + _FORMULA, r"\1\2", text)
