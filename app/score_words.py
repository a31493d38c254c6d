"""How the score of a candidate was made, for the window and the command line alike."""

from __future__ import annotations

from core.domain.identity import GalleryMatch, SearchResult


def score_parts(candidate: GalleryMatch) -> tuple[str, ...]:
    """``("face 0.412", "surroundings 0.806")``; () where no surroundings were compared."""
    from core.report.content import score_text

    if candidate.face_score is None or candidate.surroundings_score is None:
        return ()
    return (f"face {score_text(candidate.face_score)}", f"surroundings {score_text(candidate.surroundings_score)}")


def in_brackets(candidate: GalleryMatch) -> str:
    """``" (face 0.412, surroundings 0.806)"``, to follow a score; '' where no surroundings were compared."""
    parts = score_parts(candidate)
    return f" ({', '.join(parts)})" if parts else ""


def is_raised(candidate: GalleryMatch) -> bool:
    """Whether alike surroundings raised the score over that of the faces."""
    return candidate.face_score is not None and candidate.score > candidate.face_score


def score_meaning(result: SearchResult) -> str:
    """What the scores of a search are, ``"similarity of the faces, at most 1"``."""
    from core.report.content import count

    if not result.n_surroundings:
        return "similarity of the faces, at most 1"
    photos = count(result.n_surroundings, "photo")
    return f"similarity of the faces, at most 1, raised where hair, ears and outline are alike (known of {photos})"
