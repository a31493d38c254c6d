"""Ranked candidates of each role, with what stands behind their scores."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import TypeAlias

from reportlab.lib.units import mm
from reportlab.platypus import Flowable

from core.domain.identity import GalleryMatch, IdentityFinding, Role, SearchResult
from core.domain.report import PersonTrack
from core.domain.review import ReviewEntry
from core.report.charts import score_bar
from core.report.composer import Composer
from core.report.content import (
    ROLE_MEANING,
    count,
    score_meaning,
    score_parts,
    score_text,
    search_headline,
    sentence,
    template_sentence,
)
from core.report.decisions import verdict_words
from core.report.likelihood import NEITHER, RatioWords, ratio_sentences, ratio_words, withheld
from core.report.pictures import Picture, thumbnail_image
from core.report.rates import TRANSFER_WARNING, search_rate_sentences

ROWS_BELOW = 10
ROWS_MOST = 30
_LONGEST_NAME = 160
Verdicts: TypeAlias = Mapping[tuple[Role, int], ReviewEntry]
"""What a person said of a role's candidate, by (role, gallery person)."""


def candidates(doc: Composer, person: PersonTrack, verdicts: Verdicts) -> None:
    """One table for each role, with the examiner's verdicts beside, then the search with the face as filmed."""
    for finding in person.findings:
        doc.minor(f"Recovered {finding.role.value} ({ROLE_MEANING[finding.role]}): ranked candidates", room=60 * mm)
        _finding(doc, finding, verdicts, why_not=withheld(person))
    if person.input_finding is not None:
        doc.minor("For comparison: the face as filmed", room=60 * mm)
        doc.text(
            "The unchanged crop was searched as well. In a swapped face it mixes traits of two people; the "
            "ranking shows "
            "what the recovery adds.",
            doc.styles.note,
        )
        _finding(doc, person.input_finding, {}, recovered=False)


def shown_candidates(search: SearchResult, judged: Collection[int] = ()) -> tuple[GalleryMatch, ...]:
    """Those printed: all above the threshold and the next below it, within limits, and all `judged` by a person."""
    above = search.above_threshold[:ROWS_MOST]
    below = tuple(c for c in search.candidates if c.score < search.threshold)
    shown = {c.rank for c in above + below[: max(0, min(ROWS_BELOW, ROWS_MOST) - len(above))]}
    return tuple(c for c in search.candidates if c.rank in shown or c.person_id in judged)


def _finding(
    doc: Composer, finding: IdentityFinding, verdicts: Verdicts, *, recovered: bool = True, why_not: str = ""
) -> None:
    doc.text(search_headline(finding.search), doc.styles.cell_bold)
    doc.gap()
    search = finding.search
    if search is not None and search.candidates:
        mine = {person_id: entry for (role, person_id), entry in verdicts.items() if role is finding.role}
        shown = shown_candidates(search, mine)
        hidden = len(search.candidates) - len(shown)
        rest = f" {count(hidden, 'further candidate')} with lower scores: see the JSON file." if hidden else ""
        stroke = (
            f"threshold {score_text(search.threshold)} (upright stroke)"
            if search.has_threshold
            else "no threshold measured"
        )
        doc.table_caption(
            f"Ranked candidates among {count(search.n_people, 'enrolled person', 'enrolled people')}, gallery revision "
            f"{search.gallery_revision}; score: {score_meaning(search)}; {stroke}.{rest}",
            room=45 * mm,
        )
        doc.grid(
            ("Rank", "Photo", "Name", "Score", "", "Threshold", "Likelihood ratio", "Photo SHA-256"),
            [
                _row(
                    doc,
                    c,
                    search,
                    mine.get(c.person_id),
                    _ratio(doc, ratio_words(c, finding) if recovered else None, why_not),
                )
                for c in shown
            ],
            (1.15, 1.9, 3.25, 1.2, 2.8, 1.7, 2.45, 2.55),
            mono=(7,),
        )
    notes = [template_sentence(finding)] if recovered else []
    notes += [*search_rate_sentences(finding), *(ratio_sentences(finding, why_not) if recovered else ())]
    if recovered and finding.false_match_rate is None and search is not None:
        notes.append(TRANSFER_WARNING)
    notes += [sentence(limit) for limit in finding.limitations]
    doc.bullets(notes)


def _row(
    doc: Composer,
    candidate: GalleryMatch,
    search: SearchResult,
    verdict: ReviewEntry | None,
    ratio: str | list[Flowable],
) -> list[str | Flowable | list[Flowable]]:
    styles = (doc.styles.cell_bold, doc.styles.cell_muted)
    names = [
        doc.block(doc.clip(candidate.name, _LONGEST_NAME, styles[0]) or "(no name)", styles[0]),
        doc.block(f"no. {candidate.person_id} of the gallery", doc.styles.cell_muted),
    ]
    if verdict is not None:
        said = zip(verdict_words(verdict), styles, strict=True)
        names += [doc.block(doc.clip(words, _LONGEST_NAME, style), style) for words, style in said]
    image = thumbnail_image(candidate.thumbnail_png)
    missing = "not readable" if candidate.thumbnail_png else "none kept"
    return [
        str(candidate.rank),
        Picture(image, 14 * mm) if image is not None else missing,
        names,
        score_text(candidate.score),
        _bar(doc, candidate, search.threshold),
        _side(candidate, search),
        ratio,
        candidate.photo_sha256 or "photo not kept",
    ]


def _bar(doc: Composer, candidate: GalleryMatch, threshold: float) -> list[Flowable]:
    """The score drawn, and what it was made of where surroundings were compared."""
    parts = [doc.block(part, doc.styles.cell_muted) for part in score_parts(candidate)]
    return [score_bar(candidate.score, threshold, 18 * mm), *parts]


def _ratio(doc: Composer, ratio: RatioWords | None, why_not: str) -> str | list[Flowable]:
    if ratio is None or why_not:
        return "none measured" if ratio is None else why_not
    whom = "" if ratio.support == NEITHER else " for this person" if ratio.for_candidate else " for somebody else"
    return [
        doc.block(ratio.figure, doc.styles.cell_bold),
        doc.block(f"{ratio.support}{whom}", doc.styles.cell_muted),
    ]


def _side(candidate: GalleryMatch, search: SearchResult) -> str:
    if not search.has_threshold:
        return "none"
    return "above" if candidate.score >= search.threshold else "below"
