"""How the score of a candidate was made, for the window and the command line alike."""

from __future__ import annotations

from core.domain.identity import GalleryMatch


def in_brackets(candidate: GalleryMatch) -> str:
    """``" (face 0.412, surroundings 0.806)"``, to follow a score; '' where no surroundings were compared."""
    from core.report.content import score_parts

    parts = score_parts(candidate)
    return f" ({', '.join(parts)})" if parts else ""
