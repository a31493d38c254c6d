"""Categories of support, each with its reason. Software ranks candidates; people decide."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from core.aggregation.calibration import quote
from core.aggregation.caveats import group_caveat, quality_caveat, surroundings_caveats
from core.aggregation.thresholds import (
    MAX_FPIR,
    false_positive_identification_rate,
    group_search,
    is_rare_enough,
    point_among,
)
from core.domain.calibration import Calibration, FrameTable, GroupSearch, OperatingPoint, RoleCalibration
from core.domain.identity import Decision, IdentityFinding, IdentityTemplate, Role, SearchResult

MIN_FRAMES = 3
MAX_DISPERSION = {"source": 0.16, "target": 0.16, "photo": 0.2}
"""Of frames of one person, from the mean face, by kind of template: docs/decisions/0006-decisions.md."""
UNCALIBRATED = "no measured error rates fit the models in use"

SWAP_DOUBTS = {
    Decision.NOT_SUPPORTED: "that this face was swapped is not supported",
    Decision.INCONCLUSIVE: "whether this face was swapped is inconclusive",
    Decision.UNABLE_TO_EVALUATE: "whether this face was swapped cannot be evaluated",
}
"""What an identity lacks where the swap itself is not supported, in the words of the swap's own category."""


def track_score(scores: Sequence[float]) -> float | None:
    """Fake score of a person: the median over the recovered frames, [0, 1]; None without frames."""
    return float(np.median(scores)) if scores else None


def forgery_decision(
    score: float | None, n_frames: int, is_still: bool, calibration: Calibration
) -> tuple[Decision, str]:
    """Whether "this face was swapped" is supported.

    Args:
        score: of `track_score`.
        n_frames: recovered frames behind it.
        is_still: a single picture, which can have no more than one.
        calibration: thresholds.
    """
    if score is None:
        return Decision.UNABLE_TO_EVALUATE, "no face passed the quality gate"
    if not calibration.calibration_id:
        return Decision.INCONCLUSIVE, f"the score is {score:.3f}, but {UNCALIBRATED}"
    if n_frames < MIN_FRAMES and not is_still:
        return Decision.INCONCLUSIVE, f"too few usable frames: {n_frames}, and at least {MIN_FRAMES} are asked for"
    if score >= calibration.fake_from:
        return Decision.SUPPORTED, f"the score {score:.3f} reaches the threshold {calibration.fake_from:.3f}"
    if score < calibration.real_below:
        return Decision.NOT_SUPPORTED, f"the score {score:.3f} lies below {calibration.real_below:.3f}"
    span = f"{calibration.real_below:.3f} and {calibration.fake_from:.3f}"
    return Decision.INCONCLUSIVE, f"the score {score:.3f} lies between the thresholds {span}"


def identity_finding(
    role: Role,
    template: IdentityTemplate | None,
    search: SearchResult | None,
    frame_indices: Sequence[int],
    *,
    is_still: bool,
    calibration: Calibration,
    sharpness: float | None = None,
    is_photo: bool = False,
) -> IdentityFinding:
    """What is said of one role: decision, reason, rates and limits.

    Args:
        role: source or target.
        template: None when no face could be recovered.
        search: None when no gallery was searched.
        frame_indices: frames behind the template.
        is_still: evidence is a single picture.
        calibration: rates for the models in use; those of templates of as many frames are used.
        sharpness: median over the frames (see `FaceQuality.sharpness`); None where it was not measured.
        is_photo: the template describes the face as filmed, nothing recovered; it never supports anything.
    """
    kind = "photo" if is_photo else role.value
    measured = calibration.of(kind)
    table = table_for(calibration, role, template.n_frames, is_photo=is_photo) if template else None
    photos = search.n_templates if search else 0
    point = point_among(table, photos) if table else None
    group = _group_search(measured, table, search)
    subject = "for the face as filmed" if is_photo else f"as {role.value}"
    decision, reason = _decide(subject, template, search, is_still, table, group, MAX_DISPERSION[kind])
    if is_photo:
        decision, reason = _as_filmed(decision, reason)
    rate = point.false_match if point else None
    limits = [
        "A swapped face mixes traits of two people; its likeness to either says little."
        if is_photo
        else "The face is a reconstruction; its likeness is a lead, not a portrait."
    ]
    if template is not None and template.n_frames < MIN_FRAMES:
        limits.append(f"The template rests on {template.n_frames} frame(s).")
    if measured is not None and template is not None:
        limits += [words for words in (quality_caveat(measured, sharpness), group_caveat(measured)) if words]
    if measured is None:
        limits.append("No error rates were measured for this combination of models.")
    if role is Role.TARGET and not is_photo:
        if search is not None:
            rule = calibration.comparison
            is_read = template is not None and template.surroundings is not None and rule.share > 0
            limits += surroundings_caveats(search, rule, has_surroundings=is_read)
        limits.append("Of the target only what the swap left is there to be recovered; this is the weaker of the two.")
    return IdentityFinding(
        role=role,
        decision=decision,
        reason=reason,
        template=template,
        search=search,
        calibration_id=calibration.calibration_id,
        false_match_rate=(rate.rate, rate.low, rate.high) if rate else None,
        false_positive_identification_rate=(
            false_positive_identification_rate(rate.rate, photos) if rate and search else None
        ),
        frame_indices=tuple(frame_indices),
        limitations=tuple(limits),
        group_search=group,
        quote=quote(calibration, table, measured, point) if table and measured and point else None,
    )


def table_for(calibration: Calibration, role: Role, n_frames: int, *, is_photo: bool) -> FrameTable | None:
    """The rates for templates of a role, or of faces as filmed, of that many frames; None when unmeasured."""
    measured = calibration.of("photo" if is_photo else role)
    return measured.at(n_frames) if measured else None


def tempered(findings: Sequence[IdentityFinding], forgery: Decision) -> tuple[IdentityFinding, ...]:
    """Take back support for identities where the swap itself is in doubt, or where one person leads both roles.

    Somebody always ranks first: only who reaches the threshold of a role leads it.

    Args:
        findings: of the roles of one person.
        forgery: category for "this face was swapped".
    """
    leaders = [f.search.above_threshold[0].person_id for f in findings if f.search and f.search.above_threshold]
    doubt = ""
    if forgery is not Decision.SUPPORTED:
        doubt = SWAP_DOUBTS[forgery]
    elif len(leaders) > 1 and len(set(leaders)) == 1:
        doubt = "the same person leads as source and as target"
    return tuple(
        replace(f, decision=Decision.INCONCLUSIVE, reason=f"{f.reason}; but {doubt}")
        if doubt and f.decision is Decision.SUPPORTED
        else f
        for f in findings
    )


def _as_filmed(decision: Decision, reason: str) -> tuple[Decision, str]:
    """The face as filmed may show two people at once: its likeness to somebody answers neither question."""
    if decision is Decision.UNABLE_TO_EVALUATE:
        return decision, reason
    return Decision.INCONCLUSIVE, f"for comparison only, the face as filmed is neither source nor target: {reason}"


def _decide(
    subject: str,
    template: IdentityTemplate | None,
    search: SearchResult | None,
    is_still: bool,
    table: FrameTable | None,
    group: GroupSearch | None,
    most_apart: float,
) -> tuple[Decision, str]:
    if template is None:
        return Decision.UNABLE_TO_EVALUATE, "no face passed the quality gate"
    if search is None:
        return Decision.UNABLE_TO_EVALUATE, "no gallery was searched"
    if search.n_people == 0:
        return Decision.UNABLE_TO_EVALUATE, "the gallery holds nobody"
    if not search.candidates:
        return Decision.UNABLE_TO_EVALUATE, "the gallery gave no candidate"
    if table is None:
        return Decision.INCONCLUSIVE, f"candidates are ranked, but {UNCALIBRATED}"
    if template.dispersion > most_apart:
        apart = f"dispersion {template.dispersion:.2f}, of one person's at most {most_apart:.2f}"
        return Decision.INCONCLUSIVE, f"the frames disagree, as those of several people do ({apart})"
    point = point_among(table, search.n_templates)
    if not search.above_threshold:
        return _nobody_above(search, table.point, point)
    if template.n_frames < MIN_FRAMES and not is_still:
        frames = f"{template.n_frames} frame{'' if template.n_frames == 1 else 's'}"
        return (
            Decision.INCONCLUSIVE,
            f"a candidate lies above the threshold, but the template rests on only {frames}; "
            f"at least {MIN_FRAMES} are asked for",
        )
    return _somebody_above(subject, search, table.point, point, group)


def _nobody_above(search: SearchResult, usual: OperatingPoint, point: OperatingPoint) -> tuple[Decision, str]:
    """Below a stricter threshold, which the right person misses more often, a high score is no sign against anybody."""
    if point.threshold > usual.threshold and search.candidates[0].score >= usual.threshold:
        return (
            Decision.INCONCLUSIVE,
            f"a candidate lies above the usual threshold of {usual.threshold:.3f}, but not above the stricter one of "
            f"{point.threshold:.3f} that a search among {_photographs(search)} asks for",
        )
    missed = f"{100 * point.false_non_match.rate:.0f} %"
    return (
        Decision.NOT_SUPPORTED,
        f"no candidate above the threshold, which the right person misses in {missed} of cases",
    )


def _group_search(
    measured: RoleCalibration | None, table: FrameTable | None, search: SearchResult | None
) -> GroupSearch | None:
    """At the first candidate's score, or at the threshold in use where nobody reaches it."""
    if measured is None or table is None or search is None:
        return None
    least = point_among(table, search.n_templates).threshold
    best = max((candidate.score for candidate in search.candidates), default=least)
    return group_search(measured, table, max(best, least), search.n_templates)


def _somebody_above(
    subject: str, search: SearchResult, usual: OperatingPoint, point: OperatingPoint, group: GroupSearch | None
) -> tuple[Decision, str]:
    is_stricter = point.threshold > usual.threshold
    if not is_rare_enough(point, search.n_templates):
        fpir = false_positive_identification_rate(point.false_match.high, search.n_templates)
        chance = f"up to {100 * fpir:.0f} %, at the upper end of the measured interval"
        which = "even the strictest threshold measured" if is_stricter else "the threshold"
        return (
            Decision.INCONCLUSIVE,
            f"among {_photographs(search)} of a gallery a stranger may reach {which} ({chance})",
        )
    if search.n_above_threshold > 1:
        return (
            Decision.INCONCLUSIVE,
            f"{search.n_above_threshold} people lie above the threshold; a person has to compare them",
        )
    if group is not None and group.high > MAX_FPIR:
        return (
            Decision.INCONCLUSIVE,
            f"one candidate {subject} lies above the threshold, but were all enrolled people of one group, as data "
            f"sets name it ({group.group}), a stranger among {_photographs(search)} may reach such a score (up to "
            f"{100 * group.high:.0f} %, at the upper end of the measured interval)",
        )
    stricter = ""
    if is_stricter:
        stricter = (
            f", by the threshold of {point.threshold:.3f}, stricter than the usual {usual.threshold:.3f} for "
            f"{_photographs(search)}"
        )
    best = search.candidates[0]
    return Decision.SUPPORTED, f"one candidate {subject} lies above the threshold, with {best.score:.3f}{stricter}"


def _photographs(search: SearchResult) -> str:
    return f"{search.n_templates:,} photograph{'' if search.n_templates == 1 else 's'}"
