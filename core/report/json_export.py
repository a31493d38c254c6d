"""The evidence report as JSON: everything the PDF says, and the full lists it trims. Form: docs/report-json.md."""

from __future__ import annotations

import base64
import hashlib
import io
import json
import re
from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from datetime import UTC, datetime
from enum import Enum
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from core.domain.identity import IdentityFinding
from core.domain.report import CaseReport, EvidenceResult, LaterFrames, PersonTrack
from core.domain.review import ReviewEntry
from core.domain.time import TimePoint
from core.domain.tolerance import TOLERANCE
from core.evidence.hashing import pixels_sha256
from core.report.content import (
    HypothesisPair,
    Statement,
    hash_statement,
    hypotheses,
    item_label,
    item_outcome,
    person_label,
    score_summary,
    statements,
)
from core.report.decisions import (
    NOT_THE_SOFTWARE,
    DecisionRow,
    ItemDecisions,
    case_notes,
    item_decisions,
    unreviewed,
)
from core.report.integrity import integrity_alarms
from core.report.likelihood import ratio_words, withheld
from core.report.many_persons import swap_tests
from core.report.method_text import LIMITATIONS, METHOD, RECONSTRUCTION_LABEL
from core.report.rates import TRANSFER_WARNING
from core.report.seal import Seal

SCHEMA = "unswap-report/1"
_SURROGATE = re.compile("[\ud800-\udfff]")
_RECONSTRUCTED = {"source_rgb", "target_rgb"}
Json = dict[str, Any] | list[Any] | str | int | float | bool | None


def report_to_json(report: CaseReport, seal: Seal | None = None) -> str:
    """The report as JSON text; the same report gives the same text.

    `report` mirrors the fields of `CaseReport` in their order; `statements` holds what the PDF derives from them.
    Pixels of faces and maps are PNG in base64 beside their SHA-256, so that the file stands on its own; embeddings
    are biometric data that no page prints, and appear by SHA-256 and length only. Lone surrogates of undecodable
    file names are kept as JSON escapes. NaN and infinities become null.

    Args:
        report: what to say.
        seal: who signs the document that carries this; None when nobody does.
    """
    return "".join(_pieces(report, seal))


def report_to_json_bytes(report: CaseReport, seal: Seal | None = None) -> bytes:
    """The same in UTF-8, written piece by piece: the pictures of one frame at a time are in memory as text."""
    written = io.BytesIO()
    for piece in _pieces(report, seal):
        written.write(piece.encode("utf-8"))
    return written.getvalue()


def _pieces(report: CaseReport, seal: Seal | None) -> Iterator[str]:
    signer: dict[str, Json] | None = None
    if seal is not None and seal.signer:
        signer = {"name": seal.signer, "key_sha256": seal.key_sha256, "has_timestamp": seal.has_timestamp}
    document = {
        "schema": SCHEMA,
        "signer": signer,
        "tolerance": _plain(TOLERANCE),
        "reconstruction_label": RECONSTRUCTION_LABEL,
        "statements": _derived(report),
        "report": _plain(report),
    }
    for piece in json.JSONEncoder(ensure_ascii=False, indent=1, allow_nan=False).iterencode(document):
        yield _escaped(piece)
    yield "\n"


class _Later(list[Json]):
    """The JSON of frames that are read one by one; the encoder, in Python where it indents, walks through it once."""

    def __init__(self, frames: LaterFrames) -> None:
        super().__init__()
        self._frames = frames

    def __len__(self) -> int:
        return len(self._frames)

    def __iter__(self) -> Iterator[Json]:
        return (_plain(frame) for frame in self._frames)


def result_content(result: EvidenceResult) -> dict[str, Any]:
    """What a report states of one result, as it is read back from its JSON."""
    content: dict[str, Any] = json.loads(json.dumps(_plain(result), allow_nan=False))
    return content


def _escaped(text: str) -> str:
    """Lone surrogates have no UTF-8 form; JSON's own escapes carry them."""
    return _SURROGATE.sub(lambda found: f"\\u{ord(found[0]):04x}", text)


def _derived(report: CaseReport) -> dict[str, Json]:
    items: list[Json] = [
        {
            **_item(number, result, report.n_ignored(number)),
            "swap_tests": _plain(swap_tests(report, number - 1)),
        }
        for number, result in enumerate(report.results, 1)
    ]
    pairs: list[Json] = [_pair(pair) for pair in hypotheses(report)]
    method: list[Json] = [f"{name} {words}" for name, words in METHOD]
    return {
        "integrity_alarms": list(integrity_alarms(report)),
        "items": items,
        "swap_tests": _plain(swap_tests(report)),
        "decisions": _decisions(report),
        "hypotheses": pairs,
        "method": method,
        "limitations": [*LIMITATIONS, TRANSFER_WARNING],
    }


def _item(number: int, result: EvidenceResult, n_ignored: int) -> dict[str, Json]:
    persons: list[Json] = [_person(number, person) for person in result.persons]
    return {
        "label": item_label(number),
        "outcome": item_outcome(result, n_ignored),
        "integrity": hash_statement(result),
        "content_credentials": result.evidence.credentials.words,
        "persons": persons,
    }


def _person(number: int, person: PersonTrack) -> dict[str, Json]:
    spread = score_summary(person)
    answers: list[Json] = [_statement(statement) for statement in statements(person)]
    ratios = [row for finding in person.findings for row in _ratios(finding)]
    why_not = withheld(person) if ratios else ""
    return {
        "label": person_label(number, person),
        "answers": answers,
        "likelihood_ratios": None if why_not else ratios,
        "likelihood_ratios_withheld": why_not,
        "fake_score": None
        if spread is None
        else {"n": spread.n, "lowest": spread.low, "median": spread.middle, "highest": spread.high},
    }


def _ratios(finding: IdentityFinding) -> list[Json]:
    """The likelihood ratio of every candidate's score, with the sentence that states it."""
    candidates = finding.search.candidates if finding.search is not None else ()
    rows: list[Json] = []
    for candidate in candidates:
        ratio = ratio_words(candidate, finding)
        if ratio is not None:
            rows.append(
                {
                    "role": finding.role.value,
                    "person_id": candidate.person_id,
                    "score": candidate.score,
                    "log10_lr": ratio.log10_lr,
                    "figure": ratio.figure,
                    "support": ratio.support,
                    "for_candidate": ratio.for_candidate,
                    "sentence": ratio.sentence,
                }
            )
    return rows


def _decisions(report: CaseReport) -> dict[str, Json]:
    """What people decided, apart from what the software found."""
    return {
        "notice": NOT_THE_SOFTWARE,
        "unreviewed": list(unreviewed(report)),
        "case": [_row(row) for row in case_notes(report.review)],
        "items": [_item_decisions(item) for item in item_decisions(report)],
    }


def _item_decisions(item: ItemDecisions) -> dict[str, Json]:
    return {
        "label": item.label,
        "evidence_id": item.evidence_id,
        "persons": [
            {"label": p.label, "is_reviewed": p.is_reviewed, "rows": [_row(row) for row in p.rows]}
            for p in item.persons
        ],
        "changes": [_row(row) for row in item.changes],
        "changes_pending": item.is_pending,
        "others": [_row(row) for row in item.others],
        "earlier": [_row(row) for row in item.earlier],
    }


def _row(row: DecisionRow) -> dict[str, Json]:
    return {"kind": row.kind, "words": row.words, "actor": row.actor, "at": _plain(row.at)}


def _statement(statement: Statement) -> dict[str, Json]:
    return {
        "question": statement.question,
        "category": statement.category,
        "reason": statement.reason,
        "search": statement.search,
    }


def _pair(pair: HypothesisPair) -> dict[str, Json]:
    return {
        "question": pair.question,
        "applies_to": list(pair.applies_to),
        "first": pair.first,
        "second": pair.second,
    }


def _plain(value: Any, name: str = "") -> Json:
    """JSON form of a domain value; `name` is the field it was found in.

    Of the face as filmed, which is neither source nor target, no category is given.
    """
    if isinstance(value, Enum):
        return str(value.value)
    if value is None or isinstance(value, str | bool | int):
        return value
    if isinstance(value, float):
        return value if np.isfinite(value) else None
    if isinstance(value, Fraction):
        return f"{value.numerator}/{value.denominator}"
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat().replace("+00:00", "Z")
    if isinstance(value, Path):
        return str(value)
    if isinstance(value, bytes):
        return _bytes(value)
    if isinstance(value, np.ndarray):
        return _array(value, name)
    if isinstance(value, TimePoint):
        return {"pts": value.pts, "time_base": _plain(value.time_base), "clock": value.clock()}
    if isinstance(value, tuple | list | LaterFrames):
        return _Later(value) if isinstance(value, LaterFrames) else [_plain(element, name) for element in value]
    if isinstance(value, ReviewEntry):
        entry = {name: _plain(getattr(value, name), name) for name in ("id", "at", "actor")}
        return {**entry, "kind": type(value.action).__name__, "action": _plain(value.action)}
    if is_dataclass(value):
        plain = {field.name: _plain(getattr(value, field.name), field.name) for field in fields(value)}
        return {**plain, "role": None, "decision": None} if name == "input_finding" else plain
    raise TypeError(f"no JSON form for {type(value).__name__} in {name}")


def _bytes(value: bytes) -> Json:
    if not value:
        return None
    return {"sha256": hashlib.sha256(value).hexdigest(), "png_base64": base64.b64encode(value).decode("ascii")}


def _array(value: NDArray[Any], name: str) -> Json:
    if value.ndim == 3 and value.dtype == np.uint8:
        picture = {
            "width_px": value.shape[1],
            "height_px": value.shape[0],
            "pixels_sha256": pixels_sha256(np.ascontiguousarray(value)),
            "png_base64": _png(value),
        }
        return {"label": RECONSTRUCTION_LABEL, **picture} if name in _RECONSTRUCTED else picture
    contiguous = np.ascontiguousarray(value, dtype="<f4")
    digest = hashlib.sha256(contiguous.tobytes()).hexdigest()
    if name == "identity_map":
        grey = np.rint(np.clip(value, 0, 1) * 255).astype(np.uint8)
        return {
            "width_px": value.shape[1],
            "height_px": value.shape[0],
            "mean": float(value.mean()),
            "float32_sha256": digest,
            "png_base64": _png(grey),
        }
    if "embedding" in name:
        return {"length": int(value.size), "float32_sha256": digest}
    return [[float(x) for x in row] for row in np.atleast_2d(value)]


def _png(pixels: NDArray[np.uint8]) -> str:
    out = io.BytesIO()
    Image.fromarray(np.ascontiguousarray(pixels)).save(out, "PNG")
    return base64.b64encode(out.getvalue()).decode("ascii")
