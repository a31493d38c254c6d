"""Error rates in words: every rate with its interval, its population and what it does not say."""

from __future__ import annotations

from decimal import Decimal

from core.aggregation.thresholds import MAX_FPIR, false_positive_identification_rate
from core.domain.calibration import CalibrationQuote
from core.domain.identity import IdentityFinding
from core.domain.report import ErrorRate
from core.report.content import count, score_text

TRANSFER_WARNING = (
    "Error rates measured on photographs do not transfer to reconstructed faces. A rate applies to a finding only when "
    "its row names the recovered face, the role and the number of frames."
)
FPIR_FORMULA = "FPIR\u00a0=\u00a01\u00a0–\u00a0(1\u00a0–\u00a0FMR)^N"
NO_RATES = (
    "No error rates were measured for this configuration. The scores can rank candidates; they do not say how often "
    "such a score arises by chance, and no category above may be read as a measure of probability."
)
NO_LIKELIHOOD_RATIO = (
    "No likelihood ratio is given: that would need a model of the scores of same-source and different-source pairs, "
    "validated for recovered faces, and its cost Cllr."
)
LIKELIHOOD_RATIOS = (
    "Likelihood ratios were fitted for each kind of face and number of frames, with the cost Cllr (Brümmer and du "
    "Preez 2006) of people whom the fit left out, and are bounded by what the number of comparisons supports (Vergeer "
    "et al. 2016). They compare “the face is that of the candidate” with “the face is that of another person of the "
    "population measured”, both provided that the face was swapped: they were fitted on forgeries only, and are "
    "given only where the swap itself is supported. Relatives and look-alikes are rarer in that population than they "
    "may be in a case."
)


def percent(rate: float) -> str:
    """A rate in percent with three significant digits: ``0.0123 %``."""
    if rate in (0.0, 1.0):
        return f"{rate * 100:.0f}\u00a0%"
    return f"{Decimal(f'{rate * 100:.3g}'):f}\u00a0%"


def interval(low: float, high: float) -> str:
    """A 95 % interval: ``0.01 % to 0.3 %``."""
    return f"{percent(low)} to {percent(high)}"


def rate_note(rate: ErrorRate) -> str:
    """What zero errors mean; '' when there were some."""
    if rate.rate > 0 or rate.trials <= 0:
        return ""
    return (
        f"No error in {count(rate.trials, 'trial')} is still compatible with a rate of up to "
        f"{percent(min(1.0, 3 / rate.trials))} "
        "(rule of three)."
    )


def quote_sentences(quote: CalibrationQuote | None) -> tuple[str, ...]:
    """The other rates at the threshold, and the number of frames and the people they hold for; () when none is quoted.

    Calibrations of the first form named no comparison and quote nothing beyond the false match rate.
    """
    if quote is None or not quote.mates:
        return ()
    missed = quote.point.false_non_match
    words = (
        f"False non-match rate (FNMR) there, against {quote.mates} of the person: {percent(missed.rate)}, 95 % "
        f"interval {interval(missed.low, missed.high)}, {count(missed.trials, 'comparison')}. Both rates are of "
        f"templates of {count(quote.n_frames, 'frame')} and were measured on {quote.population}."
    )
    if quote.other_face is None:
        return (words,)
    other = quote.other_face
    return (
        words,
        f"The other face of a swap reaches the threshold in {percent(other.rate)} of {other.trials:,}, 95 % interval "
        f"{interval(other.low, other.high)}.",
    )


def stricter_sentences(finding: IdentityFinding) -> tuple[str, ...]:
    """That the gallery's size asked for a stricter threshold, and where no measured one suffices; () in small ones."""
    search, quote, rates = finding.search, finding.quote, finding.false_match_rate
    if search is None or rates is None:
        return ()
    said = []
    photos = count(search.n_templates, "photograph")
    if quote is not None and quote.usual_threshold is not None:
        said.append(
            f"This threshold is stricter than the usual one of {score_text(quote.usual_threshold)}, which a stranger "
            f"among {photos} may reach more often than not; the person sought misses it more often, too."
        )
    if false_positive_identification_rate(rates[2], search.n_templates) > MAX_FPIR:
        said.append(f"No threshold that was measured is strict enough for {photos}: nothing is called supported.")
    return tuple(said)


def group_sentences(finding: IdentityFinding) -> tuple[str, ...]:
    """The same search among people of one group, of whom strangers are more alike; () where none was measured."""
    group, search = finding.group_search, finding.search
    if group is None or search is None:
        return ()
    rate = group.false_match
    return (
        "Were all enrolled people of one group, as data sets name it, the chance would be another: for the group whose "
        f"strangers may reach such a score most often ({group.group}), {percent(group.chance)}, up to "
        f"{percent(group.high)} at the upper end, by an FMR of {percent(rate.rate)} ({interval(rate.low, rate.high)}) "
        f"of single frames from a score of {score_text(group.threshold)} on. Nothing here says that anybody belongs to "
        "it. A candidate is called supported only where the upper end is no more than one half.",
    )


def search_rate_sentences(finding: IdentityFinding) -> tuple[str, ...]:
    """False alarms to expect of this search: one to one, and over the whole gallery."""
    search = finding.search
    if search is None or search.n_people == 0:
        return ()
    size = f"{count(search.n_people, 'person', 'people')}, {count(search.n_templates, 'template')}"
    if not search.has_threshold:
        return (f"Gallery: {size}. How often a stranger scores as high as the first candidate is unknown.",)
    if finding.false_match_rate is None:
        return (
            f"Gallery: {size}. The false match rate (FMR) at the threshold of {score_text(search.threshold)} was not "
            "measured for this kind of face; how often a stranger reaches the threshold is unknown.",
        )
    rate, low, high = finding.false_match_rate
    calibration = f", calibration {finding.calibration_id}" if finding.calibration_id else ", uncalibrated"
    sentences = [
        f"False match rate (FMR) of one comparison at the threshold of {score_text(search.threshold)}: "
        f"{percent(rate)}, "
        f"95 % interval {interval(low, high)}{calibration}."
    ]
    sentences += stricter_sentences(finding)
    sentences += quote_sentences(finding.quote)
    fpir = finding.false_positive_identification_rate
    if fpir is not None:
        ends = [false_positive_identification_rate(end, search.n_templates) for end in (low, high)]
        sentences.append(
            f"Gallery: {size}. Searching N photographs multiplies false alarms: the chance that anybody who is not "
            f"sought reaches the threshold is {FPIR_FORMULA}\u00a0=\u00a0{percent(fpir)} for "
            f"N\u00a0=\u00a0{search.n_templates:,}, {interval(*ends)} at the ends of the interval of the FMR, for the "
            "population named, were comparisons independent."
        )
    return (*sentences, *group_sentences(finding))
