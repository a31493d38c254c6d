"""What the report says of its findings, as plain sentences: pure functions of domain values, tested without a page."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC
from statistics import median

from core.domain.evidence import EvidenceKind
from core.domain.faces import AlignedFace
from core.domain.identity import Decision, GalleryMatch, IdentityFinding, Role, SearchResult
from core.domain.report import CaseReport, EvidenceResult, PersonTrack
from core.domain.time import TimePoint

CATEGORY = {
    Decision.SUPPORTED: "Supported",
    Decision.INCONCLUSIVE: "Inconclusive",
    Decision.NOT_SUPPORTED: "Not supported",
    Decision.UNABLE_TO_EVALUATE: "Unable to evaluate",
}
MEANING = {
    Decision.SUPPORTED: "The observations are more probable under the first hypothesis than under the second, by the "
    "measure and the threshold named. This is relative support, not proof.",
    Decision.INCONCLUSIVE: "The observations do not favour either hypothesis clearly enough.",
    Decision.NOT_SUPPORTED: "The measure does not reach its threshold. This does not favour the second hypothesis: how "
    "often true answers stay below the threshold is stated with the rates.",
    Decision.UNABLE_TO_EVALUATE: "The material does not allow an answer; the reason is given. This is a "
    "result, not a failure.",
}
STANDARD_QUESTION = (
    "Was the face of a person in the material replaced by a face swap, and if so, which enrolled people do the "
    "recovered source face and the recovered target face resemble?"
)
NO_CANDIDATE = "No candidate above the threshold."
ROLE_MEANING = {
    Role.SOURCE: "the face that was put in",
    Role.TARGET: "the head that it was put on",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """One answer: the question, the category, the reason and what the search returned ('' when none applies)."""

    question: str
    decision: Decision
    reason: str
    search: str = ""

    @property
    def category(self) -> str:
        """The category's printed name."""
        return CATEGORY[self.decision]


@dataclass(frozen=True, slots=True, kw_only=True)
class HypothesisPair:
    """Two explanations of the same observations, the second not less plausible than the first."""

    question: str
    applies_to: tuple[str, ...]
    first: str
    second: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ScoreSummary:
    """Spread of the fake score over a person's recovered frames, each in [0, 1]."""

    n: int
    low: float
    middle: float
    high: float


def sentence(text: str) -> str:
    """`text` with a capital and a full stop."""
    text = text.strip()
    if not text:
        return ""
    return text[0].upper() + text[1:] + ("" if text[-1] in ".!?" else ".")


def count(n: int, singular: str, plural: str = "") -> str:
    """``1 frame``, ``1,200 frames``."""
    return f"{n:,} {singular if n == 1 else plural or singular + 's'}"


def item_label(number: int) -> str:
    """``Item 1``."""
    return f"Item {number}"


def short_name(name: str, longest: int = 60) -> str:
    """A file name that keeps its beginning and its end."""
    return name if len(name) <= longest else f"{name[: longest // 2]}…{name[-longest // 2 + 1 :]}"


def person_label(item_number: int, person: PersonTrack) -> str:
    """``Item 1, person 2``."""
    return f"{item_label(item_number)}, person {person.person_track_id}"


def score_text(value: float) -> str:
    """A similarity or a fake score, three decimals."""
    return f"{value:.3f}"


def short_clock(time: TimePoint) -> str:
    """``H:MM:SS.mmm`` on the stream's clock."""
    return time.clock()


def search_headline(search: SearchResult | None) -> str:
    """What a search returned, in one sentence that names nobody."""
    if search is None:
        return "No gallery was searched."
    if search.n_people == 0:
        return "The gallery was empty; no candidate could be ranked."
    if not search.has_threshold:
        return "Candidates are ranked; no threshold was measured for this kind of face."
    above = search.n_above_threshold
    if above == 0:
        return NO_CANDIDATE
    listed = f" The best {len(search.candidates)} were kept." if above > len(search.candidates) else ""
    return f"{count(above, 'candidate')} at or above the threshold of {score_text(search.threshold)}.{listed}"


def forgery_statement(person: PersonTrack) -> Statement:
    """Was this face swapped?"""
    return Statement(
        question="Was the face replaced by a face swap?",
        decision=person.forgery_decision,
        reason=sentence(person.forgery_reason),
    )


def finding_statement(finding: IdentityFinding) -> Statement:
    """Which enrolled people does the recovered face of this role resemble?"""
    reason, headline = sentence(finding.reason), search_headline(finding.search)
    return Statement(
        question=f"Whom does the recovered {finding.role.value} ({ROLE_MEANING[finding.role]}) resemble?",
        decision=finding.decision,
        reason=reason,
        search="" if headline.casefold() == reason.casefold() else headline,
    )


def statements(person: PersonTrack) -> tuple[Statement, ...]:
    """Every answer about one person, in the order of the questions."""
    answers = [forgery_statement(person)]
    answers += [finding_statement(finding) for finding in person.findings]
    if not person.findings:
        answers.append(
            Statement(
                question="Whom do the recovered faces resemble?",
                decision=Decision.UNABLE_TO_EVALUATE,
                reason="No face of this person was recovered, so nothing could be compared.",
            )
        )
    return tuple(answers)


def item_outcome(result: EvidenceResult, n_ignored: int = 0) -> str:
    """What was found in an item before anything is said of a person.

    Args:
        result: of the item.
        n_ignored: face tracks that the examiner left out.
    """
    if result.failure:
        return f"Unable to evaluate: {sentence(result.failure)}"
    frames = count(result.n_frames_analysed, "analysed frame")
    left_out = f"the examiner left out {count(n_ignored, 'face track')}" if n_ignored else ""
    if not result.persons:
        reason = f"{left_out}, and no other was found" if left_out else "no face that can be followed was found"
        return f"Unable to evaluate: {reason} in {frames}."
    return f"{count(len(result.persons), 'person', 'people')} found in {frames}{left_out and '; ' + left_out}."


def hash_statement(result: EvidenceResult) -> str:
    """Whether the file stayed as it was."""
    if result.is_changed:
        return (
            "CHANGED: the hashes at intake, before and after the analysis and at export are not all equal. The "
            "findings of this item must not be relied on."
        )
    if not result.sha256_after:
        return "At export the file could not be read where it was, so its hash was not compared once more."
    touched = ""
    if result.touched_at is not None:
        at = f"{result.touched_at.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"
        touched = f" Its modification time at export is another than at intake: {at}."
    if not result.sha256_before:
        return (
            "The hashes at intake and at export are equal. No analysis came to its end; what was hashed in between "
            f"stands in the custody record.{touched}"
        )
    after = ", after it" if result.sha256_analysed else ""
    return f"Unchanged: the hashes at intake, before the analysis{after} and at export are equal.{touched}"


def hypotheses(report: CaseReport) -> tuple[HypothesisPair, ...]:
    """Competing explanations for each question, with the people each was weighed for."""
    people = [(n, person) for n, result in enumerate(report.results, 1) for person in result.persons]
    if not people:
        return ()
    pairs = [
        HypothesisPair(
            question="Was the face replaced?",
            applies_to=tuple(person_label(n, person) for n, person in people),
            first="A face swap: the inner face shown comes from another person (the source) and was put on the head "
            "of the person filmed (the target).",
            second="No face swap: the face is as filmed, and what the measure responds to has another cause, for "
            "example compression, retouching, lighting, make-up or a kind of picture unknown to the model.",
        )
    ]
    for role in Role:
        weighed = [(n, p) for n, p in people if any(f.role is role for f in p.findings)]
        if weighed:
            pairs.append(
                HypothesisPair(
                    question=f"Who is the {role.value} ({ROLE_MEANING[role]})?",
                    applies_to=tuple(person_label(n, person) for n, person in weighed),
                    first=f"Provided that the face was swapped, the {role.value} is the person whom the list of "
                    "candidates ranks first.",
                    second=f"The {role.value} is another person, enrolled or not, who resembles that candidate; or "
                    "the reconstruction resembles the candidate by chance or by a preference of the model.",
                )
            )
    return tuple(pairs)


def score_summary(person: PersonTrack) -> ScoreSummary | None:
    """Spread of the fake score; None when no frame was recovered."""
    values = [value for _, value in person.scores]
    if not values:
        return None
    return ScoreSummary(n=len(values), low=min(values), middle=median(values), high=max(values))


def span_sentence(person: PersonTrack, kind: EvidenceKind) -> str:
    """Where and how often a person was seen in an item of that kind."""
    merged = f", joined from {count(len(person.track_ids), 'face track')}" if len(person.track_ids) > 1 else ""
    if kind is EvidenceKind.IMAGE:
        return f"Seen in the picture{merged}."
    if person.first == person.last:
        return f"Seen at {short_clock(person.first)} only, in {count(person.n_detections, 'detection')}{merged}."
    return (
        f"Seen from {short_clock(person.first)} to {short_clock(person.last)} in "
        f"{count(person.n_detections, 'detection')}{merged}."
    )


def gate_sentence(person: PersonTrack) -> str:
    """What the quality gate excluded, counted; a face may fail several tests."""
    refused = [(reason, n) for reason, n in person.n_rejected if n > 0]
    if not refused:
        return f"The quality gate excluded none of {count(person.n_detections, 'face')}."
    listed = "; ".join(f"{reason.value}: {n:,}" for reason, n in refused)
    return f"The quality gate excluded faces for these reasons (a face may have several): {listed}."


def frame_name(face: AlignedFace, kind: EvidenceKind) -> str:
    """The name of a frame in court: exact time, not a running number alone; a still picture has no other name."""
    if kind is EvidenceKind.IMAGE:
        return "The still picture"
    return (
        f"The frame at {short_clock(face.time)} (pts {face.time.pts} × {face.time.time_base} s, "
        f"picture {face.frame_index} in order of presentation)"
    )


def score_meaning(search: SearchResult) -> str:
    """What the scores of a search are, ``"similarity of the faces, at most 1"``."""
    words = "similarity of the faces, at most 1"
    if search.cohort_cosine is not None:
        words += f", 0 where as alike as the nearest of a cohort (cosine {score_text(search.cohort_cosine)})"
    if not search.n_surroundings:
        return words
    photos = count(search.n_surroundings, "photo")
    return f"{words}, raised where hair, ears and outline are alike (known of {photos})"


def score_parts(candidate: GalleryMatch) -> tuple[str, ...]:
    """``("face 0.412", "surroundings 0.806")``; () where no surroundings were compared."""
    if candidate.face_score is None or candidate.surroundings_score is None:
        return ()
    return (f"face {score_text(candidate.face_score)}", f"surroundings {score_text(candidate.surroundings_score)}")


def template_sentence(finding: IdentityFinding) -> str:
    """How the template of a role came about."""
    template = finding.template
    if template is None:
        return f"No template of the recovered {finding.role.value} could be formed."
    return (
        f"Template of the recovered {finding.role.value}: {count(template.n_frames, 'frame')} used, "
        f"{count(template.n_outliers, 'outlier')} dropped, dispersion {score_text(template.dispersion)} "
        f"(mean of 1\u00a0–\u00a0cosine from the mean face; 0 is perfect agreement); embedder {template.embedder_id}."
    )


def people_examined(report: CaseReport) -> int:
    """People found in all items together."""
    return sum(len(result.persons) for result in report.results)
