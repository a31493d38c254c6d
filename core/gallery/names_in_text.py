"""Names as words of a free text: what counts as one, and taking it out.

A name is found in full, as it stands with its bearer, as words of its own: upper and lower case and the forms of a
character that look alike (Unicode NFKC) are one. What is part of another word, or of a longer name that somebody else
bears, does not count. Names of fewer than three characters are not looked for: they are words of all kinds.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

MARK = "[erased person]"
_SHORTEST_NAME_CHARS = 3
_BETWEEN_WORDS = r"(?:[\s_-]+|\.)"  # file names part words in their own ways
_ALIKE = str.maketrans("\u2018\u2019\u02bc\u2010\u2013", "'''--")  # what word processors make of ' and -
_JOINERS = "\u200c\u200d"
# Scripts that write words without gaps, and the one whose particles stick to names.
_GAPLESS = ("CJK ", "HIRAGANA", "KATAKANA", "HANGUL", "THAI", "LAO", "KHMER", "MYANMAR")


class Names:
    """Names to look for in free text.

    Args:
        wanted: full names of one person.
        others: names of people who stay: a longer one of them that holds a wanted name is not touched.
    """

    def __init__(self, wanted: Iterable[str], others: Iterable[str] = ()) -> None:
        folded = dict.fromkeys(_folded(name).strip() for name in wanted)
        self._wanted = [name for name in folded if len(name) >= _SHORTEST_NAME_CHARS]
        longer = {_folded(name).strip() for name in others} - set(self._wanted)
        self._spared = [name for name in longer if any(_found(one, name) for one in self._wanted)]

    def is_borne_by(self, name: str) -> bool:
        """Whether somebody of that name is a namesake."""
        return _folded(name).strip() in self._wanted

    def spans(self, text: str, *, own: Iterable[str] = ()) -> list[tuple[int, int]]:
        """Where `text` mentions the names, from start to end.

        Args:
            text: what somebody typed.
            own: names of whom the text is about, which are no mention of somebody else.
        """
        if not self._is_worth_looking(text):
            return []
        spared = [*self._spared, *(_folded(name).strip() for name in own)]
        folded, starts, ends = _mapped(text)
        taken: list[tuple[int, int]] = []
        found: list[tuple[int, int]] = []
        for name in sorted({*self._wanted, *spared} - {""}, key=len, reverse=True):
            for start, end in _found(name, folded):
                if any(start < taken_end and taken_start < end for taken_start, taken_end in taken):
                    continue
                taken.append((start, end))
                if name not in spared:
                    found.append((starts[start], ends[end - 1]))
        return sorted(found)

    def taken_out(self, text: str, *, own: Iterable[str] = ()) -> str:
        """`text` with a neutral mark in place of each mention."""
        for start, end in reversed(self.spans(text, own=own)):
            text = text[:start] + MARK + text[end:]
        return text

    def _is_worth_looking(self, text: str) -> bool:
        folded = _folded(text)
        return any(_found(name, folded) for name in self._wanted)


def _folded(text: str) -> str:
    """`text` in the form in which names are compared."""
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold()).translate(_ALIKE)


def _mapped(text: str) -> tuple[str, list[int], list[int]]:
    """Folded text, and where in `text` stands what each of its characters came of: the starts, and the ends."""
    folded, starts, ends = "", list[int](), list[int]()
    start = 0
    for end in range(1, len(text) + 1):
        cluster = text[start:end]
        # Characters that melt together or change order are one.
        if end < len(text) and _folded(cluster + text[end]) != _folded(cluster) + _folded(text[end]):
            continue
        piece = _folded(cluster)
        folded += piece
        starts += [start] * len(piece)
        ends += [end] * len(piece)
        start = end
    return folded, starts, ends


def _found(name: str, folded: str) -> list[tuple[int, int]]:
    """Where a folded name stands in a folded text as words of its own."""
    pattern = re.compile(_BETWEEN_WORDS.join(map(re.escape, re.split(r"[\s_]+", name))))
    spans: list[tuple[int, int]] = []
    at = 0
    while match := pattern.search(folded, at):
        start, end = match.span()
        if _is_edge(folded[start - 1 : start], name[0]) and _is_edge(folded[end : end + 1], name[-1]):
            spans.append((start, end))
            at = end
        else:
            at = start + 1
    return spans


def _is_edge(beside: str, of_name: str) -> bool:
    """Whether a name may end where `beside` is the next character, '' for none."""
    if not beside or unicodedata.name(of_name, "").startswith(_GAPLESS):
        return True
    return unicodedata.category(beside)[0] not in "LMN" and beside not in _JOINERS
