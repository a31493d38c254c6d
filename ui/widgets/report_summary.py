"""What the report page shows of a report: ready values, made by the controller."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from pathlib import Path

from core.domain.evidence import EvidenceState
from core.domain.report import CaseInfo
from core.domain.time import TimePoint


class Work(StrEnum):
    """What is being done for the page."""

    NONE = "none"
    PREVIEW = "preview"
    EXPORT = "export"


class WarningKind(StrEnum):
    """What a person should know before handing a report over."""

    NOT_FINISHED = "not finished"
    FAILED = "failed"
    CHANGED = "changed"
    OUT_OF_REACH = "out of reach"
    NO_EXAMINER = "no examiner"
    NO_CASE_NUMBER = "no case number"


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportWarning:
    """One warning; `name` is the file concerned, '' where it concerns none."""

    kind: WarningKind
    name: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonLine:
    """A person as the report names it.

    Attributes:
        evidence_id, person_track_id: which.
        is_reviewed: see `core.domain.outstanding`.
        n_decisions: verdicts, notes and observations that hold.
    """

    evidence_id: int
    person_track_id: int
    is_reviewed: bool
    n_decisions: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemLine:
    """An item as the report names it.

    Attributes:
        evidence_id: of the item within the case.
        number: 1-based, in intake order.
        name: of the file.
        state: how far its analysis is.
        persons: found in it.
    """

    evidence_id: int
    number: int
    name: str
    state: EvidenceState
    persons: tuple[PersonLine, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class BookmarkLine:
    """A frame that goes into the report; `item_number` as in `ItemLine`."""

    evidence_id: int
    item_number: int
    time: TimePoint
    caption: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DecisionCounts:
    """How much of a person's work goes into the report."""

    observations: int = 0
    verdicts: int = 0
    notes: int = 0
    changes: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportSummary:
    """What will be in the report.

    Attributes:
        info: what was entered about the case.
        items, bookmarks, decisions: what it holds.
        warnings: gravest first.
        has_report: there is a finished analysis, so that a report can be made.
        suggested_path: where the PDF goes unless a person says otherwise.
    """

    info: CaseInfo
    items: tuple[ItemLine, ...]
    bookmarks: tuple[BookmarkLine, ...]
    decisions: DecisionCounts
    warnings: tuple[ReportWarning, ...]
    has_report: bool
    suggested_path: Path

    @property
    def n_to_review(self) -> int:
        """Persons that nobody dealt with yet."""
        return sum(not person.is_reviewed for item in self.items for person in item.persons)


@dataclass(frozen=True, slots=True, kw_only=True)
class PreviewPages:
    """A finished preview.

    Attributes:
        pdf: the document.
        made_at: UTC.
    """

    pdf: bytes
    made_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportedReport:
    """A report that was handed over.

    Attributes:
        pdf, json: where its files lie.
        pdf_sha256, json_sha256: of the files.
        unlogged: why the custody log could not take the line on it; '' when it did.
        signer: name of the key that signed it; '' when nobody signed.
        key_sha256: fingerprint of that key.
    """

    pdf: Path
    json: Path
    pdf_sha256: str
    json_sha256: str
    unlogged: str = ""
    signer: str = ""
    key_sha256: str = ""
