"""What is known of this installation: checks, weights files and compute devices."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path


class CheckState(StrEnum):
    """Verdict of a check."""

    OK = "ok"
    WARNING = "warning"
    FAILED = "FAILED"


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One line of the self-check.

    Attributes:
        name: what was looked at.
        state: verdict.
        value: what was found.
        next_step: what to do about it; '' when it is in order.
    """

    name: str
    state: CheckState
    value: str
    next_step: str = ""


class WeightsState(StrEnum):
    """What was found of a weights file."""

    INTACT = "intact"
    ALTERED = "altered"
    MISSING = "missing"
    BAD_CARD = "bad card"
    UNLISTED = "not allowed"


class WeightsPurpose(StrEnum):
    """What a network is for."""

    RECOVERY = "recovery"
    EMBEDDER = "embedder"
    DETECTOR = "detector"
    OTHER = "other"


@dataclass(frozen=True, slots=True, kw_only=True)
class MeasuredFigure:
    """One measured number of a network.

    Attributes:
        measure: what was measured, with its unit.
        value: the number.
        none_row: the same measure of the forgery itself, unrecovered; None where that makes no sense.
        population: on whom, in one sentence.
        n: how many faces or comparisons.
    """

    measure: str
    value: float
    none_row: float | None
    population: str
    n: int


@dataclass(frozen=True, slots=True, kw_only=True)
class WeightsInfo:
    """A weights file, as a person is shown it.

    Attributes:
        name: of the model.
        purpose: what it is for.
        state: what was found.
        path: the file, or its card when that cannot be read.
        is_shipped: it came with the application.
        detail: what is wrong, '' when nothing is.
        next_step: what to do about it, '' when nothing is wrong.
        sha256: 64 hexadecimal digits, as it should be; '' when unknown.
        terms: licence, or under what terms it may be used.
        description, data, schedule: what it does, what it was trained on, and how; '' where that is not known.
        figures: measured quality.
        known_failures: sentences.
        source_sha256: of the file that was imported and converted; '' when there was none.
    """

    name: str
    purpose: WeightsPurpose
    state: WeightsState
    path: Path
    is_shipped: bool
    detail: str = ""
    next_step: str = ""
    sha256: str = ""
    terms: str = ""
    description: str = ""
    data: str = ""
    schedule: str = ""
    figures: tuple[MeasuredFigure, ...] = ()
    known_failures: tuple[str, ...] = ()
    source_sha256: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceInfo:
    """A device that networks can run on: one of `core.domain.preferences.DEVICES` but ``"auto"``, and its words."""

    name: str
    description: str


class ImportKind(StrEnum):
    """Kinds of weights that a person may bring."""

    DFREC = "dfrec"
    ARCFACE = "arcface"
    FACENET = "facenet"


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportRequest:
    """Weights that a person wants to bring.

    Attributes:
        kind: what they say it is.
        path: the file, or the folder of an insightface pack; absolute.
        name: of the new model; '' makes one from the file's name.
        as_half: store a DFREC checkpoint in 16 bits.
    """

    kind: ImportKind
    path: Path
    name: str = ""
    as_half: bool = False
