"""Documented, self-validating settings of an analysis. Every field enters the run manifest."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, fields
from fractions import Fraction
from typing import Any

from core.domain.foreign_text import exact_fraction


@dataclass(frozen=True, slots=True, kw_only=True)
class AnalysisSettings:
    """How a video is looked at.

    Attributes:
        sample_period_s: time between analysed frames, seconds, > 0. Every frame is decoded, the first one at or
            after each multiple of the period is analysed.
        frames_per_person: how many of a person's best frames are recovered, 1-256; more costs time and steadies
            the templates.
        keep_period_s: of each track one crop is kept for every such span of time, the best one, seconds, > 0.
        recovery_batch: faces recovered at once, 1-256. Part of the result's identity: another batch size may differ
            in the last bits.
        decode_batch: analysed frames between two commits, 1-256; what a kill can lose.
        candidates: gallery candidates listed for each role, 1-100.
        merge_score: mean score from which tracks count as one person, where scores are measured by a cohort (see
            `core.domain.comparison.Comparison`), (-1, 1).
        merge_cosine: mean cosine of faces from which they do elsewhere, (-1, 1).
        seed: of every random draw.
        model: name of the recovery weights.
        detector: ``"mtcnn"`` or the name of an imported detector.
        device: ``"auto"``, ``"cpu"``, ``"cuda"`` or ``"mps"``.
    """

    sample_period_s: Fraction = Fraction(1, 5)
    frames_per_person: int = 16
    keep_period_s: Fraction = Fraction(1, 2)
    recovery_batch: int = 8
    decode_batch: int = 16
    candidates: int = 10
    merge_score: float = 0.1
    merge_cosine: float = 0.945
    seed: int = 1
    model: str = "dfrec-compact"
    detector: str = "mtcnn"
    device: str = "auto"

    def __post_init__(self) -> None:
        for name in ("sample_period_s", "keep_period_s"):
            if getattr(self, name) <= 0:
                raise ValueError(f"{name} must be positive, got {getattr(self, name)}")
        for name, top in (
            ("frames_per_person", 256),
            ("recovery_batch", 256),
            ("decode_batch", 256),
            ("candidates", 100),
        ):
            if not 1 <= getattr(self, name) <= top:
                raise ValueError(f"{name} must lie within 1-{top}, got {getattr(self, name)}")
        for name in ("merge_score", "merge_cosine"):
            if not -1 < getattr(self, name) < 1:
                raise ValueError(f"{name} must lie within (-1, 1), got {getattr(self, name)}")

    def similar_from(self, *, has_cohort: bool) -> float:
        """Mean similarity from which tracks count as one person."""
        return self.merge_score if has_cohort else self.merge_cosine

    def as_pairs(self) -> tuple[tuple[str, str], ...]:
        """(name, value) of every field, for the manifest and for telling whether a stored run may be resumed."""
        return tuple((field.name, str(getattr(self, field.name))) for field in fields(self))

    @classmethod
    def from_pairs(cls, pairs: Iterable[tuple[str, str]]) -> AnalysisSettings:
        """Back from `as_pairs`; fields that are not named keep their defaults.

        Raises:
            ValueError: an unknown name, or a value that does not fit.
        """
        values: dict[str, Any] = {}
        standard = cls()
        kinds: dict[str, type] = {field.name: type(getattr(standard, field.name)) for field in fields(cls)}
        for name, text in pairs:
            if name not in kinds:
                raise ValueError(f"no setting is called {name}")
            values[name] = exact_fraction(text) if kinds[name] is Fraction else kinds[name](text)
        return cls(**values)
