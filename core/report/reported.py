"""What a report's JSON states, read back: evidence, model files, custody log, and what `verify` needs of them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from core.aggregation.record_json import record_from_json
from core.casefile.audit import FIRST_LINK, canonical_entry, link
from core.domain.calibration import Calibration
from core.domain.custody import SignedHead
from core.domain.report import AuditEntry, WeightsRecord
from core.domain.time import TimeRange
from core.errors import ReportError
from core.evidence.heads import signature_problem
from core.report.fields import Fields
from core.report.json_export import SCHEMA


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportedEvidence:
    """An item as the report states it.

    Attributes:
        evidence_id: within the case.
        path, sha256, size_bytes: at intake.
        sha256_before, sha256_analysed, sha256_after: before and after the analysis, and at export; '' when not taken.
        failure: why it was not analysed; ''.
        time_range: part that was analysed.
        changes_pending: a person's changes are not in the result yet.
    """

    evidence_id: int
    path: Path
    sha256: str
    size_bytes: int
    sha256_before: str
    sha256_analysed: str
    sha256_after: str
    failure: str
    time_range: TimeRange
    changes_pending: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportedRun:
    """What a report states of a run.

    Attributes:
        weights: every model file.
        config: resolved settings.
        command: that started it.
        gallery_name: '' when none was searched.
        evidence_ids: items within the case that it analysed.
        calibration: error rates and rule of scores that it went by; None where they cannot be read.
    """

    weights: tuple[WeightsRecord, ...]
    config: tuple[tuple[str, str], ...]
    command: str
    gallery_name: str
    evidence_ids: frozenset[int]
    calibration: Calibration | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportedBasis:
    """What a report states of its making.

    Attributes:
        signer_sha256: fingerprint of the key that signs; '' when it says that nobody does.
        has_timestamp: whether the signature bears a time stamp; None in reports that do not say.
        evidence: every item.
        runs: that made the results, the last one first; each item belongs to one, but those of which it was not
            recorded.
        audit: custody log.
        signed_head: of the custody log.
    """

    signer_sha256: str
    has_timestamp: bool | None
    evidence: tuple[ReportedEvidence, ...]
    runs: tuple[ReportedRun, ...]
    audit: tuple[AuditEntry, ...]
    signed_head: SignedHead | None


def read_basis(root: Fields) -> ReportedBasis:
    """Read the statements.

    Raises:
        ReportError: the JSON is of another schema, or something is missing.
    """
    if root.text("schema") != SCHEMA:
        raise ReportError(
            f"the result is of the schema {root.text('schema')[:60]!r}, this version knows {SCHEMA!r}",
            next_step="use the version of Unswap that the report names",
        )
    report, signer = root.child("report"), root.child_or_none("signer")
    pending = [row.flag("changes_pending") for row in root.child("statements").child("decisions").rows("items")]
    ids, results = report.wholes("evidence_ids"), list(report.rows("results"))
    if not len(pending) == len(ids) == len(results):
        raise ReportError("the lists of items differ in length", next_step="treat the result as altered")
    unrecorded = report.wholes("unrecorded") if report.has("unrecorded") else ()
    others = [_run(row, frozenset(row.wholes("evidence_ids"))) for row in report.rows_or_none("other_runs")]
    head = report.child_or_none("signed_head")
    return ReportedBasis(
        signer_sha256="" if signer is None else signer.text("key_sha256"),
        has_timestamp=signer.flag("has_timestamp") if signer is not None and signer.has("has_timestamp") else None,
        evidence=tuple(_evidence(*row) for row in zip(results, ids, pending, strict=True)),
        runs=(_run(report, frozenset(ids).difference(unrecorded, *(run.evidence_ids for run in others))), *others),
        audit=tuple(
            AuditEntry(
                at=row.moment("at"),
                actor=row.text("actor"),
                action=row.text("action"),
                detail=row.text("detail"),
                entry_sha256=row.text("entry_sha256"),
            )
            for row in report.rows("audit")
        ),
        signed_head=None if head is None else _head(head),
    )


def _run(row: Fields, evidence_ids: frozenset[int]) -> ReportedRun:
    manifest = row.child("manifest")
    return ReportedRun(
        weights=tuple(
            WeightsRecord(name=one.text("name"), sha256=one.text("sha256"), terms=one.text("terms"))
            for one in manifest.rows("weights")
        ),
        config=manifest.pairs("config"),
        command=manifest.named("command"),
        gallery_name=row.named("gallery_name"),
        evidence_ids=evidence_ids,
        calibration=_calibration(row),
    )


def _calibration(row: Fields) -> Calibration | None:
    try:
        return record_from_json(Calibration, row.raw("calibration"))
    except (ValueError, TypeError):
        return None


def _evidence(result: Fields, evidence_id: int, is_pending: bool) -> ReportedEvidence:
    item, part = result.child("evidence"), result.child("analysed_range")
    return ReportedEvidence(
        evidence_id=evidence_id,
        path=Path(item.named("path")),
        sha256=item.text("sha256"),
        size_bytes=item.whole("size_bytes"),
        sha256_before=result.text("sha256_before"),
        sha256_analysed=result.text("sha256_analysed") if result.has("sha256_analysed") else "",
        sha256_after=result.text("sha256_after"),
        failure=result.named("failure"),
        time_range=_range(part),
        changes_pending=is_pending,
    )


def _range(row: Fields) -> TimeRange:
    try:
        return TimeRange(start=row.fraction_or_none("start"), end=row.fraction_or_none("end"))
    except ValueError as error:
        raise ReportError(
            f"{row.where} is no range of time ({error})", next_step="treat the result as altered"
        ) from error


def _head(row: Fields) -> SignedHead:
    return SignedHead(
        case_id=row.text("case_id"),
        count=row.whole("count"),
        head_sha256=row.text("head_sha256"),
        at=row.moment("at"),
        signer=row.text("signer"),
        fingerprint=row.text("fingerprint"),
        certificate_pem=row.text("certificate_pem"),
        signature_hex=row.text("signature_hex"),
    )


def chain_problems(basis: ReportedBasis) -> list[str]:
    """What is wrong with the custody log in a report, one clause each: every link is computed anew."""
    found, previous = [], FIRST_LINK
    for number, entry in enumerate(basis.audit, 1):
        text = canonical_entry(number=number, at=entry.at, actor=entry.actor, action=entry.action, detail=entry.detail)
        if link(previous, text) != entry.entry_sha256:
            found.append(f"entry {number} does not follow from the one before, or was changed")
        previous = entry.entry_sha256
    head = basis.signed_head
    if head is None:
        return found
    if problem := signature_problem(head):
        found.append(f"the signature over the log does not hold: {problem}")
    if head.count > len(basis.audit):
        found.append(f"{head.count} entries were signed, {len(basis.audit)} are there: the last ones are missing")
    elif (basis.audit[head.count - 1].entry_sha256 if head.count else FIRST_LINK) != head.head_sha256:
        found.append(f"entry {head.count} is not the one that was signed")
    return found
