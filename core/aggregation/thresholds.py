"""Which measured threshold a search uses: the more photographs are searched, the stricter."""

from __future__ import annotations

from core.domain.calibration import FrameTable, GroupSearch, OperatingPoint, Rate, RoleCalibration, SubsetRates
from core.domain.identity import NO_THRESHOLD

MAX_FPIR = 0.5
"""A search that yields a stranger more often than not supports nothing."""
MIN_GROUP_FOR_SEARCH = 100
"""Templates: so few people as make a smaller group bound a rate by their number, not by how alike they are."""


def false_positive_identification_rate(false_match_rate: float, n_photos: int) -> float:
    """Chance that a search among `n_photos` of strangers yields somebody: 1 - (1 - FMR)^N (ISO/IEC 19795-1).

    The FMR is that of one photograph, and a person's score is the best of their photographs'. Photographs of one person
    are alike and comparisons with one template are not independent, so that this is an upper bound.
    """
    return float(1 - (1 - false_match_rate) ** n_photos)


def points_in_use(table: FrameTable) -> tuple[OperatingPoint, ...]:
    """The measured points that a search may use, from the usual one, at the lowest threshold, to the strictest."""
    stricter = [point for point in table.points if point.threshold > table.point.threshold]
    return (table.point, *sorted(stricter, key=lambda point: point.threshold))


def point_among(table: FrameTable, n_photos: int) -> OperatingPoint:
    """The point at the lowest threshold that strangers among `n_photos` reach in at most `MAX_FPIR` of searches.

    That chance is taken at the upper end of the measured interval. Where no measured threshold is strict enough it is
    the strictest.
    """
    points = points_in_use(table)
    return next((point for point in points if is_rare_enough(point, n_photos)), points[-1])


def is_rare_enough(point: OperatingPoint, n_photos: int) -> bool:
    """Whether strangers among `n_photos` reach the threshold seldom enough for a finding to be supported."""
    return false_positive_identification_rate(point.false_match.high, n_photos) <= MAX_FPIR


def group_search(measured: RoleCalibration, table: FrameTable, score: float, n_photos: int) -> GroupSearch | None:
    """The search were everybody enrolled of the group whose strangers may reach a score most often.

    Groups are measured on single frames. A score so far above the threshold of its number of frames is worth one as far
    above the threshold for one frame, and every rate measured up to there bounds its own.

    Args:
        measured: of the kind of template.
        table: of its number of frames.
        score: at or above `table.point.threshold`.
        n_photos: in the gallery.
    """
    single = measured.tables[0].point.threshold
    worth = single + score - table.point.threshold
    known = [
        (group.name, *_bound_up_to(group, group.false_match, single, worth))
        for group in measured.groups
        if group.false_match is not None and group.n_probes >= MIN_GROUP_FOR_SEARCH
    ]
    if not known:
        return None
    name, threshold, rate = max(known, key=lambda one: one[2].high)
    return GroupSearch(
        group=name,
        threshold=threshold,
        false_match=rate,
        chance=false_positive_identification_rate(rate.rate, n_photos),
        high=false_positive_identification_rate(rate.high, n_photos),
    )


def _bound_up_to(group: SubsetRates, usual: Rate, single: float, worth: float) -> tuple[float, Rate]:
    """Threshold and false match rate of a group, of those measured up to `worth` the one with the least upper end."""
    stricter = [(one.threshold, one.false_match) for one in group.stricter if one.threshold <= worth]
    return min([(single, usual), *stricter], key=lambda one: one[1].high)


def threshold_among(table: FrameTable | None, n_photos: int) -> float:
    """The threshold of `point_among`; `NO_THRESHOLD` without a table."""
    return NO_THRESHOLD if table is None else point_among(table, n_photos).threshold
