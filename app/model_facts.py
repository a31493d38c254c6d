"""Weights and thresholds as a person is shown them: what they are, whether they are intact, how good they are."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from app.assembly import MTCNN, build_registry
from app.settings import DEFAULT_EMBEDDER, DEFAULT_MODEL, Folders
from core.domain.installation import WeightsInfo, WeightsPurpose, WeightsState
from core.domain.report import ErrorRate
from core.domain.thresholds import ThresholdRow, ThresholdSubject, ThresholdTable

if TYPE_CHECKING:
    from core.domain.calibration import Calibration, Rate
    from core.models.card import ModelKind
    from core.models.folder_check import ModelStatus

REINSTALL = "install the application again"


def weights_table(folders: Folders) -> Iterator[WeightsInfo]:
    """Every weights file there is or should be, with its SHA-256 compared.

    Raises:
        ModelError: the user's folder of models cannot be looked at.
    """
    found = set()
    for status in build_registry(folders).verify():
        info = _described(status, folders)
        found.add(info.name)
        yield info
    for name, purpose in (
        (DEFAULT_MODEL, WeightsPurpose.RECOVERY),
        (DEFAULT_EMBEDDER, WeightsPurpose.EMBEDDER),
        (MTCNN, WeightsPurpose.DETECTOR),
    ):
        if name not in found:
            yield WeightsInfo(
                name=name,
                purpose=purpose,
                state=WeightsState.MISSING,
                path=folders.shipped_models / f"{name}.safetensors",
                is_shipped=True,
                detail="missing",
                next_step=f"{REINSTALL}; the weights belong into resources/models",
            )


def _described(status: ModelStatus, folders: Folders) -> WeightsInfo:
    is_shipped = status.path.parent == folders.shipped_models
    step = f"{REINSTALL}, its weights are damaged" if is_shipped else "import the model again"
    card = status.card
    info = WeightsInfo(
        name=card.name if card else status.path.stem,
        purpose=purpose_of(card.kind) if card else WeightsPurpose.OTHER,
        state=status.state,
        path=status.path,
        is_shipped=is_shipped,
        detail=status.detail,
        next_step=step if status.detail else "",
    )
    if card is None:
        return info
    return replace(
        info,
        sha256=card.sha256,
        terms=card.terms,
        description=card.description,
        data=card.data,
        schedule=card.schedule,
        figures=card.figures,
        known_failures=card.known_failures,
        source_sha256=card.source_sha256,
    )


def purpose_of(kind: ModelKind) -> WeightsPurpose:
    """What networks of this kind are for."""
    if kind.is_recovery:
        return WeightsPurpose.RECOVERY
    if kind.is_detector:
        return WeightsPurpose.DETECTOR
    return WeightsPurpose.EMBEDDER if kind.is_embedder else WeightsPurpose.OTHER


def threshold_table(calibration: Calibration, weights: Sequence[WeightsInfo]) -> ThresholdTable:
    """The thresholds of a calibration, for a gallery whose size is not known yet."""
    from core.aggregation.thresholds import group_search, points_in_use

    def row(
        subject: ThresholdSubject, said_from: float, positive: Rate, denied_below: float, negative: Rate
    ) -> ThresholdRow:
        def measured(threshold: float, rate: Rate) -> ErrorRate:
            return ErrorRate(
                measure=subject.value,
                threshold=threshold,
                rate=rate.rate,
                low=rate.low,
                high=rate.high,
                trials=rate.trials,
                population=calibration.population,
            )

        return ThresholdRow(
            subject=subject,
            false_positive=measured(said_from, positive),
            false_negative=measured(denied_below, negative),
        )

    rows = []
    positive, missed = calibration.fake_false_positive, calibration.fake_missed
    if positive is not None and missed is not None:
        said_from = calibration.fake_from
        rows.append(row(ThresholdSubject.FORGERY, said_from, positive, said_from, missed))
    for subject in (ThresholdSubject.SOURCE, ThresholdSubject.TARGET, ThresholdSubject.PHOTO):
        measured = calibration.of(subject)
        for table in measured.tables if measured else ():
            usual, *others = (
                row(subject, point.threshold, point.false_match, point.threshold, point.false_non_match)
                for point in points_in_use(table)
            )
            cllr = table.likelihood.cllr if table.likelihood else None
            stricter = tuple((other.false_positive, other.false_negative) for other in others)
            group = (
                group_search(measured, table, 1.0, 1) if measured and subject is not ThresholdSubject.PHOTO else None
            )
            group_match = group.false_match.high if group else None
            rows.append(replace(usual, n_frames=table.n_frames, cllr=cllr, stricter=stricter, group_match=group_match))
    return ThresholdTable(
        calibration_id=calibration.calibration_id,
        model=next((info.name for info in weights if info.sha256 == calibration.model_sha256), ""),
        population=calibration.population,
        rows=tuple(rows),
    )


def for_gallery(table: ThresholdTable, n_people: int | None, n_photos: int | None) -> ThresholdTable:
    """The same at the thresholds for so many photographs, with the false alarms to expect; None where not known."""
    from core.aggregation.thresholds import MAX_FPIR, false_positive_identification_rate

    def searched(row: ThresholdRow) -> ThresholdRow:
        if n_photos is None or row.subject is ThresholdSubject.FORGERY:
            return replace(row, search_false_positive=None, is_search_usable=True)
        for positive, negative in ((row.false_positive, row.false_negative), *row.stricter):
            chance = false_positive_identification_rate(positive.high, n_photos)
            row = replace(row, false_positive=positive, false_negative=negative)
            if chance <= MAX_FPIR:
                break
        among_group = false_positive_identification_rate(row.group_match or 0.0, n_photos)
        is_usable = max(chance, among_group) <= MAX_FPIR
        return replace(row, search_false_positive=chance, is_search_usable=is_usable)

    return replace(table, n_people=n_people, rows=tuple(searched(row) for row in table.rows))
