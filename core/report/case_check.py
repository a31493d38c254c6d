"""Checking a report against the case that it came from: custody log, exports that the log records, results, items."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any

from core.casefile.audit import FIRST_LINK
from core.casefile.hash_log import AT_EXPORT, HASH_CHECKED
from core.casefile.item_bindings import STATE_SET
from core.casefile.result_digest import RESULT_STORED, recorded
from core.casefile.store import CaseFile
from core.domain.custody import SignedHead
from core.domain.evidence import EvidenceState
from core.domain.report import AuditEntry
from core.evidence.ledger import HeadLedger
from core.report.check_lines import CheckLine, failed, ok, unchecked
from core.report.examine import DocumentFacts, Examined
from core.report.fields import Fields
from core.report.json_export import result_content
from core.report.reported import ReportedBasis
from core.report.seal import EXPORTED

_MANY = 5
_EXPORTED_SHA256 = re.compile(r" sha256 ([0-9a-f]{16})[0-9a-f]{48}(?:;|$)")
_OF_EXPORT = {"sha256_analysed", "sha256_after", "touched_at", "warnings"}
"""Fields of a result that an export fills in: the case holds others."""


def check_case(
    basis: ReportedBasis, case: CaseFile, examined: Examined, ledger: HeadLedger | None = None
) -> Iterator[CheckLine]:
    """Whether the report goes with a case: its log must go on from the one in the report, its results be the same.

    Args:
        basis: as the report states it.
        case: open.
        examined: the report's file.
        ledger: of what was signed on this machine.

    Raises:
        CaseError: the case or the ledger cannot be read.
    """
    known: tuple[SignedHead, ...] = () if basis.signed_head is None else (basis.signed_head,)
    status = case.check_log(ledger=ledger, known=known)
    log = case.audit()
    n = len(basis.audit)
    end = basis.audit[-1].entry_sha256 if n else FIRST_LINK
    for sentence in status.sentences[:_MANY]:
        yield failed("case", sentence)
    if len(log) < n or (n and log[n - 1].entry_sha256 != end):
        yield failed("case", "its custody log does not go on from the one in the report")
    elif status.is_whole:
        yield ok("case", f"its custody log is whole and goes on from the one in the report; {status.signature_words}")
    if status.bound_late:
        yield unchecked("case", status.bound_late_words)
    yield _export_line(examined.facts, log, n)
    held = {stored.item.sha256 for stored in case.evidence()}
    for number, item in enumerate(basis.evidence, 1):
        if item.sha256 not in held:
            yield failed("case", f"item {number} of the report ({item.path.name}) is no item of the case")
    yield from _result_lines(basis, case, examined, log[n:])


def _export_line(facts: DocumentFacts, log: Sequence[AuditEntry], n: int) -> CheckLine:
    """What the log records of the export of this file, which holds the first `n` entries of the log."""
    exports = [entry.detail for entry in log if entry.action == EXPORTED]
    if any(facts.sha256 in detail for detail in exports):
        return ok("case", "its custody log records the export of this very file")
    made = _export_after(log[n:])
    if made is not None:
        is_same = bool(facts.result_sha256) and facts.result_sha256 in made
        what = "this result in another file" if is_same else "another result"
        whose = "" if facts.signature.n_signatures or "signed with the key" not in made else ", which was signed"
        return failed("case", f"the export that its custody log records at this point was of {what}{whose}: {made}")
    words = f"its custody log records no export of this very file{_other_exports(log)}"
    if not facts.signature.n_signatures:  # neither a signature nor the log vouches for a byte of it
        return failed("case", f"nobody signed the report, and {words}")
    return unchecked("case", words)


def _export_after(entries: Sequence[AuditEntry]) -> str | None:
    """The export whose report holds the log up to these entries; None where another export was begun before it."""
    for entry in entries:
        if entry.action == EXPORTED:
            return entry.detail
        if entry.action == HASH_CHECKED and f": {AT_EXPORT}: " in entry.detail:
            return None
    return None


def _result_lines(
    basis: ReportedBasis, case: CaseFile, examined: Examined, later: Sequence[AuditEntry]
) -> Iterator[CheckLine]:
    """Whether each result is the one that the case holds, unless the case went on after the report was made."""
    stated = list(Fields.parsed(examined.result).child("report").rows("results"))
    states = {stored.id: stored.state for stored in case.evidence()}
    anew = {_item(entry) for entry in later if entry.action in (RESULT_STORED, STATE_SET)}
    for number, (item, fields) in enumerate(zip(basis.evidence, stated, strict=True), 1):
        if item.evidence_id in anew:
            yield unchecked("case", f"item {number} was analysed anew since: its result is not compared")
            continue
        result = case.result(item.evidence_id) if states.get(item.evidence_id) is EvidenceState.DONE else None
        if result is None:
            if not item.failure:
                yield failed("case", f"item {number}: the report states a result, and the case holds none")
            continue
        held = result_content(result)
        if where := _difference(fields, {name: held[name] for name in held if name not in _OF_EXPORT}):
            yield failed("case", f"item {number}: the report states another {where} than the case holds")
        else:
            yield ok("case", f"item {number}: the result is the one that the case holds")


def _item(entry: AuditEntry) -> int | None:
    found = recorded(entry.detail)
    if found is not None:
        return found[0]
    number = re.match(r"item (\d{1,18})\b", entry.detail)
    return None if number is None else int(number[1])


def _difference(stated: Fields, held: dict[str, Any]) -> str:
    """Name of the first field that differs, ''. What an earlier version did not state is not asked for."""
    for name, value in held.items():
        if stated.states(name) and (where := _differs(stated.raw(name), value, name)):
            return where
    return ""


def _differs(one: object, other: object, name: str) -> str:
    if isinstance(one, dict) and isinstance(other, dict):
        # The same pixels are compressed otherwise by another version; their hash stands beside them.
        shown = {"png_base64"} if {"pixels_sha256", "float32_sha256"} & other.keys() else set()
        parts = ((one[key], other[key], f"{name}.{key}") for key in other if key in one and key not in shown)
    elif isinstance(one, list) and isinstance(other, list) and len(one) == len(other):
        parts = ((a, b, f"{name}[{i}]") for i, (a, b) in enumerate(zip(one, other, strict=True)))
    else:
        return "" if type(one) is type(other) and one == other else name
    return next((where for a, b, place in parts if (where := _differs(a, b, place))), "")


def _other_exports(log: Sequence[AuditEntry]) -> str:
    """The latest exports that a log does record, newest last: when, and how the hashes of the files begin."""
    exports = [entry for entry in log if entry.action == EXPORTED]
    if not exports:
        return ", nor of any other"
    told = [
        f"{entry.at:%Y-%m-%d %H:%M:%S} UTC (SHA-256 "
        + ", ".join(f"{found}…" for found in _EXPORTED_SHA256.findall(entry.detail))
        + ")"
        for entry in exports[-_MANY:]
    ]
    earlier = f" (and {len(exports) - _MANY} earlier)" if len(exports) > _MANY else ""
    return f", but of others{earlier}: {'; '.join(told)}"
