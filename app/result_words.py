"""Results as lines for people and as records for machines."""

from __future__ import annotations

from collections.abc import Iterator

from app.score_words import in_brackets
from app.terminal import JsonValue
from core.domain.identity import IdentityFinding, SearchResult
from core.domain.report import EvidenceResult, PersonTrack
from core.report.content import hash_statement, item_label, item_outcome, statements
from core.report.text import printable

SHOWN_CANDIDATES = 3


def result_lines(number: int, result: EvidenceResult) -> Iterator[str]:
    """What was found in one item, a few lines, the words of the report.

    Args:
        number: of the item within the case, 1-based.
        result: of its analysis.
    """
    yield f"{item_label(number)}: {printable(result.evidence.path.name)}: {item_outcome(result)}"
    if not result.evidence.sha256 == result.sha256_before == result.sha256_after:
        yield f"  {hash_statement(result)}"
    yield f"  Content credentials (C2PA): {printable(result.evidence.credentials.words)}"
    if result.n_frames_corrupt:
        yield f"  Damaged frames: {result.n_frames_corrupt}."
    for person in result.persons:
        yield f"  Person {person.person_track_id}, {person.first.clock()} to {person.last.clock()}"
        for statement in statements(person):
            yield f"    {statement.question} {statement.category}. {printable(statement.reason)}"
        for finding in person.findings:
            yield from _candidate_lines(finding)


def _candidate_lines(finding: IdentityFinding) -> Iterator[str]:
    if finding.search is None or not finding.search.candidates:
        return
    best = ", ".join(f"{c.name} {c.score:.3f}{in_brackets(c)}" for c in finding.search.candidates[:SHOWN_CANDIDATES])
    yield f"    Most alike the recovered {finding.role.value}: {printable(best)}"


def result_record(result: EvidenceResult) -> dict[str, JsonValue]:
    """One item for machines."""
    return {
        "path": str(result.evidence.path),
        "sha256": result.evidence.sha256,
        "content_credentials": {
            "state": result.evidence.credentials.state.value,
            "codes": list(result.evidence.credentials.codes),
            "detail": result.evidence.credentials.detail,
        },
        "failure": result.failure,
        "frames_decoded": result.n_frames_decoded,
        "frames_analysed": result.n_frames_analysed,
        "frames_corrupt": result.n_frames_corrupt,
        "warnings": list(result.warnings),
        "persons": [person_record(person) for person in result.persons],
    }


def person_record(person: PersonTrack) -> dict[str, JsonValue]:
    """One person for machines."""
    return {
        "person": person.person_track_id,
        "first_s": float(person.first.seconds),
        "last_s": float(person.last.seconds),
        "fake_score": person.fake_score,
        "forgery": {"decision": person.forgery_decision.value, "reason": person.forgery_reason},
        "findings": [_finding_record(finding) for finding in person.findings],
        "as_filmed": None if person.input_finding is None else _as_filmed_record(person.input_finding),
    }


def _finding_record(finding: IdentityFinding) -> dict[str, JsonValue]:
    return {
        "role": finding.role.value,
        "decision": finding.decision.value,
        "reason": finding.reason,
        "frames": len(finding.frame_indices),
        "search": None if finding.search is None else search_record(finding.search),
    }


def _as_filmed_record(finding: IdentityFinding) -> dict[str, JsonValue]:
    """Of the face as filmed, which is neither source nor target, no category is given."""
    return {**_finding_record(finding), "role": None, "decision": None}


def search_record(result: SearchResult) -> dict[str, JsonValue]:
    """A ranking for machines; a threshold that no score reaches was not measured and is null."""
    return {
        "threshold": result.threshold if result.has_threshold else None,
        "people": result.n_people,
        "templates": result.n_templates,
        "surroundings": result.n_surroundings,
        "cohort_cosine": result.cohort_cosine,
        "above": result.n_above_threshold,
        "gallery_revision": result.gallery_revision,
        "candidates": [
            {
                "rank": c.rank,
                "score": c.score,
                "face_score": c.face_score,
                "surroundings_score": c.surroundings_score,
                "person_id": c.person_id,
                "name": c.name,
                "photo_sha256": c.photo_sha256,
                "above_threshold": c.score >= result.threshold,
            }
            for c in result.candidates
        ],
    }
