"""Thresholds with the error rates measured at them, as a person is shown them."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from core.domain.report import ErrorRate


class ThresholdSubject(StrEnum):
    """What is compared with a threshold."""

    FORGERY = "forgery"
    SOURCE = "source"
    TARGET = "target"
    PHOTO = "photo"


@dataclass(frozen=True, slots=True, kw_only=True)
class ThresholdRow:
    """One decision and how often it is wrong.

    Attributes:
        subject: the fake score of a face, or the likeness of a recovered source, a recovered target or a photo to the
            photos of the gallery.
        false_positive: said although it is not so: pristine face called forged; false match rate.
        false_negative: not said although it is so.
        search_false_positive: chance in [0, 1] that a search among the gallery's people yields a stranger, at the
            upper end of the measured interval; None where nothing is searched, or the gallery's size is not known.
        is_search_usable: False where that chance, or that among people of one group, is so high that no finding is
            supported whatever the score.
        n_frames: frames of the templates that the rates hold for.
        stricter: (wrongly said, wrongly not said) at each stricter threshold that a search of many photographs may use
            in place of the first two, thresholds increasing.
        group_match: the least bound of a false match rate among people of the group where it is highest, [0, 1]; None
            where no group was measured, and where nothing is called supported by such a threshold.
        cllr: cost of the likelihood ratios of such scores: 0 perfect, 1 no use; None where none were fitted.
    """

    subject: ThresholdSubject
    false_positive: ErrorRate
    false_negative: ErrorRate
    search_false_positive: float | None = None
    is_search_usable: bool = True
    n_frames: int = 1
    cllr: float | None = None
    stricter: tuple[tuple[ErrorRate, ErrorRate], ...] = ()
    group_match: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ThresholdTable:
    """All thresholds of one recovery model with one embedder.

    Attributes:
        calibration_id: '' when nothing was measured; `rows` is empty then.
        model: the recovery weights that the rates were measured with.
        population: on whom, in one sentence.
        n_people: in the open gallery; None where it is not known.
        rows: one a decision.
    """

    calibration_id: str = ""
    model: str = ""
    population: str = ""
    n_people: int | None = None
    rows: tuple[ThresholdRow, ...] = ()
