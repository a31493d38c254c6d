"""What error rates do not hold for, in a sentence: blurred faces, groups of people."""

from __future__ import annotations

from core.domain.calibration import RoleCalibration, SubsetRates
from core.domain.comparison import Comparison
from core.domain.identity import SearchResult

MIN_GROUP_PROBES = 30
"""Rates of fewer probes are not given: the interval would span most of what can be."""

STRANGERS_ALIKE = (
    "of pairs of strangers within one set of photographs, by group where it names some, 1.5\u00a0% to about half "
    "reached a cosine of 0.462, fewest in press photographs, most among women of one group"
)
"""How often surroundings of different people are alike: docs/decisions/0017-comparison.md."""


def quality_caveat(measured: RoleCalibration, sharpness: float | None) -> str:
    """Rates of single frames as sharp as these; '' where none were measured."""
    band = None if sharpness is None else measured.band(sharpness)
    if band is None or band.false_match is None or band.false_non_match is None:
        return ""
    return (
        f"The faces have a median sharpness of {sharpness:.0f}; single frames of that band ({band.name}) miss the "
        f"person in {_percent(band.false_non_match.rate)} and reach the threshold for a stranger in "
        f"{_percent(band.false_match.rate)} of comparisons."
    )


def group_caveat(measured: RoleCalibration) -> str:
    """How far error rates differ between the groups measured; '' where no group was."""
    known = [(g, g.false_match.rate) for g in measured.groups if g.false_match is not None]
    few = [g.name for g in measured.groups if g.false_match is None]
    if not known:
        return ""
    low, high = min(known, key=lambda g: g[1]), max(known, key=lambda g: g[1])
    words = (
        "Error rates differ between groups of people: at the threshold for single frames, the false match rate among "
        f"people of one group lies between {_percent(low[1])} ({low[0].name}) and {_percent(high[1])} "
        f"({high[0].name})."
    )
    return words + (f" Too few people for a figure: {', '.join(few)}." if few else "")


def surroundings_caveats(search: SearchResult, comparison: Comparison, *, has_surroundings: bool) -> list[str]:
    """What alike surroundings mean, for the first candidate whose score they raised, and which photos have none.

    Args:
        search: the answer of the gallery.
        comparison: the rule of its scores.
        has_surroundings: whether those of the probe were read, and the rule takes notice of them.
    """
    found = []
    best = next((c for c in search.candidates if c.is_raised), None)
    if best is not None:
        found.append(
            "The surroundings of the face (hair, ears, outline, neck) are alike in the photograph of candidate "
            f"{best.rank} (cosine {best.surroundings_score:.3f}; from {comparison.knee:.3f} on they raise the score). "
            "That may come of the same picture or the same occasion, but also of like hair, sex and way of "
            f"photographing: {STRANGERS_ALIKE}. It is no trait of the person's face."
        )
    lacking = search.n_templates - search.n_surroundings
    if has_surroundings and lacking and not search.n_surroundings:
        found.append(
            "Of none of the enrolled photographs are the surroundings known, so that they were compared by the face "
            "alone, while miss rates and likelihood ratios were measured with surroundings and do not hold for it; "
            "handing the photographs in again adds them."
        )
    elif has_surroundings and lacking:
        found.append(
            f"Of {lacking} of the {search.n_templates} enrolled photographs the surroundings are not known, so that "
            "they were compared by the face alone; handing these photographs in again adds them."
        )
    return found


def has_enough(n_probes: int) -> bool:
    """Whether a subset is large enough for rates of its own."""
    return n_probes >= MIN_GROUP_PROBES


def too_few(name: str, n_probes: int, mates: str, from_sharpness: float | None = None) -> SubsetRates:
    """A subset that is named, with its count and without rates."""
    return SubsetRates(
        name=name,
        from_sharpness=from_sharpness,
        n_probes=n_probes,
        mates=mates,
        false_match=None,
        false_non_match=None,
    )


def _percent(rate: float) -> str:
    return f"{100 * rate:.2g}\u00a0%"
