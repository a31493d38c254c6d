"""Likelihood ratios in figures and words: how much more probable a score is under one explanation than another.

The words are the verbal scale of ENFSI's guideline for evaluative reporting (2015). A ratio speaks of the score, never
of the person: how probable it is that somebody is the person sought depends on all the evidence.
"""

from __future__ import annotations

from dataclasses import dataclass

from core.aggregation.decision import SWAP_DOUBTS
from core.domain.calibration import CalibrationQuote
from core.domain.identity import GalleryMatch, IdentityFinding, Role
from core.domain.report import PersonTrack
from core.report.content import count, score_text

SCALE = (
    (10**6, "extremely strong support"),
    (10**4, "very strong support"),
    (10**3, "strong support"),
    (100, "moderately strong support"),
    (10, "moderate support"),
    (2, "weak support"),
)
NEITHER = "no support either way"
AFTER_A_SEARCH = (
    "A likelihood ratio speaks of one comparison. Among many people compared some reach a high score by chance, and "
    "the one sought may not be enrolled; the ratio is to be weighed together with the size of the search and all other "
    "evidence."
)
_CONDITION = "Provided that this face was swapped"
_FACE = {Role.SOURCE: "the face that was put in", Role.TARGET: "the head that it was put on"}


@dataclass(frozen=True, slots=True, kw_only=True)
class RatioWords:
    """One candidate's likelihood ratio as it is printed.

    Attributes:
        log10_lr: the ratio.
        figure: ``"250"``, ``"1/40"``, or ``"1,300 (bound)"`` where the data support no further one.
        support: words of the scale.
        for_candidate: the support is for the candidate rather than for somebody else.
        sentence: the whole statement.
    """

    log10_lr: float
    figure: str
    support: str
    for_candidate: bool
    sentence: str


def withheld(person: PersonTrack) -> str:
    """Why a person's ratios are not given, by the category of the swap itself; '' when they are.

    They were fitted on forgeries only.
    """
    doubt = SWAP_DOUBTS.get(person.forgery_decision)
    return f"not given: {doubt}" if doubt else ""


def ratio_words(candidate: GalleryMatch, finding: IdentityFinding) -> RatioWords | None:
    """The ratio of a candidate's score; None where none was measured for such templates.

    Args:
        candidate: of the finding's search.
        finding: of a recovered face, with the quoted calibration. Of the face as filmed there is no ratio: those of
            photographs are of faces in which there is one person.
    """
    if finding.quote is None or finding.quote.likelihood is None:
        return None
    ratios = finding.quote.likelihood
    log10_lr = ratios.at(candidate.score)
    size, is_bound = 10 ** abs(log10_lr), ratios.is_bound(log10_lr)
    times, support = plain_number(size), support_words(size)
    is_for, is_neither = log10_lr >= 0, support == NEITHER
    figure = times if is_for else f"1/{times}"
    if is_bound and not is_neither:
        figure += " (bound)"
    face = _FACE[finding.role]
    this, other = f"{face} is that of this candidate", f"{face} is that of another person of the population measured"
    first, second = (this, other) if is_for else (other, this)
    if is_neither:
        said = f"{_CONDITION}, the score is about as probable if {this} as if {other}: {NEITHER}."
    else:
        most = ", the most that the data support" if is_bound else ""
        said = (
            f"{_CONDITION}, the score of {score_text(candidate.score)} is about {times} times more probable if {first} "
            f"than if {second}{most}: {support} for the former (scale of ENFSI 2015)."
        )
    return RatioWords(log10_lr=log10_lr, figure=figure, support=support, for_candidate=is_for, sentence=said)


def support_words(ratio: float) -> str:
    """Words of ENFSI's scale for a ratio of one or more."""
    return next((words for least, words in SCALE if ratio >= least), NEITHER)


def plain_number(value: float) -> str:
    """Two significant digits, thousands parted: ``1.3``, ``42``, ``1,300``."""
    rounded = float(f"{value:.2g}")
    return f"{rounded:,.0f}" if rounded >= 10 else f"{rounded:g}"


def bounds_words(low: float, high: float) -> str:
    """``1/100 to 1,300``: the ratios that the data support."""
    return f"1/{plain_number(10**-low)} to {plain_number(10**high)}"


def ratio_sentences(finding: IdentityFinding, why_not: str = "") -> tuple[str, ...]:
    """What the ratios of a finding's candidates mean, how good they are and where they come from.

    Args:
        finding: of a recovered face.
        why_not: `withheld` of the person.
    """
    quote, search = finding.quote, finding.search
    if quote is None or quote.likelihood is None or search is None or not search.candidates:
        return ()
    if why_not:
        return (f"Likelihood ratios are {why_not}. They hold only provided that this face was swapped.",)
    ratios = quote.likelihood
    first = ratio_words(search.candidates[0], finding)
    said = [first.sentence] if first else []
    said.append(
        f"The data support likelihood ratios from {bounds_words(ratios.low, ratios.high)} and none beyond. Cllr "
        f"{ratios.cllr:.2f} (0: perfect, 1: no use), of which no calibration could take away {ratios.cllr_min:.2f}; "
        f"from {count(ratios.n_same, 'comparison')} of one person and {ratios.n_different:,} of two, "
        f"{count(ratios.n_people, 'person', 'people')}, {frames_words(quote)}."
    )
    if search.n_templates > search.n_people:
        said.append(
            "A ratio holds for one photograph; of k photographs of a person the best counts, and theirs may be up to k "
            "times too high."
        )
    return (*said, AFTER_A_SEARCH)


def frames_words(quote: CalibrationQuote) -> str:
    """``templates of 8 frames``."""
    return f"templates of {count(quote.n_frames, 'frame')}"
