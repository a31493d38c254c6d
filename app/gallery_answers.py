"""What the gallery page is told: pictures, details, answers to searches. Done on the thread that owns the gallery."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from app.gallery_access import PHOTO, FaceQuery, measured_rule
from app.places import is_folder
from app.settings import Folders
from core.domain.gallery import EnrolRequest, GalleryFacts, PersonRecord, TemplateRecord
from core.domain.identity import GalleryMatch, SearchResult
from ui.person_words import CandidateSection, CandidateWords

if TYPE_CHECKING:
    from core.gallery.store import Gallery

MOST_ROWS = 30
NO_CASE = "no case open"


@dataclass(frozen=True, slots=True, kw_only=True)
class Lookup:
    """How people are looked up.

    Attributes:
        actor, purpose: for the gallery's log: the examiner and the case.
        candidates: how many are ranked.
        device: for the networks, ``"auto"`` and so on.
    """

    actor: str
    purpose: str
    candidates: int
    device: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonDetails:
    """A person with all photos."""

    person: PersonRecord
    photos: tuple[TemplateRecord, ...]


def everybody(gallery: Gallery) -> tuple[GalleryFacts, tuple[PersonRecord, ...]]:
    """The gallery and its people."""
    people = tuple(gallery.people())
    n_photos = sum(person.n_templates for person in people)
    facts = GalleryFacts(
        path=gallery.path,
        embedder_id=gallery.embedder_id,
        n_photos=n_photos,
        is_encrypted=gallery.is_encrypted,
        retention_days=gallery.retention_days,
    )
    return facts, people


def listed(gallery: Gallery, lookup: Lookup) -> None:
    """Log that names and faces of everybody are open to whoever sits at the window."""
    n = len(gallery.people())
    gallery.record_listing(actor=lookup.actor, purpose=lookup.purpose, detail=f"opened in the window, {n} people")


def faces(gallery: Gallery, person_ids: Sequence[int]) -> dict[int, bytes]:
    """Thumbnails, PNG by person id; b'' for people without one."""
    return dict.fromkeys(person_ids, b"") | gallery.faces_of(person_ids)


def details(gallery: Gallery, person_id: int, lookup: Lookup | None) -> PersonDetails:
    """A person with all photos.

    Args:
        gallery: where to look.
        person_id: who.
        lookup: logged before the answer is given; None for a person who is in view already.

    Raises:
        GalleryError: nobody has that id, or the lookup cannot be logged.
    """
    person = gallery.person(person_id)
    if lookup is not None:
        gallery.record_view(person_id, actor=lookup.actor, purpose=lookup.purpose)
    return PersonDetails(person=person, photos=tuple(gallery.templates_of(person_id)))


def sorted_request(paths: Sequence[Path], person_id: int | None) -> EnrolRequest:
    """What was dropped, parted into photos, and folders and lists that name their own people."""
    listings = tuple(p for p in paths if is_folder(p) or (person_id is None and p.suffix.lower() == ".csv"))
    photos = tuple(path for path in paths if path not in listings)
    return EnrolRequest(photos=photos, listings=listings, person_id=person_id)


def answer(gallery: Gallery, query: FaceQuery, lookup: Lookup, folders: Folders) -> CandidateSection:
    """Rank people by likeness to a face; the lookup is logged.

    Raises:
        EmbedderMismatchError: the face was embedded by another embedder than the gallery's.
        GalleryError: the gallery cannot be read, or the lookup cannot be logged.
    """
    from core.gallery.search import GallerySearch

    search = GallerySearch(gallery, actor=lookup.actor, purpose=lookup.purpose)
    rule = measured_rule(folders, query, gallery.embedder_id)
    result = search.search(
        query.embedding,
        k=lookup.candidates,
        threshold=rule.threshold_among,
        embedder_id=query.embedder_id,
        comparison=rule.comparison,
        surroundings=query.surroundings,
    )
    return _section(query, result, rule.lacking)


def _section(query: FaceQuery, result: SearchResult, lacking: str) -> CandidateSection:
    from core.report.content import count, score_meaning, search_headline
    from core.report.text import printable

    rows = result.candidates[:MOST_ROWS]
    caption = (
        f"Among {count(result.n_people, 'enrolled person', 'enrolled people')} with "
        f"{count(result.n_templates, 'photo')}; score: {score_meaning(result)}."
    )
    if len(rows) < len(result.candidates):
        caption += f" The first {len(rows)} of {len(result.candidates)} are shown."
    headline = search_headline(result)
    if lacking and result.n_people:
        headline = f"Candidates are ranked; {lacking}."
    what = "Photo" if query.kind == PHOTO else f"Recovered {query.kind}"
    return CandidateSection(
        role=None,
        title=f"{what}: {printable(query.label)}",
        headline=headline,
        statement=None,
        caption=caption,
        threshold=result.threshold if result.has_threshold else None,
        rows=tuple(_row(candidate, result) for candidate in rows),
        notes=(),
    )


def _row(candidate: GalleryMatch, result: SearchResult) -> CandidateWords:
    from core.report.content import score_parts, score_text
    from core.report.text import printable

    is_above = candidate.score >= result.threshold if result.has_threshold else None
    side = "no threshold was measured for this kind of face"
    if is_above is not None:
        where = "at or above" if is_above else "below"
        side = f"{where} the threshold of {score_text(result.threshold)}"
    return CandidateWords(
        person_id=candidate.person_id,
        rank=candidate.rank,
        name=printable(candidate.name) or "(no printable name)",
        number=f"no. {candidate.person_id} of the gallery",
        score=candidate.score,
        score_text=score_text(candidate.score),
        is_above=is_above,
        side=side,
        thumbnail_png=candidate.thumbnail_png,
        made_of=" · ".join(score_parts(candidate)),
        has_alike_surroundings=candidate.is_raised,
    )
